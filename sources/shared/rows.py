"""The rows of a CSV file by its bytes: where each begins, how many fields it has, without a Python loop.

pandas fills up short rows and refuses the file for a long one; an agency's table deserves to be told which rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Rows:
    """Logical rows (a quoted line break does not end one): start and end offsets, number of fields.

    ``blank`` rows hold nothing but spaces and commas; ``stray`` ones a comma or line break between
    quotes that RFC 4180 does not allow there, so that how many fields they have is anyone's guess.
    """

    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    fields: npt.NDArray[np.int64]
    blank: npt.NDArray[np.bool_]
    stray: npt.NDArray[np.bool_]


def find_rows(content: bytes) -> Rows:
    """The rows of comma-separated ``content`` (RFC 4180 quoting)."""
    data = np.frombuffer(content, dtype=np.uint8)
    commas, breaks = data == ord(","), data == ord("\n")
    if b'"' in content:
        outside = ~np.logical_xor.accumulate(data == ord('"'))  # a doubled quote flips twice
        commas &= outside
        breaks &= outside
    end = np.flatnonzero(breaks)
    if not len(end) or end[-1] != len(data) - 1:
        end = np.append(end, len(data))
    start = np.concatenate(([0], end[:-1] + 1))
    before = np.searchsorted(np.flatnonzero(commas), end)
    fields = np.diff(before, prepend=0) + 1
    # Only short lines can be blank: spaces, a carriage return, the commas that a spreadsheet adds below its table.
    blank = (end - start) == 0
    for at in np.flatnonzero(~blank & (end - start < 64) & (fields >= (end - start) // 2)):
        blank[at] = not content[start[at] : end[at]].strip(b" ,\t\r\v\f")
    return Rows(start, end, fields, blank, _stray(data, end))


def _stray(data: npt.NDArray[np.uint8], end: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which rows have a comma or a line break between two quotes of which the first stands within a field."""
    found = np.zeros(len(end), dtype=bool)
    quotes = np.flatnonzero(data == ord('"'))
    edge = np.zeros(256, dtype=bool)
    edge[list(b',\n\r"')] = True  # a doubled quote closes and opens again
    opens = quotes[::2]
    within = np.flatnonzero((opens > 0) & ~edge[data[opens - 1]])
    if len(within):
        divided = np.flatnonzero((data == ord(",")) | (data == ord("\n")))
        reach = np.append(quotes, len(data))[1::2][within]
        bad = opens[within][np.searchsorted(divided, opens[within]) < np.searchsorted(divided, reach)]
        found[np.searchsorted(end, bad)] = True
    return found


def keep(content: bytes, rows: Rows, good: npt.NDArray[np.bool_]) -> bytes:
    """``content`` with only the ``good`` rows; itself where all are."""
    if good.all():
        return content
    edges = np.flatnonzero(np.diff(np.concatenate(([False], good, [False])).astype(np.int8)))
    pieces = [content[rows.start[a] : rows.end[b - 1] + 1] for a, b in edges.reshape(-1, 2)]
    return b"".join(piece if piece.endswith(b"\n") else piece + b"\n" for piece in pieces)
