"""What is accepted is published: as its release says it, or as a further sequence of that; and what gives way to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from storage.database.conditions import JOINING, JOINS_FAILING
from storage.deciding.asked import Asked
from storage.encoding import codes
from storage.encoding.columns import Ints, Readings, distinct
from storage.encoding.comparing import narrowest
from storage.encoding.rows import insert_versions
from storage.publish.changes import fold
from storage.publish.printings import rewrite_printings
from storage.publish.superseding import end_superseded, supersede, superseded_in_ledger
from storage.state.accepted import accept
from storage.state.held import end_held, held_blocks, held_figures
from storage.state.releases import instead_of, last_sequence, published, release_readings
from storage.state.sequences import free_sequence


@dataclass(frozen=True)
class Accepted:
    """A held block, its readings, and those of them that are accepted."""

    held: Asked
    readings: Readings
    own: Readings

    @property
    def joins(self) -> bool:
        """Whether it is published in the place of what stands."""
        return self.held.cause in JOINING


def publish(conn: Connection, run: int, accepted: Sequence[Accepted]) -> None:
    """Put what was accepted in force, as far as it is news."""
    moved = {}
    for dataset in sorted({one.held.dataset for one in accepted}):
        own = [one for one in accepted if one.held.dataset == dataset]
        sequences = _publish(conn, run, dataset, own)
        if len(sequences):
            moved[dataset] = sequences
    if moved:
        rewrite_printings(conn, run, moved)


def _publish(conn: Connection, run: int, dataset: str, accepted: Sequence[Accepted]) -> Readings:
    """Of one dataset; what is a sequence by itself now, under that."""
    whole = [one for one in accepted if not one.joins]
    joins = [one for one in accepted if one.joins]
    keys = distinct(np.concatenate([one.readings.key for one in accepted]))
    for released in sorted({one.held.released for one in whole}):
        here = [one for one in whole if one.held.released == released]
        mine = distinct(np.concatenate([one.own.key for one in here]))
        accept(conn, dataset, run, released, mine, np.concatenate([one.readings.key for one in here]))
    end_held(conn, run, "accepted", (one.held.id for one in whole))
    said = {one: published(conn, dataset, one, keys) for one in {one.held.released for one in whole}}
    moved = _in_sequences(conn, dataset, joins)
    apart = Readings.concatenate([readings for readings, _ in moved])
    failing = np.concatenate([np.zeros(0, dtype=bool), *(np.full(len(readings), fails) for readings, fails in moved)])
    for released in distinct(apart.released).tolist():
        now = apart.released == released
        own, fails = apart.take(now), failing[now]
        best = narrowest(own)
        says = own.take(best)
        says = replace(says, packed=codes.with_accepted(says.packed, fails[best]))
        said[released] = Readings.concatenate([_said(conn, dataset, released, keys), says])
        if fails.any():
            accept(conn, dataset, run, released, distinct(own.key[fails]), own.key)
    # What joins is held until here: its release is folded without it.
    insert_versions(conn, fold(conn, dataset, run, said, keys).rows)
    end_held(conn, run, "accepted", (one.held.id for one in joins))
    return apart


def _in_sequences(conn: Connection, dataset: str, joins: Sequence[Accepted]) -> list[tuple[Readings, bool]]:
    """What joined a release and contradicts it, each under the sequence that it is now, and whether that fails too."""
    found: list[tuple[Readings, bool]] = []
    for first in sorted({int(codes.base(one.held.released)) for one in joins}):
        last = last_sequence(conn, dataset, first)
        said = {
            one: set(release_readings(conn, dataset, one).key.tolist())
            for one in {one.released for one in instead_of(conn, dataset, first)}
        }
        for one in joins:
            if codes.base(one.held.released) != first:
                continue
            cells = set(one.own.key.tolist())
            if (released := free_sequence(said, cells)) is None:
                released = last = codes.next_sequence(last)
            said.setdefault(released, set()).update(cells)
            moved = replace(one.own, released=np.full(len(one.own), released, dtype=np.int64))
            found.append((moved, one.held.cause == JOINS_FAILING))
    return found


def _said(conn: Connection, dataset: str, released: int, keys: Ints) -> Readings:
    """What a sequence that stands in place of others says already."""
    nothing = Readings.concatenate([])
    known = {one.released for one in instead_of(conn, dataset, int(codes.base(released)))}
    return published(conn, dataset, released, keys) if released in known else nothing


def give_way(conn: Connection, run: int, dataset: str, accepted: Sequence[Accepted]) -> None:
    """End what was accepted supersedes, and what was rejected and another document of its release is in place of.

    Once for all that was decided: what is held is asked for as a whole.
    """
    if accepted:
        keys = np.concatenate([one.own.key for one in accepted])
        dates = np.repeat([one.held.released for one in accepted], [len(one.own) for one in accepted])
        supersede(conn, run, dataset, keys, dates)
    rejected = [one for one in held_blocks(conn, dataset) if one.rejected]
    figures = held_figures(conn, [one.id for one in rejected])
    end_superseded(conn, run, dataset, superseded_in_ledger(conn, dataset, rejected, figures))
