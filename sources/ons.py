"""UK balance of payments, statistical bulletin tables A and B, quarterly: trade in goods and services, XLS or XLSX.

An edition list (JSON) says which file is current; its version history says since when, the workbook itself does not.
The figures are constrained: balance = credits − debits and goods + services = total without any difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from schemas.datasets import Dataset, Partition
from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from sources.source import Request, Source

if TYPE_CHECKING:
    from sources.shared.readout import Readout
    from sources.shared.workbook import Cell, Sheet

ADJUSTED, UNADJUSTED = "ons-bop", "ons-bop-nsa"
EDITION = "economy/nationalaccounts/balanceofpayments/datasets/balanceofpaymentsstatisticalbulletintables/current"
TABLES = {"A": "Summary of balance of payments", "B": "Current account"}
#: Their series identifier → product, flow, measure, and a word its label must have.
SERIES = {
    "BOKG": ("goods", "X", "level", "exports of goods"),
    "IKBB": ("services", "X", "level", "exports of services"),
    "IKBH": ("total", "X", "level", "total exports"),
    "BOKH": ("goods", "M", "level", "imports of goods"),
    "IKBC": ("services", "M", "level", "imports of services"),
    "IKBI": ("total", "M", "level", "total imports"),
    "BOKI": ("goods", "B", "level", "trade in goods"),
    "IKBD": ("services", "B", "level", "trade in services"),
    "IKBJ": ("total", "B", "level", "total trade"),
    "LQCT": ("goods", "B", "level", "trade in goods"),
    "KTMS": ("services", "B", "level", "trade in services"),
    "KTMY": ("total", "B", "level", "total trade"),
    "D28J": ("goods", "B", "share", "trade in goods"),
    "D28K": ("services", "B", "share", "trade in services"),
    "D28L": ("total", "B", "share", "total trade"),
}
#: Which of them are not seasonally adjusted.
RAW = frozenset(("LQCT", "KTMS", "KTMY"))
#: Rows that are not about trade in goods and services.
IGNORED = re.compile(
    r"income|compensation|government|sectors|current balance|capital balance|investment|derivatives|reserve assets|"
    r"net financial transactions|errors and omissions|^total$",
    re.IGNORECASE,
)
UNITS = {"million": "GBP million", "billion": "GBP billion"}

#: A word that the label of goods alone, or of services alone, must not have.
_OTHER = {"goods": "services", "services": "goods"}
_IDENTIFIER = re.compile(r"-?[A-Z0-9]{4}")
_YEAR = re.compile(r"(19|20)\d\d")
_PRINTED = re.compile(r"[-−(]?[£]?[-−(]?\d[\d,]*(\.\d+)?\)?%?[⁰¹²³⁴⁵⁶⁷⁸⁹]*")
_UNIT = re.compile(r"£ ?(million|billion)", re.IGNORECASE)


def requests(since: date | None) -> Iterable[Request]:
    """The list of the current edition."""
    yield Request(f"{EDITION}/data", index=True)


def follow(document: Document) -> Iterable[Request]:
    """The workbook of an edition list, with the moment it was released."""
    if not document.url.endswith("/data"):
        return
    edition = _edition(document)
    for download in edition["downloads"]:
        yield Request(
            "file", {"uri": f"{edition['uri']}/{download['file']}"}, released=_released(edition, document.name)
        )


def _edition(document: Document) -> dict[str, list[dict[str, str]]]:
    from sources.shared.sniff import read_json

    edition = read_json(document.content, document.name)
    if not isinstance(edition, dict) or not {"downloads", "versions", "uri"} <= set(edition):
        seen = sorted(edition)[:6] if isinstance(edition, dict) else type(edition).__name__
        raise ParseError(f"{document.name}: JSON with {seen}, expected an edition list with downloads and versions")
    downloads = edition["downloads"]
    if not isinstance(downloads, list) or not all(isinstance(one, dict) and one.get("file") for one in downloads):
        raise ParseError(f"{document.name}: downloads {str(downloads)[:60]}, expected a list of files")
    if not downloads:
        raise ParseError(f"{document.name}: the edition lists no file to download")
    return edition


def _released(edition: dict[str, list[dict[str, str]]], name: str) -> str:
    """When the current file replaced the last version, London time; ``releaseDate`` there is years behind."""
    try:
        replaced = max(datetime.fromisoformat(version["updateDate"]) for version in edition["versions"])
    except (KeyError, TypeError, ValueError) as exc:
        raise ParseError(f"{name}: no version with an updateDate, so no release date of the current file") from exc
    return replaced.astimezone(ZoneInfo("Europe/London")).strftime("%Y-%m-%dT%H:%M")


def recognise(content: bytes) -> bool:
    """Whether this is a workbook of the bulletin tables, or their edition list."""
    from sources.shared.sniff import XLSX, sniff
    from sources.shared.workbook import XLS, read_workbook

    if sniff(content) == "application/json":
        return b"balanceofpayments" in content and b'"versions"' in content
    if sniff(content) not in (XLSX, XLS):
        return False
    try:
        return "Table B" in read_workbook(Document("ons", content, "file"))
    except ParseError:
        return False


def _periods(sheet: Sheet, table: str, name: str) -> tuple[int, dict[int, str]]:
    """Index of the row below the header, and column → period: a year, or the year above a quarter."""
    for at, row in enumerate(sheet[:-1]):
        years = {column: cell.heading for column, cell in enumerate(row) if _YEAR.fullmatch(cell.heading)}
        if len(years) < 2 or all(cell.hidden is not None for cell in row):
            continue
        periods, year, before = {}, "", ""
        for column in range(min(years), len(row)):
            head, quarter = row[column].heading, sheet[at + 1][column].heading
            if not head and not quarter:
                continue
            # A year may stand over its first quarter only; over a later one it says nothing of those before.
            year = years.get(column, year if before and before < quarter and not head else "")
            before = quarter
            if not year or (quarter and not re.fullmatch("Q[1-4]", quarter)):
                raise ParseError(
                    f"{name}, table {table}: column {column + 1} is headed {head!r} {quarter!r}, expected a year, or a "
                    "year and Q1–Q4"
                )
            periods[column] = f"{year}-{quarter}" if quarter else year
        if len(set(periods.values())) < len(periods):
            raise ParseError(f"{name}, table {table}: a period stands twice in the header: {list(periods.values())}")
        return at + 2, periods
    raise ParseError(f"{name}, table {table}: no header with years")


def _rows(sheet: Sheet, start: int, first: int) -> Iterator[tuple[int, str, str]]:
    """Row number, label and identifier ("" for headings) of each row below the header."""
    for number, row in enumerate(sheet[start:], start + 1):
        if all(cell.hidden is not None for cell in row):
            continue
        texts = [cell.heading for cell in row[:first] if cell.heading]
        identifier = texts.pop() if texts and _IDENTIFIER.fullmatch(texts[-1]) else ""
        if texts or any(_figure(cell) for cell in row[first:]):
            yield number, " ".join(texts), identifier


def _figure(cell: Cell) -> bool:
    return cell.number is not None or bool(re.search(r"\d", cell.text))


def parse(document: Document) -> Parsed:
    """Credits, debits and balances in GBP, and balances as a share of GDP. Raises ParseError for any other workbook."""
    from sources.shared.readout import Readout
    from sources.shared.sniff import sniff
    from sources.shared.workbook import read_workbook

    name = document.name
    if sniff(document.content) == "application/json":
        edition = _edition(document)
        raise ParseError(
            f"{name} is an edition list, expected the workbook {edition['downloads'][0]['file']!r} it names"
        )
    sheets = read_workbook(document)
    readout = Readout(document, reporter="GBR", released=document.released)
    tables = [re.sub(r"table[\s_]*", "", title.strip(), flags=re.IGNORECASE) for title in sheets]
    if len(sheets) > 1 and len(lacking := sorted(set(TABLES) - set(tables))) == 1:
        raise ParseError(f"{name}: sheets {list(sheets)[:8]}, no Table {lacking[0]}: expected both A and B")
    parts = {title: at for at, (title, table) in enumerate(zip(sheets, tables, strict=True), 1) if table in TABLES}
    readout.left_out(sheets, parts)
    for part, (title, table) in enumerate(zip(sheets, tables, strict=True), 1):
        if table in TABLES:
            _read_table(sheets[title], table, part, readout, name)
    if not readout.rows:
        raise ParseError(
            f"{name}: sheets {list(sheets)[:8]}, expected Table A or Table B with trade in goods and services"
        )
    return readout.parsed()


def _read_table(sheet: Sheet, table: str, part: int, readout: Readout, name: str) -> None:
    start, periods = _periods(sheet, table, name)
    above = " ".join(cell.text for row in sheet[:start] for cell in row)
    unit = _UNIT.search(above)
    if len(units := {word.lower() for word in _UNIT.findall(above)}) > 1:
        readout.notice("unit", f"{name}, table {table} says £ {' and £ '.join(sorted(units))}: refusing to guess")
    if TABLES[table].lower() not in above.lower() or unit is None:
        raise ParseError(f"{name}, table {table}: {above[:80]!r}, expected {TABLES[table]!r} in £ million")
    adjusted = "not seasonally" not in above.lower()
    for number, label, identifier in _rows(sheet, start, min(periods)):
        if "seasonally adjusted" in label.lower():
            adjusted = not label.lower().startswith("not")
        row = sheet[number - 1]
        figures = [column for column, cell in enumerate(row) if column >= min(periods) and _figure(cell)]
        if not identifier:
            for column in figures:
                readout.unreadable((number, column + 1, part), row[column].text, f"{label!r} has no series identifier")
            continue
        for column in figures:
            if column not in periods:
                readout.unreadable((number, column + 1, part), row[column].text, "a figure under no year")
        known = SERIES.get(identifier)
        said = re.sub(r"[\d,⁰¹²³⁴⁵⁶⁷⁸⁹]+$", "", label).strip().lower()  # without footnote numbers
        for column, period in periods.items():
            where, cell = (number, column + 1, part), row[column]
            if known and adjusted == (identifier in RAW):
                heading = f"{'' if adjusted else 'not '}seasonally adjusted"
                readout.unreadable(where, f"{label} {identifier}: {cell.text}", f"it stands under {heading!r}")
                continue
            if known is None or known[3] not in said or _OTHER.get(known[0], "\0") in said:
                if known is None and IGNORED.search(said):
                    break
                expected = f"expected {known[3]!r}" if known else "an unknown row"
                readout.unreadable(where, f"{label} {identifier}: {cell.text}", f"{expected}; see docs/sources/ons.md")
                continue
            product, flow, measure, _ = known
            facts = {
                "dataset": ADJUSTED if adjusted else UNADJUSTED,
                "product": product,
                "flow": flow,
                "measure": measure,
                "period": period,
                "basis": "GDP" if measure == "share" else "_Z",
                "cite": f"Table {table}, {label}, {identifier}",
            }
            # Whole millions, one decimal of a percentage: numeric cells have lost their zeros (Table B, notes).
            step, printed = (-1, "%") if measure == "share" else (0, UNITS[unit[1].lower()])
            if cell.text in ("-", "–") and cell.hidden is None:  # nil, or less than half a unit
                readout.number(0, step, printed, where, **facts)
            elif cell.number is None and cell.text and not _PRINTED.fullmatch(cell.text):
                readout.unreadable(where, cell.text, "expected a figure, or - for nil")
            else:
                readout.cell(cell, printed, where, facts, step, symbol="£")


_IDENTITIES = {"balance": "exact", "parts": "exact"}
_PARTITION = Partition("product", "total", ("goods", "services"), promised=True)

SOURCE = Source(
    id="ons",
    title="UK balance of payments, statistical bulletin tables: trade in goods and services",
    publisher="Office for National Statistics",
    licence="Open Government Licence v3.0",
    landing_page=f"https://www.ons.gov.uk/{EDITION.removesuffix('/current')}",
    cadence="quarterly, at the end of the following quarter, 7:00 in London",
    datasets=(
        Dataset(
            ADJUSTED,
            title="UK trade in goods and services, seasonally adjusted",
            identities=_IDENTITIES,
            partitions=(_PARTITION,),
            seasonal_adjustment="SA",
            concept="bop",
            price_basis="current",
            covers="dataset",
            absences=3,
        ),
        Dataset(
            UNADJUSTED,
            title="UK trade in goods and services, not seasonally adjusted",
            identities=_IDENTITIES,
            partitions=(_PARTITION,),
            seasonal_adjustment="NSA",
            concept="bop",
            price_basis="current",
            covers="dataset",
            absences=3,
        ),
    ),
    parse=parse,
    requests=requests,
    follow=follow,
    recognise=recognise,
    base_url="https://www.ons.gov.uk",
    expected_rows=(20, None),
)
