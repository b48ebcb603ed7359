"""The `review` flow: a person decides what happens with one case, in the Prefect UI.

The run suspends with a form and gives its worker back. After *Submit* Prefect takes it up again from its beginning, so
everything here is safe to repeat: answers are replayed in order, and a decision in the ledger is idempotent, the first
one wins. What was decided elsewhere, or superseded by a later release, ends the run with a word.

The form is what Prefect's UI makes of ``Decision``. A list (an enumeration) would open on its arrow alone; of several
types it makes buttons, one a type by its title, and shows the fields of the one that is chosen. It tells the types
apart by the names of their fields, so each has its own.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Final

from prefect import flow, runtime
from prefect.client.schemas.objects import State
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.states import Completed
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from flows.cases import form, page, waiting
from flows.page.words import Row
from flows.server import alerts, reviews
from schemas.errors import UsageError
from schemas.settings import Settings, load_settings
from storage.ledger import Ledger
from storage.many import decide_case

# Required, so that the UI refuses an empty one at once, and yet with a default: an answer that came all the same is
# asked for again. With a default the UI fills in the field as soon as its option is chosen.
_BECAUSE: Final = {"minLength": 1}


#: What is said where the form that was answered is not the one that would be shown now.
CHANGED: Final = "What is held changed while the form was open, and nothing was decided: look again."


def _option(title: str, *required: str) -> ConfigDict:
    return ConfigDict(title=title, extra="forbid", json_schema_extra={"required": [*required]})


class Accept(BaseModel):
    """The figures are published as they are."""

    model_config = _option("accept", "accept_because")
    accept_because: Annotated[str, Field(title="Reason to publish them as printed", json_schema_extra=_BECAUSE)] = ""


class AcceptUntil(BaseModel):
    """The figures are published as they are; the acceptance does not cover releases after the last one."""

    model_config = _option("accept until", "until_because", "last_release")
    until_because: Annotated[str, Field(title="Reason to publish them as printed", json_schema_extra=_BECAUSE)] = ""
    last_release: Annotated[
        date | None, WithJsonSchema({"type": "string", "format": "date", "title": "Last release it covers"})
    ] = None


class Reject(BaseModel):
    """The figures are never published."""

    model_config = _option("reject", "reject_because")
    reject_because: Annotated[str, Field(title="Reason to never publish them", json_schema_extra=_BECAUSE)] = ""


class Decision(RunInput):
    """What a person is asked."""

    model_config = ConfigDict(json_schema_extra={"required": ["decision"]})
    decision: Annotated[
        Annotated[None, Field(title="keep holding")] | Accept | AcceptUntil | Reject,
        Field(title="Decision: to accept or to reject, a reason is needed"),
    ] = None
    who: Annotated[str, Field(title="Who decides")] = ""

    @property
    def verdict(self) -> tuple[str, str, str]:
        """Accept or reject ("" for neither), the reason, the last release that is covered ("" for all)."""
        match self.decision:
            case Accept(accept_because=why):
                return "accept", why.strip(), ""
            case AcceptUntil(until_because=why, last_release=last):
                return "accept", why.strip(), last.isoformat() if last else ""
            case Reject(reject_because=why):
                return "reject", why.strip(), ""
        return "", "", ""


def run_name() -> str:
    """As ``reviews`` named it; ``review 6e2ac4a0e41f`` of a document until its case is chosen."""
    named = str(runtime.flow_run.name)
    document = str(runtime.flow_run.parameters.get("document", ""))
    return named if named.startswith(f"{reviews.FLOW} ") else f"{reviews.FLOW} {document[:12]}"


@flow(name=reviews.FLOW, flow_run_name=run_name, persist_result=True)
def review(document: str, case: str = "") -> State[None]:
    """Ask what to do with a held case, until it is decided.

    Args:
        document: The SHA-256 of the document whose figures are held.
        case: Which of its cases; left out it is the worst that nobody is asked about, and reviews of the others start.
    """
    settings, own = load_settings(), str(runtime.flow_run.id)
    with Ledger.open(settings.ledger_url, create=False) as ledger:
        case = case or reviews.take(ledger, document, own)
        if not case:
            return Completed(message=f"nobody need be asked now: {waiting.word(ledger, (document, ''))[0]}")
    others = reviews.others_asked((document, case), own)
    if others:
        return Completed(message=f"asked already, in {others[0].name}")
    note, asked = CHANGED if runtime.flow_run.run_count > 1 else "", 0
    while True:
        with Ledger.open(settings.ledger_url, create=False) as ledger:
            waits = waiting.undecided(ledger, document=document).get((document, case))
            if waits is None:
                reviews.go_on(ledger, own)
                return Completed(message=waiting.word(ledger, (document, case))[0])
            said = form.description(ledger, waits, page.links(ledger, waits, own), note)
        # An answer is about what was shown: what is held anew since has another key, and is asked about again.
        answer = suspend_flow_run(
            wait_for_input=Decision.with_initial_data(description=said), timeout=None, key=f"{asked}-{shown(waits)}"
        )
        asked += 1
        note = decide(settings, answer, waits)


def shown(waits: Row) -> str:
    """What a form is about: a block that is held anew is another one."""
    said = "; ".join(sorted(f"{one['block']} {one['released']} of run {one['run']}" for one in waits["blocks"]))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def decide(settings: Settings, answer: Decision, waits: Row) -> str:
    """Record an answer about a case; what the person must be told when the form is shown once more."""
    verdict, why, until = answer.verdict
    if not verdict:
        return f"Kept holding{f' by {answer.who.strip()}' if answer.who.strip() else ''}."
    if not why:
        return f"To {verdict}, a reason is needed: nothing was decided yet."
    asked: dict[str, str] = {"why": why, "who": answer.who, "until": until}
    with Ledger.open(settings.ledger_url, create=False) as ledger:
        try:
            together = decide_case(ledger, waits["case"], verdict, **asked)
            done = list(together.done)
            if together.left:  # documents contradict each other there: this one is meant
                done += decide_case(ledger, waits["case"], verdict, document=waits["document"], **asked).done
        except UsageError as error:  # decided or superseded elsewhere meanwhile
            return str(error)
    alerts.decided(settings, done)
    return ""
