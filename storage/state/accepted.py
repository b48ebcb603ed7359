"""Which cells of a release are accepted: what a person decided, or what the same decision covered of another document.

A figure that was accepted may need no row of ``version``, as it was in force already, and need one later, when an
earlier release is read again; and its row may go and come back. So what is accepted is kept by itself.
"""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection

from storage.database.connection import tuples
from storage.database.inserts import insert
from storage.encoding.columns import Ints, distinct, make_key, split_key
from storage.encoding.rows import int_rows

_COLUMNS = ("dataset", "released", "series", "period", "run", "accepted")


def accepted_cells(conn: Connection, dataset: str, released: int) -> Ints:
    """Keys of what a release says that is accepted, sorted."""
    query = """
        SELECT a.series, a.period FROM accepted_cell a
        WHERE a.dataset = :d AND a.released = :r AND a.accepted AND a.run = (
            SELECT max(b.run) FROM accepted_cell b WHERE b.dataset = a.dataset AND b.released = a.released
            AND b.series = a.series AND b.period = a.period)
    """
    return distinct(make_key(*int_rows(conn, query, {"d": dataset, "r": released}, 2)))


def accepted_releases(conn: Connection, dataset: str) -> list[int]:
    """Releases of which something was ever accepted."""
    query = "SELECT DISTINCT released FROM accepted_cell WHERE dataset = :d"
    return [row[0] for row in tuples(conn, query, {"d": dataset})]


def accept(conn: Connection, dataset: str, run: int, released: int, keys: Ints, of: Ints) -> None:
    """Record that of the cells ``of`` of a release just ``keys`` are accepted; both may repeat."""
    known = accepted_cells(conn, dataset, released)
    on = np.setdiff1d(keys, known)
    off = np.setdiff1d(np.intersect1d(known, of), keys)
    both = np.concatenate([on, off])
    series, period = split_key(both)
    marks = [1] * len(on) + [0] * len(off)
    rows = zip(series.tolist(), period.tolist(), marks, strict=True)
    insert(conn, "accepted_cell", _COLUMNS, ((dataset, released, s, p, run, mark) for s, p, mark in rows))
