"""After a commit: events for alerts, reviews of what nobody is asked about, an end of those that are over.

Nothing here is needed for the ledger to be right: whatever is lost, the next run over the source makes good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flows import environment
from flows.cases.waiting import undecided
from flows.page import overview
from flows.server import events, reviews
from flows.steps import Collected, Job
from schemas.documents import Document
from schemas.errors import ParseError, TradeledgerError
from schemas.settings import Settings
from storage import queries
from storage.decisions import Decided
from storage.ledger import Ledger


def after(settings: Settings, told: Mapping[str, Sequence[Collected]]) -> None:
    """Tell of what the runs of each source hold, ask for decisions, end reviews that have nothing left to decide."""
    if environment.has_server():
        for source, some in told.items():
            _after(settings, source, some)
        overview.write(settings)


def _after(settings: Settings, source: str, told: Sequence[Collected]) -> None:
    with Ledger.open(settings.ledger_url, create=False) as ledger:
        waiting = undecided(ledger, source)
    if not waiting and all(done.run.outcome == "unchanged" for done in told):
        return
    new = [case for case in waiting.values() if case["run"] in {done.run.id for done in told}]
    for case in new[: events.MOST]:
        events.block_held(case)
    runs = reviews.settle(settings)
    asked = {reviews.of(one) for one in runs}
    documents: dict[str, list[dict[str, Any]]] = {}
    for case in waiting.values():
        documents.setdefault(case["document"], []).append(case)
    names = {document.sha256: document for done in told for document in done.documents}
    for document, cases in documents.items():
        if len(runs) < reviews.LIVE and not asked.issuperset((document, case["case"]) for case in cases):
            known = names.get(document)
            name, url = (known.name, known.url) if known else ("", "")
            events.document_held(source, document, name, url, cases)


def decided(settings: Settings, done: Sequence[Decided]) -> None:
    """Tell of decisions: events, an end of the reviews that waited for them, and the artifacts of what held it."""
    for one in done:
        if one.first:
            events.block_decided(one)
    reviews.settle(settings)
    blocks = {(one.block, one.released) for one in done}
    with Ledger.open(settings.ledger_url, create=False) as ledger:
        held = queries.held(ledger, all_=True) if blocks else ()
        reviews.mark(ledger, {row["run"] for row in held if (row["block"], row["released"]) in blocks})
    overview.write(settings)


def failed(job: Job, error: TradeledgerError, documents: Sequence[Document]) -> None:
    """Tell of a document that no longer has the shape its source declares."""
    if isinstance(error, ParseError) and documents:
        events.changed_shape(job.source_id, documents[-1].sha256, documents[-1].name, str(error))
