"""A workbook with one table, as the grid that readers of pages know: texts, and the cells that they are of."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.documents import Document
from schemas.errors import ParseError
from sources.shared.pages.grid import Grid
from sources.shared.workbooks.cells import Cell, Sheet, is_figure
from sources.shared.workbooks.rows import texts
from sources.shared.workbooks.workbook import Workbook, peek, read_workbook


def peek_texts(content: bytes) -> list[str]:
    """The texts of the first rows of the sheets that are shown, to recognise a workbook by."""
    return [text for sheet in (peek(content) or {}).values() for text in texts(sheet[:8])]


def read_single_sheet(document: Document) -> tuple[Grid, list[str], tuple[Workbook, dict[str, int]]]:
    """The table of the one sheet with figures, all its texts, and what ``Readout.left_out`` asks for.

    Raises ParseError where several sheets have figures, or none.
    """
    book = read_workbook(document)
    filled = {
        title: sheet for title, sheet in book.items() if any(is_figure(cell.value) for row in sheet for cell in row)
    }
    if len(filled) != 1:
        seen = ", ".join(map(repr, list(filled)[:5])) or "none"
        raise ParseError(f"{document.name}: sheets with figures: {seen}; expected one")
    ((title, sheet),) = filled.items()
    return _grid(sheet), texts(sheet), (book, {title: 0})


def _grid(sheet: Sheet) -> Grid:
    """The texts of the columns of a sheet that hold some, headings repeated over the columns they span."""
    columns = [at for at in range(len(sheet[0])) if any(row[at].text for row in sheet)]
    grid = Grid(columns=columns, sheet=sheet)
    kept = [[row[at] for at in columns] for row in sheet]
    for number, cells in enumerate(kept):
        said = [cell.text for cell in cells]
        full = sum(map(bool, said)) == 1
        below = kept[number + 1] if number + 1 < len(kept) else []
        grid.cells.append([text for text in said if text] if full else _spread(said, below))
        grid.full.append(full)
        grid.blanked |= {(number, index) for index, cell in enumerate(cells) if cell.hidden is not None}
    return grid


def _spread(said: list[str], below: Sequence[Cell]) -> list[str]:
    """A row of headings with what is empty filled from its left, where the row below heads the columns one by one."""
    if any(map(is_figure, said)) or any(is_figure(cell.value) for cell in below):
        return said
    for at, cell in enumerate(below):
        if at and not said[at] and cell.text:
            said[at] = said[at - 1]
    return said
