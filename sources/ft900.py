"""US FT-900, Exhibit 1: U.S. international trade in goods and services, seasonally adjusted, monthly XLSX.

The workbook seldom says when it was released: ``--released`` does, or the day it was fetched. The file is overwritten
in place every month. Its foot prints the prior month once more "as published last month": those figures belong to the
earlier release, whose date the file does not say either, so they are dated to the day before this release, the latest
day they can have been published on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from schemas.datasets import Dataset, Partition
from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from sources.source import Request, Source

if TYPE_CHECKING:
    from sources.shared.workbooks.cells import Cell, Row, Sheet
    from sources.shared.workbooks.workbook import Workbook

DATASET = "ft900-goods-services"
FLOWS = {"balance": "B", "trade balance": "B", "exports": "X", "imports": "M"}
PRODUCTS = {"total": "total", "goods": "goods", "goods bop basis": "goods", "services": "services"}
MULTIPLIERS = {"thousands": "thousand", "millions": "million", "billions": "billion"}
MONTHS = "january february march april may june july august september october november december".split()  # noqa: SIM905

_TITLE = re.compile(r"exhibit\s+1\b(?!\d)[.:]?\s.*goods and services", re.IGNORECASE)
_UNIT = re.compile(r"in (thousands|millions|billions) of (?:U\.?S\.? )?dollars", re.IGNORECASE)
_FOOTNOTE = re.compile(r"\s*(?:\(\d+\)|[¹²³⁴⁵⁶⁷⁸⁹]+)")
#: Revised, preliminary: marks of a reading, behind its label or figure.
_REVISED = re.compile(r"(?:\s*[(\[][rp][)\]]|\s*[®*]|(?<=[a-z])\s+[rp]|(?<=\d)\s*[rp])+\s*$", re.IGNORECASE)
_TO_DATE = re.compile(r"(\w+)\.? ?(?:[-–—−]|to\b) ?(?:(\w+)\.?)?")
_FOOT = re.compile(r"(\w+)\.?(?: (20\d\d))? data as published last month:?", re.IGNORECASE)
#: Not the next release, nor one that notes speak of.
_RELEASED = re.compile(
    r"(?:\bfor (?:immediate )?release\b|^released\b).*?\b([a-z]{3,9})\.? (\d{1,2}), (20\d\d)", re.IGNORECASE
)
_NOTE = re.compile(r"\(\d+\)|notes?\b|source|www\.|https?:|for ", re.IGNORECASE)


def requests(since: date | None) -> Iterable[Request]:
    """The one file there is; earlier vintages are gone."""
    yield Request("foreign-trade/Press-Release/current_press_release/exh1.xlsx")


def recognise(content: bytes) -> bool:
    """Whether this is a workbook with an Exhibit 1 of FT-900."""
    from sources.shared.sniff import XLSX, sniff
    from sources.shared.workbooks.workbook import XLS, read_workbook

    if sniff(content) not in (XLSX, XLS):
        return False
    try:
        sheets = read_workbook(Document("ft900", content, "file"))
    except ParseError:
        return False
    return any(_TITLE.search(text) for sheet in sheets.values() for text in _texts(sheet[:8]))


def _texts(rows: Iterable[Row]) -> list[str]:
    return [cell.text for row in rows for cell in row if isinstance(cell.value, str) and cell.text]


def _month(word: str) -> int | None:
    """1–12 of ``January``, ``Jan``, ``Sept``; None of any other word."""
    word = word.lower().rstrip(".")
    return next((n for n, name in enumerate(MONTHS, 1) if len(word) >= 3 and name.startswith(word)), None)


def _period(label: str, year: int) -> tuple[str, int] | None:
    """The period of a row label, and its last month: ``Jan. - Dec.`` is the year, ``Jan. -`` January alone."""
    if month := _month(label):
        return f"{year}-{month:02d}", month
    match = _TO_DATE.fullmatch(label)
    if match is None or _month(match[1]) != 1:
        return None
    last = _month(match[2]) if match[2] else 1
    if last is None:
        return None
    if last == 12:
        return str(year), 12
    return (f"{year}-01" if last == 1 else f"{year}-01/{year}-{last:02d}"), last


def _heading(cell: Cell) -> str:
    return _FOOTNOTE.sub("", cell.heading).strip().lower()


def _concealed(row: Row) -> bool:
    return all(cell.hidden is not None for cell in row)


def _flows(row: Row) -> set[str | None]:
    return {FLOWS.get(_heading(cell)) for cell in row}


def _columns(sheet: Sheet, name: str) -> tuple[int, dict[int, tuple[str, str]]]:
    """Index of the first row below the header, and column index → (flow, product), by what the two rows say."""
    top = next(
        (at for at, row in enumerate(sheet) if {"B", "X", "M"} <= _flows(row) and not _concealed(row)),
        None,
    )
    items = next((at for at in range((top or 0) + 1, len(sheet)) if any(cell.text for cell in sheet[at])), None)
    if top is None or items is None:
        raise ParseError(f"{name}: no header with Balance, Exports and Imports, expected FT-900 Exhibit 1")
    columns: dict[int, tuple[str, str]] = {}
    group, hidden = "", 0
    for at, (above, below) in enumerate(zip(sheet[top], sheet[items], strict=True)):
        group = above.heading or group
        if above.hidden is not None and below.hidden is not None:
            hidden += 1
            continue
        flow = FLOWS.get(_FOOTNOTE.sub("", group).strip().lower())
        item = _heading(below)
        if not item and _heading(above) in ("", "period", "month"):
            continue
        product = PRODUCTS.get(item)
        if flow is None or product is None:
            raise ParseError(
                f"{name}: column {at + 1} is headed {group!r} / {below.text!r}, "
                "expected Balance, Exports or Imports / Total, Goods or Services"
            )
        if (flow, product) in columns.values():
            raise ParseError(f"{name}: column {at + 1} is headed {group!r} / {below.text!r} a second time")
        columns[at] = (flow, product)
    if len(columns) != 9 and not (columns and hidden):
        raise ParseError(f"{name}: {len(columns)} columns of figures, expected Balance, Exports, Imports × 3")
    return items + 1, columns


def _unit(texts: list[str], name: str) -> tuple[str, list[str]]:
    """The unit the sheet says, and all it says (two different ones are a finding)."""
    said = list(dict.fromkeys(word.lower() for text in texts for word in _UNIT.findall(text)))
    if not said:
        raise ParseError(f"{name} does not say its unit, expected a line such as 'In millions of dollars'")
    return f"USD {MULTIPLIERS[said[0]]}", said


def _released(texts: list[str]) -> str:
    """The date of a line such as ``For release at 8:30 A.M. EDT, Friday, July 2, 2021``; "" where there is none."""
    for text in texts:
        if (match := _RELEASED.search(text)) and (month := _month(match[1])):
            return date(int(match[3]), month, int(match[2])).isoformat()
    return ""


@dataclass
class _Row:
    number: int
    label: str
    period: str
    cells: Row
    foot: bool = False
    to_come: bool = False  # a month of which no cell has a digit


def _body(sheet: Sheet, start: int, columns: dict[int, tuple[str, str]], name: str) -> list[_Row]:
    """The rows with figures; years come as banners, months may be empty, the foot has its label a row above."""
    from sources.shared.workbooks.cells import is_figure

    rows: list[_Row] = []
    year, latest, month, foot, over = 0, (0, 0), (0, 0), "", False
    months: list[int] = []  # of the year
    first = min(columns)  # labels stand left of it
    for number, row in enumerate(sheet[start:], start + 1):
        printed = next((cell.heading for cell in row[:first] if cell.heading), "")
        label = _REVISED.sub("", _FOOTNOTE.sub("", printed)).strip()
        label = re.sub(rf",? {year}$", "", label)  # "April 2021" below 2021
        if day := re.fullmatch(rf"{year}-(\d\d)-01 00:00:00", label):  # a date, of which the format shows the month
            label = MONTHS[int(day[1]) - 1]
        filled = any(row[at].text for at in columns)
        to_come = _month(label) is not None and not any(re.search(r"\d", row[at].text) for at in columns)
        if _concealed(row) and not (re.fullmatch(r"(19|20)\d\d", label) and int(label) > year):
            continue  # but a year above shown months is theirs, hidden or not
        loose = (at for at, cell in enumerate(row) if at > first and at not in columns and is_figure(cell.value))
        astray = next(loose, None)
        if astray is not None:
            raise ParseError(f"{name}, row {number}: {row[astray].text!r} in column {astray + 1}, which has no heading")
        if re.fullmatch(r"(19|20)\d\d", label) and not filled:
            if int(label) <= year:
                raise ParseError(f"{name}, row {number}: the year {label} below {year}, expected a later one")
            year, months = int(label), []
        elif match := _FOOT.fullmatch(label):
            foot, over = _foot_period(match[1], match[2] or "", latest, name), True
            if filled:
                rows.append(_Row(number, printed, foot, row, foot=True))
                foot = ""
        elif foot and filled and not label:
            rows.append(_Row(number, f"{foot} as published last month", foot, row, foot=True))
            foot = ""
        elif _NOTE.match(printed) and not filled:
            over = True
        elif not filled and (over or not label):
            continue
        else:
            found = _period(label, year) if year else None
            if found is None:
                raise ParseError(f"{name}, row {number}: {printed!r}, expected a year, a month or 'Jan. - May'")
            if _month(label):
                if months and found[1] < months[-1]:
                    raise ParseError(
                        f"{name}, row {number}: {printed!r} of {year} below {MONTHS[months[-1] - 1].title()}, "
                        "expected a later month, or the next year above it"
                    )
                months.append(found[1])
            if filled:
                rows.append(_Row(number, printed, found[0], row, to_come=to_come))
                if not to_come:
                    latest = max(latest, (year, found[1]))
                    month = max(month, (year, found[1]) if _month(label) else month)
    if foot:
        raise ParseError(f"{name}: '{foot} data as published last month' is followed by no figures")
    if month[0] == latest[0] and month < latest:
        raise ParseError(
            f"{name} has months to {_text(month)}, and years to date to {_text(latest)}: refusing to guess"
        )
    # A month without figures before one that has some is kept: each cell says so.
    return [row for row in rows if not row.to_come or row.period <= _text(latest)]


def _foot_period(word: str, year: str, latest: tuple[int, int], name: str) -> str:
    """The month that the foot prints once more: one shortly before the latest."""
    month = _month(word)
    if month is None:
        raise ParseError(f"{name}: {word!r} data as published last month: expected the name of a month")
    said = int(year) if year else latest[0] - (month >= latest[1])
    before = (latest[0] - said) * 12 + latest[1] - month
    if not 0 < before <= 3:
        raise ParseError(f"{name}: {word} data as published last month, in a table that goes to {_text(latest)}")
    return f"{said}-{month:02d}"


def _text(month: tuple[int, int]) -> str:
    return f"{month[0]}-{month[1]:02d}"


def _sheet(sheets: Workbook, name: str) -> tuple[str, Sheet]:
    """The one sheet that is Exhibit 1, seasonally adjusted: a table of contents and a part B name it too."""
    titled = {title: rows for title, rows in sheets.items() if any(map(_TITLE.search, _texts(rows[:12])))}
    if not titled:
        seen = next((text for rows in sheets.values() for text in _texts(rows) if "xhibit" in text), "no exhibit")
        raise ParseError(f"{name}: {seen!r}, expected 'Exhibit 1. U.S. International Trade in Goods and Services'")
    if len(titled) > 1:
        adjusted = {title: rows for title, rows in titled.items() if _adjusted(rows)}
        titled = {
            title: rows
            for title, rows in (adjusted or titled).items()
            if any({"B", "X", "M"} <= _flows(row) for row in rows)
        } or titled
    if len(titled) > 1:
        raise ParseError(f"{name}: sheets {list(titled)} are all titled Exhibit 1, expected one")
    return next(iter(titled.items()))


def _adjusted(sheet: Sheet) -> bool:
    said = " ".join(_texts(sheet)).lower()
    others = ("not seasonally adjusted", "chained", "annual rate")
    return "seasonally adjusted" in said and not any(words in said for words in others)


def parse(document: Document) -> Parsed:
    """Levels in USD of Exhibit 1. Raises ParseError for any other shape."""
    from sources.shared.readout import Readout
    from sources.shared.workbooks.workbook import read_workbook

    name = document.name
    sheets = read_workbook(document)
    title, sheet = _sheet(sheets, name)
    start, columns = _columns(sheet, name)
    texts = _texts(sheet)
    if not _adjusted(sheet):
        raise ParseError(f"{name} is not the seasonally adjusted, current-dollar Exhibit 1: {texts[:4]}")
    unit, units = _unit(texts, name)
    released = _released(texts) or document.released
    rows = _body(sheet, start, columns, name)
    if not rows:
        raise ParseError(f"{name} has the header of Exhibit 1 but no figures")
    before = str(date.fromisoformat(released[:10]) - timedelta(days=1)) if released else ""

    readout = Readout(document, dataset=DATASET, reporter="USA", measure="level", unit="USD")
    readout.left_out(sheets, {title: 0})
    if len(units) > 1:
        readout.notice("unit", f"{name} says both {' and '.join(units)} of dollars: refusing to guess")
    for row in rows:
        for at, (flow, product) in columns.items():
            cell, where = row.cells[at], (row.number, at + 1, 0)
            facts = {
                "flow": flow,
                "product": product,
                "period": row.period,
                "released": before if row.foot else released,
                "cite": f"FT-900, Exhibit 1, {row.label}" + (f" (released not after {before})" if row.foot else ""),
            }
            # Whole units unless the number format prints decimals: a numeric cell has lost its trailing zeros.
            if cell.number is None:
                cell = replace(cell, value=_REVISED.sub("", cell.text))
            readout.cell(cell, unit, where, facts, symbol="$")
    return readout.parsed()


SOURCE = Source(
    id="ft900",
    title="U.S. International Trade in Goods and Services (FT-900), Exhibit 1",
    publisher="U.S. Census Bureau and U.S. Bureau of Economic Analysis",
    licence="public domain (work of the U.S. government)",
    landing_page="https://www.census.gov/foreign-trade/Press-Release/ft900_index.html",
    cadence="monthly, about five weeks after the month's end, 8:30 in Washington",
    datasets=(
        Dataset(
            DATASET,
            title="U.S. trade in goods and services, balance of payments basis",
            seasonal_adjustment="SA",
            concept="bop",
            trade_system="general",
            price_basis="current",
            covers="dataset",
            absences=3,
            partitions=(
                Partition("product", "total", ("goods", "services"), promised=True),
                # Seasonal adjustment keeps the year's sum (not promised): all 297 sums of eight vintages lie within 3.
                Partition("period", "span", ("month",)),
            ),
        ),
    ),
    parse=parse,
    requests=requests,
    recognise=recognise,
    base_url="https://www.census.gov",
    expected_rows=(27, None),  # three rows of nine at least; a real table has some thirty
)
