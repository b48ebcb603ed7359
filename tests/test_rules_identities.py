"""The four identities are joint feasibility: brute force over small integers, against fractions written down here."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.intervals.grid import Ends, figure_ends
from schemas.rules.identities import RULES
from schemas.rules.shared.strips import misses

FLOWS = 4  # total, exports, imports, balance


class End(NamedTuple):
    at: Fraction
    is_open: bool


Strip = tuple[End | None, End | None]


def strip(mantissa: int, exponent: int, rounding: str, qualifier: str = "=") -> Strip:
    """What an agency that printed this may have known."""
    step = Fraction(10) ** exponent
    value = mantissa * step
    if qualifier == ">":
        return End(value, True), None
    if qualifier == "≤":
        return None, End(value, False)
    if qualifier == "~":
        return End(value - 5 * step, False), End(value + 5 * step, False)
    if rounding == "nearest":
        return End(value - step / 2, False), End(value + step / 2, False)
    if mantissa == 0:
        return End(-step, True), End(step, True)
    if mantissa > 0:
        return End(value, False), End(value + step, True)
    return End(value - step, True), End(value, False)


def one_pair_explains(total: Strip, exports: Strip, imports: Strip, balance: Strip) -> bool:
    """Whether some (x, m) has x + m, x, m and x − m in their strips: Fourier–Motzkin, m first, then x."""
    # Bounds of m as (c, k, open): m ≥ c + k·x or m ≤ c + k·x.
    least = [(end.at, k, end.is_open) for end, k in ((imports[0], 0), (total[0], -1)) if end is not None]
    most = [(end.at, k, end.is_open) for end, k in ((imports[1], 0), (total[1], -1)) if end is not None]
    if balance[1] is not None:
        least.append((-balance[1].at, 1, balance[1].is_open))  # x − m ≤ b  ⇔  m ≥ x − b
    if balance[0] is not None:
        most.append((-balance[0].at, 1, balance[0].is_open))
    low = [exports[0]] if exports[0] else []
    high = [exports[1]] if exports[1] else []
    for a, i, a_open in least:
        for b, k, b_open in most:
            # a + i·x ≤ b + k·x
            slope, rest, strict = i - k, b - a, a_open or b_open
            if slope == 0:
                if rest < 0 or (rest == 0 and strict):
                    return False
            elif slope > 0:
                high.append(End(rest / slope, strict))
            else:
                low.append(End(rest / slope, strict))
    return all(a.at < b.at or (a.at == b.at and not a.is_open and not b.is_open) for a in low for b in high)


def judged(
    cases: list[tuple[int, ...]],
    exponents: tuple[int, ...],
    rounding: str,
    qualifiers: tuple[str, ...] = ("=",) * FLOWS,
) -> np.ndarray:
    names = {"=": 0, ">": 1, "≤": 2, "~": 3}
    count = len(cases)
    flows: list[Ends] = [
        figure_ends(
            np.array([case[at] for case in cases], dtype=np.int64),
            np.full(count, exponents[at]),
            np.full(count, names[qualifiers[at]]),
            np.full(count, rounding == "truncated"),
            names,
        )
        for at in range(FLOWS)
    ]
    return np.vstack(misses(RULES, flows, [np.ones(count, dtype=bool)] * FLOWS)) <= 0


def expected(
    cases: list[tuple[int, ...]],
    exponents: tuple[int, ...],
    rounding: str,
    qualifiers: tuple[str, ...] = ("=",) * FLOWS,
) -> list[bool]:
    known: dict[tuple[int, int], Strip] = {}

    def at(case: tuple[int, ...], flow: int) -> Strip:
        key = (flow, case[flow])
        if key not in known:
            known[key] = strip(case[flow], exponents[flow], rounding, qualifiers[flow])
        return known[key]

    return [one_pair_explains(*(at(case, flow) for flow in range(FLOWS))) for case in cases]


SMALL, WIDE, TENS = range(-2, 3), range(-4, 5), range(-1, 2)


@pytest.mark.parametrize("rounding", ["nearest", "truncated"])
@pytest.mark.parametrize(
    ("ranges", "exponents"),
    [
        ((WIDE, SMALL, SMALL, WIDE), (0, 0, 0, 0)),
        ((TENS, WIDE, WIDE, WIDE), (1, 0, 0, 0)),
        ((WIDE, TENS, WIDE, WIDE), (0, 1, 0, 0)),
        ((WIDE, WIDE, TENS, WIDE), (0, 0, 1, 0)),
        ((WIDE, WIDE, WIDE, TENS), (0, 0, 0, 1)),
        ((TENS, WIDE, WIDE, TENS), (1, 0, 0, 1)),
        ((TENS, TENS, WIDE, WIDE), (1, 1, 0, 0)),
        ((WIDE, TENS, TENS, WIDE), (-2, -1, -1, -2)),
    ],
)
def test_all_four_hold_exactly_when_one_pair_explains_all_figures(
    ranges: tuple[range, ...], exponents: tuple[int, ...], rounding: str
) -> None:
    cases = list(product(*ranges))
    holds = judged(cases, exponents, rounding).all(axis=0)
    truth = expected(cases, exponents, rounding)
    assert holds.tolist() == truth
    assert any(truth)
    assert not all(truth)


@pytest.mark.parametrize("qualifiers", list(product("=>≤~", repeat=2)))
def test_open_and_endless_ends(qualifiers: tuple[str, str]) -> None:
    cases = list(product(SMALL, SMALL, SMALL, SMALL))
    for said in (("=", *qualifiers, "="), (*qualifiers, "=", "="), (qualifiers[0], "=", "=", qualifiers[1])):
        holds = judged(cases, (0, 0, 0, 0), "truncated", said).all(axis=0)
        assert holds.tolist() == expected(cases, (0, 0, 0, 0), "truncated", said)


@pytest.mark.parametrize(("rounding", "count"), [("nearest", 646), ("truncated", 1150)])
def test_total_and_balance_alone_are_not_enough(rounding: str, count: int) -> None:
    """A checker that knows only T = X + M and B = X − M accepts figures that no pair explains (imports in tens)."""
    cases = list(product(range(-8, 9), SMALL, TENS, range(-8, 9)))
    exponents = (0, 0, 1, 0)
    holds = judged(cases, exponents, rounding)
    accepted, truth = holds[0] & holds[1], np.array(expected(cases, exponents, rounding))
    assert (accepted & ~truth).sum() == count
    assert not (truth & ~accepted).any()
    assert (holds.all(axis=0) == truth).all()


def test_truncation_is_not_closed_on_both_sides() -> None:
    """Exports 1, imports 1, balance −1, cut off: x − m > −1 always, and −1 stands for (−2, −1]."""
    assert not judged([(2, 1, 1, -1)], (0, 0, 0, 0), "truncated")[1][0]
    assert judged([(2, 1, 1, -1)], (0, 0, 0, 0), "nearest")[1][0]


figure = st.tuples(st.integers(-(10**6), 10**6), st.integers(-3, 3), st.sampled_from("=>≤~"))


@given(st.tuples(figure, figure, figure, figure), st.sampled_from(["nearest", "truncated"]))
def test_any_figures(figures: tuple[tuple[int, int, str], ...], rounding: str) -> None:
    mantissas, exponents, qualifiers = zip(*figures, strict=True)
    holds = judged([mantissas], exponents, rounding, qualifiers).all()
    assert bool(holds) == expected([mantissas], exponents, rounding, qualifiers)[0]


@given(st.integers(-(2**62), 2**62), st.integers(-30, 30), st.integers(-(2**62), 2**62), st.integers(-30, 30))
def test_no_size_wraps_round(exports: int, x: int, imports: int, m: int) -> None:
    """A total and a balance printed in full hold; one step beyond what is allowed does not."""
    for shift in (0, 1):
        values = [(exports, x), (imports, m)]
        exact = [value * Fraction(10) ** exponent for value, exponent in values]
        grid = min(x, m)
        beyond = shift * (10 ** (x - grid) + 10 ** (m - grid) + 1)
        total = int(sum(exact) / Fraction(10) ** grid) + beyond
        balance = int((exact[0] - exact[1]) / Fraction(10) ** grid)
        arrays = [
            figure_ends(
                np.array([mantissa], dtype=object),
                np.array([exponent]),
                np.zeros(1, dtype=int),
                np.zeros(1, dtype=bool),
                {"=": 0},
            )
            for mantissa, exponent in ((total, grid), values[0], values[1], (balance, grid))
        ]
        holds = [bool(miss[0] <= 0) for miss in misses(RULES, arrays, [np.ones(1, dtype=bool)] * FLOWS)]
        assert holds[0] is (shift == 0)
        assert holds[1]
