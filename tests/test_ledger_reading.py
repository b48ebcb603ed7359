"""What a ledger answers about where its figures and findings come from, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ledgers import batch, collect, document, release

from schemas.errors import UsageError
from storage import queries
from storage.decisions import decide
from storage.reparse import kept_sources

GOOD = {("T", "2020"): "30", ("X", "2020"): "20", ("M", "2020"): "10"}
WRONG = GOOD | {("X", "2020"): "25"}
BLOCK = "trade/CHN/WLD/total/_T/2020/USD"


def test_history_on_both_databases(ledger):
    release(ledger, "a", "2021-01-10", GOOD)
    release(ledger, "b", "2021-02-10", WRONG)
    release(ledger, "c", "2021-03-10", GOOD)
    release(ledger, "d", "2021-04-10", WRONG | {("M", "2020"): "11"})
    decide(ledger, BLOCK, "reject", why="a misprint", who="ann")
    found = [one for one in queries.findings(ledger, history=True) if one["rule"] == "total"]
    assert [(one["run"], one["ended"], one["ended_run"]) for one in found] == [(2, "superseded", 3), (4, "rejected", 5)]
    assert [one["ended_documents"] for one in found] == [[document("c").sha256], []]
    assert (found[1]["decided_by"], found[1]["reason"]) == ("ann", "a misprint")
    assert [one["document"] for one in found] == [document("b").sha256, document("d").sha256]
    (as_left,) = [one for one in queries.findings(ledger, history=True, run=2) if one["rule"] == "total"]
    assert (as_left["state"], as_left["ended_run"]) == ("new", "")


def test_trace_on_both_databases(ledger):
    collect(ledger, replace(batch(("a", "2021-01-10", GOOD), version=3), prefect_run="p-1"))
    release(ledger, "b", "2021-02-10", WRONG, version=4)
    rows = {one["flow"]: one for one in queries.show(ledger, trace=True, with_held=True)}
    assert {one["document"] for one in rows.values()} == {document("b").sha256}
    assert {(one["read_by"], one["parser_version"], one["prefect_run"]) for one in rows.values()} == {(2, 4, "")}
    published = list(queries.show(ledger, trace=True))
    assert {(one["read_by"], one["parser_version"], one["prefect_run"]) for one in published} == {(1, 3, "p-1")}
    decide(ledger, BLOCK, "accept", why="as printed", who="ann")
    (exports,) = queries.show(ledger, trace=True, flow="X")
    assert (exports["run"], exports["run_kind"], exports["read_by"], exports["parser_version"]) == (3, "decision", 2, 4)


def test_a_document_by_the_beginning_of_its_hash(ledger):
    release(ledger, "a", "2021-01-10", GOOD)
    sha = document("a").sha256
    assert kept_sources(ledger) == ["table"]
    assert queries.find_document(ledger, sha[:6]) == queries.find_document(ledger, sha, "table") == sha
    assert [one["document"] for one in queries.documents(ledger, sha256=sha)] == [sha]
    with pytest.raises(UsageError, match="there is no document"):
        queries.find_document(ledger, sha[:6], "ft900")


def test_an_answer_may_be_asked_for_amid_another(ledger):
    release(ledger, "a", "2021-01-10", GOOD)
    release(ledger, "b", "2021-02-10", WRONG)
    found = [(row["flow"], len(list(queries.show(ledger, flow=row["flow"])))) for row in queries.show(ledger)]
    assert found == [("M", 1), ("T", 1), ("X", 1)]
    first = next(queries.show(ledger))  # never read to its end
    assert [one["state"] for one in queries.held(ledger)] == ["held"]
    assert release(ledger, "c", "2021-03-10", GOOD).outcome == "unchanged"
    assert first["value"] == "10"
