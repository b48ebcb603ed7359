"""Tables of an HTML page as grids, as the page shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.documents import Document, Unreadable
from schemas.positions import place_text
from sources.shared.files.grids import Grid, of_rows
from sources.shared.pages.grid import read_grid
from sources.shared.pages.html import read_page
from sources.shared.pages.shown import words

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: What stands before a table and is its title: this many elements, no longer than this.
_BEFORE, _LONGEST = 3, 200


def read_tables(document: Document) -> list[Grid]:
    """The tables of figures of a page, in their order."""
    page = read_page(document)
    found: list[Grid] = []
    for table in page.iter("table"):
        grid = read_grid(table, document.name)
        if not grid.is_of_figures:
            continue
        part = len(found) + 1
        rows = [cells[:1] if full else cells for cells, full in zip(grid.cells, grid.full, strict=True)]
        lost = []
        for gone in grid.unshown:
            severity = "error" if gone.reason.startswith("class") else "warning"
            where = place_text(gone.row, gone.column, part) if gone.row else f"table {part}"
            lost.append(
                Unreadable(where, gone.text, f"hidden on the page ({gone.reason}), not read", severity=severity)
            )
        merged = [(row, column, row, column) for row, column in sorted(grid.spread) if not grid.full[row]]
        title = next((words(one) for one in table.iter("caption")), "")
        lines = [title] if title else _before(table)
        found.append(Grid(of_rows(rows), title or str(part), part, kind="page", merged=merged, lost=lost, lines=lines))
    return found


def _before(table: HtmlElement) -> list[str]:
    """The lines right above a table."""
    lines: list[str] = []
    element = table.getprevious()
    while element is not None and len(lines) < _BEFORE and element.tag in ("h1", "h2", "h3", "h4", "h5", "h6", "p"):
        text = words(element)
        if text and len(text) < _LONGEST:
            lines.insert(0, text)
        element = element.getprevious()
    return lines
