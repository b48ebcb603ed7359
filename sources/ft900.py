"""US FT-900, Exhibit 1: U.S. international trade in goods and services, seasonally adjusted, monthly XLSX.

The workbook seldom says when it was released: ``--released`` does, or the day it was fetched. The file is overwritten
in place every month. Its foot prints the prior month once more "as published last month": those figures belong to the
earlier release, whose date the file does not say either, so they are dated to the day before this release, the latest
day they can have been published on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from schemas.datasets import Dataset, Partition
from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from sources.shared.months import release_line
from sources.shared.readout import Readout
from sources.shared.workbooks.cells import Sheet
from sources.shared.workbooks.flows_by_product import has_flows, read_header
from sources.shared.workbooks.months_of_years import read_months
from sources.shared.workbooks.rows import texts, without_revised
from sources.shared.workbooks.workbook import Workbook, naming_hidden, peek, read_workbook
from sources.source import Request, Source

DATASET = "ft900-goods-services"
_TITLE = re.compile(r"exhibit\s+1\b(?!\d)[.:]?\s.*goods and services", re.IGNORECASE)
_UNIT = re.compile(r"in (thousands|millions|billions) of (?:U\.?S\.? )?dollars", re.IGNORECASE)


def requests(since: date | None) -> Iterable[Request]:
    """The one file there is; earlier vintages are gone."""
    yield Request("foreign-trade/Press-Release/current_press_release/exh1.xlsx")


def recognise(content: bytes) -> bool:
    """Whether this is a workbook with an Exhibit 1 of FT-900."""
    return any(_TITLE.search(text) for sheet in (peek(content) or {}).values() for text in texts(sheet[:8]))


def _unit(said: list[str], name: str) -> tuple[str, list[str]]:
    """The unit the sheet says, and all it says (two different ones are a finding)."""
    units = list(dict.fromkeys(word.lower() for text in said for word in _UNIT.findall(text)))
    if not units:
        raise ParseError(f"{name} does not say its unit, expected a line such as 'In millions of dollars'")
    return f"USD {units[0].removesuffix('s')}", units


def _sheet(sheets: Workbook, name: str) -> tuple[str, Sheet]:
    """The one sheet that is Exhibit 1, seasonally adjusted: a table of contents and a part B name it too."""
    titled = {title: rows for title, rows in sheets.items() if any(map(_TITLE.search, texts(rows[:12])))}
    if not titled:
        seen = next((text for rows in sheets.values() for text in texts(rows) if "xhibit" in text), "no exhibit")
        raise ParseError(f"{name}: {seen!r}, expected 'Exhibit 1. U.S. International Trade in Goods and Services'")
    if len(titled) > 1:
        adjusted = {title: rows for title, rows in titled.items() if _adjusted(rows)}
        titled = {title: rows for title, rows in (adjusted or titled).items() if any(map(has_flows, rows))} or titled
    if len(titled) > 1:
        raise ParseError(f"{name}: sheets {list(titled)} are all titled Exhibit 1, expected one")
    return next(iter(titled.items()))


def _adjusted(sheet: Sheet) -> bool:
    said = " ".join(texts(sheet)).lower()
    others = ("not seasonally adjusted", "chained", "annual rate")
    return "seasonally adjusted" in said and not any(words in said for words in others)


@naming_hidden
def parse(document: Document) -> Parsed:
    """Levels in USD of Exhibit 1. Raises ParseError for any other shape."""
    name = document.name
    sheets = read_workbook(document)
    title, sheet = _sheet(sheets, name)
    start, columns = read_header(sheet, name, "FT-900 Exhibit 1")
    said = texts(sheet)
    if not _adjusted(sheet):
        raise ParseError(f"{name} is not the seasonally adjusted, current-dollar Exhibit 1: {said[:4]}")
    unit, units = _unit(said, name)
    released = release_line(said) or document.released
    rows = read_months(sheet, start, columns, name)
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
                cell = replace(cell, value=without_revised(cell.text))
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
