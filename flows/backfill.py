"""The `backfill` flow: a source over many years, one run of `collect` a year, shared by the workers of the pool.

Each year has its idempotency key, so starting a backfill again adds nothing to what is under way or done, and takes up
what failed, crashed or was cancelled. It starts the runs and ends; their progress stands in the artifact of their tag.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from prefect import flow, get_client
from prefect.client.schemas.objects import State
from prefect.states import Completed, Scheduled

from flows.page import years
from schemas.errors import UsageError
from schemas.settings import load_settings
from sources.registry import find_source, load_sources

#: The deployment of `collect` that takes any source and year, as many at once as there are workers.
PARTITION: Final = "collect/year"


@flow(name="backfill", persist_result=False)
def backfill(source: str, first: int, last: int | None = None, edition: str = "1") -> State[None]:
    """Collect a source year by year; years that are in the ledger are not run again.

    Args:
        source: Whose figures; one that can be asked for one year.
        first: The first year.
        last: The last year; this year where it is left out.
        edition: Another word runs all of the years once more.
    """
    last = last or datetime.now(UTC).year
    if find_source(source).year is None:
        able = ", ".join(one.id for one in load_sources().values() if one.year)
        raise UsageError(f"{source} cannot be asked for one year; these can: {able}")
    if not 1900 <= first <= last <= datetime.now(UTC).year:
        raise UsageError(f"{first} to {last} is no range of years: expected first ≤ last, not in the future")
    tag = f"{years.TAG}{source}-{edition}"
    known = {run.id for run in years.partitions(tag)}
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(PARTITION)
        runs = [
            client.create_flow_run_from_deployment(
                deployment.id,
                parameters={"source": source, "year": year},
                idempotency_key=f"{tag}-{year}",
                name=f"{source} {year}",
                tags=[tag],
            )
            for year in range(last, first - 1, -1)  # the latest is wanted first
        ]
        done = years.recorded(load_settings(), runs)
        again = [run for run in runs if run.id not in done and run.state_type in years.BROKEN]
        for run in again:
            client.set_flow_run_state(run.id, Scheduled(message="taken up by a backfill"), force=True)
    new = sum(run.id not in known for run in runs)
    waiting = len(runs) - len(done) - len(again) - new
    said = ((new, "started"), (len(again), "taken up again"), (waiting, "under way"), (len(done), "done before"))
    return Completed(message=f"{source}: " + ", ".join(f"{number} {word}" for number, word in said if number))
