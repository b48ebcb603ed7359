"""Progress of long work: an artifact in Prefect, nothing in a pipe."""

from __future__ import annotations

import pytest
from prefect import flow, get_client

from flows import steps
from flows.page import progress
from schemas.settings import load_settings


def artifacts(key: str) -> list[tuple[float, str]]:
    """Value and words of the progress artifacts of a key."""
    with get_client(sync_client=True) as client:
        found = [one for one in client.read_artifacts() if one.key == key]
    return [(float(one.data), str(one.description)) for one in found if isinstance(one.data, int | float)]


@flow(name="counting")
def counting(key: str) -> None:
    with progress.shown("reading", key) as tell:
        for done in (1, 2, 4):
            tell(done, 4)


@pytest.mark.usefixtures("prefect_harness")
def test_long_work_has_one_artifact_that_ends_at_a_hundred(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    counting("demo-long")
    assert artifacts("progress-demo-long") == [(100.0, "reading: 4 of 4")]
    assert "reading" not in capsys.readouterr().out


@pytest.mark.usefixtures("prefect_harness")
def test_short_work_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 3600.0)
    counting("demo-short")
    assert artifacts("progress-demo-short") == []


def test_judging_tells_its_parts() -> None:
    job, told = steps.Job("bulletins", load_settings()), list[tuple[int, int]]()
    documents = steps.fetch(job)
    steps.validate(job, documents, steps.parse(job, documents), lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
