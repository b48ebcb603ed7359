"""A later release supersedes what an earlier one holds, for as long as it says something of its cells.

What is superseded waits for nobody. Where the later release no longer says anything of it (held itself, moved to
another date, read otherwise), the block waits again: as a block held anew, since nothing recorded is ever changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, text

from storage.arrays import Ints, find
from storage.holding import BLOCK_COLUMNS, DOCUMENT, FIGURE_COLUMNS, Held, end_held, held_blocks, held_readings
from storage.inserts import insert
from storage.recorded_findings import copy_findings, end_document_findings, end_findings, findings_of_held
from storage.records import next_id
from storage.releases import published, releases_from
from storage.rows import id_list, id_value

#: What a release says: its date, and the cells, sorted.
Said = tuple[int, Ints]


def superseded_by(held: Held, keys: Ints, said: Iterable[Said]) -> bool:
    """Whether one of these releases supersedes a block with cells ``keys``.

    What was rejected, or is held for its document's sake, gives way to another document of its own release too.
    """
    alone = held.rejected or held.cause == DOCUMENT
    return any(
        (released > held.released or (alone and released == held.released)) and bool(find(cells, keys)[1].any())
        for released, cells in said
    )


def superseded_in_ledger(conn: Connection, held: Held, keys: Ints) -> bool:
    """The same, by all that the ledger's releases say."""
    later = releases_from(conn, held.dataset, held.released)
    return superseded_by(held, keys, ((one, published(conn, held.dataset, one, keys).key) for one in later))


def cells_of(conn: Connection, held: Held) -> Ints:
    """The cells of a held block, sorted."""
    return np.unique(held_readings(conn, held.id, held.released).key)


def end_superseded(conn: Connection, run: int, dataset: str, ids: Iterable[int]) -> None:
    """Say of held blocks that a later release superseded them, and end what was found of them."""
    over = sorted(set(ids))
    if over:
        end_held(conn, run, "superseded", over)
        end_findings(conn, run, "superseded", findings_of_held(conn, dataset, over))
        end_document_findings(conn, run, "superseded")


def supersede(conn: Connection, run: int, dataset: str, said: Said, but: int) -> None:
    """End what ``said``, accepted just now as the block ``but``, supersedes."""
    left = [one for one in held_blocks(conn, dataset) if not one.superseded and one.id != but]
    end_superseded(conn, run, dataset, (one.id for one in left if superseded_by(one, cells_of(conn, one), [said])))


def hold_again(conn: Connection, run: int, dataset: str, lost: Ints, kept: Sequence[Held]) -> int:
    """Hold anew what of ``kept`` is superseded no more, now that the cells ``lost`` are said by fewer releases.

    How many of those wait for a decision.
    """
    if not len(lost):
        return 0
    back = []
    for one in kept:
        keys = cells_of(conn, one) if one.superseded else lost[:0]
        if find(lost, keys)[1].any() and not superseded_in_ledger(conn, one, keys):
            back.append(one)
    if back:
        _copy(conn, run, back)
        copy_findings(conn, run, dataset, [one.id for one in back if not one.rejected])
        end_held(conn, run, "rejudged", (one.id for one in back))
    return sum(not one.rejected for one in back)


_DECISION: Final = "coalesce(h.decision, (SELECT d.id FROM decision d WHERE d.held = h.id AND d.verdict = 'reject'))"


def _copy(conn: Connection, run: int, blocks: Sequence[Held]) -> None:
    start = next_id(conn, "held_block")
    ids = {one.id: start + at for at, one in enumerate(blocks)}
    listed = {"ids": id_value(conn, sorted(ids))}

    def rows(query: str, own: dict[str, Any], columns: Sequence[str]) -> list[tuple[Any, ...]]:
        found = []
        for row in conn.execute(text(query), listed).fetchall():
            named = {**row._mapping, **{key: make(row) for key, make in own.items()}}
            found.append(tuple(named[column] for column in columns))
        return found

    query = f"""
        SELECT h.id, h.dataset, h.block, h.released, h.cause, h.fingerprint, {_DECISION} AS decision
        FROM held_block h WHERE h.id IN {id_list(conn, "ids")} ORDER BY h.id
    """  # noqa: S608 - fixed words
    own = {"id": lambda row: ids[row.id], "run": lambda _: run}
    insert(conn, "held_block", BLOCK_COLUMNS, rows(query, own, BLOCK_COLUMNS))
    query = f"SELECT * FROM held_figure WHERE held IN {id_list(conn, 'ids')} ORDER BY held, number"  # noqa: S608
    own = {"held": lambda row: ids[row.held], "run": lambda _: run}
    insert(conn, "held_figure", FIGURE_COLUMNS, rows(query, own, FIGURE_COLUMNS))
