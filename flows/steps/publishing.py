"""One run recorded: what is published, or why nothing is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from flows.steps.job import Collected, Job, Validated
from flows.steps.judging import judged
from schemas.documents import Document
from schemas.errors import FetchError, LedgerError, LedgerLocked, LedgerMoved, ParseError, TradeledgerError
from storage.ledger import Run

#: How often a publish is judged again because another run of the same datasets came first.
ATTEMPTS: Final = 20
#: How often a ledger is tried that another program keeps locked; each time waits as long as its database does.
PATIENCE: Final = 3
#: How many of the rules that hold are said aloud.
CHECKED: Final = 12


def publish(job: Job, validated: Validated) -> Collected:
    """Record in one transaction; judged again where another run was recorded meanwhile. Raises LedgerLocked."""
    with job.ledger() as ledger:
        for _ in range(ATTEMPTS):
            what = validated.batch, validated.context, validated.judgement
            try:
                run = _patiently(partial(ledger.publish, *what, kind=job.kind))
            except LedgerMoved:
                validated = judged(job, ledger, validated.brought)
                continue
            batch, checked = validated.batch, validated.judgement.checked(CHECKED)
            return Collected(run, batch.documents, checked, batch.parsed.releases)
    raise LedgerError(f"{ATTEMPTS} other runs came between judging and publishing: run it again when there are fewer")


def fail(job: Job, error: TradeledgerError, documents: Sequence[Document] = ()) -> Run:
    """Record a run that came to nothing; what it had fetched is kept and named."""
    seen = list(documents)
    if isinstance(error, FetchError):
        seen += error.fetched
        if error.document is not None:
            job.archive.kept(error.document)
            seen.append(error.document)
    with job.ledger() as ledger:
        return _patiently(partial(ledger.fail, job.source_id, str(error), seen, job.prefect_run))


def _patiently(write: Callable[[], Run]) -> Run:
    """What ``write`` records, tried again where another program keeps the ledger locked."""
    for _ in range(PATIENCE - 1):
        with contextlib.suppress(LedgerLocked):
            return write()
    return write()


#: Errors that end a run as ``failed`` with one line; usage errors leave no trace at all.
RECORDED: Final = (FetchError, ParseError, LedgerLocked)
