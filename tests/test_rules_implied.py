"""Implied figures: a known example to the last digit, closed forms against programmes, no truth left outside."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.datasets import Dataset, Partition
from schemas.implied import Implied, implied
from schemas.intervals.polyhedron import Contradiction, Polyhedron
from schemas.observations import combine, readings
from sources.bulletins import SOURCE


def frame(rows: list[dict[str, Any]], **common: Any) -> Any:
    base = {"measure": "level", "unit": "USD", "basis": "_Z", "exponent": 0, "period": "2019", "product": "total"}
    full = [base | common | row for row in rows]
    columns = {name: [row[name] for row in full] for name in full[0]}
    return readings(columns | {"dataset": "d", "reporter": "CHN", "released": "2022-07-07", "document": "d" * 64})


def by_flow(rows: list[Implied], period: str = "2019") -> dict[str, tuple[Fraction | None, Fraction | None]]:
    return {row.flow: (row.low, row.high) for row in rows if row.period == period}


def test_2018_follows_from_the_2019_release() -> None:
    parsed = [SOURCE.parse(document) for document in SOURCE.bundled()]  # type: ignore[misc]
    rows = implied(combine(part.readings for part in parsed), {d.id: d for d in SOURCE.datasets})
    found = {
        row.flow: (row.low_text, row.high_text)
        for row in rows
        if (row.product, row.period, row.published) == ("cultural-products", "2018", False)
    }
    assert found == {
        "T": ("102375690000", "102393200000"),
        "X": ("92528950000", "92546460000"),
        "M": ("9846740000", "9859390000"),
        "B": ("82669550000", "82699720000"),
    }
    exports = next(row for row in rows if (row.product, row.period, row.flow) == ("cultural-products", "2018", "X"))
    assert exports.low == Fraction(99885 * 10**6) / Fraction("1.0795")  # no other figure is tighter there


def test_an_unprinted_total_and_balance() -> None:
    found = by_flow(implied(frame([{"flow": "X", "mantissa": 7}, {"flow": "M", "mantissa": 4}])))
    assert found["T"] == (10, 12)
    assert found["B"] == (2, 4)
    assert by_flow(implied(frame([{"flow": "X", "mantissa": 7}]))) == {"X": (Fraction(13, 2), Fraction(15, 2))}


def test_what_contradicts_itself_implies_nothing() -> None:
    assert not implied(frame([{"flow": flow, "mantissa": value} for flow, value in (("T", 9), ("X", 1), ("M", 1))]))


@pytest.mark.parametrize("exponents", [(0, 0, 0, 0), (1, 0, 0, 1), (0, 1, 0, 0)])
def test_closed_forms_are_the_programmes_answer(exponents: tuple[int, ...]) -> None:
    forms = {"T": (1, 1), "X": (1, 0), "M": (0, 1), "B": (1, -1)}
    checked = 0
    for values in product((0, 2, 7), (1, 4), (0, 3), (-2, 1)):
        for left_out in (None, 0, 3):
            printed = [
                (f, v, e) for at, (f, v, e) in enumerate(zip(forms, values, exponents, strict=True)) if at != left_out
            ]
            rows = implied(frame([{"flow": f, "mantissa": v, "exponent": e} for f, v, e in printed]))
            space = Polyhedron(2)
            for flow, value, exponent in printed:
                form = {at: Fraction(factor) for at, factor in enumerate(forms[flow]) if factor}
                step = Fraction(10) ** exponent
                space.at_least(form, (value - Fraction(1, 2)) * step)
                space.at_most(form, (value + Fraction(1, 2)) * step)
            try:
                wanted = space.ranges([{at: Fraction(f) for at, f in enumerate(form) if f} for form in forms.values()])
            except Contradiction:
                assert not rows
                continue
            checked += 1
            assert by_flow(rows) == dict(zip(forms, wanted, strict=True))
    assert checked > 2


money = st.fractions(1, 10**6, max_denominator=1000)


@settings(max_examples=25)
@given(money, money, money, money, st.integers(-1, 1), st.integers(-1, 0))
@example(Fraction(12631728, 13), Fraction(247205, 8), Fraction(5103, 500), Fraction(101, 100), -1, 0)
@example(Fraction(4, 3), Fraction(12642913, 13), Fraction(1), Fraction(1), -1, 0)
def test_no_truth_is_left_outside(
    x: Fraction, m: Fraction, x0: Fraction, m0: Fraction, step: int, rate_step: int
) -> None:
    def printed(value: Fraction, exponent: int) -> int:
        return round(value / Fraction(10) ** exponent)

    truth = {"X": (x, x0), "M": (m, m0), "T": (x + m, x0 + m0), "B": (x - m, x0 - m0)}
    rows: list[dict[str, Any]] = [
        {"flow": f, "mantissa": printed(now, step), "exponent": step} for f, (now, _) in truth.items()
    ]
    for flow, (now, before) in truth.items():
        if before:
            rate = {"measure": "growth_yoy", "unit": "%", "basis": "USD", "exponent": rate_step}
            rows.append(rate | {"flow": flow, "mantissa": printed((now / before - 1) * 100, rate_step)})
    found = implied(frame(rows))
    assert by_flow(found)
    for row in found:
        true = truth[row.flow][row.period == "2018"]
        assert row.low is None or row.low <= true
        assert row.high is None or true <= row.high


@pytest.mark.parametrize(("status", "growth", "periods"), [("", "rounded", 2), ("B", "rounded", 1), ("", "off", 1)])
def test_nothing_follows_from_growth_over_a_break_or_that_is_not_judged(status: str, growth: str, periods: int) -> None:
    rate = {"measure": "growth_yoy", "unit": "%", "basis": "USD", "exponent": -1, "mantissa": 100, "status": ""}
    rows = [{"flow": "X", "mantissa": 110, "status": status}, rate | {"flow": "X"}]
    found = implied(frame(rows), {"d": Dataset("d", identities={"growth": growth})})
    assert len({row.period for row in found}) == periods


def test_parts_and_shares_connect_blocks() -> None:
    rows = [{"product": p, "flow": "X", "mantissa": v} for p, v in (("total", 100), ("goods", 70))]
    parts = {"d": Dataset("d", partitions=(Partition("product", "total", ("goods", "services")),))}
    both = frame([*rows, {"product": "services", "flow": "X", "mantissa": 3, "exponent": 1}])
    services = next(row for row in implied(both, parts) if row.product == "services")
    assert (services.low, services.high) == (29, 31)
    share = {"product": "goods", "flow": "X", "measure": "share", "unit": "%", "basis": "product=total"}
    shared = frame(
        [*rows[:1], {"product": "goods", "flow": "X", "mantissa": 7, "exponent": 1}, share | {"mantissa": 70}]
    )
    goods = next(row for row in implied(shared) if row.product == "goods")
    assert goods.high == Fraction("100.5") * Fraction("0.705")


class Doubting(Polyhedron):
    """HiGHS finds nothing anywhere."""

    def ranges(self, forms: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("schemas.intervals.polyhedron._Solver.least", lambda *_: None)
            return super().ranges(forms)


def test_the_word_of_a_solver_is_no_contradiction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it says that nothing satisfies, and no fraction proves it, the closed forms stand."""
    rows = [{"flow": flow, "mantissa": value} for flow, value in (("X", 110), ("M", 44))]
    rate = {"measure": "growth_yoy", "unit": "%", "basis": "USD", "exponent": -1}
    rows += [rate | {"flow": flow, "mantissa": 100} for flow in "XM"]
    assert by_flow(implied(frame(rows)), "2018").keys() == {"T", "X", "M", "B"}
    monkeypatch.setattr("schemas.implied.ranges.Polyhedron", Doubting)
    assert by_flow(implied(frame(rows)))["T"] == (153, 155)
    assert by_flow(implied(frame(rows)), "2018") == {}


def test_a_contradiction_is_proved_in_fractions(capfd: pytest.CaptureFixture[str]) -> None:
    """Strips that miss each other by a billionth of their size, and those that just touch."""
    for gap, contradictory in ((Fraction(1, 10**9), False), (Fraction(1), True)):
        space = Polyhedron(2)
        space.at_least({0: Fraction(1), 1: Fraction(1)}, Fraction(10**6) + gap)
        space.at_most({0: Fraction(1)}, Fraction(10**6))
        space.at_most({1: Fraction(1)}, Fraction(0))
        if contradictory:
            with pytest.raises(Contradiction):
                space.ranges([{0: Fraction(1)}])
        else:
            space.ranges([{0: Fraction(1)}])  # too fine for floats: nothing is claimed
    assert capfd.readouterr() == ("", "")
