"""The commands that read a ledger: what they answer, in the fields and formats of the contract."""

import csv
import gc
import io
import json

import pytest

from cli import documents, runs, show
from cli.formats import changes
from cli.main import COMPLETE, run
from flows import steps
from schemas.documents import Document
from schemas.settings import load_settings

HEADER = "dataset,reporter,product,flow,measure,basis,period,value,unit,status,released,cite\n"


def keep(source: str, *contents: str, prefect_run: str = "") -> steps.Collected:
    """Collect documents without Prefect: the steps are plain functions."""
    job = steps.Job(source, load_settings(), prefect_run)
    documents = [Document(source, text.encode(), f"{at}.csv") for at, text in enumerate(contents, 1)]
    steps.archive(job, documents)
    return steps.publish(job, steps.validate(job, documents, steps.parse(job, documents)))


def row(flow: str, value: str, released: str, period: str = "2019", product: str = "goods", status: str = "") -> str:
    return f"cultural,CHN,{product},{flow},,,{period},{value},USD billion,{status},{released},\n"


FIRST = HEADER + row("T", "111.45", "2020-03-17") + row("X", "99.89", "2020-03-17") + row("M", "11.57", "2020-03-17")
SECOND = HEADER + row("T", "111.55", "2021-03-17") + row("X", "99.99", "2021-03-17") + row("M", "11.57", "2021-03-17")
BROKEN = SECOND.replace("99.99", "95.99").replace("2021", "2022")


def keep_three() -> None:
    """A release, its revision, and one that contradicts itself."""
    keep("table", FIRST)
    keep("table", SECOND)
    assert keep("table", BROKEN).quarantined


@pytest.fixture
def ledger(home, once):
    return once(home, keep_three)


def rows(capsys, *arguments: str) -> list[dict]:
    assert run([*arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_show(ledger, capsys):
    (exports,) = rows(capsys, "show", "--flow", "X")
    assert list(exports) == list(show.FIELDS)
    assert exports["value"] == "99990000000"
    assert exports["step"] == "10000000"
    assert (exports["low"], exports["high"]) == ("99985000000", "99995000000")
    assert exports["released"] == "2021-03-17"
    assert exports["pending"] == "held"
    assert exports["source"] == "table"
    assert len(exports["document"]) == 64


def test_show_for_people(ledger, capsys):
    assert run(["show"]) == 0
    seen = capsys.readouterr()
    assert "99.99 bn USD" in seen.out
    assert "CHN goods: exports" in seen.out
    assert "held" in seen.out
    assert "95.99" not in seen.out
    assert seen.err == ""


def test_show_what_was_known(ledger, capsys):
    assert [r["value"] for r in rows(capsys, "show", "--flow", "X", "--released-by", "2020-12-31")] == ["99890000000"]
    first = min(r["recorded_at"] for r in rows(capsys, "runs"))
    assert [r["value"] for r in rows(capsys, "show", "--flow", "X", "--as-of", first)] == ["99890000000"]
    assert rows(capsys, "show", "--as-of", "1999-12-31") == []
    assert [r["value"] for r in rows(capsys, "show", "--flow", "X", "--with-held")] == ["95990000000"]


@pytest.mark.parametrize(
    "filters",
    [
        ["--dataset", "cultural"],
        ["--reporter", "CHN"],
        ["--partner", "WLD"],
        ["--product", "goods"],
        ["--breakdown", "_T"],
        ["--measure", "level"],
        ["--period", "2019"],
        ["--source", "table"],
        # several of each, with what nothing has among them
        ["--dataset", "other,cultural"],
        ["--reporter", "CHN,USA"],
        ["--partner", "DEU, WLD"],
        ["--product", "goods,services"],
        ["--breakdown", "_T,regime=processing"],
        ["--flow", "X,T,M,B"],
        ["--measure", "share,level"],
        ["--period", "2018,2019-01/2019-12"],
        ["--source", "gacc,table"],
        ["--from", "2019"],
        ["--from", "2018-Q4", "--to", "2019-12"],
        ["--to", "2019-12"],
    ],
)
def test_filters(ledger, capsys, filters):
    assert len(rows(capsys, "show", *filters)) == 3
    assert len(rows(capsys, "revisions", *filters)) == 2
    assert len(rows(capsys, "show", "--with-held", *filters)) == 3
    if filters[0] in ("--dataset", "--product", "--breakdown"):
        assert rows(capsys, "show", filters[0], "nothing-like-it") == []
    if filters[0] not in ("--flow", "--measure"):
        assert len(rows(capsys, "findings", *filters)) == 1


@pytest.mark.parametrize("bounds", [["--from", "2019-02"], ["--to", "2019-11"], ["--from", "2020", "--to", "2021-Q1"]])
def test_a_period_outside_is_not_asked_for(ledger, capsys, bounds):
    """A year lies within where all of it does."""
    for command in ("show", "revisions", "findings"):
        assert rows(capsys, command, *bounds) == []
    assert rows(capsys, "revisions", "--triangle", *bounds) == rows(capsys, "revisions", "--summary", *bounds) == []
    assert rows(capsys, "show", "--with-held", *bounds) == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("china", "CHN (China)"),
        ("Deutschland", "DEU (Germany)"),
        ("Untied States", "USA (the United States)"),
        ("us", "USA"),
        ("EU27", "EU27_2020"),
        ("world", "WLD (World)"),
        ("USA,frankreich", "FRA (France)"),
        ("CHM", "a code such as USA, WLD"),  # CHN, CHE, CHL?
        ("nowhere at all", "a code such as USA, WLD"),
    ],
)
def test_an_area_that_is_none_is_refused_with_the_one_that_is_meant(ledger, capsys, said, meant):
    for command, option in (("show", "--reporter"), ("export", "--partner"), ("findings", "--reporter")):
        assert run([command, option, said]) == 2
        assert meant in capsys.readouterr().err
    assert rows(capsys, "show", "--reporter", "ITA") == []  # an area, of which nothing is there


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--flow", "Q", "there is no flow 'Q': expected one of X, M, T"),
        ("--measure", "volume", "there is no measure 'volume': expected one of level, growth_yoy"),
        ("--period", "2019-13", "period '2019-13' is unknown: expected 2019, 2019-Q3"),
        ("--source", "nope", "there is no source 'nope': expected one of bulletins"),
        ("--source", "table,nope", "there is no source 'nope': expected one of bulletins"),
        ("--flow", "X,Q", "there is no flow 'Q': expected one of X, M, T"),
        ("--period", "2018,2019-13", "period '2019-13' is unknown"),
        ("--from", "last year", "period 'last year' is unknown"),
        ("--to", "2019-Q5", "period '2019-Q5' is unknown"),
    ],
)
def test_a_filter_that_no_figure_can_have_is_refused(ledger, capsys, option, value, said):
    for command in ("show", "revisions", "export"):
        assert run([command, option, value]) == 2
        assert said in capsys.readouterr().err
    assert run(["show", "--from", "2020", "--to", "2019-12"]) == 2
    assert "from 2020 to 2019-12 is no time" in capsys.readouterr().err
    # Of a source that is there nothing may have been collected.
    assert rows(capsys, "show", "--source", "gacc") == []


