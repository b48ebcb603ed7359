"""What ``queries.show`` answers, part by part as columns: integers of the figures, and coded words of all else.

Nothing here goes figure by figure but what waits for a decision, which is little.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from schemas.fields import FIGURES
from storage.database.id_lists import id_list, id_value
from storage.encoding import codes
from storage.encoding.columns import (
    FOLDED,
    Ints,
    Readings,
    Versions,
    effective,
    find,
    in_force,
    ints,
    make_key,
    split_key,
    unfold,
)
from storage.encoding.figures import series_fields
from storage.encoding.rows import int_rows
from storage.encoding.tables import categories, decode
from storage.queries.cells import DIMENSIONS, last_query
from storage.queries.filters import Filters, check_filters, of_periods, of_series, says, several
from storage.queries.runs import last_run
from storage.state.pending import CONTESTED, HELD, REJECTED, UNREADABLE, Waiting, in_doubt, waiting

if TYPE_CHECKING:
    from storage.handle import Handle

#: By their codes in an array.
_PENDING: Final = ("", HELD, REJECTED, UNREADABLE)
#: Of what waits, by cell.
_Back = dict[tuple[int, int], list[Waiting]]
_FIRST_SERIES: Final = 256


class Part(NamedTuple):
    """Rows of the answer in its order: the figures as integers, and ``FIGURES`` less their numbers, words coded."""

    rows: Versions
    about: pd.DataFrame


@contextmanager
def asked(
    ledger: Handle,
    *,
    as_of: str | None = None,
    released_by: str | None = None,
    with_held: bool = False,
    every: bool = True,
    **filters: str | None,
) -> Iterator[Asked]:
    """The question of ``queries.show``, to be answered in one state of the ledger."""
    check_filters(filters)
    with ledger.reading() as conn:
        run, released = last_run(conn, as_of), codes.release_bound(released_by)
        back = waiting(conn, run, released)
        yield Asked(ledger, conn, run, released, filters, with_held, every, in_doubt(conn, run), back)


@dataclass
class Asked:
    """A question and what is kept back: ``back`` is of cells that were not answered yet."""

    ledger: Handle
    conn: Connection
    run: int
    released: int
    filters: Filters
    with_held: bool
    every: bool  # reading that is held, not the first of a cell alone
    doubted: Mapping[int, Any]
    back: _Back
    left: int = 0  # how many readings of cells wait of which nothing is in force, once all is answered

    def parts(self, at_once: int | None = None) -> Iterator[Part]:
        """The answer, about ``at_once`` rows at a time; None: at once. There is a part, where there is no row too."""
        series = self._series()
        many = len(series) if at_once is None else _FIRST_SERIES
        start = 0
        while start < len(series) or start == 0:
            some = series[start : start + many]
            start += max(many, 1)
            last = start >= len(series)
            part = self._part(some, whole=len(some) == len(series), last=last)
            yield part
            if at_once is not None:  # as many series as have had so many rows
                many = max(1, min(4 * many, many * at_once // max(1, len(part.rows))))

    def kinds(self) -> tuple[set[int], list[str]]:
        """What there is of ``packed`` among all versions that are asked about and what waits; from which sources."""
        among, values = self._among()
        query = f"SELECT DISTINCT packed, run FROM version v WHERE {among} AND {self._bounds()}"  # noqa: S608
        packed, runs = ({*column.tolist()} for column in int_rows(self.conn, query, values, 2))
        if self.with_held:
            packed.update(one.packed for one in self._waiting())
            runs.update(one.run for one in self._waiting())
        known = {self.ledger.words.run(self.conn, run)[0] for run in runs}
        wanted = self.filters.get("source")
        return packed, sorted(known if wanted is None else known & {*several(wanted)})

    def largest(self) -> int:
        """The largest mantissa among those, whatever its sign."""
        among, values = self._among()
        query = f"""SELECT coalesce(min(mantissa), 0), coalesce(max(mantissa), 0) FROM version v
            WHERE {among} AND {self._bounds()}"""  # noqa: S608 - fixed words
        low, high = (int(one[0]) for one in int_rows(self.conn, query, values, 2))
        return max(abs(low), abs(high), *(abs(one.mantissa or 0) for one in self._waiting()), 0)

    def _waiting(self) -> Iterator[Waiting]:
        return (one for readings in self.back.values() for one in readings)

    def _bounds(self) -> str:
        return f"run <= {int(self.run)} AND released <= {int(self.released)} AND {of_periods(self.conn, self.filters)}"

    def _among(self) -> tuple[str, dict[str, Any]]:
        """SQL: the rows of the series that are asked about."""
        where, values = of_series(self.filters)
        among = "1 = 1" if where == "1 = 1" else f"series IN (SELECT s.id FROM series s WHERE {where})"  # noqa: S608
        return among, dict(values)

    def _series(self) -> Ints:
        """The series that are asked about, in the order of their texts."""
        where, values = of_series(self.filters)
        query = f"SELECT s.id FROM series s WHERE {where} ORDER BY {DIMENSIONS}"  # noqa: S608 - fixed words
        (ordered,) = int_rows(self.conn, query, values, 1)
        return ordered

    def _part(self, series: Ints, *, whole: bool, last: bool) -> Part:
        """Rows of these series; of the ``last`` ones also what waits of cells that have no other figure."""
        among, values = self._among()
        if not whole:
            among, values = f"series IN {id_list(self.conn, 'some')}", {"some": id_value(self.conn, series)}
        rows = self._last(f"{among} AND {self._bounds()}", values)
        pending = np.zeros(len(rows), dtype=np.int8)
        doubted = self.doubted
        for at in np.flatnonzero(np.isin(rows.document, list(doubted))) if doubted else ():
            if int(rows.position[at]) in doubted[int(rows.document[at])]:
                pending[at] = _PENDING.index(UNREADABLE)
        held = _mark(rows, pending, self.back)
        places, left = self._in_order(rows, series), self._left() if last else []
        if self.with_held:
            most = None if self.every else 1
            held, left = {place: own[:most] for place, own in held.items()}, [own[:most] for own in left]
            rows, pending, places = _with_held(rows, pending, places, held, left)
        else:
            self.left = sum(map(len, left))
        rows, pending = rows.take(places), pending[places]
        about = {run: self.ledger.words.run(self.conn, run) for run in sorted(pd.unique(rows.run).tolist())}
        if (source := self.filters.get("source")) is not None:
            kept = np.isin(rows.run, [run for run, said in about.items() if said[0] in several(source)])
            rows, pending = rows.take(kept), pending[kept]
        return Part(rows, _about(self.conn, rows, pending, about))

    def _last(self, within: str, values: Mapping[str, Any]) -> Versions:
        """The last of what stands of each cell, sorted by cell; positions are 0 where nothing is in doubt."""
        columns, width = (f"{FOLDED}, position", 5) if self.doubted else (FOLDED, 4)

        def versions(query: str, values: Mapping[str, Any]) -> Versions:
            return unfold(*int_rows(self.conn, query, dict(values), width))

        found = versions(last_query(self.conn, within, columns), values)
        gone = codes.withdrawn(found.packed)
        if not gone.any():
            return found
        # An earlier release answers: rare, so all rows of the series are looked at.
        behind = np.unique(split_key(found.key[gone])[0])
        query = f"""
            SELECT {columns} FROM version v WHERE {within} AND series IN {id_list(self.conn, "behind")}
            ORDER BY series, period, released, run
        """  # noqa: S608 - whole numbers
        stands = in_force(effective(versions(query, {**values, "behind": id_value(self.conn, behind)})))
        known = found.take(~np.isin(split_key(found.key)[0], behind))
        both = Versions.concatenate([known, stands])
        return both.take(np.argsort(both.key, kind="stable"))

    def _in_order(self, rows: Versions, ordered: Ints) -> Ints:
        """The places of the rows in the order of answers: series by their texts, periods in time."""
        words, conn = self.ledger.words, self.conn
        series, period = split_key(rows.key)
        known = sorted(pd.unique(period).tolist())
        words.learn(conn, "period", known)
        by_time = ints([*sorted(known, key=lambda number: (*words.period(conn, number)[::-1], number)), 0])
        place = np.zeros(int(ordered.max(initial=0)) + 1, dtype=np.int64)
        place[ordered] = np.arange(len(ordered))
        when = np.zeros(int(by_time.max()) + 1, dtype=np.int64)
        when[by_time[:-1]] = np.arange(len(by_time) - 1)
        return ints(np.argsort(place[series] * len(by_time) + when[period], kind="stable"))

    def _left(self) -> list[list[Waiting]]:
        """What is held of cells of which nothing is published, cell by cell."""
        found, words = [], self.ledger.words
        for readings in self.back.values():
            own = []
            for one in (one for one in readings if one.state == HELD):
                series, period = words.series(self.conn, one.series), words.period(self.conn, one.period)[0]
                answer = series_fields(series, period) | {"source": words.run(self.conn, one.run)[0]}
                own += [one] if says(answer, self.filters) else []
            found += [own] if own else []
        return found


def _mark(rows: Versions, pending: Any, back: _Back) -> dict[int, list[Waiting]]:
    """Mark cells of which something newer waits or was rejected; those are taken from ``back``.

    By place among the rows what answers instead, where held figures are asked for.
    """
    held = {}
    at, there = find(rows.key, make_key(ints([cell[0] for cell in back]), ints([cell[1] for cell in back])))
    for cell, place in [
        (cell, int(place)) for cell, place, is_there in zip(list(back), at, there, strict=True) if is_there
    ]:
        date, packed = int(rows.released[place]), int(rows.packed[place])
        mantissa = None if codes.absent(packed) else int(rows.mantissa[place])
        newer = [one for one in back.pop(cell) if one.pending(date, mantissa, packed)]
        if newer:
            waits = {one.state for one in newer} & {HELD, CONTESTED}
            pending[place] = _PENDING.index(HELD if waits else REJECTED)
        if readings := [one for one in newer if one.state == HELD]:
            held[place] = readings
    return held


def _with_held(
    rows: Versions, pending: Any, places: Ints, held: Mapping[int, Sequence[Waiting]], left: Sequence[Sequence[Waiting]]
) -> tuple[Versions, Any, Ints]:
    """The rows with those that are held in their places, and at the end those of cells that have no other."""
    more = [one for readings in (*held.values(), *left) for one in readings]
    if not more:
        return rows, pending, places
    last = max(len(rows), 1)
    # The places of a row's own readings follow it, before the next row's.
    order = np.empty(len(rows), dtype=np.int64)
    order[places] = np.arange(len(rows))
    of = [*(int(order[place]) for place, own in held.items() for _ in own), *(last for own in left for _ in own)]
    columns = [ints(one) for one in zip(*((one.released, one.run, one.mantissa or 0, one.packed, one.document,
                                           one.position) for one in more), strict=True)]  # fmt: skip
    key = make_key(ints([one.series for one in more]), ints([one.period for one in more]))
    every = Versions.concatenate([rows, Versions(key, *columns)])
    marks = np.concatenate([pending, np.full(len(more), _PENDING.index(HELD), dtype=np.int8)])
    kept = np.argsort(np.concatenate([order, ints(of)]), kind="stable")
    return every, marks, ints(kept[~np.isin(kept, list(held))])


def _about(conn: Connection, rows: Versions, pending: Any, about: Mapping[int, tuple[str, int]]) -> pd.DataFrame:
    """All of ``FIGURES`` but the numbers."""
    frame = decode(conn, Readings(*(getattr(rows, field.name) for field in fields(Readings))))
    runs = ints(sorted(about))
    run = np.searchsorted(runs, rows.run)
    instants = np.array([about[number][1] for number in runs.tolist()], dtype="datetime64[us]")
    data: dict[str, Any] = {name: frame[name] for name in frame if name in FIGURES}
    data |= {
        "recorded_at": pd.DatetimeIndex(instants).tz_localize("UTC").take(run),
        "pending": categories(pending, list(_PENDING)),
        "source": categories(run, [about[number][0] for number in runs.tolist()]),
        "run": rows.run,
        "accepted": codes.accepted(rows.packed),
    }
    return pd.DataFrame({name: data[name] for name in FIGURES if name in data}, copy=False)
