"""A decision taken back, inside its transaction: its block waits again as it was held, what it published leaves again.

Nothing recorded is changed: the block is held anew, and what stood before is in force again by further rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection, text

from schemas.errors import UsageError
from schemas.periods import renamed
from storage.database.conditions import FREED, RULES
from storage.database.id_lists import id_list, id_value
from storage.database.inserts import insert
from storage.encoding import codes
from storage.encoding.columns import Flags, Readings, distinct, find, ints
from storage.encoding.comparing import narrowest
from storage.encoding.rows import insert_versions
from storage.publish.changes import fold
from storage.publish.findings import copy_findings
from storage.publish.printings import restore_printings
from storage.publish.superseding import end_superseded, held_again, hold_again, superseded_in_ledger
from storage.state.accepted import accept, accepted_cells, accepted_releases
from storage.state.held import (
    Figures,
    Held,
    add_figures,
    copy_held,
    end_held,
    figures_digest,
    held_blocks,
    held_figures,
)
from storage.state.releases import instead_of, kept_back, published, release_readings
from storage.state.verdicts import ACCEPT, verdicts


@dataclass(frozen=True)
class _Block:
    """A held block about which was decided; ``own`` if by itself, else by a decision that was remembered."""

    held: Held
    verdict: str
    own: bool
    apart: bool  # held by the decision itself, of what it did not accept
    figures: str


def take_back(conn: Connection, run: int, decisions: Collection[int], who: str, why: str) -> None:
    """Take decisions about a block back: all that they kept back, or published, waits again.

    Raises UsageError where nothing of what they accepted is said any more, or all of it waits already.
    """
    insert(conn, "decision_end", ("decision", "run", "who", "why"), ((one, run, who, why) for one in sorted(decisions)))
    blocks = _blocks(conn, decisions)
    dataset = blocks[0].held.dataset
    figures = held_figures(conn, [one.held.id for one in blocks])
    back: list[tuple[Held, Readings]] = []
    lost = [ints()]
    apart = figures.of([one.held for one in blocks if one.apart]).readings  # rejected with it: said there again
    for one in blocks:
        readings = figures.of([one.held]).readings
        if one.verdict != ACCEPT:
            back += [(one.held, readings)] if not one.apart else []
        elif one.held.joins:
            back.append((one.held, _withdraw_sequence(conn, run, one.held, readings)))
            lost.append(distinct(readings.key))
        else:
            back += _covered(conn, one, readings, apart)
            lost.append(distinct(readings.key))
    back = list(_not_waiting(conn, dataset, back))
    if not back:
        raise UsageError(f"{blocks[0].held.block}: nothing of what was accepted stands any more: nothing to reopen")
    end_held(conn, run, "rejudged", (one.held.id for one in blocks if one.verdict != ACCEPT))
    new = _hold(conn, run, back)
    _withdraw(
        conn, run, [held for held in new if not held.joins], [one.held for one in blocks if one.verdict == ACCEPT]
    )
    copy_findings(conn, run, dataset, [one.id for one in new], ("accepted", "rejected"))
    hold_again(conn, run, dataset, distinct(np.concatenate(lost)), ())
    over = superseded_in_ledger(conn, dataset, new, held_figures(conn, [one.id for one in new]))
    waiting = [one for one in held_blocks(conn, dataset) if one.id not in over]
    end_superseded(conn, run, dataset, over | held_again(waiting))


def _blocks(conn: Connection, decisions: Collection[int]) -> list[_Block]:
    """Blocks that decisions keep back, and those whose acceptance they are."""
    query = f"""
        SELECT h.id, h.run, h.dataset, h.block, h.released, h.cause, h.fingerprint, d.verdict, d.held, d.run AS decided,
               d.figures
        FROM held_block h JOIN decision d ON d.held = h.id OR d.id = h.decision
        WHERE d.id IN {id_list(conn, "ids")} AND (d.verdict = 'accept' OR NOT {FREED}) ORDER BY h.id
    """  # noqa: S608 - fixed words
    rows = conn.execute(text(query), {"ids": id_value(conn, sorted(decisions))}).fetchall()
    return [
        _Block(
            Held(r.id, r.run, r.dataset, renamed(r.block), r.released, r.cause, r.fingerprint, None, False, r.block),
            r.verdict,
            r.held == r.id,
            r.held == r.id and r.run == r.decided,
            r.figures,
        )
        for r in rows
    ]


def _not_waiting(
    conn: Connection, dataset: str, back: Sequence[tuple[Held, Readings]]
) -> Iterator[tuple[Held, Readings]]:
    """What does not wait by itself: where a document has moved, what was decided of it with others has lapsed."""
    known = [one for one in held_blocks(conn, dataset, {held.released for held, _ in back}) if one.undecided]
    waiting = held_figures(conn, [one.id for one in known]).readings
    for held, readings in back:
        left = readings.take(~_among(readings, waiting))
        if len(left):
            yield held, left


def _hold(conn: Connection, run: int, back: Sequence[tuple[Held, Readings]]) -> list[Held]:
    """Hold blocks once more, undecided; all that is said of the cells of one that fails as a whole belongs to it."""
    numbered = [replace(held, id=at) for at, (held, _) in enumerate(back)]
    readings = Readings.concatenate([readings for _, readings in back])
    owner = ints(np.repeat(np.arange(len(back)), [len(readings) for _, readings in back]))
    contested = [held.id for held, _ in back]
    new = copy_held(conn, run, numbered, Figures(owner, np.zeros_like(owner), readings), contested)
    for held in new:
        if held.cause == RULES:
            known = held_figures(conn, [held.id])
            said = release_readings(conn, held.dataset, held.released, distinct(known.readings.key))
            beside = said.take(~kept_back(conn, held.dataset, [held.released]).among(said))
            if len(beside):
                add_figures(conn, run, {held.id: beside}, known)
    return new


def _withdraw(conn: Connection, run: int, new: Sequence[Held], accepted: Sequence[Held]) -> None:
    """Take what was accepted out of its releases, where it is held again: what stood before is in force."""
    names = {one.block for one in accepted}
    for held in new:
        if held.block in names:
            keys = distinct(held_figures(conn, [held.id]).readings.key)
            accept(conn, held.dataset, run, held.released, ints(), keys)
            said = {held.released: published(conn, held.dataset, held.released, keys)}
            insert_versions(conn, fold(conn, held.dataset, run, said, keys).rows)


def _covered(conn: Connection, one: _Block, readings: Readings, apart: Readings) -> Iterator[tuple[Held, Readings]]:
    """What an acceptance published: of its own release, and of others that say the same, unless another covers it."""
    dataset, keys = one.held.dataset, distinct(readings.key)
    others = verdicts(conn, [dataset]).get((dataset, one.held.block), [])
    others = [other for other in others if other.verdict == ACCEPT and other.figures == one.figures]
    for released in sorted({one.held.released, *accepted_releases(conn, dataset)}):
        own = released == one.held.released
        if not own and any(other.lives(released) for other in others):
            continue
        everything = release_readings(conn, dataset, released, keys)
        said = everything.take(~kept_back(conn, dataset, [released]).among(everything))
        if figures_digest(said.take(~_among(said, apart))) != one.figures:
            continue  # what is said otherwise since is no longer what was accepted
        if own:
            yield one.held, readings.take(_among(readings, everything))
        elif find(accepted_cells(conn, dataset, released), keys)[1].any():
            yield replace(one.held, released=released), said


def _withdraw_sequence(conn: Connection, run: int, held: Held, readings: Readings) -> Readings:
    """Take back what stands in the place of others: each document says it at its release again, as it was printed."""
    dataset, keys = held.dataset, distinct(readings.key)
    found: list[Readings] = []
    for sequence in sorted({one.released for one in instead_of(conn, dataset, int(codes.base(held.released)))}):
        said = release_readings(conn, dataset, sequence)
        mine = _among(said, replace(readings, released=np.full(len(readings), sequence, dtype=np.int64)))
        if not mine.any():
            continue
        left = said.take(~mine)
        still = distinct(left.key)
        kept = np.intersect1d(accepted_cells(conn, dataset, sequence), still)
        accept(conn, dataset, run, sequence, kept, np.union1d(keys, still))
        best = left.take(narrowest(left))
        marked = replace(best, packed=codes.with_accepted(best.packed, find(kept, best.key)[1]))
        insert_versions(conn, fold(conn, dataset, run, {sequence: marked}, np.union1d(keys, still)).rows)
        own = said.take(mine)
        for document in distinct(own.document).tolist():
            restore_printings(conn, run, dataset, own.take(own.document == document))
        found.append(replace(own, released=np.full(len(own), held.released, dtype=np.int64)))
    return Readings.concatenate(found)


def _among(readings: Readings, others: Readings) -> Flags:
    """Which of ``readings`` are among others, figure and place."""
    names = set(zip(*(column.tolist() for column in others.columns), strict=True))
    rows = zip(*(column.tolist() for column in readings.columns), strict=True)
    return np.array([row in names for row in rows], dtype=bool)
