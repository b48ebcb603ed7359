"""Sources out of reach: a month without a network is one red run a day, which names each; time goes by here at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect import get_client
from prefect.client.schemas.objects import StateType
from prefect.server.schemas.schedules import CronSchedule

from flows import collect, steps
from flows.collect import collect as collected
from flows.watch import released, unheard, unreachable, watch, word
from schemas.documents import Document
from schemas.errors import FetchError, Unreachable
from schemas.settings import load_settings
from storage import queries
from tests import loops
from tests.test_flows_watch import MONTHLY, keep

ROOT = Path(__file__).resolve().parent.parent
FIRST = datetime(2026, 12, 1, tzinfo=UTC)
LIVE = ("ft900", "gacc", "ons", "safe", "worldbank")


class World:
    """A clock, and which sources answer."""

    def __init__(self) -> None:
        self.now, self.out, self.asked = FIRST, set(LIVE), Counter[str]()

    def fetch(self, source: Any, *_: Any, **__: Any) -> Iterator[Document]:
        """In place of asking anybody."""
        self.asked[source.id] += 1
        if source.id in self.out:
            raise Unreachable("timed out after 3 tries", source.id, f"https://{source.id}.example/data")
        raise FetchError("answered 403 Forbidden: https://example.org/")
        yield

    def ns(self) -> int:
        """What a clock of the system says."""
        return int(self.now.timestamp() * 1e9)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr("storage.state.runs.time.time_ns", made.ns)
    monkeypatch.setattr("sources.shared.web.fetching.fetch_documents", made.fetch)
    return made


def attempt(world: World, source: str, *, by_hand: bool = False) -> str:
    """What a run of `collect` ends as."""
    job = steps.Job(source, load_settings())
    if not by_hand and steps.postponed(job, world.now):
        return "skipped"
    try:
        steps.fetch(job)
    except FetchError as error:
        steps.fail(job, error)
        return "unreachable" if isinstance(error, Unreachable) else "failed"
    raise AssertionError("nobody answers here")


def look(world: World) -> tuple[list[str], str]:
    """What `watch` does: who answers again, and what it says."""
    answering = steps.ask_again(load_settings())
    silent = list(steps.out_of_reach(load_settings()).values())
    return answering, word(silent, (), (), ()) if silent else ""


def calendar(days: int) -> list[tuple[datetime, str]]:
    """When each deployment with a schedule is due, as declared."""
    due = []
    for one in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]:
        name = one.get("parameters", {}).get("source", one["name"])
        for schedule in one.get("schedules", ()) if name in (*LIVE, "watch") else ():
            times = loops.run(CronSchedule(**schedule).get_dates(start=FIRST, end=FIRST + timedelta(days=days)))
            due += [(at.astimezone(UTC), name) for at in times]
    return sorted(due)


def test_a_month_offline_is_one_red_run_a_day_after_the_first_days(world: World) -> None:
    red = Counter[date]()
    said = ""
    for world.now, name in calendar(54):
        if name == "watch":
            _, said = look(world)
            red[world.now.date()] += bool(said)
        else:
            red[world.now.date()] += attempt(world, name) != "skipped"
    begun = max(day for day, number in red.items() if number > 1)
    later = [day for day in red if day > begun]
    assert len(later) >= 31
    assert {red[day] for day in later} == {1}
    # Three each, less for who has no release day in the month; then the daily run.
    assert sum(red.values()) <= 54 + 3 * len(LIVE)
    assert said.startswith(
        "unreachable: ft900 since 2026-12-02, gacc since 2026-12-07, ons since 2026-12-20, safe since "
    )
    assert world.asked.total() <= 3 * len(LIVE) + 54 * len(LIVE)


def test_a_source_that_answers_is_collected_by_its_schedule_again(world: World) -> None:
    for _ in range(3):
        world.now += timedelta(days=1)
        assert attempt(world, "gacc") == "unreachable"
    assert attempt(world, "gacc") == "skipped"
    assert attempt(world, "ft900") == "unreachable"  # of another one's failures it knows nothing
    assert attempt(world, "gacc", by_hand=True) == "unreachable"
    assert look(world) == ([], "unreachable: gacc since 2026-12-02; save the page and `tradeledger ingest SOURCE FILE`"
                               "; nothing is overdue")  # fmt: skip
    world.out.remove("gacc")
    assert look(world) == (["gacc"], "unreachable: gacc since 2026-12-02; save the page and `tradeledger ingest SOURCE "
                                     "FILE`; nothing is overdue")  # fmt: skip
    assert attempt(world, "gacc", by_hand=True) == "failed"  # an answer all the same: its own run says what is wrong
    assert look(world) == ([], "")
    assert attempt(world, "gacc") == "failed"


def test_where_nobody_asks_daily_the_schedule_does(world: World) -> None:
    for _ in range(3):
        attempt(world, "gacc")
    world.now += timedelta(hours=35)
    assert attempt(world, "gacc") == "skipped"
    world.now += timedelta(hours=2)
    assert attempt(world, "gacc") == "unreachable"


@pytest.mark.parametrize(("between", "counted"), [("by hand", 4), ("refused", 1), ("another source", 4)])
def test_what_interrupts_a_silence(world: World, between: str, counted: int) -> None:
    job = steps.Job("ft900", load_settings())
    for _ in range(3):
        attempt(world, "ft900")
    if between == "by hand":
        steps.fail(job, FetchError("no such sheet"), [Document("ft900", b"saved", "saved.xlsx")])
    elif between == "refused":
        steps.fail(job, FetchError("answered 403"), [Document("ft900", b"no", "x", url="https://a.example/")])
    else:
        keep(*MONTHLY[:1], source="gacc")
    attempt(world, "ft900", by_hand=True)
    with job.ledger() as ledger:
        assert queries.silences(ledger, ["ft900"])["ft900"].failures == counted
    (row,) = map(unreachable, steps.out_of_reach(load_settings()).values()) if counted > 3 else ({"sentence": ""},)
    assert row["sentence"] == "" or row["sentence"].endswith(": https://ft900.example/data")


def test_who_never_delivered_is_said(home: Path) -> None:
    assert [row["source"] for row in unheard(released(load_settings()))] == list(LIVE)
    keep(*MONTHLY[:1])
    assert [row["source"] for row in unheard(released(load_settings()))] == ["gacc", "ons", "safe", "worldbank"]


@pytest.mark.usefixtures("prefect_harness")
def test_in_prefect_a_scheduled_run_is_skipped_and_the_daily_one_is_red(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        attempt(world, "ons")
    world.now = datetime.now(UTC)
    attempt(world, "ons", by_hand=True)
    monkeypatch.setattr(collect, "_by_schedule", lambda: True)
    state = collected("ons", return_state=True)
    assert (state.type, state.name) == (StateType.COMPLETED, "Skipped")
    assert str(state.message).startswith("unreachable since 2026-12-01: `watch` asks once a day")
    monkeypatch.setattr(collect, "_by_schedule", lambda: False)
    monkeypatch.setattr(collect.years, "is_partition", lambda: True)
    state = collected("worldbank", return_state=True)
    assert state.type == StateType.FAILED  # of a source that was heard of the year asks
    state = collected("ons", return_state=True)
    assert (state.type, world.asked["ons"]) == (StateType.CANCELLED, 4)
    assert "start the same backfill again" in str(state.message)
    red = watch(return_state=True)
    assert (red.type, red.name) == (StateType.FAILED, "Unreachable")
    assert str(red.message).startswith("unreachable: ons since 2026-12-01; ")
    world.out.clear()
    with get_client(sync_client=True) as client:
        deployment = client.create_deployment(flow_id=client.create_flow(collected), name="ons")
        assert "answers again: ons" in str(watch(return_state=True).message)
        (started,) = [run for run in client.read_flow_runs() if run.deployment_id == deployment]
        assert not started.auto_scheduled
