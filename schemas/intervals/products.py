"""Products and quotients of many intervals at once, exactly: ends that are not reached stay open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.intervals.grid import Ends, Flags, Integers

Corner = tuple[Integers, Flags, npt.NDArray[np.int8]]  # value, open, −1 / 0 / +1 for −∞ / finite / +∞


def _corner(one: Ends, other: Ends, one_high: bool, other_high: bool) -> Corner:
    """One corner of a product of intervals; a factor that is 0 makes it 0, closed if that factor's end is."""
    a, a_open = (one.high, one.high_open) if one_high else (one.low, one.low_open)
    b, b_open = (other.high, other.high_open) if other_high else (other.low, other.low_open)
    a_inf, b_inf = (one.high_inf if one_high else one.low_inf), (other.high_inf if other_high else other.low_inf)
    a_sign = np.where(a_inf, 1 if one_high else -1, _sign(a))
    b_sign = np.where(b_inf, 1 if other_high else -1, _sign(b))
    zero = (a_sign == 0) | (b_sign == 0)
    closed = np.where(zero, ((a_sign == 0) & ~a_open) | ((b_sign == 0) & ~b_open), ~a_open & ~b_open)
    endless = (a_inf | b_inf) & ~zero
    value = np.where(zero | endless, 0, a * b)
    return value, ~closed & ~endless, np.where(endless, a_sign * b_sign, 0).astype(np.int8)


def _sign(values: Integers) -> npt.NDArray[np.int64]:
    signs: npt.NDArray[np.int64] = np.asarray(values > 0, dtype=bool).astype(np.int64) - np.asarray(values < 0, bool)
    return signs


def _least(one: Ends, other: Ends) -> Corner:
    corners = [_corner(one, other, first, second) for first in (False, True) for second in (False, True)]
    value, is_open, endless = corners[0]
    for new, new_open, new_endless in corners[1:]:
        same = new_endless == endless
        beyond = (new_endless < endless) | (same & np.asarray(new < value, dtype=bool))
        equal = same & np.asarray(new == value, dtype=bool)
        is_open = np.where(beyond, new_open, np.where(equal, is_open & new_open, is_open))
        value, endless = np.where(beyond, new, value), np.where(beyond, new_endless, endless)
    return value, is_open, endless


def product(one: Ends, other: Ends) -> tuple[Corner, Corner]:
    """The least and the greatest of ``{a · b}``: a bilinear form is extreme at the corners of its box."""
    value, is_open, endless = _least(negated(one, np.ones(len(one), dtype=bool)), other)
    return _least(one, other), (-value, is_open, -endless)


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


def divided(level: Ends, rate: Ends, up: Integers) -> tuple[Quotient, Quotient]:
    """``level / rate`` for a rate of one sign, its numerator times ``up``."""
    turn = np.asarray(rate.high < 0, dtype=bool) & ~rate.high_inf
    level, rate = negated(level, turn), negated(rate, turn)
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


def negated(ends: Ends, where: Flags) -> Ends:
    """The opposite of some intervals."""
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


def crossed(low: Quotient, high: Quotient) -> Flags:
    """Where nothing is left between the ends: what is printed of the base is not what the rate implies."""
    apart = low.over * high.under - high.over * low.under
    beyond = np.asarray(apart > 0, dtype=bool) | (np.asarray(apart == 0, dtype=bool) & (low.is_open | high.is_open))
    crossed: Flags = beyond & ~low.endless & ~high.endless
    return crossed
