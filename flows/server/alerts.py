"""After the commit: events for alerts, a review for each document nobody is asked about, reviews that are over.

Nothing here is needed for the ledger to be right: whatever is lost, the next run over the source makes good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows import environment
from flows.server import events, reviews
from flows.steps import Collected, Job
from schemas.documents import Document
from schemas.errors import ParseError, TradeledgerError
from schemas.settings import Settings
from storage.ledger import Ledger


def after(settings: Settings, told: Mapping[str, Sequence[Collected]]) -> None:
    """Tell of what the runs of each source hold, ask for decisions, end reviews that have nothing left to decide."""
    if environment.has_server():
        for source, some in told.items():
            _after(settings, source, some)


def _after(settings: Settings, source: str, told: Sequence[Collected]) -> None:
    runs = {done.run.id for done in told}
    with Ledger.open(settings.ledger_url, create=False) as ledger:
        waiting = reviews.undecided(ledger, source)
    if not waiting and all(done.run.outcome == "unchanged" for done in told):
        return
    names = {document.sha256: document for done in told for document in done.documents}
    asked = reviews.settle(settings, source)
    for document, blocks in waiting.items():
        known = names.get(document)
        name, url = (known.name, known.url) if known else ("", "")
        for block in blocks[: events.MOST]:
            if block["run"] in runs:
                events.block_held(source, block["run"], document, block)
        if document not in asked:
            events.document_held(source, max(runs), document, name, url, blocks)


def failed(job: Job, error: TradeledgerError, documents: Sequence[Document]) -> None:
    """Tell of a document that no longer has the shape its source declares."""
    if isinstance(error, ParseError) and documents:
        events.changed_shape(job.source_id, documents[-1].sha256, documents[-1].name, str(error))
