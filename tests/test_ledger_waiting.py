"""Every reading that waits is marked and named, with its document; one that was rejected stays marked."""

from __future__ import annotations

import hashlib

import pytest
from ledgers import release
from sqlalchemy import event
from test_cli_reading import HEADER, keep, row, rows

from cli.main import run
from storage import queries
from storage.decisions import decide
from storage.ledger import Ledger

A = HEADER + row("X", "7.1", "2021-06-01") + row("M", "5.0", "2021-06-01", period="2018")
B = A.replace("7.1", "7.4")
C = A.replace("7.1", "7.9")


def sha(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


READ = {A: "7.1", B: "7.4", C: "7.9"}


@pytest.mark.parametrize("order", [(A, B, C), (C, A, B)])
def test_all_that_contradict_each_other_in_one_release_are_named(
    home: object, capsys: pytest.CaptureFixture[str], order: tuple[str, ...]
) -> None:
    for content in order:
        keep("table", content)
    first, *joined = order
    named = {(READ[content].replace(".", "") + "00000000", sha(content)) for content in joined}
    held = [one for one in rows(capsys, "show", "--with-held") if one["flow"] == "X"]
    assert {(one["value"], one["document"]) for one in held} == named
    assert {one["pending"] for one in held} == {"held"}
    (stands,) = [one for one in rows(capsys, "show") if one["flow"] == "X"]
    assert (stands["document"], stands["pending"]) == (sha(first), "held")
    blocks = rows(capsys, "review")
    assert {(one["value"], one["document"]) for block in blocks for one in block["readings"]} == named
    assert run(["review"]) == 0
    table = capsys.readouterr().out
    for content in joined:
        assert f"exports {READ[content]} bn USD ({sha(content)[:8]})" in table
    assert run(["show", "--period", "2018"]) == 0
    assert capsys.readouterr().err == ""
    exported = [one for one in queries_of_export(capsys) if one.startswith("cultural,CHN,WLD,goods,_T,X")]
    assert len(exported) == 1  # a cell has one row where programs read it


def queries_of_export(capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert run(["export", "--with-held"]) == 0
    return capsys.readouterr().out.splitlines()


def test_what_waits_of_two_releases_is_named_twice(ledger: object) -> None:
    good = {("T", "2019"): "10", ("X", "2019"): "6", ("M", "2019"): "4"}
    release(ledger, "first", "2020-01-10", good)
    release(ledger, "second", "2020-02-10", {**good, ("T", "2019"): "20"})
    release(ledger, "third", "2020-03-10", {**good, ("T", "2019"): "30"})
    found = [one["value"] for one in queries.show(ledger, with_held=True, every=True) if one["flow"] == "T"]
    assert found == ["30", "20"]
    assert [one["value"] for one in queries.show(ledger, with_held=True) if one["flow"] == "T"] == ["30"]


def pending(ledger: object) -> dict[str, str]:
    return {one["flow"]: one["pending"] for one in queries.show(ledger)}


def test_what_was_rejected_marks_what_is_published_of_the_same_release(ledger: object) -> None:
    release(ledger, "first", "2020-01-10", {("X", "2019"): "6"})
    release(ledger, "second", "2020-01-10", {("X", "2019"): "8"})
    (block,) = queries.held(ledger)
    decide(ledger, block["block"], "reject", why="it is not signed")
    assert pending(ledger) == {"X": "rejected"}
    # Another document of that release is in force: what was rejected beside it is not forgotten.
    release(ledger, "third", "2020-01-10", {("X", "2019"): "6", ("M", "2019"): "4"})
    assert pending(ledger) == {"X": "rejected", "M": ""}
    release(ledger, "fourth", "2020-01-10", {("M", "2018"): "3"})
    assert pending(ledger)["X"] == "rejected"
    release(ledger, "later", "2020-02-10", {("X", "2019"): "6", ("M", "2019"): "4"})
    assert set(pending(ledger).values()) == {""}
    by_then = {one["flow"]: one["pending"] for one in queries.show(ledger, released_by="2020-01-31")}
    assert by_then["X"] == "rejected"


def test_what_is_held_is_asked_once_however_many_blocks_wait(ledger: Ledger) -> None:
    asked: list[str] = []
    event.listen(ledger.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    counts = []
    for number, released in ((2, "2021-01-10"), (40, "2021-02-10")):
        periods = [f"{2000 + at}" for at in range(number)]
        release(ledger, released, released, {(flow, one): "5" for one in periods for flow in "TXM"})
        list(queries.held(ledger))
        asked.clear()
        assert len(list(queries.held(ledger))) >= number
        counts.append(len(asked))
    assert counts[0] == counts[1]
