"""Held blocks: kept whole as long as they are held, freed or superseded by a further row, never updated."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from sqlalchemy import Connection, text

from schemas.periods import renamed
from storage.database.conditions import DOCUMENT, JOINING, RULES, STILL_BACK, SUPERSEDED
from storage.database.id_lists import id_list, id_value
from storage.database.inserts import insert
from storage.encoding import codes
from storage.encoding.columns import Ints, Readings, ints, is_absent, last_of, make_key, split_key
from storage.encoding.comparing import narrowest
from storage.encoding.rows import column_list, int_rows
from storage.state.runs import next_id
from storage.state.verdicts import Scope

_BLOCK: Final = ("id", "run", "dataset", "block", "released", "cause", "fingerprint", "decision")
_CONTESTED: Final = ("held", "series", "period", "run")
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
    def alone(self) -> bool:
        """Whether another document of its own release is in its place: it was rejected, or its document is in doubt."""
        return self.rejected or self.cause == DOCUMENT

    @property
    def joins(self) -> bool:
        """Whether something else of its release stands, which it contradicts."""
        return self.cause in JOINING

    @property
    def undecided(self) -> bool:
        """Whether it waits for a decision."""
        return not self.rejected and not self.superseded


class Figures(NamedTuple):
    """Readings of held blocks, in order of block and number."""

    held: Ints
    number: Ints
    readings: Readings

    def of(self, blocks: Collection[Held]) -> Figures:
        """Those of some of the blocks."""
        own = np.isin(self.held, [one.id for one in blocks])
        return Figures(self.held[own], self.number[own], self.readings.take(own))

    def and_of(self, other: Figures) -> Figures:
        """These, and then those of other blocks."""
        readings = Readings.concatenate([self.readings, other.readings])
        return Figures(np.concatenate([self.held, other.held]), np.concatenate([self.number, other.number]), readings)

    def contested(self, blocks: Iterable[Held]) -> set[int]:
        """Ids of those blocks in which several documents have a part, of which it is a question which one counts.

        Which of them stands, or none, is a matter of their order.
        """
        pairs = np.unique(np.stack([self.held, self.readings.document]), axis=1)[0]
        several = set(pairs[1:][pairs[1:] == pairs[:-1]].tolist())
        return {
            one.id for one in blocks if not one.rejected and (one.joins or (one.cause == RULES and one.id in several))
        }

    def by_block(self) -> dict[int, Readings]:
        """By held block its readings."""
        ids, first = np.unique(self.held, return_index=True)
        ends = [*first[1:].tolist(), len(self.held)]
        parts = zip(ids.tolist(), first.tolist(), ends, strict=True)
        return {one: self.readings.take(np.arange(start, end)) for one, start, end in parts} if len(ids) else {}


def held_blocks(
    conn: Connection, dataset: str, releases: Collection[int] = (), gone_from: int | None = None
) -> list[Held]:
    """Blocks of a dataset that are kept back and not superseded, and of some releases those that are.

    With ``gone_from`` what is superseded of that release and later ones. Those grow in number for ever, so nobody asks
    for all of them.
    """
    some = f"(NOT {SUPERSEDED} OR h.released IN {id_list(conn, 'releases')})"
    values = {"releases": id_value(conn, sorted(releases))} if gone_from is None else {"first": gone_from}
    query = f"""
        SELECT h.id, h.run, h.dataset, h.block, h.released, h.cause, h.fingerprint,
               coalesce(h.decision, (SELECT d.id FROM decision d WHERE d.held = h.id AND d.verdict = 'reject')),
               {SUPERSEDED}
        FROM held_block h WHERE h.dataset = :dataset AND {STILL_BACK}
          AND {some if gone_from is None else f"h.released >= :first AND {SUPERSEDED}"} ORDER BY h.id
    """  # noqa: S608 - fixed words
    rows = conn.execute(text(query), {"dataset": dataset, **values}).fetchall()
    return [Held(r[0], r[1], r[2], renamed(r[3]), r[4], r[5], r[6], r[7], bool(r[8]), r[3]) for r in rows]


def first_superseded(conn: Connection, dataset: str) -> int | None:
    """The first release of which something is superseded."""
    query = f"SELECT min(h.released) FROM held_block h WHERE h.dataset = :d AND {SUPERSEDED} AND {STILL_BACK}"  # noqa: S608
    found: int | None = conn.execute(text(query), {"d": dataset}).scalar()
    return found


def held_figures(conn: Connection, blocks: Collection[int]) -> Figures:
    """All readings of held blocks."""
    query = f"""
        SELECT f.held, f.number, f.series, f.period, h.released, coalesce(f.mantissa, 0), f.packed, f.document,
               f.position
        FROM held_figure f JOIN held_block h ON h.id = f.held
        WHERE f.held IN {id_list(conn, "blocks")} ORDER BY f.held, f.number
    """  # noqa: S608 - fixed words
    found = int_rows(conn, query, {"blocks": id_value(conn, sorted(blocks))}, 9) if blocks else [ints()] * 9
    held, number, series, period, *columns = found
    return Figures(held, number, Readings(make_key(series, period), *columns))


def cells_of(conn: Connection, blocks: Collection[int]) -> dict[int, Ints]:
    """By held block its cells, and those that stand while it contradicts them."""
    query = f"""
        SELECT held, series, period FROM held_figure WHERE held IN {id_list(conn, "blocks")}
        UNION SELECT held, series, period FROM contested_cell WHERE held IN {id_list(conn, "blocks")} ORDER BY 1
    """  # noqa: S608 - fixed words
    found = int_rows(conn, query, {"blocks": id_value(conn, sorted(blocks))}, 3) if blocks else [ints()] * 3
    held, key = found[0], make_key(found[1], found[2])
    first, last = (np.searchsorted(held, sorted(blocks), side=side).tolist() for side in ("left", "right"))
    return {one: key[start:end] for one, start, end in zip(sorted(blocks), first, last, strict=True)}


def end_held(conn: Connection, run: int, why: str, ids: Iterable[int]) -> None:
    """Free held blocks (``rejudged``, ``accepted``) or say that a later release superseded them."""
    insert(conn, "held_end", ("held", "why", "run"), ((number, why, run) for number in sorted(set(ids))))


def hold(
    conn: Connection, run: int, wanted: Sequence[Wanted], known: Sequence[Held], figures: Figures
) -> tuple[list[Held], set[int]]:
    """Record what must be held: blocks that are new, and the ids of those of ``known`` that are held as before.

    ``figures`` are those of ``known``.
    """
    by_name: dict[tuple[str, int, str], list[Held]] = {}
    for h in known:
        by_name.setdefault((h.block, h.released, h.cause), []).append(h)
    new: list[Held] = []
    of_new: list[Readings] = []
    again: dict[int, Readings] = {}
    start = next_id(conn, "held_block") if wanted else 0
    for one in _alike(wanted):
        before = next(
            (h for h in reversed(by_name.get((one.block, one.released, one.cause), [])) if one.is_that(h)), None
        )
        if before is not None and (before.rejected or one.decision is None):
            again[before.id] = Readings.concatenate([again.get(before.id, one.readings.take(ints())), one.readings])
            continue
        name = (start + len(new), run, one.dataset, one.block, one.released, one.cause, one.fingerprint, one.decision)
        new.append(Held(*name, superseded=False, written=one.block))
        of_new.append(one.readings)
    _insert(conn, run, new, ints(np.repeat([one.id for one in new], [len(one) for one in of_new])), of_new)
    add_figures(conn, run, again, figures)
    return new, set(again)


def _alike(wanted: Sequence[Wanted]) -> list[Wanted]:
    """What several documents say alike of a block is held, and decided, as one."""
    found: dict[tuple[str, int, str, str], Wanted] = {}
    for one in wanted:
        name = one.block, one.released, one.cause, one.fingerprint
        known = found.get(name)
        both = one.readings if known is None else Readings.concatenate([known.readings, one.readings])
        found[name] = replace(one, readings=both)
    return list(found.values())


def hold_apart(conn: Connection, run: int, wanted: Sequence[Wanted]) -> list[int]:
    """Hold parts of blocks by themselves; their ids."""
    start = next_id(conn, "held_block") if wanted else 0
    new = [
        Held(at, run, one.dataset, one.block, one.released, one.cause, one.fingerprint, None, False, one.block)
        for at, one in enumerate(wanted, start)
    ]
    of = ints(np.repeat([one.id for one in new], [len(one.readings) for one in wanted]))
    _insert(conn, run, new, of, [one.readings for one in wanted])
    return [one.id for one in new]


def copy_held(
    conn: Connection, run: int, blocks: Sequence[Held], figures: Figures, contested: Sequence[int] = ()
) -> list[Held]:
    """Hold blocks once more as they were, rejected ones as rejected, and return them; ``figures`` are theirs.

    ``contested`` are the recorded blocks whose contested cells they have, where ``blocks`` have other numbers.
    """
    start = next_id(conn, "held_block")
    numbers = {one.id: start + at for at, one in enumerate(blocks)}
    again = [replace(one, id=numbers[one.id], run=run) for one in blocks]
    _insert(conn, run, again, ints([numbers[one] for one in figures.held.tolist()]), [figures.readings])
    was: dict[int, list[int]] = {}
    for recorded, one in zip(contested or [one.id for one in blocks], again, strict=True):
        was.setdefault(recorded, []).append(one.id)
    cells = ((one, series, period, run) for held, series, period in _contested(conn, was) for one in was[held])
    insert(conn, "contested_cell", _CONTESTED, cells)
    return again


def contest(conn: Connection, run: int, blocks: Sequence[Held], cells: Mapping[tuple[str, int], Ints]) -> None:
    """Name the cells that stand while ``blocks`` contradict them: ``cells`` by block and release, or release alone."""
    if not cells:
        return
    known = set(_contested(conn, [one.id for one in blocks]))
    rows = [
        (one.id, series, period, run)
        for one in blocks
        for keys in (cells.get((one.block, one.released), ints()), cells.get(("", one.released), ints()))
        for series, period in zip(*(column.tolist() for column in split_key(keys)), strict=True)
        if (one.id, series, period) not in known
    ]
    insert(conn, "contested_cell", _CONTESTED, rows)


def _contested(conn: Connection, held: Collection[int]) -> Iterable[tuple[int, int, int]]:
    """Held block, series and period of what stands while it contradicts that."""
    query = f"SELECT held, series, period FROM contested_cell WHERE held IN {id_list(conn, 'ids')}"  # noqa: S608
    return zip(*(c.tolist() for c in int_rows(conn, query, {"ids": id_value(conn, sorted(held))}, 3)), strict=True)


def _insert(conn: Connection, run: int, blocks: Sequence[Held], held: Ints, readings: Sequence[Readings]) -> None:
    rows = ((h.id, run, h.dataset, h.written, h.released, h.cause, h.fingerprint, h.decision) for h in blocks)
    insert(conn, "held_block", _BLOCK, rows)
    _insert_figures(conn, run, held, Readings.concatenate(readings), {})


def add_figures(conn: Connection, run: int, again: Mapping[int, Readings], figures: Figures) -> None:
    """The same figures printed once more belong to the block that is held already."""
    known: dict[int, set[tuple[int, ...]]] = {one: set() for one in again}
    last: dict[int, int] = {}
    columns = (figures.readings.key, figures.readings.document, figures.readings.position)
    rows = zip(figures.held.tolist(), figures.number.tolist(), *(column.tolist() for column in columns), strict=True)
    for held, number, *name in rows:
        if held in known:
            known[held].add(tuple(name))
            last[held] = number
    owner, more = [], []
    for held, readings in again.items():
        names = zip(readings.key.tolist(), readings.document.tolist(), readings.position.tolist(), strict=True)
        more.append(readings.take(ints([at for at, name in enumerate(names) if name not in known[held]])))
        owner += [held] * len(more[-1])
    if owner:
        start = {held: number + 1 for held, number in last.items()}
        _insert_figures(conn, run, ints(owner), Readings.concatenate(more), start)


def _insert_figures(conn: Connection, run: int, held: Ints, readings: Readings, start: Mapping[int, int]) -> None:
    """All readings of held blocks, of each block the published one of each cell first, numbered from ``start``."""
    size = len(held)
    order = np.lexsort((readings.key, held))
    last = last_of(held[order], readings.key[order])
    cell = np.empty(size, dtype=np.int64)
    cell[order] = np.cumsum(last) - last  # the cells of all blocks, numbered
    place = size + np.arange(size)
    first = narrowest(replace(readings, key=cell))
    place[first] = cell[first]
    order = np.lexsort((place, held))
    held, part = held[order], readings.take(order)
    begin = np.searchsorted(held, held)
    number = np.arange(size) - begin + ints([start.get(one, 0) for one in held.tolist()])
    series, period = split_key(part.key)
    columns = (held, number, series, period, np.full(size, run))
    tail = (part.packed, part.document, part.position)
    mantissa = column_list(part.mantissa, is_absent(part.packed))
    rows = zip(*(c.tolist() for c in columns), mantissa, *(c.tolist() for c in tail), strict=True)
    insert(conn, "held_figure", _FIGURE, rows)
