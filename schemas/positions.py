"""Where in a document a figure stood, packed into one integer: part (sheet, table, page), row and column, from 1."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: Of a reading that stands nowhere in its document: concluded from what is missing there.
NOWHERE: Final = -1
_COLUMN_BITS: Final = 14
_ROW_BITS: Final = 34
#: The last column that a packed position can name; the last one of an XLSX lies just beyond.
LAST_COLUMN: Final = (1 << _COLUMN_BITS) - 1
_ROWS: Final = (1 << _ROW_BITS) - 1
#: A place as texts name it, alone or amid more; a column counts where it comes last.
_PLACE = re.compile(r"(?:table (?P<part>\d+), )?row (?P<row>\d+)(?:, column (?P<column>\d+)$)?")


def pack(row: int, column: int = 0, part: int = 0) -> int:
    """One int64 that sorts in reading order; 0 means "not said" for column and part.

    Raises ValueError for a row or column beyond what can be packed: it would be the place of another figure.
    """
    if not (0 <= column <= LAST_COLUMN and 0 <= row <= _ROWS):
        raise ValueError(f"row {row}, column {column} cannot be packed: {_ROWS} rows and {LAST_COLUMN} columns at most")
    return (part << (_ROW_BITS + _COLUMN_BITS)) | (row << _COLUMN_BITS) | column


def pack_rows(
    rows: npt.NDArray[np.int64], column: int | npt.NDArray[np.int64] = 0, part: int = 0
) -> npt.NDArray[np.int64]:
    """``pack`` for many rows at once."""
    return (rows << _COLUMN_BITS) | column | (part << (_ROW_BITS + _COLUMN_BITS))


def unpack(position: int) -> tuple[int, int, int]:
    """``(row, column, part)`` of a packed position."""
    return position >> _COLUMN_BITS & _ROWS, position & LAST_COLUMN, position >> (_ROW_BITS + _COLUMN_BITS)


def parse_position(text: str) -> int:
    """The packed position of a ``position_text``; 0 where the text is none, its row where its column is beyond."""
    match = _PLACE.fullmatch(text)
    if match is None or int(match["row"]) > _ROWS:
        return 0
    column = int(match["column"] or 0)
    return pack(int(match["row"]), column if column <= LAST_COLUMN else 0, int(match["part"] or 0))


def position_text(position: int) -> str:
    """``"row 12"``, ``"row 12, column 3"``, ``"table 2, row 12, column 3"``; "" of 0 and NOWHERE."""
    if position <= 0:
        return ""
    column = position & LAST_COLUMN
    row = position >> _COLUMN_BITS  # with the part, if there is one; spelt out, as there may be millions
    if row > _ROWS:
        part, row = row >> _ROW_BITS, row & _ROWS
        return f"table {part}, row {row}, column {column}" if column else f"table {part}, row {row}"
    return f"row {row}, column {column}" if column else f"row {row}"


def place_text(row: int, column: int = 0, part: int = 0) -> str:
    """The ``position_text`` of a place, packable or not: what is only said may stand in any column."""
    said = [f"table {part}"] * bool(part) + [f"row {row}"] * bool(row) + [f"column {column}"] * bool(column)
    return ", ".join(said)


#: The first column of a table has its labels; a column that is named ("(partner)") belongs to one with a reading a row.
_LABELS: Final = 1
#: Rows that are not listed one by one (``sources.shared.tables.columns``).
_SPAN = re.compile(r"rows (\d+) to (\d+)$")


@dataclass(frozen=True)
class Places:
    """Places of a document as texts name them: whole rows, and single cells."""

    rows: frozenset[tuple[int, int]]
    cells: frozenset[tuple[int, int, int]]
    spans: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, texts: Iterable[str]) -> Places:
        """From texts such as ``"table 2, row 12, column 3"`` (a cell) and ``"row 12, column 3 (partner)"`` (a row)."""
        rows, cells, texts = set(), set(), list(texts)
        spans = tuple((int(match[1]), int(match[2])) for match in filter(None, map(_SPAN.match, texts)))
        for match in filter(None, map(_PLACE.search, texts)):
            part, row, column = (int(match[name] or 0) for name in ("part", "row", "column"))
            if column > _LABELS:
                cells.add((row, column, part))
            else:
                rows.add((row, part))
        return cls(frozenset(rows), frozenset(cells), spans)

    def __contains__(self, position: int) -> bool:
        row, column, part = unpack(position)
        if position <= 0:
            return False
        among = any(first <= row <= last for first, last in self.spans)
        return among or (row, part) in self.rows or (row, column, part) in self.cells
