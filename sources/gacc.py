"""China Customs (GACC) monthly release pages, HTML: the headline table (1) and the table by country (4), USD and CNY.

A page says everything itself: month in the title, currency in the title and unit in a line of the table (where they
disagree the page is held), release date above the table. January and February are one release. The site's firewall
answers robots with other pages and a good status; each is told apart from "no data".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from schemas.datasets import Dataset
from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from sources.shared.area_names import EU, area_code
from sources.shared.headings import Column, Month, printed_date, read_columns, title_month
from sources.shared.pages.markup import FIGURE
from sources.shared.pages.unit_lines import CURRENCIES, CURRENCY, UNIT_LINE, read_unit
from sources.source import Request, Source

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from sources.shared.pages.grid import Grid
    from sources.shared.readout import Readout

DATASET = "gacc-goods"
INDEX = "statics/report/preliminary{}.html"
#: The sections that are read; the others are refused by name.
SECTIONS = {
    re.compile(r"(values|value of imports and exports) by( major)? country", re.IGNORECASE): "country",
    re.compile(
        r"total (export & import|import & export|exports & imports) values?,? *([(,]|$)|"
        r"total value of imports and exports,? *([(,]|$)",
        re.IGNORECASE,
    ): "headline",
}
FLOWS = {
    "export & import": "T",
    "import & export": "T",
    "total export & import": "T",
    "total import & export": "T",
    "exports & imports": "T",
    "imports & exports": "T",
    "export": "X",
    "exports": "X",
    "total export": "X",
    "total exports": "X",
    "import": "M",
    "imports": "M",
    "total import": "M",
    "total imports": "M",
    "balance": "B",
    "trade balance": "B",
    "export-import balance": "B",
    "import-export balance": "B",
}
#: Marks of footnotes and revisions beside a figure.
_MARK = re.compile(r"(\s*(\*+|[(\[](\d|[a-z])[)\]]|\[([\d,]{1,5}|[*†‡§#]+)\]))+$", re.IGNORECASE)
#: A figure at the end of a row of one cell: a row of the table that lost its columns.
_FULL_ROW = re.compile(r"\s[-−–+]?(?:[\d,]*\d\.\d+|\d{1,3}(?:,\d{3})+)$")
#: A title of the Chinese site, and the way out of a page that shows its table in a frame.
_CHINESE = re.compile("进出口|出口商品|进口商品|进口总值|出口总值")
_WAY_OUT = (
    "{!r}: open that address in a browser, save what it shows and ingest it, or take the English page of that month"
)
_ATTACHED = re.compile(r"\.(xlsx?|pdf|docx?)$", re.IGNORECASE)


def requests(since: date | None) -> Iterable[Request]:
    """The index of this year's releases, and of the years since ``since``."""
    yield Request(INDEX.format(""), index=True)
    for year in range(since.year if since else date.max.year, date.today().year):
        yield Request(INDEX.format(year), index=True)


def year(number: int) -> Iterable[Request]:
    """The index of the releases of one year."""
    yield Request(INDEX.format("" if number == date.today().year else number), index=True)


def follow(document: Document) -> Iterable[Request]:
    """The release pages that an index links to, of the sections that are read."""
    if "/report/preliminary" not in document.url:
        return
    from sources.shared.pages.html import read_page
    from sources.shared.pages.shown import words

    page = read_page(document)
    rows = [(words(row[0]), row) for row in page.xpath("//tr[td]") if len(row)]
    wanted = [row for title, row in rows if _section(re.sub(r"\(in \w+\)", "", title).strip())]
    if not wanted:
        raise ParseError(f"{document.name} lists no releases of the headline or country table: {_seen(page)}")
    for row in wanted:
        for link in row.xpath(".//a/@href"):
            yield Request(urlsplit(str(link).replace("\\", "/")).path.lstrip("/"))


def recognise(content: bytes) -> bool:
    """Whether this is a page of China Customs."""
    head = content[:200000].lower()
    if b"<" not in head[:200] or not (b"atcl-ttl" in head or b"customs.gov.cn" in head):
        return False
    chinese = any(_CHINESE.search(head.decode(encoding, "ignore")) for encoding in ("utf-8", "gb18030"))
    return b"china's" in head or chinese


