"""Identities on coded rows say the same as judging a frame."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.cells import BALANCING
from schemas.coded import failing_blocks
from schemas.judge import judge
from schemas.observations import readings

figure = st.one_of(st.none(), st.tuples(st.integers(-30, 30), st.integers(-1, 1)))
large = st.tuples(st.integers(-(2**62), 2**62), st.sampled_from([-30, 0, 30]))


def both(blocks: list[tuple[tuple[int, int] | None, ...]]) -> tuple[set[tuple[int, str]], set[tuple[int, str]]]:
    rows = [
        (number, place, *printed)
        for number, figures in enumerate(blocks)
        for place, printed in enumerate(figures)
        if printed is not None
    ]
    block, flow, mantissa, exponent = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    found = failing_blocks(block, flow.astype(np.int8), mantissa, exponent.astype(np.int8), len(blocks))
    frame = readings(
        {
            "dataset": "d",
            "reporter": "USA",
            "partner": [f"P{number}" for number in block],
            "flow": [BALANCING[place] for place in flow],
            "unit": "USD",
            "period": "2019",
            "mantissa": mantissa,
            "exponent": exponent,
        }
    )
    said = judge(frame).evaluations.query("result == 'fails'")
    numbers = said["block"].astype(str).str.split("/").str[2].str[1:].astype(int)
    return set(zip(found["block"], found["rule"], strict=True)), set(zip(numbers, said["rule"], strict=True))


@given(st.lists(st.tuples(figure, figure, figure, figure).filter(any), min_size=1, max_size=8))
def test_small_figures_some_missing(blocks: list[tuple[tuple[int, int] | None, ...]]) -> None:
    coded, judged = both(blocks)
    assert coded == judged


@given(st.lists(st.tuples(large, large, large, large), min_size=1, max_size=3))
def test_figures_beyond_int64(blocks: list[tuple[tuple[int, int] | None, ...]]) -> None:
    coded, judged = both(blocks)
    assert coded == judged


def test_what_is_said_of_a_failure() -> None:
    """Total 111.54 beside 99.89, 11.57 and 88.32: only the total explains it, 111.445 to 111.475 would fit."""
    found = failing_blocks(
        np.zeros(4, dtype=np.int64),
        np.arange(4, dtype=np.int8),
        np.array([11154, 9989, 1157, 8832]),
        np.full(4, 7, dtype=np.int8),
        1,
    )
    first = found.iloc[0]
    assert found["rule"].tolist() == ["total", "exports-from-total", "imports-from-total"]
    assert set(found["suspects"]) == {"T"}
    assert (first["left"], first["right"], first["allowed"]) == (4 * 11154, 4 * 11146, 6)
    assert (first["low"], first["high"]) == (4 * 11146 - 6, 4 * 11146 + 6)
