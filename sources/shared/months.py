"""Months, spans and dates as agencies print them in titles, labels and release lines.

A month is known by its name or its first three letters; a date that may be March or August says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_NAMES = tuple(
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
#: The name of a month within a text, as a group of a name to be filled in.
MONTH = r"(?P<{0}>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"

_TITLE_MONTH = re.compile(
    rf"\b(?:{MONTH.format('first')}\s*(?:-|–|to)\s*)?{MONTH.format('last')},?\s*(?P<year>20\d\d)(?!\d)", re.IGNORECASE
)
_TO_DATE = re.compile(r"(\w+)\.? ?(?:[-–—−]|to\b) ?(?:(\w+)\.?)?")
#: Not the next release, nor one that notes speak of.
_RELEASED = re.compile(
    r"(?:\bfor (?:immediate )?release\b|^released\b).*?\b([a-z]{3,9})\.? (\d{1,2}), (20\d\d)", re.IGNORECASE
)
_CODED = re.compile(r"([12]\d{3})(?:(Q)([1-4])|M(0[1-9]|1[0-2]))?", re.ASCII)


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month that a title or a label says."""

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


def named_month(word: str) -> int | None:
    """1–12 of ``January``, ``Jan``, ``Sept``; None of any other word."""
    word = word.lower().rstrip(".")
    return next((n for n, name in enumerate(MONTH_NAMES, 1) if len(word) >= 3 and name.startswith(word)), None)


def period_of_label(label: str, year: int) -> tuple[str, int] | None:
    """The period of a row label, and its last month: ``Jan. - Dec.`` is the year, ``Jan. -`` January alone."""
    if month := named_month(label):
        return str(Month(year, month)), month
    match = _TO_DATE.fullmatch(label)
    if match is None or named_month(match[1]) != 1:
        return None
    last = named_month(match[2]) if match[2] else 1
    return None if last is None else (Month(year, last).to_date, last)


def coded_period(text: str) -> str | None:
    """``2019``, ``2019Q1``, ``2019M01``; None of all else."""
    match = _CODED.fullmatch(text)
    if match is None:
        return None
    if match[2]:
        return f"{match[1]}-Q{match[3]}"
    return f"{match[1]}-{match[4]}" if match[4] else match[1]


def release_line(texts: Iterable[str]) -> str:
    """The date of a line such as ``For release at 8:30 A.M. EDT, Friday, July 2, 2021``; "" where there is none."""
    for text in texts:
        if (match := _RELEASED.search(text)) and (month := named_month(match[1])):
            return date(int(match[3]), month, int(match[2])).isoformat()
    return ""


def title_month(title: str) -> Month | None:
    """The (last) month and year in a title; None where it says none."""
    found = _TITLE_MONTH.search(title)
    return Month(int(found["year"]), month_number(found["last"])) if found else None


def printed_date(text: str) -> str:
    """``2026/04/08`` → ISO; ``03/08/2018`` may be March or August and says nothing."""
    match = re.search(r"(?<!\d)(20\d\d)[-/.](\d\d?)[-/.](\d\d?)(?!\d)", text)
    match = match or re.search(r"(20\d\d)年(\d\d?)月(\d\d?)日", text)
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