def _section(title: str) -> str | None:
    bare = re.sub(r"^\(\d+\)\s*", "", title)
    return next((kind for pattern, kind in SECTIONS.items() if pattern.search(bare)), None)


def _seen(page: HtmlElement) -> str:
    from sources.shared.pages.shown import words

    return repr(next((words(title) for title in page.iter("title")), "a page without title")[:100])


@dataclass(frozen=True)
class _Head:
    """What the page says about itself."""

    title: str
    section: str
    month: Month
    currencies: tuple[str, ...]  # as its titles say
    released: str
    months: tuple[Month, ...] = ()  # others that its titles say


def _head(page: HtmlElement, document: Document) -> _Head:
    from sources.shared.pages.shown import words

    name = document.name
    titles = [
        words(found) for found in page.xpath("//*[contains(@class,'atcl-ttl')] | //h1 | //title | //td[@colspan]")
    ]
    own = [text for text in titles if _section(text)]
    if not own:
        if page.xpath("//*[@id='preliminarysel']"):
            raise ParseError(f"{name} is an index of releases, expected a release: open one of those it lists")
        raise ParseError(
            f"{name} is titled {(titles or ['nothing'])[0][:100]!r}, expected "
            '"China\'s Total Export & Import Values" or "… by Country/Region" of a month'
        )
    month = next(filter(None, map(title_month, own)), None)
    if month is None:
        raise ParseError(f"{name}: the title {own[0][:100]!r} says no month and year")
    stamps = [words(stamp) for stamp in page.xpath("//*[contains(@class,'-date')]")]
    stamps += [str(text) for text in page.xpath("//meta[@name='PubDate']/@content")]
    said = [CURRENCIES[found[0].lower()] for text in own if (found := CURRENCY.search(text))]
    return _Head(
        title=own[0],
        section=_section(own[0]) or "",
        month=month,
        currencies=tuple(dict.fromkeys(said)),
        released=next(filter(None, map(printed_date, stamps)), "") or document.released,
        months=tuple(dict.fromkeys(said for said in map(title_month, own) if said and said != month)),
    )


def _unit_lines(page: HtmlElement) -> Iterable[str]:
    """What the page says after "Unit:", in its table or above it."""
    from sources.shared.pages.shown import words

    for element in page.iter("td", "th", "caption", "p", "div", "span"):
        text = words(element)
        if len(text) < 60 and (said := UNIT_LINE.match(text)):
            yield said[1]


def _table(page: HtmlElement, document: Document) -> Grid:
    """The table of figures, or why there is none."""
    from sources.shared.pages.grid import outside, read_grid
    from sources.shared.pages.html import frames
    from sources.shared.pages.shown import words

    name = document.name
    grids = {table: read_grid(table, name) for table in page.iter("table")}
    tables = [table for table, grid in grids.items() if grid.is_of_figures]
    if len(tables) == 1:
        grid = grids[tables[0]]
        grid.unshown += outside(page, tables[0])
        return grid
    if len(tables) > 1:
        raise ParseError(f"{name} has {len(tables)} tables, expected one")
    if addresses := frames(page, document.url):
        raise ParseError(f"{name} shows its table in a frame, {_WAY_OUT.format(addresses[0])}")
    if gone := next(outside(page, None), None):
        raise ParseError(f"{name} ({_seen(page)}) shows no table of figures, it is hidden ({gone.reason}): not read")
    content = page.xpath("//*[contains(@class,'atcl-cnt')]") or [page]
    images = [str(found) for found in content[0].xpath(".//img/@src")]
    files = [str(found) for found in page.xpath("//a/@href") if _ATTACHED.search(str(found))]
    if kept := (images if content[0] is not page else []) + files:
        raise ParseError(
            f"{name} ({_seen(page)}) has no table, its figures are in {kept[0]!r}: transcribe them into a tidy CSV"
        )
    raise ParseError(f"{name} ({_seen(page)}) has no table of figures: {words(content[0])[:80]!r}")


