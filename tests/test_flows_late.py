"""What was done by hand while no server ran is shown by the next run that has one, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from prefect import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort

from cli.main import run
from flows import environment
from flows.collect import collect
from flows.page import late
from flows.server import events

HEAD = "dataset,reporter,flow,period,unit,released,value\n"
HELD = HEAD + "".join(
    f"goods,PRT,{flow},2022,EUR million,2023-03-01,{value}\n"
    for flow, value in zip("XMT", ("78.2", "109.3", "178.5"), strict=True)
)


def pages(key: str) -> list[str]:
    """The descriptions of a key's artifacts, oldest first."""
    wanted = ArtifactFilter(key=ArtifactFilterKey.model_validate({"any_": [key]}))
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=wanted, sort=ArtifactSort.CREATED_DESC)
    return [str(one.description) for one in reversed(found)]


@pytest.mark.usefixtures("prefect_harness")
def test_the_next_run_shows_what_was_done_by_hand_and_asks_about_it(tmp_path: Path, monkeypatch, capsys):
    said: list[tuple[str, Any]] = []
    monkeypatch.setattr(events, "document_held", lambda source, *more: said.append((source, more[-1][0]["run"])))
    monkeypatch.setattr(events, "block_held", lambda case: said.append((case["source"], case["run"])))
    before = pages("report-table")
    with monkeypatch.context() as alone:
        alone.setattr(environment, "find_server", lambda *_: False)
        for name, text, status in (("held", HELD, 3), ("wrong", HELD.replace("unit", "worth"), 1)):
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
            assert run(["ingest", "table", str(tmp_path / f"{name}.csv")]) == status
    assert pages("report-table") == before
    for _ in range(2):
        collect("bulletins", return_state=True)
        first, second = pages("report-table")[len(before) :]
        assert first.startswith("Run 1, quarantined: 1 wrong, 3 held.")
        assert "178.5" in first
        assert second.startswith("failed: ")
        assert "worth" in second
        assert said == [("table", 1)] * 2
    assert pages("findings-table")[-1] == first


def row(number: int, source: str = "table", kind: str = "collect", prefect_run: str = "") -> dict[str, Any]:
    return {"run": number, "source": source, "kind": kind, "prefect_run": prefect_run}


@pytest.mark.parametrize(
    ("last", "missing"),
    [
        (None, [4, 6]),  # nobody looked: those after the last run of their source that Prefect saw
        (9, [4, 6]),  # a ledger that was put back has fewer
        (3, [4, 6]),
        (1, [2, 4, 6]),
        (5, [6]),
        (7, []),
    ],
)
def test_who_was_not_heard_of(last, missing):
    rows = [
        *(row(1), row(2), row(3, prefect_run="abc"), row(4), row(5, kind="decision"), row(6, "gacc")),
        *(row(7, kind="reparse"), row(8, "a source of before")),
    ]
    assert [one["run"] for one in late.untold(rows[::-1], last, len(rows))] == missing


def test_a_run_beside_another_one_takes_nothing_for_a_ledger_that_was_put_back() -> None:
    """What asks leaves itself out; who looked last may have been the run that ended before it."""
    rows = [
        {"run": run, "kind": "collect", "source": "table", "prefect_run": said} for run, said in ((2, "a"), (1, ""))
    ]
    assert late.untold(rows, 3, latest=3) == []
    assert [one["run"] for one in late.untold(rows[1:], 4, latest=3)] == [1]
