"""A release that leaves out what it should have: held, decided, or gone after as many releases as declared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from flows import replay
from flows.steps import Collected, Job, archive, parse, publish, read_files, validate
from schemas.settings import Settings
from storage import queries
from storage.decisions import decide
from storage.documents import kept_documents
from storage.ledger import Ledger
from storage.queries import findings, held_findings
from tests import payloads

BLOCK = "ft900-goods-services/USA/WLD/goods/_T/2021-12/USD"
CELL = {"product": "goods", "flow": "X", "period": "2021-12"}
WHOLE, SHORT = payloads.FT900_2021, {k: v for k, v in payloads.FT900_2021.items() if k != "December"}
#: February once more, as March: what it says does not matter here.
MARCH = {"March": payloads.FT900_2022["February"]}
YEAR = {label: row for label, row in payloads.FT900_2022.items() if row and "-" not in label} | MARCH
RELEASES = {"2022-04-05": WHOLE, "2022-05-04": SHORT, "2022-06-07": SHORT, "2022-07-07": SHORT}


def ingest(folder: Path, released: str) -> Collected:
    path = folder / f"{released}.xlsx"
    if not path.exists():
        path.write_bytes(payloads.ft900({"2021": RELEASES[released], "2022": YEAR}, None, title=_title(released)))
    return ingest_file(path, released)


def ingest_file(path: Path, released: str) -> Collected:
    job = Job("ft900", Settings())
    documents = read_files(job, [str(path)], released)
    archive(job, documents)
    return publish(job, validate(job, documents, parse(job, documents)))


def _title(released: str) -> str:
    """A word that makes each month's bytes differ."""
    return f"Exhibit 1. U.S. International Trade in Goods and Services ({released[:7]})"


def open_() -> Ledger:
    return Job("ft900", Settings()).ledger()


def cell(**bounds: str) -> dict[str, Any]:
    with open_() as ledger:
        (row,) = queries.show(ledger, **CELL, **bounds)
    return row


def test_a_month_that_vanished_holds_its_document_and_is_proposed_as_gone(tmp_path: Path) -> None:
    assert ingest(tmp_path, "2022-04-05").run.counts["published"] == 54
    run = ingest(tmp_path, "2022-05-04").run
    assert (run.outcome, run.counts["held"], run.counts["parsed"]) == ("quarantined", 45, 45)
    assert cell()["value"] == "158208000000"
    assert cell()["pending"] == "held"
    assert cell(with_held=True)["status"] == "M"
    with open_() as ledger:
        said = [row for row in findings(ledger) if row["rule"] == "coverage"]
        assert len(said) == 1 + 9  # of the document, and of each figure
        assert "9 figures published before are missing, though documents of ft900-goods" in said[-1]["sentence"]
        assert {row["position"] for row in said} == {""}
        (block,) = [row for row in said if row["block"] == BLOCK and row["left"] == "158208000000"]
        assert "exports 158,208 of the release of 2022-04-05 is missing from that of 2022-05-04" in block["sentence"]
        held = list(held_findings(ledger))
        assert len({row["block"] for row in held}) == 18  # six months by three products
        assert {row["findings"][0]["sentence"] for row in held} == {said[-1]["sentence"]}  # why each is held
    again = ingest(tmp_path, "2022-05-04").run
    assert (again.outcome, again.still_held, again.counts["held"]) == ("unchanged", 18, 45)


def test_the_whole_document_late_is_published_and_warns_of_what_the_latest_lacks(tmp_path: Path) -> None:
    ingest(tmp_path, "2022-05-04")
    run = ingest(tmp_path, "2022-04-05").run
    assert (run.outcome, run.counts["held"], run.counts["published"]) == ("published", 0, 54)
    with open_() as ledger:
        said = [row for row in findings(ledger) if row["rule"] == "coverage"]
        assert {(row["severity"], row["state"], row["run"]) for row in said} == {("warning", "new", 2)}
        assert len(said) == 9
        assert all("is missing from that of 2022-05-04, which covers the period" in row["sentence"] for row in said)
        assert "row 1" in said[0]["position"]
    assert cell()["value"] == "158208000000"
    assert ingest(tmp_path, "2022-04-05").run.outcome == "unchanged"


