"""Rows of ``version`` as arrays: all of some cells, or the last of each, however many there are before."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from sqlalchemy import Connection

from storage.database.connection import is_sqlite
from storage.database.id_lists import id_list, id_value
from storage.encoding import codes
from storage.encoding.columns import PERIOD_BITS, Ints, Versions, distinct, make_key, split_key
from storage.encoding.rows import int_rows

#: Up to so many periods are looked up one by one; more, and all periods of a series are read.
_FEW_PERIODS: Final = 40
#: How many releases of a cell are looked at first; from how many rows a cell on, asked of a sample, that is quicker.
_FEW: Final = 3
_DEEP: Final = 10
_SAMPLE: Final = 16
_COLUMNS: Final = "v.series, v.period, v.released, v.run, coalesce(v.mantissa, 0), v.packed"
_OF_CELL: Final = "FROM cell c CROSS JOIN version v WHERE v.series = c.series AND v.period = c.period"


def ever_published(conn: Connection, keys: Ints) -> Ints:
    """Those cells of which the ledger has published anything, withdrawn or not."""
    series, period = split_key(keys)
    wanted = f"SELECT DISTINCT series, period FROM version WHERE series IN {id_list(conn, 'series')}"  # noqa: S608
    known = int_rows(conn, wanted, {"series": id_value(conn, distinct(series))}, 2) if len(keys) else [series, period]
    return keys[np.isin(keys, make_key(*known))]


def load_versions(conn: Connection, keys: Ints, since: int | None = None, until: int = codes.NO_BOUND) -> Versions:
    """Rows of ``version`` of the series (and, if they are few, the periods) of ``keys``, sorted by its key.

    More rows than the cells asked for may come. With ``since`` all rows of releases from that on (up to ``until``), and
    of each cell those of at least the last few releases before: whoever finds nothing standing there asks for all.
    Document and position, which say nothing of what stands, are 0.
    """
    series, period = split_key(keys)
    wanted, periods = distinct(series), distinct(period)
    if not len(wanted):
        return Versions.concatenate([])
    if since is not None and _deep(conn, keys):
        cells = f"{_cells(conn)} SELECT {_COLUMNS}"
        return _last_rows(conn, cells, {"keys": id_value(conn, distinct(keys))}, (since, until, _FEW))
    params: dict[str, Any] = {"series": id_value(conn, wanted)}
    where = f"v.series IN {id_list(conn, 'series')}"
    if len(periods) <= _FEW_PERIODS:
        where += f" AND v.period IN {id_list(conn, 'periods')}"
        params["periods"] = id_value(conn, periods)
    return _versions(conn, f"SELECT {_COLUMNS} FROM version v WHERE {where} ORDER BY 1, 2, 3, 4", params)  # noqa: S608


def last_changes(conn: Connection, dataset: str, until: int, most: int) -> Versions:
    """Of each cell of a dataset its rows of the last ``most`` releases up to ``until`` that have any, sorted alike."""
    # From cell to cell by the table's key: rows of a cell grow in number for ever, cells hardly.
    cells = f"""
        WITH RECURSIVE cell AS (
            SELECT s.id AS series, (SELECT min(v.period) FROM version v WHERE v.series = s.id) AS period
            FROM series s WHERE s.dataset = :dataset
            UNION ALL
            SELECT c.series, (SELECT min(v.period) FROM version v WHERE v.series = c.series AND v.period > c.period)
            FROM cell c WHERE c.period IS NOT NULL)
        SELECT {_COLUMNS}, v.document, v.position
    """  # noqa: S608 - fixed words
    return _last_rows(conn, cells, {"dataset": dataset}, (until + 1, until, most))


def _versions(conn: Connection, query: str, params: dict[str, Any]) -> Versions:
    width = 8 if "v.document" in query else 6
    series, period, *columns = int_rows(conn, query, params, width)
    return Versions(make_key(series, period), *columns, *[np.zeros_like(series)] * (8 - width))


def _cells(conn: Connection) -> str:
    """SQL: the cells bound as ``:keys``, ahead of a query."""
    source = "json_each(:keys) k" if is_sqlite(conn) else "unnest(CAST(:keys AS bigint[])) AS k(value)"
    low = (1 << PERIOD_BITS) - 1
    return f"WITH cell AS (SELECT k.value >> {PERIOD_BITS} AS series, k.value & {low} AS period FROM {source})"  # noqa: S608


def _deep(conn: Connection, keys: Ints) -> bool:
    """Whether cells have so many rows that looking for the last of each is quicker than reading all."""
    some = keys[:: max(1, len(keys) // _SAMPLE)]
    (rows,) = int_rows(conn, f"{_cells(conn)} SELECT v.released {_OF_CELL}", {"keys": id_value(conn, some)}, 1)
    return len(rows) > _DEEP * len(some)


def _last_rows(conn: Connection, query: str, params: dict[str, Any], bounds: tuple[int, int, int]) -> Versions:
    """Of each cell rows from one release up to another, and those of the last few releases before."""
    since, until, few = bounds
    query = f"""
        {query} {_OF_CELL} AND v.released <= :until AND v.released >= coalesce((
            SELECT DISTINCT w.released FROM version w WHERE w.series = c.series AND w.period = c.period
            AND w.released < :since ORDER BY w.released DESC LIMIT 1 OFFSET :skip), :first)
    """  # noqa: S608 - fixed words
    values = {"since": since, "until": until, "skip": few - 1, "first": -codes.NO_BOUND}
    found = _versions(conn, query, params | values)
    return found.take(np.lexsort((found.run, found.released, found.key)))
