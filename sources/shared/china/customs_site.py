"""The sites of China Customs: their indexes, what those list, and where the table of a page is that shows none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final
from urllib.parse import urljoin, urlsplit

from schemas.documents import Document
from schemas.errors import ParseError
from sources.shared.china.chinese import english
from sources.shared.china.customs import EXPECTED, section_of
from sources.shared.pages.about import read_about, stamps, titles
from sources.shared.pages.html import frames, read_page
from sources.shared.pages.shown import words
from sources.shared.pages.single_table import attachments, called, has_table
from sources.shared.sniff import sniff
from sources.source import Request

INDEX: Final = "statics/report/preliminary{}.html"
CHINESE: Final = "http://www.customs.gov.cn"
#: Indexes of the Chinese site: preliminary tables (统计快讯), detailed ones (统计月报).
INDEXES: Final = tuple(
    f"customs/302249/zfxxgk/2799825/302274/{page}/index.html" for page in ("302275", "302277/6348926")
)
_INDEX = re.compile(r"/report/preliminary|/30227[57]/(\d+/)?index\.html$")
_ELSEWHERE = re.compile(rb"<i?frame\b|\.xlsx?\b", re.IGNORECASE)


def requests(since: date | None) -> Iterable[Request]:
    """The index of this year's releases, and of the years since ``since``."""
    yield Request(INDEX.format(""), index=True)
    for year in range(since.year if since else date.max.year, date.today().year):
        yield Request(INDEX.format(year), index=True)


def chinese(since: date | None) -> Iterable[Request]:
    """The indexes of the Chinese site, which list the releases of all years that they still have."""
    for index in INDEXES:
        yield Request(index, index=True)


def year(number: int) -> Iterable[Request]:
    """The index of the releases of one year."""
    yield Request(INDEX.format("" if number == date.today().year else number), index=True)


def follow(document: Document) -> Iterable[Request]:
    """The pages of an index that are read, and the frame or workbook that holds the table of a page."""
    if _is_index(document.url):
        yield from _listed(document)
    elif sniff(document.content) == "text/html" and re.search(
        rb"<i?frame\b|\.xlsx?\b", document.content, re.IGNORECASE
    ):
        page = read_page(document)
        if any(map(section_of, titles(page))) and not has_table(page, document.name):
            stamp = read_about(titles(page), stamps(page), document, section_of, EXPECTED, english).released
            for address in (*frames(page, document.url), *(urljoin(document.url, one) for one in attachments(page))):
                if urlsplit(address).netloc == urlsplit(document.url).netloc:
                    yield Request(_path(address), released=stamp, instead=True)


def _is_index(url: str) -> bool:
    return bool(_INDEX.search(url))


def _listed(document: Document) -> Iterable[Request]:
    page = read_page(document)
    rows = [(words(row[0]), row) for row in page.xpath("//tr[td]") if len(row)]
    rows += [(words(link), link) for link in page.xpath("//li//a[@href]")]
    wanted = [row for title, row in rows if section_of(re.sub(r"\(in \w+\)", "", title).strip())]
    if not wanted:
        raise ParseError(f"{document.name} lists no releases of a table that is read: {called(page)}")
    for row in wanted:
        for link in row.xpath("descendant-or-self::a/@href"):
            yield Request(_path(urljoin(document.url, str(link).replace("\\", "/"))))


def _path(address: str) -> str:
    parts = urlsplit(address)
    return parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
