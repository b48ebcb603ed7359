"""The identities of a base period, as levels and growth of a release imply it: for all blocks at once.

A level V that grew by g comes from V / (1 + g). Intersected with what the release prints of the base period, the four
flows must satisfy the four identities; ends are rationals, compared by cross-multiplication.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from schemas.cells import spans
from schemas.cells.cells import BALANCING, Cells
from schemas.datasets import Dataset
from schemas.figures import Interval
from schemas.intervals.grid import Codes, Ends, Flags, Integers, bits, power, where_fits
from schemas.intervals.products import Quotient, crossed, divided
from schemas.rules import Rule
from schemas.rules.identities import RULES as IDENTITIES
from schemas.rules.shared.evaluation import Evaluated, evaluated
from schemas.rules.shared.rates import base_of, whole_and, wholly_below
from schemas.rules.shared.ratios import absolute, base_periods, breaks, turning
from schemas.rules.shared.statements import BaseIdentities
from schemas.rules.shared.strips import places


def _triples(*parts: Ends | Integers) -> tuple[Integers, ...]:
    """For each identity, by how much the implied sides miss each other (sign only); parts as ``_parts`` lists them."""
    grid = np.asarray(parts[0], dtype=np.int64)
    low, high, nowhere = [], [], []
    for level, rate, printed, known, beside in cast(Iterable[Any], zip(*[iter(parts[1:])] * 5, strict=True)):
        known, beside = np.asarray(known, dtype=bool), np.asarray(beside, dtype=bool)
        up = 200 * power(np.where(known, level.exponent - rate.exponent - grid, 0), level.low)
        least, most = divided(level, rate, up)
        nothing = ~known
        least = Quotient(least.over, np.where(nothing, 1, least.under), least.is_open & known, least.endless | nothing)
        most = Quotient(most.over, np.where(nothing, 1, most.under), most.is_open & known, most.endless | nothing)
        scale = power(np.where(beside, printed.exponent - grid, 0), printed.low)
        least = least.tighter(printed.low * scale, printed.low_open, printed.low_inf, beside, True)
        most = most.tighter(printed.high * scale, printed.high_open, printed.high_inf, beside, False)
        low.append(least)
        high.append(most)
        nowhere.append(crossed(least, most))
    found = []
    for number, identity in enumerate(IDENTITIES):
        empty = np.logical_or.reduce([nowhere[at] for at in places(identity)])
        found.append(np.where(empty, 1, _miss(number, low, high)))
    return tuple(found)


def _miss(number: int, low: list[Quotient], high: list[Quotient]) -> Integers:
    identity = IDENTITIES[number]
    least = [(low[BALANCING.index(identity.left[0])], identity.left[1])]
    most = [(high[BALANCING.index(identity.left[0])], identity.left[1])]
    for flow, factor in identity.right:
        at = BALANCING.index(flow)
        least.append(((high if factor > 0 else low)[at], -factor))
        most.append(((low if factor > 0 else high)[at], -factor))
    below, above = _sum(least), -_sum(most)
    # An end that is not reached misses where the ends would just touch.
    any_open = np.logical_or.reduce([end.is_open for end, _ in least])
    below = below + (np.asarray(below == 0, dtype=bool) & any_open)
    any_open = np.logical_or.reduce([end.is_open for end, _ in most])
    above = above + (np.asarray(above == 0, dtype=bool) & any_open)
    below = np.where(np.logical_or.reduce([end.endless for end, _ in least]), -1, below)
    above = np.where(np.logical_or.reduce([end.endless for end, _ in most]), -1, above)
    worst: Integers = np.maximum(below, above)
    return worst


def _sum(terms: list[tuple[Quotient, int]]) -> Integers:
    """The numerator of a sum of three quotients."""
    (a, i), (b, j), (c, k) = terms
    total: Integers = i * a.over * b.under * c.under + j * b.over * a.under * c.under + k * c.over * a.under * b.under
    return total


def bases(terms: Sequence[int], known: Callable[[int], Interval], turns: bool) -> dict[str, Interval]:
    """The base period by flow: as level and rate imply it, met with what is printed; ``terms`` as they are judged."""
    found: dict[str, Interval] = {}
    for row, flow in enumerate(BALANCING):
        level, rate, base = terms[row], terms[4 + row], terms[8 + row]
        implied = None
        if level >= 0 and rate >= 0:
            implied = base_of(known(level), known(rate), turns and flow == "B")
        if base >= 0:
            implied = (implied or spans.ANY).meet(known(base))
        if implied is not None:
            found[flow] = implied
    return found


def judge_bases(
    cells: Cells, datasets: Mapping[str, Dataset], judged_by: Rule, measures: tuple[str, ...]
) -> list[Evaluated]:
    """Every block with levels and rates of some measures that complete an identity of the base.

    ``terms``: levels, rates and printed bases, each by flow of BALANCING; ``detail``: which identity is judged.
    """
    found = [(measure, _rate_cells(cells, measure)) for measure in measures]
    return [_judge(cells, datasets, judged_by, growth, measure) for measure, growth in found if (growth >= 0).any()]


def _rate_cells(cells: Cells, measure: str) -> Codes:
    """The rate of each block and flow of BALANCING, −1 for none; shape (4, blocks)."""
    table = np.full((len(BALANCING), cells.blocks), -1, dtype=np.int64)
    at = cells.measured(measure)
    for row, flow in enumerate(BALANCING):
        if flow in cells.texts["flow"]:
            of_flow = at[cells.codes["flow"][at] == cells.texts["flow"].index(flow)]
            table[row, cells.block[of_flow]] = of_flow
    return table


def _implying(
    cells: Cells, datasets: Mapping[str, Dataset], levels: Codes, growth: Codes, start: Codes
) -> tuple[Flags, Ends]:
    """Where a level and its rate (cells, −1 for none) imply a base, and 100 % + rate."""
    at, of = np.maximum(levels, 0), np.maximum(growth, 0)
    unbroken = ~breaks(cells, at, start[cells.codes["period"][of]])
    known = (levels >= 0) & (growth >= 0) & cells.usable[at] & cells.usable[of] & unbroken
    level, turns = cells.ends.take(at), turning(cells, datasets, at)
    rate = whole_and(cells.ends.take(of), flip=turns & (level.sign < 0))
    above = ~rate.low_inf & np.asarray(rate.low > 0, dtype=bool)
    # On an absolute base the sign of the base must follow from that of the level: the rate is within ±100 %.
    within = np.asarray(rate.high < 400 * power(-rate.exponent, rate.low), dtype=bool) & ~rate.high_inf
    # A rate below −100 % implies a base of the other sign, whatever the flow: mostly it is one the identities refuse.
    return known & np.where(turns, above & within & ~level.holds_zero, above | wholly_below(rate)), rate


def _judge(cells: Cells, datasets: Mapping[str, Dataset], judged_by: Rule, growth: Codes, measure: str) -> Evaluated:
    wanted = np.flatnonzero((growth >= 0).any(axis=0))
    growth, levels = growth[:, wanted], cells.block_cells[:, wanted]
    anchor = np.maximum(growth.max(axis=0), levels.max(axis=0))
    _, before, _, start = base_periods(cells, measure)
    base = np.vstack(
        [
            cells.amount(
                cells.family[anchor],
                cells.currency[growth.max(axis=0)],
                np.full(len(wanted), cells.texts["flow"].index(flow) if flow in cells.texts["flow"] else 0),
                np.where(flow in cells.texts["flow"], before[cells.codes["period"][anchor]], -1),
            )
            for flow in BALANCING
        ]
    )
    printed = np.where(base >= 0, cells.usable[np.maximum(base, 0)], False)
    implied, rate = zip(*(_implying(cells, datasets, levels[row], growth[row], start) for row in range(4)), strict=True)
    known = np.vstack(implied)
    terms = np.vstack([levels, growth, base])
    rough = cells.rough[np.maximum(terms, 0)] & (terms >= 0)
    misses, complete = _misses(cells, levels, base, known, printed, list(rate))
    certain = misses > 0
    if rough.any():
        firm, beside = known & ~rough[:4] & ~rough[4:8], printed & ~rough[8:]
        certain = _misses(cells, levels, base, firm, beside, list(rate))[0] > 0
    # What fails without any "about" goes first: that is an error, whatever else is known only roughly.
    worst = np.where(certain.any(axis=0), np.argmax(certain, axis=0), np.argmax(misses > 0, axis=0))
    first = np.where((misses > 0).any(axis=0), worst, np.argmax(complete, axis=0))
    excess = misses[first, np.arange(len(wanted))]
    judged = np.array([places(r)[0] for r in IDENTITIES])[first]
    columns = np.arange(len(wanted))
    used = np.vstack([known, known, printed])
    anchor = np.where(levels[judged, columns] >= 0, levels[judged, columns], anchor)
    done = evaluated(
        cells,
        judged_by,
        np.where(used, terms, -1),
        np.minimum(excess, 1),
        anchor=anchor,
        rough=(rough & used).any(axis=0) & ~certain.any(axis=0),
        detail=first,
        condition=BaseIdentities(absolute(cells, datasets, anchor), tuple(one.terms for one in IDENTITIES)),
    )
    return done.keep(np.asarray(complete.any(axis=0)))


def _misses(
    cells: Cells, levels: Codes, base: Codes, known: Flags, printed: Flags, rate: list[Ends]
) -> tuple[Integers, Flags]:
    """By how much each identity of the base misses (−1 where it says nothing), and where it is complete."""
    parts, grid, fits = _parts(cells, levels, base, known, printed, rate)
    there = known | printed
    complete = np.vstack([there[places(r)].all(axis=0) & known[places(r)].any(axis=0) for r in IDENTITIES])
    return np.where(complete, np.vstack(where_fits(fits, _triples, grid, *parts)), -1), complete


def _parts(
    cells: Cells, levels: Codes, base: Codes, known: Flags, printed: Flags, rate: list[Ends]
) -> tuple[list[Ends | Integers], Codes, Flags]:
    """What ``_triples`` needs of each flow, the common grid of each block, and where int64 is enough."""
    count = levels.shape[1]
    level = [cells.ends.take(np.maximum(row, 0)) for row in levels]
    beside = [cells.ends.take(np.maximum(row, 0)) for row in base]
    grid = np.full(count, 99, dtype=np.int64)
    for row in range(4):
        grid = np.where(known[row], np.minimum(grid, level[row].exponent - rate[row].exponent), grid)
        grid = np.where(printed[row], np.minimum(grid, beside[row].exponent), grid)
    parts: list[Ends | Integers] = []
    over, under = np.zeros(count), np.zeros((4, count))
    fits = np.ones(count, dtype=bool)
    ten = np.log2(10.0)
    for row in range(4):
        parts += [level[row], rate[row], beside[row], known[row], printed[row]]
        shift = np.where(known[row], level[row].exponent - rate[row].exponent - grid, 0)
        side = np.where(printed[row], beside[row].exponent - grid, 0)
        size = np.maximum(bits(level[row].low), bits(level[row].high)) + 7.7 + shift * ten
        other = np.maximum(bits(beside[row].low), bits(beside[row].high)) + side * ten
        under[row] = np.where(known[row], np.maximum(bits(rate[row].low), bits(rate[row].high)), 0)
        fits &= (shift < 16) & (side < 18) & (np.where(printed[row], other, 0) + under[row] < 60)
        over = np.maximum(over, np.maximum(np.where(known[row], size, 0), np.where(printed[row], other, 0)))
    two = np.sort(under, axis=0)[-2:].sum(axis=0)
    whole = all(ends.low.dtype != object for ends in (*level, *rate, *beside))
    return parts, grid, fits & (over + two + 3 < 62) & whole
