"""One dataset's readings in a publish: everything that was judged, in order, and what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from schemas.errors import LedgerError
from storage.encoding import codes
from storage.encoding.columns import Flags, Ints, Readings, distinct, find, ints, last_of
from storage.encoding.tables import encode
from storage.publish.brought import Brought, Pair
from storage.state.held import Wanted
from storage.state.standing import begun

#: What becomes of a reading.
FREE, HELD, REFUSED = 0, 1, 2


@dataclass
class Rows:
    """Readings of one dataset; ``places`` of their block ids among ``texts``, if anything may be kept back."""

    id: str
    readings: Readings
    fresh: Flags  # brought by this batch
    begun: Flags  # in the sequence that its document begins; the same reading again in those after it
    places: Ints
    texts: npt.NDArray[np.object_]
    waits: Flags  # joined later and contradicts what stands (``schemas.joining``)
    sound: Flags  # … though everything holds with it in the place of that
    contested: Flags
    status: Ints = field(init=False)
    accepted: Flags = field(init=False)
    instead: Flags = field(init=False)  # accepted as a sequence of its own
    wanted: list[Wanted] = field(default_factory=list)
    sequences: set[int] = field(default_factory=set)
    settled: dict[Pair, str] = field(default_factory=dict)  # how a decision, or a later release, settled it at once

    def __post_init__(self) -> None:
        self.status = np.zeros(len(self.readings), dtype=np.int64)
        self.accepted = np.zeros(len(self.readings), dtype=bool)
        self.instead = np.zeros(len(self.readings), dtype=bool)

    @property
    def releases(self) -> list[int]:
        """Releases that were judged, and sequences of them that a person accepted."""
        return [*self._judged, *self.sequences]

    @cached_property
    def _judged(self) -> list[int]:
        return [int(released) for released in distinct(self.readings.released)]

    def move(self, at: Ints, released: int) -> None:
        """Make readings a sequence of their own."""
        dates = self.readings.released.copy()
        dates[at] = released
        self.readings = replace(self.readings, released=dates)
        self.sequences.add(released)

    @property
    def free(self) -> Flags:
        """Which readings are published."""
        free: Flags = self.status == FREE
        return free

    @cached_property
    def _codes(self) -> Mapping[str, int]:
        return {text: at for at, text in enumerate(self.texts)}

    @cached_property
    def _sorted(self) -> tuple[Ints, Ints]:
        """Rows in order of release and block, and what they are ordered by."""
        by = self.readings.released * (len(self.texts) + 1) + self.places
        order = ints(np.argsort(by, kind="stable"))
        return order, by[order]

    def of_block(self, block: str, released: int) -> Ints:
        """Places of a block of a release."""
        order, by = self._sorted
        wanted = released * (len(self.texts) + 1) + self._codes[block]
        return order[np.searchsorted(by, wanted) : np.searchsorted(by, wanted, side="right")]

    def once(self, at: Ints, become: Ints) -> Ints:
        """Of rows ``at`` places of one for each figure: of the sequences in which it stands that where it became most.

        Of those alike (``become``) the first. What one place prints twice is two figures.
        """
        r = self.readings.take(at)
        name = (r.position, r.document, r.packed, r.mantissa, r.key, codes.base(r.released))
        order, first = _ordered(r.released, *name)
        number = np.arange(len(order))
        again = np.empty_like(order)
        again[order] = number - np.maximum.accumulate(np.where(first, number, 0))
        order = np.lexsort((r.released, -become, again, *name))
        return ints(order[_first(*(one[order] for one in (again, *name)))])

    def documents(self, rows: Ints) -> list[Ints]:
        """Those of ``rows`` that are of each document."""
        of = self.readings.document[rows]
        return [rows[of == document] for document in sorted(set(of.tolist()))]

    def blocks(self, rows: Ints) -> list[str]:
        """Block ids that occur in ``rows``."""
        return [str(self.texts[code]) for code in np.unique(self.places[rows])]


def best_of(readings: Readings, best: Readings) -> Flags:
    """Which readings of a release say what is published of it, one reading a cell (``best``, in order of cells)."""
    at, there = find(best.key, readings.key)
    found: Flags = there & (best.mantissa[at] == readings.mantissa)
    found &= codes.same(best.packed[at], readings.packed)
    return found


def rows_of(conn: Connection, brought: Brought, documents: Mapping[str, int]) -> list[Rows]:
    """Everything that was judged, by dataset: what is stored, then what is new; ``documents`` maps SHA-256 to ids."""
    context = brought.context
    fresh, names, in_dataset = encode(conn, brought.news.readings, documents, create=True)
    if (fresh.document < 0).any():
        raise LedgerError("a reading names a document that is not in the batch")
    everything = Readings.concatenate([context.stored, fresh])
    datasets = sorted({*names, *context.stored_datasets})
    numbers = {name: at for at, name in enumerate(datasets)}
    of_stored = ints([numbers[name] for name in context.stored_datasets])[context.stored_in]
    of = np.concatenate([of_stored, ints([numbers[name] for name in names])[in_dataset]])
    found, joining = [], brought.joining
    for name, number in numbers.items():
        at = ints(np.flatnonzero(of == number))
        places = brought.places[at] if len(brought.places) else brought.places
        own = everything.take(at)
        joins = (joining.waits[at], joining.sound[at], joining.contested[at]) if joining else _none(len(at))
        found.append(Rows(name, own, at >= len(context.stored), begun(own), places, brought.blocks, *joins))
    return found


def _ordered(*columns: Ints) -> tuple[Ints, Flags]:
    """Places in order of columns, the last one first, and which of them are the first with their values."""
    order = ints(np.lexsort(columns))
    return order, _first(*(one[order] for one in columns))


def _first(*columns: Ints) -> Flags:
    """In sorted columns: whether a row is the first with its values."""
    return np.append(np.ones(min(len(columns[0]), 1), dtype=bool), last_of(*columns)[:-1])


def _none(size: int) -> tuple[Flags, Flags, Flags]:
    nothing = np.zeros(size, dtype=bool)
    return nothing, nothing, nothing
