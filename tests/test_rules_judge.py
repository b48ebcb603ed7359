"""Judging frames: results, severities, groups, declarations, sentences, what is held."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

from schemas.datasets import Dataset
from schemas.errors import DeclarationError
from schemas.findings import Finding
from schemas.judge import Judgement, judge
from schemas.observations import combine, readings
from schemas.rules import RULES, rule
from sources.bulletins import SOURCE

COLUMNS = ("flow", "measure", "period", "mantissa", "exponent", "qualifier", "released", "status", "basis", "unit")
#: The published figures of 2019, in USD billion with two decimals, and their growth in %.
CULTURE = {"T": (11145, 89), "X": (9989, 79), "M": (1157, 174), "B": (8832, 68)}


def frame(*rows: dict[str, Any], **common: Any) -> Any:
    """Readings in USD billion with two decimals, unless said otherwise."""
    base = {"measure": "level", "period": "2019", "exponent": 7, "qualifier": "=", "released": "2022-07-07"}
    base |= {"status": "", "basis": "_Z", "unit": "USD", "product": "cultural-products", "dataset": "culture"}
    full = [base | common | row for row in rows]
    for at, row in enumerate(full):
        if row["measure"].startswith("growth"):
            row |= {"unit": "%", "basis": row["basis"] if row["basis"] != "_Z" else "USD"}
        row["position"] = (at + 2) << 14
    return readings({name: [row[name] for row in full] for name in full[0]} | {"reporter": "CHN", "document": "d" * 64})


def figures(**values: int) -> list[dict[str, Any]]:
    return [{"flow": flow, "mantissa": value} for flow, value in values.items()]


def culture(**changed: int) -> Any:
    rows = [{"flow": flow, "mantissa": changed.get(flow, level)} for flow, (level, _) in CULTURE.items()]
    rows += [
        {"flow": flow, "measure": "growth_yoy", "mantissa": changed.get(f"g{flow}", rate), "exponent": -1}
        for flow, (_, rate) in CULTURE.items()
    ]
    return frame(*rows)


def failing(judgement: Judgement) -> list[str]:
    return [finding.rule for finding in judgement.findings if finding.result == "fails"]


def one(judgement: Judgement, rule_id: str) -> Finding:
    (finding,) = [finding for finding in judgement.findings if finding.rule == rule_id]
    return finding


def results(judgement: Judgement) -> dict[str, str]:
    table = judgement.evaluations
    return dict(zip(table["rule"], table["result"], strict=True))


def test_the_published_release_holds() -> None:
    judgement = judge(culture())
    assert results(judgement) == {
        **dict.fromkeys(["total", "balance", "exports-from-total", "imports-from-total", "growth-implied"], "holds"),
        "growth": "not evaluable",
    }
    assert not judgement.held
    assert judgement.checked(1) == ["2019 cultural products: 111.45 = 99.89 + 11.57 within rounding"]


def test_bundled_figures_hold() -> None:
    parsed = [SOURCE.parse(document) for document in SOURCE.bundled()]  # type: ignore[misc]
    judgement = judge(combine(part.readings for part in parsed), {d.id: d for d in SOURCE.datasets})
    assert not failing(judgement)
    assert len(judgement.checked(1000)) > 24
    found = judgement.evaluations.groupby(["rule", "result"], observed=True).size()
    assert found["growth-average", "holds"] == 2
    assert found["repeat", "holds"] == 1


def test_two_digits_swapped_are_found_and_explained() -> None:
    finding = one(judge(culture(T=11154)), "total")
    assert finding.sentence.startswith(
        "2019 cultural products: total 111.54 is not exports 99.89 + imports 11.57 (111.46 ± 0.015); "
        "111.445–111.475 would fit"
    )
    assert (finding.left, finding.right) == ("111540000000", "111460000000")
    assert (finding.difference, finding.allowed) == ("80000000", "15000000")
    assert finding.position == "row 2"
    assert finding.block == "culture/CHN/WLD/cultural-products/_T/2019/USD"
    assert finding.severity == "error"


def test_a_failing_error_holds_the_block_of_that_release_only() -> None:
    good, bad = culture(), culture(T=11154)
    bad["released"] = bad["released"].cat.rename_categories(["2022-07-08"])
    judgement = judge(combine([good, bad]))
    assert judgement.held == {("culture/CHN/WLD/cultural-products/_T/2019/USD", "2022-07-08")}
    assert set(judgement.evaluations["released"]) == {"2022-07-07", "2022-07-08"}
    assert len(judgement.blocks) == len(good) + len(bad)


def test_growth_that_implies_contradictory_bases() -> None:
    finding = one(judge(culture(gT=99)), "growth-implied")
    assert "imply for 2018 total 101.3597–101.4611" in finding.sentence
    assert "exports 92.5289–92.624 + imports 9.8467–9.8637 (102.3757–102.4877)" in finding.sentence


def test_growth_against_a_base_of_the_same_release() -> None:
    rows = [*figures(X=9989), {"flow": "X", "measure": "growth_yoy", "mantissa": 79, "exponent": -1}]
    base = {"flow": "X", "period": "2018"}
    assert results(judge(frame(*rows, base | {"mantissa": 9254})))["growth"] == "holds"
    finding = one(judge(frame(*rows, base | {"mantissa": 9154})), "growth")
    assert (finding.left, finding.right, finding.unit) == ("7.9", "9.122", "%")
    assert "growth of exports 7.9 % is not 99.89 over 91.54 in 2018 (9.122 % ± 0.061)" in finding.sentence
    assert "would fit" in finding.sentence


@pytest.mark.parametrize(
    ("base", "rate", "why"),
    [
        ({"mantissa": 0}, 79, "the base may be zero"),
        ({"mantissa": 9254, "status": "M"}, 79, "has no value"),
        (None, 79, "2018 is not in this release"),
    ],
)
def test_growth_that_cannot_be_judged_says_why(base: dict[str, Any] | None, rate: int, why: str) -> None:
    rows = [*figures(X=9989), {"flow": "X", "measure": "growth_yoy", "mantissa": rate, "exponent": -1}]
    if base is not None:
        rows.append({"flow": "X", "period": "2018"} | base)
    table = frame(*rows)
    table.loc[table["status"] == "M", "mantissa"] = None
    judgement = judge(table)
    finding = one(judgement, "growth")
    assert finding.result == "not evaluable"
    assert finding.severity == "information"
    assert why in finding.sentence
    assert not judgement.held


def test_a_break_in_the_series_ends_comparison() -> None:
    rows = [{"flow": "X", "mantissa": 9989, "status": "B"}, {"flow": "X", "period": "2018", "mantissa": 5000}]
    rows.append({"flow": "X", "measure": "growth_yoy", "mantissa": 79, "exponent": -1})
    assert "breaks" in one(judge(frame(*rows)), "growth").sentence


def test_growth_of_a_balance_on_signed_and_absolute_base() -> None:
    """A deficit of 50 that becomes 40: −20 % on the signed base, +20 % on the absolute one."""
    rows = [{"flow": "B", "mantissa": -40}, {"flow": "B", "period": "2018", "mantissa": -50}]
    for measured, declaration, holds in (
        (-20, "signed", True),
        (20, "signed", False),
        (20, "absolute", True),
        (-20, "absolute", False),
    ):
        table = frame(*rows, {"flow": "B", "measure": "growth_yoy", "mantissa": measured, "exponent": 0}, exponent=9)
        found = judge(table, {"culture": Dataset("culture", balance_growth=declaration)})
        assert (results(found)["growth"] == "holds") is holds


def test_about_never_makes_an_error() -> None:
    rows = figures(T=200, X=100, M=50)
    rows[1]["qualifier"] = "~"
    judgement = judge(frame(*rows))
    assert one(judgement, "total").severity == "warning"
    assert not judgement.held
    assert one(judge(frame(*figures(T=200, X=100, M=50))), "total").severity == "error"


def test_about_does_not_hide_an_error_either() -> None:
    rows = [*figures(T=200, X=100, M=50), {"flow": "X", "mantissa": 101, "qualifier": "~"}]
    judgement = judge(frame(*rows))
    assert one(judgement, "total").severity == "error"


def test_declared_exact_warning_off() -> None:
    off_by_a_unit = frame(*figures(T=151, X=100, M=50))

    def under(how: str) -> Judgement:
        return judge(off_by_a_unit, {"culture": Dataset("culture", identities={"total": how})})

    assert not failing(under("rounded"))
    finding = one(under("exact"), "total")
    assert (finding.severity, finding.allowed) == ("error", "0")
    assert "promises exactly" in finding.sentence
    wide = frame(*figures(T=200, X=100, M=50))
    assert not failing(judge(wide, {"culture": Dataset("culture", identities={"total": "off"})}))
    assert (
        one(judge(wide, {"culture": Dataset("culture", identities={"total": "warning"})}), "total").severity
        == "warning"
    )


@pytest.mark.parametrize("identities", [{"totals": "off"}, {"growth": "exact"}, {"total": "maybe"}])
def test_declarations_that_cannot_work(identities: dict[str, str]) -> None:
    with pytest.raises(DeclarationError):
        Dataset("culture", identities=identities)


def test_repeated_readings() -> None:
    meeting = frame(*figures(T=12440, X=6910, M=5520), {"flow": "T", "mantissa": 100, "exponent": 9, "qualifier": ">"})
    assert results(judge(meeting))["repeat"] == "holds"
    apart = frame(*figures(T=12440, X=6910, M=5520), {"flow": "T", "mantissa": 127, "exponent": 9})
    judgement = judge(apart)
    finding = one(judgement, "repeat")
    assert (
        finding.sentence
        == "2019 cultural products: total stands twice and does not agree: 124.40 (row 2) and 127 (row 5)"
    )
    assert "do not meet" in one(judgement, "total").sentence
    assert results(judgement)["total"] == "not evaluable"
    assert judgement.held
    of_two = apart.assign(document=pd.Categorical(["a" * 64] * (len(apart) - 1) + ["b" * 64]))
    assert one(judge(of_two), "repeat").sentence.endswith("124.40 (row 2, aaaaaaaaaaaa) and 127 (row 5, bbbbbbbbbbbb)")


def test_an_about_that_disagrees_is_a_warning_and_ignored() -> None:
    table = frame(*figures(T=150, X=100, M=50), {"flow": "T", "mantissa": 900, "qualifier": "~"})
    judgement = judge(table)
    assert one(judgement, "repeat").severity == "warning"
    assert results(judgement)["total"] == "holds"
    assert not judgement.held


def test_two_abouts_that_do_not_meet_are_a_warning() -> None:
    rows = [{"flow": "T", "mantissa": value, "qualifier": "~"} for value in (150, 900)]
    judgement = judge(frame(*rows))
    assert one(judgement, "repeat").severity == "warning"
    assert not judgement.held


def test_rules_use_the_intersection_of_readings() -> None:
    """Exports "100" and "over 100.4" leave (100.4, 100.5]: a total of 150.0 with imports 49.0 no longer fits."""
    rows = [{"flow": "T", "mantissa": 1490, "exponent": 6}, {"flow": "M", "mantissa": 490, "exponent": 6}]
    coarse, over = {"flow": "X", "mantissa": 100}, {"flow": "X", "mantissa": 1004, "exponent": 6, "qualifier": ">"}
    assert results(judge(frame(*rows, coarse)))["total"] == "holds"
    assert results(judge(frame(*rows, coarse, over)))["total"] == "fails"


def test_a_missing_figure_is_no_zero() -> None:
    table = frame(*figures(T=100, X=100, M=0))
    table.loc[2, "mantissa"] = None
    table["status"] = table["status"].cat.add_categories(["M"])
    table.loc[2, "status"] = "M"
    judgement = judge(table)
    finding = one(judgement, "total")
    assert finding.result == "not evaluable"
    assert "imports is in this release without a value" in finding.sentence


def test_lone_figures_are_silent() -> None:
    assert not judge(frame(*figures(X=1))).findings
    assert not judge(frame({"flow": "X", "measure": "growth_yoy", "mantissa": 79, "exponent": -1})).findings
    assert not judge(frame(*figures(X=1)).iloc[:0]).findings


def test_two_of_three_say_so_once_a_release() -> None:
    rows = [{"flow": flow, "mantissa": 5, "period": str(year)} for year in range(2000, 2010) for flow in "XM"]
    found = judge(frame(*rows)).findings
    assert [(finding.rule, finding.period) for finding in found] == [("total", "2000")]


def test_a_figure_missing_beside_its_own_series_is_said() -> None:
    rows = [
        {"flow": flow, "mantissa": 2 if flow == "T" else 1, "period": year}
        for year in ("2018", "2019")
        for flow in "TXM"
    ]
    found = judge(frame(*rows[:-3], *rows[-2:])).findings
    assert [(finding.rule, finding.period, finding.result) for finding in found] == [("total", "2019", "not evaluable")]


def test_large_figures_are_compared_in_full() -> None:
    top = 2**63 - 1
    exact = frame(*figures(T=top, X=top - 1, M=1), exponent=0)
    assert results(judge(exact))["total"] == "holds"
    far = frame(
        {"flow": "T", "mantissa": top, "exponent": 20}, {"flow": "X", "mantissa": top, "exponent": 20}, *figures(M=10)
    )
    assert results(judge(far))["total"] == "holds"
    wrong = frame(
        {"flow": "T", "mantissa": top, "exponent": 20}, {"flow": "X", "mantissa": -top, "exponent": 20}, *figures(M=1)
    )
    assert results(judge(wrong))["total"] == "fails"


def test_currencies_and_breakdowns_do_not_mix() -> None:
    rows = figures(T=200, X=100, M=50)
    rows[0]["unit"] = "CNY"
    assert not failing(judge(frame(*rows)))
    rows = figures(T=200, X=100, M=50)
    table = frame(*rows, breakdown="regime=processing")
    assert "(regime=processing)" in one(judge(table), "total").sentence


def test_negative_figures_read_well() -> None:
    finding = one(judge(frame(*figures(B=-500, X=100, M=900), exponent=6)), "balance")
    assert finding.sentence.startswith(
        "2019 cultural products: balance −500 is not exports 100 − imports 900 (−800 ± 1.5); −801.5 to −798.5 would fit"
    )


def test_average_growth() -> None:
    rows = [{"flow": "X", "mantissa": 103, "period": "2009"}, {"flow": "X", "mantissa": 691, "period": "2021"}]
    rate = {"flow": "X", "measure": "growth_avg", "period": "2009/2021", "mantissa": 17, "exponent": 0}
    assert results(judge(frame(*rows, rate)))["growth-average"] == "holds"
    finding = one(judge(frame(*rows, rate | {"mantissa": 12})), "growth-average")
    assert finding.block.endswith("/2009..2021/USD")
    assert "from 1.03 to 6.91 in 12 years (17.19 %" in finding.sentence


def test_the_rules_are_listed_once_each() -> None:
    ids = [known.id for known in RULES]
    assert len(ids) == len(set(ids))
    assert rule("total").statement == "T = X + M"
    with pytest.raises(DeclarationError):
        rule("totals")


def test_differences_are_exact_decimals() -> None:
    table = frame(
        {"flow": "T", "mantissa": 1, "exponent": -2}, {"flow": "X", "mantissa": 5, "exponent": 0}, *figures(M=0)
    )
    assert not failing(judge(table))
    table = frame(
        {"flow": "T", "mantissa": 1, "exponent": -2},
        {"flow": "X", "mantissa": 5, "exponent": -1},
        {"flow": "M", "mantissa": 3, "exponent": -1},
    )
    finding = one(judge(table), "total")
    assert Fraction(finding.difference) == Fraction(finding.left) - Fraction(finding.right) == Fraction(-79, 100)
    assert finding.allowed == "0.105"


def test_what_would_fit_stands_in_the_scale_of_its_sentence() -> None:
    """Exports printed to the million beside figures to ten million: all are said in billion."""
    found = judge(frame({"flow": "X", "mantissa": 98890, "exponent": 6}, *figures(T=11145, M=1157, B=8832))).findings
    said = {one.rule: one.sentence for one in found}
    assert "exports 99.8795–99.8905 would fit" in said["total"]
    assert "; 99.8795–99.8905 would fit" in said["exports-from-total"]


def test_no_interval_is_inverted_and_nothing_negative_is_allowed() -> None:
    """Imports of 2018 are 86.5–87.5 as printed, 113–116 by their growth: there is no interval of both."""
    rows = [
        {"flow": flow, "mantissa": value, "period": period}
        for flow, period, value in (
            ("M", "2018", 87),
            ("X", "2018", 70),
            ("M", "2019", 37),
            ("X", "2019", 5),
            ("T", "2019", 42),
        )
    ]
    rows += [
        {"flow": flow, "measure": "growth_yoy", "mantissa": rate, "exponent": -1}
        for flow, rate in (("T", -795), ("X", -929), ("M", -678))
    ]
    finding = one(judge(frame(*rows)), "growth-implied")
    assert "level and growth imply for 2018 imports 1.1318–1.1664, which is not 0.87 as printed" in finding.sentence
    assert Fraction(finding.allowed) >= 0


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_the_printing_that_the_rest_contradicts_is_suspected(order: tuple[int, ...]) -> None:
    rows = [*figures(X=9989, M=1157, B=8832), {"flow": "B", "mantissa": 8823}]
    finding = one(judge(frame(*(rows[at] for at in order))), "repeat")
    assert [(s.flow, s.value, s.slip) for s in finding.suspects] == [("B", "88230000000", "digits 3 and 2 swapped?")]
    assert finding.sentence.endswith("; the rest contradicts 88.23; digits 3 and 2 swapped?")


def test_every_printing_is_named() -> None:
    finding = one(
        judge(frame(*figures(X=9989), *[{"flow": "X", "mantissa": at} for at in (9899, 9989, 9999)])), "repeat"
    )
    assert (
        "exports stands 4 times and does not agree: 98.99 (row 3), 99.89 (row 2; row 4) and 99.99 (row 5)"
        in finding.sentence
    )
    assert finding.suspects == ()
