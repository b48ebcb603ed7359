"""Sums of figures, as conditions of rules: for all blocks at once, and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from schemas.cells.cells import Cells
from schemas.cells.reader import Reader, Said
from schemas.datasets import Dataset
from schemas.intervals.grid import Codes, Ends, Flags, Integers, power, where_fits
from schemas.rules.shared.evaluation import Evaluated, declared, evaluated
from schemas.rules.shared.statements import Rule, Sum
from schemas.rules.shared.strips import NOT_PRINTED, REASONS, exact_ends, printed_elsewhere, reasons
from schemas.vocabulary import FLOWS


def judge_flows(
    cells: Cells, datasets: Mapping[str, Dataset], rule: Rule, condition: Sum, flows: Sequence[str]
) -> list[Evaluated]:
    """A sum of the flows of a block, the first being what the others make; ``terms`` in the order of ``flows``.

    Evaluated where all flows have a value but those that may be anything from 0 on. Such a block, where it does not
    fail, is not evaluable after all if the missing flow is meant: printed without a value, or for other periods.
    """
    table = cells.level_cells(flows)
    known = (table >= 0) & cells.usable[np.maximum(table, 0)]
    wanted = known.sum(axis=0) >= len(flows) - 1
    if not wanted.any():
        return []
    table, known = table[:, wanted], known[:, wanted]
    one_of = table.max(axis=0)  # a cell of the block
    how = declared(cells, datasets, rule)[cells.codes["dataset"][one_of]]
    free = np.isin(np.arange(len(flows)), condition.floored)[:, np.newaxis]
    judged = (known | free).all(axis=0)
    terms = np.where(known, table, -1)
    excess = np.zeros(len(one_of), dtype=np.int64)
    for exact in (False, True):
        here = np.flatnonzero(judged & ((how == "exact") == exact))
        if len(here):
            excess[here] = sum_excess(cells, condition, terms[:, here], exact)
    why, missing = reasons(cells, table, known)
    meant = (why > NOT_PRINTED) | printed_elsewhere(cells, flows, one_of, missing)
    reason = np.where(excess > 0, 0, np.where(judged & ~meant, 0, why))
    return [
        evaluated(
            cells,
            rule,
            np.where(reason > 0, table, terms),
            excess,
            anchor=np.where(table[0] >= 0, table[0], one_of),
            reason=reason,
            meant=meant & (reason > 0),
            detail=missing,
            condition=condition,
        )
    ]


def sum_excess(cells: Cells, condition: Sum, terms: Codes, exact: bool) -> Codes:
    """By how much sums of known figures miss 0; where ``exact``, as they are printed."""
    at = np.maximum(terms, 0)
    ends = [exact_ends(cells, row) if exact else cells.ends.take(row) for row in at]
    none = np.zeros(terms.shape[1], dtype=bool)
    for place in condition.floored:
        ends[place], empty = floored(ends[place], terms[place] >= 0, ends[0].exponent)
        none |= empty
    grid = np.minimum.reduce([one.exponent for one in ends])
    fits = np.logical_and.reduce([one.summable(grid) for one in ends])
    (excess,) = where_fits(fits, _misses, grid, *ends)
    return np.where(none, np.maximum(excess, 1), excess)


def floored(ends: Ends, known: Flags, exponent: Codes) -> tuple[Ends, Flags]:
    """What of each interval is not below 0, all of that where it is not known; and where nothing is."""
    below = ~known | ends.low_inf | np.asarray(ends.low < 0, dtype=bool)
    endless = ~known | ends.high_inf
    down = np.asarray(ends.high < 0, dtype=bool) | (np.asarray(ends.high == 0, dtype=bool) & ends.high_open)
    cut = Ends(
        np.where(below, 0, ends.low),
        np.where(known, ends.high, 0),
        np.where(known, ends.exponent, exponent),
        ends.low_open & ~below,
        ends.high_open & ~endless,
        np.zeros(len(known), dtype=bool),
        endless,
    )
    return cut, ~endless & down


def _misses(grid: Integers, parent: Ends, *children: Ends) -> tuple[Integers, ...]:
    """By how much a sum of intervals misses its parent; openness is kept beside, since there may be many children."""
    codes = grid.astype(np.int64)

    def scaled(ends: Ends) -> tuple[Integers, Integers]:
        scale = power(ends.exponent - codes, ends.low)
        return ends.low * scale, ends.high * scale

    low, high = scaled(parent)
    low, high = -low, -high
    low_open, high_open = parent.low_open, parent.high_open
    low_inf, high_inf = parent.low_inf, parent.high_inf
    least, most = -high * 0, -low * 0
    for ends in children:
        child_low, child_high = scaled(ends)
        least, most = least + child_low, most + child_high
        low_open, high_open = low_open | ends.high_open, high_open | ends.low_open
        low_inf, high_inf = low_inf | ends.high_inf, high_inf | ends.low_inf
    # parent.low ≤ Σ children.high and Σ children.low ≤ parent.high
    below, above = -low - most, least + high
    below = below + (np.asarray(below == 0, dtype=bool) & low_open)
    above = above + (np.asarray(above == 0, dtype=bool) & high_open)
    return (np.maximum(np.where(low_inf, -1, below), np.where(high_inf, -1, above)),)


def not_evaluable(reader: Reader, done: Evaluated, at: int, flows: Sequence[str]) -> Said:
    """Which flow is missing, and why."""
    judged = int(done.terms[0, at])
    left = reader.value(judged) if judged >= 0 and reader.cells.figure[judged] >= 0 else None
    why = f"{FLOWS[flows[int(done.detail[at])]]} {REASONS[int(done.reason[at])]}"
    return Said(left, None, None, f"{done.rule.statement} cannot be judged, because {why}")
