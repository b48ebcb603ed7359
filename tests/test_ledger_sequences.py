"""Sequences of a release: the same address with other figures under an unchanged date."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations, product
from pathlib import Path
from typing import Any

import pytest
from ledgers import collect as publish
from ledgers import document, frame

from flows.steps.job import Job
from flows.steps.judging import judged
from schemas.documents import Parsed
from schemas.errors import ParseError
from schemas.settings import Settings
from storage import queries
from storage.decisions import decide
from storage.encoding import codes
from storage.encoding.rows import insert_versions
from storage.ledger import Batch, Ledger
from storage.publish.changes import fold
from storage.publish.printings import write_instead
from storage.publish.touched import families
from storage.state.releases import release_readings
from storage.state.runs import Run, next_id, record
from storage.state.sequences import Answer, numbered, spans
from storage.verify import damage
from tests.demands import HEAVY


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
    with pytest.raises(ParseError, match=r"2021-06-01 would have 20 sequences, .* at most 19: give one"):
        numbered(answers, "2021-06-01")


# ── in a ledger ──────────────────────────────────────────────────────────────────────────────────────────────────────

JUNE = "2021-06-01"


def answer(at: int, figures: Mapping[tuple[str, str], str], url: str = "u", released: str = JUNE) -> Batch:
    """What an address answered at an hour of a day; its bytes are what it says."""
    made = document(
        repr(figures), url=url, fetched_at=datetime(2021, 6, 2, at, tzinfo=UTC), released=released, source="table"
    )
    return Batch("table", [made], Parsed(frame(figures, released, made.sha256)), 1)


def by_hand(figures: Mapping[tuple[str, str], str], released: str = JUNE) -> Batch:
    made = document("by hand" + repr(figures), released=released)
    return Batch("table", [made], Parsed(frame(figures, released, made.sha256)), 1)


def said(ledger: Ledger, **more: Any) -> dict[str, tuple[str, str]]:
    """Flow → value and release of what is shown."""
    return {row["flow"]: (row["value"], row["released"]) for row in queries.show(ledger, **more)}


X, M, T = ("X", "2021-05"), ("M", "2021-05"), ("T", "2021-05")


def test_figures_corrected_in_place_are_a_revision_under_the_next_sequence(ledger):
    assert publish(ledger, answer(8, {X: "100.0", M: "90.0"})).counts["published"] == 2
    before = next(iter(queries.runs(ledger)))["recorded_at"]
    run = publish(ledger, answer(9, {X: "101.0", M: "90.0"}))
    assert (run.outcome, run.counts["published"], run.counts["unchanged"]) == ("published", 1, 1)
    assert said(ledger) == {"X": ("101.0", f"{JUNE}+2"), "M": ("90.0", JUNE)}
    assert said(ledger, as_of=before) == {"X": ("100.0", JUNE), "M": ("90.0", JUNE)}
    assert said(ledger, released_by=JUNE) == said(ledger)
    (change,) = queries.revisions(ledger)
    assert [change[name] for name in ("previous", "value", "released", "previous_released", "kind")] == [
        *("100.0", "101.0", f"{JUNE}+2", JUNE, "revision")
    ]
    assert publish(ledger, answer(10, {X: "101.0", M: "90.0"})).outcome == "unchanged"
    assert not list(queries.held(ledger))


ANSWERS = [
    answer(8, {X: "100.0", M: "90.0"}),
    answer(9, {X: "101.0", M: "90.0"}),
    answer(10, {X: "100.0", M: "90.0"}),
    answer(8, {("X", "2021-04"): "80.0"}, "v"),
    answer(11, {("X", "2021-04"): "81.0", ("M", "2021-04"): "70.0"}, "v"),
    by_hand({("X", "2021-03"): "60.0"}),
    by_hand({("X", "2021-05"): "99.0", ("X", "2021-04"): "79.0", ("M", "2021-05"): "90.0"}, "2021-05-20"),
]


def stands(ledger: Ledger) -> Any:
    """Everything that does not say when it was read: by release, what is said, and what each run of it was."""
    shown = [
        [(row["flow"], row["period"], row["value"], row["released"]) for row in queries.show(ledger, released_by=bound)]
        for bound in ("2021-05-31", JUNE, f"{JUNE}+2", f"{JUNE}+3", None)
    ]
    revised = [
        (row["flow"], row["period"], row["previous"], row["value"], row["released"], row["previous_released"])
        for row in queries.revisions(ledger)
    ]
    return shown, sorted(revised), list(queries.held(ledger))


@pytest.mark.parametrize("seed", range(4))
def test_answers_may_be_read_in_any_order(tmp_path, seed):
    """A, B and A again at one address, a correction at another, a document by hand, and an earlier release, late."""
    order = random.Random(seed).sample(ANSWERS, len(ANSWERS)) if seed else ANSWERS
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", create=True) as ledger:
        for one in order:
            publish(ledger, one)
        early, first, second, third, last = stands(ledger)[0]
        assert early == [("M", "2021-05", "90.0", "2021-05-20"), *(
            ("X", f"2021-0{month}", value, "2021-05-20") for month, value in ((4, "79.0"), (5, "99.0"))
        )]  # fmt: skip
        assert first == last
        assert [row for row in last if row[1] == "2021-05"] == [
            ("M", "2021-05", "90.0", "2021-05-20"),
            ("X", "2021-05", "100.0", f"{JUNE}+3"),
        ]
        assert ("X", "2021-05", "101.0", f"{JUNE}+2") in second
        assert ("X", "2021-04", "80.0", JUNE) in second
        assert ("X", "2021-04", "80.0", JUNE) in third
        assert ("X", "2021-04", "81.0", f"{JUNE}+4") in last
        assert ("M", "2021-04", "70.0", f"{JUNE}+4") in last
        assert ("X", "2021-03", "60.0", JUNE) in second
        assert [change[2:5] for change in stands(ledger)[1] if change[1] == "2021-05"] == [
            ("100.0", "101.0", f"{JUNE}+2"), ("101.0", "100.0", f"{JUNE}+3"), ("99.0", "100.0", JUNE),
        ]  # fmt: skip
        assert stands(ledger)[2] == []
        assert [one for one in damage(ledger) if one.wrong] == []
        for one in order:
            assert publish(ledger, one).outcome == "unchanged"


def test_what_was_accepted_in_place_of_others_stays_after_the_sequences_of_addresses(ledger):
    """A printing that stands instead of others, as a decision writes it, before the address corrects another figure."""
    publish(ledger, answer(8, {X: "100.0", M: "90.0"}))
    chosen = by_hand({M: "91.0"}, "2021-05-01")  # of an earlier release, so that it contradicts nothing by itself
    publish(ledger, chosen)
    code = codes.release_code(f"{JUNE}+2")
    with ledger.writing() as conn:
        run = next_id(conn, "run")
        own = release_readings(conn, "trade", codes.release_code("2021-05-01"))
        own = replace(own, released=own.released * 0 + code)
        folded = fold(conn, "trade", run, {code: own}, own.key)
        insert_versions(conn, folded.rows)
        write_instead(conn, run, "trade", {int(own.document[0]): 1}, own, folded)
        record(conn, Run(run, "table", "accepted", 0, {}, kind="decision"), datasets=["trade"])
    assert said(ledger) == {"X": ("100.0", JUNE), "M": ("91.0", f"{JUNE}+2")}
    assert publish(ledger, answer(9, {X: "101.0", M: "90.0"})).counts["published"] == 1
    assert said(ledger) == {"X": ("101.0", f"{JUNE}+2"), "M": ("91.0", f"{JUNE}+3")}
    assert publish(ledger, answer(10, {X: "102.0", M: "90.0"})).counts["published"] == 1
    assert said(ledger) == {"X": ("102.0", f"{JUNE}+3"), "M": ("91.0", f"{JUNE}+4")}
    assert said(ledger, released_by=f"{JUNE}+2") == {"X": ("101.0", f"{JUNE}+2"), "M": ("90.0", JUNE)}
    assert [one for one in damage(ledger) if one.wrong] == []


def test_answers_held_as_a_contradiction_before_sequences_were_known_stand_each_in_its_own(ledger, monkeypatch):
    """As older versions left it: both under the first sequence, the figure withdrawn."""
    with monkeypatch.context() as then:
        then.setattr(families, "numbered", lambda answers, _: {one.document: 1 for one in answers})
        publish(ledger, answer(8, {X: "100.0", M: "90.0"}))
        publish(ledger, answer(9, {X: "101.0", M: "90.0"}))
    before = next(iter(queries.runs(ledger)))["recorded_at"]
    shown = said(ledger, as_of=before)
    publish(ledger, answer(10, {X: "102.0", M: "90.0"}))
    assert said(ledger) == {"X": ("102.0", f"{JUNE}+3"), "M": ("90.0", JUNE)}
    assert said(ledger, released_by=f"{JUNE}+2")["X"] == ("101.0", f"{JUNE}+2")
    assert said(ledger, as_of=before) == shown
    assert not list(queries.held(ledger))
    assert not [row for row in queries.findings(ledger) if row["severity"] == "error"]


def test_a_block_that_waits_in_two_sequences_is_decided_in_the_last(ledger):
    broken = {X: "100.0", M: "90.0", T: "999.0"}
    assert publish(ledger, answer(8, {**broken, ("X", "2021-04"): "80.0"})).outcome == "quarantined"
    run = publish(ledger, answer(9, {**broken, ("X", "2021-04"): "81.0"}))
    assert (run.counts["held"], run.counts["published"]) == (3, 1)
    (waiting,) = queries.held(ledger)
    assert waiting["released"] == f"{JUNE}+2"
    publish(ledger, answer(10, {**broken, ("X", "2021-04"): "82.0"}))
    (waiting,) = queries.held(ledger)
    assert waiting["released"] == f"{JUNE}+3"
    decide(ledger, waiting["block"], "accept", why="as printed")
    assert {row["released"] for row in queries.show(ledger, period="2021-05")} == {f"{JUNE}+3"}
    assert not list(queries.held(ledger))


def test_what_was_rejected_stays_out_of_later_sequences(ledger):
    publish(ledger, answer(8, {X: "100.0", M: "90.0", T: "190.0"}))
    publish(ledger, by_hand({("X", "2021-04"): "80.0", ("M", "2021-04"): "10.0", ("T", "2021-04"): "99.0"}))
    (waiting,) = queries.held(ledger)
    decide(ledger, waiting["block"], "reject", why="a slip")
    assert publish(ledger, answer(9, {X: "101.0", M: "90.0", T: "191.0"})).outcome == "published"
    assert not list(queries.held(ledger))
    assert {row["period"] for row in queries.show(ledger)} == {"2021-05"}


def test_a_correction_that_contradicts_itself_waits_and_what_stood_stays(ledger):
    publish(ledger, answer(8, {X: "100.0", M: "90.0", T: "190.0"}))
    broken = answer(9, {X: "101.0", M: "90.0", T: "999.0"})
    assert publish(ledger, broken).counts["held"] == 3
    again = publish(ledger, broken)
    assert (again.outcome, again.counts["held"], again.still_held) == ("unchanged", 3, 1)
    assert {(row["released"], row["pending"]) for row in queries.show(ledger)} == {(JUNE, "held")}
    waits = {(row["flow"], row["value"], row["released"]) for row in queries.show(ledger, with_held=True)}
    assert ("X", "101.0", f"{JUNE}+2") in waits
    (held,) = queries.held(ledger)
    decide(ledger, f"{held['block']}/{JUNE}+2", "reject", why="a slip")
    assert publish(ledger, broken).counts["rejected"] == 3
    assert {row["pending"] for row in queries.show(ledger)} == {"rejected"}
    assert publish(ledger, answer(10, {X: "102.0", M: "90.0", T: "192.0"})).counts["published"] == 2
    assert said(ledger) == {"X": ("102.0", f"{JUNE}+3"), "M": ("90.0", JUNE), "T": ("192.0", f"{JUNE}+3")}


@pytest.mark.parametrize("seed", range(40 if HEAVY else 2))
def test_addresses_beside_documents_that_contradict_each_other(tmp_path, seed):
    """Read in two orders: what was answered stays, and both mark the same, and say the same outside of it."""
    rng, documents = random.Random(seed), []
    for at in range(1, 7):
        printed = {X: rng.choice(("10", "11")), M: rng.choice(("4", "5")), T: rng.choice(("14", "15", "30"))}
        figures = {cell: value for cell, value in printed.items() if rng.random() < 0.7}
        documents.append(answer(at, figures, rng.choice("uv")) if rng.random() < 0.7 else by_hand(figures))
    shown, marked = [], []
    for number, order in enumerate((documents, rng.sample(documents, len(documents)))):
        with Ledger.open(f"sqlite:///{tmp_path}/{number}.db", create=True) as ledger:
            past = []
            for one in order:
                publish(ledger, one)
                past.append((next(iter(queries.runs(ledger)))["recorded_at"], said(ledger)))
            assert [said(ledger, as_of=moment) for moment, _ in past] == [answered for _, answered in past]
            assert [one for one in damage(ledger) if one.wrong] == []
            shown.append(said(ledger))
            marked.append({row["flow"] for row in queries.show(ledger, with_held=True) if row["pending"]})
    assert marked[0] == marked[1]
    assert {flow: what for flow, what in shown[0].items() if flow not in marked[0]} == {
        flow: what for flow, what in shown[1].items() if flow not in marked[0]
    }


def judge_all(ledger: Ledger, tmp_path: Path, one: Batch) -> Run:
    """What the flow does, history too."""
    found = judged(Job("table", Settings(home=tmp_path)), ledger, one)
    return ledger.publish(found.batch, found.context, found.judgement)


def in_place(ledger: Ledger) -> list[tuple[str, str]]:
    """Release and sentence of what is said of corrections in place."""
    found = [row for row in queries.findings(ledger) if row["rule"] == "in-place"]
    return [(row["released"], row["sentence"].partition(": ")[2].partition(" under")[0]) for row in found]


BROKEN = {X: "101.0", M: "90.0", T: "999.0"}
SOUND = {X: "100.0", M: "90.0", T: "190.0"}


@pytest.mark.parametrize("verdict", ["", "reject", "accept"])
def test_a_correction_is_said_though_it_is_held_and_whatever_is_decided(ledger, tmp_path, verdict):
    judge_all(ledger, tmp_path, answer(8, SOUND))
    assert judge_all(ledger, tmp_path, answer(9, BROKEN)).outcome == "quarantined"
    told = [(f"{JUNE}+2", "exports were 100.0 and are 101.0, total was 190.0 and is 999.0")]
    assert in_place(ledger) == told
    if verdict:
        (waiting,) = queries.held(ledger)
        decide(ledger, waiting["block"], verdict, why="so")
    judge_all(ledger, tmp_path, by_hand({("X", "2021-04"): "80.0"}))
    assert in_place(ledger) == told


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_correction_is_said_though_another_document_contests_what_stood(ledger, tmp_path, at):
    """Whether that comes before, between or after the two answers: it stands in both sequences and is no answer."""
    order = [answer(8, {X: "100.0", M: "90.0"}), answer(9, {X: "101.0", M: "90.0"})]
    order.insert(at, by_hand({X: "105.0"}))
    for one in order:
        judge_all(ledger, tmp_path, one)
    assert in_place(ledger) == [(f"{JUNE}+2", "exports were 100.0 and are 101.0")]
    assert {row["ended"] for row in queries.findings(ledger, all_=True) if row["rule"] == "in-place"} == {""}


def test_two_addresses_that_print_a_cell_are_corrected_each_by_itself(ledger, tmp_path):
    for one in (answer(8, {X: "100.0"}), answer(8, {X: "100.0", M: "1.0"}, "v"), answer(10, {X: "101.0"})):
        judge_all(ledger, tmp_path, one)
    judge_all(ledger, tmp_path, answer(11, {X: "101.0", M: "1.0"}, "v"))
    said = "exports were 100.0 and are 101.0"
    assert in_place(ledger) == [(f"{JUNE}+2", said), (f"{JUNE}+3", said)]


def counted(run: Run) -> dict[str, int]:
    assert run.counts["parsed"] == sum(number for name, number in run.counts.items() if name != "parsed")
    return {name: number for name, number in run.counts.items() if number and name != "parsed"}


def test_a_figure_of_a_document_that_joins_late_counts_as_what_became_of_it_in_any_sequence(ledger):
    """Held where the first answer stands, published or unchanged where the second does; held in both; again."""
    publish(ledger, answer(8, {X: "100.0", M: "90.0", ("X", "2021-04"): "80.0"}))
    publish(ledger, answer(9, {X: "101.0", M: "90.0", ("X", "2021-04"): "80.0"}))
    late = by_hand({X: "101.0", T: "191.0", ("X", "2021-04"): "85.0"})
    for _ in range(2):
        run = publish(ledger, late)
        written = {"published": 1, "unchanged": 1} if run.outcome == "quarantined" else {"unchanged": 2}
        assert counted(run) == written | {"held": 1}
    assert said(ledger)["T"] == ("191.0", f"{JUNE}+2")
    (waiting,) = queries.held(ledger)
    assert waiting["block"].split("/")[5] == "2021-04"


def test_what_was_corrected_comes_first_once_nothing_is_read_in_the_answer_before(ledger):
    """Alone again it is the release itself, and no sequence of it is left."""
    first = answer(8, {X: "100.0", M: "90.0"})
    publish(ledger, first)
    publish(ledger, answer(9, {X: "101.0", M: "90.0"}))
    nothing = Parsed(frame({}, JUNE, first.documents[0].sha256))
    publish(ledger, replace(first, parsed=nothing, parser_version=2), kind="reparse")
    assert said(ledger) == {"X": ("101.0", JUNE), "M": ("90.0", JUNE)}
    assert publish(ledger, answer(9, {X: "101.0", M: "90.0"})).outcome == "unchanged"
    assert [one for one in damage(ledger) if one.wrong] == []


def test_what_waits_in_two_sequences_waits_in_the_last_though_a_later_release_waits_too(ledger):
    """What that holds is said by nobody any more: what an earlier release held comes back, but not twice."""
    publish(ledger, by_hand({M: "90.0"}, "2021-05-20"))
    broken = {X: "100.0", M: "91.0", T: "999.0"}
    publish(ledger, answer(8, {**broken, ("X", "2021-04"): "80.0"}))
    publish(ledger, answer(9, {**broken, ("X", "2021-04"): "81.0"}))
    publish(ledger, by_hand({X: "100.0", M: "92.0", T: "999.0"}, "2021-06-20"))
    assert [row["released"] for row in queries.held(ledger)] == [f"{JUNE}+2", "2021-06-20"]


def test_what_waited_in_the_last_sequence_waits_again_in_the_one_that_is_left(ledger):
    """Nothing of it was ever published; the answer that began the second sequence says nothing any more."""
    publish(ledger, by_hand({X: "100.0", M: "90.0", T: "999.0"}))
    publish(ledger, answer(8, {("X", "2021-04"): "80.0"}))
    second = answer(9, {("X", "2021-04"): "81.0"})
    publish(ledger, second)
    assert [row["released"] for row in queries.held(ledger)] == [f"{JUNE}+2"]
    nothing = Parsed(frame({}, JUNE, second.documents[0].sha256))
    publish(ledger, replace(second, parsed=nothing, parser_version=2), kind="reparse")
    assert [row["released"] for row in queries.held(ledger)] == [JUNE]