def test_nothing_found_says_so_beside_the_output(ledger, capsys):
    assert run(["show", "--product", "services"]) == 0
    seen = capsys.readouterr()
    assert seen.out == ""
    assert "nothing found" in seen.err


def test_revisions(ledger, capsys):
    found = rows(capsys, "revisions")
    assert [list(r) for r in found] == [list(changes.FIELDS)] * 2
    assert {(r["flow"], r["previous"], r["value"], r["change"], r["kind"]) for r in found} == {
        ("T", "111450000000", "111550000000", "100000000", "revision"),
        ("X", "99890000000", "99990000000", "100000000", "revision"),
    }
    assert run(["revisions"]) == 0
    assert "99.89 bn USD" in capsys.readouterr().out


def test_findings(ledger, capsys):
    found = rows(capsys, "findings")
    assert {r["rule"] for r in found} >= {"total"}
    assert {r["state"] for r in found} == {"new"}
    assert {r["released"] for r in found} == {"2022-03-17"}
    assert run(["findings"]) == 0
    assert "exports 95.99 + imports 11.57" in capsys.readouterr().out
    assert run(["findings", "--rules"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2 + len(found)
    assert rows(capsys, "findings", "--run", "1") == []
    keep("table", BROKEN + row("B", "88.42", "2023-03-17", product="services"))
    assert {r["state"] for r in rows(capsys, "findings")} == {"still"}


def test_datasets(ledger, capsys):
    keep("bulletins", FIRST.replace("cultural,CHN", "other,ITA"))
    first, second = rows(capsys, "datasets")
    assert first == {
        "dataset": "cultural",
        "title": "",
        "source": "table",
        "reporters": ["CHN"],
        "products": 1,
        "first": "2019-01",
        "last": "2019-12",
        "cells": 3,
        "releases": 3,
        "released": "2022-03-17",
        "held": 1,
        "publisher": "you",
        "licence": "yours",
        "landing_page": "",
        "declared": "",
    }
    assert (second["dataset"], second["reporters"], second["held"]) == ("other", ["ITA"], 0)
    assert second["licence"]
    assert run(["datasets"]) == 0
    assert capsys.readouterr().out.splitlines()[2].split() == [
        *("cultural,", "you", "CHN", "1", "2019-01", "2019-12", "3", "2022-03-17", "1"),
    ]


def test_a_run_that_is_none(ledger, capsys):
    assert run(["findings", "--run", "99"]) == 2
    assert "there is no run 99" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["show", "revisions", "findings", "runs", "documents", "datasets"])
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_limit_leaves_nothing_open(ledger, capsys, command, form, recwarn):
    assert run([command, "--limit", "1", "--format", form]) == 0
    gc.collect()
    assert capsys.readouterr().err == ""
    assert not recwarn.list


def test_runs_and_documents(ledger, capsys):
    found = rows(capsys, "runs")
    assert [r["outcome"] for r in found] == ["quarantined", "published", "published"]
    assert [list(r) for r in found] == [list(runs.FIELDS)] * 3
    for one in found:
        assert one["parsed"] == sum(one[k] for k in ("published", "unchanged", "held", "rejected", "repeated"))
    found = rows(capsys, "documents")
    assert [list(r) for r in found] == [list(documents.FIELDS)] * 3
    assert run(["runs"]) == 0
    assert run(["documents"]) == 0
    assert "quarantined" in capsys.readouterr().out
    assert len(rows(capsys, "runs", "--limit", "1")) == 1
    assert rows(capsys, "documents", "--source", "ft900") == []


@pytest.mark.parametrize("command", ["show", "revisions", "findings", "runs", "documents", "datasets"])
def test_csv(ledger, capsys, command):
    assert run([command, "--format", "csv"]) == 0
    out = capsys.readouterr().out
    as_json = rows(capsys, command)
    found = list(csv.DictReader(io.StringIO(out)))
    assert len(found) == len(as_json)
    assert list(found[0]) == list(as_json[0])
    texts = [name for name, value in as_json[0].items() if isinstance(value, str) and name != "sentence"]
    assert [{n: r[n] for n in texts} for r in found] == [{n: r[n] for n in texts} for r in as_json]


def test_absent_figures_and_negative_ones(home, capsys):
    keep("table", HEADER + row("X", "", "2020-01-01", status="C") + row("B", "-0.50", "2020-01-01"))
    assert run(["show"]) == 0
    seen = capsys.readouterr().out
    assert "confidential" in seen
    assert "-500 mn USD" in seen
    absent = next(r for r in rows(capsys, "show") if r["flow"] == "X")
    assert (absent["value"], absent["step"], absent["low"], absent["high"]) == ("", "", "", "")
    assert absent["status"] == "C"


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "--as-of", "yesterday"],
        ["show", "--released-by", "2020-13-01"],
        ["revisions", "--as-of", ""],
        ["findings", "--as-of", "x"],
    ],
)
def test_a_date_that_is_none(ledger, capsys, arguments):
    assert run(arguments) == 2
    seen = capsys.readouterr()
    assert len(seen.err.splitlines()) == 1
    assert "expected" in seen.err


