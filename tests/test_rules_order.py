"""No verdict, suspect or sentence depends on the order of rows, nor of the documents they came from."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.findings import Finding
from schemas.judge import judge
from schemas.observations import combine, readings
from tests.demands import HEAVY

CELLS = [
    *((flow, "level", unit, period) for flow in "TXMB" for unit in ("USD", "CNY") for period in ("2018", "2019")),
    *((flow, "growth_yoy", "USD", "2019") for flow in "TXMB"),
    ("X", "level", "USD", "2019"),  # a second printing
]


def frame(rows: list[tuple[int, tuple[int, int, str]]], first: int) -> Any:
    """Rows (place in CELLS; mantissa, exponent, qualifier) as two documents."""
    columns: dict[str, list[Any]] = {}
    for at, (mantissa, exponent, qualifier) in rows:
        flow, measure, unit, period = CELLS[at]
        rate = measure != "level"
        said = {"flow": flow, "measure": measure, "unit": "%" if rate else unit, "basis": unit if rate else "_Z"}
        said |= {"period": period, "mantissa": mantissa, "exponent": exponent, "qualifier": qualifier}
        for name, value in (said | {"position": (at + 2) << 14}).items():
            columns.setdefault(name, []).append(value)
    whole = readings({**columns, "dataset": "d", "reporter": "CHN", "released": "2020-02-01", "document": "d" * 64})
    return combine([whole.iloc[:first], whole.iloc[first:]])


def said(table: Any) -> list[Finding]:
    """What is found; suspects without regard to how likely they are said to be."""
    plain = (replace(one, suspects=tuple(sorted(one.suspects, key=repr))) for one in judge(table).findings)
    return sorted((replace(one, position="") for one in plain if one.result == "fails"), key=repr)


PRINTED = st.tuples(st.integers(-30, 99), st.integers(-1, 1), st.sampled_from("===~>"))


@settings(max_examples=max(settings().max_examples // (4 if HEAVY else 10), 1))
@given(
    st.lists(PRINTED, min_size=len(CELLS), max_size=len(CELLS)), st.randoms(use_true_random=False), st.integers(1, 9)
)
def test_the_order_of_rows_decides_nothing(printed: list[tuple[int, int, str]], chance: Any, first: int) -> None:
    rows = list(enumerate(printed))
    expected = said(frame(rows, first))
    chance.shuffle(rows)
    assert said(frame(rows, first + 3)) == expected


def unfinished(rows: list[int]) -> Any:
    """Blocks of which nothing can be judged, and two equal printings of one cell, differently marked."""
    printed = [("X", period, "", 50) for period in ("2019-03", "2019-01", "2019-02")]
    printed += [("M", period, "", 40) for period in ("2019-01", "2019-02", "2019-03")]
    printed += [("B", "2019-02", status, 77) for status in ("P", "")]
    chosen = [(*printed[at], at + 2 << 14) for at in rows]
    columns = dict(zip(("flow", "period", "status", "mantissa", "position"), zip(*chosen, strict=True), strict=True))
    same = {"measure": "level", "unit": "USD", "basis": "_Z", "exponent": 0, "qualifier": "="}
    table = {name: list(values) for name, values in columns.items()}
    return readings(
        {**table, **same, "dataset": "d", "reporter": "CHN", "released": "2020-02-01", "document": "d" * 64}
    )


@pytest.mark.parametrize("kept", [6, 7, 8])
@pytest.mark.parametrize("seed", range(4))
def test_what_cannot_be_judged_is_said_of_the_same_block(seed: int, kept: int) -> None:
    rows = random.Random(seed).sample(range(8), 8)

    def told(chosen: list[int]) -> list[Finding]:
        return sorted(judge(unfinished(chosen)).findings, key=repr)

    wanted = [at for at in rows if at < kept]
    assert told(wanted) == told(sorted(wanted))