def _refuse_chinese(page: HtmlElement, document: Document) -> None:
    """Raise ParseError for a page of the Chinese site: what it is, and the way out."""
    from sources.shared.pages.html import frames
    from sources.shared.pages.shown import words

    titles = [words(found) for found in page.xpath("//h1 | //title | //*[contains(@class,'atcl-ttl')]")]
    title = next((text for text in titles if _CHINESE.search(text)), None)
    if title is None or any(map(_section, titles)):
        return
    seen = f"{document.name} is a page of China Customs in Chinese ({title[:60]!r})"
    if addresses := frames(page, document.url):
        raise ParseError(f"{seen} that shows its table in a frame, {_WAY_OUT.format(addresses[0])}")
    raise ParseError(
        f"{seen}, which is not read yet: take the English page of that month, {SOURCE.landing_page}, or transcribe "
        "its figures into a tidy CSV"
    )


def _bare(text: str) -> str:
    """A printed text without the marks beside it."""
    return _MARK.sub("", text)


def _eu(head: _Head, note: str) -> str:
    """Which European Union: as the note lists it, else by the month (the United Kingdom left in February 2020)."""
    if said := re.search(r"\(EU\) includes?:?(.*?)(?:\d+\s*\.|$)", note):
        return "EU28" if "united kingdom" in said[1].lower() or re.search(r"\bUK\b", said[1]) else "EU27_2020"
    return "EU28" if str(head.month) < "2020-02" else "EU27_2020"


def _area(label: str, eu: str) -> str | None:
    code = area_code(label)
    return eu if code == EU else code


def parse(document: Document) -> Parsed:
    """Levels and growth of the page's table, in its currency. Raises ParseError for any other page."""
    from sources.shared.pages.html import read_page
    from sources.shared.readout import Readout

    name = document.name
    page = read_page(document)
    _refuse_chinese(page, document)
    head = _head(page, document)
    grid = _table(page, document)
    units = list(dict.fromkeys(_unit_lines(page)))
    if not units:
        raise ParseError(f"{name} says no unit, expected a row such as 'Unit: CNY 100 Million'")
    readout = Readout(document, dataset=DATASET, reporter="CHN", released=head.released)
    _contradictions(head, units, grid, readout)
    _read_table(head, read_unit(units[0], name), grid, readout)
    for gone in grid.unshown:
        certain = not gone.reason.startswith("class")
        readout.unshown((gone.row, gone.column, 0), gone.text, gone.reason, certain=certain)
    parsed = readout.parsed()
    if not len(parsed.readings):
        raise ParseError(f"{name} ({head.title!r}) has a table without a figure that can be read")
    return parsed


def _lines(grid: Grid) -> list[tuple[int, str]]:
    """Rows of one cell across the table: titles, units, notes."""
    return [(at, row[0]) for at, row in enumerate(grid.cells) if row and grid.full[at]]


def _contradictions(head: _Head, units: list[str], grid: Grid, readout: Readout) -> None:
    """Say where the page is not at one with itself on its unit, its currency or its month."""
    name = readout.document.name
    currency, unit = read_unit(units[0], name)
    for said in units[1:]:
        if read_unit(said, name) != (currency, unit):
            readout.notice("unit", f"{name} says two units, {units[0]!r} and {said!r}: refusing to guess")
    for other in head.currencies:
        if other != currency:
            readout.notice("unit", f"{name}: the title says {other}, the unit line {units[0]!r}: refusing to guess")
    if head.released and head.released[:7] <= str(head.month):
        readout.notice("shape", f"{name} is dated {head.released} but is about {head.month}")
    for elsewhere in head.months:
        readout.notice("shape", f"{name}: one title says {head.month}, another {elsewhere}: refusing to guess")
    for at, text in _lines(grid):
        if not head.months and _section(text) and (month := title_month(text)) and month != head.month:
            sentence = f"{name}: the title says {head.month}, the table {text[:80]!r}: refusing to guess"
            readout.notice("shape", sentence, f"row {at + 1}")


def _columns(head: _Head, heads: list[list[str]], width: int, name: str) -> list[Column]:
    """What the columns hold, by the rows above the figures."""
    if not heads or any(len(row) != width for row in heads):
        raise ParseError(f"{name}: the header of the table cannot be told from its figures: {heads[:2]}")
    columns = read_columns(heads, head.month, FLOWS, name)
    if twice := next((column for column, times in Counter(columns).items() if times > 1), None):
        raise ParseError(
            f"{name}: two columns are headed as {twice.measure} of {twice.period} {twice.flow}".rstrip()
            + ": refusing to guess, a part of the header may be lost or hidden"
        )
    return columns


