"""Cells and what stands of them, streamed in order of series and period: the one way answers read ``version``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from sqlalchemy import Connection, text

from schemas.errors import LedgerError, UsageError
from schemas.vocabulary import SERIES_KEY
from storage import codes
from storage.codes import WITHDRAWN
from storage.database import is_sqlite, streamed

if TYPE_CHECKING:
    from storage.ledger import Ledger

#: What may be asked of a figure.
FILTERS: Final = (*SERIES_KEY, "period", "source")
#: What is told of a small integer, by table.
_WORDS: Final = {"period": "text, start", "run": "source, recorded_at", "document": "sha256"}
_ROW: Final = "series, period, released, run, mantissa, packed, document, position"
#: What rows of one release, run and document have in common.
RECORDED: Final = ("released", "recorded_at", "source", "run", "document")
_SERIES_AT_ONCE: Final = 64
#: More than runs there will be; a release date times this, and a run, is one integer of 63 bits.
_RUNS: Final = 1 << 26


class Row(NamedTuple):
    """A row of ``version``, less its cell."""

    released: int
    run: int
    mantissa: int | None
    packed: int
    document: int
    position: int


#: ``Row(*values)`` in a third of the time.
_new_row: Final = cast("Callable[[type[Row], Sequence[Any]], Row]", tuple.__new__)


class Cell(NamedTuple):
    """A cell and the rows that stand of it, by release; ``words`` are the texts of its series in SERIES_KEY's order."""

    series: int
    period: int
    words: tuple[str, ...]
    rows: list[Row]


def _batched(numbers: Iterable[int], size: int) -> Iterator[list[int]]:
    ahead = iter(numbers)
    while some := list(islice(ahead, size)):
        yield some


class Words:
    """Texts behind small integers. They never change, so each is looked up once for an open ledger."""

    def __init__(self) -> None:
        self._known: dict[str, dict[int, Any]] = {name: {} for name in _WORDS}
        self._recorded: dict[tuple[int, int, int], dict[str, Any]] = {}
        self._in_time: tuple[tuple[int, ...], list[int]] = ((), [])

    def learn(self, conn: Connection, kind: str, numbers: Iterable[int]) -> None:
        """Look up what is not known yet of ``period``, ``run`` or ``document``, many at a time."""
        known = self._known[kind]
        for some in _batched(sorted(set(numbers) - known.keys()), 500):
            query = f"SELECT id, {_WORDS[kind]} FROM {kind} WHERE id IN ({', '.join(map(str, some))})"  # noqa: S608
            known.update((row[0], tuple(row[1:])) for row in conn.execute(text(query)))

    def _one(self, conn: Connection, kind: str, number: int) -> Any:
        known = self._known[kind]
        if number not in known:
            self.learn(conn, kind, [number])
        if number not in known:
            raise LedgerError(f"the ledger is damaged: a figure names {kind} {number}, which is not there")
        return known[number]

    def period(self, conn: Connection, number: int) -> tuple[str, int]:
        """A period's text and first month."""
        found: tuple[str, int] = self._one(conn, "period", number)
        return found

    def in_time(self, conn: Connection, numbers: tuple[int, ...]) -> list[int]:
        """Periods in order of time; series after series mostly has the same."""
        if self._in_time[0] != numbers:
            self._in_time = numbers, sorted(numbers, key=lambda number: self.period(conn, number)[::-1])
        return self._in_time[1]

    def run(self, conn: Connection, number: int) -> tuple[str, int]:
        """A run's source and time."""
        found: tuple[str, int] = self._one(conn, "run", number)
        return found

    def document(self, conn: Connection, number: int) -> str:
        """A document's SHA-256."""
        found: str = self._one(conn, "document", number)[0]
        return found

    def recorded(self, conn: Connection, released: int, run: int, document: int) -> dict[str, Any]:
        """The fields of RECORDED; many rows have them in common."""
        key = (released, run, document)
        if key not in self._recorded:
            source, recorded_at = self.run(conn, run)
            values = (codes.release_text(released), codes.instant_text(recorded_at), source, run)
            self._recorded[key] = dict(zip(RECORDED, (*values, self.document(conn, document)), strict=True))
        return self._recorded[key]

    @staticmethod
    def series(conn: Connection, number: int) -> tuple[str, ...]:
        """A series' texts; not kept, there are many."""
        query = text(f"SELECT {', '.join(SERIES_KEY)} FROM series WHERE id = :id")  # noqa: S608
        return tuple(conn.execute(query, {"id": number}).one())


