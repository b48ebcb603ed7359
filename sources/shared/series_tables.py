"""Sheets of time series by their identifiers, as statistics offices print them: a series a row, or a series a column.

Across: years over quarters in two rows, one series below another, its identifier beside its label.
Down: several tables below one another, each with its own title, a row of labels, a row ``CDID``, and a period a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from schemas.errors import ParseError
from sources.shared.months import MONTHS
from sources.shared.shorthand import shorthand
from sources.shared.workbooks.cells import Cell, Row, Sheet
from sources.shared.workbooks.rows import concealed

Place = tuple[int, int]  # row and column, from 1

_IDENTIFIER = re.compile(r"-?[A-Z0-9]{4}")
_YEAR = re.compile(r"(19|20)\d\d")
_QUARTER = re.compile(r"\b(?:q|quarter) ?([1-4])\b", re.IGNORECASE)
_SPAN = re.compile(r"\b([a-z]{3,9})\.? (?:to|[-–]) ([a-z]{3,9})\b\.?", re.IGNORECASE)
#: A figure that came as text, as only figures are written; its year is no label of a column either.
_FIGURE = re.compile(r"[-−(]?\d[\d,]*(\.\d+)?\)?")
_NOTE = re.compile(r"\s*(\[[^\]]*\]|[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_OWN_TITLE = re.compile(r"table[\s_]+\w+\s*[.\-–_]?\s*\d", re.IGNORECASE)
_KEY_ROW = frozenset(("cdid", "cdids", "identifier", "series identifier", "series id"))


@dataclass
class Series:
    """One printed series: its label, its identifier ("" where it has none), what stands above it, and its figures."""

    identifier: str
    label: str
    title: str  # of its own table or section
    about: str  # of the sheet
    figures: list[tuple[str, Place, Cell]] = field(default_factory=list)  # period, "" where none is said


def read_series(sheet: Sheet, where: str) -> Iterator[Series]:
    """All series of a sheet in either layout. Raises ParseError, beginning with ``where``, where it has none."""
    keys = [at for at, row in enumerate(sheet) if not concealed(row) and _bare(_first(row)).lower() in _KEY_ROW]
    return _down(sheet, keys, where) if keys else _across(sheet, where)


def without_notes(label: str) -> str:
    """A label without footnote numbers and ``[note 1]``, in lower case."""
    return re.sub(r"[\d,]+$", "", _NOTE.sub("", label)).strip().lower()


def is_figure(cell: Cell) -> bool:
    """Whether a digit is shown."""
    return cell.number is not None or bool(re.search(r"\d", cell.text))


def _bare(text: str) -> str:
    """A text without footnote marks."""
    return _NOTE.sub("", text).strip()


def _texts(rows: Sequence[Row]) -> str:
    return " ".join(cell.text for row in rows for cell in row if cell.text)


def _first(row: Row) -> str:
    return next((cell.heading for cell in row if cell.heading), "")


def _across(sheet: Sheet, where: str) -> Iterator[Series]:
    start, periods = _header(sheet, where)
    about, section, first = _texts(sheet[:start]), "", min(periods)
    for number, row in enumerate(sheet[start:], start + 1):
        if concealed(row):
            continue
        texts = [cell.heading for cell in row[:first] if cell.heading]
        identifier = _bare(texts.pop()) if texts and _IDENTIFIER.fullmatch(_bare(texts[-1])) else ""
        label = " ".join(texts)
        if "seasonally adjusted" in label.lower():
            section = label
        cells = enumerate(row[first:], first)
        figures = [
            (periods.get(at, ""), (number, at + 1), cell)
            for at, cell in cells
            if (at in periods and identifier) or is_figure(cell)
        ]
        if figures:
            yield Series(identifier, label, section, about, figures)


def _header(sheet: Sheet, where: str) -> tuple[int, dict[int, str]]:
    """Index of the row below the header, and column → period: a year, or the year above a quarter."""
    for at, row in enumerate(sheet[:-1]):
        years = {at: said for at, cell in enumerate(row) if _YEAR.fullmatch(said := _bare(cell.heading))}
        if len(years) < 2 or concealed(row):
            continue
        periods, year, before = {}, "", ""
        for column in range(min(years), len(row)):
            head, quarter = _bare(row[column].heading), _bare(sheet[at + 1][column].heading)
            if not head and not quarter:
                continue
            # A year may stand over its first quarter only; over a later one it says nothing of those before.
            year = years.get(column, year if before and before < quarter and not head else "")
            before = quarter
            if not year or (quarter and not re.fullmatch("Q[1-4]", quarter)):
                raise ParseError(
                    f"{where}: column {column + 1} is headed {head!r} {quarter!r}, expected a year, or a year and Q1–Q4"
                )
            periods[column] = f"{year}-{quarter}" if quarter else year
        _check_once(list(periods.values()), "the header", where)
        return at + 2, periods
    raise ParseError(f"{where}: no header with years, and no row CDID")


def _check_once(periods: list[str], place: str, where: str) -> None:
    if len(set(periods)) < len(periods):
        raise ParseError(f"{where}: a period stands twice in {place}: {periods[:40]}")


def _down(sheet: Sheet, keys: list[int], where: str) -> Iterator[Series]:
    about, after = "", 0  # the rows above a table begin there
    for nth, key in enumerate(keys):
        end = keys[nth + 1] if nth + 1 < len(keys) else len(sheet)
        above = [row for row in sheet[after:key] if not concealed(row)]
        heads = [row for row in above if _is_heads(row)]
        said = [_texts([row]) for row in above if not _is_heads(row)]
        own = max((at for at, text in enumerate(said) if _OWN_TITLE.match(text)), default=0 if nth else len(said))
        about = about if nth else " ".join(said[:own])
        left = next(at for at, cell in enumerate(sheet[key]) if cell.heading)
        rows = [(at, _period(sheet[at][left].heading)) for at in range(key + 1, end) if not concealed(sheet[at])]
        first = next((at for at, period in rows if period or _has_number(sheet[at], left)), end)
        heads += [sheet[at] for at, _ in rows if at < first and _is_heads(sheet[at])]  # or below the identifiers
        last = max((at for at, period in rows if period or _has_number(sheet[at], left)), default=key)
        # A row that says no period is kept where it has figures; below the last it heads the next table.
        body = [(at, period) for at, period in rows if first <= at <= (last if nth + 1 < len(keys) else end)]
        _check_once([period for _, period in body if period], f"the table at row {key + 1}", where)
        yield from _columns(sheet, key, left, heads, body, Series("", "", " ".join(said[own:]), about))
        after = last + 1


def _is_heads(row: Row) -> bool:
    """Whether a row has the labels of columns: several, and no title with its unit beside it."""
    texts = [cell.heading for cell in row if cell.heading]
    if len(texts) < 2 or _OWN_TITLE.match(texts[0]):
        return False
    return "period" in texts[0].lower() or not re.search("£|seasonally", " ".join(texts))


def _has_number(row: Row, left: int) -> bool:
    return any(cell.number is not None or _FIGURE.fullmatch(shorthand(cell.text).text) for cell in row[left + 1 :])


def _columns(
    sheet: Sheet, key: int, left: int, heads: list[Row], body: list[tuple[int, str]], table: Series
) -> Iterator[Series]:
    for column in range(left + 1, len(sheet[key])):
        identifier = _bare(sheet[key][column].heading)
        label = " ".join(row[column].heading for row in heads if row[column].heading)
        if identifier and not _IDENTIFIER.fullmatch(identifier):
            label, identifier = f"{label} {identifier}".strip(), ""
        figures = [
            (period, (at + 1, column + 1), sheet[at][column])
            for at, period in body
            if (period and identifier) or is_figure(sheet[at][column])
        ]
        if figures:
            yield Series(identifier, label, table.title, table.about, figures)


def _period(label: str) -> str:
    """``2001``, ``2001 Q4``, ``Quarter 4 (Oct to Dec) 2001``, ``Oct to Dec 2001`` [notes aside]; "" of all else."""
    said = _NOTE.sub("", label).strip()
    year = re.search(r"(?<!\d)(19|20)\d\d(?!\d)", said)
    if year is None:
        return ""
    rest = said[: year.start()] + " " + said[year.end() :]
    quarter, span = _QUARTER.search(rest), _SPAN.search(rest)
    found = {int(quarter[1])} if quarter else set()
    if span:
        months = [MONTHS.index(word[:3].lower()) if word[:3].lower() in MONTHS else -1 for word in span.groups()]
        if months[0] % 3 or months[1] != months[0] + 2:
            return ""
        found.add(months[0] // 3 + 1)
    rest = re.sub(r"[\s(),:\-–]|\b[pr]\b", "", _SPAN.sub("", _QUARTER.sub("", rest)), flags=re.IGNORECASE)
    if rest or len(found) > 1:
        return ""
    return f"{year[0]}-Q{found.pop()}" if found else year[0]
