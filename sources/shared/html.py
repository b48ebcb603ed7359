"""HTML pages: text, and tables as grids with their spans filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemas.documents import Document
from schemas.errors import ParseError
from sources.shared.sniff import decode_utf8, first_words, gunzip, media_name, sniff

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: What gateways and firewalls print instead of a page, with status 200; word → what it means.
GATEWAYS = {
    r"\b50[234]\b.{0,40}(gateway|bad|unavailable|time-?out)|gateway time-?out": "a gateway's error page",
    r"captcha|verify (that )?you are (a )?human|安全验证|滑动验证|人机验证": "a CAPTCHA",
    r"\b412\b|precondition failed": "a firewall's 412 page",
    r"access denied|request (was )?(rejected|blocked)|forbidden|拒绝访问": "a firewall's refusal",
    r"\b429\b|too many requests": "a request to slow down",
}


def page_text(content: bytes) -> str:
    """Visible text of a page, on one line."""
    text = re.sub(r"(?is)<(script|style)\b.*?</\1>|<!--.*?-->", " ", content.decode("utf-8", "replace"))
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def refuse_gateways(content: bytes, name: str) -> None:
    """Raise ParseError where a short answer is no page of the source but something standing before it."""
    text = page_text(content[:20000])
    if len(text) > 1500:  # a real page says more, and may well mention a gateway
        return
    for pattern, meaning in GATEWAYS.items():
        if re.search(pattern, text, re.IGNORECASE):
            raise ParseError(
                f"{name} is {meaning} ({text[:60]!r}), not the page: it came with a good status, "
                "so download the page in a browser and use tradeledger ingest"
            )
    if not text and b"<script" in content[:20000].lower():
        raise ParseError(
            f"{name} is a page of script without text, as the source's firewall sends to robots: "
            "download the page in a browser and use tradeledger ingest"
        )


@dataclass
class Grid:
    """A table as texts; ``cells[row][column]``, spans repeated; ``owner`` tells apart repeated and own cells."""

    cells: list[list[str]]
    caption: str = ""
    full: list[bool] = field(default_factory=list)  # rows that are one cell across the table


def read_page(document: Document) -> HtmlElement:
    """The page as a tree. Raises ParseError for what is no HTML, is no UTF-8, or comes from a gateway."""
    import lxml.etree
    import lxml.html

    content = gunzip(document.content, document.name)
    kind = sniff(content)
    if kind in ("text/html", "text/plain", "text/csv", ""):
        refuse_gateways(content, document.name)
    if kind != "text/html":
        shown = f" ({first_words(content)!r})" if kind.startswith("text/") or "json" in kind or "xml" in kind else ""
        raise ParseError(f"{document.name} is {media_name(content)}{shown}, expected an HTML page")
    if re.search(rb"<!ENTITY", content[:4096], re.IGNORECASE):
        raise ParseError(f"{document.name} declares entities, no page does: refused")
    low = content.lower()
    if low.count(b"<table") != low.count(b"</table"):
        raise ParseError(f"{document.name} breaks off within a table ({len(content)} bytes)")
    text = _decode(content, document.name)
    try:
        return lxml.html.fromstring(text.encode(), parser=lxml.html.HTMLParser(encoding="utf-8", huge_tree=False))
    except lxml.etree.LxmlError as exc:
        raise ParseError(f"{document.name} is no HTML page that can be read ({len(content)} bytes)") from exc


def _decode(content: bytes, name: str) -> str:
    """A page as text: UTF-8, or the Chinese encoding it declares."""
    try:
        return decode_utf8(content, name)
    except ParseError:
        if not re.search(rb"charset\s*=\s*[\"']?\s*(gb2312|gbk|gb18030)\b", content[:4096], re.IGNORECASE):
            raise
        try:
            return content.decode("gb18030")
        except UnicodeDecodeError as exc:
            at = content.count(b"\n", 0, exc.start) + 1
            raise ParseError(f"{name}, line {at}: bytes are not in the encoding the page declares, GB18030") from exc


def words(element: HtmlElement) -> str:
    """Text of an element, one line; a raised mark stands apart as ``[1]``, it is no digit of the figure before it."""
    for mark in element.iter("sup"):
        if (text := (mark.text_content() or "").strip(" ()[]")) and not (mark.text or "").startswith("["):
            for child in list(mark):
                mark.remove(child)
            mark.text = f"[{text}]"
    return " ".join(element.text_content().split())


def _hidden(element: HtmlElement) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return "display:none" in style or "visibility:hidden" in style or element.get("hidden") is not None


def read_grid(table: HtmlElement) -> Grid:
    """A table with its spans filled in; nested tables are not read, nor rows and cells that the page does not show."""
    grid = Grid([], caption=" ".join(words(caption) for caption in table.findall("caption")))
    waiting: dict[int, tuple[str, int]] = {}  # column → text and rows still to fill
    for row in table.xpath("./tr|./thead/tr|./tbody/tr|./tfoot/tr"):
        if _hidden(row):
            continue
        texts: list[str] = []
        cells = [cell for cell in row.xpath("./td|./th") if not _hidden(cell)]

        def fill(texts: list[str] = texts) -> None:
            while len(texts) in waiting:
                text, rows = waiting[len(texts)]
                if rows == 1:
                    del waiting[len(texts)]
                else:
                    waiting[len(texts)] = (text, rows - 1)
                texts.append(text)

        for cell in cells:
            fill()
            text = words(cell)
            columns, rows = _span(cell, "colspan"), _span(cell, "rowspan")
            for _ in range(columns):
                if rows > 1:
                    waiting[len(texts)] = (text, rows - 1)
                texts.append(text)
        fill()
        grid.cells.append(texts)
        grid.full.append(len(cells) == 1)
    return grid


def _span(cell: HtmlElement, name: str) -> int:
    value = cell.get(name, "1").strip()
    return min(max(int(value), 1), 200) if value.isdecimal() else 1
