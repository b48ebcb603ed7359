"""Sets of rows between arrays and tables, on both databases: nothing here goes row by row through an ORM."""

from __future__ import annotations

from itertools import chain
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection

from storage.database.connection import tuples
from storage.database.inserts import insert
from storage.encoding.columns import Flags, Ints, Versions, is_absent, split_key

_AT_ONCE: Final = 100_000
VERSION_COLUMNS: Final = ("series", "period", "released", "run", "mantissa", "packed", "document", "position")


def column_list(values: Ints, absent: Flags | None = None) -> list[Any]:
    """A column as Python values; NULL where ``absent``."""
    listed: list[Any] = values.tolist()
    if absent is not None and absent.any():
        for at in np.flatnonzero(absent):
            listed[at] = None
    return listed


def insert_versions(conn: Connection, rows: Versions) -> None:
    """Insert rows of ``version``, in the order of its key, so that pages fill."""
    if not len(rows):
        return
    rows = rows.take(np.lexsort((rows.run, rows.released, rows.key)))
    for start in range(0, len(rows), _AT_ONCE):  # so that a million rows never are Python objects at once
        part = rows.take(np.arange(start, min(start + _AT_ONCE, len(rows))))
        series, period = split_key(part.key)
        columns = (series, period, part.released, part.run)
        mantissa = column_list(part.mantissa, is_absent(part.packed))
        tail = (part.packed.tolist(), part.document.tolist(), part.position.tolist())
        insert(conn, "version", VERSION_COLUMNS, zip(*(c.tolist() for c in columns), mantissa, *tail, strict=True))


def int_rows(conn: Connection, query: str, params: dict[str, Any], width: int) -> list[Ints]:
    """The columns of a query of whole numbers, without NULL; never all rows as Python objects at once."""
    flat = np.fromiter(chain.from_iterable(tuples(conn, query, params)), dtype=np.int64)
    return [np.ascontiguousarray(flat[at::width]) for at in range(width)]
