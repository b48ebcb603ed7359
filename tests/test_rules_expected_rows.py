"""A fetched document with too few figures: held, decided, and no measure of the next one until somebody accepts it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flows import replay, steps
from flows.steps import Job, parse, publish, validate
from flows.steps import job as jobs
from schemas.datasets import Dataset
from schemas.documents import Document, Parsed, Unreadable
from schemas.history.expected_rows import last_pages, too_few
from schemas.observations import combine
from schemas.settings import Settings
from sources import registry
from storage import queries
from storage.decisions import decide
from storage.documents import kept_documents
from storage.queries.findings import findings

URL = "https://agency.example/file.csv"
HEAD = "dataset,reporter,product,flow,period,value,unit,released\n"


def table(size: int, day: int) -> bytes:
    return (HEAD + "".join(f"d,CHN,p{at},X,2019,{day}{at + 100},USD,2020-01-{day:02}\n" for at in range(size))).encode()


@pytest.fixture(autouse=True)
def eight_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch)


def declare(monkeypatch: pytest.MonkeyPatch, **identities: str) -> None:
    one = replace(
        registry.find_source("table"), expected_rows=(8, None), datasets=(Dataset("d", identities=identities),)
    )
    monkeypatch.setattr(jobs, "find_source", lambda _: one)


def come(size: int, day: int, url: str = URL, more: bytes = b"") -> Any:
    job = Job("table", Settings())
    documents = [Document("table", table(size, day) + more, f"{day}.csv", url=url)]
    steps.archive(job, documents)
    return publish(job, validate(job, documents, parse(job, documents))).run


def said() -> list[str]:
    with Job("table", Settings()).ledger() as ledger:
        return [
            f"{row['state']} {row['severity']}: {row['sentence']}"
            for row in findings(ledger, all_=True)
            if row["rule"] == "expected-rows"
        ]


def decide_all(verdict: str) -> None:
    with Job("table", Settings()).ledger() as ledger:
        for row in list(queries.held(ledger)):
            decide(ledger, row["block"], verdict, why="they say so", released=row["released"])


def test_fewer_than_declared_are_held_and_once_accepted_the_same_size_is_not_asked_about() -> None:
    run = come(6, 1)
    assert (run.outcome, run.counts["held"], run.counts["parsed"]) == ("quarantined", 6, 6)
    assert said() == ["new error: 1.csv has 6 figures, expected 8 or more: is it whole?"]
    assert come(6, 1).outcome == "unchanged"
    assert come(6, 2).outcome == "quarantined"  # what waits is no measure
    decide_all("accept")
    with Job("table", Settings()).ledger() as ledger:
        assert len(list(queries.show(ledger))) == 6
    assert come(6, 3).outcome == "published"
    assert come(5, 4).outcome == "quarantined"


def test_less_than_half_of_what_the_address_gave_last() -> None:
    assert come(20, 1).outcome == "published"
    assert come(10, 2).outcome == "published"
    assert come(20, 3).outcome == "published"
    assert come(9, 4).outcome == "quarantined"
    assert said() == ["new error: 4.csv has 9 figures, its address gave 20 last: is it whole?"]
    assert come(9, 5).outcome == "quarantined"  # beside 20, not beside 9
    decide_all("reject")
    assert come(9, 5).counts["rejected"] == 9
    assert come(9, 6, url=URL + "?other").outcome == "published"
    assert come(20, 7).outcome == "published"


@pytest.mark.parametrize(("url", "outcome"), [("", "published"), (URL, "quarantined")])
def test_files_by_hand_are_as_a_person_chose_them(url: str, outcome: str) -> None:
    assert come(1, 1, url=url).outcome == outcome


def test_what_cannot_be_read_did_not_get_lost() -> None:
    unread = b"".join(b"d,CHN,q%d,X,2019,n/a,USD,2020-01-01\n" % at for at in range(4))
    assert come(6, 1, more=unread).counts["unreadable"] == 4
    assert said() == []


@pytest.mark.parametrize(("how", "seen"), [("warning", 1), ("off", 0)])
def test_a_dataset_may_say_that_it_only_warns(how: str, seen: int, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, **{"expected-rows": how})
    assert come(6, 1).outcome == "published"
    assert [one.startswith("new warning: 1.csv has 6 figures") for one in said()] == [True] * seen


def test_read_again_what_is_held_stays_so_and_what_was_accepted_too() -> None:
    come(20, 1)
    come(9, 2)
    for verdict in ("", "accept"):
        if verdict:
            decide_all(verdict)
        job = Job("table", Settings(), kind="reparse")
        with job.ledger() as ledger:
            kept = list(kept_documents(ledger, job.archive, "table"))
            before = list(queries.show(ledger))
        rehearsal = replay.rehearse(job, kept)
        assert rehearsal.changes == []
        replay.perform(rehearsal)
        with job.ledger() as ledger:
            assert list(queries.show(ledger)) == before
            assert len(list(queries.held(ledger))) == (0 if verdict else 9)


def test_the_last_page_of_several() -> None:
    pages = [f"https://a.example/v2?x=1&page={number}" for number in (1, 2, 10)]
    assert last_pages([*pages, "https://a.example/v2?x=2&page=1", "https://a.example/v3"]) == {pages[2]}
    documents = [Document("table", b"%d" % at, "f", url=url) for at, url in enumerate(pages)]
    found = too_few(documents, Parsed(combine(()), [Unreadable("1", "", "")]), last_pages(pages), 2, {}, {})
    assert [one.document for one in found.notices] == [one.sha256 for one in documents[:2]]
    assert [one.about for one in found.notices] == ["1 figure", "0 figures"]
