"""Cells and what stands of them, streamed in order of series and period: the one way answers read ``version``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from sqlalchemy import Connection

from schemas.vocabulary import SERIES_KEY
from storage.database.connection import is_sqlite, tuples
from storage.encoding.codes import withdrawn
from storage.encoding.words import CellRow, batched
from storage.queries.filters import Filters, of_periods, of_series

if TYPE_CHECKING:
    from storage.handle import Handle

_ROW: Final = "series, period, released, run, mantissa, packed, document, position"
_SERIES_AT_ONCE: Final = 64
#: More than runs there will be; a release date times this, and a run, is one integer of 63 bits.
_RUNS: Final = 2**26


class Version(NamedTuple):
    """A row of ``version``, less its cell."""

    released: int
    run: int
    mantissa: int | None
    packed: int
    document: int
    position: int


#: ``Version(*values)`` in a third of the time.
_new_version: Final = cast("Callable[[type[Version], Sequence[Any]], Version]", tuple.__new__)


class Cell(NamedTuple):
    """A cell and the rows that stand of it, by release; ``words`` are the texts of its series in SERIES_KEY's order."""

    series: int
    period: int
    words: tuple[str, ...]
    rows: list[Version]


#: SQL: what a series ``s`` is about, in the order of answers.
DIMENSIONS: Final = ", ".join(f"s.{name}" for name in SERIES_KEY)


def cells(ledger: Handle, conn: Connection, run: int, released: int, filters: Filters) -> Iterator[Cell]:
    """Cells of which something stands by ``run`` and ``released``, ordered by series and time; ``rows`` not empty."""
    for words, rows, _ in _series_by_series(ledger, conn, run, released, filters, _all_rows):
        for (series, period), of_cell in groupby(rows, key=itemgetter(0, 1)):
            stands = [_new_version(Version, row[2:]) for row in of_cell if not withdrawn(row[5])]
            if stands:
                yield Cell(series, period, words, stands)


def latest(
    ledger: Handle, conn: Connection, run: int, released: int, filters: Filters
) -> Iterator[tuple[tuple[str, ...], list[CellRow], list[str]]]:
    """Series by series its texts, of each of its cells in order of time the last row that stands, and their periods."""
    return _series_by_series(ledger, conn, run, released, filters, _last_rows)


def _series_by_series(
    ledger: Handle,
    conn: Connection,
    run: int,
    released: int,
    filters: Filters,
    rows_of: Callable[[Connection, str], list[CellRow]],
) -> Iterator[tuple[tuple[str, ...], list[CellRow], list[str]]]:
    where, values = of_series(filters)
    bounds = f"run <= {int(run)} AND released <= {int(released)} AND {of_periods(conn, filters)}"
    query = f"SELECT s.id, {DIMENSIONS} FROM series s WHERE {where} ORDER BY {DIMENSIONS}"  # noqa: S608
    for some in batched(tuples(conn, query, values, streamed=True), _SERIES_AT_ONCE):
        # Series by series in the order of their texts; rows without texts, which would be most of what is fetched.
        listed = ", ".join(str(int(one[0])) for one in some)
        rows = rows_of(conn, f"series IN ({listed}) AND {bounds}")
        found = {number: list(own) for number, own in groupby(rows, key=itemgetter(0))}
        for number, *words in some:
            if number in found:
                yield tuple(words), *ledger.words.in_time(conn, found[number])


def _all_rows(conn: Connection, within: str) -> list[CellRow]:
    """Of each cell and release what was recorded last."""
    query = f"SELECT {_ROW} FROM version v WHERE {within} ORDER BY series, period, released, run"  # noqa: S608
    # Of rows with the same key a dict keeps the last.
    return list({row[:3]: row for row in tuples(conn, query)}.values())


def last_query(conn: Connection, within: str, columns: str = _ROW) -> str:
    """SQL: ``columns`` of the last row of each cell, sorted by series and period, withdrawn or not."""
    if is_sqlite(conn):  # its bare columns are those of the row that has the maximum
        return f"""
            SELECT {columns} FROM version v WHERE {within} GROUP BY series, period
            HAVING max(released * {_RUNS} + run) IS NOT NULL
        """  # noqa: S608 - whole numbers
    return f"""
        SELECT DISTINCT ON (series, period) {columns} FROM version v WHERE {within}
        ORDER BY series, period, released DESC, run DESC
    """  # noqa: S608 - whole numbers


def _last_rows(conn: Connection, within: str) -> list[CellRow]:
    """The last of what stands of each cell."""
    found = list(tuples(conn, last_query(conn, within)))
    if not any(withdrawn(packed) for packed in {row[5] for row in found}):
        return found
    behind = {row[0] for row in found if withdrawn(row[5])}
    # An earlier release answers: rare, so all rows of the series are looked at.
    listed = ", ".join(map(str, sorted(behind)))
    stands = (row for row in _all_rows(conn, f"{within} AND series IN ({listed})") if not withdrawn(row[5]))
    last = {row[:2]: row for row in stands}
    return sorted([*(row for row in found if row[0] not in behind), *last.values()], key=itemgetter(0, 1))
