"""``growth-implied``: the base period, as levels and growth of a release imply it, satisfies the identities too.

A level V that grew by g comes from V / (1 + g). Intersected with what the release prints of the base period, the four
flows must satisfy the four identities; ends are rationals, compared by cross-multiplication.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from schemas.cells.cells import BALANCING, Cells
from schemas.datasets import Dataset
from schemas.intervals.grid import Codes, Ends, Flags, Integers, bits, power, where_fits
from schemas.rules import rule
from schemas.rules.growth import absolute_balance, base_periods, base_starts, breaks, is_flow, rates
from schemas.rules.identities import RULES as IDENTITIES
from schemas.rules.shared.evaluation import Evaluated, declared
from schemas.rules.shared.statements import BaseIdentities
from schemas.rules.shared.strips import places


@dataclass(frozen=True)
class Quotient:
    """One end of many intervals: ``over / under`` with ``under`` > 0."""

    over: Integers
    under: Integers
    is_open: Flags
    endless: Flags

    def tighter(self, value: Integers, is_open: Flags, endless: Flags, present: Flags, low: bool) -> Quotient:
        """The one end or the other (an integer on the same grid), whichever leaves less."""
        mine, other = self.over, value * self.under
        beyond = np.asarray(other > mine if low else other < mine, dtype=bool)
        equal = np.asarray(other == mine, dtype=bool) & ~self.endless & ~endless
        take = present & ~endless & (beyond | self.endless)
        return Quotient(
            np.where(take, value, self.over),
            np.where(take, 1, self.under),
            np.where(take, is_open, self.is_open | (equal & present & is_open)),
            self.endless & ~take,
        )


def _divided(level: Ends, rate: Ends, up: Integers) -> tuple[Quotient, Quotient]:
    """``level / rate`` for a rate of one sign, its numerator times ``up``."""
    turn = np.asarray(rate.high < 0, dtype=bool) & ~rate.high_inf
    level, rate = _negated(level, turn), _negated(rate, turn)
    ends = []
    for low in (True, False):
        value = (level.low if low else level.high) * up
        value_open, endless = (level.low_open, level.low_inf) if low else (level.high_open, level.high_inf)
        outward = np.asarray(value >= 0, dtype=bool) if low else np.asarray(value <= 0, dtype=bool)
        # The low end of a positive level is over the greatest rate, that of a negative one over the least.
        under = np.where(outward, rate.high, rate.low)
        under_open = np.where(outward, rate.high_open, rate.low_open)
        vanishing = outward & rate.high_inf
        zero = np.asarray(value == 0, dtype=bool)
        ends.append(
            Quotient(
                np.where(vanishing, 0, value),
                np.where(vanishing, 1, under),
                np.where(zero, value_open, value_open | under_open | vanishing),
                endless,
            )
        )
    return ends[0], ends[1]


def _negated(ends: Ends, where: Flags) -> Ends:
    if not where.any():
        return ends
    return Ends(
        np.where(where, -ends.high, ends.low),
        np.where(where, -ends.low, ends.high),
        ends.exponent,
        np.where(where, ends.high_open, ends.low_open),
        np.where(where, ends.low_open, ends.high_open),
        np.where(where, ends.high_inf, ends.low_inf),
        np.where(where, ends.low_inf, ends.high_inf),
    )


def _triples(*parts: Ends | Integers) -> tuple[Integers, ...]:
    """For each identity, by how much the implied sides miss each other (sign only); parts as ``_parts`` lists them."""
    grid = np.asarray(parts[0], dtype=np.int64)
    low, high, nowhere = [], [], []
    for level, rate, printed, known, beside in cast(Iterable[Any], zip(*[iter(parts[1:])] * 5, strict=True)):
        known, beside = np.asarray(known, dtype=bool), np.asarray(beside, dtype=bool)
        up = 200 * power(np.where(known, level.exponent - rate.exponent - grid, 0), level.low)
        least, most = _divided(level, rate, up)
        nothing = ~known
        least = Quotient(least.over, np.where(nothing, 1, least.under), least.is_open & known, least.endless | nothing)
        most = Quotient(most.over, np.where(nothing, 1, most.under), most.is_open & known, most.endless | nothing)
        scale = power(np.where(beside, printed.exponent - grid, 0), printed.low)
        least = least.tighter(printed.low * scale, printed.low_open, printed.low_inf, beside, True)
        most = most.tighter(printed.high * scale, printed.high_open, printed.high_inf, beside, False)
        low.append(least)
        high.append(most)
        nowhere.append(_crossed(least, most))
    found = []
    for number, identity in enumerate(IDENTITIES):
        empty = np.logical_or.reduce([nowhere[at] for at in places(identity)])
        found.append(np.where(empty, 1, _miss(number, low, high)))
    return tuple(found)


def _crossed(low: Quotient, high: Quotient) -> Flags:
    """Where nothing is left between the ends: what is printed of the base is not what the rate implies."""
    apart = low.over * high.under - high.over * low.under
    beyond = np.asarray(apart > 0, dtype=bool) | (np.asarray(apart == 0, dtype=bool) & (low.is_open | high.is_open))
    crossed: Flags = beyond & ~low.endless & ~high.endless
    return crossed


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


def judge_implied(cells: Cells, datasets: Mapping[str, Dataset]) -> list[Evaluated]:
    """``growth-implied`` of every block with levels and rates of growth that complete an identity of the base."""
    found = []
    for measure in ("growth_yoy", "growth_prev"):
        done = _judge(cells, datasets, measure)
        if done is not None:
            found.append(done)
    return found


def rate_cells(cells: Cells, measure: str) -> Codes:
    """The rate of each block and flow of BALANCING, −1 for none; shape (4, blocks)."""
    table = np.full((len(BALANCING), cells.blocks), -1, dtype=np.int64)
    at = cells.measured(measure)
    for row, flow in enumerate(BALANCING):
        if flow in cells.texts["flow"]:
            of_flow = at[cells.codes["flow"][at] == cells.texts["flow"].index(flow)]
            table[row, cells.block[of_flow]] = of_flow
    return table


def implying(
    cells: Cells, datasets: Mapping[str, Dataset], levels: Codes, growth: Codes, measure: str
) -> tuple[Flags, Ends]:
    """Where a level and its rate (cells, −1 for none) imply a base, and 100 % + rate."""
    at, of = np.maximum(levels, 0), np.maximum(growth, 0)
    unbroken = ~breaks(cells, at, base_starts(cells, measure)[cells.codes["period"][of]])
    known = (levels >= 0) & (growth >= 0) & cells.usable[at] & cells.usable[of] & unbroken
    level = cells.ends.take(at)
    absolute = is_flow(cells, at, "B") & absolute_balance(cells, datasets)[cells.codes["dataset"][at]]
    rate = rates(cells, of, absolute, level.sign < 0)
    above = ~rate.low_inf & np.asarray(rate.low > 0, dtype=bool)
    below = ~rate.high_inf & np.asarray(rate.high < 0, dtype=bool)
    # On an absolute base the sign of the base must follow from that of the level: the rate is within ±100 %.
    within = np.asarray(rate.high < 400 * power(-rate.exponent, rate.low), dtype=bool) & ~rate.high_inf
    # A rate below −100 % implies a base of the other sign, whatever the flow: mostly it is one the identities refuse.
    return known & np.where(absolute, above & within & ~level.holds_zero, above | below), rate


def _judge(cells: Cells, datasets: Mapping[str, Dataset], measure: str) -> Evaluated | None:
    growth = rate_cells(cells, measure)
    wanted = np.flatnonzero((growth >= 0).any(axis=0))
    if not len(wanted):
        return None
    growth, levels = growth[:, wanted], cells.block_cells[:, wanted]
    anchor = np.maximum(growth.max(axis=0), levels.max(axis=0))
    _, start, _ = base_periods(cells, measure)
    base = np.vstack(
        [
            cells.amount(
                cells.family[anchor],
                cells.currency[growth.max(axis=0)],
                np.full(len(wanted), cells.texts["flow"].index(flow) if flow in cells.texts["flow"] else 0),
                np.where(flow in cells.texts["flow"], start[cells.codes["period"][anchor]], -1),
            )
            for flow in BALANCING
        ]
    )
    printed = np.where(base >= 0, cells.usable[np.maximum(base, 0)], False)
    implied, rate = zip(
        *(implying(cells, datasets, levels[row], growth[row], measure) for row in range(4)), strict=True
    )
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
    done = Evaluated(
        rule("growth-implied"),
        anchor,
        np.where(used, terms, -1),
        np.minimum(excess, 1),
        np.zeros(len(wanted), dtype=np.int8),
        (rough & used).any(axis=0) & ~certain.any(axis=0),
        np.zeros(len(wanted), dtype=bool),
        _detail(measure, first, absolute_balance(cells, datasets)[cells.codes["dataset"][anchor]]),
        BaseIdentities(),
    )
    how = declared(cells, datasets, rule("growth-implied"))[cells.codes["dataset"][anchor]]
    return done.keep(complete.any(axis=0) & (how != "off"))


def _misses(
    cells: Cells, levels: Codes, base: Codes, known: Flags, printed: Flags, rate: list[Ends]
) -> tuple[Integers, Flags]:
    """By how much each identity of the base misses (−1 where it says nothing), and where it is complete."""
    parts, grid, fits = _parts(cells, levels, base, known, printed, rate)
    there = known | printed
    complete = np.vstack([there[places(r)].all(axis=0) & known[places(r)].any(axis=0) for r in IDENTITIES])
    return np.where(complete, np.vstack(where_fits(fits, _triples, grid, *parts)), -1), complete


def _detail(measure: str, first: Codes, absolute: Flags) -> npt.NDArray[np.object_]:
    """For each evaluation: growth measure, the identity that failed first, whether a balance grows absolutely."""
    detail = np.empty(len(first), dtype=object)
    detail[:] = [(measure, IDENTITIES[int(at)].id, bool(how)) for at, how in zip(first, absolute, strict=True)]
    return detail


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