def _read_table(head: _Head, unit: tuple[str, str], grid: Grid, readout: Readout) -> None:
    """Read the figures of the table row by row, and list what is none."""
    name = readout.document.name
    rows = [(at, row) for at, row in enumerate(grid.cells) if any(row) and not grid.full[at]]
    rows = [(at, row) for at, row in rows if not any(map(UNIT_LINE.match, row))]
    if not rows:
        raise ParseError(f"{name} ({head.title!r}) has a table without a figure that can be read")
    width = Counter(len(row) for _, row in rows).most_common(1)[0][0]
    labels = FLOWS if head.section == "headline" else None
    top = next((n for n, (_, row) in enumerate(rows) if _is_body(row, labels is None)), len(rows))
    heads = [row for _, row in rows[:top]]
    columns = _columns(head, heads, width, name)
    eu = _eu(head, " ".join(text for _, text in _lines(grid) if re.match("note", text, re.IGNORECASE)))
    for at, text in _lines(grid):
        if at > rows[0][0] and _FULL_ROW.search(text) and not re.match("note", text, re.IGNORECASE):
            readout.unreadable((at + 1, 1, 0), text, f"one cell, expected {width} as in the header")
    for at, row in rows[top:]:
        if row in heads:  # printed again further down
            continue
        if len(row) != width:
            expected = f"{len(row)} cells, expected {width} as in the header"
            readout.unreadable((at + 1, 1, 0), " | ".join(row), expected)
            continue
        said = labels.get(re.sub(r"\s+values?\b|:$", "", row[0].lower()), "") if labels is not None else ""
        partner = "WLD" if labels is not None else _area(row[0], eu)
        shown = [None if (at, index) in grid.blanked else text for index, text in enumerate(row)]
        _read_row(
            (head.title, at + 1, row[0]), (partner, said), unit, list(zip(columns, shown[1:], strict=True)), readout
        )


def _read_row(
    place: tuple[str, int, str],
    what: tuple[str | None, str],
    unit: tuple[str, str],
    cells: list[tuple[Column, str | None]],
    readout: Readout,
) -> None:
    """The figures of one row: of title, row number and label; of partner and flow, where it says them."""
    (title, number, label), (partner, said) = place, what
    for index, (column, text) in enumerate(cells, 2):
        if text is None:
            continue  # hidden, and said so
        if not partner or not (said or column.flow):
            expected = "one of the areas" if not partner else "a flow such as Total Export"
            why = f"an unknown row label, expected {expected} of docs/sources/gacc.md"
            readout.unreadable((number, index, 0), f"{label}: {text}", why)
            continue
        rate = column.measure != "level"
        readout.printed(
            _bare(text),
            "%" if rate else unit[1],
            (number, index, 0),
            flow=said or column.flow,
            partner=partner,
            measure=column.measure,
            period=column.period,
            basis=unit[0] if rate else "_Z",
            cite=f"{title}: {label}",
        )


def _is_body(row: list[str], of_areas: bool) -> bool:
    """Whether a row is below the header: it has figures, or the name of an area where names of areas belong."""
    if _looks_headed(row):
        return False
    return any(map(FIGURE.fullmatch, row[1:])) or (of_areas and _area(row[0], "EU27_2020") is not None)


def _looks_headed(row: list[str]) -> bool:
    return any(re.search(r"year|month|export destination|item", text, re.IGNORECASE) for text in row)


SOURCE = Source(
    id="gacc",
    title="China's total export and import values, and by country (preliminary release)",
    publisher="General Administration of Customs of the People's Republic of China",
    licence="facts, quoted with their source; no open licence is stated",
    landing_page="http://english.customs.gov.cn/statics/report/preliminary.html",
    cadence="monthly, from the 7th to the 18th, Beijing; January and February together in March",
    datasets=(
        Dataset(
            DATASET,
            title="China's trade in goods, preliminary",
            seasonal_adjustment="NSA",
            concept="customs",
            trade_system="general",
            price_basis="current",
            valuation={"X": "FOB", "M": "CIF"},
        ),
    ),
    parse=parse,
    requests=requests,
    year=year,
    follow=follow,
    recognise=recognise,
    base_url="http://english.customs.gov.cn",
    expected_rows=(4, None),
)
