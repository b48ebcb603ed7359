"""Workbooks as the tables their pages show, XLSX and the old XLS; damaged ones, bombs and XML entities are refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final

from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from sources.shared.sniff import XLSX, first_words, gunzip, media_name, sniff
from sources.shared.workbooks.cells import Grid, Sheet

#: Hidden places that an error names.
_NAMED: Final = 5
XLS = "application/vnd.ms-excel"


class Workbook(dict[str, Sheet]):
    """Title → rows of cells of the sheets that are shown; ``hidden``: title → figures of those that are not."""

    hidden: dict[str, int]


def read_workbook(document: Document) -> Workbook:
    """The sheets that are shown. Raises ParseError for anything but a sound workbook.

    A workbook is opened once, whoever asks: to recognise it, and to read it.
    """
    book = _open(document.content, _named(document))
    if isinstance(book, str):
        raise ParseError(f"{document.name}{book}")
    return book


def naming_hidden(parse: Callable[[Document], Parsed]) -> Callable[[Document], Parsed]:
    """A ``parse`` that, where it cannot read because something is hidden, says so: where, and the way out."""

    @wraps(parse)
    def read(document: Document) -> Parsed:
        try:
            return parse(document)
        except ParseError as error:
            book = _open(document.content, _named(document))
            gone = [] if isinstance(book, str) else _hidden(book)
            if not gone:
                raise
            more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
            hidden = f"{', '.join(gone[:_NAMED])}{more}"
            raise ParseError(f"{error}; the workbook hides {hidden}: unhide and save if that is published") from None

    return read


def _hidden(book: Workbook) -> list[str]:
    """The sheets that are hidden, and what is in the others."""
    several = len(book) > 1
    inside = [f"{title!r} {at}" if several else at for title, sheet in book.items() for at in sheet.concealed]
    return [*(f"sheet {title!r}" for title in book.hidden), *inside]


def _named(document: Document) -> bool:
    """A name counts only where the bytes leave it open; else whoever asks under another name opens it again."""
    return sniff(document.content) == "application/zip" and document.name.lower().endswith((".xlsx", ".xlsm"))


def peek(content: bytes) -> Workbook | None:
    """The sheets that are shown, to recognise a workbook by; None for anything but a sound one."""
    if sniff(content) not in (XLSX, XLS):
        return None
    try:
        return read_workbook(Document("", content, "file"))
    except ParseError:
        return None


@lru_cache(maxsize=2)
def _open(content: bytes, named: bool) -> Workbook | str:
    """The workbook, or what a message says of it behind its name."""
    try:
        content = gunzip(content, "")
        kind = sniff(content)
        if kind == XLSX or (kind == "application/zip" and named):
            from sources.shared.workbooks.xlsx import read_xlsx

            grids, since_1904 = read_xlsx(content)
        elif kind == XLS:
            from sources.shared.workbooks.xls import read_xls

            grids, since_1904 = read_xls(content)
        else:
            shown = (
                f" ({first_words(content)!r})"
                if kind.startswith(("text/", "application/json", "application/xml"))
                else ""
            )
            return f" is {media_name(content)}{shown}, expected a workbook (.xlsx or .xls)"
        return _workbook(grids, since_1904)
    except ParseError as exc:
        return str(exc)


def _workbook(grids: list[Grid], since_1904: bool) -> Workbook:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

    def as_date(value: float) -> object:
        try:
            return from_excel(value, CALENDAR_MAC_1904 if since_1904 else CALENDAR_WINDOWS_1900)
        except (ValueError, OverflowError):
            return f"{value} as a date"

    book = Workbook((grid.title, grid.sheet(as_date)) for grid in grids if grid.visible)
    book.hidden = {grid.title: count for grid in grids if not grid.visible and (count := grid.figures())}
    return book
