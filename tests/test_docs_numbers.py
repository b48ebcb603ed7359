"""The worked numbers of the explanations follow from the release that is shipped, in fractions written down here."""

from __future__ import annotations

import itertools
import re
from fractions import Fraction
from pathlib import Path

import pytest

import tradeledger
from tests.test_public import keep_bulletins

FOLDER = Path(__file__).resolve().parent.parent / "docs/explanation"
EQUALITY, PROOFS = ((FOLDER / f"{name}.md").read_text(encoding="utf-8") for name in ("equality", "proofs"))


def words(page: str) -> str:
    return " ".join(page.split())


@pytest.fixture
def printed(home, once) -> dict[tuple[str, str], tuple[Fraction, Fraction]]:
    """Of the release of 2019: by flow and measure the figure, in billions or parts of 1, and half its step."""
    once(home, keep_bulletins)
    frame = tradeledger.figures(product="cultural-products", period="2019", exact=True)
    unit = {"level": 10**9, "growth_yoy": 100}
    return {
        (row.flow, row.measure): tuple(Fraction(one) / unit[row.measure] for one in (row.value, row.step / 2))
        for row in frame.itertuples()
    }


def test_the_four_identities_of_2019(printed):
    half = printed["T", "level"][1]
    total, exports, imports, surplus = (printed[flow, "level"][0] for flow in "TXMB")
    page = words(PROOFS)
    assert f"| {float(total)} | {float(exports)} | {float(imports)} | {float(surplus)} |" in EQUALITY
    assert f"{float(exports)} + {float(imports)} is {float(exports + imports)}." in words(EQUALITY)
    assert abs(total - exports - imports) == Fraction("0.01")
    assert 3 * half == Fraction("0.015")
    assert f"{float(total)} and {float(exports + imports)} differ by 0.01, with {float(3 * half)} allowed" in page
    assert surplus == exports - imports
    for sign, other, name in ((1, exports, "+"), (-1, imports, "−")):
        both = total + sign * surplus
        assert abs(both - 2 * other) == Fraction("0.01") < 4 * half
        assert (
            f"{float(total)} {name} {float(surplus)} = {float(both)} and 2 · {float(other)} = {float(2 * other)}"
            in page
        )
    assert "differ by 0.01, with 0.02 allowed" in page
    low, high = (float(value) for value in (exports + imports - 3 * half, exports + imports + 3 * half))
    assert f"total 111.54 should be {low}–{high}" in EQUALITY
    assert f"sum stands for {float(exports + imports - 2 * half)} to {float(exports + imports + 2 * half)}" in words(
        EQUALITY
    )
    tolerance = total / 200
    assert f"that is {float(tolerance):.2f}: fifty-five times" in EQUALITY
    assert int(tolerance / (2 * half)) == 55
    assert abs(Fraction("111.54") - exports - imports) == Fraction("0.08") < tolerance


def test_what_growth_says_of_2018(printed):
    def base(flow: str) -> tuple[Fraction, Fraction]:
        (level, half), (rate, narrow) = printed[flow, "level"], printed[flow, "growth_yoy"]
        return (level - half) / (1 + rate + narrow), (level + half) / (1 + rate - narrow)

    bases = {flow: base(flow) for flow in "TXMB"}
    said = dict(zip("XTMB", re.findall(r"(\d+\.\d{3})(?: to |–)(\d+\.\d{3})", PROOFS), strict=False))
    assert said == {flow: tuple(f"{float(end):.3f}" for end in ends) for flow, ends in bases.items()}
    most = bases["T"][1] - bases["M"][0]
    difference = f"{float(bases['T'][1]):.4f} − {float(bases['M'][0]):.4f} = {float(most):.4f}"
    assert difference in words(PROOFS)
    assert (most - bases["X"][0]) * 5 < bases["X"][1] - bases["X"][0]
    # What the product says of it stands on the other page, as a command's output.
    assert "**92.529 to 92.546**" in PROOFS
    assert f"{float(bases['X'][0]):.5f} bn USD – 92.54646" in EQUALITY
    assert Fraction("92.54646") - Fraction(1, 10**5) < most <= Fraction("92.54646") + Fraction(1, 10**5)


def test_how_often_equality_misses():
    """Of evenly spread rests a quarter of the sums lies beyond half a digit, and half of the sums or differences."""
    places = [Fraction(2 * k + 1, 2 * 60) - Fraction(1, 2) for k in range(60)]
    pairs = list(itertools.product(places, places))
    sums = sum(abs(x + m) > Fraction(1, 2) for x, m in pairs) / len(pairs)
    either = sum(max(abs(x + m), abs(x - m)) > Fraction(1, 2) for x, m in pairs) / len(pairs)
    assert sums == pytest.approx(0.25, abs=0.01)
    assert either == pytest.approx(0.5, abs=0.02)


def test_growth_of_small_figures():
    """From 2.3 to 2.4: what is recomputed, the most and the least."""
    assert round((Fraction("2.4") / Fraction("2.3") - 1) * 100, 1) == Fraction("4.3")
    assert round((Fraction("2.45") / Fraction("2.25") - 1) * 100, 1) == Fraction("8.9")
    assert "From 2.3 to 2.4 is 4.3 %" in EQUALITY
    assert "2.45 is 8.9 %" in words(EQUALITY)
