"""The algebra of a rate, ``level = base · ((whole + rate) / 100)^years``: of one in fractions, of many in integers.

Rates are never recomputed from rounded levels: whole intervals are propagated. Growth has the whole of 100 %, a share
that of 0. Many are compared as products of integers: with V and B the half steps of level and base, and Q those of
``whole`` % + rate, it reads ``V · 10^v · (200 · 10^-g)^n = B · Q^n · 10^b``.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from schemas.cells import spans
from schemas.figures import Interval
from schemas.intervals.grid import Codes, Ends, Flags, Integers, bits, power, where_fits
from schemas.intervals.products import negated, product
from schemas.periods import average_base, preceding, year_before

_NOTHING = Interval(Fraction(1), Fraction(0))


def base_and_end(measure: str, period: str) -> tuple[str, str, int]:
    """The base and the end of a rate's period, and the years between (1 but for an average); raises FigureError."""
    if measure == "growth_avg":
        return average_base(period)
    return (year_before(period) if measure == "growth_yoy" else preceding(period)), period, 1


def turned(rate: Interval, turns: bool, signed: Interval) -> Interval:
    """A rate as it counts: the other way where it ``turns`` with its base, and that, or a level of its sign, is < 0."""
    return spans.times(rate, -1) if turns and spans.sign(signed) < 0 else rate


def factor(rate: Interval, whole: int = 100, years: int = 1) -> Interval:
    """``((whole + rate) / 100)^years``; empty where that is no factor: compounded, none below −100 % is true."""
    found = spans.times(spans.plus(rate, Interval(Fraction(whole), Fraction(whole))), Fraction(1, 100))
    if years == 1:
        return found
    return _NOTHING if found.high is not None and found.high < 0 else spans.compounded(found, years)


def level_of(base: Interval, rate: Interval, turns: bool = False, whole: int = 100, years: int = 1) -> Interval:
    """The levels that a base and a rate leave."""
    times = factor(turned(rate, turns, base), whole, years)
    return times if times.empty else spans.product(base, times)


def base_of(level: Interval, rate: Interval, turns: bool = False, whole: int = 100, years: int = 1) -> Interval | None:
    """The bases that a level and a rate leave; ``None`` where they say nothing of it."""
    times = factor(turned(rate, turns, level), whole, years)
    if times.empty:
        return times
    return None if times.contains(0) else spans.product(level, spans.inverse(times))


def rate_of(level: Interval, base: Interval, turns: bool = False, whole: int = 100, years: int = 1) -> Interval | None:
    """The rates in % that a level and a base leave, of roots an approximation; ``None`` where the base may be 0."""
    if base.contains(0):
        return None
    ratio = spans.root(spans.product(level, spans.inverse(base)), years)
    found = spans.plus(spans.times(ratio, 100), Interval(Fraction(-whole), Fraction(-whole)))
    return turned(found, turns, base)


def whole_and(rate: Ends, whole: int = 100, flip: Flags | None = None) -> Ends:
    """``whole`` % + rate, in half steps of ``10^exponent`` %; with ``flip`` the other way."""
    lowered = np.minimum(rate.exponent, 0)
    if (np.abs(lowered) > 15).any() or (rate.low.dtype != object and bits(rate.low).max(initial=0) > 50):
        rate = rate.exactly()
    scale, all_of_it = power(rate.exponent - lowered, rate.low), 2 * whole * power(-lowered, rate.low)
    fine = replace(rate, low=rate.low * scale, high=rate.high * scale, exponent=lowered)
    fine = fine if flip is None else negated(fine, flip)
    return replace(fine, low=fine.low + all_of_it, high=fine.high + all_of_it)


def wholly_below(rate: Ends) -> Flags:
    """Where ``whole`` % + rate is below 0 for certain."""
    below: Flags = ~rate.high_inf & np.asarray(rate.high < 0, dtype=bool)
    return below


def _excess(level: Ends, base: Ends, rate: Ends, years: Integers) -> tuple[Integers, ...]:
    """By how much ``V · (200 · 10^-g)^n · 10^(v−b)`` misses ``B · Q^n``; ≤ 0 where they meet."""
    like, n = level.low, years.astype(np.int64)
    apart = level.exponent - base.exponent
    exponent = n.astype(like.dtype)
    left_scale = (200 * power(-rate.exponent, like)) ** exponent * power(np.maximum(apart, 0), like)
    right_scale = power(np.maximum(-apart, 0), like)
    # A rate's interval may reach below −100 % by its rounding; 1 + rate itself cannot when years are compounded.
    several = n > 1
    sunk = several & np.asarray(rate.low < 0, dtype=bool)
    low, low_open = np.where(sunk | (several & rate.low_inf), 0, rate.low), rate.low_open & ~sunk
    times = Ends(
        np.where(rate.low_inf, 0, low) ** exponent,
        np.where(rate.high_inf, 0, rate.high) ** exponent,
        rate.exponent,
        low_open,
        rate.high_open,
        rate.low_inf & ~several,
        rate.high_inf,
    )
    (least, least_open, least_inf), (most, most_open, most_inf) = product(base, times)
    below = level.low * left_scale - most * right_scale
    above = least * right_scale - level.high * left_scale
    # Compounded over years no rate below −100 % is true, whatever its power makes of it.
    lost = several & wholly_below(rate)
    below = below + (np.asarray(below == 0, dtype=bool) & (level.low_open | most_open))
    above = above + (np.asarray(above == 0, dtype=bool) & (level.high_open | least_open))
    below = np.where(level.low_inf | (most_inf > 0), -1, np.where(most_inf < 0, 1, below))
    above = np.where(level.high_inf | (least_inf < 0), -1, np.where(least_inf > 0, 1, above))
    return (np.where(lost, 1, np.maximum(below, above)),)


def growth_excess(level: Ends, base: Ends, rate: Ends, years: Codes) -> Codes:
    """By how much levels miss what their bases and rates (``whole`` % + rate) leave, exactly; ≤ 0 holds."""

    def most(low: Integers, high: Integers) -> npt.NDArray[np.float64]:
        return np.maximum(bits(low), bits(high))

    apart = level.exponent - base.exponent
    ten = np.log2(10.0)
    left = most(level.low, level.high) + years * (7.7 - rate.exponent * ten) + np.maximum(apart, 0) * ten
    right = most(base.low, base.high) + years * most(rate.low, rate.high) + np.maximum(-apart, 0) * ten
    fits = (np.maximum(left, right) < 60) & (np.abs(apart) < 18) & (level.low.dtype != object)
    return where_fits(fits, _excess, level, base, rate, years)[0]
