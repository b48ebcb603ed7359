"""Ratios of figures, as conditions of rules: every rate of growth of a release at once, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, cast

import numpy as np

from schemas.cells import spans
from schemas.cells.cells import Cells
from schemas.cells.reader import Reader, Said, period_text
from schemas.datasets import Dataset
from schemas.errors import FigureError
from schemas.figures import Interval
from schemas.intervals.grid import Codes, Ends, Flags
from schemas.keys import one_key
from schemas.periods import months
from schemas.rules import Rule
from schemas.rules.shared.evaluation import Evaluated, evaluated
from schemas.rules.shared.rates import base_and_end, growth_excess, rate_of, turned, whole_and, wholly_below
from schemas.rules.shared.statements import Ratio
from schemas.sentences import inner_span, number, range_text, rounded

NO_BASE, NO_LEVEL, NO_VALUE, CLASH, ZERO_BASE, BREAK, SIGN_CHANGED = range(1, 8)
REASONS: Final = {
    NO_BASE: "{base} is not in this release",
    NO_LEVEL: "{level} is not in this release",
    NO_VALUE: "a figure it needs has no value in this release",
    CLASH: "a figure it needs has readings that do not meet",
    ZERO_BASE: "{zero} may be zero",
    BREAK: "the series breaks there",
    SIGN_CHANGED: "the figure changed its sign",
}

_SHOWN_DIGITS: Final = 2  # a computed rate is shown with so many digits more than the printed one
_MONTHS: Final = 1 << 18  # more than any period has, counted from the year 0


def base_periods(cells: Cells, measure: str) -> tuple[Codes, Codes, Codes, Codes]:
    """Of each period text, taken as that of a rate: codes of end and base, the years, the month the base begins in.

    −1 for an end and a base that are not among the texts, and for the month where the text is no period of that rate.
    """
    texts = cells.texts["period"]
    code = {text: at for at, text in enumerate(texts)}
    end, base, years, start = np.full((4, len(texts)), -1, dtype=np.int64)
    for at, text in enumerate(texts):
        try:
            first, last, years[at] = base_and_end(measure, text)
        except FigureError:
            continue
        end[at], base[at], start[at] = code.get(last, -1), code.get(first, -1), months(first).start
    return end, base, years, start


def judge_rates(
    cells: Cells, datasets: Mapping[str, Dataset], judged_by: Rule, measures: tuple[str, ...]
) -> list[Evaluated]:
    """Every rate of some measures; ``terms``: rate, level, base."""
    found = [(measure, cells.measured(measure)) for measure in measures]
    return [_judge(cells, datasets, judged_by, judged, measure) for measure, judged in found if len(judged)]


def _judge(cells: Cells, datasets: Mapping[str, Dataset], rule: Rule, judged: Codes, measure: str) -> Evaluated:
    periods = base_periods(cells, measure)
    end, start, years, month = (one[cells.codes["period"][judged]] for one in periods)
    series = (cells.family[judged], cells.currency[judged], cells.codes["flow"][judged])
    level, base = cells.amount(*series, end), cells.amount(*series, start)
    broken = breaks(cells, level, month)
    condition = Ratio(100, np.where(broken, 0, years), turning(cells, datasets, judged))
    return judge_ratios(cells, rule, np.vstack([judged, level, base]), condition, average=measure == "growth_avg")


def judge_ratios(cells: Cells, rule: Rule, terms: Codes, condition: Ratio, *, average: bool = False) -> Evaluated:
    """A condition on rates, levels and bases (``terms``); meant where one of level and base is there."""
    reason, rate, base = _examine(cells, terms, condition, average)
    ok = reason == 0
    excess = np.zeros(len(ok), dtype=np.int64)
    if ok.any():
        level = cells.ends.take(terms[1][ok])
        excess[ok] = growth_excess(level, base.take(ok), rate.take(ok), condition.years[ok])
    meant = ~ok & (terms[1:] >= 0).any(axis=0) & cells.usable[terms[0]]
    return evaluated(cells, rule, terms, excess, reason=reason, meant=meant, condition=condition)


def _examine(cells: Cells, terms: Codes, condition: Ratio, average: bool) -> tuple[Codes, Ends, Ends]:
    """Why rates (``terms``: rate, level, base) cannot be evaluated (0: they can), ``whole`` % + rate, and the base."""
    judged, level, base = terms
    at = np.maximum(terms, 0)
    level_ends, base_ends = cells.ends.take(at[1]), cells.ends.take(at[2])
    negative = base_ends.sign < 0
    rate = whole_and(cells.ends.take(judged), condition.whole, condition.turns & negative)
    checks: list[tuple[int, Flags]] = [
        (NO_LEVEL, level < 0),
        (NO_BASE, base < 0),
        (NO_VALUE, np.asarray((cells.figure[at] < 0).any(axis=0))),
        (CLASH, np.asarray(cells.clash[at].any(axis=0))),
        (BREAK, condition.years == 0),
        (ZERO_BASE, base_ends.holds_zero),
    ]
    if average:
        # What fell below −100 % of a positive base has no other way to be true: that is judged, and fails.
        changed = (level_ends.sign != 0) & (level_ends.sign != base_ends.sign) & ~level_ends.holds_zero
        checks.append((SIGN_CHANGED, changed & (negative | ~wholly_below(rate))))
    return first_reason(checks), rate, base_ends


def first_reason(checks: list[tuple[int, Flags]]) -> Codes:
    """Of reasons and where each is given the first; 0 where none is."""
    reason = np.zeros(len(checks[0][1]), dtype=np.int64)
    for code, where in checks:
        reason = np.where((reason == 0) & where, code, reason)
    return reason


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
    series = one_key(columns) * _MONTHS
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


def turning(cells: Cells, datasets: Mapping[str, Dataset], at: Codes) -> Flags:
    """Which cells, or rates of them, are of a balance whose growth its dataset means on its absolute base."""
    names = cells.texts["flow"]
    balance: Flags = cells.codes["flow"][at] == (names.index("B") if "B" in names else -1)
    return balance & absolute(cells, datasets, at)


def absolute(cells: Cells, datasets: Mapping[str, Dataset], at: Codes) -> Flags:
    """Which cells are of datasets that mean growth of a balance on its absolute base."""
    meant = [name in datasets and datasets[name].balance_growth == "absolute" for name in cells.texts["dataset"]]
    flags: Flags = np.array(meant or [False])[cells.codes["dataset"][at]]
    return flags


def missed(reader: Reader, done: Evaluated, at: int, words: str) -> Said:
    """That a printed rate is not what a level and its base make of it, after ``words`` for what they are."""
    judged, level, base = (int(cell) for cell in done.terms[:, at])
    condition = cast("Ratio", done.condition)
    how = condition.whole, int(condition.years[at])
    value, under = (Interval(one, one) for one in map(reader.value, (level, base)))
    known, turns = reader.interval(base), bool(condition.turns[at])
    printed = turned(rate_of(value, under, False, *how) or Interval(Fraction(0), Fraction(0)), turns, known).low
    interval = rate_of(reader.interval(level), known, turns, *how) or spans.ANY
    left, stands = reader.value(judged), reader.interval(judged)
    shown = reader.exponent(judged) - _SHOWN_DIGITS
    right = rounded(printed or Fraction(0), shown)
    allowed = rounded(spans.half_width(interval), shown) + spans.half_width(stands)
    fits = range_text(inner_span(spans.printable(left, stands, interval), shown))
    return Said(left, right, allowed, f"{words} ({number(right)} % ± {number(allowed)})", fits)


def base_period(cells: Cells, rate: int) -> str:
    """The period of a rate's base, as it is said."""
    return period_text(base_and_end(cells.text("measure", rate), cells.text("period", rate))[0])
