"""A later release supersedes what an earlier one holds, for as long as it says something of its cells.

What is superseded waits for nobody. Where the later release no longer says anything of it (held itself, moved to
another date, read otherwise), the block waits again: as a block held anew, since nothing recorded is ever changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from sqlalchemy import Connection

from storage.encoding.columns import Ints, find, make_key
from storage.encoding.rows import id_list, id_value, int_rows
from storage.publish.findings import copy_findings, end_document_findings, end_findings, findings_of_held
from storage.state.held import DOCUMENT, Held, copy_held, end_held, held_blocks, held_readings
from storage.state.releases import published, releases_from

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
    gone = [one for one in kept if one.superseded]
    touched = _with_cells(conn, [one.id for one in gone], lost)
    back = [one for one in gone if one.id in touched and not superseded_in_ledger(conn, one, cells_of(conn, one))]
    if back:
        copy_held(conn, run, back)
        copy_findings(conn, run, dataset, [one.id for one in back if not one.rejected])
        end_held(conn, run, "rejudged", (one.id for one in back))
    return sum(not one.rejected for one in back)


def _with_cells(conn: Connection, held: Sequence[int], keys: Ints) -> set[int]:
    """Those of held blocks that have one of these cells."""
    query = f"SELECT held, series, period FROM held_figure WHERE held IN {id_list(conn, 'ids')}"  # noqa: S608
    number, series, period = int_rows(conn, query, {"ids": id_value(conn, held)}, 3)
    return set(number[find(keys, make_key(series, period))[1]].tolist())
