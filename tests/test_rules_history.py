"""What earlier releases have to say: mixed, growth-base, mirror, revision, stale."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from schemas.datasets import Dataset
from schemas.findings import Finding
from schemas.history import judge_history, stale
from schemas.observations import combine, readings


def frame(rows: list[dict[str, Any]], released: str) -> pd.DataFrame:
    base = {"measure": "level", "unit": "USD", "basis": "_Z", "exponent": 6, "period": "2019", "product": "total"}
    base |= {"partner": "WLD", "reporter": "CHN", "flow": "X"}
    full = [base | row for row in rows]
    columns = {name: [row[name] for row in full] for name in full[0]}
    return readings(
        columns | {"dataset": "d", "released": released, "document": released.ljust(64, "0"), "position": 1 << 14}
    )


def only(found: list[Finding], rule: str) -> Finding:
    (finding,) = [finding for finding in found if finding.rule == rule]
    return finding


def test_latest_figures_that_mix_releases_and_disagree() -> None:
    earlier = frame(
        [{"flow": flow, "mantissa": value} for flow, value in (("T", 300), ("X", 200), ("M", 100))], "2020-02-01"
    )
    current = frame([{"flow": "X", "mantissa": 250}], "2020-05-01")
    finding = only(judge_history(current, earlier), "mixed")
    assert finding.severity == "warning"
    assert finding.sentence == (
        "2019 CHN trade: total 300 is not exports 250 + imports 100 (350 ± 1.5), mixing releases: "
        "total of 2020-02-01, exports of 2020-05-01, imports of 2020-02-01"
    )
    assert not judge_history(frame([{"flow": "X", "mantissa": 201}], "2020-05-01"), earlier)
    assert not judge_history(current, earlier, {"d": Dataset("d", identities={"mixed": "off"})})


def test_growth_that_implies_another_base_than_was_printed() -> None:
    earlier = frame([{"period": "2018", "mantissa": 30608, "exponent": 4}], "2019-02-01")
    rate = {"measure": "growth_yoy", "unit": "%", "basis": "USD", "mantissa": 50, "exponent": -1}
    current = frame([{"mantissa": 31164, "exponent": 4}, rate], "2020-02-01")
    finding = only(judge_history(current, earlier), "growth-base")
    assert finding.severity == "information"
    assert "growth of exports 5.0 % implies a base of 296.654–296.9462 in 2018, was 306.08" in finding.sentence
    assert finding.sentence.endswith("as released on 2019-02-01")
    assert (finding.left, finding.unit) == ("306080000", "USD")
    agreeing = frame([{"period": "2018", "mantissa": 29680, "exponent": 4}], "2019-02-01")
    assert not judge_history(current, agreeing)


def test_an_older_release_that_comes_late_says_the_same_of_the_latest() -> None:
    """Findings are those of the order of dates, said of the release that is judged; releases between have no say."""
    rate = {"measure": "growth_yoy", "unit": "%", "basis": "USD", "mantissa": 50, "exponent": -1}
    first = frame([{"period": "2018", "mantissa": 30608, "exponent": 4}, {"flow": "T", "mantissa": 300}], "2019-02-01")
    last = frame([{"flow": flow, "mantissa": 100} for flow in ("X", "M")] + [rate], "2020-02-01")
    in_order, late = judge_history(last, first), judge_history(first, last)
    assert {one.rule for one in in_order} == {"growth-base", "mixed"}
    assert [(one.rule, one.sentence, one.left) for one in late] == [
        (one.rule, one.sentence, one.left) for one in in_order
    ]
    assert {one.released for one in in_order} == {"2020-02-01"}
    assert {(one.released, one.document) for one in late} == {("2019-02-01", "2019-02-01".ljust(64, "0"))}
    printed_again = combine(
        [last, frame([{"period": "2018", "mantissa": 10}, {"flow": "T", "mantissa": 200}], "2020-02-01")]
    )
    assert judge_history(first, printed_again) == []
    assert (
        judge_history(first, combine([printed_again, frame([{"product": "other", "mantissa": 1}], "2020-03-01")])) == []
    )


def both_sides(period: str, exports: int, imports: int) -> list[dict[str, Any]]:
    return [
        {"reporter": "CHN", "partner": "USA", "flow": "X", "mantissa": exports, "period": period},
        {"reporter": "USA", "partner": "CHN", "flow": "M", "mantissa": imports, "period": period},
    ]


def test_a_pair_is_judged_by_its_own_history() -> None:
    usual = [row for year in range(2008, 2019) for row in both_sides(str(year), 10000 + year, 12000 + year)]
    earlier = frame(usual, "2019-05-01")
    finding = only(judge_history(frame(both_sides("2019", 10000, 20000), "2020-05-01"), earlier), "mirror")
    assert finding.severity == "warning"
    assert "imports from CHN 20,000 are 200 % of its exports 10,000 to USA" in finding.sentence
    assert not judge_history(frame(both_sides("2019", 10000, 11900), "2020-05-01"), earlier)
    short = frame(usual[:6], "2019-05-01")
    assert not judge_history(frame(both_sides("2019", 10000, 20000), "2020-05-01"), short)


def test_a_revision_far_outside_those_before() -> None:
    vintages = [
        frame(
            [{"period": f"201{year}", "mantissa": 1000 + year * 10 + vintage} for year in range(10)],
            f"2020-0{vintage + 1}-01",
        )
        for vintage in range(3)
    ]
    earlier = combine(vintages)
    finding = only(judge_history(frame([{"period": "2015", "mantissa": 1200}], "2020-06-01"), earlier), "revision")
    assert "exports 1,200 was 1,052 in the release of 2020-03-01: a revision of 14.07 %" in finding.sentence
    assert finding.difference == "148000000"
    assert not judge_history(frame([{"period": "2015", "mantissa": 1053}], "2020-06-01"), earlier)
    assert not judge_history(frame([{"period": "2015", "mantissa": 1200}], "2020-06-01"), vintages[0])
    last = combine([earlier, frame([{"period": "2015", "mantissa": 1200}], "2020-06-01")])
    late = only(judge_history(frame([{"period": "2015", "mantissa": 1053}], "2020-05-01"), last), "revision")
    assert "exports 1,200 was 1,053 in the release of 2020-05-01: a revision of 13.96 %" in late.sentence
    assert late.released == "2020-05-01"
    assert not judge_history(frame([{"period": "2014", "mantissa": 1042}], "2020-05-01"), last)


def test_nothing_new_for_too_long() -> None:
    monthly = [f"2020-{month:02d}-05" for month in range(1, 7)]
    assert not stale({"d": monthly}, date(2020, 8, 1))
    finding = only(stale({"d": monthly, "e": monthly[:2]}, date(2020, 9, 1)), "stale")
    assert finding.severity == "warning"
    assert finding.sentence == (
        "d: nothing new since 2020-06-05, 88 days ago; it usually appears every 31 days, the longest wait was 31"
    )


def test_nothing_to_compare_with() -> None:
    current = frame([{"mantissa": 5}], "2020-02-01")
    assert not judge_history(current, combine([]))
    assert not judge_history(combine([]), current)


def test_blocks_that_a_release_leaves_alone_are_no_news_of_it() -> None:
    """What two earlier releases disagree about was said when the later of them came."""
    earlier = combine(
        [
            frame([{"flow": "X", "mantissa": 200}, {"flow": "T", "mantissa": 300}], "2020-03-01"),
            frame([{"flow": "M", "mantissa": 150}], "2020-04-01"),
        ]
    )
    other = frame([{"flow": "X", "mantissa": 7, "period": "2018"}], "2020-05-01")
    assert judge_history(other, earlier) == []
    here = frame([{"flow": "B", "mantissa": 51}], "2020-05-01")
    assert {finding.period for finding in judge_history(here, earlier)} == {"2019"}
    growth = {"measure": "growth_yoy", "unit": "%", "basis": "USD", "flow": "X", "mantissa": 5, "exponent": 0}
    assert judge_history(frame([growth], "2020-05-01"), earlier) == []


# ── in place ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_changed_under_an_unchanged_date_is_said_of_a_block_in_one_sentence() -> None:
    rate = {"measure": "growth_yoy", "unit": "%", "basis": "USD", "exponent": -1}
    first = [{"mantissa": 100}, {"flow": "M", "mantissa": 90}, {"flow": "T", "mantissa": 190}, rate | {"mantissa": 50}]
    again = [{"mantissa": 101}, {"flow": "M", "mantissa": 90}, {"flow": "T", "mantissa": 191}, rate | {"mantissa": 60}]
    sequences = [frame(first, "2020-02-01"), frame(again, "2020-02-01+2")]
    finding = only(judge_history(combine(sequences), combine([])), "in-place")
    assert (finding.severity, finding.released, finding.document) == ("warning", "2020-02-01+2", again_document())
    assert finding.sentence == (
        "2019 CHN trade: exports were 100 and are 101, total was 190 and is 191, growth on a year earlier of exports "
        "was 5.0 % and is 6.0 % under the unchanged release date 2020-02-01"
    )
    assert (finding.left, finding.right, finding.difference) == ("101000000", "100000000", "1000000")
    assert not [one for one in judge_history(sequences[1], sequences[0]) if one.rule == "in-place"]  # not judged itself


def again_document() -> str:
    return "2020-02-01+2".ljust(64, "0")


def test_the_tenth_sequence_comes_after_the_second_and_a_coarser_figure_changes_nothing() -> None:
    said = {"": 100, "+2": 101, "+3": 1010, "+9": 101, "+10": 102}
    frames = [
        frame([{"mantissa": value, "exponent": 5 if value > 1000 else 6}], f"2020-02-01{sequence}")
        for sequence, value in said.items()
    ]
    found = [one for one in judge_history(combine(reversed(frames)), combine([])) if one.rule == "in-place"]
    assert [(one.released[10:], one.sentence.split(": ")[1].split(" under")[0]) for one in found] == [
        ("+2", "exports were 100 and are 101"),
        ("+10", "exports were 101 and are 102"),
    ]


def test_a_figure_that_lost_its_value_in_place_is_said_so() -> None:
    frames = [
        frame([{"mantissa": 100, "status": ""}], "2020-02-01"),
        frame([{"mantissa": None, "status": "M"}], "2020-02-01+2"),
    ]
    finding = only(judge_history(combine(frames), combine([])), "in-place")
    assert "exports were 100 and are without a value under" in finding.sentence
