"""``show --implied``: what a release leaves of its figures, and what it implies of those nobody printed."""

import json

import pytest

from cli.main import run
from flows import steps
from schemas.documents import Document
from schemas.settings import load_settings

HEADER = "dataset,reporter,product,flow,measure,basis,period,value,unit,released\n"
#: Levels of 2019 and what they grew by: 2018 follows.
RELEASE = HEADER + "".join(
    f"cultural,CHN,goods,{flow},level,,2019,{level},USD billion,2022-07-07\n"
    f"cultural,CHN,goods,{flow},growth_yoy,USD,2019,{rate},%,2022-07-07\n"
    for flow, level, rate in (
        ("T", "111.45", "8.9"),
        ("X", "99.89", "7.9"),
        ("M", "11.57", "17.4"),
        ("B", "88.32", "6.8"),
    )
)


@pytest.fixture
def ledger(home):
    job = steps.Job("table", load_settings())
    documents = [Document("table", RELEASE.encode(), "release.csv")]
    steps.archive(job, documents)
    return steps.publish(job, steps.validate(job, documents, steps.parse(job, documents)))


def rows(capsys, *arguments):
    assert run(["show", "--implied", "--format", "json", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_what_nobody_printed(ledger, capsys):
    found = {row["flow"]: row for row in rows(capsys, "--period", "2018")}
    assert {flow: (row["value"], row["low"], row["high"]) for flow, row in found.items()} == {
        "T": ("", "102375690000", "102393200000"),
        "X": ("", "92528950000", "92546460000"),
        "M": ("", "9846740000", "9859390000"),
        "B": ("", "82669550000", "82699720000"),
    }
    assert {row["released"] for row in found.values()} == {"2022-07-07"}


def test_published_figures_lie_in_what_the_others_leave(ledger, capsys):
    exports = next(row for row in rows(capsys, "--period", "2019") if (row["flow"], row["measure"]) == ("X", "level"))
    assert (exports["value"], exports["low"], exports["high"]) == ("99890000000", "99885000000", "99890000000")


def test_only_what_was_asked_for(ledger, capsys):
    assert rows(capsys, "--period", "2018", "--product", "services") == []
    assert rows(capsys, "--released-by", "2022-07-06") == []


def test_it_does_not_go_with_an_instant(ledger, capsys):
    assert run(["show", "--implied", "--as-of", "2022-07-07"]) == 2
    assert "--released-by" in capsys.readouterr().err
