"""Backfills: one run a year in the pool, each of which says how far all of them are.

A partition is done as soon as the ledger has a run of its Prefect run that did not fail; nobody has to wait for it, so
the flow that starts them holds no worker.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from prefect import get_client, runtime
from prefect.artifacts import create_progress_artifact
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, StateType

from flows.page.words import escaped
from schemas.settings import Settings
from storage import queries
from storage.ledger import Ledger

#: Begins the tag that the runs of one backfill share.
TAG: Final = "backfill-"
#: What ends a run without a record in the ledger.
BROKEN: Final = (StateType.FAILED, StateType.CRASHED, StateType.CANCELLED)
#: The most reasons of failure that are told.
REASONS: Final = 12
#: Runs a page of Prefect's answers has.
_PAGE: Final = 200


def partitions(tag: str) -> list[FlowRun]:
    """The runs of one backfill, whatever became of them."""
    found: list[FlowRun] = []
    wanted = FlowRunFilter.model_validate({"tags": {"all_": [tag]}})
    with get_client(sync_client=True) as client:
        while page := client.read_flow_runs(flow_run_filter=wanted, limit=_PAGE, offset=len(found)):
            found += page
    return found


def recorded(settings: Settings, runs: list[FlowRun]) -> set[UUID]:
    """Those whose collection the ledger has, held blocks or not: they need not run again."""
    return {run for run, why in _ended(settings, runs).items() if not why}


def _ended(settings: Settings, runs: list[FlowRun]) -> dict[UUID, str]:
    """How each that is over ended: why it failed, "" where the ledger has its collection."""
    with Ledger.open(settings.ledger_url, create=True) as ledger:
        rows = [row for row in queries.runs(ledger) if row["prefect_run"]]
    said = {row["prefect_run"]: row["message"] for row in reversed(rows) if row["outcome"] == "failed"}
    done = {row["prefect_run"] for row in rows if row["outcome"] != "failed"}
    found = {}
    for run in runs:
        name = str(run.id)
        if name in done:
            found[run.id] = ""
        # This one is still running, and has recorded its end.
        elif run.state_type in BROKEN or (name in said and name == runtime.flow_run.id):
            word = run.state.message if run.state and run.state_type in BROKEN else ""
            found[run.id] = word or said.get(name) or str(run.state_name).lower()
    return found


def is_partition() -> bool:
    """Whether this run is a part of a backfill."""
    return any(tag.startswith(TAG) for tag in runtime.flow_run.tags)


def progress(settings: Settings) -> None:
    """Write how far the backfill is of which this run is a part, if it is one."""
    for tag in runtime.flow_run.tags:
        if not tag.startswith(TAG):
            continue
        shown = None
        # Counted once more after writing: of two that write at once the last word is the right one.
        while (now := counted(settings, partitions(tag))) != shown:
            percent, said = shown = now
            create_progress_artifact(progress=percent, key=tag, description=said)


def counted(settings: Settings, runs: list[FlowRun]) -> tuple[float, str]:
    """How many per cent are done, and ``27 of 30 years are in the ledger`` with those that failed, by their reasons."""
    ended = _ended(settings, runs)
    done = sum(not why for why in ended.values())
    failed: dict[str, list[str]] = {}
    for run in sorted(runs, key=lambda one: str(one.parameters.get("year"))):
        if why := ended.get(run.id):
            failed.setdefault(why, []).append(str(run.parameters.get("year")))
    lines = [f"{done} of {len(runs)} years are in the ledger"]
    if failed:
        number = sum(map(len, failed.values()))
        lines[0] += f", {number} failed; start the same backfill again to take {'it' if number == 1 else 'them'} up"
        reasons = sorted(failed.items(), key=lambda one: -len(one[1]))
        lines += ["", *(f"- {', '.join(which)}: {escaped(why)}" for why, which in reasons[:REASONS])]
        lines += [f"- and {len(reasons) - REASONS} more reasons"] if len(reasons) > REASONS else []
    return 100 * done / len(runs), "\n".join(lines)
