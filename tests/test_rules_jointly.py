"""Suspects stand in a smallest set that one choice of true values explains: against all such sets, by brute force."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest

from schemas.judge import judge
from schemas.observations import readings

Span = tuple[Fraction, Fraction]
RATES = ("gT", "gX", "gM")


def span(value: str, half: Fraction) -> Span:
    return Fraction(value) - half, Fraction(value) + half


def meet(*spans: Span) -> Span:
    return max(low for low, _ in spans), min(high for _, high in spans)


def ratio(value: Fraction, rate: Span) -> Span:
    return value / (1 + rate[1] / 100), value / (1 + rate[0] / 100)


def smallest(printed: dict[str, str]) -> set[frozenset[str]]:
    """The smallest sets of figures without which true exports and imports of both years explain all others."""
    halves = {"X": Fraction(5)} | dict.fromkeys(RATES, Fraction(1, 20))
    known = {name: span(value, halves.get(name, Fraction(1, 2))) for name, value in printed.items()}
    wide = Fraction(0), Fraction(10**6)
    best, found = 3, set[frozenset[str]]()
    for x, m in ((Fraction(a, 4), Fraction(b, 4)) for a in range(1, 80) for b in range(20, 180)):
        now = {"T": x + m, "X": x, "M": m, "B": x - m}
        wrong = frozenset(name for name, value in now.items() if not known[name][0] <= value <= known[name][1])
        for size in range(max(best - len(wrong), -1) + 1):
            for more in combinations(("X18", "M18", *RATES), size):
                one = {name: wide if name in more else known[name] for name in ("X18", "M18", *RATES)}
                x18 = meet(one["X18"], wide if "gX" in more else ratio(x, one["gX"]))
                m18 = meet(one["M18"], wide if "gM" in more else ratio(m, one["gM"]))
                both = wide if "gT" in more else ratio(x + m, one["gT"])
                if x18[0] > x18[1] or m18[0] > m18[1]:
                    continue
                if x18[0] + m18[0] > both[1] or x18[1] + m18[1] < both[0]:
                    continue
                chosen = wrong | set(more)
                if len(chosen) < best:
                    best, found = len(chosen), set()
                if len(chosen) == best:
                    found.add(chosen)
    return found


def frame(printed: dict[str, str]) -> Any:
    rows = []
    for name, text in printed.items():
        flow, rate = name.strip("g18"), name in RATES
        rows.append(
            {
                "flow": flow,
                "measure": "growth_yoy" if rate else "level",
                "unit": "%" if rate else "USD",
                "basis": "USD" if rate else "_Z",
                "period": "2018" if name.endswith("18") else "2019",
                "mantissa": round(Fraction(text) * 10) if rate else int(text),
                "exponent": -1 if rate else 0,
                "qualifier": "~" if name == "X" else "=",
            }
        )
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in rows[0]}
    return readings(columns | {"dataset": "d", "reporter": "FRA", "released": "2020-02-01", "document": "d" * 64})


@pytest.mark.parametrize(
    "printed",
    [
        {
            "M18": "61",
            "X18": "50",
            "B": "-6",
            "M": "33",
            "T": "38",
            "X": "5",
            "gT": "-75.8",
            "gX": "-90.1",
            "gM": "-70.2",
        },
        {
            "M18": "95",
            "X18": "64",
            "B": "-4",
            "M": "41",
            "T": "46",
            "X": "5",
            "gT": "-81.2",
            "gX": "-91.7",
            "gM": "-70.3",
        },
        {
            "M18": "44",
            "X18": "38",
            "B": "-3",
            "M": "29",
            "T": "33",
            "X": "5",
            "gT": "-72.9",
            "gX": "-88.1",
            "gM": "-56.4",
        },
    ],
)
def test_what_no_true_values_explain_is_not_suspected(printed: dict[str, str]) -> None:
    named = {
        ("g" if one.measure != "level" else "") + one.flow + ("18" if one.period == "2018" else "")
        for finding in judge(frame(printed)).findings
        for one in finding.suspects
    }
    sets = smallest(printed)
    assert named == set().union(*sets)
