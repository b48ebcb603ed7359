"""Periods: ISO 8601 texts (``2019``, ``2019-Q3``, ``2019-03``, spans ``2025-01/2025-02``) and their calendar."""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

from schemas.errors import FigureError

_ONE = re.compile(
    r"(?P<year>[12]\d{3})(?:-(?:Q(?P<quarter>[1-4])|S(?P<half>[12])|(?P<month>0[1-9]|1[0-2])))?", re.ASCII
)
#: Length in months → how one period of that length is written.
_LENGTHS: Final = {12: "year", 6: "half-year", 3: "quarter", 1: "month"}


class Months(NamedTuple):
    """A run of calendar months: ``start`` counts months since year 0, ``length`` is at least 1."""

    start: int
    length: int

    @property
    def end(self) -> int:
        """The month after the last one."""
        return self.start + self.length


def _one(text: str) -> Months | None:
    match = _ONE.fullmatch(text)
    if match is None:
        return None
    first = int(match["year"]) * 12
    if match["quarter"]:
        return Months(first + (int(match["quarter"]) - 1) * 3, 3)
    if match["half"]:
        return Months(first + (int(match["half"]) - 1) * 6, 6)
    if match["month"]:
        return Months(first + int(match["month"]) - 1, 1)
    return Months(first, 12)


@cache
def months(period: str) -> Months:
    """The months a period covers; for a span from the start of its first to the end of its last part.

    Raises FigureError for any text that is no period, mixed parts (``2019/2020-03``), a span that runs backwards
    and one of a single period (``2019/2019`` is 2019: a cell has one name).
    """
    first, slash, last = period.partition("/")
    begin = _one(first)
    end = _one(last) if slash else begin
    if begin is None or end is None or begin.length != end.length or end.start < begin.start + bool(slash):
        raise FigureError(
            f"period {period!r} is unknown: expected 2019, 2019-Q3, 2019-03 or a span of two of a kind "
            "such as 2025-01/2025-02"
        )
    return Months(begin.start, end.end - begin.start)


def _text(start: int, length: int) -> str:
    year, month = divmod(start, 12)
    if length == 12 and month == 0:
        return f"{year:04d}"
    if length == 6 and month % 6 == 0:
        return f"{year:04d}-S{month // 6 + 1}"
    if length == 3 and month % 3 == 0:
        return f"{year:04d}-Q{month // 3 + 1}"
    return f"{year:04d}-{month + 1:02d}"


@cache
def shift(period: str, by_months: int) -> str:
    """The period of the same kind ``by_months`` later (negative: earlier): ``shift("2019-03", -12)`` is ``2018-03``."""
    first, slash, last = period.partition("/")
    months(period)  # refuses what is no period
    parts = [_one(part) for part in ((first, last) if slash else (first,))]
    return "/".join(_text(part.start + by_months, part.length) for part in parts if part)


def year_before(period: str) -> str:
    """The same period a year earlier, the base of ``growth_yoy``."""
    return shift(period, -12)


def preceding(period: str) -> str:
    """The preceding period of equal length, the base of ``growth_prev``."""
    return shift(period, -months(period).length)


def average_base(period: str) -> tuple[str, str, int]:
    """Of a ``growth_avg`` period ``base/end``: base, end and the number of years between them.

    Raises FigureError when it is no span of two periods a whole number of years apart.
    """
    base, slash, end = period.partition("/")
    if slash:
        apart = months(end).start - months(base).start
        if apart > 0 and apart % 12 == 0 and months(base).length == months(end).length:
            return base, end, apart // 12
    raise FigureError(f"period {period!r} of an average growth rate: expected base/end some years apart, as 2009/2021")
