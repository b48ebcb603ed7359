"""HTML pages: bytes to a tree of what the page shows, refused where something else stands before it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from schemas.documents import Document
from schemas.errors import ParseError
from schemas.texts import one_line
from sources.shared.pages.markup import check_markup
from sources.shared.pages.shown import CELLS, UNSHOWN, show, words
from sources.shared.sniff import decode_utf8, first_words, gunzip, media_name, sniff

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: What gateways and firewalls print instead of a page, with status 200; word → what it means.
GATEWAYS = {
    r"\b50[234]\b.{0,40}(gateway|bad|unavailable|time-?out)|gateway time-?out": "a gateway's error page",
    r"captcha|verify (that )?you are (a )?human|安全验证|滑动验证|人机验证": "a CAPTCHA",
    r"(?<![\d.,])412(?![\d.,])|precondition failed": "a firewall's 412 page",
    r"access denied|request (was )?(rejected|blocked)|forbidden|拒绝访问": "a firewall's refusal",
    r"(?<![\d.,])429(?![\d.,])|too many requests": "a request to slow down",
}


#: How much of an answer is looked at to tell whether it is a gateway's page.
_LOOKED_AT = 200_000
#: Elements in which no browser takes ``<td>`` for a cell; a ``<template>`` or ``<noscript>`` may well hold a table.
_NO_TABLE = ("select", "option", "optgroup", "button", "object", "datalist", "canvas", "audio", "video")
_CELL = re.compile(rb"<td\b", re.IGNORECASE)
#: Cells that make a table: more than a gateway lays its page out with.
_TABLE = 20
#: Bytes beyond ASCII of which it can be told what they are.
_FEW = 20
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_REFERENCES = re.compile(r"&#(?:x([0-9a-f]{1,8})|(\d{1,8}))(?![0-9a-f]);?", re.IGNORECASE)


def page_text(content: bytes) -> str:
    """What a page shows, on one line; of what is no markup, the text."""
    text = content.decode("utf-8", "replace")
    if "<" not in text:
        return one_line(text)
    page = _tree(text)
    return "" if page is None else words(page)


def _tree(text: str) -> HtmlElement | None:
    """A page as a tree of what it shows; None where there is nothing in it."""
    import lxml.etree
    import lxml.html

    text = _CONTROLS.sub("\ufffd", _REFERENCES.sub(_reference, text)).replace("\f", " ")
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=False)
    try:
        page = lxml.html.document_fromstring(text.encode(), parser=parser)
        show(page)
    except (lxml.etree.LxmlError, RecursionError):
        return None
    return page


def _reference(found: re.Match[str]) -> str:
    """A character by its number; a control, or none at all, joins no digits."""
    number = int(found[1], 16) if found[1] else int(found[2])
    if number > 0x10FFFF or _CONTROLS.match(chr(number)):
        return "\ufffd"
    return " " if number == 0xC else found[0]


def refuse_gateways(content: bytes, name: str) -> None:
    """Raise ParseError where a short answer is no page of the source but something standing before it."""
    text = page_text(content[:_LOOKED_AT])
    # A real page says more, and may well mention a gateway; in Chinese it says it in fewer characters.
    if len(text) > 1500 or len(_CELL.findall(content)) > _TABLE:
        return
    for pattern, meaning in GATEWAYS.items():
        if re.search(pattern, text, re.IGNORECASE):
            raise ParseError(
                f"{name} is {meaning} ({text[:60]!r}), not the page: it came with a good status, "
                "so download the page in a browser and use tradeledger ingest"
            )
    if not text and b"<script" in content[:20000].lower() and len(content) <= _LOOKED_AT:
        raise ParseError(
            f"{name} is a page of script without text, as the source's firewall sends to robots: "
            "download the page in a browser and use tradeledger ingest"
        )


def read_page(document: Document) -> HtmlElement:
    """The page as a tree. Raises ParseError for what is no HTML, is no UTF-8, or comes from a gateway."""
    content = gunzip(document.content, document.name)
    kind = sniff(content)
    if kind in ("text/html", "text/plain", "text/csv", ""):
        refuse_gateways(content, document.name)
    if kind != "text/html":
        shown = f" ({first_words(content)!r})" if kind.startswith("text/") or "json" in kind or "xml" in kind else ""
        raise ParseError(f"{document.name} is {media_name(content)}{shown}, expected an HTML page")
    if re.search(rb"<!ENTITY", content[:4096], re.IGNORECASE):
        raise ParseError(f"{document.name} declares entities, no page does: refused")
    text = _decode(content, document.name)
    cells = check_markup(text, document.name)
    page = _tree(text)
    if page is None:
        raise ParseError(f"{document.name} is no HTML page that can be read ({len(content)} bytes)")
    if held := next((one.tag for one in page.iter(*_NO_TABLE) if one.get(CELLS, "0") != "0"), ""):
        raise ParseError(f"{document.name}: cells of a table stand within a <{held}>, where no browser shows them")
    if len(page.xpath("//td | //th")) + sum(int(one.get(CELLS, 0)) for one in page.iter()) != cells:
        raise ParseError(f"{document.name}: cells of its tables stand where no browser shows them: save the page again")
    return page


def _decode(content: bytes, name: str) -> str:
    """A page as text: UTF-8, or the Chinese encoding it declares, or is surely in whatever it declares."""
    try:
        return decode_utf8(content, name)
    except ParseError:
        declared = re.search(rb"charset\s*=\s*[\"']?\s*(gb2312|gbk|gb18030)\b", content[:4096], re.IGNORECASE)
        if not declared and not _is_chinese(content):
            raise
        try:
            return content.decode("gb18030")
        except UnicodeDecodeError as exc:
            at = content.count(b"\n", 0, exc.start) + 1
            raise ParseError(f"{name}, line {at}: bytes are not in the encoding the page declares, GB18030") from exc


def _is_chinese(content: bytes) -> bool:
    """Whether bytes that are no UTF-8 are GB18030 beyond doubt.

    Nearly all of its characters are those of common Chinese text, GB2312: pairs of bytes of which neither is ASCII, so
    that no letter, digit or sign of markup was taken for half of one.
    """
    common = re.findall(rb"[\xa1-\xf7][\xa1-\xfe]", content)
    high = sum(byte > 0x7F for byte in content)
    return high > _FEW and 2 * len(common) >= high * 99 // 100


def frames(page: HtmlElement, url: str = "") -> list[str]:
    """Addresses of the frames that a page shows, whole where it or its address says of which site it is."""
    found = [frame for frame in page.iter("iframe", "frame") if frame.get("src")]
    shown = [frame for frame in found if frame.get(UNSHOWN, "within <iframe>") == "within <iframe>"]
    site = [str(said) for said in page.xpath("//meta[@name='SiteDomain']/@content")]
    return [urljoin(url or (site or [""])[0], str(frame.get("src")).strip()) for frame in shown]
