"""China Customs (GACC) monthly release pages, HTML: the headline table (1) and the table by country (4), USD and CNY.

A page says everything itself: month in the title, currency in the title and unit in a line of the table (where they
disagree the page is held), release date above the table. January and February are one release. The site's firewall
answers robots with other pages and a good status; each is told apart from "no data".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from schemas.datasets import Dataset
from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from sources.shared.area_names import area_in, european_union
from sources.shared.headings import FLOWS
from sources.shared.pages.about import notice_contradictions, read_about, titles
from sources.shared.pages.html import frames, read_page
from sources.shared.pages.monthly_table import MonthlyTable
from sources.shared.pages.shown import words
from sources.shared.pages.single_table import IN_A_FRAME, called, find_table
from sources.shared.pages.unit_lines import read_unit, unit_lines
from sources.shared.readout import Readout
from sources.source import Request, Source

if TYPE_CHECKING:
    from lxml.html import HtmlElement

DATASET = "gacc-goods"
INDEX = "statics/report/preliminary{}.html"
#: The sections that are read; the others are refused by name.
SECTIONS = {
    re.compile(r"(?i)(values|value of imports and exports) by( major)? country"): "country",
    re.compile(r"(?i)total (export & import|import & export|exports & imports) values?,? *([(,]|$)"): "headline",
    re.compile(r"(?i)total value of imports and exports,? *([(,]|$)"): "headline",
}
_CHINESE = re.compile("进出口|出口商品|进口商品|进口总值|出口总值")
EXPECTED = '"China\'s Total Export & Import Values" or "… by Country/Region" of a month'


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
    page = read_page(document)
    rows = [(words(row[0]), row) for row in page.xpath("//tr[td]") if len(row)]
    wanted = [row for title, row in rows if _section(re.sub(r"\(in \w+\)", "", title).strip())]
    if not wanted:
        raise ParseError(f"{document.name} lists no releases of the headline or country table: {called(page)}")
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


def _refuse_others(page: HtmlElement, document: Document) -> None:
    """Raise ParseError for a page of the Chinese site, or an index: what it is, and the way out."""
    if page.xpath("//*[@id='preliminarysel']") and not any(map(_section, titles(page))):
        raise ParseError(f"{document.name} is an index of releases, expected a release: open one of those it lists")
    above = [words(found) for found in page.xpath("//h1 | //title | //*[contains(@class,'atcl-ttl')]")]
    title = next((text for text in above if _CHINESE.search(text)), None)
    if title is None or any(map(_section, above)):
        return
    seen = f"{document.name} is a page of China Customs in Chinese ({title[:60]!r})"
    if addresses := frames(page, document.url):
        raise ParseError(f"{seen} that {IN_A_FRAME.format(addresses[0])}")
    raise ParseError(
        f"{seen}, which is not read yet: take the English page of that month, {SOURCE.landing_page}, or transcribe "
        "its figures into a tidy CSV"
    )


def parse(document: Document) -> Parsed:
    """Levels and growth of the page's table, in its currency. Raises ParseError for any other page."""
    page = read_page(document)
    _refuse_others(page, document)
    about = read_about(page, document, _section, EXPECTED)
    grid = find_table(page, document)
    units = unit_lines(page, document.name)
    readout = Readout(document, dataset=DATASET, reporter="CHN", released=about.released)
    notice_contradictions(about, units, grid, _section, readout)
    notes = " ".join(text for _, text in grid.lines() if text.lower().startswith("note"))
    areas = None if about.section == "headline" else partial(area_in, union=european_union(str(about.month), notes))
    MonthlyTable(about, read_unit(units[0], document.name), FLOWS, areas).read(grid, readout)
    readout.unshown_of(grid)
    return readout.parsed()


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
