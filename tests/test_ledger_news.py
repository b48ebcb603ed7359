"""What is news beside the figure in force: settled in whole numbers, told apart as exact intervals tell it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.figures import Figure
from schemas.vocabulary import QUALIFIERS, ROUNDINGS
from storage.encoding import codes
from storage.encoding.columns import Readings, ints
from storage.encoding.comparing import differs, narrowest

MANTISSAS = st.one_of(
    st.integers(-30, 30), st.integers(-(10**13), 10**13), st.integers(-(2**63) + 1, 2**63 - 1), st.just(1 << 60)
)
FIGURES = st.builds(Figure, MANTISSAS, st.integers(-9, 9), st.sampled_from(QUALIFIERS), st.sampled_from(ROUNDINGS))


def is_news(new: Figure, old: Figure) -> bool:
    """By the definition: another figure, unless it is coarser than the one in force and meets it."""
    if new == old:
        return False
    (low, high), (old_low, old_high) = ((one.interval.low, one.interval.high) for one in (new, old))
    if low is not None and high is not None:
        coarser = old_low is not None and old_high is not None and high - low > old_high - old_low
    elif old_low is not None and old_high is not None:
        coarser = True
    else:  # "over 8" after "over 9": what the one leaves open the other does too
        coarser = new.interval != old.interval and new.interval.meet(old.interval) == old.interval
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


QUALIFIED = [Figure(mantissa, exponent, sign) for sign in ("≥", ">", "<", "≤") for exponent in (-1, 0)
             for mantissa in (80, 85, 90)]  # fmt: skip


def test_every_pair_of_half_open_figures() -> None:
    """Enumerated: one that leaves more open confirms, one that leaves less is news."""
    for new in QUALIFIED:
        for old in QUALIFIED:
            numbers = (ints([new.mantissa]), ints([packed(new)]), ints([old.mantissa]), ints([packed(old)]))
            ends = {"≥": 1, ">": 1, "<": -1, "≤": -1}
            same_way = ends[new.qualifier] == ends[old.qualifier]
            a, b = new.value * ends[new.qualifier], old.value * ends[old.qualifier]
            more_open = same_way and (a < b or (a == b and new.qualifier in "≥≤" and old.qualifier in "><"))
            assert differs(*numbers).tolist() == [not more_open and new != old], (new, old)


def test_the_narrowest_of_half_open_readings_is_published() -> None:
    for first in QUALIFIED:
        for second in QUALIFIED:
            zeros = ints([0, 0])
            figures = ints([first.mantissa, second.mantissa]), ints([packed(first), packed(second)])
            (at,) = narrowest(Readings(zeros, zeros, *figures, zeros, zeros))
            one, other = (first, second)[at].interval, (first, second)[1 - at].interval
            assert not one.wider_than(other)


def test_the_mark_revised_makes_no_version() -> None:
    figures = [codes.pack(0), codes.pack(0, status="R"), codes.pack(0, status="P"), codes.pack(-1, status="R")]
    for (new, old), news in {
        (1, 0): False,
        (0, 1): False,
        (1, 1): False,
        (2, 1): True,
        (1, 2): True,
        (3, 0): True,
    }.items():
        mantissas = [100 if at == 3 else 10 for at in (new, old)]
        found = differs(ints(mantissas[:1]), ints([figures[new]]), ints(mantissas[1:]), ints([figures[old]]))
        assert found.tolist() == [news]
