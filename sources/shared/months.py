"""Months, spans and dates as agencies print them in titles, labels and release lines.

A month is known by its name or its first three letters; a date that may be March or August says nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: The name of a month within a text, as a group of a name to be filled in.
MONTH = r"(?P<{0}>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"

_TITLE_MONTH = re.compile(
    rf"\b(?:{MONTH.format('first')}\s*(?:-|–|to)\s*)?{MONTH.format('last')},?\s*(?P<year>20\d\d)(?!\d)", re.IGNORECASE
)


@dataclass(frozen=True)
class Month:
    """A calendar month that a title says."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}"

    @property
    def to_date(self) -> str:
        """January to this month: a month, a span, or the whole year."""
        if self.month == 12:
            return str(self.year)
        return f"{self.year}-01/{self}" if self.month > 1 else str(self)


def month_number(word: str) -> int:
    """1–12 of the name of a month, by its first three letters."""
    return MONTHS.index(word[:3].lower()) + 1


def title_month(title: str) -> Month | None:
    """The (last) month and year in a title; None where it says none."""
    found = _TITLE_MONTH.search(title)
    return Month(int(found["year"]), month_number(found["last"])) if found else None


def printed_date(text: str) -> str:
    """``2026/04/08`` → ISO; ``03/08/2018`` may be March or August and says nothing."""
    match = re.search(r"\b(20\d\d)[-/.](\d\d?)[-/.](\d\d?)\b", text)
    groups = match.groups() if match else None
    if groups is None and (match := re.search(r"\b(\d\d?)[-/.](\d\d?)[-/.](20\d\d)\b", text)):
        one, two, year = match.groups()
        if int(one) > 12 or one == two:
            groups = (year, two, one)
        elif int(two) > 12:
            groups = (year, one, two)
    try:
        return date(*map(int, groups)).isoformat() if groups else ""
    except ValueError:
        return ""
