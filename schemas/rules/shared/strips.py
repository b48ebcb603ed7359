"""The four identities of a block, for all blocks at once: T = X + M, B = X − M, T + B = 2X, T − B = 2M.

Four strips in the plane (exports, imports) have a common point exactly when every three have (Helly 1923), and each
identity is one three of them; so all four together *are* "one pair explains all four figures".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from schemas.cells.cells import BALANCING, Cells
from schemas.datasets import Dataset
from schemas.intervals.grid import Codes, Ends, Flags, Integers, where_fits
from schemas.rules.shared.evaluation import Evaluated, declared, evaluated, switched_on
from schemas.rules.shared.statements import Identity

#: Why an identity was not evaluable.
NOT_PRINTED, NO_VALUE, CLASH = 1, 2, 3
REASONS: Final = {
    NOT_PRINTED: "is not in this release",
    NO_VALUE: "is in this release without a value",
    CLASH: "has readings that do not meet",
}


def places(rule: Identity) -> list[int]:
    """The rows of ``Cells.block_cells`` that a rule relates, the judged one first."""
    return [BALANCING.index(flow) for flow, _ in rule.terms]


def miss(rule: Identity, low: list[Integers], high: list[Integers]) -> Integers:
    """By how much the sides of an identity miss each other, from packed ends of the flows of BALANCING; ≤ 0 holds."""
    judged, times = BALANCING.index(rule.left[0]), rule.left[1]
    (one, _), (other, sign) = ((BALANCING.index(flow), factor) for flow, factor in rule.right)
    least, most = (low[judged], high[judged]) if times == 1 else (low[judged] * times, high[judged] * times)
    if sign > 0:
        beyond: Integers = np.maximum(least - high[one] - high[other], low[one] + low[other] - most)
    else:
        beyond = np.maximum(least - high[one] + low[other], low[one] - high[other] - most)
    return beyond


def misses(identities: Sequence[Identity], flows: list[Ends], present: list[Flags]) -> tuple[Codes, ...]:
    """The excess of each identity for blocks given by the intervals of their four flows (any, where not present)."""
    grid = flows[0].exponent
    if all(flag.all() for flag in present):
        for ends in flows[1:]:
            grid = np.minimum(grid, ends.exponent)
    else:
        grid = np.full(len(flows[0]), 99, dtype=np.int64)
        for ends, flag in zip(flows, present, strict=True):
            grid = np.where(flag, np.minimum(grid, ends.exponent), grid)
        flows = [_blanked(ends, flag, grid) for ends, flag in zip(flows, present, strict=True)]
    fits = flows[0].summable(grid)
    for ends in flows[1:]:
        fits &= ends.summable(grid)

    def every(grid: Integers, *flows: Ends) -> tuple[Integers, ...]:
        parts = 1 if all(ends.closed for ends in flows) else 8
        packed = [ends.packed(grid.astype(np.int64), parts) for ends in flows]
        low, high = [pair[0] for pair in packed], [pair[1] for pair in packed]
        return tuple(miss(rule, low, high) for rule in identities)

    return where_fits(fits, every, grid, *flows)


def _blanked(ends: Ends, present: Flags, grid: Codes) -> Ends:
    if present.all():
        return ends
    return Ends(
        np.where(present, ends.low, 0),
        np.where(present, ends.high, 0),
        np.where(present, ends.exponent, grid),
        ends.low_open & present,
        ends.high_open & present,
        ends.low_inf & present,
        ends.high_inf & present,
    )


def exact_ends(cells: Cells, at: Codes) -> Ends:
    """Intervals collapsed to the printed value, for datasets whose figures are constrained to add up."""
    ends, (mantissa, exponent) = cells.ends.take(at), cells.printed
    value, plain, none = mantissa[at].astype(ends.low.dtype) * 2, cells.is_plain[at], np.zeros(len(at), dtype=bool)
    return Ends(
        np.where(plain, value, ends.low),
        np.where(plain, value, ends.high),
        np.where(plain, exponent[at], ends.exponent),
        np.where(plain, none, ends.low_open),
        np.where(plain, none, ends.high_open),
        ends.low_inf & ~plain,
        ends.high_inf & ~plain,
    )


def judge_identities(cells: Cells, datasets: Mapping[str, Dataset], identities: Sequence[Identity]) -> list[Evaluated]:
    """The four identities of every block in which at least two of an identity's three figures stand."""
    table = cells.block_cells
    known = table >= 0
    if not cells.usable.all():
        known &= cells.usable[table]
    wanted = known.sum(axis=0) >= 2
    if not wanted.any():
        return []
    if not wanted.all():
        table, known = table[:, wanted], known[:, wanted]
    at = np.maximum(table, 0)
    one_of = table.max(axis=0)  # a cell of the block
    every = bool(known.all())
    excesses = misses(identities, [cells.ends.take(row) for row in at], list(known))
    constrained: tuple[Codes, ...] = ()
    done = []
    for number, rule in enumerate(identities):
        rows, excess = places(rule), excesses[number]
        terms = table[rows]
        exact = (declared(cells, datasets, rule) == "exact")[cells.codes["dataset"][one_of]]
        if exact.any():
            constrained = constrained or misses(identities, [exact_ends(cells, row) for row in at], list(known))
            excess = np.where(exact, constrained[number], excess)
        if every:
            part = evaluated(cells, rule, terms, excess, condition=rule.condition)
        else:
            seen = known[rows].sum(axis=0)
            complete = seen == 3
            why, missing = reasons(cells, terms, known[rows])
            part = evaluated(
                cells,
                rule,
                terms,
                np.where(complete, excess, 0),
                anchor=np.where(terms[0] >= 0, terms[0], one_of),
                reason=np.where(complete, 0, why),
                meant=~complete & (why > NOT_PRINTED),
                detail=missing,
                condition=rule.condition,
            ).keep(seen >= 2)
        done.append(switched_on(cells, datasets, part))
    return _mark_meant(cells, done, identities)


