"""Workbooks as grids, XLSX and XLS: number formats are the precision of what a page shows."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from schemas.documents import Document, Unreadable
from schemas.positions import place_text
from sources.shared.files.grids import Grid, of_rows
from sources.shared.workbooks.cells import Cell, Sheet
from sources.shared.workbooks.workbook import read_workbook


def read_books(document: Document) -> list[Grid]:
    """The sheets of a workbook."""
    book = read_workbook(document)
    grids = [_grid(title, at, sheet) for at, (title, sheet) in enumerate(book.items(), 1)]
    for title, count in book.hidden.items():
        why = f"hidden in the workbook, {count} figures in it are not read"
        for grid in grids:
            grid.lost.append(Unreadable(f"sheet {title!r}", "", why, severity="warning"))
    return grids


def _grid(title: str, part: int, sheet: Sheet) -> Grid:
    texts = of_rows([[_text(cell) for cell in row] for row in sheet])
    loose = np.zeros(texts.shape, dtype=bool)
    for at, row in enumerate(sheet):
        for column, cell in enumerate(row):
            loose[at, column] = cell.number is not None and cell.decimals is None and cell.hidden is None
    lost = []
    for left in sheet.left_out:
        where = place_text(left.row, left.column, part) if left.row else f"table {part}, column {left.column}"
        count = "1 figure in it is" if left.figures == 1 else f"{left.figures} figures in it are"
        lost.append(Unreadable(where, left.seen, f"{left.why}, {count} not read", severity=left.severity))
    merged = [(top - 1, left - 1, bottom - 1, right - 1) for top, left, bottom, right in sheet.merged]
    return Grid(texts, title, part, kind="sheet", loose=loose, merged=merged, lost=lost)


def _text(cell: Cell) -> str:
    """A cell as its page prints it; a number without a format with the digits it has."""
    if cell.hidden is not None:
        return ""
    shown = cell.shown
    if shown is None:
        return cell.text
    if cell.decimals is None:
        return f"{Decimal(str(shown)).normalize():f}"
    return f"{Decimal(str(shown)):.{cell.decimals}f}"
