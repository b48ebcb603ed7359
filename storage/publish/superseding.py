"""A later release supersedes what an earlier one holds, for as long as it says something of its cells.

What is superseded waits for nobody. Of a block that documents contest later releases must say every cell, whichever
of them stands: what is left of it is still a question. Where the later release no longer says anything of it (held
itself, moved to another date, read otherwise), the block waits again: as a block held anew, since nothing recorded is
ever changed.
All of it is asked once for a dataset, whatever the number of blocks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection

from storage.encoding import codes
from storage.encoding.columns import Ints, Readings, distinct, find, ints, last_of
from storage.encoding.versions import ever_published
from storage.publish.findings import copy_findings, end_document_findings, end_findings, findings_of_held
from storage.state.held import Figures, Held, cells_of, copy_held, end_held, first_superseded, held_blocks, held_figures
from storage.state.releases import published, releases_from, sequences_apart

#: Cells, sorted, and the last release that says something of each, -1 for none.
Said = tuple[Ints, Ints]


def said_by(releases: Mapping[int, Readings], apart: Collection[int]) -> Said:
    """What some releases say; those ``apart`` are no later than their first sequence (``sequences_apart``)."""
    keys = np.concatenate([ints(), *(one.key for one in releases.values())])
    dates = np.concatenate([ints(), *(np.full(len(one), released) for released, one in releases.items())])
    dates = np.where(np.isin(dates, ints(apart)), codes.base(dates), dates)
    order = np.lexsort((dates, keys))
    last = last_of(keys[order])
    return keys[order][last], dates[order][last]


def said_in_ledger(conn: Connection, dataset: str, keys: Ints, first: int) -> Said:
    """What the ledger's releases from ``first`` on say of some cells."""
    keys = distinct(keys)
    last = np.full(len(keys), -1, dtype=np.int64)
    apart = sequences_apart(conn, dataset)
    for released in reversed(releases_from(conn, dataset, first)):
        left = np.flatnonzero(last < 0)
        if not len(left):
            break
        said = published(conn, dataset, released, keys[left]).key
        last[np.searchsorted(keys, said)] = codes.base(released) if released in apart else released
    return keys, last


def superseded(blocks: Collection[Held], figures: Figures, said: Said) -> set[int]:
    """Ids of the held blocks that releases supersede; ``figures`` may be of others too. None that are contested.

    What was rejected, or is held for its document's sake, gives way to another document of its own release too.
    """
    contested = figures.contested(blocks)
    blocks = [one for one in blocks if one.id not in contested]
    own = figures.of(blocks)
    at, there = find(said[0], own.readings.key)
    last = np.where(there, said[1][at], -1) if len(said[0]) else np.full(len(at), -1, dtype=np.int64)
    alone = np.isin(own.held, [one.id for one in blocks if one.alone])
    when = own.readings.released
    over = (last > when) | (alone & (last == when))
    return set(own.held[over].tolist())


def superseded_in_ledger(conn: Connection, dataset: str, blocks: Collection[Held], figures: Figures) -> set[int]:
    """The same, by all that the ledger's releases say."""
    if not blocks:
        return set()
    keys = figures.of(blocks).readings.key
    said = said_in_ledger(conn, dataset, keys, min(one.released for one in blocks))
    return superseded(blocks, figures, said) | contested_no_more(conn, dataset, blocks, figures)


def contested_no_more(
    conn: Connection, dataset: str, blocks: Collection[Held], figures: Figures, among: Ints | None = None
) -> set[int]:
    """Ids of those blocks that documents contest of which later releases say every cell; others of them need be asked
    about only where they have one of the cells ``among``.
    """
    contested = figures.contested(blocks)
    blocks = [one for one in blocks if one.id in contested]
    cells = cells_of(conn, [one.id for one in blocks])
    names = {(one.block, one.released) for one in blocks if among is None or find(among, cells[one.id])[1].any()}
    blocks = [one for one in blocks if (one.block, one.released) in names]
    if not blocks:
        return set()
    keys, last = said_in_ledger(
        conn, dataset, np.concatenate([cells[one.id] for one in blocks]), min(one.released for one in blocks)
    )
    names -= {
        (one.block, one.released)
        for one in blocks
        if (last[np.searchsorted(keys, cells[one.id])] <= one.released).any()
    }
    return {one.id for one in blocks if (one.block, one.released) in names}


def held_again(blocks: Collection[Held]) -> set[int]:
    """Ids of those that wait in a later sequence of their date too: there they are decided."""

    def name(one: Held) -> tuple[str, str, str, int]:
        # Of documents that joined each is one by itself.
        return one.block, one.cause, one.fingerprint if one.joins else "", int(codes.base(one.released))

    last: dict[tuple[str, str, str, int], int] = {}
    for one in blocks:
        if one.undecided:
            last[name(one)] = max(last.get(name(one), 0), one.released)
    return {one.id for one in blocks if not one.rejected and one.released < last.get(name(one), 0)}


def end_superseded(conn: Connection, run: int, dataset: str, ids: Iterable[int]) -> None:
    """Say of held blocks that a later release superseded them, and end what was found of them."""
    over = sorted(set(ids))
    if over:
        end_held(conn, run, "superseded", over)
        end_findings(conn, run, "superseded", findings_of_held(conn, dataset, over))
        end_document_findings(conn, run, "superseded")


def supersede(conn: Connection, run: int, dataset: str, keys: Ints, released: Ints) -> None:
    """End what is superseded by what was just accepted: each of the cells ``keys`` of a release."""
    order = np.lexsort((released, keys))
    last = order[last_of(keys[order])]
    left = held_blocks(conn, dataset)
    figures = held_figures(conn, [one.id for one in left])
    over = superseded(left, figures, (keys[last], released[last]))
    over |= contested_no_more(conn, dataset, left, figures, keys[last])
    end_superseded(conn, run, dataset, over)


def hold_again(
    conn: Connection, run: int, dataset: str, lost: Ints, but: Collection[int], *, sequences: bool = False
) -> int:
    """Hold anew what is superseded no more, now that the cells ``lost`` are said by fewer releases.

    ``sequences``: releases of several were judged. Not those blocks that were superseded just now (``but``). How many
    of them wait for a decision.
    """
    first = first_superseded(conn, dataset) if len(lost) else None
    # What waited in a later sequence too was superseded by nothing that was published.
    lost = lost if first is None or sequences else ever_published(conn, lost)
    if first is None or not len(lost):
        return 0
    # What is older than the last word about each lost cell is superseded by that still.
    since = max(first, int(said_in_ledger(conn, dataset, lost, first)[1].min()))
    gone = [one for one in held_blocks(conn, dataset, gone_from=since) if one.id not in but]
    figures = held_figures(conn, [one.id for one in gone])
    cells = cells_of(conn, [one.id for one in gone])
    gone = [one for one in gone if np.isin(cells[one.id], lost).any()]
    over = superseded_in_ledger(conn, dataset, gone, figures)
    back: Sequence[Held] = [one for one in gone if one.id not in over]
    if back:  # what waits in a later sequence of its date is decided there
        behind = held_again([*held_blocks(conn, dataset), *(replace(one, superseded=False) for one in back)])
        back = [one for one in back if one.id not in behind]
    if back:
        copy_held(conn, run, back, figures.of(back))
        copy_findings(conn, run, dataset, [one.id for one in back if not one.rejected])
        end_held(conn, run, "rejudged", (one.id for one in back))
    return sum(not one.rejected for one in back)
