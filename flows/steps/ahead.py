"""What is found out before a run: what a person must put right first leaves no trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows import by_hand
from flows.steps.fetching import require_fetchable
from flows.steps.job import Asked, Fed, Job
from flows.steps.parsing import parse
from schemas.documents import Document
from schemas.errors import ParseError, Unsaid, UsageError
from storage.documents import kept_documents, told_apart
from storage.ledger import Ledger
from storage.queries import find_document


def read_files(
    job: Job, files: Sequence[str], released: str = "", whole: bool = False, how: str = ""
) -> list[Document]:
    """Documents fed by hand; raises UsageError for a file that is none and a release date that is none."""
    return by_hand.read(job.source_id, files, released, whole=whole, how=how)


def replaced(job: Job, sha256: str) -> list[Document]:
    """The document whose SHA-256 begins so, in each of its showings; UsageError for none, several, a replaced one."""
    if not Ledger.check(job.settings.ledger_url):
        raise UsageError(f"{job.source_id} has no document {sha256!r}: there is no ledger yet")
    with Ledger.open(job.settings.ledger_url, create=False) as ledger:
        whole = find_document(ledger, sha256, job.source_id)
        return list(told_apart(kept_documents(ledger, job.archive, job.source_id, whole)))


def preflight(job: Job, asked: Asked) -> Asked:
    """Raise UsageError for what a person must put right before a run makes sense; writes nothing.

    What is asked, with what was read of files fed by hand: a run of this process takes it over. Raises LedgerError for
    a ledger that no run could write: a document would be kept beside it that nobody knows of.
    """
    Ledger.check(job.settings.ledger_url)
    if not asked.files:
        require_fetchable(job)
    instead = {one.sha256 for one in replaced(job, asked.replaces)} if asked.replaces else set()
    documents = read_files(job, asked.files, asked.released, asked.whole, asked.how)
    for document in documents:
        if document.sha256 in instead:
            raise UsageError(f"{document.name} is the document {asked.replaces} itself: it cannot take its own place")
    try:
        fed = Fed(documents, parse(job, documents)) if documents else Fed()
    except Unsaid:
        raise  # a question to whoever feeds it leaves no trace
    except ParseError as error:
        fed = Fed(documents, wrong=error)
    return replace(asked, fed=fed)
