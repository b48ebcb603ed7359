"""Sums that look like a partition and are declared nowhere: proposed with what declares them, never by chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cli.main import run
from schemas.datasets import Dataset, Partition
from schemas.declarations import declared
from schemas.judge import judge
from schemas.observations import readings
from schemas.proposals import Proposal, proposals

MONTHS = [f"{2018 + at // 12}-{at % 12 + 1:02d}" for at in range(30)]


def table(
    columns: Mapping[str, Sequence[int]], along: str = "product", periods: Sequence[str] = MONTHS
) -> pd.DataFrame:
    names = [name for name in columns for _ in periods]
    figures = [figure for column in columns.values() for figure in column]
    said = {"dataset": "d", "reporter": "ITA", "flow": "X", "unit": "USD", "exponent": 8, along: names}
    return readings(said | {"period": [*periods] * len(columns), "mantissa": figures})


def proposed(frame: pd.DataFrame, datasets: Mapping[str, Dataset] | None = None) -> list[Proposal]:
    judgement = judge(frame, datasets or {})
    assert not judgement.findings, "a proposal is judged by nothing"
    return proposals(judgement.cells, judgement.datasets)


def random(seed: int, many: int, size: int = 1000) -> np.ndarray:
    return np.random.default_rng(seed).integers(size // 2, size, (many, len(MONTHS)))


def said(found: Sequence[Proposal]) -> list[tuple[str, tuple[str, ...], int, int]]:
    return [(one.partition.parent, one.partition.children, one.holds, one.of) for one in found]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("along", ["product", "partner", "breakdown"])
def test_sums_of_sums_are_found_and_rounding_and_a_miss_do_not_hide_them(seed, along):
    names = ["WLD", "EFTA", "DEU", "FRA", "ITA"] if along == "partner" else ["all", "some", "a", "b", "c"]
    parts = random(seed, 3)
    some = parts[:2].sum(axis=0) + np.random.default_rng(seed).integers(-1, 2, len(MONTHS))
    whole = some + parts[2]
    whole[4] += 50
    found = proposed(table(dict(zip(names, (whole, some, *parts), strict=True)), along))
    assert (names[0], tuple(sorted((names[1], names[4]))), 29, 30) in said(found)
    assert (names[1], (names[2], names[3]), 30, 30) in said(found)
    assert len(found) == 2, "what follows from both is not said again"
    toml = found[0].toml
    assert declared(toml).datasets["d"].partitions == (found[0].partition,)
    known = Dataset("d", partitions=(Partition(along, names[3], (names[4],)),))
    assert proposals(judge(table({"x": parts[0]}), {}).cells, {"d": known}) == []


def test_many_parts_are_one_sum():
    parts = random(5, 9)
    found = proposed(table({"all": parts.sum(axis=0), **{f"p{at}": one for at, one in enumerate(parts)}}))
    assert said(found) == [("all", tuple(f"p{at}" for at in range(9)), 30, 30)]
    assert found[0].sentence == "p0 + p1 + p2 + 6 more is all in 30 of 30 figures (d): declare it?"


@pytest.mark.parametrize(
    "columns",
    [
        {f"p{at}": one for at, one in enumerate(random(7, 40, 30))},  # two digits: some sums hold now and then
        {f"p{at}": [at + 1] * 30 for at in range(12)},  # the same ever: 1 + 2 is always 3
        {"a": [*range(100, 130)], "b": [*range(100, 130)], "c": [0] * 30},  # a part that is nothing
        {"all": random(8, 1)[0] * 4, "some": random(8, 1)[0], "rest": random(9, 1)[0]},
    ],
)
def test_what_holds_by_chance_is_not_proposed(columns):
    assert proposed(table(columns)) == []


def test_few_periods_say_nothing_but_of_names_that_everybody_means():
    parts = random(3, 2)[:, :6]
    few = {"all": parts.sum(axis=0), "a": parts[0], "b": parts[1]}
    assert proposed(table(few, periods=MONTHS[:6])) == []
    named = {"total": [410], "goods": [100], "services": [40]}
    assert said(proposed(table(named, periods=["2011"]))) == [("total", ("goods", "services"), 0, 1)]
    off = {"total": random(1, 1)[0] * 3, "goods": random(2, 1)[0], "services": random(3, 1)[0]}
    assert proposed(table(off)) == [], "thirty figures deny it"


def test_months_of_years_are_proposed():
    months = random(6, 1)[0][:24]
    years = [months[:12].sum(), months[12:].sum()]
    found = proposed(table({"total": [*months, *years]}, periods=[*MONTHS[:24], "2018", "2019"]))
    assert [(one.partition, one.holds, one.of) for one in found] == [(Partition("period", "year", ("month",)), 2, 2)]
    assert found[0].sentence == "months make up the year in 2 of 2 figures (d): declare it?"


def test_check_proposes_and_judges_once_it_is_declared(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = [("goods", "100.0"), ("services", "40.0"), ("total", "410.0")]
    lines = [f"mine,NOR,{product},X,2011,{value},USD billion" for product, value in rows]
    Path("t.csv").write_text("\n".join(["dataset,reporter,product,flow,period,value,unit", *lines, ""]))
    assert run(["check", "t.csv", "--strict"]) == 0
    out = capsys.readouterr().out
    assert "information: goods + services is the total in 0 of 1 figures (mine): declare it?" in out
    toml = out.partition("beside the table:\n")[2]
    Path("tradeledger.toml").write_text(toml)
    assert run(["check", "t.csv", "--strict"]) == 3
    assert "information:" not in capsys.readouterr().out
    assert run(["check", "t.csv", "--format", "json"]) == 0
