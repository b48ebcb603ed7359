"""A period that is to come, or a release dated before its period is over: a warning in every source."""

from __future__ import annotations

import json

import pytest
from test_cli_reading import keep, rows
from test_tidy import parse, row

from cli.main import run
from schemas.history import periods_ahead


@pytest.mark.parametrize(
    ("period", "released", "status", "warned"),
    [
        ("2999", "2022-07-07", "", True),
        ("2999", "", "", True),
        ("2022-07", "2022-07-07", "", True),
        ("2022-07", "2022-08-01", "", False),
        ("2022", "2022-12-05", "P", True),
        ("2022", "2022-12-05", "F", False),
        ("2022", "2022-12-05", "P;F", False),
        ("2022-Q2", "2022-07-01", "", False),
        ("2022-01/2022-08", "2022-07-01", "", True),
        ("2019", "", "", False),
    ],
)
def test_a_release_comes_when_its_periods_are_over(period, released, status, warned):
    found = periods_ahead(parse(row(period=period, released=released, status=status)).readings, "2023-01-01")
    assert [one.rule for one in found] == ["period-ahead"] * warned
    if warned:
        assert (found[0].severity, found[0].released, found[0].position) == ("warning", released, "row 2, column 5")
        assert "expected a later release, or status F" in found[0].sentence


def test_one_warning_a_block_and_none_where_there_is_no_value():
    lines = [row(period="2999"), row(period="2999", flow="M"), row(period="2999", flow="B", value="", status="M")]
    assert len(periods_ahead(parse(*lines).readings, "2023-01-01")) == 1
    assert not periods_ahead(parse(lines[2]).readings, "2023-01-01")
    assert not periods_ahead(parse(lines[0]).readings.head(0), "2023-01-01")


@pytest.mark.parametrize(("period", "warned"), [("2022", False), ("1990/2022", False), ("2023", True), ("2999", True)])
def test_a_count_may_be_of_what_has_passed(period, warned):
    lines = [row(period=period, measure="count", unit="count"), row(period=period, measure="share", unit="%")]
    found = [periods_ahead(parse(line).readings, "2023-01-01") for line in lines]
    assert [bool(one) for one in found] == [warned, warned]


def test_check_and_ingest_say_the_same_and_nothing_is_held(home, tmp_path, capsys):
    text = "dataset,reporter,flow,period,value,unit,released\nd,CHN,X,2999,1.5,USD,2022-07-07\n"
    path = tmp_path / "ahead.csv"
    path.write_text(text)
    assert run(["check", "--format", "json", str(path)]) == 0
    (said,) = json.loads(capsys.readouterr().out)
    assert run(["check", "--strict", str(path)]) == 3
    capsys.readouterr()
    keep("table", text)
    (kept,) = rows(capsys, "findings")
    for name in ("rule", "severity", "period", "block"):
        assert kept[name] == said[name]
    assert kept["rule"] == "period-ahead"
    assert [one["value"] for one in rows(capsys, "show")] == ["1.5"]
