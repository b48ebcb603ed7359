"""Cases that wait for a person, and who is asked about them: one `review` run a case, suspended until it is answered.

The ledger says what is undecided, Prefect says who is asked; either may move first, so both are looked at each time.
At most ``LIVE`` runs wait at once, those about the worst: the others begin as these are decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from prefect import get_client
from prefect.client.schemas.filters import FlowFilter, FlowRunFilter
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed, Crashed

from flows.cases import decided
from flows.cases.waiting import Asked, subject, undecided, word
from flows.page import addresses
from flows.page.words import Row
from schemas.settings import Settings
from storage.ledger import Ledger

#: The `review` flow, which has one deployment of the same name.
FLOW: Final = "review"
#: Reviews that wait at once: a person's list, and each is a process for some seconds.
LIVE: Final = 20
#: Letters of a case in the name of its run.
NAMED: Final = 90
#: The longest a review works, its process's start included; a machine under load took one minute.
AT_WORK: Final = timedelta(minutes=5)
_WAITING: Final = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.PAUSED]


def title(case: Row) -> str:
    """What a review is called: its case, as far as a list shows it."""
    said = f"review {case['sentence']}"
    return said if len(said) <= NAMED else f"{said[: NAMED - 1]}…"


def of(run: FlowRun) -> Asked:
    """What a review run asks about; "" for what it will choose itself."""
    return str(run.parameters.get("document", "")), str(run.parameters.get("case") or "")


def waiting_runs() -> list[FlowRun]:
    """The `review` runs that are not over; marks those *Crashed* whose process must be gone.

    A review works for seconds and then waits for days, suspended: one that works for longer will never ask anybody.
    """
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(
            flow_filter=FlowFilter.model_validate({"name": {"any_": [FLOW]}}),
            flow_run_filter=FlowRunFilter.model_validate({"state": {"type": {"any_": _WAITING}}}),
            sort=FlowRunSort.START_TIME_ASC,
            limit=200,
        )
        dead = [run for run in runs if _is_dead(run)]
        for run in dead:
            client.set_flow_run_state(run.id, Crashed(message="its process is gone: it neither asked nor decided"))
    return [run for run in runs if run not in dead]


def _is_dead(run: FlowRun) -> bool:
    if run.state is None or run.state.type not in (StateType.PENDING, StateType.RUNNING):
        return False
    return datetime.now(UTC) - run.state.timestamp > AT_WORK


def settle(settings: Settings) -> list[FlowRun]:
    """End the suspended reviews that have nothing left to decide, each with a word; those that go on."""
    runs = waiting_runs()
    if not runs:
        return []
    with Ledger.open(settings.ledger_url, create=False) as ledger:
        left = undecided(ledger)
        over = [run for run in runs if run.state_type == StateType.PAUSED and of(run) not in left]
        words = dict(zip((run.id for run in over), word(ledger, *map(of, over)), strict=True))
    with get_client(sync_client=True) as client:
        for one, said in words.items():
            client.set_flow_run_state(one, Completed(message=said), force=True)
    return [run for run in runs if run.id not in words]


def others_asked(asked: Asked, own: str) -> Sequence[FlowRun]:
    """Reviews of the same case that began before the run ``own``: the first one asks."""
    same = [run for run in waiting_runs() if of(run) == asked]
    mine = next((run for run in same if str(run.id) == own), None)
    if mine is None:
        return [run for run in same if str(run.id) != own]
    return [run for run in same if _age(run) < _age(mine)]


def _age(run: FlowRun) -> tuple[str, str]:
    return (str(run.created), str(run.id))


def take(ledger: Ledger, document: str, own: str) -> str:
    """The worst case of a document that nobody is asked about becomes that of the run ``own``; "" where there is none.

    The run is called by it from then on, and found by it. Others are started for the other cases, as many as may wait.
    """
    runs = [run for run in waiting_runs() if str(run.id) != own]
    known = {of(run) for run in runs}
    cases = [case for asked, case in undecided(ledger, document=document).items() if asked not in known]
    if not cases or len(runs) >= LIVE:
        return ""
    with get_client(sync_client=True) as client:
        first = {"document": document, "case": cases[0]["case"]}
        client.update_flow_run(UUID(own), parameters=first, name=title(cases[0]))
    start(cases[1 : LIVE - len(runs)])
    mark(ledger, {block["run"] for case in cases for block in case["blocks"]})
    return str(cases[0]["case"])


def start(cases: Sequence[Row]) -> None:
    """Start a review of each case; of none where there is no such deployment."""
    if not cases:
        return
    with get_client(sync_client=True) as client:
        try:
            deployment = client.read_deployment_by_name(f"{FLOW}/{FLOW}")
        except ObjectNotFound:  # flows are served otherwise
            return
        for case in cases:
            asked = {"document": case["document"], "case": case["case"]}
            client.create_flow_run_from_deployment(deployment.id, parameters=asked, name=title(case))


def mark(ledger: Ledger, runs: Iterable[int]) -> None:
    """Say in the artifacts of runs of the ledger what became of what they held, and link the reviews that wait."""
    cases = undecided(ledger)
    waiting: dict[int, list[tuple[str, str]]] = {}
    known = {of(run): run for run in reversed(waiting_runs())}
    for asked, case in cases.items():
        if asked in known:
            for run in {block["run"] for block in case["blocks"]}:
                waiting.setdefault(run, []).append((subject(case), addresses.flow_run(known[asked].id)))
    decided.mark(ledger, runs, waiting)


def go_on(ledger: Ledger, own: str) -> None:
    """Start reviews of cases that nobody is asked about, as many as may wait beside the run ``own``, which is over."""
    runs = [run for run in waiting_runs() if str(run.id) != own]
    known = {of(run) for run in runs}
    left = [case for asked, case in undecided(ledger).items() if asked not in known]
    begun = left[: max(0, LIVE - len(runs))]
    start(begun)
    if begun:
        mark(ledger, {block["run"] for case in begun for block in case["blocks"]})
