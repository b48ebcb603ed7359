"""The frame of readings and the schema that judges it, a line a violation."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.observations import CODED, OBSERVATIONS, READING_COLUMNS, combine, readings
from schemas.positions import NOWHERE, Places, pack, place_text, position_text, unpack

GOOD: dict[str, Any] = {
    "dataset": ["d", "d", "d"],
    "reporter": "CHN",
    "flow": ["X", "M", "T"],
    "unit": "USD",
    "period": "2019",
    "mantissa": [9989, 1157, 11145],
    "exponent": 7,
    "released": "2022-07-07",
}


def test_a_good_frame_passes_and_is_coded() -> None:
    frame = readings(GOOD)
    assert tuple(frame.columns) == READING_COLUMNS
    assert set(frame.select_dtypes("category")) == set(CODED)
    OBSERVATIONS.validate(frame, lazy=True)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("reporter", ["CHN", "XXY", "chn"]),
        ("flow", ["X", "Q", "q"]),
        ("unit", ["USD", "USD million", "ZZZ"]),
        ("period", ["2019", "2019-13", "2020/2019"]),
        ("measure", ["level", "levels", ""]),
        ("qualifier", ["=", "==", ">="]),
        ("status", ["", "Z", "m"]),
        ("exponent", [0, 31, -31]),
        ("dataset", ["d", "a/b", ""]),
    ],
)
def test_a_violation_a_row(column: str, values: list[object]) -> None:
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        OBSERVATIONS.validate(readings({**GOOD, column: values}), lazy=True)
    cases = caught.value.failure_cases
    assert sorted(cases[cases["column"] == column]["index"].tolist()) == [1, 2]


def test_a_value_is_absent_exactly_where_the_status_says_so() -> None:
    absent = pd.array([9989, None, 11145], dtype="Int64")
    OBSERVATIONS.validate(readings({**GOOD, "mantissa": absent, "status": ["", "M", ""]}), lazy=True)
    for mantissa, status in ((absent, ["", "", ""]), (GOOD["mantissa"], ["", "C", ""])):
        with pytest.raises(pandera.errors.SchemaErrors):
            OBSERVATIONS.validate(readings({**GOOD, "mantissa": mantissa, "status": status}), lazy=True)


def test_combining_keeps_codes_and_rows() -> None:
    one, other = readings(GOOD), readings({**GOOD, "reporter": "USA", "period": ["2020", "2021", "2019"]})
    both = combine([one, readings(dict.fromkeys(READING_COLUMNS, ())), other])
    assert both["period"].tolist() == ["2019", "2019", "2019", "2020", "2021", "2019"]
    assert set(both.select_dtypes("category")) == set(CODED)
    OBSERVATIONS.validate(both, lazy=True)
    assert len(combine([])) == 0


@given(st.integers(1, 2**34 - 1), st.integers(0, 2**14 - 1), st.integers(0, 2**14 - 1))
def test_positions(row: int, column: int, part: int) -> None:
    packed = pack(row, column, part)
    assert unpack(packed) == (row, column, part)
    assert packed < 2**63
    assert f"row {row}" in position_text(packed)
    assert place_text(row, column, part) == position_text(packed)


def test_no_place_has_no_text():
    assert place_text(0) == position_text(0) == ""


def test_places_are_told_from_their_texts():
    said = ["row 3, column 2 (reporter)", "row 4, column 5", "table 2, row 6, column 1", "rows 1001 to 2000", "sheet"]
    places = Places.of(said)
    inside = [pack(3, 9), pack(4, 5), pack(6, 4, 2), pack(1001, 7), pack(2000, 7)]
    outside = [pack(4, 6), pack(6, 4), pack(6, 4, 1), pack(2001, 7), pack(3, 9, 1), NOWHERE, 0]
    assert [position in places for position in inside + outside] == [True] * 5 + [False] * 7
