"""Tables of a page as grids: spans filled in, what is hidden left out and said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemas.errors import ParseError
from sources.shared.pages.markup import FIGURE
from sources.shared.pages.shown import CELLS, STOOD, UNSHOWN, words

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from sources.shared.workbooks.cells import Sheet


#: A figure, with the marks beside it.
_PRINTED = re.compile(rf"(?:{FIGURE.pattern})(?:\s*[\[(*].*)?")


@dataclass(frozen=True)
class Unshown:
    """What stands in a table, or was one, and is not shown: where (from 1, 0 for no single one), why, and what."""

    row: int
    column: int
    reason: str
    text: str


@dataclass
class Grid:
    """A table as texts; ``cells[row][column]``, spans repeated."""

    cells: list[list[str]] = field(default_factory=list)
    full: list[bool] = field(default_factory=list)  # rows that are one cell across the table
    unshown: list[Unshown] = field(default_factory=list)
    blanked: set[tuple[int, int]] = field(default_factory=set)  # cells whose text is not shown, from 0
    outer: bool = False  # it holds other tables
    spread: set[tuple[int, int]] = field(default_factory=set)  # cells that repeat the one they span from, from 0
    columns: Sequence[int] = ()  # of a workbook: which of a sheet's columns these are, from 0
    sheet: Sheet | None = None  # of a workbook: the cells of which these are the texts

    @property
    def is_of_figures(self) -> bool:
        """Whether it is a table of figures, however few; one that holds other tables lays out the page."""
        large = len(self.cells) > 2 and max(map(len, self.cells)) > 2 and not self.outer
        return large or any(sum(bool(_PRINTED.fullmatch(text)) for text in row) > 1 for row in self.cells)

    def column(self, index: int) -> int:
        """Where a column stands in its table, from 0."""
        return self.columns[index] if self.columns else index

    def lines(self) -> list[tuple[int, str]]:
        """Rows of one cell across the table, from 0: titles, units, notes."""
        return [(at, row[0]) for at, row in enumerate(self.cells) if row and self.full[at]]


def read_grid(table: HtmlElement, name: str = "a page") -> Grid:
    """A table as it is shown, without tables in it. Raises ParseError where figures stand in it beside its cells."""
    grid = Grid(outer=table.find(".//table") is not None)
    rows = [row for row in table.iter("tr") if _table_of(row) is table]
    _check_cells(table, rows, name)
    gone = _hidden_columns(table)
    waiting: dict[int, tuple[str, int, bool]] = {}  # column → text and rows still to fill, and whether it is blanked
    place: dict[HtmlElement, tuple[int, int]] = {}
    for row in rows:
        if row.get(UNSHOWN):
            continue
        texts: list[tuple[str, bool]] = []
        cells = [cell for cell in row.iterchildren("td", "th") if _has_place(cell)]
        place[row] = (len(grid.cells), 0)

        def fill(texts: list[tuple[str, bool]] = texts) -> None:
            while len(texts) in waiting:
                text, left, blank = waiting.pop(len(texts))
                if left > 1:
                    waiting[len(texts)] = (text, left - 1, blank)
                grid.spread.add((len(grid.cells), len(texts)))
                texts.append((text, blank))

        for cell in cells:
            fill()
            place[cell] = (len(grid.cells), len(texts) + 1)
            text = words(cell)
            blank = not text and next(_emptied(cell), None) is not None
            columns, left = _span(cell, "colspan"), _span(cell, "rowspan")
            for nth in range(columns):
                if left > 1:
                    waiting[len(texts)] = (text, left - 1, blank)
                if nth:
                    grid.spread.add((len(grid.cells), len(texts)))
                texts.append((text, blank))
        fill()
        _put(grid, texts, gone, full=len(cells) == 1)
    grid.unshown = list(_said(table, place, grid, gone))
    return grid


def outside(page: HtmlElement, table: HtmlElement | None) -> Iterator[Unshown]:
    """Hidden tables of a page, and hidden parts of tables other than ``table``."""
    for element in _emptied(page):
        within = table is not None and (element is table or table in element.iterancestors())
        if not within and int(element.get(CELLS, "0")) and FIGURE.search(element.get(STOOD, "")):
            yield Unshown(0, 0, element.get(UNSHOWN, ""), element.get(STOOD, ""))


def _put(grid: Grid, texts: list[tuple[str, bool]], gone: dict[int, str], *, full: bool) -> None:
    """Add a row, without the columns that are hidden."""
    kept = [pair for at, pair in enumerate(texts) if at not in gone]
    grid.blanked |= {(len(grid.cells), column) for column, (_, blank) in enumerate(kept) if blank}
    for at in gone:
        if at < len(texts):
            gone[at] += f" | {texts[at][0]}"
    grid.cells.append([text for text, _ in kept])
    grid.full.append(full)


def _said(
    table: HtmlElement, place: dict[HtmlElement, tuple[int, int]], grid: Grid, gone: dict[int, str]
) -> Iterator[Unshown]:
    """What is not shown of a table and may be a figure or a heading, once a row, column or element."""
    row = 0
    for element in table.iter():
        if element.tag == "tr" and element in place:
            row = place[element][0] + 1
        if element.get(UNSHOWN) and element.tag not in ("col", "colgroup"):
            text, cell = element.get(STOOD, ""), next((one for one in element.iterancestors() if one in place), None)
            blank = cell is not None and (row - 1, place[cell][1] - 1) in grid.blanked
            if FIGURE.search(text) or _matters(element, text) or (blank and text):
                column = place[cell][1] if cell is not None else place.get(element, (0, 0))[1]
                yield Unshown(row, column, element.get(UNSHOWN, ""), text)
    for at, text in gone.items():
        if FIGURE.search(text):
            reason, _, seen = text.partition(" | ")
            yield Unshown(1, at + 1, f"its column has {reason}", seen)


def _matters(element: HtmlElement, text: str) -> bool:
    """Whether text that holds no printed figure is worth saying: a row or cell (it may be a heading), or a digit."""
    if element.tag in ("script", "style"):
        return False
    return any(map(str.isalnum if element.tag in ("thead", "tbody", "tr", "th", "td") else str.isdecimal, text))


def _emptied(element: HtmlElement) -> Iterator[HtmlElement]:
    return (one for one in element.iter() if one.get(UNSHOWN))


def _has_place(cell: HtmlElement) -> bool:
    """Whether a cell takes its place in the row, be it empty to see."""
    return str(cell.get(UNSHOWN, "visibility: hidden")).startswith(("visib", "opacity", "font", "color", "content"))


def _table_of(element: HtmlElement) -> HtmlElement | None:
    return next(element.iterancestors("table"), None)


def _check_cells(table: HtmlElement, rows: list[HtmlElement], name: str) -> None:
    """Raise ParseError where a cell is in no row, or text with a digit in no cell: browsers show it elsewhere."""
    reached = {cell for row in rows for cell in row.iterchildren("td", "th")}
    own = [cell for cell in table.iter("td", "th") if _table_of(cell) is table]
    if lost := [words(cell) for cell in own if cell not in reached and words(cell)]:
        raise ParseError(f"{name}: a cell {lost[0][:60]!r} stands in no row of its table")
    for part in table.iter("table", "thead", "tbody", "tfoot", "tr", "colgroup"):
        if part is table or _table_of(part) is table:
            loose = [part.text or "", *(child.tail or "" for child in part)]
            if text := next((text for text in loose if any(map(str.isdecimal, text))), ""):
                raise ParseError(f"{name}: {text.strip()[:60]!r} stands in its table, but in no cell")


def _hidden_columns(table: HtmlElement) -> dict[int, str]:
    """Columns that ``<col>`` hides, from 0 → why; the texts of their cells are added as they are read."""
    gone: dict[int, str] = {}
    at = 0
    for column in table.iter("col", "colgroup"):
        if _table_of(column) is not table or (column.tag == "colgroup" and column.find("col") is not None):
            continue
        width = _span(column, "span")
        parent = column.getparent()
        reason = column.get(UNSHOWN) or (parent.get(UNSHOWN) if parent is not None else None)
        gone.update({at + extra: reason for extra in range(width) if reason})
        at += width
    return gone


def _span(cell: HtmlElement, name: str) -> int:
    value = cell.get(name, "1").strip()
    return min(max(int(value), 1), 200) if value.isdecimal() else 1
