"""Rows of months below years: a year as a banner, then its months and its sums to date (``Jan. - May``).

The month to come stands there already, empty. The foot may print an earlier month once more "as published last month",
its label in the row above its figures or in the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from schemas.errors import ParseError
from sources.shared.months import MONTH_NAMES, Month, named_month, period_of_label
from sources.shared.workbooks.cells import Row, Sheet, is_figure
from sources.shared.workbooks.rows import concealed, without_footnotes, without_revised

_YEAR = re.compile(r"(19|20)\d\d")
_FOOT = re.compile(r"(\w+)\.?(?: (20\d\d))? data as published last month:?", re.IGNORECASE)
_NOTE = re.compile(r"\(\d+\)|notes?\b|source|www\.|https?:|for ", re.IGNORECASE)
_NEVER = Month(0, 0)


@dataclass(frozen=True)
class MonthRow:
    """A row of figures: its number from 1, its label as printed, and the period that says."""

    number: int
    label: str
    period: str
    cells: Row
    foot: bool = False  # as published last month
    to_come: bool = False  # a month of which no cell has a digit


def read_months(sheet: Sheet, start: int, columns: Collection[int], name: str) -> list[MonthRow]:
    """The rows with figures from index ``start`` on. Raises ParseError for a row that is none of those above."""
    walk = _Walk(frozenset(columns), name)
    for number, row in enumerate(sheet[start:], start + 1):
        walk.take(number, row)
    return walk.ended()


@dataclass
class _Walk:
    columns: frozenset[int]
    name: str
    rows: list[MonthRow] = field(default_factory=list)
    year: int = 0
    months: list[int] = field(default_factory=list)  # of the year, so far
    latest: Month = _NEVER  # of all rows
    month: Month = _NEVER  # of rows of a single month
    unseen: Month = _NEVER  # of those that are hidden
    foot: str = ""  # the month whose figures are to follow
    over: bool = False

    def take(self, number: int, row: Row) -> None:
        printed = next((cell.heading for cell in row[: min(self.columns)] if cell.heading), "")
        label = self._label(printed)
        filled = any(row[at].text for at in self.columns)
        if any(row[at].hidden for at in self.columns) and not filled and (month := named_month(label)):
            self.unseen = max(self.unseen, Month(self.year, month))
        if concealed(row) and not (_YEAR.fullmatch(label) and int(label) > self.year):
            return  # but a year above shown months is theirs, hidden or not
        self._refuse_strays(number, row)
        if _YEAR.fullmatch(label) and not filled:
            if int(label) <= self.year:
                raise ParseError(f"{self.name}, row {number}: the year {label} below {self.year}, expected a later one")
            self.year, self.months = int(label), []
        elif match := _FOOT.fullmatch(label):
            self.foot, self.over = self._foot_period(match[1], match[2] or ""), True
            if filled:
                self._take_foot(number, printed, row)
        elif self.foot and filled and not label:
            self._take_foot(number, f"{self.foot} as published last month", row)
        elif _NOTE.match(printed) and not filled:
            self.over = True
        elif filled or (label and not self.over):
            self._take_month(number, printed, label, row, filled=filled)

    def _label(self, printed: str) -> str:
        label = without_revised(without_footnotes(printed)).strip()
        label = re.sub(rf",? {self.year}$", "", label)  # "April 2021" below 2021
        if day := re.fullmatch(rf"{self.year}-(\d\d)-01 00:00:00", label):  # a date, its format shows the month
            return MONTH_NAMES[int(day[1]) - 1]
        return label

    def _refuse_strays(self, number: int, row: Row) -> None:
        first = min(self.columns)  # labels stand left of it
        for at, cell in enumerate(row):
            if at > first and at not in self.columns and is_figure(cell.value):
                raise ParseError(f"{self.name}, row {number}: {cell.text!r} in column {at + 1}, which has no heading")

    def _take_foot(self, number: int, label: str, row: Row) -> None:
        self.rows.append(MonthRow(number, label, self.foot, row, foot=True))
        self.foot = ""

    def _take_month(self, number: int, printed: str, label: str, row: Row, *, filled: bool) -> None:
        found = period_of_label(label, self.year) if self.year else None
        if found is None:
            raise ParseError(f"{self.name}, row {number}: {printed!r}, expected a year, a month or 'Jan. - May'")
        period, last = found
        single = named_month(label) is not None
        if single:
            if self.months and last < self.months[-1]:
                raise ParseError(
                    f"{self.name}, row {number}: {printed!r} of {self.year} below "
                    f"{MONTH_NAMES[self.months[-1] - 1].title()}, expected a later month, or the next year above it"
                )
            self.months.append(last)
        if filled:
            to_come = single and not any(re.search(r"\d", row[at].text) for at in self.columns)
            self.rows.append(MonthRow(number, printed, period, row, to_come=to_come))
            if not to_come:
                self.latest = max(self.latest, Month(self.year, last))
                self.month = max(self.month, Month(self.year, last)) if single else self.month

    def _foot_period(self, word: str, year: str) -> str:
        """The month that the foot prints once more: one shortly before the latest."""
        month = named_month(word)
        if month is None:
            raise ParseError(f"{self.name}: {word!r} data as published last month: expected the name of a month")
        said = int(year) if year else self.latest.year - (month >= self.latest.month)
        before = (self.latest.year - said) * 12 + self.latest.month - month
        if not 0 < before <= 3:
            raise ParseError(f"{self.name}: {word} data as published last month, in a table that goes to {self.latest}")
        return str(Month(said, month))

    def ended(self) -> list[MonthRow]:
        """The rows, where the table is whole."""
        if self.foot:
            raise ParseError(f"{self.name}: '{self.foot} data as published last month' is followed by no figures")
        if self.month.year == self.latest.year and max(self.month, self.unseen) < self.latest:
            raise ParseError(
                f"{self.name} has months to {self.month}, and years to date to {self.latest}: refusing to guess"
            )
        # A month without figures before one that has some is kept: each cell says so.
        return [row for row in self.rows if not row.to_come or row.period <= str(self.latest)]