def reasons(cells: Cells, terms: Codes, known: Flags) -> tuple[Codes, Codes]:
    """Why a term is not there, and which one (its place in ``terms``)."""
    at = np.maximum(terms, 0)
    why = np.where(terms < 0, NOT_PRINTED, np.where(cells.clash[at], CLASH, NO_VALUE))
    why = np.where(known, 0, why)
    return why.max(axis=0), why.argmax(axis=0)


def printed_elsewhere(cells: Cells, flows: Sequence[str], one_of: Codes, missing: Codes) -> Flags:
    """Where the flow at the missing place has a value for another period of the release."""
    names, found = cells.texts["flow"], np.zeros(len(one_of), dtype=bool)
    for place, flow in enumerate(flows):
        here = missing == place
        if flow in names and here.any():
            prints = np.zeros(cells.families, dtype=bool)
            prints[cells.family[(cells.codes["flow"] == names.index(flow)) & cells.is_level & cells.usable]] = True
            found |= here & prints[cells.family[one_of]]
    return found


def _by_name(cells: Cells, at: Codes) -> Codes:
    """The order of cells by what they are: the same in every order of rows."""
    keys = []
    for name in ("currency", "breakdown", "partner", "product", "reporter", "period"):
        texts = np.array(cells.texts[name], dtype=str)
        codes = cells.currency if name == "currency" else cells.codes[name]
        keys.append(np.argsort(np.argsort(texts))[codes[at]])
    order: Codes = np.lexsort(keys)
    return order


def _mark_meant(cells: Cells, done: list[Evaluated], identities: Sequence[Identity]) -> list[Evaluated]:
    """A figure that is not printed is worth a finding where the release prints that flow for another period.

    A release that can evaluate nothing at all says so once, at its block that is first by name, not by row.
    """
    if not any(part.reason.any() for part in done):
        return done
    group = cells.group
    judged = np.zeros(int(group.max()) + 1, dtype=bool)
    for part in done:
        judged[group[part.anchor[part.reason == 0]]] = True
    result = []
    for identity, part in zip(identities, done, strict=True):
        missing = part.reason == NOT_PRINTED
        flows = [flow for flow, _ in identity.terms]
        meant = part.meant | (missing & printed_elsewhere(cells, flows, part.anchor, part.detail))
        lone = np.flatnonzero(missing & ~meant & ~judged[group[part.anchor]])
        lone = lone[_by_name(cells, part.anchor[lone])]
        for at in lone[np.sort(np.unique(group[part.anchor[lone]], return_index=True)[1])]:
            judged[group[part.anchor[at]]] = True
            meant[at] = True
        result.append(replace(part, meant=meant))
    return result
