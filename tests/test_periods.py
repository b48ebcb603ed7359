"""Periods: one name for each, and a calendar that goes back and forth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import FigureError
from schemas.periods import Months, average_base, months, preceding, shift, year_before

years = st.integers(1100, 2900).map(str)
single = st.one_of(
    years,
    st.builds("{}-Q{}".format, years, st.integers(1, 4)),
    st.builds("{}-S{}".format, years, st.integers(1, 2)),
    st.builds("{}-{:02d}".format, years, st.integers(1, 12)),
)


@given(single, st.integers(1, 40))
def test_a_span_covers_its_parts(first: str, parts: int) -> None:
    length = months(first).length
    last = shift(first, length * parts)
    assert months(f"{first}/{last}") == Months(months(first).start, length * (parts + 1))


@given(single)
def test_there_and_back(period: str) -> None:
    assert shift(year_before(period), 12) == period
    assert months(preceding(period)).end == months(period).start


@pytest.mark.parametrize(
    ("period", "before", "previous"),
    [
        ("2019", "2018", "2018"),
        ("2019-Q1", "2018-Q1", "2018-Q4"),
        ("2019-S1", "2018-S1", "2018-S2"),
        ("2019-03", "2018-03", "2019-02"),
        ("2025-01/2025-02", "2024-01/2024-02", "2024-11/2024-12"),
    ],
)
def test_bases(period: str, before: str, previous: str) -> None:
    assert (year_before(period), preceding(period)) == (before, previous)


@pytest.mark.parametrize(
    "text",
    [
        *("", "19", "2019-13", "2019-00", "2019-Q5", "2019Q1", "2019-1", "2019.1", "2019-03-01", "2019/", "/2019"),
        *("2019/2018", "2019/2019", "2019/2020-03", "2019-Q1/2019-03", "2019/2020/2021", " 2019", "٢٠١٩", "2٠١٩"),
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(FigureError, match="expected 2019"):
        months(text)


def test_average_growth() -> None:
    assert average_base("2009/2021") == ("2009", "2021", 12)
    assert average_base("2019-Q1/2021-Q1") == ("2019-Q1", "2021-Q1", 2)
    for text in ("2009", "2019-Q1/2020-Q2", "2021/2021"):
        with pytest.raises(FigureError):
            average_base(text)
