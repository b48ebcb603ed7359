"""Cells and what stands of them, streamed in order of series and period: the one way answers read ``version``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast

from sqlalchemy import Connection

from schemas.errors import FigureError, LedgerError, UsageError
from schemas.periods import months
from schemas.vocabulary import FLOWS, MEASURES, SERIES_KEY
from storage import codes
from storage.codes import WITHDRAWN
from storage.database import is_sqlite, tuples
from storage.figure_fields import FIGURE, marks
from storage.period_names import names, numbers_of

if TYPE_CHECKING:
    from storage.ledger import Ledger

_T = TypeVar("_T")

#: What may be asked of a figure.
FILTERS: Final = (*SERIES_KEY, "period", "source")
#: What is told of a small integer, by table.
_WORDS: Final = {"period": "text, start, length", "run": "source, recorded_at", "document": "sha256"}
_ROW: Final = "series, period, released, run, mantissa, packed, document, position"
#: What rows of one release, run and document have in common.
RECORDED: Final = ("released", "recorded_at", "source", "run", "document")
#: The fields of an answer besides the series and the period, in their order.
_EMPTY: Final = dict.fromkeys((*FIGURE, *RECORDED, "pending"), "")
_ALIKE_KEPT: Final = 10_000
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


def _batched(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    ahead = iter(items)
    while some := list(islice(ahead, size)):
        yield some


class Words:
    """Texts behind small integers. They never change, so each is looked up once for an open ledger."""

    def __init__(self) -> None:
        self._known: dict[str, dict[int, Any]] = {name: {} for name in _WORDS}
        self._periods = self._known["period"]
        self._alike: dict[tuple[int, int, int, int], dict[str, Any]] = {}
        self._numbers: list[int] = []
        self._places: list[int] | None = None  # None: as they come
        self._texts: list[str] = []

    def learn(self, conn: Connection, kind: str, numbers: Iterable[int]) -> None:
        """Look up what is not known yet of ``period``, ``run`` or ``document``, many at a time."""
        known = self._known[kind]
        numbers = sorted(set(numbers) - known.keys())
        for some in _batched(numbers, 500):
            query = f"SELECT id, {_WORDS[kind]} FROM {kind} WHERE id IN ({', '.join(map(str, some))})"  # noqa: S608
            rows = {row[0]: row[1:] for row in tuples(conn, query)}
            if kind == "period":
                rows = {number: (name, rows[number][1]) for number, name in names(conn, rows).items()}
            known.update(rows)

    def _one(self, conn: Connection, kind: str, number: int) -> Any:
        known = self._known[kind]
        if number not in known:
            self.learn(conn, kind, [number])
        if number not in known:
            raise LedgerError(f"the ledger is damaged: a figure names {kind} {number}, which is not there")
        return known[number]

    def period(self, conn: Connection, number: int) -> tuple[str, int]:
        """A period's text and first month."""
        found: tuple[str, int] | None = self._periods.get(number)
        return found or self._one(conn, "period", number)

    def in_time(self, conn: Connection, rows: list[CellRow]) -> tuple[list[CellRow], list[str]]:
        """Rows of a series, sorted by period, in order of time, and their periods.

        Series after series mostly has the same periods: they are looked up and sorted once.
        """
        numbers = [row[1] for row in rows]
        if self._numbers != numbers:
            self.learn(conn, "period", numbers)
            places = sorted(range(len(rows)), key=lambda at: (self.period(conn, numbers[at])[::-1], at))
            self._numbers, self._places = numbers, None if places == list(range(len(rows))) else places
            self._texts = [self.period(conn, numbers[at])[0] for at in places]
        return rows if self._places is None else [rows[at] for at in self._places], self._texts

    def run(self, conn: Connection, number: int) -> tuple[str, int]:
        """A run's source and time."""
        found: tuple[str, int] = self._one(conn, "run", number)
        return found

    def document(self, conn: Connection, number: int) -> str:
        """A document's SHA-256."""
        found: str = self._one(conn, "document", number)[0]
        return found

    def alike(self, conn: Connection, released: int, run: int, packed: int, document: int) -> dict[str, Any]:
        """What figures of one release, run and document have in common, of whatever series; the rest of it ""."""
        key = (released, run, packed, document)
        if key not in self._alike:
            source, recorded_at = self.run(conn, run)
            values = (codes.release_text(released), codes.instant_text(recorded_at), source, run)
            said = dict(zip(RECORDED, (*values, self.document(conn, document)), strict=True))
            accepted = bool(packed & codes.ACCEPTED)
            if len(self._alike) >= _ALIKE_KEPT:
                self._alike.clear()
            self._alike[key] = {**_EMPTY, "accepted": accepted, **marks(packed), **said}
        return self._alike[key]

    @staticmethod
    def series(conn: Connection, number: int) -> tuple[str, ...]:
        """A series' texts; not kept, there are many."""
        query = f"SELECT {', '.join(SERIES_KEY)} FROM series WHERE id = :id"  # noqa: S608
        found: tuple[str, ...] | None = next(tuples(conn, query, {"id": number}), None)
        if found is None:
            raise LedgerError(f"the ledger is damaged: a figure names series {number}, which is not there")
        return found


