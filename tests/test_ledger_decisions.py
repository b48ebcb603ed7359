"""What a decision covers, and what supersedes what is held, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from ledgers import answers, batch, collect, document, release, shown

from schemas.documents import Notice, Unreadable
from schemas.errors import UsageError
from storage import queries
from storage.decisions import decide, reopen
from storage.ledger import Ledger

GOOD = {("T", "2019"): "10", ("X", "2019"): "6", ("M", "2019"): "4"}
BAD = GOOD | {("T", "2019"): "20"}
BLOCK = "trade/CHN/WLD/total/_T/2019/USD"


@pytest.mark.parametrize(
    "figures",
    [
        {("T", "2019"): ["15", "40"], ("X", "2019"): "10", ("M", "2019"): "5"},
        {("T", "2019"): "16", ("X", "2019"): "10", ("M", "2019"): ["4", "5"]},
        {("T", "2019"): [">90", ">80"], ("X", "2019"): "10", ("M", "2019"): "5"},
    ],
)
def test_a_rejection_covers_the_same_readings_in_another_order(ledger, figures):
    assert release(ledger, "first", "2021-01-10", figures).outcome == "quarantined"
    decide(ledger, BLOCK, "reject", why="misprinted")
    turned = {cell: printed[::-1] if isinstance(printed, list) else printed for cell, printed in figures.items()}
    run = release(ledger, "second", "2021-02-10", dict(reversed(turned.items())))
    assert (run.outcome, run.counts["rejected"]) == ("unchanged", 4)
    assert not list(queries.held(ledger))


def test_an_accepted_release_supersedes_what_an_earlier_one_holds(ledger):
    release(ledger, "first", "2021-01-10", GOOD)
    release(ledger, "second", "2021-02-10", BAD | {("X", "2019"): "7"})
    release(ledger, "third", "2021-03-10", BAD)
    decide(ledger, BLOCK, "accept", why="printed so", released="2021-03-10")
    assert not list(queries.held(ledger))
    assert {row["released"]: row["state"] for row in queries.held(ledger, all_=True)} == {
        "2021-02-10": "superseded", "2021-03-10": "accepted",
    }  # fmt: skip
    assert {row["pending"] for row in queries.show(ledger)} == {""}
    assert shown(ledger, with_held=True) == {("T", "2019"): "20", ("X", "2019"): "6", ("M", "2019"): "4"}
    assert not list(queries.findings(ledger))


def test_what_a_release_superseded_waits_again_once_that_is_held_itself(ledger):
    release(ledger, "first", "2021-01-10", BAD)
    release(ledger, "second", "2021-02-10", GOOD)
    assert not list(queries.held(ledger))
    run = release(ledger, "second", "2021-02-10", BAD | {("T", "2019"): "30"}, version=2)
    assert run.outcome == "quarantined"
    assert sorted(row["released"] for row in queries.held(ledger)) == ["2021-01-10", "2021-02-10"]
    found = [row["released"] for row in queries.findings(ledger) if row["rule"] == "total"]
    assert sorted(found) == ["2021-01-10", "2021-02-10"]
    decide(ledger, BLOCK, "reject", why="30 is a misprint", released="2021-02-10")
    assert shown(ledger) == {}
    decide(ledger, BLOCK, "accept", why="printed so", released="2021-01-10")
    assert shown(ledger) == {("T", "2019"): "20", ("X", "2019"): "6", ("M", "2019"): "4"}
    assert not list(queries.findings(ledger))


def test_what_was_rejected_is_told_again_once_what_superseded_it_is_held(ledger):
    release(ledger, "first", "2021-01-10", GOOD)
    release(ledger, "second", "2021-02-10", BAD)
    decide(ledger, BLOCK, "reject", why="misprinted")
    release(ledger, "third", "2021-03-10", GOOD | {("X", "2019"): "6.1"})
    assert {row["pending"] for row in queries.show(ledger)} == {""}
    release(ledger, "third", "2021-03-10", GOOD | {("T", "2019"): "30"}, version=2)
    decide(ledger, BLOCK, "reject", why="misprinted too")
    assert {row["pending"] for row in queries.show(ledger)} == {"rejected"}
    assert not list(queries.held(ledger))


def test_what_was_superseded_waits_again_once_the_later_document_says_nothing(ledger):
    release(ledger, "first", "2021-01-10", BAD)
    release(ledger, "second", "2021-02-10", GOOD)
    assert not list(queries.held(ledger))
    release(ledger, "second", "2021-02-10", {}, version=2)
    assert [row["released"] for row in queries.held(ledger)] == ["2021-01-10"]


def test_a_document_s_blocks_are_those_in_which_it_has_a_part(ledger):
    release(ledger, "first", "2021-01-10", {("X", "2019"): "10", ("M", "2019"): "5"})
    release(ledger, "second", "2021-01-10", {("T", "2019"): "99", ("T", "2020"): "4"})
    release(ledger, "third", "2021-01-10", {("T", "2021"): "4"})
    shas = {row["name"]: row["document"] for row in queries.documents(ledger)}
    found = {name[:-4]: [row["block"] for row in queries.held(ledger, document=sha)] for name, sha in shas.items()}
    assert found == {"first": [], "second": [BLOCK], "third": []}, "what stands is in no held block"


def test_findings_by_release_have_those_about_documents(ledger):
    fault = Unreadable("row 9", "zz", "a period", dataset="trade")
    collect(ledger, batch(("first", "2021-02-10", GOOD), unreadable=[fault]))
    assert [row["rule"] for row in queries.findings(ledger, released_by="2021-02-28")] == ["readable"]
    assert not list(queries.findings(ledger, released_by="2021-01-31"))


def test_a_correction_is_listed_by_the_release_it_is_of(ledger):
    release(ledger, "first", "2021-01-10", {("X", "2019"): "10"})
    release(ledger, "second", "2021-02-10", {("X", "2019"): "11"})
    collect(ledger, batch(("second", "2021-02-10", {("X", "2019"): "12"}), version=2), kind="reparse")
    assert {row["kind"] for row in queries.revisions(ledger)} == {"revision", "correction"}
    assert not list(queries.revisions(ledger, released_by="2021-01-31"))


def test_what_waited_by_a_release_waits_by_it_for_ever(ledger):
    """A later release supersedes it, and says nothing about what was known before that."""
    release(ledger, "first", "2021-01-10", GOOD)
    release(ledger, "second", "2021-02-10", BAD)

    def then() -> tuple[set[str], list[str]]:
        rows = queries.show(ledger, released_by="2021-02-28")
        return {row["pending"] for row in rows}, [
            row["rule"] for row in queries.findings(ledger, released_by="2021-02-28")
        ]

    before = then()
    assert before[0] == {"held"}
    release(ledger, "third", "2021-03-10", GOOD | {("X", "2019"): "6.1"})
    assert then() == before
    assert {row["pending"] for row in queries.show(ledger)} == {""}
    assert not list(queries.findings(ledger))
    assert not list(queries.findings(ledger, released_by="2021-03-31"))


def corrections(ledger: Ledger, **more: Any) -> list[tuple[str, ...]]:
    fields = ("previous", "previous_released", "value", "released")
    rows = [row for row in queries.revisions(ledger, **more) if row["kind"] == "correction"]
    return [tuple(row[name] for name in fields) for row in rows]


def test_what_a_newer_parser_reads_otherwise_is_a_correction(ledger):
    release(ledger, "first", "2021-01-10", {("X", "2019"): "10"})
    release(ledger, "second", "2021-02-10", {("X", "2019"): "11", ("M", "2019"): "5"})
    assert not corrections(ledger)
    release(ledger, "second", "2021-02-10", {("X", "2019"): "12", ("M", "2019"): "5"}, version=2)
    assert corrections(ledger) == [("11", "2021-02-10", "12", "2021-02-10")]
    assert not corrections(ledger, released_by="2021-01-31")
    assert not corrections(ledger, flow="M")


def test_a_late_document_that_says_it_more_exactly_is_no_correction(ledger):
    release(ledger, "first", "2021-01-10", {("X", "2019"): "10"})
    release(ledger, "second", "2021-01-10", {("X", "2019"): "10.2"}, version=2)
    assert not corrections(ledger)


def test_a_figure_withdrawn_by_a_reparse_is_a_correction(ledger):
    release(ledger, "first", "2021-01-10", {("X", "2019"): "10", ("M", "2019"): "5"})
    collect(ledger, batch(("first", "2021-01-10", {("X", "2019"): "10"}), version=2), kind="reparse")
    assert shown(ledger) == {("X", "2019"): "10"}
    assert corrections(ledger) == [("5", "2021-01-10", "", "2021-01-10")]
    assert corrections(ledger, flow="M", period="2019") == corrections(ledger)
    assert not corrections(ledger, flow="X")


def test_a_date_learned_later_is_a_correction(ledger):
    release(ledger, "first", "2021-02-10", {("X", "2019"): "10"})
    moved = batch(("first", "2021-04-10", {("X", "2019"): "10"}))
    collect(ledger, moved, kind="assignment")
    assert corrections(ledger) == [("10", "2021-02-10", "10", "2021-04-10")]
    # By a day between the two it is withdrawn: nothing had been released.
    assert corrections(ledger, released_by="2021-03-31") == [("10", "2021-02-10", "", "2021-02-10")]
    assert [row["released"] for row in queries.show(ledger)] == ["2021-04-10"]


def test_what_is_said_of_an_accepted_document_ends_as_accepted(ledger):
    """The one before it, held for its own sake too, is superseded."""
    notice = Notice("unit", "the page says USD, its title CNY")
    collect(ledger, batch(("first", "2021-01-10", {("X", "2019"): "6"}), notices=[notice]))
    collect(ledger, batch(("second", "2021-02-10", {("X", "2019"): "7"}), notices=[notice]))
    decide(ledger, BLOCK, "accept", why="dollars", released="2021-02-10")
    ended = {(row["ended"], row["document"]) for row in queries.findings(ledger, all_=True)}
    assert ended == {("superseded", document("first").sha256), ("accepted", document("second").sha256)}


def test_what_is_hidden_is_said_and_is_no_figure_that_is_missed(ledger):
    hidden = Unreadable("row 9", "2019-03", "hidden on the page", dataset="trade", severity="warning")
    run = collect(ledger, batch(("first", "2021-02-10", GOOD), unreadable=[hidden]))
    assert (run.outcome, run.counts["unreadable"], run.unread) == ("published", 0, False)
    found = [(row["severity"], row["sentence"]) for row in queries.findings(ledger) if row["rule"] == "readable"]
    assert found == [("warning", "row 9: '2019-03' is not read: hidden on the page")]


def test_a_block_printed_twice_at_one_place_takes_more_figures(ledger):
    """Two addresses may show the same bytes: the same document, the same positions."""
    twice = batch(("first", "2021-01-10", BAD), ("first", "2021-01-10", BAD))
    assert collect(ledger, twice).outcome == "quarantined"
    run = release(ledger, "second", "2021-01-10", BAD)
    assert (run.outcome, run.still_held) == ("unchanged", 1)
    assert [row["state"] for row in queries.held(ledger)] == ["held"]


def told(ledger: Ledger) -> tuple[Any, ...]:
    """What stands, waits and is found."""
    waits = sorted((row["block"], row["released"], row["figures"]) for row in queries.held(ledger))
    found = sorted((row["rule"], row["block"], row["released"]) for row in queries.findings(ledger))
    return answers(ledger), [(row["flow"], row["pending"]) for row in queries.show(ledger)], waits, found


@pytest.mark.parametrize("verdict", ["accept", "reject"])
def test_a_decision_taken_back_is_remembered_no_more(ledger, verdict):
    """Of a later release that it covered neither; a third that says the same is held."""
    release(ledger, "first", "2021-01-10", GOOD)
    with pytest.raises(UsageError, match="nothing was decided"):
        reopen(ledger, BLOCK, why="too early")
    release(ledger, "second", "2021-02-10", BAD)
    waiting = told(ledger)
    decide(ledger, BLOCK, verdict, why="as printed")
    decided = told(ledger)
    assert release(ledger, "third", "2021-03-10", BAD).outcome != "quarantined"
    done = reopen(ledger, f"{BLOCK}/2021-02-10", why="a mistake", who="Ada")
    assert (done.verdict, done.released, done.who, done.first) == ("reopen", "2021-02-10", "Ada", True)
    assert not reopen(ledger, f"{BLOCK}/2021-02-10", why="once more").first
    # What waits in both is asked of the last one said; what is rejected no longer marks, what was published is gone.
    assert answers(ledger) == waiting[0]
    assert [row["released"] for row in queries.held(ledger)] == ["2021-02-10", "2021-03-10"]
    assert release(ledger, "fourth", "2021-04-10", BAD).outcome == "quarantined"
    states = {row["released"]: row["state"] for row in queries.held(ledger, all_=True) if row["why"]}
    assert states["2021-02-10"] == "reopened"
    for released in ("2021-02-10", "2021-03-10", "2021-04-10"):
        decide(ledger, f"{BLOCK}/{released}", verdict, why="after all")
    assert told(ledger)[2:] == decided[2:] == ([], [])
    assert {row[5] for row in answers(ledger)} == {row[5] for row in decided[0]}


def test_what_an_acceptance_superseded_waits_again_with_it(ledger):
    release(ledger, "first", "2021-01-10", BAD)
    release(ledger, "second", "2021-02-10", BAD | {("X", "2019"): "7"})
    before = told(ledger)
    decide(ledger, f"{BLOCK}/2021-02-10", "accept", why="printed so")
    assert not list(queries.held(ledger))
    release(ledger, "joins", "2021-02-10", {("M", "2018"): "3"})
    reopen(ledger, BLOCK, why="no")
    assert told(ledger)[2:] == before[2:]
    release(ledger, "third", "2021-03-10", GOOD)
    assert not list(queries.held(ledger))


def test_an_acceptance_of_what_is_not_said_any_more_cannot_be_taken_back(ledger):
    release(ledger, "first", "2021-01-10", BAD)
    decide(ledger, BLOCK, "accept", why="printed so")
    release(ledger, "first", "2021-01-10", {cell: f"{float(figure) * 2}" for cell, figure in GOOD.items()}, version=2)
    before = told(ledger)
    with pytest.raises(UsageError, match="nothing of what was accepted stands any more"):
        reopen(ledger, BLOCK, why="no")
    assert told(ledger) == before


def test_a_document_accepted_as_its_own_is_taken_back_alone(ledger):
    """Of three one was accepted, the others rejected with it; a rejection of one of them is taken back by itself."""
    release(ledger, "first", "2021-01-10", {("X", "2019"): "6", ("T", "2018"): "3"})
    release(ledger, "second", "2021-01-10", {("X", "2019"): "8"})
    release(ledger, "third", "2021-01-10", {("X", "2019"): "11"})
    before = told(ledger)
    decide(ledger, BLOCK, "reject", why="no", document=document("third").sha256)
    with pytest.raises(UsageError, match="nothing was decided"):
        reopen(ledger, BLOCK, why="no", document=document("second").sha256)
    reopen(ledger, BLOCK, why="yes", document=document("third").sha256)
    assert told(ledger) == before
    decide(ledger, BLOCK, "accept", why="so", document=document("second").sha256)
    release(ledger, "fourth", "2021-01-10", {("T", "2018"): "3", ("X", "2017"): "1"})
    assert shown(ledger)["X", "2019"] == "8"
    reopen(ledger, BLOCK, why="not so")
    assert told(ledger)[2:] == before[2:]
    assert shown(ledger)["X", "2019"] == "6"
    decide(ledger, BLOCK, "accept", why="so", document=document("third").sha256)
    assert shown(ledger)["X", "2019"] == "11"
    assert not list(queries.held(ledger))


@pytest.mark.parametrize("more", [{("T", "2019"): "20"}, {("T", "2019"): "31"}, {("M", "2018"): "3"}])
@pytest.mark.parametrize("before", [GOOD, {}])
def test_what_was_accepted_stands_where_its_document_comes_again_beside_a_new_one(ledger, before, more):
    """Accepted as it was, or (``before``) as the next sequence of its release; the new one says a figure of it too."""
    if before:
        release(ledger, "before", "2021-01-10", before)
    accepted = ("accepted", "2021-01-10", BAD)
    collect(ledger, batch(accepted))
    decide(ledger, BLOCK, "accept", why="printed so", document=document("accepted").sha256)
    stood = answers(ledger)
    run = collect(ledger, batch(("new", "2021-01-10", more), accepted))
    assert run.counts["unchanged"] >= 3
    assert [one for one in answers(ledger) if one[4] == "2019"] == stood
    assert {row["document"] for row in queries.held(ledger)} <= {document("new").sha256}


@pytest.mark.parametrize("before", [GOOD, {}])
def test_a_document_that_stands_by_a_decision_cannot_be_rejected_while_another_waits(ledger, before):
    if before:
        release(ledger, "before", "2021-01-10", before)
    release(ledger, "accepted", "2021-01-10", BAD)
    stands = {"document": document("accepted").sha256}
    decide(ledger, BLOCK, "accept", why="printed so", **stands)
    release(ledger, "waits", "2021-01-10", GOOD | {("X", "2019"): "9"})
    stood = answers(ledger)
    with pytest.raises(UsageError, match="stands"):
        decide(ledger, BLOCK, "reject", why="no", **stands)
    assert decide(ledger, BLOCK, "accept", why="it is this one", **stands).first
    assert answers(ledger) == stood
    assert not list(queries.held(ledger))
    assert {row["state"] for row in queries.held(ledger, all_=True)} == {"accepted", "rejected"}


def test_reopening_leaves_what_another_acceptance_covers(ledger):
    """The first one ended before the second release, which was accepted by itself."""
    release(ledger, "first", "2021-02-10", BAD)
    decide(ledger, f"{BLOCK}/2021-02-10", "accept", why="printed so", until="2021-02-20")
    release(ledger, "second", "2021-03-10", BAD)
    before = answers(ledger), [row["released"] for row in queries.held(ledger)]
    assert before[1] == ["2021-03-10"]
    decide(ledger, f"{BLOCK}/2021-03-10", "accept", why="so again")
    reopen(ledger, f"{BLOCK}/2021-03-10", why="not so")
    assert (answers(ledger), [row["released"] for row in queries.held(ledger)]) == before
