"""Growth, average growth, and what growth implies of the base period, for all rates of a release at once.

Rates are never recomputed from rounded levels: whole intervals are propagated. Everything is compared as products of
integers. With V and B the half steps of level and base, and Q those of 100 % + rate, the rule
``level = base · (1 + rate)^n`` reads ``V · 10^v · (200 · 10^-g)^n = B · Q^n · 10^b``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.cells.cells import Cells, mixed
from schemas.datasets import Dataset
from schemas.errors import FigureError
from schemas.intervals.grid import Codes, Ends, Flags, Integers, bits, power, where_fits
from schemas.periods import average_base, months, preceding, year_before
from schemas.rules import rule
from schemas.rules.shared.evaluation import Evaluated, declared
from schemas.rules.shared.statements import Ratio

(
    NO_BASE,
    NO_LEVEL,
    NO_VALUE,
    CLASH,
    ZERO_BASE,
    BREAK,
    SIGN_CHANGED,
) = range(1, 8)
REASONS: Final = {
    NO_BASE: "{base} is not in this release",
    NO_LEVEL: "{period} is not in this release",
    NO_VALUE: "a figure it needs has no value in this release",
    CLASH: "a figure it needs has readings that do not meet",
    ZERO_BASE: "the base may be zero",
    BREAK: "the series breaks there",
    SIGN_CHANGED: "the figure changed its sign",
}

_MONTHS: Final = 1 << 18  # more than any period has, counted from the year 0


def base_periods(cells: Cells, measure: str) -> tuple[Codes, Codes, Codes]:
    """Of each period text: the codes of end and base for a growth measure (−1: not among the texts), and the years."""
    texts = cells.texts["period"]
    code = {text: at for at, text in enumerate(texts)}
    end, base = np.full(len(texts), -1, dtype=np.int64), np.full(len(texts), -1, dtype=np.int64)
    years = np.ones(len(texts), dtype=np.int64)
    for at, text in enumerate(texts):
        try:
            first, last, years[at] = _base_and_end(text, measure)
        except FigureError:
            continue
        end[at], base[at] = code.get(last, -1), code.get(first, -1)
    return end, base, years


def _base_and_end(period: str, measure: str) -> tuple[str, str, int]:
    """The base and the end of a rate's period, and the years between; raises FigureError."""
    if measure == "growth_avg":
        return average_base(period)
    return (year_before(period) if measure == "growth_yoy" else preceding(period)), period, 1


def rates(
    cells: Cells, at: Codes, absolute: Flags | None = None, negative: Flags | None = None, whole: int = 100
) -> Ends:
    """``whole`` % + rate, in half steps of ``10^exponent`` %; ``absolute`` with a ``negative`` base turns the rate."""
    ends = cells.ends.take(at)
    lowered = np.minimum(ends.exponent, 0)
    if (np.abs(lowered) > 15).any() or (ends.low.dtype != object and bits(ends.low).max(initial=0) > 50):
        ends = ends.exactly()
    scale = power(ends.exponent - lowered, ends.low)
    hundred = 2 * whole * power(-lowered, ends.low)
    low, high = ends.low * scale, ends.high * scale
    flip = np.zeros(len(at), dtype=bool) if absolute is None or negative is None else absolute & negative
    return Ends(
        hundred + np.where(flip, -high, low),
        hundred + np.where(flip, -low, high),
        lowered,
        np.where(flip, ends.high_open, ends.low_open),
        np.where(flip, ends.low_open, ends.high_open),
        np.where(flip, ends.high_inf, ends.low_inf),
        np.where(flip, ends.low_inf, ends.high_inf),
    )


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


def _extreme(corners: list[Corner], largest: bool) -> Corner:
    value, is_open, endless = corners[0]
    for new, new_open, new_endless in corners[1:]:
        same = new_endless == endless
        if largest:
            beyond = (new_endless > endless) | (same & np.asarray(new > value, dtype=bool))
        else:
            beyond = (new_endless < endless) | (same & np.asarray(new < value, dtype=bool))
        equal = same & np.asarray(new == value, dtype=bool)
        is_open = np.where(beyond, new_open, np.where(equal, is_open & new_open, is_open))
        value, endless = np.where(beyond, new, value), np.where(beyond, new_endless, endless)
    return value, is_open, endless


def product(one: Ends, other: Ends) -> tuple[Corner, Corner]:
    """The least and the greatest of ``{a · b}``: a bilinear form is extreme at the corners of its box."""
    corners = [_corner(one, other, first, second) for first in (False, True) for second in (False, True)]
    return _extreme(corners, False), _extreme(corners, True)


