"""Decisions about many blocks at once, and which of several documents is meant, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from itertools import permutations

import pytest
from ledgers import batch, collect, document, release, shown
from test_ledger_lock import selects

from schemas.errors import LedgerLocked, UsageError
from storage import queries
from storage.decisions import decide
from storage.ledger import Ledger
from storage.many import decide_all
from storage.verify import damage

YEARS = [str(year) for year in range(1990, 2015)]


def exports(value: int, years: list[str] = YEARS) -> dict[tuple[str, str], str]:
    return {("X", year): str(value) for year in years}


def block(year: str) -> str:
    return f"trade/CHN/WLD/total/_T/{year}/USD"


def contested(ledger: Ledger) -> str:
    """Two documents that contradict each other in more blocks than a release has sequences; the second one."""
    release(ledger, "first", "2021-01-10", exports(6) | {("M", "2010"): "4"})
    release(ledger, "second", "2021-01-10", exports(8))
    return document("second").sha256


@pytest.mark.parametrize("together", [True, False])
def test_many_blocks_of_a_document_are_accepted_as_one_sequence(ledger, together):
    second = contested(ledger)
    if together:
        assert len(decide_all(ledger, "accept", why="so", document=second).done) == len(YEARS)
    else:
        for year in YEARS:
            decide(ledger, block(year), "accept", why="so")
    assert {(row["value"], row["released"]) for row in queries.show(ledger, flow="X")} == {("8", "2021-01-10+2")}
    assert not list(queries.held(ledger))
    release(ledger, "third", "2021-01-10", exports(9, YEARS[:2]))
    decide(ledger, block(YEARS[0]), "accept", why="so")
    found = {row["period"]: (row["value"], row["released"]) for row in queries.show(ledger, flow="X")}
    assert found[YEARS[0]] == ("9", "2021-01-10+3")
    assert found[YEARS[1]] == ("8", "2021-01-10+2")
    release(ledger, "fourth", "2021-01-10", {("M", "2011"): "5"})
    assert {row["period"]: row["value"] for row in queries.show(ledger, flow="X")} == {
        year: "9" if year == YEARS[0] else "8" for year in YEARS
    }


def test_many_are_accepted_by_as_many_questions_as_few(tmp_path):
    """Blocks that fail as a whole, and documents that join."""
    found = []
    for size in (3, 20):
        with Ledger.open(f"sqlite:///{tmp_path / str(size)}.db", create=True) as ledger:
            wrong = {(flow, year): "7" for year in YEARS[:size] for flow in "XMT"}
            release(ledger, "wrong", "2021-02-10", wrong)
            release(ledger, "one", "2021-01-10", exports(6, YEARS[:size]))
            release(ledger, "other", "2021-01-10", exports(8, YEARS[:size]))
            release(ledger, "third", "2020-01-10", {("X", year): "3" for year in YEARS[:size]})
            with selects(ledger) as asked:
                assert len(decide_all(ledger, "accept", why="so", source="table").done) == 2 * size
            found.append(len(asked))
            assert not [one for one in damage(ledger) if one.wrong]
    assert found[0] == found[1]


def test_accepted_in_two_releases_at_once_each_cell_is_one_row_a_release(ledger):
    """An earlier release whose figure moves what a later one says, and that one, by one decision."""
    wrong = {("X", "2019"): "7", ("M", "2019"): "7", ("T", "2019"): "7"}
    good = {("X", "2019"): "7", ("M", "2019"): "7", ("T", "2019"): "14"}
    release(ledger, "one", "2021-01-10", wrong)
    release(ledger, "two", "2021-02-10", {("X", "2019"): "6"})
    release(ledger, "three", "2021-02-10", {("X", "2019"): "7"})
    release(ledger, "four", "2021-03-10", good)
    release(ledger, "five", "2021-03-10", {("T", "2019"): "13"})
    decide_all(ledger, "accept", why="so", source="table")
    assert shown(ledger) == {("X", "2019"): "7", ("M", "2019"): "7", ("T", "2019"): "13"}
    assert not list(queries.held(ledger))


def test_a_rejection_beside_an_acceptance_covers_what_was_seen(ledger):
    """Of three the second is accepted: the third is not asked about again where it comes under a later date."""
    for name, value in (("first", 6), ("second", 8), ("third", 9)):
        release(ledger, name, "2021-01-10", exports(value, ["2019"]))
    decide(ledger, block("2019"), "accept", why="so", document=document("second").sha256)
    with ledger.reading() as conn:
        scopes = conn.exec_driver_sql("SELECT count(DISTINCT decision) FROM decision_scope").scalar()
    assert scopes == 2, "what was rejected with it was seen too"


def test_one_document_of_a_batch_is_not_rejected_alone_among_many(ledger):
    both = [("first", "2021-01-10", exports(6, ["2019"])), ("second", "2021-01-10", exports(8, ["2019"]))]
    collect(ledger, batch(*both))
    with pytest.raises(UsageError, match="accept the one that counts with --document"):
        decide_all(ledger, "reject", why="no", document=document("first").sha256)
    assert len(list(queries.held(ledger))) == 1
    assert decide_all(ledger, "reject", why="no", source="table").done[0].block == block("2019"), "all of it can be"
    assert not list(queries.held(ledger))


def test_a_document_that_says_nothing_of_a_block_is_not_what_stands_there(ledger):
    """It speaks of the release, and of another block that waits not."""
    release(ledger, "first", "2021-01-10", exports(6, ["2019"]))
    release(ledger, "elsewhere", "2021-01-10", exports(5, ["2018"]))
    release(ledger, "second", "2021-01-10", exports(8, ["2019"]))
    with pytest.raises(UsageError, match="says nothing of"):
        decide(ledger, block("2019"), "accept", why="so", document=document("elsewhere").sha256)
    assert decide(ledger, block("2019"), "accept", why="so", document=document("first").sha256).first
    assert shown(ledger)["X", "2019"] == "6"
    assert not list(queries.held(ledger))


@pytest.mark.postgres
def test_a_ledger_that_another_one_keeps_locked_is_not_waited_for_without_end(database, monkeypatch):
    monkeypatch.setattr("storage.database.connection.BUSY_SECONDS", 0.1)
    with Ledger.open(database, create=True) as one, Ledger.open(database, create=True) as other:
        locked, done = threading.Event(), threading.Event()

        def keep() -> None:
            with one.writing():
                locked.set()
                done.wait(30)

        keeper = threading.Thread(target=keep)
        keeper.start()
        try:
            assert locked.wait(30)
            if one.engine.dialect.name == "sqlite":  # its patience is that of the connection
                other.engine.dispose()
                monkeypatch.setattr("storage.database.connection.BUSY_SECONDS", 0)
            with pytest.raises(LedgerLocked, match="kept the ledger locked"), other.writing():
                pass
        finally:
            done.set()
            keeper.join()


def said_of(ledger: Ledger) -> set[tuple[str, str, str, str]]:
    """Rule, the two sides and the document of each error."""
    names = {document(name).sha256: name for name in ("first", "second", "third", "fourth")}
    return {
        (row["rule"], row["left"], row["right"], names[row["document"]])
        for row in queries.findings(ledger)
        if row["severity"] == "error"
    }


def test_each_document_that_contradicts_what_stands_is_found_by_itself(ledger):
    """A second, a third that says otherwise, a fourth that says what the second does: each with its own place."""
    release(ledger, "first", "2021-01-10", exports(6, ["2019"]) | {("M", "2019"): "4"})
    release(ledger, "second", "2021-01-10", exports(8, ["2019"]))
    assert said_of(ledger) == {("repeat", "6", "8", "second")}
    (waiting,) = queries.held(ledger)
    run = release(ledger, "third", "2021-01-10", {("T", "2019"): "7", ("X", "2019"): "9"})
    assert said_of(ledger) == {("repeat", "6", "8", "second"), ("repeat", "6", "9", "third")}
    assert [row["run"] for row in queries.held(ledger) if row["figures"] == 1] == [waiting["run"]], "not held anew"
    assert {one.document for one in run.findings} == {document("third").sha256}
    release(ledger, "fourth", "2021-01-10", exports(8, ["2019"]))
    documents = {row["document"] for row in queries.findings(ledger)}
    assert documents == {document(name).sha256 for name in ("second", "third", "fourth")}
    blocks = {row["figures"]: row["findings"] for row in queries.held_findings(ledger)}
    assert {one["document"] for one in blocks[2][:1]} <= documents
    decide(ledger, block("2019"), "reject", why="no", document=document("third").sha256)
    assert {row["document"] for row in queries.findings(ledger)} == documents - {document("third").sha256}
    decide(ledger, block("2019"), "accept", why="so", document=document("second").sha256)
    assert not list(queries.findings(ledger))
    assert shown(ledger)["X", "2019"] == "8"


STOOD, JOINED = {("X", "2019"): "6", ("M", "2019"): "4"}, {("X", "2019"): "8", ("T", "2019"): "12"}


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("wrong", [False, True])
def test_a_later_release_that_says_a_part_of_what_is_contested_leaves_the_rest_in_every_order(tmp_path, order, wrong):
    """Exports are said anew; imports and the total are a question until they are: also where one contradicts itself."""
    parts = [
        ("first", "2021-01-10", STOOD | ({("T", "2019"): "20"} if wrong else {})),
        ("second", "2021-01-10", JOINED),
        ("third", "2021-02-10", exports(7, ["2019"])),
    ]
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", create=True) as ledger:
        for at in order:
            release(ledger, *parts[at])
        marks = {row["flow"]: row["pending"] for row in queries.show(ledger, with_held=True)}
        assert marks == {"X": "", "M": "held", "T": "held"}
        assert [row["released"] for row in queries.held(ledger)] == ["2021-01-10"]
        release(ledger, "fourth", "2021-03-10", {("M", "2019"): "5", ("T", "2019"): "12"})
        assert not list(queries.held(ledger))
        release(ledger, "fourth", "2021-03-10", {("M", "2019"): "5"}, version=2)
        assert [row["released"] for row in queries.held(ledger)] == ["2021-01-10"], "it waits again"


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", list(permutations(("first", "second", "third"))))
def test_equal_decisions_mark_alike_in_every_order(tmp_path, order, together):
    """Whether the accepted one stood, joined, or came together with the others; what is rejected itself is marked."""
    values = {"first": 6, "second": 8, "third": 9}
    parts = [(name, "2021-01-10", exports(values[name], ["2019"])) for name in order]
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", create=True) as ledger:
        for some in [parts] if together else [[one] for one in parts]:
            collect(ledger, batch(*some))
        decide(ledger, block("2019"), "accept", why="so", document=document("second").sha256)
        assert [(row["value"], row["pending"]) for row in queries.show(ledger)] == [("8", "")]
        release(ledger, "fourth", "2021-01-10", exports(5, ["2019"]))
        assert [(row["value"], row["pending"]) for row in queries.show(ledger)] == [("8", "held")]
        decide(ledger, block("2019"), "reject", why="no", document=document("fourth").sha256)
        assert [(row["value"], row["pending"]) for row in queries.show(ledger)] == [("8", "rejected")]
