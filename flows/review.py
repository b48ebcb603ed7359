"""The `review` flow: a person decides what happens with the held blocks of one document, in the Prefect UI.

The run suspends with a form and gives its worker back. After *Submit* Prefect takes it up again from its beginning, so
everything here is safe to repeat: answers are replayed in order, and a decision in the ledger is idempotent, the first
one wins. What was decided elsewhere, or superseded by a later release, ends the run with a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final, Literal

from prefect import flow, runtime
from prefect.client.schemas.objects import State
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.states import Completed
from pydantic import Field

from flows.page.words import Row, escaped, head, suspect
from flows.server import events, reviews
from schemas.settings import load_settings
from storage import decisions, queries
from storage.ledger import Ledger

#: Findings and blocks shown in the form; the command line has all.
MOST: Final = 100


class Decision(RunInput):
    """What a person is asked."""

    decision: Annotated[
        Literal["keep holding", "accept", "reject"],
        Field(description="accept: publish the figures as they are. reject: never publish these figures."),
    ] = "keep holding"
    reason: Annotated[str, Field(description="Why; kept with the decision. Needed to accept and to reject.")] = ""
    name: Annotated[str, Field(description="Who decides; kept with the decision.")] = ""
    expires: Annotated[
        date | None, Field(description="An acceptance ends with releases after this day; empty: it does not end.")
    ] = None
    blocks: Annotated[
        list[str], Field(default_factory=list, description="What this is about; take out what you do not decide.")
    ]


def run_name() -> str:
    """``review 6e2ac4a0e41f ft900 2022-04-05``: the document like ``tradeledger documents`` shows it, what it is."""
    document = str(runtime.flow_run.parameters.get("document", ""))
    with Ledger.open(load_settings().ledger_url, create=False) as ledger:
        blocks = [row for row in queries.held(ledger, all_=True) if row["document"] == document]
    about = f" {blocks[0]['source']} {blocks[0]['released']}" if blocks else ""
    return f"review {document[:12]}{about}"


@flow(name=reviews.FLOW, flow_run_name=run_name, persist_result=True)
def review(document: str) -> State[None]:
    """Ask what to do with the held blocks of ``document`` (its SHA-256), until nothing is left to decide."""
    settings = load_settings()
    others = reviews.others_asked(document, str(runtime.flow_run.id))
    if others:
        return Completed(message=f"asked already, in {others[0].name}")
    note, asked = "", 0
    while True:
        with Ledger.open(settings.ledger_url, create=False) as ledger:
            blocks = reviews.undecided(ledger).get(document, [])
            if not blocks:
                return Completed(message=reviews.word(ledger, document))
        answer = suspend_flow_run(
            wait_for_input=Decision.with_initial_data(
                description=description(document, blocks, note), blocks=[label(block) for block in blocks[:MOST]]
            ),
            timeout=None,
            key=f"answer-{asked}",
        )
        asked += 1
        note = decide(answer, document)


def label(block: Row) -> str:
    """A held block as it was shown: ``…/2019/USD 2022-07-07 of run 3``; one that is held anew has another name."""
    return f"{block['block']} {block['released']} of run {block['run']}"


def decide(answer: Decision, document: str) -> str:
    """Record an answer; what the person must be told when the form is shown once more."""
    if answer.decision == "keep holding":
        said = f": {answer.reason.strip()}" if answer.reason.strip() else ""
        return f"Kept holding{f' by {answer.name.strip()}' if answer.name.strip() else ''}{said}."
    if not answer.reason.strip():
        return f"To {answer.decision}, a reason is needed: nothing was decided yet."
    if not answer.blocks:
        return f"No block was named to {answer.decision}: nothing was decided yet."
    settings = load_settings()
    told = []
    with Ledger.open(settings.ledger_url, create=False) as ledger:
        held = {label(block): block for block in reviews.undecided(ledger).get(document, [])}
        for name in answer.blocks:
            block = held.get(name.strip())
            if block is None:
                anew = any(one.startswith(name.partition(" of run ")[0] + " of run ") for one in held)
                told.append(f"{name} {'was held anew since: look again' if anew else 'waits no longer'}.")
                continue
            done = decisions.decide(
                ledger,
                block["block"],
                answer.decision,
                why=answer.reason,
                who=answer.name,
                until=answer.expires.isoformat() if answer.expires and answer.decision == "accept" else "",
                released=block["released"],
                asked_of=document,
            )
            if done.first:
                events.block_decided(done)
    return " ".join(told)


def description(document: str, blocks: Sequence[Row], note: str) -> str:
    """The form's text: what must be put right in the last answer, each finding in full, what is held for it.

    Prefect's form shows some five lines of it before one scrolls: what is wrong stands first.
    """
    lines = [f"**{escaped(note)}**", ""] if note else []
    if len(blocks) > 1:
        lines += [f"{head(min(len(blocks), MOST), len(blocks))} blocks, each with what does not hold:", ""]
    of_document: list[str] = []  # what is wrong with all of it is said once
    for block in blocks[:MOST]:
        suspects: list[Row] = []
        for row in block["findings"]:
            if not row["released"]:
                if row["sentence"] in of_document:
                    continue
                of_document.append(row["sentence"])
            where = escaped("(" + "; ".join(filter(None, (f"rule {row['rule']}", row["position"]))) + ")")
            lines.append(f"- **{escaped(row['sentence'])}** {where}")
            suspects += [one for one in row["suspects"] if one not in suspects]
        if not block["findings"]:
            lines.append(f"- **{escaped(block['sentence'])}**")
        lines += [f"- suspect: {escaped(suspect(one))}" for one in suspects]
        held = f"{block['figures']} figures of {block['block']}, released {block['released']}"
        lines += ["", f"Held for this: {escaped(held)}.", ""]
    return "\n".join([*lines, f"Document `{document[:12]}`."])
