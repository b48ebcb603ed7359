"""Growth, average growth and what growth implies: every small case, against fractions written down here."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cells import spans
from schemas.figures import Figure, Interval
from schemas.intervals.grid import Ends, figure_ends
from schemas.judge import judge
from schemas.observations import readings
from schemas.rules.shared.rates import growth_excess

QUALIFIERS = {"=": 0, ">": 1, "<": 2, "≥": 3, "≤": 4, "~": 5}


def ends(figures: list[Figure]) -> Ends:
    return figure_ends(
        np.array([f.mantissa for f in figures], dtype=np.int64),
        np.array([f.exponent for f in figures]),
        np.array([QUALIFIERS[f.qualifier] for f in figures]),
        np.array([f.rounding == "truncated" for f in figures]),
        QUALIFIERS,
    )


def hundred(rate: Ends) -> Ends:
    shift = 200 * 10 ** (-rate.exponent)
    return Ends(rate.low + shift, rate.high + shift, *(getattr(rate, n) for n in list(Ends.__dataclass_fields__)[2:]))


def reachable(base: Interval, factor: Interval, level: Interval) -> bool:
    """Whether b·q = v for some b, q, v: the least and greatest b·q lie at corners, reached if both ends are."""
    corners: list[tuple[Fraction, bool]] = []
    for b, b_open in ((base.low, base.low_open), (base.high, base.high_open)):
        for q, q_open in ((factor.low, factor.low_open), (factor.high, factor.high_open)):
            assert b is not None
            assert q is not None
            reached = (not b_open and not q_open) or (b == 0 and not b_open) or (q == 0 and not q_open)
            corners.append((b * q, reached))
    low, high = min(value for value, _ in corners), max(value for value, _ in corners)
    low_open = not any(reached for value, reached in corners if value == low)
    high_open = not any(reached for value, reached in corners if value == high)
    return not Interval(low, high, low_open, high_open).meet(level).empty


def expected(level: Figure, base: Figure, rate: Figure, years: int) -> bool:
    q = rate.interval
    assert q.low is not None
    assert q.high is not None
    low, high = 1 + q.low / 100, 1 + q.high / 100
    low_open = q.low_open
    if years > 1 and low < 0:
        low, low_open = Fraction(0), False
    factor = Interval(low**years, high**years, low_open, q.high_open)
    return reachable(base.interval, factor, level.interval)


@pytest.mark.parametrize("years", [1, 2, 3])
@pytest.mark.parametrize("rounding", ["nearest", "truncated"])
@pytest.mark.parametrize("exponents", [(0, 0, 0), (0, 1, 1), (-1, 0, 1)])
def test_every_small_case(exponents: tuple[int, int, int], rounding: str, years: int) -> None:
    v, b, g = exponents
    cases = [
        (Figure(level, v, rounding=rounding), Figure(base, b, rounding=rounding), Figure(rate, g, rounding=rounding))
        for level, base, rate in product(range(-6, 7), [-4, -3, -1, 1, 2, 5], [-100, -60, -50, -10, 0, 10, 33, 50, 100])
    ]
    cases = [
        case
        for case in cases
        if not case[1].interval.contains(0) and (years == 1 or case[2].interval.high > -100)  # type: ignore[operator]
    ]
    level, base, rate = (ends([case[at] for case in cases]) for at in range(3))
    coarse = np.maximum(rate.exponent, 0)
    shifted = Ends(
        rate.low * 10**coarse,
        rate.high * 10**coarse,
        np.minimum(rate.exponent, 0),
        *(getattr(rate, name) for name in list(Ends.__dataclass_fields__)[3:]),
    )
    holds = growth_excess(level, base, hundred(shifted), np.full(len(cases), years)) <= 0
    truth = [expected(*case, years) for case in cases]
    assert holds.tolist() == truth
    assert years > 1 or any(truth)
    assert not all(truth)


figure = st.builds(
    Figure, st.integers(1, 10**15), st.integers(-4, 12), rounding=st.sampled_from(["nearest", "truncated"])
)
rate_figure = st.builds(
    Figure, st.integers(-990, 5000), st.just(-1), rounding=st.sampled_from(["nearest", "truncated"])
)


@given(figure, figure, rate_figure, st.integers(1, 12))
def test_any_figures(level: Figure, base: Figure, rate: Figure, years: int) -> None:
    if base.interval.contains(0):
        return
    found = growth_excess(ends([level]), ends([base]), hundred(ends([rate])), np.array([years]))[0] <= 0
    assert bool(found) == expected(level, base, rate, years)


@given(
    st.integers(10**3, 10**12),
    st.integers(-1, 3),
    st.integers(-2, 4),
    st.fractions(Fraction(-99, 100), 4),
    st.integers(1, 8),
    st.integers(-2, 0),
)
def test_true_rates_always_hold(base: int, b: int, v: int, growth: Fraction, years: int, g: int) -> None:
    """Any truth, printed at any precision, is judged to hold (recomputing from rounded levels would not)."""
    factor = (1 + growth) ** years

    def printed(value: Fraction, exponent: int) -> Figure:
        return Figure(round(value / Fraction(10) ** exponent), exponent)

    figures = printed(Fraction(base) * factor, v), printed(Fraction(base), b), printed(growth * 100, g)
    if figures[1].interval.contains(0):
        return
    level, under, rate = (ends([one]) for one in figures)
    assert growth_excess(level, under, hundred(rate), np.array([years]))[0] <= 0


def explained(strips: dict[str, Interval]) -> bool:
    """Each identity of the flows there are, by sums of interval ends."""

    def meets(sign: dict[str, int]) -> bool:
        low = high = Fraction(0)
        low_open = high_open = False
        for flow, factor in sign.items():
            one = strips[flow]
            assert one.low is not None
            assert one.high is not None
            ends_of = (one.low, one.low_open), (one.high, one.high_open)
            (least, least_open), (most, most_open) = ends_of if factor > 0 else ends_of[::-1]
            low, high = low + factor * least, high + factor * most
            low_open, high_open = low_open or least_open, high_open or most_open
        return Interval(low, high, low_open, high_open).contains(0)

    identities = (
        {"T": 1, "X": -1, "M": -1},
        {"B": 1, "X": -1, "M": 1},
        {"T": 1, "B": 1, "X": -2},
        {"T": 1, "B": -1, "M": -2},
    )
    return all(meets(sign) for sign in identities if sign.keys() <= strips.keys())


@pytest.mark.parametrize("rounding", ["nearest", "truncated"])
@pytest.mark.parametrize("step", [0, 9])
def test_growth_implied_on_every_small_case(rounding: str, step: int) -> None:
    """Levels 20 = 12 + 8 and 4, in units or to nine decimals (beyond int64), with all of four coarse rates."""
    levels = {"T": 20, "X": 12, "M": 8, "B": 4}
    choices = [-20, 0, 20, 50]
    cases = list(product(choices, repeat=4))
    columns: dict[str, list[object]] = {
        name: [] for name in ("flow", "measure", "unit", "basis", "partner", "mantissa", "exponent")
    }
    for number, case in enumerate(cases):
        for flow, rate in zip(levels, case, strict=True):
            for measure, value in (("level", levels[flow]), ("growth_yoy", rate)):
                level = measure == "level"
                columns["flow"].append(flow)
                columns["measure"].append(measure)
                columns["unit"].append("USD" if level else "%")
                columns["basis"].append("_Z" if level else "USD")
                columns["partner"].append(f"P{number}")
                columns["mantissa"].append(value * 10 ** (step if level else 0))
                columns["exponent"].append(-step if level else 0)
    frame = readings(
        {**columns, "dataset": "d", "reporter": "USA", "period": "2019", "released": "2020-02-01", "rounding": rounding}
    )
    result = judge(frame).evaluations
    implied = result[result["rule"] == "growth-implied"]
    holds = dict(zip(implied["block"].astype(str), implied["excess"] <= 0, strict=True))
    seen = set()
    for number, case in enumerate(cases):
        strips = {}
        for (flow, level), rate in zip(levels.items(), case, strict=True):
            known = Figure(level * 10**step, -step, rounding=rounding).interval
            grown = Figure(rate, 0, rounding=rounding).interval
            assert known.low is not None
            assert known.high is not None
            assert grown.low is not None
            assert grown.high is not None
            strips[flow] = Interval(
                known.low / (1 + grown.high / 100),
                known.high / (1 + grown.low / 100),
                known.low_open or grown.high_open,
                known.high_open or grown.low_open,
            )
        truth = explained(strips)
        seen.add(truth)
        assert holds[f"d/USA/P{number}/total/_T/2019/USD"] == truth, case
    assert seen == {True, False}


def rated(measure: str, rate: int, level: int, base: int | None, flow: str = "X", more: bool = False) -> dict[str, str]:
    """Rule → result of a release with one rate in tenths of a per cent; ``more``: with what growth-implied needs."""
    period, before = ("2021", "2020") if measure != "growth_avg" else ("2019/2021", "2019")
    rows = [(flow, "level", "2021", level, 5), (flow, measure, period, rate, -1)]
    rows += [] if base is None else [(flow, "level", before, base, 5)]
    if more:
        rows += [("M", "level", "2021", 100, 5), ("T", "level", "2021", level + 100, 5)]
        rows += [("M", measure, "2021", 250, -1), ("T", measure, "2021", 750, -1)]
    names = ("flow", "measure", "period", "mantissa", "exponent")
    columns: dict[str, list[object]] = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    columns["unit"] = ["USD" if row[1] == "level" else "%" for row in rows]
    columns["basis"] = ["_Z" if row[1] == "level" else "USD" for row in rows]
    result = judge(readings({**columns, "dataset": "d", "reporter": "NRU", "released": "2022-07-07"})).evaluations
    return dict(zip(result["rule"].astype(str), result["result"].astype(str), strict=True))


@pytest.mark.parametrize(
    ("measure", "rate", "level", "base", "flow", "result"),
    [
        ("growth_yoy", -1083, 250, 120, "X", "fails"),  # a sign that is lost
        ("growth_prev", -1400, 250, 120, "T", "fails"),
        ("growth_yoy", -1250, 105, 120, "M", "fails"),  # a decimal point: −12.50 %
        ("growth_yoy", -1083, 250, 120, "B", "fails"),
        ("growth_yoy", -1083, -10, 120, "B", "holds"),
        ("growth_avg", -1200, 250, 120, "X", "fails"),  # (1 − 2.2)² would be 1.44: no rate of two years is
        ("growth_avg", -2443, 250, 120, "X", "fails"),
        ("growth_avg", -2443, -250, 120, "X", "fails"),
        ("growth_avg", -443, -250, 120, "X", "not evaluable"),
        ("growth_avg", -2443, 250, -120, "X", "not evaluable"),
        ("growth_avg", -2443, -250, -120, "X", "fails"),
    ],
)
def test_a_rate_below_minus_100(measure: str, rate: int, level: int, base: int, flow: str, result: str) -> None:
    rule = "growth-average" if measure == "growth_avg" else "growth"
    assert rated(measure, rate, level, base, flow)[rule] == result


def test_a_rate_below_minus_100_implies_a_base_of_the_other_sign() -> None:
    found = rated("growth_yoy", -1083, 250, None, more=True)
    assert (found["growth"], found["growth-implied"]) == ("not evaluable", "fails")


@pytest.mark.parametrize("rounding", ["nearest", "truncated"])
@pytest.mark.parametrize("qualifier", QUALIFIERS)
def test_one_sign_for_one_figure_and_for_many(qualifier: str, rounding: str) -> None:
    figures = [Figure(mantissa, 0, qualifier, rounding) for mantissa in (-6, -5, -1, 0, 1, 5, 6)]
    signs = [spans.sign(one.interval) for one in figures]
    assert ends(figures).sign.tolist() == signs
    assert signs[-1] == (0 if qualifier in "<≤" else 1)
    assert spans.sign(Interval(Fraction(0), Fraction(0))) == 1
    assert spans.sign(Interval(Fraction(0), Fraction(10))) == 1  # the low end 0 is no negative number


@pytest.mark.parametrize(
    ("measure", "rate", "period", "marked", "evaluated"),
    [
        ("growth_yoy", "2021", "2021", "2021", False),
        ("growth_yoy", "2021", "2021", "2020", True),  # the base is the first after the break
        ("growth_yoy", "2021-03", "2021-03", "2020-07", False),  # another printed period, in between
        ("growth_yoy", "2021-03", "2021-03", "2021-04", True),
        ("growth_yoy", "2021-03", "2021-03", "2020-02", True),
        ("growth_yoy", "2021-03", "2021-03", "2021", False),  # of another length
        ("growth_prev", "2021-03", "2021-03", "2020-07", True),
        ("growth_avg", "2016/2021", "2021", "2018", False),
        ("growth_avg", "2016/2021", "2021", "2015", True),
    ],
)
def test_a_break_between_base_and_period(measure: str, rate: str, period: str, marked: str, evaluated: bool) -> None:
    base = {"growth_yoy": f"2020{period[4:]}", "growth_prev": "2021-02", "growth_avg": "2016"}[measure]
    levels = dict.fromkeys(dict.fromkeys((period, base, marked)), ("level", "USD", "_Z"))
    rows = [*levels.items(), (rate, (measure, "%", "USD"))]
    table = readings(
        {
            "dataset": "d",
            "reporter": "NRU",
            "released": "2022-07-07",
            "flow": "X",
            "period": [one for one, _ in rows],
            **{name: [row[at] for _, row in rows] for at, name in enumerate(("measure", "unit", "basis"))},
            "mantissa": [120] * len(levels) + [0],
            "exponent": 0,
            "status": ["B" if one == marked and said[0] == "level" else "" for one, said in rows],
        }
    )
    (done,) = (part for part in judge(table).done if part.rule.id.startswith("growth") and len(part.anchor) == 1)
    assert (done.reason.tolist() == [0]) is evaluated
