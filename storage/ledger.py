"""The ledger: what is kept of releases, judged whole, published in one transaction.

A release's state is a function of its readings, from whatever documents they came: blocks in which an error rule fails
are held whole, everything else is published. ``version`` keeps only change, folded over the releases of each cell, so
that the answer to "what had been released by then" does not depend on the order in which documents arrived.

Light: what reads or judges frames is imported where a batch is at hand, so that reading commands start at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL

from schemas.documents import Document, Parsed
from storage.cells import Words
from storage.database import open_database, reading, try_database, writing
from storage.records import Run, next_id, record
from storage.showings import document_ids, keep_documents

if TYPE_CHECKING:
    import pandas as pd

    from schemas.judge import Judgement
    from storage.arrays import Ints, Readings

__all__ = ["Batch", "Context", "Ledger", "Run"]


@dataclass(frozen=True)
class Batch:
    """What one run brings: documents of one source, and all they say.

    ``replaced`` are documents that the ledger has, whose place these take: they say nothing any more.
    """

    source: str
    documents: Sequence[Document]
    parsed: Parsed
    parser_version: int
    prefect_run: str = ""
    replaced: Sequence[Document] = ()

    @property
    def concerned(self) -> Sequence[Document]:
        """All documents whose readings it changes."""
        return [*self.documents, *self.replaced]


@dataclass(frozen=True)
class Context:
    """What the ledger holds of the releases a batch touches, besides what the batch's own documents say.

    ``readings`` is a frame of READING_COLUMNS to be judged before ``news`` of the batch. ``unchanged``: the ledger has
    everything the batch brings, no judgement is needed. ``token`` is the last run that changed these datasets.
    """

    readings: pd.DataFrame
    unchanged: bool
    token: int
    datasets: Sequence[str]
    touched: Mapping[str, frozenset[int]]
    stored: Readings
    stored_datasets: Sequence[str]
    stored_in: Ints  # places among stored_datasets
    replaced: Mapping[str, Readings]  # what documents of the batch, read before, were read to say
    showings: Mapping[str, int]  # by SHA-256, those that the ledger has (``storage.showings``)
    same: frozenset[str] = frozenset()  # documents whose readings the ledger has already
    #: Those of them with a part in something a person rejected. They stand as they are, and so does the decision: what
    #: was published since of their release would contradict them.
    stand: frozenset[str] = frozenset()
    mended: frozenset[str] = frozenset()  # documents of which something can be read again that could not for a while

    def news(self, batch: Batch) -> Parsed:
        """What is to be judged of a batch, after ``readings``: what its documents say but those that ``stand``."""
        parsed = batch.parsed
        if not self.stand:
            return parsed
        frame = parsed.readings
        left = frame[~frame["document"].isin(self.stand)].reset_index(drop=True)
        only = batch.documents[0].sha256  # what names no document is about the only one
        unreadable = [one for one in parsed.unreadable if (one.document or only) not in self.stand]
        notices = [one for one in parsed.notices if (one.document or only) not in self.stand]
        return replace(parsed, readings=left, unreadable=unreadable, notices=notices)

    def new_documents(self, ids: Mapping[str, int]) -> set[int]:
        """Documents whose readings are to be stored."""
        return {number for sha, number in ids.items() if sha not in self.same}


class Ledger:
    """A ledger that is open; a context manager that closes its connections."""

    def __init__(self, engine: Engine, url: URL) -> None:
        self.engine, self.url = engine, url
        self.words = Words()

    @classmethod
    def open(cls, url: str, *, create: bool) -> Ledger:
        """Open the ledger at an SQLAlchemy URL; with ``create`` make or migrate it. Raises LedgerError."""
        return cls(*open_database(url, create=create))

    @staticmethod
    def check(url: str) -> None:
        """Raise LedgerError where no ledger can be opened or made there; nothing is written."""
        try_database(url)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one state of the ledger; a writer never makes it wait."""
        return reading(self.engine, self.url)

    def writing(self) -> AbstractContextManager[Connection]:
        """The one writing transaction there is at a time."""
        return writing(self.engine, self.url)

    def context(self, batch: Batch, *, kind: str = "collect") -> Context:
        """What the ledger holds of the releases this batch touches; read-only.

        In a reparse or assignment documents are compared by what they say, else by their parser's version.
        """
        from storage.contexts import context

        with self.reading() as conn:
            return context(conn, batch, kind)

    def publish(self, batch: Batch, context: Context, judgement: Judgement | None, *, kind: str = "collect") -> Run:
        """Record a run in one transaction; raises LedgerMoved where another changed its datasets since ``context``.

        ``judgement`` is of ``combine([context.readings, context.news(batch).readings])``; None only if nothing is new.
        """
        from storage.publishing import Publish

        with self.writing() as conn:
            return Publish(conn, batch, context, judgement, kind).record()

    def fail(self, source: str, message: str, documents: Sequence[Document] = (), prefect_run: str = "") -> Run:
        """Record a run that came to nothing; its documents are kept and named."""
        with self.writing() as conn:
            run = next_id(conn, "run")
            # What cannot be read is no release: however often it comes, it is the same document.
            known = document_ids(conn, (document.sha256 for document in documents))
            ids = keep_documents(conn, run, documents, known)
            failed = Run(run, source, "failed", 0, {}, message=message)
            return record(conn, failed, documents=list(ids.values()), prefect_run=prefect_run)