def check_filters(filters: Mapping[str, str | None], known: tuple[str, ...] = FILTERS) -> None:
    """Raise UsageError for a filter there is not."""
    if unknown := sorted(set(filters) - set(known)):
        raise UsageError(f"there is no filter {unknown[0]!r}: expected one of {', '.join(known)}")


_DIMENSIONS: Final = ", ".join(f"s.{name}" for name in SERIES_KEY)


def cells(
    ledger: Ledger,
    conn: Connection,
    run: int,
    released: int,
    filters: Mapping[str, str | None],
    *,
    latest: bool = False,
) -> Iterator[Cell]:
    """Cells of which something stands by ``run`` and ``released``, ordered by series and time; ``rows`` not empty.

    With ``latest`` only the last row of each, which the database picks.
    """
    values: dict[str, Any] = {name: v for name, v in filters.items() if name in SERIES_KEY and v is not None}
    where = " AND ".join(f"s.{name} = :{name}" for name in values) or "1 = 1"
    bounds = f"run <= {int(run)} AND released <= {int(released)}"
    if filters.get("period") is not None:
        query = text("SELECT id FROM period WHERE text = :period")
        number = conn.execute(query, {"period": filters["period"]}).scalar() or 0
        bounds += f" AND period = {int(number)}"
    query = text(f"SELECT s.id, {_DIMENSIONS} FROM series s WHERE {where} ORDER BY {_DIMENSIONS}")  # noqa: S608
    with streamed(conn, query, values) as found:
        for some in found.partitions(_SERIES_AT_ONCE):
            # Series by series in the order of their texts; rows without texts, which would be most of what is fetched.
            listed = ", ".join(str(int(one[0])) for one in some)
            within = f"series IN ({listed}) AND {bounds}"
            rows = _last_rows(conn, within) if latest else _all_rows(conn, within)
            ledger.words.learn(conn, "period", {period for cells in rows.values() for period in cells})
            for number, *words in some:
                yield from _in_time(ledger, conn, number, tuple(words), rows.get(number, {}))


#: Series → period → rows.
_Rows = dict[int, dict[int, list[Row]]]


def _fetched(conn: Connection, query: str) -> Iterator[tuple[Any, ...]]:
    """Plain tuples: a Row object each takes as long again as the row."""
    result = conn.exec_driver_sql(query)
    try:
        yield from cast("Any", result.cursor)
    finally:
        result.close()


def _all_rows(conn: Connection, within: str) -> _Rows:
    """What stands of each cell and release: the last recorded, unless withdrawn."""
    found: _Rows = {}
    query = f"SELECT {_ROW} FROM version WHERE {within} ORDER BY series, period, released, run"  # noqa: S608
    for series, period, *rest in _fetched(conn, query):
        rows = found.setdefault(series, {}).setdefault(period, [])
        row = Row(*rest)
        if rows and rows[-1].released == row.released:
            rows[-1] = row
        else:
            rows.append(row)
    for cells_ in found.values():
        for rows in cells_.values():
            if any(row.packed & WITHDRAWN for row in rows):
                rows[:] = [row for row in rows if not row.packed & WITHDRAWN]
    return found


def _last_rows(conn: Connection, within: str) -> _Rows:
    """The last of what stands of each cell."""
    if is_sqlite(conn):  # its bare columns are those of the row that has the maximum
        query = f"""
            SELECT {_ROW}, max(released * {_RUNS} + run) FROM version WHERE {within} GROUP BY series, period
        """  # noqa: S608 - whole numbers
    else:
        query = f"""
            SELECT DISTINCT ON (series, period) {_ROW}, 0 FROM version WHERE {within}
            ORDER BY series, period, released DESC, run DESC
        """  # noqa: S608 - whole numbers
    found: _Rows = {}
    behind, last, periods = set(), 0, found.setdefault(0, {})
    for row in _fetched(conn, query):
        series = row[0]
        if series != last:
            last, periods = series, found.setdefault(series, {})
        if row[5] & WITHDRAWN:
            behind.add(series)
        periods[row[1]] = [_new_row(Row, row[2:8])]
    if behind:  # an earlier release answers: rare, so all rows of the series are looked at
        listed = ", ".join(map(str, sorted(behind)))
        for series, periods in _all_rows(conn, f"{within} AND series IN ({listed})").items():
            found[series] = {period: rows[-1:] for period, rows in periods.items()}
    return found


def _in_time(
    ledger: Ledger, conn: Connection, series: int, words: tuple[str, ...], rows: Mapping[int, list[Row]]
) -> Iterator[Cell]:
    for period in ledger.words.in_time(conn, tuple(rows)):
        if rows[period]:
            yield Cell(series, period, words, rows[period])
