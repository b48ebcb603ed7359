"""Held blocks: kept whole as long as they are held, freed or superseded by a further row, never updated."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, text

from schemas.periods import renamed
from storage.database.conditions import STILL_BACK, SUPERSEDED
from storage.database.inserts import insert
from storage.encoding import codes
from storage.encoding.columns import Readings, is_absent, make_key, narrowest, split_key
from storage.encoding.rows import column_list, int_rows
from storage.state.runs import next_id
from storage.state.verdicts import Scope

RULES: Final = "rules"
DOCUMENT: Final = "document"
_BLOCK: Final = ("id", "run", "dataset", "block", "released", "cause", "fingerprint", "decision")
_FIGURE: Final = ("held", "number", "series", "period", "run", "mantissa", "packed", "document", "position")


@dataclass(frozen=True)
class Wanted:
    """A block of a release that must be held now; ``decision`` where a remembered rejection applies."""

    dataset: str
    block: str
    released: int
    cause: str
    readings: Readings
    seen: frozenset[Scope]
    decision: int | None = None

    @property
    def fingerprint(self) -> str:
        """The same block with the same figures and the same findings, whoever printed it."""
        return self._of(self.seen)

    def is_that(self, known: Held) -> bool:
        """Whether it is a block that is held already, which may have been written when periods had several names."""
        if (known.block, known.released, known.cause) != (self.block, self.released, self.cause):
            return False
        if self.fingerprint == known.fingerprint:
            return True
        name, old = (one.split("/")[-2].replace("..", "/") for one in (known.block, known.written))
        return name != old and known.fingerprint == self._of(
            frozenset((rule, old if period == name else period, left, right) for rule, period, left, right in self.seen)
        )

    def _of(self, seen: frozenset[Scope]) -> str:
        r = self.readings
        figures = sorted({*zip(r.key.tolist(), r.mantissa.tolist(), r.packed.tolist(), strict=True)})
        return hashlib.sha256(repr((self.cause, figures, sorted(seen))).encode()).hexdigest()


def figures_digest(readings: Readings) -> str:
    """What a block says, whoever printed it and how often: the published reading of each of its cells."""
    best = readings.take(narrowest(readings))
    figures = zip(best.key.tolist(), best.mantissa.tolist(), codes.bare(best.packed).tolist(), strict=True)
    return hashlib.sha256(repr(list(figures)).encode()).hexdigest()


@dataclass(frozen=True)
class Held:
    """A held block as recorded, not freed; ``written`` is its id as it stands there, where a period may have been
    called otherwise.
    """

    id: int
    run: int
    dataset: str
    block: str
    released: int
    cause: str
    fingerprint: str
    decision: int | None  # the rejection, of it or one that was remembered
    superseded: bool
    written: str

    @property
    def rejected(self) -> bool:
        """Whether it is kept back for good."""
        return self.decision is not None

    @property
    def undecided(self) -> bool:
        """Whether it waits for a decision."""
        return not self.rejected and not self.superseded


def held_blocks(conn: Connection, dataset: str) -> list[Held]:
    """All blocks of a dataset that are kept back."""
    query = f"""
        SELECT h.id, h.run, h.dataset, h.block, h.released, h.cause, h.fingerprint,
               coalesce(h.decision, (SELECT d.id FROM decision d WHERE d.held = h.id AND d.verdict = 'reject')),
               {SUPERSEDED}
        FROM held_block h WHERE h.dataset = :dataset AND {STILL_BACK} ORDER BY h.id
    """  # noqa: S608 - fixed words
    rows = conn.execute(text(query), {"dataset": dataset}).fetchall()
    return [Held(r[0], r[1], r[2], renamed(r[3]), r[4], r[5], r[6], r[7], bool(r[8]), r[3]) for r in rows]


def end_held(conn: Connection, run: int, why: str, ids: Iterable[int]) -> None:
    """Free held blocks (``rejudged``, ``accepted``) or say that a later release superseded them."""
    insert(conn, "held_end", ("held", "why", "run"), ((number, why, run) for number in sorted(set(ids))))


def hold(conn: Connection, run: int, wanted: Sequence[Wanted], known: Sequence[Held]) -> tuple[list[int], set[int]]:
    """Record what must be held: ids of blocks that are new, and of those of ``known`` that are held as before."""
    by_name: dict[tuple[str, int, str], list[Held]] = {}
    for h in known:
        by_name.setdefault((h.block, h.released, h.cause), []).append(h)
    blocks: list[tuple[Any, ...]] = []
    figures: list[tuple[Any, ...]] = []
    still: set[int] = set()
    start = next_id(conn, "held_block") if wanted else 0
    for one in wanted:
        before = next(
            (h for h in reversed(by_name.get((one.block, one.released, one.cause), [])) if one.is_that(h)), None
        )
        if before is not None and (before.rejected or one.decision is None):
            still.add(before.id)
            figures += _more_figures(conn, run, before.id, one.readings)
            continue
        number = start + len(blocks)
        blocks.append((number, run, one.dataset, one.block, one.released, one.cause, one.fingerprint, one.decision))
        figures += _figures(run, number, one.readings, 0)
    insert(conn, "held_block", _BLOCK, blocks)
    insert(conn, "held_figure", _FIGURE, figures)
    return [row[0] for row in blocks], still


def copy_held(conn: Connection, run: int, blocks: Sequence[Held]) -> None:
    """Hold blocks once more as they were, rejected ones as rejected."""
    start = next_id(conn, "held_block")
    rows = [
        (start + at, run, one.dataset, one.written, one.released, one.cause, one.fingerprint, one.decision)
        for at, one in enumerate(blocks)
    ]
    figures: list[tuple[Any, ...]] = []
    for at, one in enumerate(blocks):
        figures += _figures(run, start + at, held_readings(conn, one.id, one.released), 0)
    insert(conn, "held_block", _BLOCK, rows)
    insert(conn, "held_figure", _FIGURE, figures)


def _figures(run: int, held: int, readings: Readings, start: int) -> Iterable[tuple[Any, ...]]:
    """All readings of a held block, the published one of each cell first."""
    first = narrowest(readings)
    order = np.concatenate([first, np.setdiff1d(np.arange(len(readings)), first)])
    part = readings.take(order)
    series, period = split_key(part.key)
    columns = (
        [held] * len(part),
        range(start, start + len(part)),
        series.tolist(),
        period.tolist(),
        [run] * len(part),
        column_list(part.mantissa, is_absent(part.packed)),
        part.packed.tolist(),
        part.document.tolist(),
        part.position.tolist(),
    )
    return zip(*columns, strict=True)


def _more_figures(conn: Connection, run: int, held: int, readings: Readings) -> Iterable[tuple[Any, ...]]:
    """The same figures printed once more belong to the block that is held already."""
    query = text("SELECT series, period, document, position, number FROM held_figure WHERE held = :held")
    rows = conn.execute(query, {"held": held}).fetchall()
    known = {tuple(row[:4]) for row in rows}  # fewer than rows: two addresses may show the same bytes
    series, period = split_key(readings.key)
    names = zip(series.tolist(), period.tolist(), readings.document.tolist(), readings.position.tolist(), strict=True)
    more = [at for at, name in enumerate(names) if name not in known]
    return _figures(run, held, readings.take(np.array(more, dtype=np.int64)), 1 + max(row.number for row in rows))


def held_readings(conn: Connection, held: int, released: int) -> Readings:
    """All readings of a held block."""
    query = (
        "SELECT series, period, coalesce(mantissa, 0), packed, document, position FROM held_figure "
        "WHERE held = :h ORDER BY number"
    )
    series, period, mantissa, packed, document, position = int_rows(conn, query, {"h": held}, 6)
    release = np.full(len(series), released, dtype=np.int64)
    return Readings(make_key(series, period), release, mantissa, packed, document, position)
