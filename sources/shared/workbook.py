"""Workbooks as rows of cells, XLSX and the old XLS, refused where they are damaged, bombs, or carry XML entities."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from schemas.documents import Document
from schemas.errors import ParseError
from schemas.texts import one_line
from sources.shared.sniff import XLSX, first_words, gunzip, media_name, sniff

#: What a workbook may unpack to.
LIMIT = 256 * 2**20
XLS = "application/vnd.ms-excel"

_DECIMALS = re.compile(r"[0#]\.(0+)")


@dataclass(frozen=True)
class Cell:
    """One cell: None, text, int or float; ``decimals`` as its number format prints them, None where it says nothing.

    ``power``: the format shows the value times ten to that power (``0,`` in thousands, ``0%`` as a percentage).
    """

    value: object
    decimals: int | None = None
    power: int = 0

    @property
    def text(self) -> str:
        """The cell as text on one line, without float noise of whole numbers (years are often 2019.0)."""
        if self.value is None:
            return ""
        if isinstance(self.value, float) and self.value.is_integer():
            return str(int(self.value))
        return one_line(str(self.value))

    @property
    def number(self) -> int | float | None:
        """The numeric value; None for text, empty cells, truth values and dates."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            return None
        return self.value

    @property
    def shown(self) -> int | float | Decimal | None:
        """The numeric value as its number format shows it, all its digits kept."""
        return self.number if self.number is None or not self.power else Decimal(str(self.number)).scaleb(self.power)


Sheet = list[list[Cell]]


def read_workbook(document: Document) -> dict[str, Sheet]:
    """Title → rows of cells of the sheets that are shown. Raises ParseError for anything but a sound workbook."""
    content = gunzip(document.content, document.name)
    kind = sniff(content)
    if kind == XLSX or (kind == "application/zip" and document.name.lower().endswith((".xlsx", ".xlsm"))):
        return _read_xlsx(content, document.name)
    if kind == XLS:
        return _read_xls(content, document.name)
    shown = f" ({first_words(content)!r})" if kind.startswith(("text/", "application/json", "application/xml")) else ""
    raise ParseError(f"{document.name} is {media_name(content)}{shown}, expected a workbook (.xlsx or .xls)")


def _check_parts(content: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
            if unpacked > LIMIT:
                raise ParseError(f"{name}: {len(content)} bytes unpack to {unpacked}, more than {LIMIT}: refused")
            for info in archive.infolist():
                if info.filename.endswith((".xml", ".rels")):
                    with archive.open(info) as part:
                        head = part.read(4096)
                    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                        raise ParseError(f"{name}: {info.filename} declares XML entities, no workbook does: refused")
    except ParseError:
        raise
    except Exception as exc:  # zipfile and zlib raise ValueError, NotImplementedError, … of damaged archives
        raise ParseError(f"{name} is a damaged or cut-off XLSX workbook ({len(content)} bytes)") from exc


def _read_xlsx(content: bytes, name: str) -> dict[str, Sheet]:
    import openpyxl

    _check_parts(content, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions it drops
            book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    except Exception as exc:  # openpyxl raises whatever its parts do: KeyError, ValueError, BadZipFile, ParseError …
        raise ParseError(f"{name} is a damaged XLSX workbook: {type(exc).__name__}") from exc
    return {
        sheet.title: [[Cell(cell.value, *_shown(cell.number_format)) for cell in row] for row in sheet.iter_rows()]
        for sheet in book.worksheets
        if sheet.sheet_state == "visible"
    }


@cache
def _shown(number_format: str) -> tuple[int | None, int]:
    """Decimals a number format prints, and its power; no decimals of General, text, dates, fractions and floats."""
    positive = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.', "", number_format).partition(";")[0].strip()
    if not re.search("[0#]", positive) or re.search(r"[/E@dmyhs]", positive):
        return None, 0
    match = _DECIMALS.search(positive)
    scaled = re.search(r"(,+)[^0#.,]*$", positive)
    return len(match[1]) if match else 0, 2 * positive.count("%") - 3 * len(scaled[1] if scaled else "")


def _read_xls(content: bytes, name: str) -> dict[str, Sheet]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return {
            title: [
                [Cell(None if value == "" else value) for value in row]
                for row in book.get_sheet_by_name(title).to_python(skip_empty_area=False)
            ]
            for title in (
                sheet.name
                for sheet in book.sheets_metadata
                if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
            )
        }
    except Exception as exc:  # calamine has its own errors, and panics on some damaged files
        raise ParseError(f"{name} is a damaged or cut-off XLS workbook ({len(content)} bytes)") from exc
