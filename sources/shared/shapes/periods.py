"""The period of each figure: from its row, its heading, the label above it, whole or put together of their parts."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sources.shared.shapes.facets import Facets
from sources.shared.shapes.labels import texts_of
from sources.shared.shapes.maps import Map
from sources.shared.shapes.roles import Role, bare
from sources.shared.tables.columns import Column, Ints
from sources.shared.wording.times import DAY, FISCAL, WEEK, Time, read_time

if TYPE_CHECKING:
    from sources.shared.shapes.shape import Block

_QUARTER = re.compile(r"quart|qtr|trimest|季", re.IGNORECASE)


@dataclass
class Names:
    """Parts of periods: of rows (``row`` is which of ``of_row`` each has), of kinds of rows, of columns."""

    of_row: list[tuple[str, Time | None]] = field(default_factory=lambda: [("", None)])
    row: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    of_kind: list[Time | None] = field(default_factory=list)
    of_column: list[Time | None] = field(default_factory=list)
    constant: str = ""

    @property
    def annual(self) -> bool:
        """Whether no part of a year is said anywhere."""
        times = [time for _, time in self.of_row] + self.of_kind + self.of_column
        return not any(time and time.part for time in times) and "-" not in self.constant


def period_names(
    block: Block,
    rows: Ints,
    roles: Sequence[Role],
    values: Sequence[Role],
    kinds: Sequence[Facets],
    how: Map,
    asks: list[str],
    year: str = "",
) -> Names:
    """What rows and columns say of their periods; asks where that is no period by itself.

    ``year`` is that of the title, of months that stand beside none.
    """
    names = Names(constant=how.constants.get("period", ""))
    names.row = np.zeros(len(rows), dtype=np.int64)
    for role in [one for one in roles if one.role in ("period", "year", "part")]:
        column = texts_of(block, rows, role)
        times = _times(role, column.texts, how, asks)
        pairs, names.row = np.unique(names.row * len(times) + column.codes, return_inverse=True)
        names.of_row = [
            (
                f"{names.of_row[pair // len(times)][0]} {column.texts[pair % len(times)]}".strip(),
                _both(names.of_row[pair // len(times)][1], times[pair % len(times)]),
            )
            for pair in pairs.tolist()
        ]
    if two := next((text for text, time in names.of_row if time and time.kind == "two"), ""):
        both = " and ".join(repr(role.heading) for role in roles if role.role in ("period", "year", "part"))
        asks.append(f"columns {both} say two periods ({two}): --column 'HEADING=ignore' for one")
    for one in kinds:
        said = read_time(one["time"]) if one.get("time") else None
        names.of_kind.append(said or (Time(int(one["year"]), None) if one.get("year") else None))
    if year.isdigit() and not any(time and time.year for _, time in names.of_row) and not any(names.of_kind):
        names.of_kind = [Time(int(year), None)] * len(names.of_kind)
    for role in values:
        said = read_time(bare(role.said["period"])) if role.said.get("period") else role.time
        names.of_column.append(_fiscal(said, how, role.heading, asks) if said else None)
    if (
        not any(time for _, time in names.of_row)
        and not any(names.of_kind)
        and not any(names.of_column)
        and not names.constant
    ):
        asks.append("no period is said: --period 2019, or name the column with --column 'HEADING=period'")
    return names


def _times(role: Role, texts: Sequence[str], how: Map, asks: list[str]) -> list[Time | None]:
    found = []
    for text in texts:
        said = bare(text)
        if role.role == "part" and re.fullmatch(r"\d{1,2}(?:\.0)?", said):
            number = int(float(said))
            quarter = bool(_QUARTER.search(role.heading)) and number <= 4
            found.append(Time(None, f"-Q{number}" if quarter else f"-{number:02d}") if 1 <= number <= 12 else None)
        else:
            found.append(read_time(said) or read_time(text))
    kinds = {time.kind for time in found if time}
    where = f"column {role.heading!r}"
    if WEEK in kinds:
        asks.append(
            f"{where} says weeks ({_first(texts, found, WEEK)!r}), which are no periods here: sum them to months"
        )
    if DAY in kinds:
        return _of_days(role, texts, found, how, asks)
    if FISCAL in kinds:
        return _of_fiscal(where, texts, found, how, asks)
    return found


def _first(texts: Sequence[str], found: Sequence[Time | None], kind: str) -> str:
    return next(text for text, time in zip(texts, found, strict=True) if time and time.kind == kind)


def _of_days(
    role: Role, texts: Sequence[str], found: list[Time | None], how: Map, asks: list[str]
) -> list[Time | None]:
    """Dates that stand for the month, quarter or year that begins or ends with them."""
    days = [time for time in found if time and time.kind == DAY]
    where = f"column {role.heading!r}"
    begins = all(time.day == 1 for time in days)
    ends = all(
        time.day and time.year and time.part and time.day == calendar.monthrange(time.year, int(time.part[1:]))[1]
        for time in days
    )
    if not (begins or ends) or len(days) < sum(bool(text) for text in texts):
        shown = _first(texts, found, DAY)
        asks.append(
            f"{where} says {shown!r}: spreadsheets make dates of texts such as 3-19; "
            "expected periods as text, or days that begin or end them"
        )
        return found
    months = sorted({(time.year or 0) * 12 + int((time.part or "-0")[1:]) for time in days})
    steps = {after - before for before, after in pairwise(months)}
    length = {"month": 1, "quarter": 3, "year": 12}.get(how.frequency, 0)
    if not length and 1 in steps:
        length = 1
    if not length and re.search(r"month|monat|mois|mes\b|月", role.heading, re.IGNORECASE):
        length = 1
    if not length:
        asks.append(f"{where} has days such as {texts[0]!r}: --frequency month, quarter or year says of what")
        return found
    return [_of_day(time, length) if time else None for time in found]


def _of_day(time: Time, length: int) -> Time:
    month = int((time.part or "-0")[1:])
    return Time(time.year, {1: f"-{month:02d}", 3: f"-Q{(month + 2) // 3}", 12: ""}[length])


def _of_fiscal(
    where: str, texts: Sequence[str], found: list[Time | None], how: Map, asks: list[str]
) -> list[Time | None]:
    fiscal = [(text, time) for text, time in zip(texts, found, strict=True) if time and time.kind == FISCAL]
    codes = [re.fullmatch(r"([12]\d{3})-(\d\d)", text) for text, _ in fiscal]
    others = [time for time in found if time and not time.kind and time.part]
    if all(codes) and all(int(code[2]) <= 12 for code in codes if code):  # 2011-12 is a month too
        if others or len(fiscal) == 1:
            return [
                Time(time.year, f"-{int(text[5:]):02d}") if time and time.kind == FISCAL else time
                for text, time in zip(texts, found, strict=True)
            ]
        if not how.year_start:
            asks.append(
                f"{where} says {fiscal[0][0]!r}, a month or a fiscal year: "
                "--year-start 4 for years from April; write months as 2011M12"
            )
            return found
    return [_fiscal(time, how, where, asks) if time else None for time in found]


def _fiscal(time: Time, how: Map, where: str, asks: list[str]) -> Time:
    """A fiscal year by the month it begins with."""
    if time.kind != FISCAL:
        return time
    if not how.year_start:
        said = f"{where} says fiscal years: --year-start 4 where they begin in April"
        if said not in asks:
            asks.append(said)
        return time
    return Time(time.year, f"fiscal {how.year_start}")


def _both(first: Time | None, second: Time | None) -> Time | None:
    """Two parts of one period; None where they contradict each other."""
    if first is None or second is None:
        return first or second
    if first.kind or second.kind or (None not in (first.year, second.year) and first.year != second.year):
        return Time(None, None, "two")
    parts = [one.part for one in (first, second) if one.part]
    if len(set(parts)) > 1:
        return Time(None, None, "two")
    whole = "" if first.part == "" or second.part == "" else None
    return Time(first.year if second.year is None else second.year, parts[0] if parts else whole)


def compose(names: Names, kind: Ints, which: Ints, where: Ints) -> Column:
    """The period of each figure; what is none is left as it stands, to be refused."""
    kinds, width = max(len(names.of_kind), 1), max(len(names.of_column), 1)
    code = (names.row[which] * kinds + kind[which]) * width + where
    room = len(names.of_row) * kinds * width
    if room < 4 * len(code):  # nearly always: sorts and hashes nothing
        used = np.bincount(code, minlength=room) > 0
        codes, pairs = (np.cumsum(used) - 1)[code], np.flatnonzero(used)
    else:
        pairs, codes = np.unique(code, return_inverse=True)
    texts = []
    for pair in pairs.tolist():
        rest, column = divmod(pair, width)
        row, one_kind = divmod(rest, kinds)
        said, own = names.of_row[row]
        below = names.of_kind[one_kind] if names.of_kind else None
        time = _both(own, names.of_column[column] if names.of_column else None)
        if below and (time is None or time.year is None or time.part is None):
            time = _both(time, below)
        texts.append(_text(time, said) or (names.constant if time is None and not said else said or "a period"))
    column_texts = list(dict.fromkeys(texts))
    place = {text: at for at, text in enumerate(column_texts)}
    return Column(column_texts, np.array([place[text] for text in texts], dtype=np.int64)[codes])


def _text(time: Time | None, said: str) -> str:
    if time is None:
        return ""
    if time.part and time.part.startswith("fiscal") and time.year is not None:
        start = int(time.part[7:])
        return str(time.year) if start == 1 else f"{time.year}-{start:02d}/{time.year + 1}-{start - 1:02d}"
    if time.part is None and time.year is not None and not time.kind:
        return str(time.year)
    return time.whole
