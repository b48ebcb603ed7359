"""Held blocks and who is asked about them: one `review` run a document, suspended until a person answers.

The ledger says what is undecided, Prefect says who is asked; either may move first, so both are looked at each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from prefect import get_client
from prefect.client.schemas.filters import FlowFilter, FlowRunFilter
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Completed, Crashed

from flows.page.words import ordered, published
from schemas.settings import Settings
from storage import queries
from storage.ledger import Ledger
from storage.queries import BY_DOCUMENT, held_findings

#: The `review` flow, which has one deployment of the same name.
FLOW: Final = "review"
#: Different words about one document in a message.
MOST: Final = 5
#: The longest a review works, its process's start included; a machine under load took one minute.
AT_WORK: Final = timedelta(minutes=5)
_WAITING: Final = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.PAUSED]


def undecided(ledger: Ledger, source: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """Document (SHA-256) → its held blocks that nobody decided: block, released, run, source, sentence, findings."""
    found: dict[str, list[dict[str, Any]]] = {}
    for block in held_findings(ledger, source=source):
        rows = ordered(block["findings"])
        sentence = rows[0]["sentence"] if rows else BY_DOCUMENT
        found.setdefault(block["document"], []).append({**block, "sentence": sentence, "findings": rows})
    return found


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


def settle(settings: Settings, source: str | None = None) -> set[str]:
    """End the suspended reviews that have nothing left to decide, each with a word; the documents still asked about."""
    runs = waiting_runs()
    if not runs:
        return set()
    with Ledger.open(settings.ledger_url, create=False) as ledger:
        open_documents = set(undecided(ledger))
        paused = [run for run in runs if run.state_type == StateType.PAUSED]
        over = [run for run in paused if run.parameters.get("document") not in open_documents]
        words = {run.id: word(ledger, str(run.parameters.get("document"))) for run in over}
    with get_client(sync_client=True) as client:
        for one, said in words.items():
            client.set_flow_run_state(one, Completed(message=said), force=True)
    return {str(run.parameters.get("document")) for run in runs if run.id not in words}


def others_asked(document: str, own: str) -> Sequence[FlowRun]:
    """Reviews of the same document that began before the run ``own``: the first one asks."""
    same = [run for run in waiting_runs() if run.parameters.get("document") == document]
    mine = next((run for run in same if str(run.id) == own), None)
    if mine is None:
        return [run for run in same if str(run.id) != own]
    return [run for run in same if _age(run) < _age(mine)]


def _age(run: FlowRun) -> tuple[str, str]:
    return (str(run.created), str(run.id))


def word(ledger: Ledger, document: str) -> str:
    """What became of the held blocks of a document, and what is published of them now.

    ``2 accepted by Ada: printed so, 1 superseded; published now: exports 52 bn USD (2021-08-02+2)``.
    """
    rows = list(queries.held(ledger, all_=True, document=document))
    became = Counter(
        " ".join(part for part in (row["state"], f"by {row['who']}" if row["who"] else "") if part)
        + (f": {row['why']}" if row["why"] else "")
        for row in rows
        if row["document"] == document
    )
    if not became:
        return "nothing of it is held"
    blocks = list(dict.fromkeys((row["block"], row["released"]) for row in rows))[:MOST]
    stands = published(one for block in blocks for one in queries.published_now(ledger, *block))
    return ", ".join(f"{number:,} {said}" for said, number in became.most_common(MOST)) + f"; {stands}"
