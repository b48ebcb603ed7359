"""Releases with planted errors, in units of 1, million and billion: FT-900's shape, and a hundred products by month.

Both have two partitions, of products and of months, which connect all their figures. Printed as an agency does: every
figure rounded by itself.
"""

from __future__ import annotations

import random
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
    return {name: figures[name] + chance.choice((-1, 1)) * chance.randint(2000, 90_000) for name in names}


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
