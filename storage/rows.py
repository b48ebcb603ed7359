"""Sets of rows between arrays and tables, on both databases: nothing here goes row by row through an ORM."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, text

from storage.arrays import Flags, Ints, Versions, distinct, ints, is_absent, make_key, split_key
from storage.database import is_sqlite
from storage.inserts import insert

#: Up to so many periods are looked up one by one; more, and all periods of a series are read.
_FEW_PERIODS: Final = 40
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
    series, period = split_key(rows.key)
    columns = (series, period, rows.released, rows.run)
    mantissa = column_list(rows.mantissa, is_absent(rows.packed))
    tail = (rows.packed.tolist(), rows.document.tolist(), rows.position.tolist())
    insert(conn, "version", VERSION_COLUMNS, zip(*(c.tolist() for c in columns), mantissa, *tail, strict=True))


def int_rows(conn: Connection, query: str, params: dict[str, Any], width: int) -> list[Ints]:
    """The columns of a query of whole numbers; NULL becomes 0."""
    result = conn.execute(text(query), params)
    rows = result.cursor.fetchall() if result.cursor is not None else []  # plain tuples, no Row objects
    result.close()
    try:
        flat = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=len(rows) * width)
    except TypeError:  # a NULL among them
        flat = np.fromiter((value or 0 for row in rows for value in row), dtype=np.int64, count=len(rows) * width)
    table = flat.reshape(len(rows), width)
    return [np.ascontiguousarray(table[:, at]) for at in range(width)]


def id_list(conn: Connection, name: str) -> str:
    """SQL that yields the ids bound as ``:name`` by ``id_value``."""
    if is_sqlite(conn):
        return f"(SELECT value FROM json_each(:{name}))"  # noqa: S608 - the name of a parameter
    return f"(SELECT unnest(CAST(:{name} AS bigint[])))"


def id_value(conn: Connection, values: Ints | Sequence[int]) -> Any:
    """What to bind for ``id_list``."""
    listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
    return json.dumps(listed) if is_sqlite(conn) else listed


def load_versions(conn: Connection, keys: Ints, *, newest_only: bool = False) -> Versions:
    """Rows of ``version`` of the series (and, if they are few, the periods) of ``keys``, sorted by its key.

    More rows than the cells asked for may come. ``newest_only`` leaves out what a later run replaced or withdrew, and
    all releases but the latest of each cell: what is in force, with what stands at each cell's last release.
    """
    series, period = split_key(keys)
    wanted, periods = distinct(series), distinct(period)
    if not len(wanted):
        return Versions(*(ints() for _ in range(7)))
    params: dict[str, Any] = {"series": id_value(conn, wanted)}
    where = f"series IN {id_list(conn, 'series')}"
    if len(periods) <= _FEW_PERIODS:
        where += f" AND period IN {id_list(conn, 'periods')}"
        params["periods"] = id_value(conn, periods)
    names = ", ".join(VERSION_COLUMNS)
    order = "ORDER BY series, period, released, run"
    query = f"SELECT {names} FROM version WHERE {where} {order}"  # noqa: S608
    columns = int_rows(conn, query, params, len(VERSION_COLUMNS))
    return Versions(make_key(columns[0], columns[1]), *columns[2:])
