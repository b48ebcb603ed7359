"""Kept documents read again, as plain functions: rehearsed first, so that a person sees what would change. No Prefect.

Publishing goes the way of every collection (``flows.steps``), under the kind ``reparse`` or, where only a release date
was learned, ``assignment``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flows import by_hand, steps
from schemas.documents import Document, Parsed
from schemas.errors import LedgerError, LedgerMoved, ParseError, TradeledgerError, UsageError
from storage.documents import told_apart
from storage.ledger import Batch, Run
from storage.reparse import assignment, preview


@dataclass(frozen=True)
class Rehearsal:
    """What would happen: the run that would be recorded, and its changes as rows like those of ``revisions``.

    ``unread``: documents that today's parser does not take, which stay as they were, each with the reason.
    """

    job: steps.Job
    validated: steps.Validated
    run: Run
    changes: Sequence[dict[str, Any]]
    unread: Sequence[tuple[Document, str]] = ()

    @property
    def idle(self) -> bool:
        """Whether nothing would be different."""
        same = self.run.outcome == "unchanged" and not self.validated.context.mended
        return same and not self.changes and not self.run.findings


def rehearse(job: steps.Job, documents: Iterable[Document]) -> Rehearsal:
    """Read documents by today's parser and say what that would change; nothing is kept.

    Raises UsageError where there is no document that can be read, LedgerError where the only one is damaged.
    """
    taken: list[Document] = []
    parts: list[Parsed] = []
    unread: list[tuple[Document, str]] = []
    error: TradeledgerError | None = None
    for document in told_apart(documents):
        try:
            parts.append(steps.parse(job, [document]))
        except (ParseError, UsageError, LedgerError) as exc:
            unread.append((document, str(exc)))
            error = exc
        else:
            taken.append(document)
    if not taken:
        if len(unread) == 1 and isinstance(error, LedgerError):
            raise error
        why = f"; {unread[0][0].name}: {unread[0][1]}" if unread else ""
        raise UsageError(f"no document of {job.source_id} can be read again, of {len(unread)} kept{why}")
    batch = Batch(job.source_id, taken, steps.together(parts), job.source.parser_version, job.prefect_run)
    return _rehearsed(job, batch, unread)


def rehearse_date(job: steps.Job, sha256: str, released: str, was: str = "") -> Rehearsal:
    """What would change if a document had been released on that date; raises UsageError for one that is to come.

    ``was`` names the date, of several on which it was shown.
    """
    by_hand.check_released(released)
    with job.ledger() as ledger:
        return _rehearsed(job, assignment(ledger, job.archive, sha256, released, was))


def _rehearsed(job: steps.Job, batch: Batch, unread: Sequence[tuple[Document, str]] = ()) -> Rehearsal:
    with job.ledger() as ledger:
        for _ in range(steps.ATTEMPTS):
            validated = steps.judged(job, ledger, batch)
            try:
                run, changes = preview(ledger, validated.batch, validated.context, validated.judgement, job.kind)
            except LedgerMoved:
                continue
            return Rehearsal(job, validated, run, changes, unread)
    raise LedgerError(f"{steps.ATTEMPTS} other runs came between: try again when there are fewer")


def perform(rehearsal: Rehearsal) -> steps.Collected:
    """Do what was rehearsed; judged again where another run was recorded meanwhile."""
    return steps.publish(rehearsal.job, rehearsal.validated)
