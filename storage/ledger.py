"""The ledger: what is kept of releases, judged whole, published in one transaction.

A release's state is a function of its readings, from whatever documents they came: blocks in which an error rule fails
are held whole, everything else is published. ``version`` keeps only change, folded over the releases of each cell, so
that the answer to "what had been released by then" does not depend on the order in which documents arrived.

Light: what reads or judges frames is imported where a batch is at hand, so that reading commands start at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from schemas.documents import Document
from storage.database.schema import open_database, try_database
from storage.handle import Handle
from storage.publish.batch import Batch, Context
from storage.state.runs import Run, next_id, record
from storage.state.showings import document_ids, keep_documents

if TYPE_CHECKING:
    from schemas.judge import Judgement

__all__ = ["Batch", "Context", "Ledger", "Run"]


class Ledger(Handle):
    """A ledger that is open; a context manager that closes its connections."""

    @classmethod
    def open(cls, url: str, *, create: bool) -> Ledger:
        """Open the ledger at an SQLAlchemy URL; with ``create`` make or migrate it. Raises LedgerError."""
        return cls(*open_database(url, create=create))

    @staticmethod
    def check(url: str) -> bool:
        """Whether there is one; raises LedgerError where none can be opened or made. Nothing is written."""
        return try_database(url)

    def context(self, batch: Batch, *, kind: str = "collect") -> Context:
        """What the ledger holds of the releases this batch touches; read-only.

        In a reparse or assignment documents are compared by what they say, else by their parser's version.
        """
        from storage.publish.touched import context

        with self.reading() as conn:
            return context(conn, batch, kind)

    def publish(self, batch: Batch, context: Context, judgement: Judgement | None, *, kind: str = "collect") -> Run:
        """Record a run in one transaction; raises LedgerMoved where another changed its datasets since ``context``.

        ``judgement`` is of ``combine([context.readings, context.news(batch).readings])``; None only if nothing is new.
        """
        from storage.publish.brought import Brought
        from storage.publish.publish import Publish

        brought = Brought.of(batch, context, judgement)  # before the lock: nothing is explained while others wait
        with self.writing() as conn:
            return Publish(conn, brought, kind).record()

    def fail(self, source: str, message: str, documents: Sequence[Document] = (), prefect_run: str = "") -> Run:
        """Record a run that came to nothing; its documents are kept and named."""
        with self.writing() as conn:
            run = next_id(conn, "run")
            # What cannot be read is no release: however often it comes, it is the same document.
            known = document_ids(conn, (document.sha256 for document in documents))
            ids = keep_documents(conn, run, documents, known)
            failed = Run(run, source, "failed", 0, {}, message=message)
            return record(conn, failed, documents=list(ids.values()), prefect_run=prefect_run)
