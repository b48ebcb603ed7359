"""Runs whose process is gone: an automation of Prefect that marks them *Crashed*, which frees their slot.

A worker that dies with its run leaves it *Pending* or *Running*, and the deployment's one slot with it. Each run emits
a heartbeat every 30 s; one of ours that says nothing for four of them is over. ``tradeledger up`` makes the automation
where it is missing; by hand: ``python -m flows.recovery``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from prefect import get_client
from prefect.automations import AutomationCore, EventTrigger, Posture
from prefect.client.schemas.filters import FlowFilter, FlowRunFilter
from prefect.client.schemas.objects import StateType
from prefect.events import emit_event
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.events import ResourceSpecification

NAME: Final = "tradeledger: runs whose process is gone"
#: The flows of this project; others on the same server may beat as they like. Not `review`: it suspends within seconds,
#: and a heartbeat that arrives behind the event of that would be the last sign of life of a run that is well. What
#: becomes of a dead review: ``reviews.waiting_runs``.
FLOWS: Final = ("collect", "backfill", "watch")
#: Four heartbeats (PREFECT_FLOWS_HEARTBEAT_FREQUENCY in prefect.yaml). A process that started on a machine under load
#: took 55 s to say something; the lease of a slot, which would give it to another run meanwhile, is 300 s.
SILENCE: Final = timedelta(seconds=120)
_HEARTBEAT: Final = "prefect.flow-run.heartbeat"
#: After these a process is at work, or about to be.
_ALIVE: Final = {_HEARTBEAT} | {
    f"prefect.flow-run.{state}" for state in ("Pending", "Submitting", "InfrastructurePending", "Running")
}
_AT_WORK: Final = (StateType.PENDING, StateType.RUNNING)


def automation() -> AutomationCore:
    """After a sign of life no other, no change of state either, for ``SILENCE``: *Crashed*."""
    return AutomationCore(
        name=NAME,
        description="A run that neither beats nor changes its state died with its process; the next run goes on.",
        trigger=EventTrigger(
            after=_ALIVE,
            expect={"prefect.flow-run.*"},
            match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
            match_related=ResourceSpecification({"prefect.resource.role": "flow", "prefect.resource.name": [*FLOWS]}),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=SILENCE,
        ),
        actions=[
            ChangeFlowRunState(
                name=None,
                force=False,
                state=StateType.CRASHED,
                message="its process is gone: no heartbeat for 120 s. The ledger is as before or as after its publish",
            )
        ],
    )


def make() -> None:
    """Make the automation where it is missing, and let it watch the runs that seem to be under way already.

    A server that died may have lost the sign of life after which it would have waited: each such run gets one more.
    """
    with get_client(sync_client=True) as client:
        if not client.read_automations_by_name(NAME):
            client.create_automation(automation())
        under_way = client.read_flow_runs(
            flow_filter=FlowFilter.model_validate({"name": {"any_": FLOWS}}),
            flow_run_filter=FlowRunFilter.model_validate({"state": {"type": {"any_": _AT_WORK}}}),
        )
        flows = {run.flow_id: client.read_flow(run.flow_id).name for run in under_way}
    for run in under_way:
        emit_event(
            event=_HEARTBEAT,
            resource={"prefect.resource.id": f"prefect.flow-run.{run.id}", "prefect.resource.name": run.name},
            related=[
                {
                    "prefect.resource.id": f"prefect.flow.{run.flow_id}",
                    "prefect.resource.role": "flow",
                    "prefect.resource.name": flows[run.flow_id],
                }
            ],
        )


if __name__ == "__main__":
    make()