def _growth_excess(level: Ends, base: Ends, rate: Ends, years: Integers) -> tuple[Integers, ...]:
    """By how much ``V · (200 · 10^-g)^n · 10^(v−b)`` misses ``B · Q^n``; ≤ 0 where they meet."""
    like, n = level.low, years.astype(np.int64)
    apart = level.exponent - base.exponent
    whole = (200 * power(-rate.exponent, like)) ** n.astype(like.dtype)
    left_scale = whole * power(np.maximum(apart, 0), like)
    right_scale = power(np.maximum(-apart, 0), like)
    # A rate's interval may reach below −100 % by its rounding; 1 + rate itself cannot when years are compounded.
    several = n > 1
    sunk = several & np.asarray(rate.low < 0, dtype=bool)
    low, low_open = np.where(sunk | (several & rate.low_inf), 0, rate.low), rate.low_open & ~sunk
    exponent = n.astype(like.dtype)
    factor = Ends(
        np.where(rate.low_inf, 0, low) ** exponent,
        np.where(rate.high_inf, 0, rate.high) ** exponent,
        rate.exponent,
        low_open,
        rate.high_open,
        rate.low_inf & ~several,
        rate.high_inf,
    )
    (least, least_open, least_inf), (most, most_open, most_inf) = product(base, factor)
    below = level.low * left_scale - most * right_scale
    above = least * right_scale - level.high * left_scale
    # Compounded over years no rate below −100 % is true, whatever its power makes of it.
    lost = several & ~rate.high_inf & np.asarray(rate.high < 0, dtype=bool)
    below = below + (np.asarray(below == 0, dtype=bool) & (level.low_open | most_open))
    above = above + (np.asarray(above == 0, dtype=bool) & (level.high_open | least_open))
    below = np.where(level.low_inf | (most_inf > 0), -1, np.where(most_inf < 0, 1, below))
    above = np.where(level.high_inf | (least_inf < 0), -1, np.where(least_inf > 0, 1, above))
    return (np.where(lost, 1, np.maximum(below, above)),)


def growth_excess(level: Ends, base: Ends, rate: Ends, years: Codes) -> Codes:
    """Growth over ``years`` (1: plain growth), evaluated exactly; ``rate`` is 100 % + rate; ≤ 0 holds."""

    def most(low: Integers, high: Integers) -> npt.NDArray[np.float64]:
        return np.maximum(bits(low), bits(high))

    apart = level.exponent - base.exponent
    ten = np.log2(10.0)
    left = most(level.low, level.high) + years * (7.7 - rate.exponent * ten) + np.maximum(apart, 0) * ten
    right = most(base.low, base.high) + years * most(rate.low, rate.high) + np.maximum(-apart, 0) * ten
    fits = (np.maximum(left, right) < 60) & (np.abs(apart) < 18) & (level.low.dtype != object)
    return where_fits(fits, _growth_excess, level, base, rate, years)[0]


def judge_growth(cells: Cells, datasets: Mapping[str, Dataset]) -> list[Evaluated]:
    """``growth`` of every printed rate of growth, ``growth-average`` of every average one."""
    found = []
    for measure, rule_id in (
        ("growth_yoy", "growth"),
        ("growth_prev", "growth"),
        ("growth_avg", "growth-average"),
    ):
        judged = cells.measured(measure)
        if len(judged):
            found.append(_judge_rates(cells, datasets, judged, measure, rule_id))
    return found


def _judge_rates(cells: Cells, datasets: Mapping[str, Dataset], judged: Codes, measure: str, rule_id: str) -> Evaluated:
    end, start, years = base_periods(cells, measure)
    period, flow = cells.codes["period"][judged], cells.codes["flow"][judged]
    series = (cells.family[judged], cells.currency[judged], flow)
    level, base = cells.amount(*series, end[period]), cells.amount(*series, start[period])
    terms = np.vstack([judged, level, base])
    reason, rate, base_ends = examine(cells, datasets, terms, measure)
    ok = reason == 0
    excess = np.zeros(len(judged), dtype=np.int64)
    if ok.any():
        excess[ok] = growth_excess(cells.ends.take(level[ok]), base_ends.take(ok), rate.take(ok), years[period][ok])
    how = declared(cells, datasets, rule(rule_id))[cells.codes["dataset"][judged]]
    lone = (level < 0) & (base < 0)
    done = Evaluated(
        rule(rule_id),
        judged,
        terms,
        excess,
        reason.astype(np.int8),
        np.asarray((cells.rough[np.maximum(terms, 0)] & (terms >= 0)).any(axis=0)),
        ~ok & ~lone & cells.usable[judged],
        is_flow(cells, judged, "B") & absolute_balance(cells, datasets)[cells.codes["dataset"][judged]],
        Ratio(100),
    )
    return done.keep(how != "off")


