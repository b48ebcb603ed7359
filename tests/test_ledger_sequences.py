"""Sequences of a release: the same address with other figures under an unchanged date."""

from __future__ import annotations

from itertools import permutations, product

import pytest

from schemas.errors import ParseError
from storage.state.sequences import Answer, numbered, spans


def stood(answers: list[Answer], instant: int) -> dict[str, object]:
    """What each address said by an instant, told in another way: one answer after the other."""
    said: dict[str, object] = {}
    for one in sorted(answers, key=lambda one: one.fetched_at):
        if one.fetched_at <= instant or one.address not in said:  # a first answer joins, however late
            said[one.address] = one.says
    return said


@pytest.mark.parametrize("figures", list(product("ab", repeat=4)))
@pytest.mark.parametrize("addresses", ["uuuu", "uuvv", "uvuv", "uvvu", "uuuv"])
def test_the_sequences_of_a_release_are_those_instants_at_which_an_address_said_otherwise(addresses, figures):
    """All orders in which answers may be read, and what stands in each sequence against the answers themselves."""
    answers = [
        Answer(at, address, 10 * at, says) for at, (address, says) in enumerate(zip(addresses, figures, strict=True))
    ]
    first = numbered(answers, "2021-06-01")
    assert all(numbered(order, "2021-06-01") == first for order in permutations(answers))
    found = spans((one.document, one.address, first[one.document]) for one in answers)
    instants = [
        new.fetched_at
        for new in answers
        for old in [[one for one in answers[: new.document] if one.address == new.address]]
        if old and old[-1].says != new.says
    ]
    assert sorted({*first.values(), 1}) == list(range(1, len(instants) + 2))
    for sequence, instant in enumerate([0, *instants], 1):
        standing = {
            one.address: one.says for one in answers if found[one.document][0] <= sequence <= found[one.document][1]
        }
        assert standing == stood(answers, instant)


def test_pages_corrected_in_one_run_are_one_sequence():
    first = [Answer(f"{page}1", page, 10, page) for page in "abc"]
    again = [Answer(f"{page}2", page, 20, page * 2) for page in "ab"]
    last = [Answer("c2", "c", 30, "cc"), Answer("a3", "a", 30, "a")]
    found = numbered([*last, *again, *first], "2021-06-01")
    assert found == {"a1": 1, "b1": 1, "c1": 1, "a2": 2, "b2": 2, "c2": 3, "a3": 3}
    stands = spans((one.document, one.address, found[one.document]) for one in [*first, *again, *last])
    ends = {"a1": (1, 1), "a2": (2, 2), "a3": (3, 19), "b1": (1, 1), "b2": (2, 19), "c1": (1, 2), "c2": (3, 19)}
    assert stands == ends


def test_a_twentieth_sequence_has_no_name():
    answers = [Answer(at, "u", at, at) for at in range(20)]
    assert numbered(answers[:19], "2021-06-01")[18] == 19
    with pytest.raises(ParseError, match="corrected 19 times under an unchanged date, expected fewer than 19: give"):
        numbered(answers, "2021-06-01")
