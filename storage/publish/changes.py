"""Only change is written: from what releases say, in their order, to the rows of ``version``.

The first figure of a cell comes into force; a later release writes a row only where its figure is news beside the one
in force. What should stand is compared with what stands, so a late release moves rows after it as well, and answers
are those of releases that had come in order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from storage.encoding import codes
from storage.encoding.columns import Flags, Ints, Readings, Versions, distinct, effective, find, in_force, ints, last_of
from storage.encoding.comparing import differs
from storage.encoding.versions import load_versions
from storage.state.releases import published, releases_from


@dataclass
class _Standing:
    """A figure (or none) for each touched cell."""

    there: Flags
    mantissa: Ints
    packed: Ints

    @staticmethod
    def of(size: int) -> _Standing:
        return _Standing(np.zeros(size, dtype=bool), np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64))

    def put(self, at: Ints, mantissa: Ints, packed: Ints) -> None:
        self.there[at], self.mantissa[at], self.packed[at] = True, mantissa, packed

    def copy(self) -> _Standing:
        return _Standing(self.there.copy(), self.mantissa.copy(), self.packed.copy())

    def unlike(self, other: _Standing, same: Callable[[Ints, Ints], Flags]) -> Flags:
        both = self.there & other.there
        change: Flags = (self.mantissa != other.mantissa) | ~same(self.packed, other.packed)
        unlike: Flags = (self.there != other.there) | (both & change)
        return unlike


@dataclass(frozen=True)
class Folded:
    """Rows to insert, and for each release that was given: the touched cells' figures in force after it."""

    rows: Versions
    keys: Ints
    after: Mapping[int, _Standing]

    def in_force(self, readings: Readings, released: int) -> Flags:
        """Which readings are printed with exactly the figure in force after ``released``."""
        at, there = find(self.keys, readings.key)
        now = self.after[released]
        same: Flags = there & now.there[at] & (now.mantissa[at] == readings.mantissa)
        same &= codes.same(now.packed[at], readings.packed)
        return same


def fold(conn: Connection, dataset: str, run: int, said: Mapping[int, Readings], touched: Ints) -> Folded:
    """Fold releases of a dataset over the ``touched`` cells (sorted, unique).

    ``said`` gives the releases that are new or judged anew: what each publishes, one reading a cell. All that later
    releases say is read from the ledger, for the cells where it matters.
    """
    if not said or not len(touched):
        return Folded(Versions(*(ints() for _ in range(7))), touched, {r: _Standing.of(len(touched)) for r in said})
    first, last = min(said), max(said)
    rows, base = _before(conn, touched, first)
    standing = effective(rows)
    now = _Standing.of(len(touched))
    now.put(find(touched, base.key)[0], base.mantissa, base.packed)
    recorded = now.copy()
    later = standing.take(standing.released >= first)
    new: list[Versions] = []
    after: dict[int, _Standing] = {}
    for released in sorted({*said, *releases_from(conn, dataset, first), *distinct(later.released).tolist()}):
        if released in said:
            says, active = said[released], np.ones(len(touched), dtype=bool)
        else:
            active = now.unlike(recorded, codes.same)
            if not active.any():
                if released > last:
                    break  # from here on what stands is what should stand
                says = Readings(*(ints() for _ in range(6)))
            else:
                says = published(conn, dataset, released, touched[active], rows)
        at, _ = find(touched, says.key)
        news = ~now.there[at]
        met = np.flatnonzero(~news)  # only where a figure is in force is there anything to compare with
        here = at[met]
        news[met] = differs(says.mantissa[met], says.packed[met], now.mantissa[here], now.packed[here])
        should = _Standing.of(len(touched))
        should.put(at[news], says.mantissa[news], says.packed[news])
        have = _Standing.of(len(touched))
        there = later.take(later.released == released)
        place, _ = find(touched, there.key)
        have.put(place, there.mantissa, there.packed)
        change = active & should.unlike(have, codes.same_row)
        source = np.full(len(touched), -1, dtype=np.int64)
        source[at] = np.arange(len(at))
        new.append(_rows(touched, released, run, change, should, says, source))
        # Where nothing moved, what stands at this release is what should.
        keep = there.take(~active[place])
        now.put(find(touched, keep.key)[0], keep.mantissa, keep.packed)
        now.put(at[news], says.mantissa[news], says.packed[news])
        recorded.put(place, there.mantissa, there.packed)
        if released in said:
            after[released] = now.copy()
    return Folded(Versions.concatenate(new), touched, after)


def returned(conn: Connection, rows: Versions, freed: Readings) -> int:
    """How many of the ``rows`` that were written now, of readings that are held no more, had been withdrawn."""
    back, found = rows.take(~codes.withdrawn(rows.packed)), 0
    for released in distinct(freed.released).tolist():
        own = freed.key[freed.released == released]
        own = distinct(back.key[(back.released == released) & np.isin(back.key, own)])
        before = load_versions(conn, own, since=released, until=released) if len(own) else rows.take(ints())
        before = before.take((before.released == released) & ~np.isin(before.run, rows.run) & np.isin(before.key, own))
        last = before.take(last_of(before.key))
        found += int(codes.withdrawn(last.packed).sum())
    return found


def _before(conn: Connection, touched: Ints, first: int) -> tuple[Versions, Versions]:
    """Rows of the touched cells from the release ``first`` on and of some before; what is in force before it."""
    for since in (first, None):
        rows = load_versions(conn, touched, since)
        rows = rows.take(find(touched, rows.key)[1])
        before = rows.take(rows.released < first)
        base = in_force(effective(before))
        if len(base) == len(distinct(before.key)):
            break  # else all that was read of some cell is withdrawn: what stands may be older
    return rows, base


def _rows(
    touched: Ints, released: int, run: int, change: Flags, should: _Standing, says: Readings, source: Ints
) -> Versions:
    """The rows of one release: figures where there should be one, else the word that it says nothing more."""
    at = np.flatnonzero(change)
    figure = should.there[at]
    nothing = codes.pack(0, status="M", flags=codes.WITHDRAWN)
    place = np.maximum(source[at], 0)
    empty = not len(says)
    size = np.full(len(at), 1, dtype=np.int64)
    return Versions(
        touched[at],
        size * released,
        size * run,
        np.where(figure, should.mantissa[at], 0),
        np.where(figure, should.packed[at], nothing),
        size * 0 if empty else np.where(figure, says.document[place], 0),
        size * 0 if empty else np.where(figure, says.position[place], 0),
    )
