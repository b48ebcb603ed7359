"""Every verdict against an oracle that shares no code with what it judges: random releases, rows in any order."""

from __future__ import annotations

import os
import random
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest

from schemas.datasets import Dataset, Partition
from schemas.judge import judge
from schemas.observations import readings
from tests.oracle import Release, Row

#: Releases, and how many are judged in one frame.
RELEASES, TOGETHER = (10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "ci" else 400), 100
ENOUGH = {
    "total": 100,
    "growth": 100,
    "growth-implied": 60,
    "growth-average": 10,
    "share": 10,
    "parts": 20,
    "repeat": 200,
}
PARTS = ("goods", "services")
IDENTITIES = ("total", "balance", "exports-from-total", "imports-from-total")
FACTORS = {"T": (1, 1), "X": (1, 0), "M": (0, 1), "B": (1, -1)}
KINDS = {
    "year": ("2019", "2018"),
    "month": ("2019-01", "2018-01", "2018-12"),
    "quarter": ("2019-Q1", "2018-Q1", "2018-Q4"),
    "span": ("2019-01/2019-02", "2018-01/2018-02"),
    "average": ("2019", "2016"),
}


def simulate(chance: random.Random) -> tuple[list[Row], dict[str, Any]]:
    """Readings of a release that is nearly true, and how its dataset declares itself."""
    declared = {"truncated": chance.random() < 0.3, "absolute": chance.random() < 0.3}
    declared["exact"] = frozenset(IDENTITIES) if chance.random() < 0.15 else frozenset()
    declared["parts"] = {"total": PARTS} if chance.random() < 0.5 else {}
    kind = chance.choice(list(KINDS))
    exponent, size = chance.choice((-1, 0, 1, 6)), chance.choice((4, 40, 400, 10**6))
    lowest = chance.choice((0, 1, -size))
    truth: dict[tuple[str, str, str], Fraction] = {}
    for period in KINDS[kind]:
        known = {name: [Fraction(chance.randint(lowest * 8, size * 8), 8) for _ in "XM"] for name in PARTS}
        known["total"] = [sum(pair, Fraction(0)) for pair in zip(*known.values(), strict=True)]
        for name, (x, m) in known.items():
            for flow, (a, b) in FACTORS.items():
                truth[name, flow, period] = (a * x + b * m) * Fraction(10) ** exponent
    names = chance.choice((("total",), ("total", *PARTS), ("goods",)))
    units = chance.choice((("USD",), ("USD",), ("USD", "CNY")))
    rows: list[Row] = []

    def say(name: str, flow: str, measure: str, basis: str, unit: str, period: str, value: Fraction, step: int) -> None:
        status = chance.choice(("",) * 30 + ("B",)) if measure == "level" else ""
        for _ in range(chance.choice((1, 1, 1, 1, 1, 2, 3))):
            finest = step + chance.choice((0, 0, 0, 1))
            scaled = value / Fraction(10) ** finest
            mantissa = int(scaled) if declared["truncated"] else round(scaled)
            mantissa += chance.choice((0,) * 12 + (1, -1, 2, 30))
            qualifier = "=" if chance.random() < 0.9 else chance.choice(("~", ">", "<", "≥", "≤"))
            rows.append(Row(name, flow, measure, basis, unit, period, mantissa, finest, qualifier, status))

    for (name, flow, period), value in truth.items():
        if name not in names or chance.random() < 0.15:
            continue
        for unit in units:
            factor = Fraction(1 if unit == "USD" else 7)
            say(name, flow, "level", "_Z", unit, period, value * factor, exponent)
            bases = KINDS[kind][1:] if period == KINDS[kind][0] and chance.random() < 0.6 else ()
            for at, base in enumerate(bases):
                under = truth[name, flow, base]
                if under:
                    turn = -1 if under < 0 and flow == "B" and declared["absolute"] else 1
                    rate = (value / under - 1) * 100 * turn
                    if kind == "average":
                        ratio = float(value / under)
                        rate = Fraction(round((ratio ** (1 / 3) - 1) * 10**4), 100) if ratio > 0 else Fraction(5)
                        say(name, flow, "growth_avg", unit, "%", f"{base}/{period}", rate, -1)
                    else:
                        say(name, flow, ("growth_yoy", "growth_prev")[at], unit, "%", period, rate, -1)
            whole = truth["total", flow, period]
            if name in PARTS and whole and unit == units[0] and len(units) == 1 and chance.random() < 0.3:
                say(name, flow, "share", "product=total", "%", period, value / whole * 100, -1)
    chance.shuffle(rows)
    return rows, declared


def dataset(name: str, declared: dict[str, Any]) -> Dataset:
    parts = tuple(Partition("product", whole, children) for whole, children in declared["parts"].items())
    return Dataset(
        name,
        identities=dict.fromkeys(declared["exact"], "exact"),
        partitions=parts,
        balance_growth="absolute" if declared["absolute"] else "signed",
    )


def frame(releases: dict[str, tuple[list[Row], dict[str, Any]]], chance: random.Random) -> Any:
    rows = [
        {**row._asdict(), "dataset": name, "rounding": "truncated" if declared["truncated"] else "nearest"}
        for name, (figures, declared) in releases.items()
        for row in figures
    ]
    chance.shuffle(rows)
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in rows[0]}
    columns |= {"position": range(1, len(rows) + 1), "reporter": "CHN", "released": "2019-04-01", "document": "d" * 64}
    return readings(columns)


def said_by_oracle(name: str, rows: list[Row], declared: dict[str, Any]) -> Counter[tuple[str, str, str]]:
    found: Counter[tuple[str, str, str]] = Counter()
    for (rule, product, period, which), verdict in Release(rows, **declared).verdicts().items():
        unit = "" if rule == "repeat" else which.rpartition("/")[2]  # of a rate, that of the level it is about
        found[rule, f"{name}/CHN/WLD/{product}/_T/{period.replace('/', '..')}/{unit}", verdict] += 1
    return found


@pytest.mark.parametrize("batch", range(RELEASES // TOGETHER))
def test_verdicts_are_the_oracles(batch: int) -> None:
    chance = random.Random(batch)
    releases = {f"d{number}": simulate(chance) for number in range(TOGETHER)}
    judged = judge(
        frame(releases, chance), {name: dataset(name, how) for name, (_, how) in releases.items()}
    ).evaluations
    judged = judged[(judged["result"] != "not evaluable") & (judged["rule"] != "currency")]
    ours: dict[str, Counter[tuple[str, str, str]]] = {name: Counter() for name in releases}
    for rule, block, result, severity in zip(
        *(judged[name].astype(str) for name in ("rule", "block", "result", "severity")), strict=True
    ):
        if rule == "repeat":
            block = block[: block.rindex("/") + 1]
        ours[block.partition("/")[0]][rule, block, "holds" if result == "holds" else severity] += 1
    wanted = {name: said_by_oracle(name, *release) for name, release in releases.items()}
    differ = {name: (ours[name] - wanted[name], wanted[name] - ours[name]) for name in releases}
    assert not {name: two for name, two in differ.items() if any(two)}
    evaluated = Counter(key[0] for found in wanted.values() for key in found.elements())
    failed = Counter(key[0] for found in wanted.values() for key in found.elements() if key[2] != "holds")
    assert all(evaluated[rule] >= ENOUGH[rule] for rule in ENOUGH), evaluated
    assert all(failed[rule] for rule in ENOUGH), failed
