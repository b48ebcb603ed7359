"""UK balance of payments, statistical bulletin tables A and B, quarterly: trade in goods and services, XLS or XLSX.

Until about 2022 a series was a row below its years and quarters; since then it is a column of one of several tables.
An edition list (JSON) says which file is current; its version history says since when, the workbook itself does not.
The figures are constrained: balance = credits − debits and goods + services = total without any difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from schemas.datasets import Dataset, Partition
from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from sources.shared.readout import Readout
from sources.shared.series_tables import Series, read_series
from sources.shared.shorthand import read_marked
from sources.shared.sniff import sniff
from sources.shared.uk_balance_series import RAW, SERIES, fault_of, ignored, unit_of
from sources.shared.web.edition_lists import read_edition, released_at
from sources.shared.workbooks.workbook import naming_hidden, peek, read_workbook
from sources.source import Request, Source

ADJUSTED, UNADJUSTED = "ons-bop", "ons-bop-nsa"
EDITION = "economy/nationalaccounts/balanceofpayments/datasets/balanceofpaymentsstatisticalbulletintables/current"
TABLES = {"A": "Summary of balance of payments", "B": "Current account"}


def requests(since: date | None) -> Iterable[Request]:
    """The list of the current edition."""
    yield Request(f"{EDITION}/data", index=True)


def follow(document: Document) -> Iterable[Request]:
    """The workbook of an edition list, with the moment it was released."""
    if not document.url.endswith("/data"):
        return
    edition = read_edition(document)
    for download in edition["downloads"]:
        yield Request(
            "file", {"uri": f"{edition['uri']}/{download['file']}"}, released=released_at(edition, document.name)
        )


def recognise(content: bytes) -> bool:
    """Whether this is a workbook of the bulletin tables, or their edition list."""
    if sniff(content) == "application/json":
        return b"balanceofpayments" in content and b'"versions"' in content
    return any(_letter(title) == "B" for title in peek(content) or ())


@naming_hidden
def parse(document: Document) -> Parsed:
    """Credits, debits and balances in GBP, and balances as a share of GDP. Raises ParseError for any other workbook."""
    name = document.name
    if sniff(document.content) == "application/json":
        edition = read_edition(document)
        raise ParseError(
            f"{name} is an edition list, expected the workbook {edition['downloads'][0]['file']!r} it names"
        )
    sheets = read_workbook(document)
    readout = Readout(document, reporter="GBR", released=document.released)
    tables = {title: _letter(title) for title in sheets}
    if len(sheets) > 1 and len(lacking := sorted(set(TABLES) - set(tables.values()))) == 1:
        raise ParseError(f"{name}: sheets {list(sheets)[:8]}, no Table {lacking[0]}: expected both A and B")
    parts = {title: part for part, (title, letter) in enumerate(tables.items(), 1) if letter in TABLES}
    readout.left_out(sheets, parts)
    for title, part in parts.items():
        for series in read_series(sheets[title], f"{name}, table {tables[title]}"):
            _read(series, tables[title], part, readout)
    if not readout.rows:
        raise ParseError(
            f"{name}: sheets {list(sheets)[:8]}, expected Table A or Table B with trade in goods and services"
        )
    return readout.parsed()


def _letter(title: str) -> str:
    return re.sub(r"table[\s_]*", "", title.strip(), flags=re.IGNORECASE)


def _read(series: Series, table: str, part: int, readout: Readout) -> None:
    known, identifier = SERIES.get(series.identifier), series.identifier
    if identifier and known is None and ignored(series):
        return
    unit = unit_of(series, table, TABLES[table], readout) if known else ""
    fault = fault_of(series, unit)
    for period, place, cell in series.figures:
        if cell.hidden is not None:
            continue  # ``left_out`` has said so
        where = (*place, part)
        if fault or known is None or not period:
            seen = f"{series.label} {identifier}: {cell.text}" if identifier and period else cell.text
            readout.unreadable(where, seen, fault or "a figure under no period")
            continue
        product, flow, measure, _ = known
        facts = {
            "dataset": UNADJUSTED if identifier in RAW else ADJUSTED,
            "product": product,
            "flow": flow,
            "measure": measure,
            "period": period,
            "basis": "GDP" if measure == "share" else "_Z",
            "cite": f"Table {table}, {series.label}, {identifier}",
        }
        # Whole millions, one decimal of a percentage: numeric cells have lost their zeros (Table B, notes).
        step, printed = (-1, "%") if measure == "share" else (0, unit)
        read_marked(cell, printed, where, facts, step, readout)


def _dataset(name: str, adjustment: str, words: str) -> Dataset:
    return Dataset(
        name,
        title=f"UK trade in goods and services, {words}",
        identities={"balance": "exact", "parts": "exact"},
        partitions=(
            Partition("product", "total", ("goods", "services"), promised=True),
            # Quarters are constrained to their year too: in real editions every sum is exact.
            Partition("period", "year", ("quarter",), promised=True),
        ),
        seasonal_adjustment=adjustment,
        concept="bop",
        price_basis="current",
        covers="dataset",
        absences=3,
    )


SOURCE = Source(
    id="ons",
    title="UK balance of payments, statistical bulletin tables: trade in goods and services",
    publisher="Office for National Statistics",
    licence="Open Government Licence v3.0",
    landing_page=f"https://www.ons.gov.uk/{EDITION.removesuffix('/current')}",
    cadence="quarterly, at the end of the following quarter, 7:00 in London",
    datasets=(
        _dataset(ADJUSTED, "SA", "seasonally adjusted"),
        _dataset(UNADJUSTED, "NSA", "not seasonally adjusted"),
    ),
    parse=parse,
    requests=requests,
    follow=follow,
    recognise=recognise,
    base_url="https://www.ons.gov.uk",
    expected_rows=(20, None),
)