def check_filters(filters: Mapping[str, str | None], known: tuple[str, ...] = FILTERS) -> None:
    """Raise UsageError for a filter there is not, and for a value no figure can have."""
    if unknown := sorted(set(filters) - set(known)):
        raise UsageError(f"there is no filter {unknown[0]!r}: expected one of {', '.join(known)}")
    for name, words in (("flow", FLOWS), ("measure", MEASURES)):
        if (word := filters.get(name)) is not None and word not in words:
            raise UsageError(f"there is no {name} {word!r}: expected one of {', '.join(words)}")
    if (period := filters.get("period")) is not None:
        try:
            months(period)
        except FigureError as exc:
            raise UsageError(str(exc)) from None


_DIMENSIONS: Final = ", ".join(f"s.{name}" for name in SERIES_KEY)
#: Series, period, and what a Row has.
CellRow = tuple[int, int, int, int, int | None, int, int, int]


def cells(
    ledger: Ledger, conn: Connection, run: int, released: int, filters: Mapping[str, str | None]
) -> Iterator[Cell]:
    """Cells of which something stands by ``run`` and ``released``, ordered by series and time; ``rows`` not empty."""
    for words, rows, _ in _series_by_series(ledger, conn, run, released, filters, _all_rows):
        for (series, period), of_cell in groupby(rows, key=itemgetter(0, 1)):
            stands = [_new_row(Row, row[2:]) for row in of_cell if not row[5] & WITHDRAWN]
            if stands:
                yield Cell(series, period, words, stands)


def latest(
    ledger: Ledger, conn: Connection, run: int, released: int, filters: Mapping[str, str | None]
) -> Iterator[tuple[tuple[str, ...], list[CellRow], list[str]]]:
    """Series by series its texts, of each of its cells in order of time the last row that stands, and their periods."""
    return _series_by_series(ledger, conn, run, released, filters, _last_rows)


def _series_by_series(
    ledger: Ledger,
    conn: Connection,
    run: int,
    released: int,
    filters: Mapping[str, str | None],
    rows_of: Callable[[Connection, str], list[CellRow]],
) -> Iterator[tuple[tuple[str, ...], list[CellRow], list[str]]]:
    values: dict[str, Any] = {name: v for name, v in filters.items() if name in SERIES_KEY and v is not None}
    where = " AND ".join(f"s.{name} = :{name}" for name in values) or "1 = 1"
    bounds = f"run <= {int(run)} AND released <= {int(released)}"
    if period := filters.get("period"):
        bounds += f" AND period IN ({', '.join(map(str, numbers_of(conn, period))) or '0'})"
    query = f"SELECT s.id, {_DIMENSIONS} FROM series s WHERE {where} ORDER BY {_DIMENSIONS}"  # noqa: S608
    for some in _batched(tuples(conn, query, values, streamed=True), _SERIES_AT_ONCE):
        # Series by series in the order of their texts; rows without texts, which would be most of what is fetched.
        listed = ", ".join(str(int(one[0])) for one in some)
        rows = rows_of(conn, f"series IN ({listed}) AND {bounds}")
        found = {number: list(own) for number, own in groupby(rows, key=itemgetter(0))}
        for number, *words in some:
            if number in found:
                yield tuple(words), *ledger.words.in_time(conn, found[number])


def _all_rows(conn: Connection, within: str) -> list[CellRow]:
    """Of each cell and release what was recorded last."""
    query = f"SELECT {_ROW} FROM version WHERE {within} ORDER BY series, period, released, run"  # noqa: S608
    # Of rows with the same key a dict keeps the last.
    return list({row[:3]: row for row in tuples(conn, query)}.values())


def _last_rows(conn: Connection, within: str) -> list[CellRow]:
    """The last of what stands of each cell."""
    if is_sqlite(conn):  # its bare columns are those of the row that has the maximum
        query = f"""
            SELECT {_ROW} FROM version WHERE {within} GROUP BY series, period
            HAVING max(released * {_RUNS} + run) IS NOT NULL
        """  # noqa: S608 - whole numbers
    else:
        query = f"""
            SELECT DISTINCT ON (series, period) {_ROW} FROM version WHERE {within}
            ORDER BY series, period, released DESC, run DESC
        """  # noqa: S608 - whole numbers
    found = list(tuples(conn, query))
    if not any(packed & WITHDRAWN for packed in {row[5] for row in found}):
        return found
    behind = {row[0] for row in found if row[5] & WITHDRAWN}
    # An earlier release answers: rare, so all rows of the series are looked at.
    listed = ", ".join(map(str, sorted(behind)))
    stands = (row for row in _all_rows(conn, f"{within} AND series IN ({listed})") if not row[5] & WITHDRAWN)
    last = {row[:2]: row for row in stands}
    return sorted([*(row for row in found if row[0] not in behind), *last.values()], key=itemgetter(0, 1))
