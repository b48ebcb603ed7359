"""Who waits for whom: what a person starts or decides comes before what a schedule starts; past years come last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.states import Scheduled

from flows.collect import collect
from flows.server.reviews import FLOW
from flows.watch import watch

PREFECT = yaml.safe_load((Path(__file__).resolve().parent.parent / "prefect.yaml").read_text())
DEPLOYMENTS: list[dict[str, Any]] = PREFECT["deployments"]
#: As `deploy` makes them: where each is first met, behind the one that the pool comes with.
QUEUES = [
    "default",
    *dict.fromkeys(q for one in DEPLOYMENTS if (q := one["work_pool"]["work_queue_name"]) != "default"),
]


def test_every_deployment_has_its_queue() -> None:
    assert QUEUES == ["default", "scheduled", "backfill"]
    queues = {one["name"]: one["work_pool"]["work_queue_name"] for one in DEPLOYMENTS}
    assert {queues[name] for name in (FLOW, "now", "table", "backfill")} == {"default"}
    assert {queues[one["name"]] for one in DEPLOYMENTS if one.get("schedules")} == {"scheduled"}
    assert queues["year"] == "backfill"


@pytest.mark.usefixtures("prefect_harness")
def test_a_worker_takes_a_persons_run_before_all_that_was_due_before() -> None:
    due = datetime.now(UTC) - timedelta(hours=1)
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name="queues", type="process"))
        flows = {"watch": client.create_flow(watch)}
        names = {}
        for one in DEPLOYMENTS:
            flow = flows.get(one["name"]) or client.create_flow(collect)
            made = client.create_deployment(
                flow_id=flow,
                name=f"queued {one['name']}",
                work_pool_name="queues",
                work_queue_name=one["work_pool"]["work_queue_name"],
            )
            names[one["name"]] = made
        for late, name in enumerate(["year", "year", "watch", "gacc", "ft900", "now", FLOW]):
            client.create_flow_run_from_deployment(
                names[name], state=Scheduled(scheduled_time=due + timedelta(minutes=late)), name=name
            )
        taken = client.get_scheduled_flow_runs_for_work_pool("queues", scheduled_before=datetime.now(UTC))
    assert [one.flow_run.name for one in taken] == ["now", FLOW, "watch", "gacc", "ft900", "year", "year"]
