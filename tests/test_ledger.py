"""What the ledger promises, on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
from ledgers import answers, batch, collect, document, frame, release, shown
from sqlalchemy import text

from schemas.documents import Notice, Parsed, Unreadable
from schemas.errors import LedgerMoved, UsageError
from schemas.judge import judge
from schemas.observations import combine
from storage import queries
from storage.answers import Answers
from storage.archive import Archive
from storage.database.connection import is_sqlite
from storage.decisions import decide
from storage.ledger import Batch, Ledger

GOOD = {("T", "2019"): "10", ("X", "2019"): "6", ("M", "2019"): "4"}
REVISED = GOOD | {("T", "2019"): "11", ("X", "2019"): "7"}
BAD = GOOD | {("T", "2019"): "20"}
BLOCK = "trade/CHN/WLD/total/_T/2019/USD"
TABLES = ("version", "reading", "printing", "finding", "held_block", "held_figure", "series", "period", "document")


def sizes(ledger: Ledger) -> dict[str, int]:
    with ledger.reading() as conn:
        return {name: conn.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in TABLES}


def states(ledger: Ledger, **more: object) -> list[tuple[str, str, str]]:
    return [(row["rule"], row["state"], row["ended"]) for row in queries.findings(ledger, **more)]  # type: ignore[arg-type]


def test_a_release_is_published_and_traced(ledger):
    run = release(ledger, "first", "2020-01-10", GOOD)
    assert (run.outcome, run.counts["published"]) == ("published", 3)
    row = next(row for row in queries.show(ledger, flow="T"))
    assert row | {"recorded_at": ""} == {
        "dataset": "trade", "reporter": "CHN", "partner": "WLD", "product": "total", "breakdown": "_T", "flow": "T",
        "measure": "level", "basis": "_Z", "period": "2019", "unit": "USD", "value": "10", "step": "1", "low": "9.5",
        "high": "10.5", "qualifier": "=", "status": "", "released": "2020-01-10", "recorded_at": "", "pending": "",
        "source": "table", "run": 1, "document": document("first").sha256, "accepted": False,
    }  # fmt: skip
    (traced,) = queries.show(ledger, flow="T", trace=True)
    assert traced["position"] == "row 0, column 2"


def test_an_identical_second_run_writes_no_observation(ledger):
    release(ledger, "first", "2020-01-10", GOOD)
    before = sizes(ledger)
    run = release(ledger, "first", "2020-01-10", GOOD)
    assert (run.outcome, run.counts["unchanged"], run.findings) == ("unchanged", 3, ())
    assert sizes(ledger) == before
    assert [row["outcome"] for row in queries.runs(ledger)] == ["unchanged", "published"]


def test_the_same_figures_in_a_later_release_write_no_version(ledger):
    release(ledger, "first", "2020-01-10", GOOD)
    before = sizes(ledger)
    run = release(ledger, "second", "2020-02-10", GOOD)
    assert (run.outcome, run.counts["unchanged"]) == ("unchanged", 3)
    after = sizes(ledger)
    assert {name for name in before if before[name] != after[name]} == {"document", "printing"}


def test_there_and_back_is_three_versions(ledger):
    for name, released, figures in (("a", "2020-01-10", GOOD), ("b", "2020-02-10", REVISED), ("c", "2020-03-10", GOOD)):
        release(ledger, name, released, figures)
    rows = [(r["flow"], r["previous"], r["value"], r["change"], r["kind"]) for r in queries.revisions(ledger)]
    assert rows == [
        ("T", "10", "11", "1", "revision"), ("T", "11", "10", "-1", "revision"),
        ("X", "6", "7", "1", "revision"), ("X", "7", "6", "-1", "revision"),
    ]  # fmt: skip
    assert sizes(ledger)["version"] == 3 + 2 + 2


def test_both_axes_alone_and_together(ledger):
    first = release(ledger, "feb", "2020-02-10", REVISED)
    release(ledger, "jan", "2020-01-10", GOOD)  # came late
    then = datetime.fromtimestamp(first.recorded_at / 1e6, tz=UTC).isoformat(timespec="microseconds")
    total = ("T", "2019")
    assert shown(ledger)[total] == "11"
    assert shown(ledger, released_by="2020-01-31")[total] == "10"
    assert shown(ledger, as_of=then)[total] == "11"
    assert shown(ledger, as_of=then, released_by="2020-01-31") == {}
    assert shown(ledger, as_of="2000-01-01") == {}


def test_a_contradictory_block_is_held_whole_and_pending(ledger):
    release(ledger, "first", "2020-01-10", GOOD | {("T", "2020"): "7"})
    run = release(ledger, "second", "2020-02-10", BAD | {("T", "2020"): "8"})
    assert (run.outcome, run.counts["held"], run.counts["published"]) == ("quarantined", 3, 1)
    rows = {(r["flow"], r["period"]): (r["value"], r["pending"]) for r in queries.show(ledger)}
    assert rows[("X", "2019")] == ("6", "held")
    assert rows[("T", "2020")] == ("8", "")
    assert shown(ledger, with_held=True)[("T", "2019")] == "20"
    (block,) = queries.held(ledger)
    assert (block["block"], block["released"], block["state"], block["figures"]) == (BLOCK, "2020-02-10", "held", 3)
    assert states(ledger) == [("total", "new", "")]
    again = release(ledger, "second", "2020-02-10", BAD | {("T", "2020"): "8"})
    assert (again.outcome, again.still_held, again.counts["held"]) == ("unchanged", 1, 3)
    assert states(ledger) == [("total", "still", "")]


def test_a_block_never_published_answers_only_with_held(ledger):
    release(ledger, "first", "2020-01-10", BAD)
    assert shown(ledger) == {}
    assert shown(ledger, with_held=True) == {("T", "2019"): "20", ("X", "2019"): "6", ("M", "2019"): "4"}


def test_a_later_release_supersedes_what_is_held(ledger):
    release(ledger, "first", "2020-01-10", BAD)
    release(ledger, "second", "2020-02-10", REVISED)
    assert list(queries.held(ledger)) == []
    assert [row["state"] for row in queries.held(ledger, all_=True)] == ["superseded"]
    assert states(ledger) == []
    assert states(ledger, all_=True) == [("total", "resolved", "superseded")]
    assert {row["pending"] for row in queries.show(ledger)} == {""}


def test_a_late_document_joins_its_release_and_takes_nothing_back(ledger):
    release(ledger, "first", "2020-01-10", {("X", "2019"): "6", ("M", "2019"): "4"})
    run = release(ledger, "late", "2020-01-10", {("T", "2019"): "20"})
    assert (run.outcome, run.counts["held"]) == ("quarantined", 1)
    assert shown(ledger) == {("X", "2019"): "6", ("M", "2019"): "4"}
    assert {row["pending"] for row in queries.show(ledger)} == {"held"}
    before = datetime.fromtimestamp((run.recorded_at - 1) / 1e6, tz=UTC).isoformat(timespec="microseconds")
    assert shown(ledger, as_of=before) == shown(ledger)
    assert {row["pending"] for row in queries.show(ledger, as_of=before)} == {""}


RELEASES = (
    ("a", "2020-01-10", {("T", "2019"): "10", ("X", "2019"): "6"}),
    ("b", "2020-02-10", {("T", "2019"): "11", ("X", "2019"): "6"}),
    ("c", "2020-03-10", {("T", "2019"): "11", ("X", "2019"): "7"}),
    ("d", "2020-04-10", {("T", "2019"): "10", ("X", "2019"): "7"}),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[1::3])
def test_answers_do_not_depend_on_the_order_of_arrival(database, order):
    with Ledger.open(database, create=True) as opened:
        for at in order:
            release(opened, *RELEASES[at])
        found = [answers(opened, released_by=f"2020-0{month}-28") for month in range(1, 5)]
    plain = [[(row[2], row[5], row[9]) for row in rows] for rows in found]
    assert plain == [
        [("T", "10", "2020-01-10"), ("X", "6", "2020-01-10")],
        [("T", "11", "2020-02-10"), ("X", "6", "2020-01-10")],
        [("T", "11", "2020-02-10"), ("X", "7", "2020-03-10")],
        [("T", "10", "2020-04-10"), ("X", "7", "2020-03-10")],
    ]


def test_kinds_of_change_and_what_is_none(ledger):
    steps = ("10", "10.2", "10", "10.7", "M", "10.7", "10.7 P")
    for at, value in enumerate(steps, start=1):
        release(ledger, f"d{at}", f"2020-0{at}-01", {("T", "2019"): value})
    kinds = [(row["previous"], row["value"] or row["status"], row["kind"]) for row in queries.revisions(ledger)]
    assert kinds == [
        ("10", "10.2", "precision"), ("10.2", "10.7", "revision"), ("10.7", "M", "status"), ("", "10.7", "status"),
        ("10.7", "10.7", "status"),
    ]  # fmt: skip


def test_a_coarser_reading_beside_the_published_one_is_kept_and_repeated(ledger):
    run = release(ledger, "first", "2020-01-10", {("T", "2021"): ["124.4", ">100"]})
    assert (run.counts["published"], run.counts["repeated"]) == (1, 1)
    context = ledger.context(batch(("other", "2020-01-10", {("X", "2021"): "3"})))
    kept = context.readings[["mantissa", "exponent", "qualifier"]].astype(object).values.tolist()
    assert sorted(kept, key=str) == [[100, 0, ">"], [1244, -1, "="]]


def test_an_acceptance_publishes_and_the_rows_say_so(ledger):
    release(ledger, "first", "2020-01-10", GOOD)
    release(ledger, "second", "2020-02-10", BAD)
    done = decide(ledger, BLOCK, "accept", why="as printed, the agency confirmed", who="ana")
    assert (done.verdict, done.first, done.who) == ("accept", True, "ana")
    assert {(r["flow"], r["value"], r["accepted"], r["pending"]) for r in queries.show(ledger)} == {
        ("T", "20", True, ""), ("X", "6", False, ""), ("M", "4", False, ""),
    }  # fmt: skip
    assert states(ledger) == []
    assert states(ledger, all_=True) == [("total", "resolved", "accepted")]
    again = decide(ledger, BLOCK, "reject", why="no", who="ben")
    assert (again.verdict, again.first, again.who, again.run) == ("accept", False, "ana", done.run)
    assert [row["kind"] for row in queries.runs(ledger)] == ["decision", "collect", "collect"]


def test_an_acceptance_covers_the_same_figures_later_until_it_expires(ledger):
    release(ledger, "first", "2020-01-10", BAD)
    decide(ledger, BLOCK, "accept", why="known", until="2020-02-28")
    assert release(ledger, "second", "2020-02-10", BAD).outcome == "unchanged"
    assert release(ledger, "other", "2020-02-11", BAD | {("T", "2019"): "21"}).outcome == "quarantined"
    assert release(ledger, "third", "2020-03-10", BAD).outcome == "quarantined"


def test_a_rejection_is_remembered(ledger):
    release(ledger, "first", "2020-01-10", GOOD)
    release(ledger, "second", "2020-02-10", BAD)
    decide(ledger, BLOCK, "reject", why="a misprint")
    assert {(r["value"], r["pending"]) for r in queries.show(ledger, flow="T")} == {("10", "rejected")}
    assert shown(ledger, with_held=True)[("T", "2019")] == "10"
    for name, released in (("second", "2020-02-10"), ("copy", "2020-02-10"), ("third", "2020-03-10")):
        run = release(ledger, name, released, BAD)
        assert (run.outcome, run.counts["rejected"], run.still_held) == ("unchanged", 3, 0), name
    assert list(queries.held(ledger)) == []
    corrected = release(ledger, "corrected", "2020-02-10", REVISED)
    assert (corrected.outcome, corrected.counts["published"]) == ("published", 2)
    assert shown(ledger)[("T", "2019")] == "11"


@pytest.mark.parametrize(
    ("block", "verdict", "more", "said"),
    [
        (BLOCK, "accept", {"why": " "}, "needs a reason"),
        (BLOCK, "maybe", {"why": "x"}, "expected accept or reject"),
        (BLOCK, "reject", {"why": "x", "until": "2021-01-01"}, "only an acceptance expires"),
        ("trade/none", "accept", {"why": "x"}, "no block 'trade/none' is held"),
        (BLOCK, "accept", {"why": "x", "released": "2020-05-01"}, "of the release 2020-05-01 is held"),
        (BLOCK, "accept", {"why": "x", "until": "soon"}, "no release date"),
    ],
)
def test_decisions_that_cannot_be(ledger, block, verdict, more, said):
    release(ledger, "first", "2020-01-10", BAD)
    before = sizes(ledger)
    with pytest.raises(UsageError, match=said):
        decide(ledger, block, verdict, **more)
    assert sizes(ledger) == before


def test_several_held_releases_of_a_block_need_the_date(ledger):
    release(ledger, "first", "2020-01-10", BAD)
    release(ledger, "second", "2020-02-10", BAD | {("T", "2019"): "21"})
    with pytest.raises(UsageError, match=rf"several releases: say which, {BLOCK}/2020-01-10, {BLOCK}/2020-02-10"):
        decide(ledger, BLOCK, "accept", why="x")
    with pytest.raises(UsageError, match="is of the release 2020-01-10, not 2020-02-10"):
        decide(ledger, f"{BLOCK}/2020-01-10", "accept", why="x", released="2020-02-10")
    decide(ledger, f"{BLOCK}/2020-01-10", "accept", why="x")
    assert shown(ledger)[("T", "2019")] == "20"


def test_accepting_a_superseded_block_is_refused(ledger):
    release(ledger, "first", "2020-01-10", BAD)
    release(ledger, "second", "2020-02-10", GOOD)
    with pytest.raises(UsageError, match="was superseded: nothing to decide"):
        decide(ledger, BLOCK, "accept", why="x")


def test_a_notice_holds_the_whole_document_and_nothing_else(ledger):
    release(ledger, "good", "2020-01-10", GOOD)
    notice = Notice("unit", "the page says USD, its title CNY", "row 1")
    run = collect(ledger, batch(("odd", "2020-02-10", REVISED | {("T", "2020"): "3"}), notices=[notice]))
    assert (run.outcome, run.counts["held"]) == ("quarantined", 4)
    assert shown(ledger)[("T", "2019")] == "10"
    assert states(ledger) == [("unit", "new", "")]
    whole = collect(ledger, batch(("fixed", "2020-02-10", REVISED)))
    assert (whole.outcome, whole.counts["published"]) == ("published", 2)
    assert [row["block"] for row in queries.held(ledger)] == ["trade/CHN/WLD/total/_T/2020/USD"]


def test_what_could_not_be_read_is_listed_once(ledger):
    fault = Unreadable("row 3, column 10 (value)", "12,34", "expected a figure", dataset="trade")
    for outcome in ("published", "unchanged"):
        run = collect(ledger, batch(("first", "2020-01-10", GOOD), unreadable=[fault]))
        assert (run.outcome, run.counts["unreadable"]) == (outcome, 1)
    assert states(ledger) == [("readable", "still", "")]
    release(ledger, "second", "2020-02-10", GOOD)
    assert states(ledger, all_=True) == [("readable", "resolved", "superseded")]


def test_a_document_in_which_nothing_can_be_read_is_recorded_once(ledger):
    fault = Unreadable("row 3", "x", "expected a figure")
    for outcome in ("unchanged", "unchanged"):
        run = collect(ledger, batch(("first", "2020-01-10", {}), unreadable=[fault]))
        assert run.outcome == outcome
    assert len(states(ledger)) == 1


def test_another_publish_meanwhile_is_noticed(ledger):
    one = batch(("first", "2020-01-10", GOOD))
    context = ledger.context(one)
    judgement = judge(combine([context.readings, one.parsed.readings]), {})
    release(ledger, "second", "2020-01-10", {("T", "2019"): "30"})
    before = sizes(ledger)
    with pytest.raises(LedgerMoved, match="judge again"):
        ledger.publish(one, context, judgement)
    assert sizes(ledger) == before
    assert collect(ledger, one).outcome == "quarantined"


def test_another_dataset_meanwhile_is_nobody_s_business(ledger):
    one = batch(("first", "2020-01-10", GOOD))
    context = ledger.context(one)
    judgement = judge(combine([context.readings, one.parsed.readings]), {})
    collect(ledger, batch(("second", "2020-01-10", GOOD), dataset="others"))
    assert ledger.publish(one, context, judgement).outcome == "published"


def test_a_failed_run_is_recorded_with_its_documents(ledger):
    run = ledger.fail("table", "it was a web page", [document("page")], "prefect-1")
    assert (run.outcome, run.message) == ("failed", "it was a web page")
    (row,) = queries.runs(ledger)
    assert (row["outcome"], row["prefect_run"], row["parsed"]) == ("failed", "prefect-1", 0)
    assert [row["document"] for row in queries.documents(ledger)] == [document("page").sha256]
    assert release(ledger, "page", "2020-01-10", GOOD).outcome == "published"


def test_one_document_may_speak_of_several_releases_and_datasets(ledger):
    made = document("both")
    frames = [
        frame(GOOD, "2020-01-10", made.sha256),
        frame(REVISED, "2020-02-10", made.sha256),
        frame(GOOD, "2020-01-10", made.sha256, dataset="others"),
    ]
    run = collect(ledger, Batch("table", [made], Parsed(combine(frames)), 1))
    assert (run.counts["published"], run.counts["unchanged"]) == (8, 1)
    assert len(list(queries.show(ledger))) == 6
    assert len(list(queries.show(ledger, dataset="others", flow="T", period="2019", source="table"))) == 1
    assert list(queries.show(ledger, source="bulletins")) == []
    with pytest.raises(UsageError, match="no filter 'colour'"):
        list(queries.show(ledger, colour="red"))


def test_the_same_bytes_fetched_a_day_later_are_no_new_release(ledger, tmp_path):
    first = document("page", released="2020-01-10", released_not_after=True)
    collect(ledger, Batch("table", [first], Parsed(frame(GOOD, "2020-01-10", first.sha256)), 1))
    known = Answers(ledger, Archive(tmp_path), "table")
    later = document("page", released="2020-01-11", released_not_after=True)
    assert known.showing(later).released == "2020-01-10"
    other = document("another", released="2020-01-11", released_not_after=True)
    assert known.showing(other).released == "2020-01-11"


def test_recorded_times_always_increase(ledger, monkeypatch):
    times = [release(ledger, "a", "2020-01-10", GOOD).recorded_at]
    monkeypatch.setattr("storage.state.runs.time.time_ns", lambda: 1)  # a clock set back
    times += [release(ledger, name, "2020-01-10", GOOD).recorded_at for name in "ab"]
    assert times == sorted(set(times))


def test_the_latest_findings_and_runs_by_limit(ledger):
    for at in range(3):
        release(ledger, f"d{at}", f"2020-0{at + 1}-10", BAD | {("T", f"20{10 + at}"): "5"})
    assert [row["run"] for row in itertools.islice(queries.runs(ledger), 2)] == [3, 2]
    assert len(list(itertools.islice(queries.findings(ledger), 1))) == 1
    assert len(list(itertools.islice(queries.show(ledger), 2))) == 2
    assert len(list(queries.documents(ledger, source="table"))) == 3
    assert list(queries.documents(ledger, source="none")) == []
    with pytest.raises(UsageError, match="no run 9"):
        list(queries.findings(ledger, run=9))


def test_findings_as_each_run_left_them(ledger):
    release(ledger, "first", "2020-01-10", BAD)
    release(ledger, "second", "2020-02-10", GOOD)
    assert states(ledger, run=1) == [("total", "new", "")]
    assert states(ledger, run=2) == [("total", "resolved", "superseded")]
    assert states(ledger, released_by="2019-12-31", all_=True) == []


def test_integers_are_wide_where_they_must_be(ledger):
    huge = str(2**63 - 1)
    release(ledger, "first", "2020-01-10T08:30", {("X", "2019"): huge, ("M", "2019"): f"-{huge}"})
    assert shown(ledger) == {("X", "2019"): huge, ("M", "2019"): f"-{huge}"}
    (row, _) = queries.show(ledger, released_by="2020-01-10")
    assert row["released"] == "2020-01-10T08:30"
    assert list(queries.show(ledger, released_by="2020-01-10T08:29")) == []
    assert is_sqlite(ledger.engine) or ledger.engine.dialect.name == "postgresql"
