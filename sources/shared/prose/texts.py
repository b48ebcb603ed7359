"""Documents as paragraphs: plain text, HTML pages, DOCX, PDF; what says when, by whom and about what at their top."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from schemas.areas import is_area
from schemas.documents import Document
from schemas.errors import ParseError
from schemas.release_dates import is_release_date
from sources.shared.area_names import area_hint
from sources.shared.months import printed_date, release_line
from sources.shared.pages.shown import UNSHOWN
from sources.shared.prose.sentences import Paragraph
from sources.shared.sniff import gunzip, sniff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

#: What the first lines of a text may say about all of it.
HEAD: Final = ("dataset", "reporter", "product", "released", "cite")
_HEAD = re.compile(rf"(?P<name>{'|'.join(HEAD)})[ \t]*:[ \t]*(?P<value>\S.*)", re.IGNORECASE)
#: Elements that begin a paragraph of their own.
_BLOCKS: Final = frozenset(
    [
        "p",
        "div",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "td",
        "th",
        "tr",
        "table",
        "ul",
        "ol",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "aside",
        "nav",
        "blockquote",
        "pre",
        "title",
        "figcaption",
        "caption",
        "dt",
        "dd",
        "dl",
        "form",
        "body",
        "br",
        "hr",
    ]
)
_CJK = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
_STAMP = re.compile(r"(?:发布时间|发布日期|发布于|时间|日期)[:：]?\s*((?:19|20)\d\d)[-年/.](\d{1,2})[-月/.](\d{1,2})")
_PDF_MAGIC: Final = b"%PDF-"


@dataclass
class Text:
    """A document's paragraphs, what its head says, and its release date where it says one."""

    paragraphs: list[Paragraph]
    head: dict[str, str] = field(default_factory=dict)
    released: str = ""


def read_text(document: Document) -> Text:
    """The paragraphs of a document. Raises ParseError for what is no text, and where a library is missing."""
    content = gunzip(document.content, document.name)
    if content.startswith(b"PK\x03\x04") and b"word/" in content:
        return Text(_lines(_docx(content, document.name)))
    if content.startswith(_PDF_MAGIC):
        return _plain(_pdf(content, document.name))
    if sniff(content) == "text/html":
        return _page(document)
    return _plain(_decoded(content, document.name))


def _decoded(content: bytes, name: str) -> str:
    """Bytes as text: UTF-8, UTF-16 with its mark, or GB18030 where that makes Chinese of them."""
    try:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return content.decode("utf-16")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError as exc:
        raise ParseError(f"{name} is no text in UTF-8, UTF-16 or GB18030: save it as UTF-8") from exc
    if not re.search("[的年月亿出口进]", text) or "\0" in text:
        raise ParseError(f"{name} is no text in UTF-8, and as GB18030 it says nothing: save it as UTF-8")
    return text


def _plain(text: str) -> Text:
    """Lines as they stand; blank lines, and lines that end a Chinese sentence, part paragraphs."""
    if "\0" in text:
        raise ParseError("a NUL byte: expected text")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    head: dict[str, str] = {}
    start = 0
    while start < len(lines) and (match := _HEAD.fullmatch(lines[start].strip())):
        head[match["name"].lower()] = match["value"].strip()
        start += 1
    if "reporter" in head and not is_area(head["reporter"]):
        meant = area_hint(head["reporter"])
        raise ParseError(f"reporter: {head['reporter']!r} is no area code: expected {meant or 'one such as CHN'}")
    for word in ("dataset", "product"):
        if word in head and not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", head[word]):
            raise ParseError(f"{word}: {head[word]!r}: expected lower-case words with dashes")
    if "released" in head and not is_release_date(head["released"]):
        raise ParseError(f"released: {head['released']!r} is no release date: expected 2022-07-07")
    paragraphs = [_paragraph(block) for block in _blocks(lines, start)]
    stamp = next((match for line in lines[:15] if (match := _STAMP.search(line))), None)
    said = f"{stamp[1]}-{int(stamp[2]):02d}-{int(stamp[3]):02d}" if stamp else release_line(lines[:15])
    return Text(paragraphs, head, head.get("released", "") or (said if is_release_date(said) else ""))


def _blocks(lines: list[str], start: int) -> Iterator[list[tuple[int, str]]]:
    block: list[tuple[int, str]] = []
    width = max((len(line) for line in lines), default=0)
    for row, line in enumerate(lines[start:], start + 1):
        if not line.strip():
            if block:
                yield block
            block = []
            continue
        if block and _apart(block[-1][1], line, width):
            yield block
            block = []
        block.append((row, line))
    if block:
        yield block


