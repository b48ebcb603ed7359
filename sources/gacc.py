"""China Customs (GACC) monthly tables in English and Chinese, HTML pages and the workbooks attached to them.

A page says everything itself: month in the title, currency in the title and unit in a line of the table (where they
disagree the page is held), release date above the table. January and February are one release, and so is a table in
both languages. The firewall answers robots with other pages and a good status; each is told apart from "no data".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from schemas.datasets import Dataset
from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from sources.shared.china.chinese import english, plain
from sources.shared.china.customs import EXPECTED, labels, latest_month, section_of
from sources.shared.china.customs_site import CHINESE, chinese, follow, requests, year
from sources.shared.headings import FLOWS
from sources.shared.pages.about import notice_contradictions, read_about, stamps, titles
from sources.shared.pages.html import read_page
from sources.shared.pages.monthly_table import MonthlyTable
from sources.shared.pages.single_table import find_table
from sources.shared.pages.unit_lines import read_unit, unit_lines, unit_texts
from sources.shared.readout import Readout
from sources.shared.sniff import XLSX, sniff
from sources.shared.workbooks.single_sheet import peek_texts, read_single_sheet
from sources.shared.workbooks.workbook import XLS, naming_hidden
from sources.source import Source

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from sources.shared.pages.grid import Grid

DATASET = "gacc-goods"
_NOTE = re.compile(r"note|注|(\d\s*[.、]\s*)?figures in shaded|.{0,20}阴影", re.IGNORECASE)
_TITLES = re.compile("进出口|出口商品|进口商品|进口总值|出口总值|商品量值")


def recognise(content: bytes) -> bool:
    """Whether this is a page of China Customs, or a workbook of it."""
    if sniff(content) in (XLS, XLSX):
        return any(map(section_of, peek_texts(content)))
    head = content[:200000].lower()
    if b"<" not in head[:200] or not (b"atcl-ttl" in head or b"customs.gov.cn" in head):
        return False
    in_chinese = any(_TITLES.search(head.decode(encoding, "ignore")) for encoding in ("utf-8", "gb18030"))
    return b"china's" in head or in_chinese


@naming_hidden
def parse(document: Document) -> Parsed:
    """Levels and growth of the page's table, in its currency. Raises ParseError for any other page."""
    if sniff(document.content) in (XLS, XLSX):
        grid, texts, left_out = read_single_sheet(document)
        readout = _read(document, grid, texts, (), texts)
        readout.left_out(*left_out)
        return readout.parsed()
    page = read_page(document)
    _refuse_others(page, document)
    grid = find_table(page, document)
    readout = _read(document, grid, titles(page), stamps(page), list(unit_texts(page)))
    readout.unshown_of(grid)
    return readout.parsed()


def _read(document: Document, grid: Grid, said: Sequence[str], stamped: Sequence[str], texts: Sequence[str]) -> Readout:
    """What a table says, with the titles, dates and units beside it."""
    grid.cells = [[plain(text) for text in row] for row in grid.cells]
    about = read_about(said, stamped, document, section_of, EXPECTED, english, latest_month(grid))
    units = unit_lines(map(english, texts), document.name)
    readout = Readout(document, dataset=DATASET, reporter="CHN", released=about.released)
    notice_contradictions(about, units, grid, section_of, readout, english)
    beside = [text for _, text in grid.lines()] + [text for text in texts if len(text) < 500]
    notes = " ".join(text for text in beside if _NOTE.match(text))
    table = labels(about.section, about.month, notes)
    MonthlyTable(about, read_unit(units[0], document.name), FLOWS, table).read(grid, readout)
    return readout


def _refuse_others(page: HtmlElement, document: Document) -> None:
    """Raise ParseError for an index, or a page of another section: what it is, and the way out."""
    said = titles(page)
    if page.xpath("//*[@id='preliminarysel']") and not any(map(section_of, said)):
        raise ParseError(f"{document.name} is an index of releases, expected a release: open one of those it lists")
    title = next((text for text in said if _TITLES.search(text)), None)
    if title is not None and not any(map(section_of, said)):
        raise ParseError(
            f"{document.name} is a page of China Customs in Chinese ({title[:60]!r}) whose table is not read: expected "
            f"{EXPECTED}; or transcribe its figures into a tidy CSV"
        )


SOURCE = Source(
    id="gacc",
    title="China's trade in goods by country, trade mode, province and commodity",
    publisher="General Administration of Customs of the People's Republic of China",
    licence="facts, quoted with their source; no open licence is stated",
    landing_page="http://english.customs.gov.cn/statics/report/preliminary.html",
    cadence="monthly, preliminary from the 7th, in detail on the 18th, Beijing; January and February together in March",
    datasets=(
        Dataset(
            DATASET,
            title="China's trade in goods",
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
    sites={CHINESE: chinese},
    follow=follow,
    recognise=recognise,
    base_url="http://english.customs.gov.cn",
    expected_rows=(4, None),
)
