"""Rows of sheets: their texts, which are hidden, and labels without the marks of notes and revisions."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sources.shared.workbooks.cells import Cell, Row

_FOOTNOTE = re.compile(r"\s*(?:\(\d+\)|[¹²³⁴⁵⁶⁷⁸⁹]+)")
#: Revised, preliminary: marks of a reading, behind its label or figure.
_REVISED = re.compile(r"(?:\s*[(\[][rp][)\]]|\s*[®*]|(?<=[a-z])\s+[rp]|(?<=\d)\s*[rp])+\s*$", re.IGNORECASE)


def texts(rows: Iterable[Row]) -> list[str]:
    """All that is text and shown, row by row."""
    return [cell.text for row in rows for cell in row if isinstance(cell.value, str) and cell.text]


def concealed(row: Row) -> bool:
    """Whether the workbook hides all of a row."""
    return all(cell.hidden is not None for cell in row)


def without_footnotes(text: str) -> str:
    """``Goods (1)`` → ``Goods``."""
    return _FOOTNOTE.sub("", text).strip()


def without_revised(text: str) -> str:
    """``January (R)`` → ``January``."""
    return _REVISED.sub("", text)


def heading(cell: Cell) -> str:
    """A heading without footnotes, in lower case."""
    return without_footnotes(cell.heading).lower()
