"""Columns of periods: years, quarters, and months that a number cannot say (``2015.1`` is January or October).

A month is what its place among its neighbours makes it: one after the other, without a gap. Where that leaves two
answers, or none, the header is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final

from schemas.errors import ParseError
from sources.shared.china.chinese import english, plain
from sources.shared.months import Month, title_month
from sources.shared.workbooks.cells import Cell

_YEAR = re.compile(r"((?:19|20)\d\d)年?")
_QUARTER = re.compile(r"((?:19|20)\d\d)(?:年?[-. ]?Q([1-4])|年?(?:第)?([1-4一二三四])季度)", re.IGNORECASE)
_QUARTER_FIRST = re.compile(r"Q([1-4])[-. ]?((?:19|20)\d\d)", re.IGNORECASE)
_MONTH = re.compile(r"((?:19|20)\d\d)[.](\d{1,2})")
_DATE = re.compile(r"((?:19|20)\d\d)-(\d\d)(?:-\d\d 00:00:00|-\d\d)?")
_NUMERALS: Final = {"一": 1, "二": 2, "三": 3, "四": 4}


def months_said(cell: Cell) -> list[Month]:
    """The months that a heading may mean, earliest first; none of what is no month."""
    text = re.sub(r"\s+", "", plain(cell.text))
    if cell.number is not None and cell.decimals == 2:
        text = str(cell.shown)
    if found := _MONTH.fullmatch(text):
        year, digits = int(found[1]), found[2]
        if digits == "1":
            return [Month(year, 1), Month(year, 10)]
        # A number drops the zero of 2015.10, a text does not: only 01 to 09 begin with one.
        return [Month(year, int(digits))] if 1 <= int(digits) <= 12 else []
    if found := _DATE.fullmatch(text) or _DATE.fullmatch(cell.text):
        return [Month(int(found[1]), int(found[2]))] if 1 <= int(found[2]) <= 12 else []
    said = english(cell.text)
    month = title_month(said)
    return [month] if month and " to " not in said and not said.startswith("January-") else []


def period_said(cell: Cell) -> str:
    """The year or quarter that a heading says, "" for neither."""
    text = re.sub(r"\s+", "", plain(cell.text))
    if found := _YEAR.fullmatch(text):
        return found[1]
    if found := _QUARTER.fullmatch(text):
        return f"{found[1]}-Q{found[2] or _NUMERALS.get(found[3], found[3])}"
    if found := _QUARTER_FIRST.fullmatch(text):
        return f"{found[2]}-Q{found[1]}"
    return ""


def is_period(cell: Cell) -> bool:
    """Whether a heading says a period."""
    return bool(period_said(cell) or months_said(cell))


def read_periods(header: Mapping[int, Cell], name: str) -> dict[int, str]:
    """Column → period. Raises ParseError where a period comes twice, or months do not follow each other."""
    periods = {at: period_said(cell) for at, cell in header.items()}
    monthly = [at for at, period in periods.items() if not period]
    found = _sequence([months_said(header[at]) for at in monthly])
    if monthly and len(found) != 1:
        seen = ", ".join(header[at].text for at in monthly[:14])
        why = "two readings of them do" if found else "they do not"
        raise ParseError(f"{name}: months {seen}: expected one to follow the other without a gap, {why}")
    periods.update({at: str(month) for at, month in zip(monthly, found[0] if found else (), strict=True)})
    said = list(periods.values())
    if twice := next((period for period in said if said.count(period) > 1), ""):
        raise ParseError(f"{name}: {twice} heads two columns: refusing to guess")
    return periods


def _sequence(said: Sequence[Sequence[Month]]) -> list[list[Month]]:
    """All ways in which the months follow each other, from the first to the last or back."""
    found = []
    for start, step in product(said[0] if said else (), (1, -1)):
        first = start.year * 12 + start.month - 1
        months = [Month((first + step * n) // 12, (first + step * n) % 12 + 1) for n in range(len(said))]
        if all(month in may for month, may in zip(months, said, strict=True)) and months not in found:
            found.append(months)
    return found
