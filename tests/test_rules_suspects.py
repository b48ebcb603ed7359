"""Which figure is wrong, and what happened to it."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from schemas.datasets import Dataset, Partition
from schemas.figures import Figure, Interval
from schemas.findings import Finding
from schemas.judge import judge
from schemas.observations import readings
from schemas.suspects.slips import fitting, slip

LEVELS = {"T": 11145, "X": 9989, "M": 1157, "B": 8832}
RATES = {"T": 89, "X": 79, "M": 174, "B": 68}


def frame(levels: dict[str, int], rates: dict[str, int] | None = None, more: tuple[dict[str, Any], ...] = ()) -> Any:
    rows: list[dict[str, Any]] = [{"flow": flow, "mantissa": value} for flow, value in levels.items()]
    rows += [
        {"flow": flow, "measure": "growth_yoy", "unit": "%", "basis": "USD", "mantissa": value, "exponent": -1}
        for flow, value in (rates or {}).items()
    ]
    base = {"measure": "level", "unit": "USD", "basis": "_Z", "exponent": 7, "period": "2019", "status": ""}
    base |= {"product": "cultural-products", "partner": "WLD"}
    full = [base | row for row in [*rows, *more]]
    columns = {name: [row[name] for row in full] for name in full[0]}
    return readings(columns | {"dataset": "culture", "reporter": "CHN", "released": "2022-07-07", "document": "d" * 64})


def found(*args: Any, datasets: dict[str, Dataset] | None = None) -> list[Finding]:
    return [finding for finding in judge(frame(*args), datasets).findings if finding.result == "fails"]


def suspects(*args: Any) -> set[tuple[str, str, str]]:
    return {(s.flow, s.measure, s.slip) for finding in found(*args) for s in finding.suspects}


def test_the_sentence_of_the_swapped_digits() -> None:
    finding = next(finding for finding in found(LEVELS | {"T": 11154}) if finding.rule == "total")
    assert finding.sentence == (
        "2019 cultural products: total 111.54 is not exports 99.89 + imports 11.57 (111.46 ± 0.015); "
        "111.445–111.475 would fit; digits 4 and 5 swapped?"
    )
    (suspect,) = finding.suspects
    assert (suspect.flow, suspect.value, suspect.low, suspect.high) == (
        "T",
        "111540000000",
        "111445000000",
        "111475000000",
    )


def test_a_balance_of_the_wrong_sign_whose_growth_is_on_its_absolute_base() -> None:
    """How its rate counts is said by the base that the other figures leave, not by the sign that is wrong."""
    absolute = {"culture": Dataset("culture", balance_growth="absolute")}
    levels, rates = {"T": 3000, "X": 1000, "M": 2000, "B": 1000}, {"T": 250, "X": 250, "M": 250, "B": -250}
    assert not found(levels | {"B": -1000}, rates, datasets=absolute)
    said = found(levels, rates, datasets=absolute)
    assert {one.rule for one in said} >= {"balance", "growth-implied"}
    assert {(s.flow, s.measure, s.slip) for one in said for s in one.suspects} == {("B", "level", "sign?")}


def test_another_figure_is_named_where_it_is_the_wrong_one() -> None:
    finding = next(finding for finding in found(LEVELS | {"X": 9898}) if finding.rule == "total")
    assert finding.sentence.endswith("exports 99.875–99.895 would fit; digits 9 and 8 swapped?")


@pytest.mark.parametrize(
    ("changed", "flow", "said"),
    [
        ({"B": -8832}, "B", "sign?"),
        ({"T": 111450}, "T", "10 times too large?"),
        ({"X": 998900}, "X", "100 times too large?"),
        ({"M": 1157000}, "M", "1,000 times too large?"),
        ({"T": 1115}, "T", "digit 4 dropped?"),
        ({"B": 88832}, "B", "digit 8 repeated?"),
        ({"M": 11570000000}, "M", "10,000,000 times too large: unit of the page?"),
    ],
)
def test_slips_are_named(changed: dict[str, int], flow: str, said: str) -> None:
    named = {one for one in suspects(LEVELS | changed) if one[2] != "exports and imports exchanged?"}
    assert named == {(flow, "level", said)}


def test_exports_and_imports_exchanged_looks_like_a_wrong_sign() -> None:
    swapped = LEVELS | {"X": LEVELS["M"], "M": LEVELS["X"]}
    exchanged = {("X", "level", "exports and imports exchanged?"), ("M", "level", "exports and imports exchanged?")}
    assert suspects(swapped) == {("B", "level", "sign?"), *exchanged}
    assert "undetermined, one of" in found(swapped)[0].sentence
    # with growth against last year's figures there is no doubt
    last_year = tuple({"flow": flow, "mantissa": value, "period": "2018"} for flow, value in (("X", 9254), ("M", 985)))
    assert suspects(swapped, {"X": 79, "M": 174}, last_year) == exchanged
    assert found(swapped, {"X": 79, "M": 174}, last_year)[0].sentence.endswith("; exports and imports exchanged?")


def test_last_years_figure_repeated() -> None:
    last_year = ({"flow": "X", "mantissa": 9254, "period": "2018"},)
    assert ("X", "level", "the figure of 2018 repeated?") in suspects(LEVELS | {"X": 9254}, {"X": 79}, last_year)


def test_a_wrong_rate_is_told_from_a_wrong_level() -> None:
    assert suspects(LEVELS, RATES | {"M": 147}) == {("M", "growth_yoy", "digits 7 and 4 swapped?")}
    assert suspects(LEVELS, RATES | {"X": -79}) == {("X", "growth_yoy", "sign?")}


def test_three_figures_leave_it_undetermined() -> None:
    three = {flow: LEVELS[flow] for flow in "TXM"}
    finding = next(iter(found(three | {"T": 11154})))
    assert {s.flow for s in finding.suspects} == {"T", "X", "M"}
    assert finding.sentence.endswith(
        "undetermined, one of total (digits 4 and 5 swapped?), exports (digits 9 and 8 swapped?), imports"
    )


def test_another_block_decides() -> None:
    """Goods and services, exports, imports and balances: a wrong figure breaks its block and its sum."""
    products = {"total": (300, 200, 100), "goods": (210, 150, 60), "services": (90, 50, 40)}
    rows = tuple(
        {"flow": flow, "mantissa": value + (20 if (name, flow) == ("goods", "M") else 0), "product": name}
        for name, values in products.items()
        for flow, value in zip("XMB", values, strict=True)
    )
    datasets = {"culture": Dataset("culture", partitions=(Partition("product", "total", ("goods", "services")),))}
    findings = found({}, {}, rows, datasets=datasets)
    assert {finding.rule for finding in findings} == {"balance", "parts"}
    assert {(s.flow, s.value) for finding in findings for s in finding.suspects} == {("M", "1700000000")}
    parts = next(finding for finding in findings if finding.rule == "parts")
    assert "goods imports 1.485–1.515" in parts.sentence


def test_two_wrong_figures_are_found_together() -> None:
    """Total and exports wrong by different amounts, with growth to tell: the smallest set is these two."""
    last_year = tuple(
        {"flow": f, "mantissa": v, "period": "2018"} for f, v in (("T", 10239), ("X", 9254), ("M", 985), ("B", 8269))
    )
    findings = found(LEVELS | {"T": 12145, "X": 9489}, RATES, last_year)
    assert findings
    together = {(s.flow, s.measure, s.period) for s in findings[0].suspects}
    assert together == {("T", "level", "2019"), ("X", "level", "2019")}


def fits(low: str, high: str) -> Interval:
    return Interval(Fraction(low), Fraction(high))


@pytest.mark.parametrize(
    ("mantissa", "exponent", "target", "said"),
    [
        (-5, 0, fits("4.5", "5.5"), "sign?"),
        (5, 0, fits("49", "51"), "10 times too small?"),
        (500, 1, fits("49.9", "50.1"), "100 times too large?"),
        (1324, 0, fits("1234", "1234"), "digits 2 and 3 swapped?"),
        (-1324, -2, fits("-12.34", "-12.34"), "digits 2 and 3 swapped?"),
        (11234, 0, fits("1234", "1234"), "digit 1 repeated?"),
        (134, 0, fits("1234", "1234"), "digit 2 dropped?"),
        (5, 0, fits("50000", "50000"), "10,000 times too small: unit of the page?"),
        (77, 0, fits("61", "61"), ""),
        (0, 0, fits("5", "6"), ""),
    ],
)
def test_single_slips(mantissa: int, exponent: int, target: Interval, said: str) -> None:
    assert slip(mantissa, exponent, target) == said


@pytest.mark.parametrize("rounding", ["nearest", "truncated"])
def test_bounds_of_mantissas_are_what_the_intervals_say(rounding: str) -> None:
    """For all small targets, ends open, closed and absent, and all mantissas around them."""
    step = Fraction(10)
    ends = [None, *(Fraction(quarter) * 10 / 4 for quarter in range(-6, 7))]
    fitted = 0
    for low, high, low_open, high_open in product(ends, ends, (False, True), (False, True)):
        target = Interval(low, high, low_open, high_open)
        if target.empty:
            continue
        fit = fitting(target, step, rounding)
        for mantissa in range(-4, 5):
            meets = not Figure(mantissa, 1, rounding=rounding).interval.meet(target).empty
            assert fit(mantissa) == meets, (mantissa, target)
            fitted += meets
    assert fitted > 1000


def test_what_fits_really_fits() -> None:
    """Every printed value in a suspect's range makes all hold, and the next ones outside do not."""
    wrong = LEVELS | {"M": 1175}
    (suspect,) = {s for finding in found(wrong, RATES) for s in finding.suspects}
    low, high = (Fraction(end) / 10**7 for end in (suspect.low, suspect.high))
    inside = [value for value in range(1100, 1200) if low <= value <= high]
    assert inside
    for value in (min(inside) - 1, *inside, max(inside) + 1):
        assert (not found(LEVELS | {"M": value}, RATES)) is (value in inside)


