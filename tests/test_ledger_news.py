"""What is news beside the figure in force: settled in whole numbers, told apart as exact intervals tell it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.figures import Figure
from storage import codes
from storage.arrays import differs, ints

MANTISSAS = st.one_of(
    st.integers(-30, 30), st.integers(-(10**13), 10**13), st.integers(-(2**63) + 1, 2**63 - 1), st.just(1 << 60)
)
FIGURES = st.builds(
    Figure, MANTISSAS, st.integers(-9, 9), st.sampled_from(codes.QUALIFIERS), st.sampled_from(codes.ROUNDINGS)
)


def is_news(new: Figure, old: Figure) -> bool:
    """By the definition: another figure, unless it is coarser than the one in force and meets it."""
    if new == old:
        return False
    ends = [(one.interval.low, one.interval.high) for one in (new, old)]
    (low, high), (old_low, old_high) = ends
    open_ended = low is None or high is None
    if old_low is None or old_high is None:
        return True  # nothing is coarser than what has no end
    coarser = open_ended or high - low > old_high - old_low  # type: ignore[operator]
    return not coarser or new.interval.meet(old.interval).empty


def packed(figure: Figure) -> int:
    return codes.pack(figure.exponent, figure.qualifier, figure.rounding)


@given(st.lists(st.tuples(FIGURES, FIGURES), min_size=1, max_size=8), st.integers(-2, 2))
def test_news_is_what_no_interval_explains(pairs: list[tuple[Figure, Figure]], near: int) -> None:
    # Beside pairs at random, a coarser printing near each old figure: at random they hardly ever meet.
    for _, old in list(pairs):
        coarse = Figure(old.mantissa // 100 + near, old.exponent + 2, "=", "nearest")
        pairs.append((coarse, old))
    new, old = zip(*pairs, strict=True)
    found = differs(
        ints([one.mantissa for one in new]),
        ints([packed(one) for one in new]),
        ints([one.mantissa for one in old]),
        ints([packed(one) for one in old]),
    )
    assert found.tolist() == [is_news(*pair) for pair in pairs]


def test_every_small_pair_of_two_steps() -> None:
    """Enumerated: a printing to tens beside one to units."""
    for tens in range(-5, 6):
        units = np.arange(-60, 61)
        found = differs(
            ints(np.full(len(units), tens)), ints(np.full(len(units), codes.pack(1))), ints(units),
            ints(np.full(len(units), codes.pack(0))),
        )  # fmt: skip
        assert found.tolist() == [is_news(Figure(tens, 1), Figure(int(unit), 0)) for unit in units]
