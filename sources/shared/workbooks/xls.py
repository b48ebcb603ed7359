"""The old XLS: xlrd tells number formats and what is hidden."""

from __future__ import annotations

import io
from typing import Any

from schemas.errors import ParseError
from sources.shared.workbooks.cells import Grid, raised
from sources.shared.workbooks.looks import WHITE, Look


def read_xls(content: bytes) -> tuple[list[Grid], bool]:
    """The worksheets in their order, and whether dates count from 1904."""
    import xlrd

    try:
        book = xlrd.open_workbook(
            file_contents=content, formatting_info=True, ragged_rows=True, logfile=io.StringIO(), on_demand=False
        )
        return [_grid(book, sheet) for sheet in book.sheets()], bool(book.datemode)
    except ParseError:
        raise
    except Exception as exc:  # xlrd has its own errors, and struct's, IndexError, AssertionError of damaged files
        raise ParseError(f" is a damaged or cut-off XLS workbook ({len(content)} bytes)") from exc


def _grid(book: Any, sheet: Any) -> Grid:
    import xlrd

    grid = Grid(sheet.name, sheet.visibility == 0)
    codes = [book.format_map[xf.format_key].format_str for xf in book.xf_list]
    looks = [_look(book, xf) for xf in book.xf_list]
    for row in range(sheet.nrows):
        for column, (kind, value) in enumerate(zip(sheet.row_types(row), sheet.row_values(row), strict=True)):
            if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) or value == "":
                continue
            if kind == xlrd.XL_CELL_BOOLEAN:
                value = bool(value)
            elif kind == xlrd.XL_CELL_ERROR:
                value = xlrd.error_text_from_code.get(value, "#ERROR")
            elif isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
                value = int(value)  # XLS has no others than floats
            if runs := sheet.rich_text_runlist_map.get((row, column)):
                value = _marked(value, runs, [font.escapement for font in book.font_list])
            style = sheet.cell_xf_index(row, column)
            grid.put(row + 1, column + 1, value, codes[style], looks[style])
        said = sheet.rowinfo_map.get(row)
        if (said.hidden or said.height == 0) if said else sheet.default_row_hidden:
            grid.hidden_rows.add(row + 1)
    for column, info in sheet.colinfo_map.items():
        hides = info.hidden or info.width == 0
        (grid.hidden_columns if hides else grid.shown_columns).append((column + 1, column + 1))
    grid.columns_hidden = sheet.defcolwidth == 0
    grid.merged = [(top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells]
    return grid


def _look(book: Any, style: Any) -> Look:
    font, background = book.font_list[style.font_index], style.background

    def said(index: int, else_: str) -> str:
        found = book.colour_map.get(index)
        return "".join(f"{channel:02X}" for channel in found) if found else else_

    ground = {0: WHITE, 1: said(background.pattern_colour_index, "")}.get(background.fill_pattern, "")
    return Look(said(font.colour_index, "000000"), ground, bool(font.struck_out), bool(font.escapement))


def _marked(text: str, runs: list[tuple[int, int]], escapements: list[int]) -> str:
    """A text whose raised and lowered digits are marked as such; ``runs`` are offsets and fonts from there on."""
    ends = [offset for offset, _ in runs[1:]] + [len(text)]
    pieces = [text[: runs[0][0]]]
    for (offset, font), end in zip(runs, ends, strict=True):
        piece = text[offset:end]
        pieces.append(raised(piece) if escapements[font] else piece)
    return "".join(pieces)
