"""The rows of a CSV file by its bytes: where each begins, how many fields it has, without a Python loop.

pandas fills up short rows and refuses the file for a long one; an agency's table deserves to be told which rows. A file
is gone through in blocks of whole rows, so that what is known of each row costs no memory once the block is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from sources.shared.tables.columns import Flags, Ints

#: Bytes of a block; one with a longer row grows until the row ends.
BLOCK: Final = 2**19


@dataclass(frozen=True)
class Rows:
    """Logical rows (a quoted line break does not end one) of a block: start and end offsets in it, number of fields.

    ``blank`` rows hold nothing but spaces and commas; ``stray`` ones a comma or line break between
    quotes that RFC 4180 does not allow there, so that how many fields they have is anyone's guess.
    """

    content: bytes
    start: Ints
    end: Ints
    fields: Ints
    blank: Flags
    stray: Flags
    first: int = 1  # number in the file of the first of them

    def __len__(self) -> int:
        return len(self.start)

    def text(self, at: int, limit: int | None = None) -> bytes:
        """The bytes of a row, or their beginning."""
        end = int(self.end[at])
        return self.content[self.start[at] : end if limit is None else min(end, int(self.start[at]) + limit)]

    def keep(self, good: Flags) -> bytes:
        """The content with only the ``good`` rows, each with its line end; itself where all are."""
        if good.all():
            return self.content
        sizes = np.diff(self.start, append=len(self.content))
        kept = np.frombuffer(self.content, dtype=np.uint8)[np.repeat(good, sizes)].tobytes()
        return kept if kept.endswith(b"\n") else kept + b"\n"


def find_rows(content: bytes, first: int = 1, *, last: bool = True) -> Rows | None:
    """The rows of comma-separated ``content`` (RFC 4180 quoting); unless it is the ``last`` block, only whole ones.

    None where it has no whole row.
    """
    data = np.frombuffer(content, dtype=np.uint8)
    commas, breaks = data == ord(","), data == ord("\n")
    if b'"' in content:
        within = np.logical_xor.accumulate(data == ord('"'))  # a doubled quote flips twice
        commas &= ~within
        breaks &= ~within
        del within
    end = np.flatnonzero(breaks)
    if not last:
        if not len(end):
            return None
        whole = int(end[-1]) + 1
        content, data, commas = content[:whole], data[:whole], commas[:whole]
    elif not len(end) or end[-1] != len(data) - 1:
        end = np.append(end, len(data))
    start = np.concatenate(([0], end[:-1] + 1))
    fields = _count(commas, start, end) + 1
    # What a spreadsheet adds below its table: commas, spaces, a carriage return.
    filled = np.ones(256, dtype=bool)
    filled[list(b" ,\t\r\n\v\f")] = False
    blank = ~np.logical_or.reduceat(filled[data], start) if len(data) else np.ones(1, dtype=bool)
    return Rows(content, start, end, fields, blank, _stray(data, end), first)


def _count(marks: Flags, start: Ints, end: Ints) -> Ints:
    """How many marks each row has."""
    if len(start) < 100:  # long rows: a copy of the marks as integers would take four times the file
        return np.array([np.count_nonzero(marks[a:b]) for a, b in zip(start, end, strict=True)], dtype=np.int64)
    return np.add.reduceat(marks, start, dtype=np.int32).astype(np.int64)


def blocks(content: bytes, size: int = BLOCK) -> Iterator[Rows]:
    """All rows of ``content``, in blocks of about ``size`` bytes."""
    at, first = 0, 1
    while at < len(content):
        width = size
        while (rows := find_rows(content[at : at + width], first, last=at + width >= len(content))) is None:
            width *= 4
        yield rows
        at += len(rows.content)
        first += len(rows)


def _stray(data: npt.NDArray[np.uint8], end: Ints) -> Flags:
    """Which rows have a comma or a line break between two quotes of which the first stands within a field."""
    found = np.zeros(len(end), dtype=bool)
    quote = data == ord('"')
    if not quote.any():
        return found
    edge = np.zeros(256, dtype=bool)
    edge[list(b',\n\r"')] = True  # a doubled quote closes and opens again
    begins = quote & np.logical_xor.accumulate(quote)
    begins[1:] &= ~edge[data[:-1]]
    if not begins[1:].any():
        return found
    del begins
    quotes = np.flatnonzero(quote)
    opens = quotes[::2]
    within = np.flatnonzero((opens > 0) & ~edge[data[opens - 1]])
    if len(within):
        divided = np.flatnonzero((data == ord(",")) | (data == ord("\n")))
        reach = np.append(quotes, len(data))[1::2][within]
        bad = opens[within][np.searchsorted(divided, opens[within]) < np.searchsorted(divided, reach)]
        found[np.searchsorted(end, bad)] = True
    return found
