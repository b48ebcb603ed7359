"""Units, areas and release dates: what is known, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.areas import GROUPS, is_area
from schemas.errors import FigureError
from schemas.release_dates import is_release_date
from schemas.units import parse_unit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("USD", ("USD", 0)),
        ("USD thousand", ("USD", 3)),
        ("USD million", ("USD", 6)),
        ("USD 100 million", ("USD", 8)),
        ("USD billion", ("USD", 9)),
        ("USD trillion", ("USD", 12)),
        ("CNY 10 thousand", ("CNY", 4)),
        ("CNY 100 million", ("CNY", 8)),
        ("  EUR   million ", ("EUR", 6)),
        ("count", ("count", 0)),
        ("count million", ("count", 6)),
        ("%", ("%", 0)),
        ("kg", ("kg", 0)),
        ("g", ("kg", -3)),
        ("t", ("kg", 3)),
        ("t 10 thousand", ("kg", 7)),
        ("tonne million", ("kg", 9)),
        ("l million", ("l", 6)),
        ("m3 thousand", ("m3", 3)),
        ("piece 100 million", ("piece", 8)),
        ("pair", ("pair", 0)),
    ],
)
def test_units(text: str, expected: tuple[str, int]) -> None:
    assert parse_unit(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "usd", "ZZZ million", "USD zillion", "USD 20 million", "% million", "% 10", "million USD"),
        *("USD million USD", "KG", "kgs", "t 20", "piece million million", "m4"),
    ],
)
def test_unknown_units_are_refused(text: str) -> None:
    with pytest.raises(FigureError, match="ISO 4217"):
        parse_unit(text)


def test_areas() -> None:
    assert is_area("CHN")
    assert is_area("WLD")
    assert is_area("EU27_2020")
    assert not is_area("CN")
    assert not is_area("chn")
    assert not is_area("")


def test_groups_are_made_of_countries() -> None:
    for code, (title, members) in GROUPS.items():
        assert title, code
        assert all(len(member) == 3 and is_area(member) and member not in GROUPS for member in members), code
        assert len(set(members)) == len(members), code


@given(st.dates())
def test_every_date_is_a_release_date_and_sorts(day: object) -> None:
    assert is_release_date(str(day))
    assert is_release_date(f"{day}T08:30")
    assert str(day) < f"{day}T08:30"


@pytest.mark.parametrize(
    "text", ["", "2022", "2022-7-7", "2022-02-30", "7 July 2022", "2022-07-07 08:30", "2022-07-07T"]
)
def test_other_texts_are_no_release_date(text: str) -> None:
    assert not is_release_date(text)
