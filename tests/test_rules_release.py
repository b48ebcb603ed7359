"""Parts, shares and currencies: what relates several blocks of one release."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import numpy as np
import pytest

from schemas.datasets import Dataset, Partition
from schemas.errors import DeclarationError
from schemas.figures import Figure, Interval
from schemas.findings import Finding
from schemas.judge import Judgement, judge
from schemas.observations import readings
from schemas.periods import sub_periods
from sources import ft900, ons

GOODS_AND_SERVICES = Partition("product", "total", ("goods", "services"))


def frame(*rows: dict[str, Any], **common: Any) -> Any:
    base = {
        "measure": "level",
        "period": "2019",
        "exponent": 6,
        "qualifier": "=",
        "released": "2022-07-07",
        "flow": "X",
    }
    base |= {"status": "", "basis": "_Z", "unit": "USD", "product": "total", "dataset": "d", "partner": "WLD"}
    base |= {"rounding": "nearest", "breakdown": "_T"}
    full = [base | common | row for row in rows]
    return readings({name: [row[name] for row in full] for name in full[0]} | {"reporter": "CHN", "document": "d" * 64})


def one(judgement: Judgement, rule_id: str) -> Finding:
    (finding,) = [finding for finding in judgement.findings if finding.rule == rule_id]
    return finding


def result(judgement: Judgement, rule_id: str) -> str:
    table = judgement.evaluations
    (found,) = table.loc[table["rule"] == rule_id, "result"]
    return str(found)


def with_parts(*partitions: Partition, **identities: str) -> dict[str, Dataset]:
    return {"d": Dataset("d", partitions=partitions, identities=identities)}


def of_products(**values: int) -> list[dict[str, Any]]:
    return [{"product": product, "mantissa": value} for product, value in values.items()]


def test_parts_hold_within_their_rounding() -> None:
    """Three independent halves of a step: one unit of difference is none, two are."""
    for total, holds in ((100, True), (101, True), (99, True), (102, False), (98, False)):
        judgement = judge(frame(*of_products(total=total, goods=70, services=30)), with_parts(GOODS_AND_SERVICES))
        assert (result(judgement, "parts") == "holds") is holds


def test_a_miss_is_a_warning_and_an_error_where_promised() -> None:
    table = frame(*of_products(total=110, goods=70, services=30))
    finding = one(judge(table, with_parts(GOODS_AND_SERVICES)), "parts")
    assert finding.severity == "warning"
    assert finding.sentence.startswith(
        "2019 CHN trade: exports 110 is not goods 70 + services 30 (100 ± 1.5); 98.5–101.5 would fit"
    )
    promised = judge(table, with_parts(Partition("product", "total", ("goods", "services"), promised=True)))
    assert one(promised, "parts").severity == "error"
    assert promised.held == {("d/CHN/WLD/total/_T/2019/USD", "2022-07-07")}
    assert not judge(table).findings


def test_exact_and_off_hierarchies() -> None:
    table = frame(*of_products(total=101, goods=70, services=30))
    exact = Partition("product", "total", ("goods", "services"), how="exact")
    assert result(judge(table, with_parts(exact)), "parts") == "fails"
    assert result(judge(table, with_parts(GOODS_AND_SERVICES, parts="exact")), "parts") == "fails"
    assert not judge(
        frame(*of_products(total=200, goods=70, services=30)), with_parts(GOODS_AND_SERVICES, parts="off")
    ).findings


def test_a_missing_part_is_said_and_is_no_zero() -> None:
    finding = one(judge(frame(*of_products(total=100, goods=70)), with_parts(GOODS_AND_SERVICES)), "parts")
    assert finding.result == "not evaluable"
    assert "not all parts are in this release" in finding.sentence
    assert not judge(frame(*of_products(total=100)), with_parts(GOODS_AND_SERVICES)).findings


@pytest.mark.parametrize("rounding", ["nearest", "truncated"])
def test_parts_exactly_on_small_integers(rounding: str) -> None:
    cases = list(product(range(-3, 4), [-2, -1, 0, 1, 2], [-1, 0, 1]))
    rows = [
        {"product": name, "mantissa": value, "period": f"{1000 + at}"}
        for at, case in enumerate(cases)
        for name, value in zip(("total", "goods", "services"), case, strict=True)
    ]
    table = frame(*rows, exponent=0, rounding=rounding)
    found = judge(table, with_parts(GOODS_AND_SERVICES)).evaluations
    holds = (found.loc[found["rule"] == "parts", "excess"] <= 0).tolist()

    def known(value: int) -> Interval:
        return Figure(value, 0, rounding=rounding).interval

    def truth(total: int, goods: int, services: int) -> bool:
        a, b = known(goods), known(services)
        assert a.low is not None
        assert a.high is not None
        assert b.low is not None
        assert b.high is not None
        both = Interval(a.low + b.low, a.high + b.high, a.low_open or b.low_open, a.high_open or b.high_open)
        return not both.meet(known(total)).empty

    assert holds == [truth(*case) for case in cases]


def test_many_parts_with_open_ends() -> None:
    """Twenty figures, each cut off below 1 unit, reach under 20 and never 20 itself."""
    children = tuple(f"p{at}" for at in range(20))
    partition = with_parts(Partition("product", "total", children))
    for total, holds in ((0, True), (19, True), (20, False)):
        table = frame(*of_products(total=total * 10, **dict.fromkeys(children, 10)), rounding="truncated")
        table["mantissa"] -= np.where(table["product"] == "total", 0, 10)
        table.loc[table["product"] == "total", "mantissa"] = total
        assert (result(judge(table, partition), "parts") == "holds") is holds


def test_along_other_dimensions() -> None:
    by_partner = Partition("partner", "WLD", ("USA", "JPN"))
    rows = [{"partner": area, "mantissa": value} for area, value in (("WLD", 100), ("USA", 70), ("JPN", 50))]
    assert "USA 70 + JPN 50" in one(judge(frame(*rows), with_parts(by_partner)), "parts").sentence
    months = [{"period": f"2019-{month:02d}", "mantissa": 10} for month in range(1, 13)]
    year = {"period": "2019", "mantissa": 200}
    by_month = with_parts(Partition("period", "year", ("month",)))
    assert "the sum of its 12 parts (120 ± 6.5)" in one(judge(frame(year, *months), by_month), "parts").sentence
    assert not judge(frame(year, *months[:-1]), by_month).findings
    so_far = [{"period": "2019-01/2019-02", "mantissa": 30}, *months[:2]]
    assert result(judge(frame(*so_far), with_parts(Partition("period", "span", ("month",)))), "parts") == "fails"


def test_sub_periods() -> None:
    assert sub_periods("2019", "year", "quarter") == ("2019-Q1", "2019-Q2", "2019-Q3", "2019-Q4")
    assert sub_periods("2019-Q2", "quarter", "month") == ("2019-04", "2019-05", "2019-06")
    assert sub_periods("2019-01/2019-02", "span", "month") == ("2019-01", "2019-02")
    assert sub_periods("2019-03", "year", "month") == ()


@pytest.mark.parametrize(
    "declare",
    [
        lambda: Partition("colour", "total", ("goods",)),
        lambda: Partition("product", "total", ()),
        lambda: Partition("product", "total", ("goods", "goods")),
        lambda: Partition("product", "total", ("goods",), how="nearly"),
        lambda: Partition("period", "month", ("year",)),
        lambda: Partition("partner", "WLD", ("EU27_2020", "DEU")),
        lambda: Dataset("d", partitions=(Partition("product", "a", ("a", "b")),)),
        lambda: Dataset(
            "d",
            partitions=(
                Partition("product", "a", ("b", "c")),
                Partition("product", "b", ("d", "e")),
                Partition("product", "e", ("f", "a")),
            ),
        ),
    ],
)
def test_hierarchies_that_cannot_be(declare: Any) -> None:
    with pytest.raises(DeclarationError):
        declare()


SHARE = {"measure": "share", "unit": "%", "basis": "product=total", "product": "goods", "exponent": -1}


def test_shares() -> None:
    rows = of_products(total=110, goods=20)
    assert result(judge(frame(*rows, SHARE | {"mantissa": 182})), "share") == "holds"
    finding = one(judge(frame(*rows, SHARE | {"mantissa": 120})), "share")
    assert finding.sentence.startswith(
        "2019 CHN goods trade: share 12.0 % is not exports 20 of 110 (18.182 % ± 0.587); 17.598–18.771 would fit"
    )
    assert finding.block == "d/CHN/WLD/goods/_T/2019/USD"
    assert (finding.left, finding.right) == ("12", "18.182")
    lone = judge(frame(*rows[1:], SHARE | {"mantissa": 182}))
    assert "the whole is not in this release" in one(lone, "share").sentence
    assert not judge(frame(SHARE | {"mantissa": 182})).findings
    zero = judge(frame(*of_products(total=0, goods=0), SHARE | {"mantissa": 182}))
    assert "the whole may be zero" in one(zero, "share").sentence


def test_shares_of_partners_and_flows() -> None:
    rows = [{"partner": "WLD", "mantissa": 200}, {"partner": "USA", "mantissa": 50}]
    share = SHARE | {"product": "total", "partner": "USA", "basis": "partner=WLD", "mantissa": 250}
    assert result(judge(frame(*rows, share)), "share") == "holds"
    rows = [{"flow": "T", "mantissa": 200}, {"flow": "X", "mantissa": 50}]
    share = SHARE | {"product": "total", "basis": "flow=T", "mantissa": 350}
    assert result(judge(frame(*rows, share)), "share") == "fails"
    assert "share" not in set(judge(frame(*rows, share | {"basis": "GDP"})).evaluations["rule"])


def two_currencies(period: str, x: int, m: int, cny_x: int, cny_m: int) -> list[dict[str, Any]]:
    rows = [("X", "USD", x), ("M", "USD", m), ("X", "CNY", cny_x), ("M", "CNY", cny_m)]
    return [{"flow": flow, "unit": unit, "mantissa": value, "period": period} for flow, unit, value in rows]


def test_one_month_has_one_rate() -> None:
    assert result(judge(frame(*two_currencies("2019-01", 2000, 1000, 14000, 7003))), "currency") == "holds"
    finding = one(judge(frame(*two_currencies("2019-01", 2000, 1000, 14000, 7300))), "currency")
    assert finding.severity == "warning"
    assert "one rate must turn USD into CNY" in finding.sentence
    assert "by exports" in finding.sentence


def test_quantities_are_no_currency_and_their_growth_is_judged() -> None:
    weights = [row | {"unit": "kg"} for row in two_currencies("2019-01", 2000, 1000, 14000, 7300)[:2]]
    judged = judge(frame(*weights, *two_currencies("2019-01", 2000, 1000, 14000, 7300)[2:]))
    assert "currency" not in set(judged.evaluations["rule"])
    grown = {"measure": "growth_yoy", "unit": "%", "basis": "kg", "mantissa": 90, "exponent": -1}
    levels = [{"unit": "kg", "mantissa": 12}, {"unit": "kg", "period": "2018", "mantissa": 10}]
    finding = one(judge(frame(*levels, grown)), "growth")
    assert finding.block == "d/CHN/WLD/total/_T/2019/kg"
    share = SHARE | {"product": "goods", "basis": "product=total", "mantissa": 500}
    values = [{"mantissa": 200}, {"product": "goods", "mantissa": 100}]
    assert result(judge(frame(*values, {"product": "goods", "unit": "kg", "mantissa": 3}, share)), "share") == "holds"


def test_a_longer_period_lies_between_its_months() -> None:
    months = [
        *two_currencies("2019-01", 2000, 1000, 14000, 7000),
        *two_currencies("2019-02", 2000, 1000, 13600, 6800),
    ]
    fits = judge(frame(*months, *two_currencies("2019-01/2019-02", 4000, 2000, 27600, 13800)))
    assert set(fits.evaluations.query("rule == 'currency'")["result"]) == {"holds"}
    table = frame(*months, *two_currencies("2019-01/2019-02", 4000, 2000, 28600, 13800))
    assert "not between the rates of its months" in one(judge(table), "currency").sentence
    assert not judge(frame(*months[:4], *two_currencies("2019-01/2019-02", 4000, 2000, 28600, 13800))).held


def months_of(dataset: str, year: int, slip: int = 0) -> Any:
    """Twelve months, the year to date and the year of exports; March is too high by ``slip``."""
    rows = [{"period": f"2019-{month:02d}", "mantissa": 1000 + month + slip * (month == 3)} for month in range(1, 13)]
    return frame(
        *rows, {"period": "2019", "mantissa": year}, {"period": "2019-01/2019-02", "mantissa": 2003}, dataset=dataset
    )


@pytest.mark.parametrize(("year", "slip", "fails"), [(12078, 0, 0), (12084, 0, 0), (12085, 0, 1), (12078, 500, 1)])
def test_months_add_up_to_the_year_of_ft900(year: int, slip: int, fails: int) -> None:
    declared = {one.id: one for one in ft900.SOURCE.datasets}
    found = judge(months_of(ft900.DATASET, year, slip), declared).findings
    assert [(one.rule, one.severity, one.period) for one in found] == [("parts", "warning", "2019")] * fails


@pytest.mark.parametrize(("year", "fails"), [(400, False), (401, True)])
def test_quarters_add_up_exactly_to_the_year_of_ons(year: int, fails: bool) -> None:
    quarters = [{"period": f"2019-Q{quarter}", "mantissa": 100} for quarter in range(1, 5)]
    declared = {one.id: one for one in ons.SOURCE.datasets}
    judgement = judge(frame(*quarters, {"period": "2019", "mantissa": year}, dataset=ons.ADJUSTED), declared)
    assert result(judgement, "parts") == ("fails" if fails else "holds")
    assert bool(judgement.held) is fails


@pytest.mark.parametrize(("total", "fails"), [(-12, False), (-15, True)])
def test_shares_of_one_whole_add_up(total: int, fails: bool) -> None:
    """Goods and services as shares of GDP, to one decimal: rounded, though the dataset's sums are exact."""
    shares = {"total": total, "goods": -60, "services": 47}
    common = {"measure": "share", "unit": "%", "exponent": -1, "flow": "B", "dataset": ons.ADJUSTED}
    table = frame(*of_products(**shares), **common, basis="GDP")
    judgement = judge(table, {one.id: one for one in ons.SOURCE.datasets})
    assert result(judgement, "parts") == ("fails" if fails else "holds")
    if fails:
        said = "share of balance −1.5 % is not goods −6.0 + services 4.7 (−1.3 % ± 0.15)"
        assert said in one(judgement, "parts").sentence
    assert not len(judge(frame(*of_products(**shares), **common)).evaluations)


@pytest.mark.parametrize(("imports", "fails"), [(70, True), (0, False)])
def test_a_rate_is_the_same_in_either_order(imports: int, fails: bool) -> None:
    """100 yuan are no 0.4 dollars where 70 are 10: said alike in every order of rows, nothing divided by zero."""
    rows = [
        {"flow": flow, "unit": unit, "mantissa": value, "period": "2019-01"}
        for flow, unit, value in (("X", "CNY", 100), ("M", "CNY", imports), ("X", "USD", 0), ("M", "USD", 10 * fails))
    ]
    said = {
        tuple(found.sentence for found in judge(frame(*order)).findings if found.rule == "currency")
        for order in permutations(rows)
    }
    assert len(said) == 1
    assert bool(said.pop()) is fails
