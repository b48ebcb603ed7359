"""Releases with planted errors, in units of 1, million and billion: FT-900's shape, and a hundred products by month.

    python -m benchmarks.planted [releases]

Both have two partitions, of products and of months, which connect all their figures. Printed as an agency does: every
figure rounded by itself. Each row is made in a process of its own, so that its first search is a cold one; beside it
stands what the usual checks find of the same errors, and how many true sums they take for wrong.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from schemas.datasets import Dataset, Partition
from schemas.findings import Finding
from schemas.judge import judge
from schemas.observations import readings

SCALES = {"USD": 0, "million": 6, "billion": 9}
Name = tuple[str, str, str]  # product, flow, period


@dataclass(frozen=True)
class Shape:
    """Which products and flows a release prints for some years and each of their months."""

    name: str
    products: tuple[str, ...]
    flows: tuple[str, ...]
    years: tuple[int, ...]

    def months(self, year: int) -> tuple[str, ...]:
        """The months of one year."""
        return tuple(f"{year}-{month:02d}" for month in range(1, 13))

    @property
    def dataset(self) -> Dataset:
        """Its declaration: products and months are partitions, a missed sum is an error."""
        parts = (
            Partition("product", "total", self.products, promised=True),
            Partition("period", "year", ("month",), promised=True),
        )
        return Dataset("planted", partitions=parts)


FT900 = Shape("FT-900", ("goods", "services"), ("X", "M", "B"), (2022, 2023, 2024))
PRODUCTS = Shape("100 products", tuple(f"p{number:02d}" for number in range(100)), ("T", "X", "M", "B"), (2024,))


def release(shape: Shape, chance: random.Random) -> dict[Name, int]:
    """A true release: the printed mantissa of every figure; the truth has three digits more."""
    truth: dict[Name, int] = {}
    for year in shape.years:
        for period in shape.months(year):
            for product in shape.products:
                x, m = (chance.randint(10**6, 10**8) for _ in range(2))
                for flow, value in {"T": x + m, "X": x, "M": m, "B": x - m}.items():
                    if flow in shape.flows:
                        truth[product, flow, period] = value
            for flow in shape.flows:
                truth["total", flow, period] = sum(truth[product, flow, period] for product in shape.products)
        for flow in shape.flows:
            for product in (*shape.products, "total"):
                truth[product, flow, str(year)] = sum(truth[product, flow, period] for period in shape.months(year))
    return {name: round(value / 1000) for name, value in truth.items()}


def planted(figures: dict[Name, int], count: int, chance: random.Random) -> dict[Name, int]:
    """Some figures, changed by what no rounding allows."""
    names = chance.sample(sorted(figures), count)
    return {name: figures[name] + chance.choice((-1, 1)) * chance.choice((150, 1500, 30_000)) for name in names}


def frame(figures: dict[Name, int], exponent: int) -> Any:
    """The readings of a release."""
    products, flows, periods = zip(*figures, strict=True)
    columns = {"product": products, "flow": flows, "period": periods}
    columns |= {"mantissa": list(figures.values()), "position": np.arange(1, len(figures) + 1)}
    fixed = {"measure": "level", "unit": "USD", "basis": "_Z", "exponent": exponent, "dataset": "planted"}
    return readings(columns | fixed | {"reporter": "USA", "released": "2024-02-07", "document": "d" * 64})


def judged(shape: Shape, figures: dict[Name, int], exponent: int) -> list[Finding]:
    """What fails in a release."""
    found = judge(frame(figures, exponent), {"planted": shape.dataset}).findings
    return [finding for finding in found if finding.result == "fails"]


def said(findings: list[Finding]) -> tuple[set[tuple[str, str, str]], set[tuple[str, str, str]]]:
    """The figures (flow, period, printed value) that are named for certain, and those that are among several."""
    certain: set[tuple[str, str, str]] = set()
    possible: set[tuple[str, str, str]] = set()
    for finding in findings:
        kind = possible if "undetermined" in finding.sentence else certain
        kind |= {(suspect.flow, suspect.period, suspect.value) for suspect in finding.suspects}
    return certain, possible - certain


def sums(shape: Shape, figures: dict[Name, int]) -> Iterator[tuple[set[Name], int, int]]:
    """Every sum a release should satisfy: its figures, the judged one, and by how much it misses."""

    def one(left: Name, right: dict[Name, int]) -> tuple[set[Name], int, int]:
        made = sum(figures[name] * factor for name, factor in right.items())
        return {left, *right}, figures[left], figures[left] - made

    for year in shape.years:
        for period in (*shape.months(year), str(year)):
            for product in (*shape.products, "total"):
                for flow, sign in (("T", 1), ("B", -1)):
                    if flow in shape.flows:
                        yield one((product, flow, period), {(product, "X", period): 1, (product, "M", period): sign})
            for flow in shape.flows:
                yield one(("total", flow, period), {(product, flow, period): 1 for product in shape.products})
        for flow in shape.flows:
            for product in (*shape.products, "total"):
                yield one((product, flow, str(year)), {(product, flow, month): 1 for month in shape.months(year)})


CHECKS = {
    "equality": lambda left, gap, scale: gap != 0,
    "1e-8": lambda left, gap, scale: abs(gap) * 10**scale > 1e-8,
    "one unit": lambda left, gap, scale: abs(gap) > 1,
    "0.5 %": lambda left, gap, scale: abs(gap) > 0.005 * abs(left),
}


def row(shape: Shape, count: int, exponent: int, releases: int) -> str:
    """Ours and the usual checks on some releases with so many errors each."""
    chance = random.Random(count)
    tally = dict.fromkeys(("right", "wrong", "planted", "alarms"), 0)
    found, alarms, true_sums, spent, first = dict.fromkeys(CHECKS, 0), dict.fromkeys(CHECKS, 0), 0, 0.0, 0.0
    for number in range(releases):
        figures = release(shape, chance)
        wrong = planted(figures, count, chance)
        started = time.process_time()
        findings = judged(shape, figures | wrong, exponent)
        spent = time.process_time() - started
        first = first or spent
        certain, _ = said(findings)
        truth = {(flow, period, str(value * 10**exponent)) for (_, flow, period), value in wrong.items()}
        tally["planted"] += count
        tally["right"] += len(truth & certain)
        tally["wrong"] += len(certain - truth)
        tally["alarms"] += len(judged(shape, figures, exponent)) if not number else 0
        true = list(sums(shape, figures))
        true_sums += len(true)
        for name, check in CHECKS.items():
            alarms[name] += sum(check(left, gap, exponent) for _, left, gap in true)
            seen = set().union(
                *(names for names, left, gap in sums(shape, figures | wrong) if check(left, gap, exponent))
            )
            found[name] += len(seen & wrong.keys())
    named = tally["right"] + tally["wrong"]
    share = f"{tally['right'] / named:8.1%}" if named else "       –"
    usual = "".join(f"{found[n] / tally['planted']:9.0%} /{alarms[n] / true_sums:4.0%}" for n in CHECKS)
    return f"{tally['right'] / tally['planted']:8.1%}{share}{tally['alarms']:8}{first:8.2f} s{usual}"


def main(releases: int = 5) -> None:
    print(f"{releases} releases a row; usual checks: planted errors in a sum they refuse / true sums they refuse")
    heads = "".join(f"{name:>15}" for name in CHECKS)
    print(f"{'':36}{'named':>8}{'of said':>8}{'alarms':>8}{'cold':>10}{heads}")
    for shape in (FT900, PRODUCTS):
        for count in (1, 2, 3, 5, 30):
            for name, exponent in SCALES.items():
                arguments = [str(argument) for argument in (shape.name, count, exponent, releases)]
                done = subprocess.run(
                    [sys.executable, "-m", "benchmarks.planted", *arguments], check=True, capture_output=True, text=True
                )
                print(f"{shape.name:15}{count:4} {'errors':8}{name:8}{done.stdout}", end="")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(row({one.name: one for one in (FT900, PRODUCTS)}[sys.argv[1]], *(int(text) for text in sys.argv[2:])))
    else:
        main(*(int(text) for text in sys.argv[1:]))
