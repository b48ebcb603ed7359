"""Cases: what one cause explains is one line, independent mistakes are not chained, in every order of rows."""

from __future__ import annotations

import random
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.planted import FT900, frame, planted, release
from schemas.cases import Case, cases
from schemas.findings import Finding, block_id, block_parts
from schemas.judge import judge
from schemas.observations import readings
from schemas.positions import pack

YEARS = ("2021", "2022", "2023", "2024")
#: Exports and imports, from which totals and balances follow; growth of totals is printed to a tenth.
TRUE = {"2021": (40000, 20020), "2022": (50010, 20002), "2023": (54555, 23213), "2024": (50000, 30000)}


def rows(wrong: dict[tuple[str, str], int] | None = None) -> list[dict[str, Any]]:
    """Four years of X, M, T, B and the growth of T, with what is ``wrong`` (flow or gT, and year) added."""
    told, made = wrong or {}, []
    for year, (exports, imports) in TRUE.items():
        levels = {"X": exports, "M": imports, "T": exports + imports, "B": exports - imports}
        for flow, value in levels.items():
            made.append({"flow": flow, "period": year, "mantissa": value + told.get((flow, year), 0)})
        before = str(int(year) - 1)
        if before in TRUE:
            rate = round(1000 * (exports + imports) / sum(TRUE[before])) - 1000 + told.get(("gT", year), 0)
            more = {"measure": "growth_yoy", "unit": "%", "basis": "USD", "exponent": -1}
            made.append({"flow": "T", "period": year, "mantissa": rate} | more)
    base = {"measure": "level", "unit": "USD", "basis": "_Z", "exponent": 7}
    return [base | row | {"position": pack(at + 1, 8)} for at, row in enumerate(made)]


def table(made: list[dict[str, Any]], **more: Any) -> Any:
    columns = {name: [row[name] for row in made] for name in made[0]}
    about = {"dataset": "culture", "reporter": "CHN", "product": "machinery", "released": "2025-07-07"}
    return readings(columns | about | {"document": "d" * 64} | more)


def told(wrong: dict[tuple[str, str], int]) -> list[Case]:
    return cases(judge(table(rows(wrong))).findings)


def block(year: str) -> str:
    return block_id("culture", "CHN", "WLD", "machinery", "_T", year, "USD")


def whole(found: list[Case], findings: list[Finding]) -> None:
    """Every finding is in one case, and so is every block with what holds it."""
    failing = [one for one in findings if one.result == "fails"]
    assert sorted(one.sentence for case in found for one in case.findings) == sorted(one.sentence for one in failing)
    held = [name for case in found for name in case.blocks if case.severity == "error"]
    assert len(held) == len(set(held))
    assert {one.block for one in failing if one.severity == "error"} <= set(held)
    assert len({case.name for case in found}) == len(found)


def test_one_wrong_total_is_one_line() -> None:
    """It breaks three identities, two growth rates, and what both imply of years before."""
    (case,) = told({("T", "2023"): -1000})
    assert case.sentence == (
        "2023 machinery of China (culture): total 767.68 bn USD should be 777.665–777.695 (breaks five rules)"
    )
    assert len(case.findings) == 7
    assert (case.name, case.blocks) == (block("2023"), (block("2023"), block("2024")))
    assert {one.block for one in case.findings if one.rule == "growth"} == {block("2023"), block("2024")}
    assert [(one.flow, one.period, one.value) for one in case.suspects] == [("T", "2023", "767680000000")]
    assert (case.document, case.position) == ("d" * 64, "row 12, column 8")


@pytest.mark.parametrize("years", [("2022", "2023"), ("2022", "2024"), ("2021", "2022", "2023"), YEARS], ids=str)
def test_mistakes_of_neighbouring_years_are_not_chained(years: tuple[str, ...]) -> None:
    """Totals are tied to each other by growth from year to year; each is wrong by itself."""
    found = told({("T", year): 1000 * (at + 1) for at, year in enumerate(years)})
    assert {case.name for case in found} == {block(year) for year in years}
    assert len(found) == len(years)


def test_slips_and_rates_are_said() -> None:
    (slip,) = told({("T", "2023"): 77786 - 77768})
    assert slip.sentence.endswith(
        "total 777.86 bn USD should be 777.665–777.695 (digits 6 and 8 swapped?; breaks five rules)"
    )
    (rate,) = told({("gT", "2023"): 30})
    assert rate.sentence.startswith("2023 machinery of China (culture): growth of total 14.1 % should be 11.")
    assert "breaks two rules" in rate.sentence
    assert (slip.unit, rate.unit) == ("USD", "%")
    both = told({("X", "2023"): 700, ("gT", "2023"): 30})  # of one block, which is decided whole
    assert [case.name for case in both] == [block("2023")]
    assert "exports 552.55 bn USD should be" in both[0].sentence
    assert "growth of total 14.1 % should be" in both[0].sentence


def test_where_nothing_is_certain_it_is_said_what_contradicts_what() -> None:
    three = [row for row in rows({("T", "2023"): 1000}) if row["flow"] != "B" and row["measure"] == "level"]
    (case,) = cases(judge(table(three, partner="JPN", breakdown="regime=processing")).findings)
    assert case.sentence == (
        "2023 machinery of China with Japan (culture, regime=processing), in bn USD: total 787.68 is not exports "
        "545.55 + imports 232.13 (777.68 ± 0.015); 777.665–777.695 would fit; undetermined, "
        "one of total, exports, imports"
    )


