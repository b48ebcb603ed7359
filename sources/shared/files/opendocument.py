"""ODS: its cells keep what the page prints beside what they hold, so that precision is there to be read.

python-calamine gives the stored numbers only, without formats. Source: OpenDocument 1.3 part 3, 9 and 16.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from schemas.documents import Unreadable
from schemas.errors import ParseError
from schemas.texts import one_line
from sources.shared.files.grids import MOST, Grid, of_rows
from sources.shared.workbooks.xlsx import ELEMENTS, Package

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_NAMES: Final = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "number": "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0",
}
_NUMBERS: Final = ("float", "percentage", "currency")


def read_ods(content: bytes, name: str) -> list[Grid]:
    """The sheets of an ODS workbook that are shown. Raises ParseError where it is damaged."""
    import lxml.etree

    try:
        package = Package(content, "ODS")
        xml = package.archive.read("content.xml")
    except ParseError as exc:
        raise ParseError(f"{name}{exc}") from None
    except KeyError:
        raise ParseError(f"{name} is an ODS workbook without its content") from None
    try:
        root = lxml.etree.fromstring(xml, lxml.etree.XMLParser(resolve_entities=False, no_network=True))
    except lxml.etree.XMLSyntaxError as exc:
        raise ParseError(f"{name} is a damaged ODS workbook: {exc}") from exc
    known, hides = _styles(root)
    tables = list(root.iter(_tag("table:table")))
    shown = [one for one in tables if str(_said(one, "table:style-name")) not in hides]
    return [_grid(table, at, known) for at, table in enumerate(shown, 1)]


def _tag(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{_NAMES[prefix]}}}{local}"


def _said(element: Element, name: str, default: str = "") -> str:
    return str(element.get(_tag(name), default))


def _styles(root: Element) -> tuple[set[str], set[str]]:
    """Styles of cells whose number format says its decimals, and those of sheets that are hidden."""
    formats = set()
    for kind in ("number-style", "percentage-style", "currency-style"):
        for style in root.iter(_tag(f"number:{kind}")):
            if any(_said(part, "number:decimal-places") for part in style.iter(_tag("number:number"))):
                formats.add(_said(style, "style:name"))
    known, hides = set(), set()
    for style in root.iter(_tag("style:style")):
        if _said(style, "style:data-style-name") in formats:
            known.add(_said(style, "style:name"))
        if any(_said(part, "table:display") == "false" for part in style.iter(_tag("style:table-properties"))):
            hides.add(_said(style, "style:name"))
    return known, hides


def _grid(table: Element, part: int, known: set[str]) -> Grid:
    styles, concealed = _columns(table)
    rows: list[list[str]] = []
    free: list[list[bool]] = []
    merged, lost, empty, cells = [], [], 0, 0
    for row in table.iter(_tag("table:table-row")):
        again = min(int(_said(row, "table:number-rows-repeated", "1")), 1_048_576)
        texts, loose, spans = _row(row, styles, known)
        if not any(texts):
            empty += again
            continue
        cells += (again + empty) * len(texts)
        if cells > MOST or again * len(texts) > ELEMENTS:
            raise ParseError(f": sheet {_said(table, 'table:name')!r} repeats more than {ELEMENTS} cells: refused")
        rows += [[]] * empty
        free += [[]] * empty
        empty = 0
        if _said(row, "table:visibility") in ("collapse", "filter"):
            where, why = f"table {part}, row {len(rows) + 1}", "hidden in the workbook, its figures are not read"
            lost.append(Unreadable(where, "", why, severity="warning"))
            texts, spans = [], []
        merged += [(len(rows), left, len(rows) + down, right) for left, down, right in spans]
        rows += [texts] * again
        free += [loose] * again
    for at in concealed:
        hidden = [row[at] for row in rows if at < len(row) and row[at]]
        rows = [[*row[:at], "", *row[at + 1 :]] if at < len(row) else row for row in rows]
        if hidden:
            why = "hidden in the workbook, its figures are not read"
            lost.append(Unreadable(f"table {part}, column {at + 1}", "", why, severity="warning"))
    grid = of_rows(rows)
    flags = np.zeros(grid.shape, dtype=bool)
    for at, line in enumerate(free):
        flags[at, : len(line)] = line
    return Grid(grid, _said(table, "table:name"), part, kind="sheet", loose=flags, merged=merged, lost=lost)


def _columns(table: Element) -> tuple[list[str], list[int]]:
    """The default style of each column, and those that are hidden."""
    styles: list[str] = []
    hidden: list[int] = []
    for column in table.iter(_tag("table:table-column")):
        again = min(int(_said(column, "table:number-columns-repeated", "1")), 16_384)
        if _said(column, "table:visibility") in ("collapse", "filter"):
            hidden += range(len(styles), min(len(styles) + again, 1024))
        styles += [_said(column, "table:default-cell-style-name")] * again
    return styles, hidden


def _row(row: Element, styles: list[str], known: set[str]) -> tuple[list[str], list[bool], list[tuple[int, int, int]]]:
    """Texts of a row, which of them are numbers without a format, and where cells span others."""
    texts: list[str] = []
    loose: list[bool] = []
    spans: list[tuple[int, int, int]] = []
    for cell in _cells(row):
        again = min(int(_said(cell, "table:number-columns-repeated", "1")), 16_384)
        text = one_line("\n".join("".join(_pieces(part)) for part in cell.iterchildren(_tag("text:p"))))
        style = _said(cell, "table:style-name") or (styles[len(texts)] if len(texts) < len(styles) else "")
        number = _said(cell, "office:value-type") in _NUMBERS
        across, down = (int(_said(cell, f"table:number-{one}-spanned", "1")) for one in ("columns", "rows"))
        if (across > 1 or down > 1) and text:
            spans.append((len(texts), down - 1, len(texts) + across - 1))
        day = _said(cell, "office:date-value") if _said(cell, "office:value-type") == "date" else ""
        value = _said(cell, "office:value") if number and style not in known else ""
        shown = day[:10] or (text if not value or text.endswith("%") else _plain(value))
        texts += [shown] * again
        loose += [number and style not in known and not text.endswith("%")] * again
    while texts and not texts[-1]:
        texts.pop()
        loose.pop()
    return texts, loose, spans


def _plain(value: str) -> str:
    from decimal import Decimal, InvalidOperation

    try:
        return f"{Decimal(value).normalize():f}"
    except InvalidOperation:
        return value


def _cells(row: Element) -> Iterator[Any]:
    return (cell for cell in row if cell.tag in (_tag("table:table-cell"), _tag("table:covered-table-cell")))


def _pieces(part: Element) -> Iterator[str]:
    """The text of a paragraph; several blanks are an element of their own."""
    yield part.text or ""
    for child in part:
        if child.tag == _tag("text:s"):
            yield " "
        elif child.tag != _tag("office:annotation"):
            yield from _pieces(child)
        yield child.tail or ""
