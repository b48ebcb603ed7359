"""Cells and what stands of them, streamed in order of series and period: the one way answers read ``version``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Connection, text

from schemas.errors import UsageError
from schemas.vocabulary import SERIES_KEY
from storage.codes import WITHDRAWN
from storage.database import is_sqlite, streamed

if TYPE_CHECKING:
    from storage.ledger import Ledger

#: What may be asked of a figure.
FILTERS: Final = (*SERIES_KEY, "period", "source")


class Row(NamedTuple):
    """A row of ``version``, less its cell."""

    released: int
    run: int
    mantissa: int | None
    packed: int
    document: int
    position: int


@dataclass(frozen=True)
class Cell:
    """A cell and the rows that stand of it, by release; ``words`` are the texts of its series in SERIES_KEY's order."""

    series: int
    period: int
    words: tuple[str, ...]
    rows: list[Row]


class Words:
    """Texts behind small integers. They never change, so each is looked up once for an open ledger."""

    def __init__(self) -> None:
        self._period: dict[int, tuple[str, int]] = {}
        self._run: dict[int, tuple[str, int]] = {}
        self._document: dict[int, str] = {}
        self._series: dict[int, tuple[str, ...]] = {}

    @staticmethod
    def _one(conn: Connection, query: str, number: int) -> Any:
        return conn.execute(text(query), {"id": number}).fetchone()

    def period(self, conn: Connection, number: int) -> tuple[str, int]:
        """A period's text and first month."""
        if number not in self._period:
            self._period[number] = tuple(self._one(conn, "SELECT text, start FROM period WHERE id = :id", number))
        return self._period[number]

    def run(self, conn: Connection, number: int) -> tuple[str, int]:
        """A run's source and time."""
        if number not in self._run:
            self._run[number] = tuple(self._one(conn, "SELECT source, recorded_at FROM run WHERE id = :id", number))
        return self._run[number]

    def document(self, conn: Connection, number: int) -> str:
        """A document's SHA-256."""
        if number not in self._document:
            self._document[number] = self._one(conn, "SELECT sha256 FROM document WHERE id = :id", number)[0]
        return self._document[number]

    def series(self, conn: Connection, number: int) -> tuple[str, ...]:
        """A series' texts; not kept, there are many."""
        return tuple(self._one(conn, f"SELECT {', '.join(SERIES_KEY)} FROM series WHERE id = :id", number))  # noqa: S608


def check_filters(filters: Mapping[str, str | None], known: tuple[str, ...] = FILTERS) -> None:
    """Raise UsageError for a filter there is not."""
    if unknown := sorted(set(filters) - set(known)):
        raise UsageError(f"there is no filter {unknown[0]!r}: expected one of {', '.join(known)}")


_DIMENSIONS: Final = ", ".join(f"s.{name}" for name in SERIES_KEY)


def cells(
    ledger: Ledger, conn: Connection, run: int, released: int, filters: Mapping[str, str | None]
) -> Iterator[Cell]:
    """Cells of which something stands by ``run`` and ``released``, ordered by series and time; ``rows`` not empty."""
    values: dict[str, Any] = {name: v for name, v in filters.items() if name in SERIES_KEY and v is not None}
    where = "".join(f" AND s.{name} = :{name}" for name in values)
    values |= {"run": run, "released": released}
    if filters.get("period") is not None:
        period = text("SELECT id FROM period WHERE text = :period")
        values["period"] = conn.execute(period, {"period": filters["period"]}).scalar() or 0
        where += " AND v.period = :period"
    # On SQLite CROSS JOIN keeps the order of the loops: the series' index, then each one's rows, nothing sorted.
    join = "CROSS JOIN version v" if is_sqlite(conn) else "JOIN version v ON v.series = s.id"
    query = f"""
        SELECT s.id, v.period, v.released, v.run, v.mantissa, v.packed, v.document, v.position, {_DIMENSIONS}
        FROM series s {join} WHERE v.series = s.id AND v.run <= :run AND v.released <= :released{where}
        ORDER BY {_DIMENSIONS}, v.period, v.released, v.run
    """  # noqa: S608 - names of SERIES_KEY
    series, group = 0, list[Cell]()
    with streamed(conn, text(query), values) as found:
        row: Any
        for row in chain.from_iterable(found.partitions(2048)):  # many at a time: rows one by one take twice as long
            if row[0] != series:
                yield from _in_time(ledger, conn, group)
                series, group = row[0], []
            if not group or group[-1].period != row[1]:
                group.append(Cell(series, row[1], tuple(row[8:]), []))
            _add(group[-1].rows, Row(*row[2:8]))
    yield from _in_time(ledger, conn, group)


def _add(rows: list[Row], row: Row) -> None:
    """Of rows of one release the last recorded counts."""
    if rows and rows[-1].released == row.released:
        rows[-1] = row
    else:
        rows.append(row)


def _in_time(ledger: Ledger, conn: Connection, group: list[Cell]) -> Iterator[Cell]:
    for cell in sorted(group, key=lambda c: ledger.words.period(conn, c.period)[::-1]):
        if any(row.packed & WITHDRAWN for row in cell.rows):
            cell.rows[:] = [row for row in cell.rows if not row.packed & WITHDRAWN]
        if cell.rows:
            yield cell