def examine(cells: Cells, datasets: Mapping[str, Dataset], terms: Codes, measure: str) -> tuple[Codes, Ends, Ends]:
    """Why rates (``terms``: rate, level, base) cannot be evaluated (0: they can), 100 % + rate, and the base."""
    judged, level, base = terms
    at = np.maximum(terms, 0)
    base_ends = cells.ends.take(at[2])
    balance = is_flow(cells, judged, "B")
    absolute = balance & absolute_balance(cells, datasets)[cells.codes["dataset"][judged]]
    negative = base_ends.sign < 0
    rate = rates(cells, judged, absolute, negative)
    present: Flags = np.where(terms >= 0, cells.figure[at] >= 0, False)
    clash = np.asarray(np.where(terms >= 0, cells.clash[at], False).any(axis=0))
    level_ends = cells.ends.take(at[1])
    reason = np.zeros(len(judged), dtype=np.int64)
    checks: list[tuple[int, Flags]] = [
        (NO_LEVEL, level < 0),
        (NO_BASE, base < 0),
        (NO_VALUE, ~np.asarray(present.all(axis=0))),
        (CLASH, clash),
        (BREAK, breaks(cells, level, base_starts(cells, measure)[cells.codes["period"][judged]])),
        (ZERO_BASE, base_ends.holds_zero),
    ]
    if measure == "growth_avg":
        # What fell below −100 % of a positive base has no other way to be true: that is judged, and fails.
        turned = (level_ends.sign != 0) & (level_ends.sign != base_ends.sign) & ~level_ends.holds_zero
        checks.append((SIGN_CHANGED, turned & (negative | ~wholly_below(rate))))
    for code, where in checks:
        reason = np.where((reason == 0) & where, code, reason)
    return reason, rate, base_ends


def wholly_below(rate: Ends) -> Flags:
    """Where 100 % + rate is below 0 for certain."""
    below: Flags = ~rate.high_inf & np.asarray(rate.high < 0, dtype=bool)
    return below


def base_starts(cells: Cells, measure: str) -> Codes:
    """Of each period text, taken as that of a rate: the month in which its base begins; −1 where it has none."""
    found = np.full(len(cells.texts["period"]), -1, dtype=np.int64)
    for at, text in enumerate(cells.texts["period"]):
        try:
            found[at] = months(_base_and_end(text, measure)[0]).start
        except FigureError:
            continue
    return found


def breaks(cells: Cells, at: Codes, base: Codes) -> Flags:
    """Where a series breaks (OBS_STATUS ``B``) after its base began (month ``base``) and no later than the level does.

    A figure is marked that is the first after a break: the level itself, or any the release prints in between.
    """
    statuses = cells.frame["status"]
    broken = [status for status in statuses.unique() if "B" in str(status).split(";")]
    none = np.zeros(len(at), dtype=bool)
    if not broken:
        return none
    row = np.where(cells.figure >= 0, cells.figure, cells.first)
    marked = np.flatnonzero(statuses.isin(broken).to_numpy()[row] & cells.is_amount)
    if not len(marked):
        return none
    columns = [(cells.family, cells.families)]
    columns += [(cells.currency, len(cells.texts["currency"])), (cells.codes["flow"], len(cells.texts["flow"]))]
    series = mixed(columns) * _MONTHS
    month = np.array([_start(text) for text in cells.texts["period"]], dtype=np.int64)[cells.codes["period"]]
    times = np.sort(series[marked] + month[marked])
    level = np.maximum(at, 0)
    last = times[np.maximum(np.searchsorted(times, series[level] + month[level], side="right") - 1, 0)]
    since = last - series[level]  # of another series: below 0, or beyond every month
    flags: Flags = (at >= 0) & (since > base) & (since <= month[level])
    return flags


def _start(period: str) -> int:
    try:
        return months(period).start
    except FigureError:
        return 0


def is_flow(cells: Cells, at: Codes, flow: str) -> Flags:
    """Which cells are of a flow."""
    names = cells.texts["flow"]
    flags: Flags = cells.codes["flow"][at] == (names.index(flow) if flow in names else -1)
    return flags


def absolute_balance(cells: Cells, datasets: Mapping[str, Dataset]) -> Flags:
    """Which datasets (by code) mean growth of a balance on its absolute base."""
    return np.array(
        [name in datasets and datasets[name].balance_growth == "absolute" for name in cells.texts["dataset"]] or [False]
    )
