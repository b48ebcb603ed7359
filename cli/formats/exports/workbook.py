"""Figures as a workbook for people: XLSX of sheets ``figures``, ``findings``, ``sources``, written as the rows come."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from cli.formats.output import Row
from cli.formats.text import printable, scale
from schemas.fields import ABOUT
from schemas.fields import FINDINGS as RESULTS
from schemas.release_dates import is_release_date

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.workbook import Workbook

#: Rows of a sheet there may be, the header apart.
MOST: Final = 2**20 - 1
#: Digits that a number of a spreadsheet keeps: one with more stands as text.
_DIGITS: Final = 15
#: Characters of a cell.
_LONGEST: Final = 32_000
#: What a spreadsheet, or whoever saves it as CSV, would take for more than text.
_ODD: Final = ("=", "+", "-", "@", "#")
_WIDTHS: Final = {"value": 20, "low": 20, "high": 20, "recorded_at": 19, "cite": 40, "sentence": 80}
#: Fields of a finding, what a person reads first before the others.
_FIRST: Final = ("severity", "rule", "state", "sentence")
FINDINGS: Final = (*_FIRST, *(name for name in RESULTS if name not in _FIRST))
_NUMBERS: Final = ("value", "step", "low", "high", "left", "right", "difference", "allowed")


def write(
    figures: Iterable[Row],
    fields: Sequence[str],
    findings: tuple[Iterable[Row], Sequence[str]],
    stream: BinaryIO,
    cited: Callable[[], Sequence[Row]],
) -> None:
    """Write the workbook; ``cited`` says whose figures they are, once all are written."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    _fill(book, "figures", figures, fields)
    _fill(book, "findings", *findings)
    sources = list(cited())
    sheet = _fill(book, "sources", sources, ("id", "title", "publisher", "licence", "landing_page"))
    sheet.append([])
    for name in fields:
        sheet.append([name, _text(sheet, ABOUT[name])])
    book.save(stream)


def _fill(book: Workbook, title: str, rows: Iterable[Row], fields: Sequence[str]) -> Any:
    """A sheet of a row a line, and where they are more than one may have, further ones: ``figures 2``."""
    sheet = _sheet(book, title, fields)
    for number, row in enumerate(rows):
        if number and number % MOST == 0:
            sheet = _sheet(book, f"{title} {number // MOST + 1}", fields)
        sheet.append([_cell(sheet, name, row) for name in fields])
    return sheet


def _sheet(book: Workbook, title: str, fields: Sequence[str]) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet: Any = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    head = []
    for at, name in enumerate(fields, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = _WIDTHS.get(name, max(10, len(name) + 2))
        head.append(WriteOnlyCell(sheet, name))
        head[-1].font = Font(bold=True)
    sheet.append(head)
    return sheet


def _cell(sheet: Any, name: str, row: Row) -> Any:
    value = row[name]
    if value == "" or value is None:
        return None
    if isinstance(value, bool | int):
        return value
    if name in _NUMBERS and len(number := _number(value)) <= _DIGITS:
        return _styled(sheet, Decimal(value), number_format(name, row)) if number else _text(sheet, value)
    if name == "released" and len(value) == 10 and is_release_date(value):
        return _styled(sheet, date.fromisoformat(value), "yyyy-mm-dd")
    if name == "recorded_at":
        return _styled(sheet, datetime.fromisoformat(value).replace(tzinfo=None), "yyyy-mm-dd hh:mm:ss")
    return _text(sheet, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _number(text: str) -> str:
    """The digits that count of a decimal; "" of another text, such as one that was cut with …."""
    digits = text.removeprefix("-").replace(".", "", 1)
    return (digits.lstrip("0").rstrip("0") or "0") if digits.isascii() and digits.isdecimal() else ""


def number_format(name: str, row: Row) -> str:
    """The format in which a number shows what was printed: 111450000000 of a step of ten millions is 111.45 bn."""
    if name == "step" or "step" not in row:  # as it is
        return _digits(len(row[name].partition(".")[2]))
    shift, word, decimals = scale(row["value"], row["step"], row["unit"])
    shown = _digits(decimals + (name in ("low", "high"))) + "," * (shift // 3)  # half a step has a digit more
    sign = "%" if row["unit"] == "%" else f" {word}" if word else ""
    return shown + (f'"{sign}"' if sign else "")


def _digits(decimals: int) -> str:
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def _styled(sheet: Any, value: Any, shown: str) -> Cell:
    from openpyxl.cell import WriteOnlyCell

    cell: Cell = WriteOnlyCell(sheet, value)
    cell.number_format = shown
    return cell


def _text(sheet: Any, text: str) -> Any:
    """A text that is never a formula, nor becomes one where it is edited or saved as something else."""
    from openpyxl.cell import WriteOnlyCell

    said = printable(text)[:_LONGEST]
    if not said.startswith(_ODD) or len(said) == 1:
        return said
    cell = WriteOnlyCell(sheet, said)
    cell.data_type, cell.quotePrefix = "s", True
    return cell
