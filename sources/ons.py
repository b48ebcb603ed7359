"""UK balance of payments, statistical bulletin tables A and B, quarterly: trade in goods and services, XLS or XLSX.

Until about 2022 a series was a row below its years and quarters; since then it is a column of one of several tables.
An edition list (JSON) says which file is current; its version history says since when, the workbook itself does not.
The figures are constrained: balance = credits − debits and goods + services = total without any difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from schemas.datasets import Dataset, Partition
from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from sources.source import Request, Source

if TYPE_CHECKING:
    from sources.shared.readout import Readout
    from sources.shared.series_tables import Series

ADJUSTED, UNADJUSTED = "ons-bop", "ons-bop-nsa"
EDITION = "economy/nationalaccounts/balanceofpayments/datasets/balanceofpaymentsstatisticalbulletintables/current"
TABLES = {"A": "Summary of balance of payments", "B": "Current account"}
#: Their series identifier → product, flow, measure, and a word its label must have.
SERIES = {
    "BOKG": ("goods", "X", "level", "exports of goods"),
    "IKBB": ("services", "X", "level", "exports of services"),
    "IKBH": ("total", "X", "level", "total exports|exports of goods and services"),
    "BOKH": ("goods", "M", "level", "imports of goods"),
    "IKBC": ("services", "M", "level", "imports of services"),
    "IKBI": ("total", "M", "level", "total imports|imports of goods and services"),
    "BOKI": ("goods", "B", "level", "trade in goods"),
    "IKBD": ("services", "B", "level", "trade in services"),
    "IKBJ": ("total", "B", "level", "total trade|trade in goods and services"),
    "LQCT": ("goods", "B", "level", "trade in goods"),
    "KTMS": ("services", "B", "level", "trade in services"),
    "KTMY": ("total", "B", "level", "total trade|trade in goods and services"),
    "D28J": ("goods", "B", "share", "trade in goods"),
    "D28K": ("services", "B", "share", "trade in services"),
    "D28L": ("total", "B", "share", "total trade|trade in goods and services"),
}
#: Which of them are not seasonally adjusted.
RAW = frozenset(("LQCT", "KTMS", "KTMY"))
#: Rows that are not about trade in goods and services.
IGNORED = re.compile(
    r"income|compensation|government|sectors|current balance|capital balance|investment|derivatives|reserve assets|"
    r"net financial transactions|errors and omissions|^total$|current account|capital account|financial account|"
    r"transfers|net lending|non-produced|other debits|other credits",
    re.IGNORECASE,
)
#: Tables that are not: their series are ignored, whatever they are called.
OTHERS = re.compile(r"income account|capital account|financial account|investment position", re.IGNORECASE)
UNITS = {"million": "GBP million", "billion": "GBP billion"}

#: A word that the label of goods alone, or of services alone, must not have.
_OTHER = {"goods": "services", "services": "goods"}
_PRINTED = re.compile(r"[-−(]?[£]?[-−(]?\d[\d,]*(\.\d+)?\)?%?[⁰¹²³⁴⁵⁶⁷⁸⁹]*")
_SHARE = re.compile(r"per ?cent(age)?\)|\(%\)|per ?cent(age)? of gdp", re.IGNORECASE)
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
    from sources.shared.workbooks.workbook import XLS, read_workbook

    if sniff(content) == "application/json":
        return b"balanceofpayments" in content and b'"versions"' in content
    if sniff(content) not in (XLSX, XLS):
        return False
    try:
        sheets = read_workbook(Document("ons", content, "file"))
        return any(_letter(title) == "B" for title in sheets)
    except ParseError:
        return False


def parse(document: Document) -> Parsed:
    """Credits, debits and balances in GBP, and balances as a share of GDP. Raises ParseError for any other workbook."""
    from sources.shared.workbooks.workbook import naming_hidden

    with naming_hidden(document):
        return _parse(document)


def _parse(document: Document) -> Parsed:
    from sources.shared.readout import Readout
    from sources.shared.series_tables import read_series
    from sources.shared.sniff import sniff
    from sources.shared.workbooks.workbook import read_workbook

    name = document.name
    if sniff(document.content) == "application/json":
        edition = _edition(document)
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


def _unit(series: Series, table: str, readout: Readout) -> str:
    """The unit of a table: its own title says it, or its sheet; two different ones are a finding."""
    name = readout.document.name
    if _SHARE.search(series.title):
        return "%"
    said = sorted({word.lower() for word in _UNIT.findall(f"{series.title} {series.about}")})
    if TABLES[table].lower() not in f"{series.about} {series.title}".lower() or not said:
        raise ParseError(f"{name}, table {table}: {series.about[:80]!r}, expected {TABLES[table]!r} in £ million")
    sentence = f"{name}, table {table} says £ {' and £ '.join(said)}: refusing to guess"
    if len(said) > 1 and all(notice.sentence != sentence for notice in readout.notices):
        readout.notice("unit", sentence)
    return UNITS[said[-1]]


def _adjusted(series: Series) -> bool | None:
    """Whether its heading, else its sheet, says that a series is seasonally adjusted; None where both are said."""
    for text in (series.title.lower(), series.about.lower()):
        if "seasonally" in text:
            said = set(re.findall(r"(not |non-|un)?seasonally", text))
            return None if len(said) > 1 else said == {""}
    return True


def _fault(series: Series, unit: str) -> str:
    """Why the figures of a series cannot be read; "" where they can."""
    from sources.shared.series_tables import without_notes

    said, known, adjusted = without_notes(series.label), SERIES.get(series.identifier), _adjusted(series)
    if not series.identifier:
        return f"{series.label!r} has no series identifier"
    if known is None:
        return "an unknown row; see docs/sources/ons.md"
    if adjusted is not None and adjusted == (series.identifier in RAW):
        return f"it stands under {'seasonally adjusted' if adjusted else 'not seasonally adjusted'!r}"
    if not re.search(known[3], said) or _OTHER.get(known[0], "\0") in said:
        return f"expected {known[3]!r}; see docs/sources/ons.md"
    if (known[2] == "share") != (unit == "%") and (unit == "%" or _UNIT.search(series.title)):
        return f"its table is in {unit}, expected a {'percentage' if known[2] == 'share' else 'figure in £ million'}"
    return ""


def _read(series: Series, table: str, part: int, readout: Readout) -> None:
    from sources.shared.series_tables import without_notes
    from sources.shared.shorthand import shorthand

    known, identifier = SERIES.get(series.identifier), series.identifier
    if identifier and known is None and (IGNORED.search(without_notes(series.label)) or OTHERS.search(series.title)):
        return
    unit = _unit(series, table, readout) if known else ""
    fault = _fault(series, unit)
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
        text, facts["status"] = shorthand(cell.text)
        if not text and facts["status"]:
            readout.absent(cell.text, printed, where, **facts)
        elif text in ("-", "–"):  # nil, or less than half a unit
            readout.number(0, step, printed, where, **facts)
        elif cell.number is None and text and not _PRINTED.fullmatch(text):
            readout.unreadable(where, cell.text, "expected a figure, or - for nil")
        else:
            shown = cell if text == cell.text else replace(cell, value=text)
            readout.cell(shown, printed, where, facts, step, symbol="£")


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
