"""Periods: ISO 8601 texts (``2019``, ``2019-Q3``, ``2019-03``, spans ``2025-01/2025-02``) and their calendar.

Whatever is read has one name for its months (``canonical``), so that a cell is one wherever it was printed.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

from schemas.errors import FigureError

_PART = r"[12]\d{3}(?:-(?:Q[1-4]|S[12]|0[1-9]|1[0-2]))?"
_ONE = re.compile(
    r"(?P<year>[12]\d{3})(?:-(?:Q(?P<quarter>[1-4])|S(?P<half>[12])|(?P<month>0[1-9]|1[0-2])))?", re.ASCII
)
#: Kinds of periods by their months; a span has any number of them.
KINDS: Final = {"year": 12, "half-year": 6, "quarter": 3, "month": 1, "span": 0}
_LENGTHS: Final = tuple(length for length in KINDS.values() if length)


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
    and one of a single period (``2019/2019`` is 2019).
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


def name(covered: Months) -> str:
    """The one name of a run of months: year, half-year, quarter or month, else a span of whole years or of months."""
    start, length = covered
    if length in _LENGTHS and start % length == 0:
        return _text(start, length)
    part = 12 if start % 12 == 0 and length % 12 == 0 else 1
    return f"{_text(start, part)}/{_text(covered.end - part, part)}"


@cache
def canonical(period: str) -> str:
    """The one name of a period: ``2019-01/2019-03`` is ``2019-Q1``. Not for ``growth_avg``, whose base/end is no span.

    A text that is no period comes back as it is.
    """
    try:
        return name(months(period))
    except FigureError:
        return period


@cache
def spellings(period: str) -> tuple[str, ...]:
    """Every text that covers the same months, its one name first: ledgers of before 2026-12 may have any of them."""
    try:
        start, length = covered = months(period)
    except FigureError:
        return (period,)
    spans = (
        f"{_text(start, part)}/{_text(start + length - part, part)}"
        for part in _LENGTHS
        if length > part and start % part == 0 and length % part == 0
    )
    return tuple(dict.fromkeys((name(covered), period, *spans)))


_SPAN = re.compile(rf"(?<![\w-])({_PART})(/|\.\.|–)({_PART})(?![\w-])", re.ASCII)


def renamed(text: str) -> str:
    """A sentence, a block id or a fingerprint with every span in it by its one name.

    What may be the base and end of an average growth rate stays as it is.
    """

    def by_name(match: re.Match[str]) -> str:
        period = f"{match[1]}/{match[3]}"
        return match[0] if is_average(period) else canonical(period).replace("/", match[2])

    return _SPAN.sub(by_name, text) if "-" in text else text


@cache
def shift(period: str, by_months: int) -> str:
    """The period of the same kind ``by_months`` later (negative: earlier): ``shift("2019-03", -12)`` is ``2018-03``."""
    covered = months(period)
    return name(Months(covered.start + by_months, covered.length))


@cache
def sub_periods(period: str, parent: str, child: str) -> tuple[str, ...]:
    """The periods of a kind that make up one of another: the twelve months of a year; empty where it is none."""
    covered, length = months(period), KINDS[child]
    if parent != "span" and ("/" in period or covered.length != KINDS[parent]):
        return ()
    if covered.length % length or covered.start % length or covered.length == length:
        return ()
    return tuple(_text(start, length) for start in range(covered.start, covered.end, length))


def within(period: str, first: str | None = None, last: str | None = None) -> bool:
    """Whether a period lies between the start of one and the end of another; what is no period lies nowhere."""
    if first is None and last is None:
        return True
    try:
        covered = months(period)
    except FigureError:
        return False
    return (first is None or covered.start >= months(first).start) and (last is None or covered.end <= months(last).end)


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


def is_average(period: str) -> bool:
    """Whether it may be the base and end of an average growth rate."""
    try:
        return bool(average_base(period))
    except FigureError:
        return False
