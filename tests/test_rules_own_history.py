"""Figures suspected alike: the one far from its own history comes first; a verdict never depends on it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

from schemas.cells.cells import find_cells
from schemas.cells.reader import Reader
from schemas.findings import Finding
from schemas.judge import judge
from schemas.observations import combine, readings
from schemas.suspects.own_history import OwnHistory


def release(released: str, figures: dict[tuple[str, str], int], **columns: Any) -> pd.DataFrame:
    return readings(
        {
            "dataset": "d",
            "reporter": "CHN",
            "unit": "USD",
            "flow": [flow for flow, _ in figures],
            "period": [period for _, period in figures],
            "mantissa": list(figures.values()),
            "exponent": 6,
            "released": released,
            "document": released,
            **columns,
        }
    )


#: Exports, imports and their total, two of which hardly move.
BEFORE = {
    (flow, f"201{year}"): value + year for flow, value in (("X", 600), ("M", 400), ("T", 1000)) for year in range(5)
}
NOW = {("X", "2015"): 605, ("M", "2015"): 505, ("T", "2015"): 1010}


def only(found: list[Finding]) -> Finding:
    (finding,) = [one for one in found if one.rule == "total" and one.result == "fails"]
    return finding


def test_without_history_three_figures_are_suspected_alike() -> None:
    finding = only(judge(release("2016-02-01", NOW)).findings)
    assert finding.sentence.endswith("; undetermined, one of total, exports, imports")


@pytest.mark.parametrize("known", [BEFORE, {**BEFORE, ("X", "2015"): 606, ("M", "2015"): 405, ("T", "2015"): 1011}])
def test_the_one_far_from_its_own_history_is_likelier(known: dict[tuple[str, str], int]) -> None:
    earlier = release("2015-12-01", known)
    finding = only(judge(release("2016-02-01", NOW), None, earlier).findings)
    assert finding.sentence.endswith("one of imports, total, exports; likelier imports, far from its own history")
    assert [suspect.flow for suspect in finding.suspects] == ["M", "T", "X"]
    assert judge(release("2016-02-01", NOW), None, earlier).held == judge(release("2016-02-01", NOW)).held


def test_where_all_moved_alike_none_is_likelier() -> None:
    earlier = release("2015-12-01", {cell: value * 3 for cell, value in BEFORE.items()})
    finding = only(judge(release("2016-02-01", NOW), None, earlier).findings)
    assert "likelier" not in finding.sentence


def test_a_later_release_is_no_history_and_spans_compare_with_nothing() -> None:
    cells = find_cells(release("2016-02-01", {**NOW, ("X", "2015-01/2015-02"): 50}))
    later = combine([release("2016-03-01", BEFORE)])
    reader, span = (
        Reader(cells),
        int((cells.codes["period"] == cells.texts["period"].index("2015-01/2015-02")).argmax()),
    )
    assert [OwnHistory(later).distance(reader, cell) for cell in range(len(cells))] == [Fraction(0)] * 4
    earlier = combine([release("2015-12-01", {("X", "2014-01/2014-02"): 5}), release("2015-12-01", BEFORE)])
    assert OwnHistory(earlier).distance(reader, span) == 0


def test_distance_in_usual_steps() -> None:
    """Of 100, 110, 121 the usual step is 10 %; 145.2 is 20 % further: two steps. One that moved counts percents."""
    earlier = release("2016-01-01", {("X", "2012"): 1000, ("X", "2013"): 1100, ("X", "2014"): 1210})
    reader = Reader(find_cells(release("2016-02-01", {("X", "2015"): 1452})))
    assert OwnHistory(earlier).distance(reader, 0) == 2
    moved = Reader(find_cells(release("2016-02-01", {("X", "2014"): 1331})))
    assert OwnHistory(earlier).distance(moved, 0) == 10
