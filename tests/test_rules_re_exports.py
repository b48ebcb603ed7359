"""``re-exports``: X = DX + RX and RX ≤ X, against every small release; what it says, suspects and is declared."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from cli.main import run
from schemas.datasets import Dataset
from schemas.findings import Finding
from schemas.history import judge_history
from schemas.implied import implied
from schemas.judge import Judgement, judge
from tests import test_rules_history as history
from tests.test_rules_release import frame

QUALIFIERS = ("=", ">", "≤", "truncated")


def released(exponent: int = 6, **flows: int) -> list[dict[str, object]]:
    return [{"flow": flow, "mantissa": value, "exponent": exponent} for flow, value in flows.items()]


def found(judgement: Judgement) -> list[Finding]:
    return [finding for finding in judgement.findings if finding.rule == "re-exports"]


def one(judgement: Judgement) -> Finding:
    (finding,) = found(judgement)
    return finding


def results(judgement: Judgement) -> list[str]:
    table = judgement.evaluations
    return [str(result) for result in table.loc[table["rule"] == "re-exports", "result"]]


GRID = np.arange(-5 * 8, 10 * 8 + 1)  # eighths: fine enough for open ends of halves


def within(value: int, qualifier: str) -> np.ndarray:
    """Which true values a printed figure stands for, said again from the definition."""
    low, high = {
        "=": (value * 8 - 4 <= GRID, value * 8 + 4 >= GRID),
        ">": (value * 8 < GRID, GRID == GRID),
        "≤": (GRID == GRID, value * 8 >= GRID),
        "truncated": (
            value * 8 <= GRID if value > 0 else value * 8 - 8 < GRID,
            value * 8 >= GRID if value < 0 else value * 8 + 8 > GRID,
        ),
    }[qualifier]
    return low & high


def some_truth(exports: np.ndarray, domestic: np.ndarray, again: np.ndarray) -> bool:
    """Whether some domestic exports from 0 on and some re-exports make some exports."""
    made = np.convolve(domestic & (GRID >= 0), again)[-GRID[0] :][: len(GRID)]
    return bool((exports & (made > 0)).any())


def printed(value: int, qualifier: str) -> dict[str, object]:
    plain = qualifier == "truncated"
    return {"mantissa": value, "qualifier": "=" if plain else qualifier, "rounding": qualifier if plain else "nearest"}


def test_all_small_releases():
    """It holds exactly when some true values satisfy it: sums of closed, open and endless intervals."""
    figures = [(value, qualifier) for value in (-1, 0, 1, 2) for qualifier in QUALIFIERS]
    rows, expected = [], []
    for at, three in enumerate(product(figures, [*figures, None], figures)):
        for flow, said in zip(("X", "DX", "RX"), three, strict=True):
            if said is not None:
                rows.append({"flow": flow, "product": f"p-{at:04d}", **printed(*said)})
        domestic = np.ones(len(GRID), dtype=bool) if three[1] is None else within(*three[1])
        expected.append(some_truth(within(*three[0]), domestic, within(*three[2])))  # type: ignore[misc]
    judgement = judge(frame(*rows, exponent=0))
    assert results(judgement) == ["holds" if holds else "fails" for holds in expected]
    assert 500 < sum(expected) < len(expected) - 500


def test_figures_beyond_int64_and_of_several_steps():
    wide = [{"flow": "X", "mantissa": 9 * 10**18, "exponent": 0}, {"flow": "RX", "mantissa": 1, "exponent": 0}]
    assert results(judge(frame(*wide, {"flow": "DX", "mantissa": 9 * 10**18, "exponent": 0}))) == ["holds"]
    assert results(judge(frame(*wide, {"flow": "DX", "mantissa": 9 * 10**18 - 3, "exponent": 0}))) == ["fails"]
    rough = [{"flow": "X", "mantissa": 67, "exponent": 9}, *released(DX=1300, RX=64700)]
    assert results(judge(frame(*rough))) == ["fails"]
    assert results(judge(frame(*rough[:2], *released(RX=65200)))) == ["holds"]


@pytest.mark.parametrize(
    ("flows", "said"),
    [
        (
            {"X": 500, "DX": 30, "RX": 560},
            "exports 500 is not domestic exports 30 + re-exports 560 (590 ± 1.5), and less than re-exports; "
            "588.5–591.5 would fit; undetermined, one of exports, re-exports",
        ),
        (
            {"X": 500, "DX": 30, "RX": 460},
            "exports 500 is not domestic exports 30 + re-exports 460 (490 ± 1.5); 488.5–491.5 would fit; undetermined, "
            "one of exports, domestic exports, re-exports",
        ),
        (
            {"X": 500, "RX": 502},
            "exports 500 is less than re-exports 502; at least 501 would fit; undetermined, one of exports, re-exports",
        ),
        (
            {"X": 500, "DX": -2, "RX": 502},
            "domestic exports −2 is below 0, so that exports 500 is less than re-exports 502; domestic exports "
            "at least −0.5 would fit",
        ),
        (
            {"X": 500, "DX": -1, "RX": 501},
            "domestic exports −1 is below 0, so that exports 500 is less than re-exports 501; domestic exports",
        ),
    ],
)
def test_what_it_says_when_it_fails(flows, said):
    finding = one(judge(frame(*released(**flows))))
    assert finding.sentence.removeprefix("2019 CHN trade: ").startswith(said)
    assert (finding.severity, finding.left) == ("error", f"{flows['X']}000000")
    assert int(finding.difference) == int(finding.left) - int(finding.right)


@pytest.mark.parametrize(
    ("flows", "said"),
    [
        ({"X": 500, "DX": 40, "RX": 460}, "500 = 40 + 460"),
        ({"X": 501, "DX": 40, "RX": 460}, "501 = 40 + 460 within rounding"),
        ({"X": 501, "RX": 460}, "re-exports 460 are no more than exports 501"),
    ],
)
def test_what_it_says_when_it_holds(flows, said):
    assert judge(frame(*released(**flows))).checked(1) == [f"2019 CHN trade: {said}"]


def test_a_block_is_judged_as_one():
    """Exports that neither add up nor agree with total and balance: one case, and nothing else is suspected."""
    finding = one(judge(frame(*released(X=590, M=100, T=600, B=400, DX=40, RX=460))))
    (suspect,) = finding.suspects
    assert (suspect.flow, suspect.low, suspect.high) == ("X", "499000000", "501000000")
    finding = one(judge(frame(*released(X=500, M=100, T=600, B=400, DX=40, RX=640))))
    assert {one.flow for one in finding.suspects} == {"RX"}  # domestic exports of −140 are none
    finding = one(judge(frame(*released(X=500, M=100, T=600, B=400, DX=4, RX=460))))
    slips = {one.flow: one.slip for one in finding.suspects}
    assert slips.keys() == {"DX", "RX"}
    assert slips["DX"] == "10 times too small?"


@pytest.mark.parametrize("missing", ["X", "DX", "RX"])
@pytest.mark.parametrize("how", ["without a value", "for another period only", "two readings"])
def test_a_missing_figure_is_not_evaluable_where_it_is_meant(missing, how):
    flows = {"X": 500, "DX": 40, "RX": 460}
    rows = released(**{flow: value for flow, value in flows.items() if flow != missing})
    rows += {
        "without a value": [{"flow": missing, "mantissa": None, "status": "C"}],
        "for another period only": [row | {"period": "2018"} for row in released(**{missing: 1})],
        "two readings": [*released(**{missing: 40}), *released(**{missing: 70})],
    }[how]
    finding = one(judge(frame(*rows)))
    assert (finding.result, finding.severity) == ("not evaluable", "information")
    assert "X = DX + RX, RX ≤ X cannot be judged, because" in finding.sentence
    if missing == "DX":  # more is exported again than is exported at all, whatever else
        rows = [row | {"mantissa": 520} if row["flow"] == "RX" else row for row in rows]
        assert one(judge(frame(*rows))).result == "fails"


def test_a_figure_that_no_one_prints_is_not_asked_for():
    assert results(judge(frame(*released(X=500, DX=40)))) == []
    assert not found(judge(frame(*released(DX=40, RX=460))))
    assert results(judge(frame(*released(X=500, RX=460)))) == ["holds"]
    assert results(judge(frame(*released(X=500, M=460)))) == []


def test_readings_and_abouts():
    rows = released(X=500, DX=40, RX=459)
    assert results(judge(frame(*rows))) == ["holds"]
    assert results(judge(frame(*rows, {"flow": "RX", "mantissa": 4585, "exponent": 5}))) == ["fails"]
    about = [*released(X=500, RX=460), {"flow": "DX", "mantissa": 10, "qualifier": "~"}]
    assert one(judge(frame(*about))).severity == "warning"


@pytest.mark.parametrize(
    ("how", "flows", "severities"),
    [
        ("rounded", {"X": 501, "DX": 40, "RX": 460}, []),
        ("exact", {"X": 501, "DX": 40, "RX": 460}, ["error"]),
        ("exact", {"X": 500, "RX": 501}, ["error"]),
        ("exact", {"X": 500, "DX": 0, "RX": 500}, []),
        ("warning", {"X": 500, "RX": 600}, ["warning"]),
        ("off", {"X": 500, "DX": 1, "RX": 600}, []),
    ],
)
def test_declarations(how, flows, severities):
    judgement = judge(frame(*released(**flows)), {"d": Dataset("d", identities={"re-exports": how})})
    assert [finding.severity for finding in found(judgement)] == severities
    assert all(("promises exactly" in finding.sentence) == (how == "exact") for finding in found(judgement))


def test_implied_figures_use_it():
    rows = {row.flow: (row.low, row.high) for row in implied(frame(*released(exponent=0, X=500, DX=40, RX=459)))}
    assert rows == {"X": (499.5, 500), "DX": (40, 40.5), "RX": (459, 459.5)}


def test_check_names_the_contradiction(tmp_path, capsys):
    head = "dataset,reporter,flow,period,value,unit,released\n"
    rows = [("X", "310.5"), ("DX", "7.2"), ("RX", "333.3"), ("M", "400.1")]
    file = tmp_path / "port.csv"
    file.write_text(head + "".join(f"port,SGP,{flow},2020,{value},USD billion,2021-02-01\n" for flow, value in rows))
    assert run(["check", str(file), "--format", "csv"]) == 3
    assert "exports 310.5 is not domestic exports 7.2 + re-exports 333.3" in capsys.readouterr().out
    assert run(["rules", "--format", "csv"]) == 0
    listed = capsys.readouterr().out
    assert '\nre-exports,"X = DX + RX, RX ≤ X",error,block' in listed
    assert listed.index("\nexpected-rows,") < listed.index("\nre-exports,") < listed.index("\nstale,")


@pytest.mark.parametrize(
    ("flows", "said"),
    [
        (
            {"X": 500, "DX": 40, "RX": 460},
            "exports of 2020-02-01, domestic exports of 2020-02-01, re-exports of 2020-05-01",
        ),
        ({"X": 500}, "exports of 2020-02-01, re-exports of 2020-05-01"),
    ],
)
def test_latest_figures_of_several_releases(flows, said):
    rows = [{"flow": flow, "mantissa": value} for flow, value in flows.items()]
    earlier = history.frame(rows, "2020-02-01")
    current = history.frame([{"flow": "RX", "mantissa": 600}], "2020-05-01")
    finding = history.only(judge_history(current, earlier), "mixed")
    assert finding.severity == "warning"
    assert finding.sentence.endswith(f", mixing releases: {said}")
