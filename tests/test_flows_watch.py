"""Overdue releases: found by the ledger's own dates, said once each."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from prefect.client.schemas.objects import StateType

from flows.server import events
from flows.watch import expected, overdue, released, watch
from schemas.settings import load_settings
from storage.ledger import Ledger
from storage.queries import release_dates
from tests.ledgers import release

MONTHLY = ("2026-01-08", "2026-02-07", "2026-03-09", "2026-04-08", "2026-05-08")
DATASET = "ft900-goods"


def keep(*releases: str, source: str = "ft900", dataset: str = DATASET) -> None:
    with Ledger.open(load_settings().ledger_url, create=True) as ledger:
        for number, day in enumerate(releases):
            release(ledger, f"{dataset} {day}", day, {("X", f"2025-{number + 1:02}"): "10.5"}, source=source,
                    dataset=dataset)  # fmt: skip


def found(day: str) -> list[tuple[str, str]]:
    return [(row["dataset"], row["released"]) for row in overdue(released(load_settings()), date.fromisoformat(day))]


def test_overdue_from_the_day_on_which_it_waits_twice_as_long_as_usual():
    keep(*MONTHLY)
    assert found("2026-07-07") == []
    assert found("2026-07-08") == [(DATASET, "2026-05-08")]


def test_what_is_fed_by_hand_or_comes_with_the_program_is_never_overdue():
    keep(*MONTHLY, source="table", dataset="own")
    keep(*MONTHLY, source="bulletins", dataset="transcribed")
    keep(*MONTHLY[:3])  # too few to know what is usual
    assert found("2027-01-01") == []


@pytest.mark.parametrize(
    ("due", "releases", "day", "missed"),
    [
        (["*-*-09"], ["2026-04-09", "2026-05-08"], "2026-06-09", ""),  # the day itself
        (["*-*-09"], ["2026-04-09", "2026-05-08"], "2026-06-10", "2026-06-09"),
        (["*-*-09"], ["2026-05-20"], "2026-06-10", "2026-06-09"),  # late, and nearer to the one before
        (["*-*-09"], ["2026-05-28"], "2026-06-10", ""),  # early
        (["*-*-31"], ["2026-01-31"], "2026-03-01", "2026-02-28"),
        (["*-03-31", "2026-10-01"], ["2026-03-30"], "2026-10-02", "2026-10-01"),
        (["2026-01-05"], ["2026-01-05"], "2027-06-01", ""),  # nothing more is due
    ],
)
def test_what_declares_its_days_is_overdue_by_them_however_it_is_fed(home, due, releases, day, missed):
    keep(*releases, source="table", dataset="own")
    keep(*MONTHLY, source="table", dataset="other")
    (home / "tradeledger.toml").write_text(f"[datasets.own]\ndue = {due}\n")
    days = expected(load_settings())
    rows = overdue(released(load_settings(), days), date.fromisoformat(day), days)
    assert [(row["source"], row["dataset"], row["sentence"].rpartition(" ")[2]) for row in rows] == (
        [("table", "own", missed)] if missed else []
    )


def test_release_dates_by_source_and_dataset_a_held_release_among_them(home):
    keep("2026-02-07", "2026-01-08")
    with Ledger.open(load_settings().ledger_url, create=True) as ledger:
        odd = {("X", "2025-01"): "95.99", ("M", "2025-01"): "11.57", ("T", "2025-01"): "200.00"}
        assert release(ledger, "odd", "2026-03-09", odd, source="ft900", dataset=DATASET).outcome == "quarantined"
        assert release_dates(ledger) == {"ft900": {DATASET: ["2026-01-08", "2026-02-07", "2026-03-09"]}}


@pytest.mark.usefixtures("prefect_harness")
def test_said_once_for_each_overdue_release(monkeypatch: pytest.MonkeyPatch):
    said: list[tuple[Any, ...]] = []
    monkeypatch.setattr(events, "emit", lambda *words: said.append(words))
    keep(*MONTHLY)

    def look(day: str) -> tuple[StateType, str, str]:
        state = watch(date.fromisoformat(day), return_state=True)
        return state.type, str(state.name), str(state.message)

    never = "; never delivered: gacc, ons, safe, worldbank"
    assert look("2026-05-20") == (StateType.COMPLETED, "Completed", f"nothing is overdue{never}")
    kind, name, message = look("2026-08-01")
    assert (kind, name) == (StateType.FAILED, "Overdue")
    assert message.startswith(f"{DATASET}: nothing new since 2026-05-08, 85 days ago")
    assert said == [
        ("tradeledger.source.stale", "source", "ft900", "ft900",
         {"source": "ft900", "dataset": DATASET, "released": "2026-05-08", "sentence": message.removesuffix(never)})
    ]  # fmt: skip
    kind, name, message = look("2026-08-02")
    assert (kind, name) == (StateType.COMPLETED, "Completed")
    assert message.startswith("still overdue: ")
    keep("2026-08-03")
    assert look("2026-08-04")[2] == f"nothing is overdue{never}"
    assert look("2026-12-24")[1] == "Overdue"  # the next one is overdue in its turn
    assert len(said) == 2