def test_a_gap_that_was_rejected_is_not_asked_about_again(tmp_path: Path) -> None:
    """The next release lacks the same figures: its sentence has other dates, the decision covers it."""
    ingest(tmp_path, "2022-04-05")
    ingest(tmp_path, "2022-05-04")
    with open_() as ledger:
        for block in list(queries.held(ledger)):
            decide(ledger, block["block"], "reject", why="the agency forgot December")
    run = ingest(tmp_path, "2022-06-07").run
    assert (run.outcome, run.counts["held"], run.counts["rejected"]) == ("unchanged", 0, 45)
    with open_() as ledger:
        assert list(queries.held(ledger)) == []
    assert cell()["pending"] == "rejected"


def test_accepted_it_is_gone_and_stays_so(tmp_path: Path) -> None:
    ingest(tmp_path, "2022-04-05")
    ingest(tmp_path, "2022-05-04")
    with open_() as ledger:
        decide(ledger, BLOCK, "accept", why="the agency confirms that it withdrew December")
    now = cell()
    assert (now["value"], now["status"], now["released"], now["pending"]) == ("", "M", "2022-05-04", "")
    assert cell(released_by="2022-05-03")["value"] == "158208000000"
    with open_() as ledger, ledger.reading() as conn:
        assert conn.execute(text("SELECT sum(readings) FROM printing")).scalar() == 54 + 45  # none that were not there
    ingest(tmp_path, "2022-06-07")
    with open_() as ledger:
        fresh = [row for row in findings(ledger) if row["rule"] == "coverage" and "2022-06-07" in row["sentence"]]
        blocks = {row["block"] for row in fresh if row["block"].count("-") and "goods/_T" in row["block"]}
    assert BLOCK not in blocks  # what was accepted as gone does not vanish again
    assert cell()["released"] == "2022-05-04"


def test_rejected_the_figure_stands(tmp_path: Path) -> None:
    ingest(tmp_path, "2022-04-05")
    ingest(tmp_path, "2022-05-04")
    with open_() as ledger:
        decide(ledger, BLOCK, "reject", why="a cut-off download")
    assert (cell()["value"], cell()["pending"]) == ("158208000000", "rejected")
    with open_() as ledger:
        about = [row["state"] for row in findings(ledger, all_=True) if "9 figures published" in row["sentence"]]
        assert about == ["new"]  # the document's other blocks still wait
        for block in [row["block"] for row in queries.held(ledger)]:
            decide(ledger, block, "reject", why="a cut-off download")
        about = [row["state"] for row in findings(ledger, all_=True) if "9 figures published" in row["sentence"]]
        assert about == ["resolved"]
    assert ingest(tmp_path, "2022-05-04").run.outcome == "unchanged"


def test_absent_from_three_releases_in_a_row_it_is_gone_by_itself(tmp_path: Path) -> None:
    for released in RELEASES:
        last = ingest(tmp_path, released).run
    assert (last.outcome, last.counts["held"], last.counts["parsed"]) == ("published", 0, 45)
    assert (cell()["value"], cell()["status"], cell()["released"]) == ("", "M", "2022-07-07")
    assert cell(released_by="2022-07-06")["value"] == "158208000000"
    with open_() as ledger:
        assert list(queries.held(ledger)) == []  # superseded
        assert [row for row in findings(ledger) if row["state"] != "resolved" and row["rule"] == "coverage"] == []


@pytest.mark.parametrize("late", [False, True])
def test_the_whole_document_of_the_same_day_sets_it_right(tmp_path: Path, late: bool) -> None:
    ingest(tmp_path, "2022-04-05")
    ingest(tmp_path, "2022-05-04")
    whole = tmp_path / "whole.xlsx"
    whole.write_bytes(payloads.ft900({"2021": WHOLE, "2022": YEAR}, None))
    assert ingest_file(whole, "2022-05-05" if late else "2022-05-04").run.counts["held"] == 0
    assert (cell()["value"], cell()["pending"]) == ("158208000000", "")
    with open_() as ledger:
        assert list(queries.held(ledger)) == []


def test_read_again_by_todays_parser_nothing_changes(tmp_path: Path) -> None:
    ingest(tmp_path, "2022-04-05")
    ingest(tmp_path, "2022-05-04")
    with open_() as ledger:
        decide(ledger, BLOCK, "accept", why="withdrawn")
    before = cell()
    job = Job("ft900", Settings(), kind="reparse")
    with open_() as ledger:
        kept = list(kept_documents(ledger, job.archive, "ft900"))
    rehearsal = replay.rehearse(job, kept)
    assert rehearsal.changes == []
    replay.perform(rehearsal)
    assert cell() == before