def test_what_is_no_ledger(home, capsys, monkeypatch):
    home.mkdir()
    (home / "ledger.db").write_bytes(b"this is no database" * 99)
    assert run(["show"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    monkeypatch.setenv("TRADELEDGER_DATABASE_URL", "nonsense")
    assert run(["show"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert sorted(path.name for path in home.iterdir()) == ["ledger.db"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("tradeledger sho", {"show"}),
        ("tradeledger show --dataset cul", {"cultural"}),
        ("tradeledger revisions --reporter ITA,C", {"ITA,CHN"}),
        ("tradeledger findings --source ", {"table"}),
        ("tradeledger export --flow R", {"RX", "RM"}),
        ("tradeledger ingest f", {"ft900"}),
        ("tradeledger review cultural/", {"cultural/CHN/WLD/goods/_T/2019/USD"}),
        ("tradeledger show --product x", set()),
    ],
)
def test_the_shell_is_told_how_a_line_may_go_on(ledger, line, offered, monkeypatch, capsys):
    words = line.split(" ")
    for name, value in {COMPLETE: "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        run([])
    assert ended.value.code == 0
    seen = capsys.readouterr()
    assert (set(seen.out.split()), seen.err) == (offered, "")


def test_without_a_ledger_the_shell_is_told_nothing(home, monkeypatch, capsys):
    for name, value in {
        COMPLETE: "complete_bash",
        "COMP_WORDS": "tradeledger show --dataset c",
        "COMP_CWORD": "3",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        run([])
    assert capsys.readouterr() == ("\n", "")
    assert not home.exists()


def test_the_script_for_the_shell_is_ours(monkeypatch, capsys):
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    with pytest.raises(SystemExit):
        run(["--show-completion", "bash"])
    assert COMPLETE in capsys.readouterr().out