def test_every_pair_of_wrong_figures_is_at_most_two_cases() -> None:
    figures = [(flow, year) for year in YEARS[1:3] for flow in ("X", "M", "T", "gT")]
    for one, other in combinations(figures, 2):
        wrong = {one: 1700, other: -900}
        findings = judge(table(rows(wrong))).findings
        found = cases(findings)
        whole(found, findings)
        years = {one[1], other[1]}
        assert len(found) == len(years), (wrong, [case.sentence for case in found])
        assert {case.name for case in found} == {block(year) for year in years}


@pytest.mark.parametrize("count", [1, 3, 5])
def test_planted_mistakes_are_as_many_lines(count: int) -> None:
    """FT-900's shape: all figures are tied together by sums of products and of months."""
    chance = random.Random(count)
    figures = release(FT900, chance)
    wrong = planted(figures, count, chance)
    table = frame(figures | wrong, 6)
    shuffled = table.sample(frac=1, random_state=count).reset_index(drop=True)
    one, other = (cases(judge(made, {"planted": FT900.dataset}).findings) for made in (table, shuffled))
    assert one == other
    said = [block_parts(case.name) for case in one]
    assert {(of["product"], of["period"]) for of in said} == {(product, period) for product, _, period in wrong}
    assert len(one) == len({(product, period) for product, _, period in wrong})


@settings(max_examples=15)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["X", "M", "T", "B", "gT"]), st.sampled_from(YEARS[1:])),
        st.integers(-3000, 3000).filter(lambda by: abs(by) > 30),
        max_size=4,
    ),
    st.randoms(use_true_random=False),
)
def test_no_order_of_rows_makes_other_cases(wrong: dict[tuple[str, str], int], chance: random.Random) -> None:
    made = rows(wrong)
    findings = judge(table(made)).findings
    found = cases(findings)
    whole(found, findings)
    assert len(found) <= max(len(wrong), len({one.block for one in findings}))
    assert bool(found) == any(one.result == "fails" for one in findings)
    chance.shuffle(made)
    again = judge(table(made)).findings
    chance.shuffle(again)
    assert cases(again) == found


def about(rule: str, severity: str, year: str = "", **more: Any) -> Finding:
    place = block(year) if year else ""
    words = more.pop("sentence", f"{year} machinery: {rule} says so")
    return Finding(rule, severity, "fails", "culture", period=year, block=place, sentence=words, **more)


def test_what_only_warns_is_beside_what_leads_its_block_and_not_hidden_elsewhere() -> None:
    wrong = judge(table(rows({("T", "2023"): -1000}))).findings
    of = {"released": "2025-07-07", "document": "d" * 64}
    warnings = [about("level", "warning", "2023", **of), about("revision", "warning", "2024", **of)]
    first, second = cases([*wrong, *warnings])
    assert {one.rule for one in first.findings} >= {"total", "level"}
    assert first.sentence.endswith("(breaks five rules)")  # the level is no rule that the total is said to break
    assert second.sentence == "2024 machinery of China (culture): revision says so"
    assert second.name == f"{block('2024')}"
    alone = cases([*warnings, about("mixed", "warning", "2024", **of)])
    assert [case.name for case in alone] == [block("2023"), f"{block('2024')}/mixed", f"{block('2024')}/revision"]


def test_what_is_found_of_a_document_is_a_case_by_its_rule() -> None:
    faults = [about("readable", "error", document="a" * 64, sentence=f"row {at}: no figure") for at in range(3)]
    other = about("expected-rows", "error", document="a" * 64, sentence="3 figures, 100 are declared")
    second = about("readable", "error", document="b" * 64, sentence="row 9: no figure")
    found = {case.name: case for case in cases([*faults, other, second])}
    assert sorted(found) == [
        f"culture/{'a' * 12}/expected-rows",
        f"culture/{'a' * 12}/readable",
        f"culture/{'b' * 12}/readable",
    ]
    assert found[f"culture/{'a' * 12}/readable"].sentence == "culture: row 0: no figure and 2 more"


def test_of_several_releases_the_names_are_dated() -> None:
    frames = [
        table(rows({("T", "2023"): by}), released=date) for by, date in ((900, "2025-01-07"), (700, "2025-02-07"))
    ]
    found = cases([one for made in frames for one in judge(made).findings])
    assert sorted(case.name for case in found) == [f"{block('2023')}/2025-01-07", f"{block('2023')}/2025-02-07"]
    assert {case.block for case in found} == {block("2023")}


def test_a_wrong_figure_decides_for_rules_that_name_none() -> None:
    """Of one month in two currencies: the rate that does not fit follows the figure that its own block contradicts."""
    dollars = {"X": 100_00, "M": 60_00, "T": 160_00, "B": 40_00}
    made = [
        {"flow": flow, "mantissa": value * rate + (flow == "T" and rate > 1) * 9000, "unit": unit, "period": "2024-03"}
        for unit, rate in (("USD", 1), ("CNY", 7))
        for flow, value in dollars.items()
    ]
    base = {"measure": "level", "basis": "_Z", "exponent": 6}
    findings = judge(table([base | row | {"position": pack(at + 1, 8)} for at, row in enumerate(made)])).findings
    assert {one.rule for one in findings} >= {"total", "currency"}
    (case,) = cases(findings)
    assert case.name == block_id("culture", "CHN", "WLD", "machinery", "_T", "2024-03", "CNY")
    assert case.sentence.startswith("2024-03 machinery of China (culture): total 121,000 mn CNY should be")
