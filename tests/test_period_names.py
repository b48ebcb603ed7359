"""The months a figure is about have one name: in a document, in a ledger, in one written before they had."""

from __future__ import annotations

from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_tidy import parse, row

from cli.main import run
from schemas import observations
from schemas.datasets import Dataset
from schemas.documents import Document
from schemas.judge import judge
from schemas.observations import combine
from schemas.periods import Months, canonical, months, name, renamed, spellings
from sources.table import parse as parse_table
from storage import decisions, queries
from storage.decisions import decide
from storage.encoding import period_names
from storage.ledger import Batch, Ledger
from storage.publish import findings as recorded_findings
from storage.state import held as holding
from storage.state import verdicts

HEADER = "dataset,reporter,flow,period,value,unit,measure,basis\n"
JPN = "demo,JPN,X,{},{},USD billion,level,\n"


@pytest.mark.parametrize(
    ("texts", "one"),
    [
        (("2019-01/2019-03",), "2019-Q1"),
        (("2019-01/2019-12", "2019-Q1/2019-Q4", "2019-S1/2019-S2"), "2019"),
        (("2019-Q3/2019-Q4", "2019-07/2019-12"), "2019-S2"),
        (("2018-01/2019-12", "2018-Q1/2019-Q4"), "2018/2019"),
        (("2019-Q1/2019-Q3",), "2019-01/2019-09"),
        (("2019-Q2/2019-Q3",), "2019-04/2019-09"),
        (("2025-01/2025-02",), "2025-01/2025-02"),
    ],
)
def test_every_spelling_is_read_as_one_name(texts, one):
    for text in texts:
        assert canonical(text) == one
        assert text in spellings(one)
        assert parse(row(period=text)).readings["period"].tolist() == [one]


@given(st.integers(1950 * 12, 2030 * 12), st.integers(1, 60))
def test_a_name_covers_its_months(start, length):
    one = name(Months(start, length))
    assert months(one) == Months(start, length)
    assert canonical(one) == one
    assert {months(text) for text in spellings(one)} == {Months(start, length)}
    assert {canonical(text) for text in spellings(one)} == {one}


def test_base_and_end_of_an_average_are_no_span():
    parsed = parse(
        *(
            row(period=period, measure="growth_avg", unit="%", basis="USD")
            for period in ("2018-Q1/2019-Q1", "2018/2019")
        ),
        row(period="2018-Q1/2019-Q1"),
    )
    assert parsed.readings["period"].tolist() == ["2018-Q1/2019-Q1", "2018/2019", "2018-01/2019-03"]
    assert renamed("d/A/2018-Q1..2019-Q1/USD") == "d/A/2018-Q1..2019-Q1/USD"
    said = renamed("d/A/2019-01..2019-03/USD: 2019-01–2019-03, 2019-01/2019-09, 2013–2021, released 2019-01-02/2019-03")
    assert said == "d/A/2019-Q1/USD: 2019-Q1, 2019-01/2019-09, 2013–2021, released 2019-01-02/2019-03"


def test_two_names_in_one_release_are_one_cell(tmp_path, capsys):
    path = tmp_path / "two.csv"
    rows = [JPN.format(*one) for one in (("2020-Q2", "30.5"), ("2020-04/2020-06", "31.9"), ("2020-07/2020-12", "5"))]
    path.write_text(HEADER + "".join(rows))
    assert run(["check", "--format", "json", str(path)]) == 3
    said = capsys.readouterr().out
    assert said.count('"repeat"') == 1
    assert "demo/JPN/WLD/total/_T/2020-Q2/USD" in said


def collect(ledger: Ledger, rows: str, released: str) -> Document:
    document = Document("table", (HEADER + rows).encode(), f"{released}.csv", released=released)
    batch = Batch("table", [document], parse_table(document), 1)
    context = ledger.context(batch)
    frame = combine([context.readings, context.news(batch).readings])
    ledger.publish(batch, context, judge(frame, {"demo": Dataset("demo")}))
    return document


OLD = "2019-01/2019-03"
BLOCK = "demo/JPN/WLD/total/_T/2019-Q1/USD"
#: Modules that functions are called as: the package hands these on.
ASKED = [import_module(f"storage.queries.{name}") for name in ("held", "findings")]
OLD_BLOCK = BLOCK.replace("2019-Q1", "2019-01..2019-03")
KOR = JPN.format(OLD, "1.0").replace("JPN", "KOR") + JPN.format(OLD, "2.0").replace("JPN", "KOR")


@pytest.fixture
def old(tmp_path, monkeypatch):
    """A ledger of when a quarter could be called a span of months: a figure published, one held, one refused."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    with monkeypatch.context() as before, Ledger.open(url, create=True) as ledger:
        before.setattr(observations, "canonical", str)
        for module in (period_names, holding, recorded_findings, verdicts, decisions, *ASKED):
            before.setattr(module, "renamed", str)
        collect(ledger, JPN.format(OLD, "10.0"), "2019-05-01")
        collect(ledger, JPN.format(OLD, "10.0") + JPN.format(OLD, "12.0"), "2019-06-01")
        collect(ledger, KOR, "2019-06-01")
        decide(ledger, OLD_BLOCK.replace("JPN", "KOR"), "reject", why="no", who="x")
        assert {one["block"] for one in queries.held(ledger, all_=True)} == {OLD_BLOCK, OLD_BLOCK.replace("JPN", "KOR")}
    with Ledger.open(url, create=False) as ledger:
        yield ledger


@pytest.mark.parametrize("asked", ["2019-Q1", OLD])
def test_an_old_ledger_is_asked_by_either_name(old, asked):
    (found,) = queries.show(old, period=asked)
    assert (found["period"], found["value"], found["pending"]) == ("2019-Q1", "10000000000", "held")
    assert {one["block"] for one in queries.findings(old, period=asked)} == {BLOCK}
    assert [one["block"] for one in queries.held(old)] == [BLOCK]


@pytest.mark.parametrize("asked", [BLOCK, OLD_BLOCK])
def test_an_old_block_is_decided_by_either_name(old, asked):
    done = decide(old, asked, "reject", why="said twice")
    assert (done.block, done.first) == (BLOCK, True)
    assert not list(queries.held(old))


def test_a_later_release_meets_the_same_cell(old):
    collect(old, JPN.format("2019-Q1", "10.5"), "2019-07-01")
    (found,) = queries.show(old, period="2019-Q1")
    assert (found["value"], found["pending"]) == ("10500000000", "")
    (change,) = queries.revisions(old)
    assert (change["period"], change["previous"], change["value"]) == ("2019-Q1", "10000000000", "10500000000")


def test_what_was_decided_under_the_old_name_stays_decided(old):
    """The same contradiction in another document of that release: rejected before, so it is not asked about again."""
    before = len(list(queries.findings(old)))
    collect(old, KOR + "\n", "2019-06-01")
    assert [one["block"] for one in queries.held(old)] == [BLOCK]
    assert len(list(queries.findings(old))) == before


def test_what_is_held_under_the_old_name_is_still_held(old):
    """Another document of that release says the same by the new name: nothing is held twice."""
    before = [(one["block"], one["run"], one["state"]) for one in queries.held(old, all_=True)]
    again = collect(old, JPN.format("2019-Q1", "10.0") + JPN.format("2019-Q1", "12.0"), "2019-06-01")
    assert [(one["block"], one["run"], one["state"]) for one in queries.held(old, all_=True)] == before
    assert {one["state"] for one in queries.findings(old, dataset="demo")} <= {"still", "new"}
    assert again.released == "2019-06-01"
