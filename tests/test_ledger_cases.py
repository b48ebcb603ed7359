"""Cases in the ledger: the same cause is the same case in the next run; nothing of it is thought of under the lock."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from ledgers import batch, collect, release
from sqlalchemy import text

from schemas.documents import Notice
from schemas.errors import UsageError
from schemas.findings import Finding
from schemas.judge import judge
from storage import queries
from storage.ledger import Ledger
from storage.many import decide_case
from storage.verify import damage

SOUND = {
    (flow, year): text
    for year, texts in (("2019", "600.50 400.30 200.20 200.10"), ("2020", "660.55 440.33 220.22 220.11"))
    for flow, text in zip("TXMB", texts.split(), strict=True)
} | {("T%", "2020"): "10.0"}
BLOCK = "trade/CHN/WLD/total/_T/{}/USD"
#: One wrong total of 2019: both blocks are held for it.
WRONG = {**SOUND, ("T", "2019"): "690.50"}


def told(ledger: Ledger, **asked: object) -> list[tuple[str, str, int]]:
    return [(row["case"], row["state"], row["findings"]) for row in queries.cases(ledger, **asked)]  # type: ignore[arg-type]


def numbers(ledger: Ledger) -> list[tuple[int, int]]:
    """Findings with their case now."""
    query = """
        SELECT f.id, c.number FROM finding f JOIN finding_case c ON c.finding = f.id WHERE f.result = 'fails'
        AND c.run = (SELECT max(x.run) FROM finding_case x WHERE x.finding = f.id) ORDER BY f.id
    """
    with ledger.reading() as conn:
        return [(row[0], row[1]) for row in conn.execute(text(query)).fetchall()]


def test_one_cause_is_one_row(ledger):
    run = release(ledger, "first", "2021-01-10", WRONG)
    (row,) = queries.cases(ledger)
    assert row["sentence"].startswith(
        "2019 trade of China (trade): total 690.50 USD should be 600.485–600.515 (breaks "
    )
    assert (row["case"], row["state"], row["severity"]) == (BLOCK.format(2019), "new", "error")
    assert row["blocks"] == [BLOCK.format(2019), BLOCK.format(2020)]
    assert {"total", "growth", "exports-from-total", "imports-from-total"} <= set(row["rules"])
    assert (row["dataset"], row["reporter"], row["period"], row["unit"]) == ("trade", "CHN", "2019", "USD")
    assert [one["value"] for one in row["suspects"]] == ["690.50"]
    findings = list(queries.findings(ledger))
    assert row["findings"] == len(findings) > 4
    assert {one["case"] for one in findings} == {row["case"]}
    assert [case.name for case in run.cases] == [row["case"]]
    assert run.wrong == 1
    assert [one for one in damage(ledger) if one.wrong] == []


def test_what_only_warns_of_a_block_is_about_that_block(ledger):
    """Several such cases of one block are called by their rules too; the fixture compares the view with this."""
    one = batch(("first", "2021-01-10", SOUND))
    context = ledger.context(one)
    judgement = judge(one.parsed.readings, {})
    about = {"dataset": "trade", "reporter": "CHN", "product": "total", "block": BLOCK.format(2019)}
    warnings = [
        Finding(rule, "warning", "fails", period="2019", released="2021-01-10", sentence=f"2019: {rule}", **about)
        for rule in ("currency", "parts")
    ]
    ledger.publish(one, context, replace(judgement, beside=warnings))
    found = queries.cases(ledger)
    assert [row["case"] for row in found] == [f"{BLOCK.format(2019)}/{rule}" for rule in ("currency", "parts")]
    assert {(row["reporter"], row["breakdown"], row["period"]) for row in found} == {("CHN", "_T", "2019")}


def test_the_same_cause_is_the_same_case_in_the_next_run(ledger):
    """Another document of the release repeats most of it, and adds a mistake of another year."""
    release(ledger, "first", "2021-01-10", WRONG)
    first = numbers(ledger)
    more = {**WRONG, ("T", "2021"): "99", ("X", "2021"): "50", ("M", "2021"): "40", ("B", "2021"): "10"}
    run = release(ledger, "second", "2021-01-10", more)
    assert [(case.name, run.wrong) for case in run.cases] == [(BLOCK.format(2021), 1)]
    assert {state for name, state, _ in told(ledger) if name == BLOCK.format(2019)} == {"still"}
    assert {state for name, state, _ in told(ledger) if name == BLOCK.format(2021)} == {"new"}
    assert dict(first).items() <= dict(numbers(ledger)).items()
    again = release(ledger, "third", "2021-01-10", more)
    assert (again.cases, again.wrong) == ([], 0)
    assert {state for _, state, _ in told(ledger)} == {"still"}


def test_what_is_mended_is_resolved_and_was_there_before(ledger):
    release(ledger, "first", "2021-01-10", WRONG)
    collect(ledger, batch(("first", "2021-01-10", SOUND), version=2), kind="reparse")
    assert told(ledger) == []
    assert [(name, state) for name, state, _ in told(ledger, all_=True)] == [(BLOCK.format(2019), "resolved")]
    assert [(name, state) for name, state, _ in told(ledger, run=1)] == [(BLOCK.format(2019), "new")]


def test_where_two_causes_become_one_the_older_goes_on_and_what_falls_apart_stays_with_the_oldest(ledger):
    """First two separate mistakes; read otherwise, growth says that one wrong total explains both years."""
    apart = {**SOUND, ("T", "2019"): "690.50", ("M", "2020"): "250.22"}
    release(ledger, "first", "2021-01-10", apart)
    assert len(queries.cases(ledger)) == 2
    before = dict(numbers(ledger))
    collect(ledger, batch(("first", "2021-01-10", WRONG), version=2), kind="reparse")
    (one,) = queries.cases(ledger)
    assert one["case"] == BLOCK.format(2019)
    assert one["run"] == 1
    collect(ledger, batch(("first", "2021-01-10", apart), version=3), kind="reparse")
    assert {row["case"] for row in queries.cases(ledger)} == {BLOCK.format(2019), BLOCK.format(2020)}
    after = dict(numbers(ledger))
    assert {after[finding] for finding in before if before[finding] == 1} == {1}


def test_cases_of_several_releases_are_dated_and_decided_by_their_date(ledger):
    release(ledger, "first", "2021-01-10", WRONG)
    release(ledger, "older", "2020-12-10", {**WRONG, ("T", "2019"): "690.70"})
    names = {name for name, _, _ in told(ledger)}
    assert names == {f"{BLOCK.format(2019)}/2021-01-10", f"{BLOCK.format(2019)}/2020-12-10"}
    assert {row["case"] for row in queries.findings(ledger)} == names
    with pytest.raises(UsageError, match="several releases: say which"):
        decide_case(ledger, BLOCK.format(2019), "reject", why="a slip")
    with pytest.raises(UsageError, match="there is no case"):
        decide_case(ledger, "trade/none", "reject", why="a slip")
    done = decide_case(ledger, f"{BLOCK.format(2019)}/2020-12-10", "reject", why="a slip").done
    assert {one.released for one in done} == {"2020-12-10"}
    assert len(done) == 2
    assert [name for name, _, _ in told(ledger)] == [BLOCK.format(2019)]
    assert len(decide_case(ledger, BLOCK.format(2019), "reject", why="a slip").done) == 2


def test_what_is_wrong_with_a_document_is_a_case(ledger):
    notices = [Notice("unit", "the page says USD, its title CNY")]
    run = collect(ledger, batch(("first", "2021-01-10", SOUND), notices=notices))
    (row,) = queries.cases(ledger)
    assert row["sentence"] == "trade: the page says USD, its title CNY"
    assert row["case"] == f"trade/{row['document'][:12]}/unit"
    assert (row["severity"], row["blocks"], run.wrong) == ("error", [], 1)
    done = decide_case(ledger, row["case"], "accept", why="the title is wrong").done
    assert [one.block for one in done] == [BLOCK.format(2019), BLOCK.format(2020)]
    assert len({one.run for one in done}) == 1
    assert told(ledger) == []


def test_findings_of_before_have_a_case(tmp_path):
    """Recorded before there were cases: all about a block of a release are one."""
    shutil.copy(Path(__file__).parent / "released_schemas" / "0005.db", tmp_path / "ledger.db")
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", create=True) as ledger:
        (row,) = queries.cases(ledger)
        assert row["sentence"].startswith("CHN (trade): 2019 CHN trade: total 20 is not exports 6 + imports 4")
        assert (row["case"], row["findings"], row["state"]) == (BLOCK.format(2019), 1, "new")
        assert [one["case"] for one in queries.findings(ledger)] == [row["case"]]
        assert [one for one in damage(ledger) if one.wrong] == []
        figures = {("T", "2019"): "20", ("X", "2019"): "6", ("M", "2019"): "4"}
        assert release(ledger, "again", "2020-03-10", figures).cases == []
        assert [state for _, state, _ in told(ledger)] == ["still"]


def test_nothing_is_judged_or_explained_while_the_ledger_is_locked(ledger, monkeypatch):
    """The transaction only writes: what finds, explains and says is called before it, or not at all."""
    one = batch(("first", "2021-01-10", WRONG))
    context, judgement = ledger.context(one), judge(one.parsed.readings)
    from storage.publish.brought import Brought
    from storage.publish.publish import Publish

    brought = Brought.of(one, context, judgement)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("asked while the ledger is locked")

    for name in ("schemas.judge.judge", "schemas.judge.finding", "schemas.cases._grouped", "schemas.cases._case"):
        monkeypatch.setattr(name, refuse)
    monkeypatch.setattr("storage.publish.brought.cases", refuse)
    monkeypatch.setattr("schemas.judge.Judgement.findings", property(refuse))
    with ledger.writing() as conn:
        assert Publish(conn, brought).record().wrong == 1
    with pytest.raises(AssertionError, match="locked"):
        Brought.of(one, context, judgement)


def test_a_decision_taken_back_leaves_the_case_as_it_was(ledger):
    from storage.decisions import decide, reopen

    release(ledger, "first", "2021-01-10", WRONG)
    for year in (2019, 2020):
        decide(ledger, BLOCK.format(year), "accept", why="as printed")
    assert told(ledger) == []
    reopen(ledger, BLOCK.format(2019), why="a slip")
    ((name, _, _),) = told(ledger)
    assert name == BLOCK.format(2019)
    assert len({number for _, number in numbers(ledger)}) == 1
