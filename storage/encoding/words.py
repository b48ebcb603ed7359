"""The texts behind small integers: periods, runs, documents, series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Connection

from schemas.errors import LedgerError
from schemas.vocabulary import SERIES_KEY
from storage.database.connection import tuples
from storage.encoding import codes
from storage.encoding.figures import FIGURE, marks
from storage.encoding.period_names import names

T = TypeVar("T")

#: What is told of a small integer, by table.
_WORDS: Final = {"period": "text, start, length", "run": "source, recorded_at", "document": "sha256"}
#: What rows of one release, run and document have in common.
RECORDED: Final = ("released", "recorded_at", "source", "run", "document")
#: The fields of an answer besides the series and the period, in their order.
_EMPTY: Final = dict.fromkeys((*FIGURE, *RECORDED, "pending"), "")
_ALIKE_KEPT: Final = 10_000
#: Series, period, and what a ``Version`` has.
CellRow = tuple[int, int, int, int, int | None, int, int, int]


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items, so many at a time."""
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
        for some in batched(numbers, 500):
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
            if len(self._alike) >= _ALIKE_KEPT:
                self._alike.clear()
            self._alike[key] = {**_EMPTY, "accepted": codes.accepted(packed), **marks(packed), **said}
        return self._alike[key]

    @staticmethod
    def series(conn: Connection, number: int) -> tuple[str, ...]:
        """A series' texts; not kept, there are many."""
        query = f"SELECT {', '.join(SERIES_KEY)} FROM series WHERE id = :id"  # noqa: S608
        found: tuple[str, ...] | None = next(tuples(conn, query, {"id": number}), None)
        if found is None:
            raise LedgerError(f"the ledger is damaged: a figure names series {number}, which is not there")
        return found
