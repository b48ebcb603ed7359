"""What a batch meets in the ledger: the readings of the releases it touches, and whether it brings anything at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection

from storage.encoding import codes
from storage.encoding.columns import Readings, ints
from storage.encoding.tables import decode
from storage.publish.batch import Context
from storage.publish.touched.families import standing_of
from storage.publish.touched.known import Known, pairs
from storage.publish.touched.overruling import overruling
from storage.publish.touched.stored import (
    accepted_again,
    accepted_flags,
    decided_about,
    first_read,
    in_place_of_others,
    of_others,
    said_before,
    touched_releases,
)
from storage.state.runs import last_change
from storage.state.standing import Standing

if TYPE_CHECKING:
    from storage.publish.batch import Batch

#: Dataset, first code of a date and document → the sequence that it began, where that is not the first.
_Begins = Mapping[tuple[str, int, int], int]


def context(conn: Connection, batch: Batch, kind: str = "collect") -> Context:
    """See ``Ledger.context``."""
    known = Known.of(conn, batch, kind)
    was = {(dataset, int(codes.base(released))) for dataset, released, _ in known.was}
    families = pairs(batch.parsed.readings, "dataset") | was
    unread = {fault.dataset for fault in batch.parsed.unreadable if fault.dataset}
    touched = touched_releases(conn, families, unread, Standing())
    begins = {(d, codes.base(one), number): one for d, one, number in known.was if codes.sequence(one) > 1}
    if known.brings_nothing(batch):
        return _unchanged(conn, known, touched, begins)
    replaced = said_before(conn, touched, sorted(known.ids.values()))
    mended = known.read_the_same(conn, batch, replaced)
    dated = known.dated_otherwise(batch)
    others = replace(batch, documents=[one for one in batch.documents if one.sha256 not in dated])
    ids = {sha: number for sha, number in known.ids.items() if sha not in dated}
    standing, families = standing_of(conn, others, ids, families)
    moved = {number for name, released, number in known.was if standing.begins(name, released, number) != released}
    known.same -= {sha for sha in known.before if known.ids[sha] in moved} - known.taken
    if kind == "collect" and known.brings_nothing(batch):
        # A newer parser reads the same: as little news as from the old one, and what was rejected stays so.
        return _unchanged(conn, known, touched, begins)
    touched = touched_releases(conn, families, unread, standing)
    return _changed(conn, known, touched, begins, replaced, standing, dated, mended)


def _unchanged(conn: Connection, known: Known, touched: Mapping[str, frozenset[int]], begins: _Begins) -> Context:
    """Of a batch that brings nothing."""
    empty, names = Readings.concatenate([]), sorted(touched)
    token = last_change(conn, names)
    same = frozenset(known.same)
    return Context(
        *(decode(conn, empty), True, token, names, touched, empty, [], ints(), {}, known.ids, same), begins=begins
    )


def _changed(
    conn: Connection,
    known: Known,
    touched: Mapping[str, frozenset[int]],
    begins: _Begins,
    replaced: Mapping[str, Readings],
    standing: Standing,
    dated: frozenset[str],
    mended: frozenset[str],
) -> Context:
    """Of one whose releases are to be judged."""
    names, ids = sorted(touched), known.ids
    # Of documents that say what they said before nothing is replaced.
    again = [ids[sha] for sha in known.before if sha not in known.same]
    same = {sha: ids[sha] for sha in known.same}
    stand = known.taken | dated | decided_about(conn, touched, same)
    own = sorted(number for sha, number in ids.items() if sha not in stand)
    stored, places, aside = of_others(conn, touched, own, standing)
    instead, replaced = in_place_of_others(conn, standing, again, replaced)
    gone = {dataset: readings.take(np.isin(readings.document, again)) for dataset, readings in replaced.items()}
    return Context(
        decode(conn, stored),
        False,
        last_change(conn, names),
        names,
        touched,
        stored,
        names,
        places,
        {dataset: readings for dataset, readings in gone.items() if len(readings)},
        ids,
        frozenset(known.same),
        stand,
        mended,
        standing,
        aside,
        instead,
        begins,
        first_read(conn, {*stored.document.tolist(), *ids.values()}),
        overruling(conn, standing, instead),
        accepted_flags(conn, touched, stored, places),
        accepted_again(conn, touched, {sha: number for sha, number in same.items() if sha not in stand}),
    )