def test_two_unrelated_errors_that_share_a_figure_are_told_apart() -> None:
    """A total with swapped digits, and a last year's import that no growth explains."""
    last_year = ({"flow": "M", "mantissa": 9999, "period": "2018"},)
    findings = found(LEVELS | {"T": 11154}, {"M": 174}, last_year)
    by_rule = {finding.rule: finding for finding in findings}
    assert [s.slip for s in by_rule["total"].suspects] == ["digits 4 and 5 swapped?"]
    assert {(s.flow, s.measure, s.period) for s in by_rule["growth"].suspects} == {
        ("M", "level", "2018"),
        ("M", "growth_yoy", "2019"),
    }
    assert "undetermined, one of growth of imports, 2018 imports" in by_rule["growth"].sentence


def test_three_wrong_figures_need_a_programme() -> None:
    products = {"total": (300, 200, 100), "goods": (210, 150, 60), "services": (90, 50, 40)}
    wrong = {("total", "X"): 30, ("goods", "M"): 20, ("services", "B"): -17}
    rows = tuple(
        {"flow": flow, "mantissa": value + wrong.get((name, flow), 0), "product": name}
        for name, values in products.items()
        for flow, value in zip("XMB", values, strict=True)
    )
    datasets = {"culture": Dataset("culture", partitions=(Partition("product", "total", ("goods", "services")),))}
    findings = found({}, {}, rows, datasets=datasets)
    assert len(findings) == 6
    suspected = {(s.flow, s.value) for finding in findings for s in finding.suspects}
    assert suspected == {("X", "3300000000"), ("M", "1700000000"), ("B", "230000000")}
    assert not any("undetermined" in finding.sentence for finding in findings)
