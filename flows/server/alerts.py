"""After the commit: events for alerts, a review for each document nobody is asked about, reviews that are over.

Nothing here is needed for the ledger to be right: whatever is lost, the next run over the source makes good.
"""

from __future__ import annotations

from collections.abc import Sequence

from flows import environment
from flows.server import events, reviews
from flows.steps import Collected, Job
from schemas.documents import Document
from schemas.errors import ParseError, TradeledgerError
from storage.ledger import Ledger


def after(job: Job, done: Collected) -> None:
    """Tell of what is held, ask for decisions, end reviews that have nothing left to decide."""
    if not environment.has_server():
        return
    run = done.run
    with Ledger.open(job.settings.ledger_url, create=False) as ledger:
        waiting = reviews.undecided(ledger, job.source_id)
    if not waiting and run.outcome == "unchanged":
        return
    names = {document.sha256: document for document in done.documents}
    asked = reviews.settle(job.settings, job.source_id)
    for document, blocks in waiting.items():
        known = names.get(document)
        name, url = (known.name, known.url) if known else ("", "")
        for block in blocks[: events.MOST]:
            if block["run"] == run.id:
                events.block_held(job.source_id, run.id, document, block)
        if document not in asked:
            events.document_held(job.source_id, run.id, document, name, url, blocks)


def failed(job: Job, error: TradeledgerError, documents: Sequence[Document]) -> None:
    """Tell of a document that no longer has the shape its source declares."""
    if isinstance(error, ParseError) and documents:
        events.changed_shape(job.source_id, documents[-1].sha256, documents[-1].name, str(error))
