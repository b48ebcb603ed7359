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
from prefect.client.schemas.objects import FlowRun

from schemas.settings import Settings
from storage import queries
from storage.ledger import Ledger

#: Begins the tag that the runs of one backfill share.
TAG: Final = "backfill-"
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
    with Ledger.open(settings.ledger_url, create=True) as ledger:
        done = {row["prefect_run"] for row in queries.runs(ledger) if row["outcome"] != "failed"}
    return {run.id for run in runs if str(run.id) in done}


def progress(settings: Settings) -> None:
    """Write how far the backfill is of which this run is a part, if it is one."""
    for tag in runtime.flow_run.tags:
        if not tag.startswith(TAG):
            continue
        shown = None
        # Counted once more after writing: of two that write at once the last word is the right one.
        while (now := _counted(settings, tag)) != shown:
            done, total = shown = now
            create_progress_artifact(
                progress=100 * done / total, key=tag, description=f"{done} of {total} years are in the ledger"
            )


def _counted(settings: Settings, tag: str) -> tuple[int, int]:
    runs = partitions(tag)
    return len(recorded(settings, runs)), len(runs)
