"""What a person accepted in the place of an address's answer, and what comes of the same release afterwards."""

from __future__ import annotations

from itertools import permutations

import pytest
from ledgers import collect as publish
from test_ledger_sequences import JUNE, M, T, X, answer, by_hand, said

from storage import queries
from storage.decisions import decide
from storage.ledger import Batch, Ledger

BLOCK = "trade/CHN/WLD/total/_T/2021-05/USD"
FIRST, OTHER = answer(8, {X: "101.0", M: "90.0"}), by_hand({X: "105.0"})


def accepted(ledger: Ledger, *answers: Batch) -> None:
    """What stands, and a joining document that a person accepted over it."""
    for one in (*answers, OTHER):
        publish(ledger, one)
    decide(ledger, BLOCK, "accept", why="by telephone", document=OTHER.documents[0].sha256)
    assert said(ledger)["X"][0] == "105.0"
    assert not list(queries.held(ledger))


def marks(ledger: Ledger) -> dict[str, str]:
    return {row["flow"]: row["pending"] for row in queries.show(ledger)}


@pytest.mark.parametrize("verdict", ["", "accept", "reject", "stands"])
def test_another_figure_of_the_address_is_asked_about_anew(ledger, verdict):
    """What is in force stays, marked, until a person says which one counts; the past answers what it did."""
    accepted(ledger, FIRST)
    before, then = said(ledger), next(iter(queries.runs(ledger)))["recorded_at"]
    newer = answer(9, {X: "102.0", M: "90.0"})
    run = publish(ledger, newer)
    assert (run.outcome, run.counts["held"], run.counts["unchanged"]) == ("quarantined", 2, 0)
    assert said(ledger) == {"X": ("105.0", f"{JUNE}+3"), "M": ("90.0", JUNE)}
    assert marks(ledger)["X"] == "held"
    (waiting,) = queries.held_findings(ledger)
    assert waiting["released"] == f"{JUNE}+2"
    assert [(one["left"], one["right"], one["document"]) for one in waiting["findings"]] == [
        ("102", "105", newer.documents[0].sha256)
    ]
    assert publish(ledger, newer).still_held == 1
    if verdict == "stands":
        decide(ledger, BLOCK, "accept", why="still so", document=OTHER.documents[0].sha256)
    elif verdict:
        decide(ledger, BLOCK, verdict, why="so")
    if verdict:
        assert not list(queries.held(ledger))
        assert marks(ledger)["X"] != "held"
        assert said(ledger)["X"][0] == ("102.0" if verdict == "accept" else "105.0")
        publish(ledger, by_hand({("X", "2021-03"): "60.0"}))
        assert not list(queries.held(ledger))
        assert said(ledger)["X"][0] == ("102.0" if verdict == "accept" else "105.0")
    assert said(ledger, as_of=then) == before


@pytest.mark.parametrize(
    "later",
    [
        {X: "105.0", M: "90.0"},  # what was accepted
        {X: "101.0", M: "90.0", ("X", "2021-04"): "80.0"},  # what was seen, and another block
        {X: "105.0", M: "91.0"},
    ],
)
def test_what_was_seen_or_agrees_is_not_asked_about(ledger, later):
    accepted(ledger, FIRST)
    publish(ledger, answer(9, later))
    assert not list(queries.held(ledger))
    assert said(ledger)["X"][0] == "105.0"
    assert set(marks(ledger).values()) == {""}


def test_an_answer_that_says_what_was_accepted_ends_the_question(ledger):
    accepted(ledger, FIRST)
    publish(ledger, answer(9, {X: "102.0", M: "90.0"}))
    assert list(queries.held(ledger))
    publish(ledger, answer(10, {X: "105.0", M: "90.0"}))
    assert not list(queries.held(ledger))
    assert said(ledger)["X"][0] == "105.0"
    assert set(marks(ledger).values()) == {""}


def test_a_document_that_joins_is_judged_beside_what_is_in_force(ledger):
    """It agrees with what the address said of other cells, and not with what was accepted."""
    accepted(ledger, FIRST)
    publish(ledger, by_hand({T: "191.0"}))
    (waiting,) = queries.held(ledger)
    assert marks(ledger)["X"] == "held"
    decide(ledger, waiting["block"], "accept", why="so")
    assert said(ledger)["T"][0] == "191.0"
    assert {row["flow"] for row in queries.show(ledger) if row["accepted"]} == {"T"}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_later_answers_may_be_read_in_any_order(tmp_path, order):
    """Three of them after the decision, the last of which waits; an older one that is read late is none of its news."""
    later = [answer(at, {X: f"{value}.0", M: "90.0"}) for at, value in ((7, 99), (9, 102), (10, 103))]
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", create=True) as ledger:
        accepted(ledger, FIRST)
        for at in order:
            publish(ledger, later[at])
        (waiting,) = queries.held(ledger)
        assert waiting["released"] == f"{JUNE}+4"
        assert [one["value"] for one in waiting["readings"] if one["flow"] == "X"] == ["103.0"]
        assert said(ledger) == {"X": ("105.0", f"{JUNE}+5"), "M": ("90.0", JUNE)}
        assert marks(ledger)["X"] == "held"
        decide(ledger, BLOCK, "accept", why="so")
        assert said(ledger)["X"][0] == "103.0"
