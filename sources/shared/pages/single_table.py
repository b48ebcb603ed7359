"""The one table of figures of a page, or why there is none: several, hidden, in a frame, an image or an attachment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from schemas.documents import Document
from schemas.errors import ParseError
from sources.shared.pages.grid import Grid, outside, read_grid
from sources.shared.pages.html import frames
from sources.shared.pages.shown import words

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: What to do about a page that shows its table in a frame of that address.
IN_A_FRAME: Final = (
    "shows its table in a frame, {!r}: open that address in a browser, save what it shows and ingest it, "
    "or take the English page of that month"
)
_ATTACHED = re.compile(r"\.(xlsx?|pdf|docx?)$", re.IGNORECASE)
_WORKBOOK = re.compile(r"\.xlsx?$", re.IGNORECASE)
#: Where the content of a page stands, by class or id.
_CONTENT: Final = " | ".join(
    f"//*[contains(@class,'{name}') or @id='{name}']"
    for name in ("atcl-cnt", "news-text", "TRS_Editor", "easysiteText")
)


def called(page: HtmlElement) -> str:
    """The title of a page, for a message."""
    return repr(next((words(title) for title in page.iter("title")), "a page without title")[:100])


def attachments(page: HtmlElement) -> list[str]:
    """Addresses of the workbooks that a page links to."""
    return list(dict.fromkeys(str(one) for one in page.xpath("//a/@href") if _WORKBOOK.search(str(one))))


def has_table(page: HtmlElement, name: str) -> bool:
    """Whether a page shows a table of figures."""
    return any(read_grid(table, name).is_of_figures for table in page.iter("table"))


def find_table(page: HtmlElement, document: Document) -> Grid:
    """The table of figures. Raises ParseError where there are several or none, and says where the figures are then."""
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
        raise ParseError(f"{name} ({called(page)}) {IN_A_FRAME.format(addresses[0])}")
    if gone := next(outside(page, None), None):
        raise ParseError(f"{name} ({called(page)}) shows no table of figures, it is hidden ({gone.reason}): not read")
    content = page.xpath(_CONTENT) or [page]
    images = [str(found) for found in content[0].xpath(".//img/@src")]
    files = [str(found) for found in page.xpath("//a/@href") if _ATTACHED.search(str(found))]
    if kept := (images if content[0] is not page else []) + files:
        way_out = "save that and ingest it" if _WORKBOOK.search(kept[0]) else "transcribe them into a tidy CSV"
        raise ParseError(f"{name} ({called(page)}) has no table, its figures are in {kept[0]!r}: {way_out}")
    raise ParseError(f"{name} ({called(page)}) has no table of figures: {words(content[0])[:80]!r}")
