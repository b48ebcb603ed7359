"""Documents that contradict each other: what stands, what waits, in whatever order they come."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from ledgers import Figures, frame

from schemas.joining import Joining, joining
from schemas.judge import judge
from schemas.observations import combine
from tests.demands import HEAVY

Y = "2021"


def _joined(*documents: Figures, together: bool = False) -> tuple[pd.DataFrame, Joining]:
    frames = [frame(figures, "2021-06-01", f"d{number}") for number, figures in enumerate(documents)]
    everything = combine(frames)
    came = np.repeat(np.arange(len(frames)) * (not together), [len(one) for one in frames])
    return everything, joining(judge(everything), came, np.zeros(len(everything), dtype=bool), judge)


def _said(everything: pd.DataFrame, where: np.ndarray) -> set[tuple[str, str, int, str]]:
    rows = everything[where]
    return set(zip(rows["flow"], rows["period"], rows["mantissa"].astype(int), rows["document"], strict=True))


def test_what_stands_is_not_held_by_what_joins() -> None:
    everything, found = _joined(
        {("X", Y): "40", ("M", Y): "30", ("B", Y): "10", ("X", "2020"): "5"},
        {("X", Y): "42", ("B", Y): "12", ("X", "2020"): "5"},
    )
    assert _said(everything, found.waits) == {("X", Y, 42, "d1"), ("B", Y, 12, "d1")}
    assert found.sound[found.waits].all(), "with the other in its place everything holds"
    assert not found.standing.held
    assert {one[:2] for one in _said(everything, found.contested)} == {("X", Y), ("M", Y), ("B", Y)}


def test_what_fails_in_the_place_of_the_other_is_not_sound() -> None:
    _, found = _joined({("X", Y): "40", ("M", Y): "30", ("B", Y): "10"}, {("X", Y): "42"})
    assert found.waits.sum() == 1
    assert not found.sound.any()


def test_a_joining_total_that_nobody_else_prints() -> None:
    everything, found = _joined({("X", Y): "40", ("M", Y): "30"}, {("T", Y): "90"})
    assert _said(everything, found.waits) == {("T", Y, 90, "d1")}


def test_what_contradicts_itself_fails_as_a_whole() -> None:
    _, found = _joined({("X", Y): "40", ("M", Y): "30", ("T", Y): "90"}, {("X", Y): "42"})
    assert not found.any
    assert found.standing.held


def test_two_of_one_run_fail_as_a_whole() -> None:
    _, found = _joined({("X", Y): "40"}, {("X", Y): "42"}, together=True)
    assert not found.any
    assert found.standing.held


def test_documents_that_agree_are_one() -> None:
    _, found = _joined({("X", Y): "40", ("M", Y): "30"}, {("X", Y): "40.2", ("B", Y): "10"})
    assert not found.any
    assert not found.standing.held


def test_growth_that_joins_and_contradicts_the_base_that_stands() -> None:
    """The block that fails is that of the rate; what stands in either year stays."""
    everything, found = _joined({("X", Y): "110.0", ("X", "2020"): "100.0"}, {("X%", Y): "20.0"})
    assert _said(everything, found.waits) == {("X", Y, 200, "d1")}
    everything, found = _joined({("X", Y): "110.0", ("X%", Y): "10.0"}, {("X", "2020"): "90.0"})
    assert _said(everything, found.waits) == {("X", "2020", 900, "d1")}, "the base joined: it waits, not the rate"


def test_a_base_that_stands_is_not_held_for_the_growth_that_joins_with_another_base() -> None:
    """Of a cell in which two do not meet nothing follows: what each of them breaks elsewhere is seen all the same."""
    base, whole = {("X", "2020"): "55.0"}, {("X", Y): "100.0", ("X", "2020"): "50.0", ("X%", Y): "100.0"}
    everything, found = _joined(base, whole)
    assert not found.standing.held
    assert _said(everything, ~found.waits) == {("X", "2020", 550, "d0")}, "growth from a base that is not the one here"
    assert found.sound[found.waits].all()
    back, other = _joined(whole, base)
    assert not other.standing.held
    assert _said(back, other.waits) == {("X", "2020", 550, "d1")}
    assert found.contested.all()
    assert other.contested.all()


VALUES = {"X": ("6", "7"), "M": ("4",), "T": ("10", "12")}
_DOCUMENTS = [
    {(flow, Y): text for flow, text in zip(VALUES, texts, strict=True) if text}
    for texts in product(*(("", *texts) for texts in VALUES.values()))
    if any(texts)
]


@pytest.mark.parametrize("first", range(0, len(_DOCUMENTS), 1 if HEAVY else 9))
def test_in_every_order_the_same_is_contested_and_what_stands_holds(first: int) -> None:
    for second in range(first % 2, len(_DOCUMENTS), 2):
        three = [_DOCUMENTS[first], _DOCUMENTS[second], _DOCUMENTS[(first + second) % len(_DOCUMENTS)]]
        seen = set()
        for order in permutations(range(3)):
            everything, found = _joined(*(three[at] for at in order))
            waiting = _said(everything, found.waits)
            standing = {one for one in _said(everything, np.ones(len(everything), dtype=bool)) if one not in waiting}
            assert not found.waits[everything["document"].eq("d0").to_numpy()].any(), "the first never waits"
            held = bool(found.standing.held)
            if found.any:
                assert standing
            cells = {one[:2] for one in _said(everything, np.ones(len(everything), dtype=bool))}
            seen.add(frozenset(cells) if held else frozenset(one[:2] for one in _said(everything, found.contested)))
        assert len(seen) == 1, three
