"""The cells of a printing and their positions, compressed."""

from __future__ import annotations

import zlib
from typing import Any, Final

import numpy as np

from schemas.errors import LedgerError
from storage.encoding.columns import Ints, make_key, split_key

_WIDTHS: Final[tuple[np.dtype[Any], ...]] = (np.dtype("<i1"), np.dtype("<i2"), np.dtype("<i4"), np.dtype("<i8"))


def pack_cells(key: Ints, position: Ints) -> bytes:
    """Cells and positions, in order of position, as differences; a regular table shrinks to nearly nothing."""
    parts = [len(key).to_bytes(4, "little")]
    series, period = split_key(key)
    for column in (series, period, position):
        steps = np.diff(column, prepend=0)
        reach = int(np.abs(steps).max(initial=0))
        width = next(at for at, dtype in enumerate(_WIDTHS) if reach < 1 << 8 * dtype.itemsize - 1)
        packed = zlib.compress(steps.astype(_WIDTHS[width]).tobytes(), 1)
        parts += [width.to_bytes(1, "little"), len(packed).to_bytes(4, "little"), packed]
    return b"".join(parts)


def unpack_cells(blob: bytes) -> tuple[Ints, Ints]:
    """Cells and positions of ``pack_cells``; raises LedgerError where the bytes are damaged."""
    try:
        length, at = int.from_bytes(blob[:4], "little"), 4
        columns = []
        for _ in range(3):
            width, size = blob[at], int.from_bytes(blob[at + 1 : at + 5], "little")
            steps = np.frombuffer(zlib.decompress(blob[at + 5 : at + 5 + size]), dtype=_WIDTHS[width])
            if len(steps) != length:
                raise ValueError(f"{len(steps)} cells where {length} were written")
            columns.append(np.cumsum(steps.astype(np.int64)))
            at += 5 + size
    except (ValueError, IndexError, zlib.error) as exc:
        raise LedgerError(
            f"the ledger is damaged: the cells of a printing cannot be read ({exc}): restore a copy"
        ) from exc
    return make_key(columns[0], columns[1]), columns[2]