#: Lines longer than this are not wrapped: each is a paragraph.
_WRAPPED: Final = 120


def _apart(above: str, line: str, width: int) -> bool:
    """Whether a line begins a paragraph without a blank line before it.

    Where no line is wrapped each does; else one that is indented or a bullet, or follows a line that ends early.
    """
    if line.startswith(("\u3000", "  ", "\t", "•", "- ", "* ")):
        return True
    if re.search(r"[\d.,，%]$|[^。！？!?.:：;；]$", above.rstrip()) and re.match(r"[\d.,，。;；%)）]", line.lstrip()):
        return False  # a sentence goes on, and maybe a figure
    wide = 60 if _CJK.search(above) else _WRAPPED
    if width > wide:
        return not line[:1].islower()
    return len(above) < 0.6 * width and not line[:1].islower()


def _paragraph(block: list[tuple[int, str]]) -> Paragraph:
    """Lines joined by a line break, so that nobody takes digits on two of them for one figure."""
    text, places = "", []
    for row, line in block:
        text += "\n" if text else ""
        places.append((len(text), row, 1))
        text += line
    return Paragraph(text, tuple(places))


def _lines(texts: list[str]) -> list[Paragraph]:
    return [Paragraph(text, ((0, row, 1),)) for row, text in enumerate(texts, 1) if text.strip()]


def _page(document: Document) -> Text:
    from sources.shared.pages.html import read_page

    page = read_page(document)
    title = " ".join((page.findtext(".//title") or "").split())
    texts: list[str] = []
    _collect(page, texts)
    texts = [text for text in (" ".join(one.split()) for one in "".join(texts).split("\x1e")) if text]
    stamps = [
        str(one)
        for one in page.xpath(
            "//meta[@name='PubDate' or @property='article:published_time' or @name='publishdate']/@content"
        )
    ]
    said = (
        next(filter(None, map(printed_date, stamps)), "")
        or next((f"{m[1]}-{int(m[2]):02d}-{int(m[3]):02d}" for text in texts[:40] if (m := _STAMP.search(text))), "")
        or release_line(texts[:40])
    )
    if title and title in texts[1:]:
        texts = texts[1:] if texts[0] == title else texts
    return Text(_lines(texts), {}, said if is_release_date(said) else "")


def _collect(element: HtmlElement, texts: list[str]) -> None:
    """The text of what a page shows, paragraphs apart; the cells of a table are no sentences."""
    if (
        not isinstance(element.tag, str)
        or element.get(UNSHOWN)
        or element.tag in ("table", "script", "style", "nav", "footer")
    ):
        if isinstance(element.tag, str) and element.tag == "table" and not element.get(UNSHOWN) and _is_layout(element):
            pass
        else:
            texts.append(
                f"\x1e{element.tail or ''}" if element.tag in ("table", "nav", "footer") else element.tail or ""
            )
            return
    block = element.tag in _BLOCKS
    texts.append("\x1e" if block else "")
    texts.append(element.text or "")
    for child in element:
        _collect(child, texts)
    texts.append("\x1e" if block else "")
    texts.append(element.tail or "")


def _is_layout(table: HtmlElement) -> bool:
    """Whether a table only holds paragraphs in their place, as old pages do."""
    cells = table.xpath(".//td | .//th")
    return any(len(cell.text_content()) > 300 for cell in cells)


def _docx(content: bytes, name: str) -> list[str]:
    try:
        import docx
    except ImportError as exc:
        raise ParseError(f"{name} is a DOCX document: pip install 'tradeledger[prose]', or save it as text") from exc
    try:
        return [paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs]
    except Exception as exc:  # a damaged archive raises whatever its part does
        raise ParseError(f"{name} is a damaged DOCX document: {type(exc).__name__}") from exc


def _pdf(content: bytes, name: str) -> str:
    try:
        import pypdf
    except ImportError as exc:
        raise ParseError(f"{name} is a PDF document: pip install 'tradeledger[prose]', or save it as text") from exc
    try:
        text = "\n\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    except Exception as exc:  # a damaged file raises whatever its part does
        raise ParseError(f"{name} is a damaged PDF document: {type(exc).__name__}") from exc
    if not text.strip():
        raise ParseError(f"{name} is a PDF document without text, a picture of one: expected text")
    return text
