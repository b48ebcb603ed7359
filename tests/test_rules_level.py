"""The rule ``level``: figures far from their own series, in one release and beside those before."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.cases import cases
from schemas.datasets import Dataset
from schemas.findings import Finding
from schemas.history import apart, judge_history
from schemas.history.shared.magnitudes import TABLE, least, magnitudes, most
from schemas.observations import combine, readings
from schemas.periods import Months, name

#: Thirty months, none of them alike.
QUIET = [1024, 1037, 1063, 1001, 1026, 1100, 1084, 1064, 1063, 1052, 1071, 1015, 1048, 1029, 1090] * 2
SEASON = [100, 104, 98, 101, 310, 99, 97, 640, 102, 100, 95, 103] * 4
CRISIS = [*QUIET, 640, 420, 433, 520, 690, 980]
GROWING = [round(100 * 1.4**year) for year in range(20)]
LUMPY = [120, 900, 35, 4000, 260, 18, 700, 95, 2600, 41] * 4


def frame(values: Sequence[int | None], *, first: int = 24000, length: int = 1, **columns: Any) -> pd.DataFrame:
    """A series: figures of one period after another, of four digits in units of 0.1 bn, as they are."""
    periods = [name(Months(first + length * at, length)) for at in range(len(values))]
    said = {"dataset": "d", "reporter": "KOR", "flow": "X", "unit": "USD", "exponent": 8, "released": "2021-08-01"}
    status = ["M" if value is None else "" for value in values]
    mantissa = pd.array(list(values), dtype="Int64")
    return readings(said | {"period": periods, "mantissa": mantissa, "status": status, "document": "0" * 64} | columns)


def found(*frames: pd.DataFrame, datasets: dict[str, Dataset] | None = None) -> list[Finding]:
    return [one for one in apart(combine(frames), datasets or {}) if one.rule == "level"]


def slips(values: Sequence[int | None], **columns: Any) -> list[tuple[str, str]]:
    return [(one.period, one.suspects[0].slip) for one in found(frame(values, **columns))]


def test_magnitudes_are_thousandths_of_a_decade_in_integers():
    bounds = [10 ** (3000 + at) for at in range(1001)]
    for at, first in enumerate(range(1000, 10000)):
        if at == 0 or TABLE[at] != TABLE[at - 1]:  # where it steps: between two steps it is the same
            assert (first - 1) ** 1000 < bounds[TABLE[at]] <= first**1000 < bounds[TABLE[at] + 1] or at == 0
    assert (np.diff(TABLE) >= 0).all()
    sizes = magnitudes(np.array([1, -10, 0, 99995, 2**63 - 1]), np.array([2, 1, 3, 0, 0]))
    assert sizes.tolist() == [2000, 2000, 2698, 4999, 18964]
    assert (least(2000), most(2000), least(2001)) == (100, Fraction(1002, 10), Fraction(1003, 10))


@pytest.mark.parametrize(
    ("before", "figure", "slip"),
    [
        (QUIET, 10270, "10 times too large?"),
        (QUIET, 103, "10 times too small?"),
        (QUIET, 102700, "100 times too large?"),
        (QUIET, 1, "1,000 times too small?"),
        (QUIET, 1027000, "1,000 times too large?"),
        (QUIET, 10270000, "10,000 times too large: unit of the page?"),
        (QUIET, 102700000000, "100,000,000 times too large: unit of the page?"),
        (QUIET, -1027, "sign?"),
        (QUIET, 0, ""),
        (QUIET, 4900, ""),
        ([-one for one in QUIET], -10270, "10 times too large?"),
        ([-one for one in QUIET], 0, ""),
        (SEASON, 1000, "10 times too large?"),
        (GROWING, 500_000, "10 times too large?"),
        (CRISIS, 1, "1,000 times too small?"),
    ],
)
def test_a_figure_that_is_out(before, figure, slip):
    ((period, said),) = slips([*before, figure])
    assert said == slip
    assert period == name(Months(24000 + len(before), 1))


@pytest.mark.parametrize(
    ("values", "columns"),
    [
        (QUIET, {}),
        ([*QUIET, 380], {}),  # a fall of 60 %
        (SEASON, {}),
        (CRISIS, {}),
        (GROWING, {"length": 12}),
        (LUMPY, {}),
        ([*LUMPY, 9000], {}),
        ([0, 3, 0, 1, 2, 0, 0, 4, 1, 0, 2, 60, 0, 3], {}),  # one digit
        ([*[0] * 20, 1000, 1200], {}),  # from nothing
        ([*[0, 900, 0, 1100] * 6, 0, 0], {}),
        ([12, -30, 45, -8, 20, -60, 33, 9, -15, 900], {}),  # both signs
        ([*QUIET, 1], {"flow": "B"}),
        ([*QUIET, 1], {"measure": "share", "unit": "%"}),
        ([*QUIET, 1], {"status": [*[""] * 30, "B"]}),
        ([*QUIET, 1], {"qualifier": [*["="] * 30, ">"]}),
        ([*QUIET[:3], 1], {}),
        ([1000, 1400, 600, 2100, 1100], {"length": 12}),
        ([100, 300, 900, 2700, 8100, 24300], {"length": 12}),
        ([1000, -900, 1100, -1050, 1], {}),
        ([1000, 900, 0, 1050, 0], {}),
        ([*QUIET, None], {}),
        ([], {}),
    ],
)
def test_a_figure_as_its_series_is_wont_to(values, columns):
    assert slips(values, **columns) == []


def test_two_digits_tell_less():
    short = [12, 13, 11, 14, 12, 10, 13, 12, 11, 12]
    assert slips([*short, 100]) == []
    assert slips([*short, 12000]) == [("2000-11", "1,000 times too large?")]


def test_the_first_ones_are_judged_by_what_came_after():
    early = [*QUIET[:3], 1, *QUIET[4:]]
    (finding,) = found(frame(early))
    assert "exports 0.1 bn USD is about 1,000 times smaller than every month after (26: " in finding.sentence


@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize(
    ("figure", "slip"), [(10270, "10 times too large?"), (1, "1,000 times too small?"), (0, ""), (-1027, "sign?")]
)
def test_in_a_short_series_a_figure_is_judged_by_all_others(at, figure, slip):
    values = [1024, 1037, 1063, 1001]
    values.insert(at, figure)
    ((_, said),) = slips(values, length=3)
    assert said == slip
    (finding,) = found(frame(values, length=3))
    assert "every quarter beside it (4: 100.1 to 106.3 bn USD)" in finding.sentence


def test_what_would_fit_is_no_finding_and_what_would_not_is_one():
    suspect = found(frame([*QUIET, 1]))[0].suspects[0]
    low, high = int(suspect.low) // 10**8, int(suspect.high) // 10**8
    assert not slips([*QUIET, low + 1])
    assert not slips([*QUIET, high])
    assert slips([*QUIET, low - 2])
    assert slips([*QUIET, high + 2])


def test_slips_that_stand_close_are_each_found():
    values = list(QUIET)
    for at, times in ((12, 10), (14, 10), (20, 1000), (27, 0)):
        values[at] *= times
    assert [period for period, _ in slips(values)] == ["2001-01", "2001-03", "2001-09", "2002-04"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=9, max_size=40), st.integers(-6, 6), st.randoms())
def test_neither_unit_nor_order_decides(values, power, random):
    plain, order = frame(values), list(range(len(values)))
    random.shuffle(order)
    said = [(one.period, one.suspects[0].slip) for one in found(plain)]
    assert said == [(one.period, one.suspects[0].slip) for one in found(frame(values, exponent=8 + power))]
    assert found(plain) == found(plain.iloc[order].reset_index(drop=True))


def release(values: Sequence[int], released: str, **columns: Any) -> pd.DataFrame:
    return frame(values, released=released, document=released.ljust(64, "0"), **columns)


def test_releases_before_are_the_series_and_nothing_is_said_twice():
    first, later = release(QUIET, "2021-08-01"), release([1071], "2021-09-01", first=24030, exponent=5)
    (finding,) = judge_history(later, first)
    assert (finding.rule, finding.severity, finding.released) == ("level", "warning", "2021-09-01")
    assert finding.sentence == (
        "2002-07 KOR trade: exports 107.1 mn USD is about 1,000 times smaller than every month before "
        "(30: 100.1 to 110.0 bn USD); 25.83–432.5 bn USD would fit"
    )
    assert (finding.left, finding.right) == ("107100000", "109000000000")
    again = release([*QUIET, 1071], "2021-10-01", exponent=[*[8] * 30, 5])
    assert judge_history(again, combine([first, later])) == []
    revised = release([10710], "2021-10-01", first=24003)
    assert [one.period for one in judge_history(revised, first)] == ["2000-04"]
    assert judge_history(first, later) == [], "an older release that comes late is judged by itself"
    off = {"d": Dataset("d", identities={"level": "off"})}
    assert judge_history(later, first, off) == [] == found(first, later, datasets=off)
    held = judge_history(later.head(0), first, held=later)
    assert [one.sentence for one in held] == [finding.sentence]


def test_a_release_in_another_unit_is_one_case():
    parts = ("total", "goods", "services")
    flows = [("X", part) for part in parts] + [("M", part) for part in parts]
    first = [release(QUIET, "2021-08-01", flow=flow, product=part) for flow, part in flows]
    later = [
        release([value], "2021-09-01", first=24030, flow=flow, product=part, exponent=5)
        for value, (flow, part) in enumerate(flows, 1040)
    ]
    told = judge_history(combine(later), combine(first))
    assert len(told) == 6
    (case,) = cases(told)
    assert case.severity == "warning"
    assert len(case.blocks) == 3
    assert case.sentence == (
        "2002-07 goods trade of South Korea (d): exports 104.1 mn USD is about 1,000 times smaller than every month "
        "before, as are 5 more figures of this release (1,000 times too small?; breaks one rule)"
    )
    lone = judge_history(
        combine([later[0], *(release([1040], "2021-09-01", first=24030, product=part) for part in parts[1:])]),
        combine(first),
    )
    assert [len(case.findings) for case in cases(lone)] == [1]


def test_of_a_block_in_another_unit_all_figures_are_one_case():
    series = [release([*QUIET, 1], "2021-08-01", flow=flow) for flow in ("X", "M", "T")]
    (case,) = cases(found(*series))
    assert len(case.findings) == 3
