"""The steps of a collection, as plain functions: documents, readings, judgement, record. No Prefect here.

Each can be tested with nothing but a temporary home; ``flows.collect`` wraps them in tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from storage.ledger import Batch, Ledger, Run

from schemas.documents import Document, Parsed
from schemas.errors import FetchError, LedgerMoved, ParseError, TradeledgerError, UsageError
from schemas.judge import Judgement, judge
from schemas.observations import OBSERVATIONS, combine
from schemas.release_dates import is_release_date
from schemas.settings import Settings
from sources.registry import check_origin, find_source
from sources.shared.session import fetch_documents
from sources.source import Source, without_release
from storage.documents import Archive

#: How often a publish is judged again because another run of the same datasets came first.
ATTEMPTS = 20
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Collected:
    """What a collection came to: the run as the ledger recorded it, and what was judged."""

    run: Run
    documents: Sequence[Document] = ()
    checked: Sequence[str] = field(default=())  # sentences of rules that hold

    @property
    def quarantined(self) -> bool:
        """Whether the run holds something new, or could not read something."""
        return self.run.outcome == "quarantined"


@dataclass(frozen=True)
class Job:
    """One collection of one source, by whom and with which settings."""

    source_id: str
    settings: Settings
    prefect_run: str = ""

    @cached_property
    def source(self) -> Source:
        """The source; raises UsageError naming those there are."""
        return find_source(self.source_id)

    @cached_property
    def archive(self) -> Archive:
        """Where documents are kept."""
        return Archive(self.settings.documents)

    def ledger(self) -> Ledger:
        """The ledger, made or migrated if need be."""
        return Ledger.open(self.settings.ledger_url, create=True)


def read_files(job: Job, files: Sequence[str], released: str = "") -> list[Document]:
    """Documents fed by hand; raises UsageError for a file that is none and a release date that is none."""
    if released and not is_release_date(released):
        raise UsageError(f"--released {released!r} is no release date: expected 2022-07-07, with T08:30 where known")
    documents = []
    for name in files:
        try:
            content = Path(name).read_bytes()
        except FileNotFoundError:
            raise UsageError(f"there is no file {name}") from None
        except OSError as exc:
            raise UsageError(f"{name} cannot be read: {exc.strerror}") from None
        documents.append(Document(job.source_id, content, Path(name).name, released=released))
    return documents


def preflight(job: Job, files: Sequence[str], released: str) -> None:
    """Raise UsageError for what a person must put right before a run makes sense; writes nothing.

    A document that is not of its source's shape passes: the run will keep it and say what was seen.
    """
    if not files and job.source.bundled is None and job.source.requests is None:
        raise UsageError(
            f"{job.source_id} has nothing to fetch: feed it by hand, tradeledger ingest {job.source_id} FILE…"
        )
    for document in read_files(job, files, released):
        try:
            parse(job, [document])
        except ParseError:
            continue


def may_retry(result: object) -> bool:
    """Whether a failed fetch is worth another try: not where the call itself makes no sense."""
    return not isinstance(result, UsageError)


def fetch(job: Job, since: date | None = None, progress: Progress | None = None) -> list[Document]:
    """What the source has to give: bundled documents, or what it answers. Raises FetchError."""
    if job.source.bundled is not None:
        return list(job.source.bundled())
    today = datetime.now(UTC).date().isoformat()
    fetched = fetch_documents(job.source, job.settings, since=since, progress=progress)
    return [
        document if document.released else replace(document, released=today, released_not_after=True)
        for document in fetched
    ]


def archive(job: Job, documents: Sequence[Document]) -> None:
    """Keep the bytes before anything is made of them."""
    for document in documents:
        job.archive.put(document.content)


def parse(job: Job, documents: Sequence[Document], *, stored: bool = True) -> Parsed:
    """Everything the documents say, as one; raises ParseError for the first that is not of its source's shape.

    With ``stored`` a reading without a release date raises UsageError: yesterday's file must not become the latest
    by being opened today.
    """
    parts = []
    for document in documents:
        check_origin(document)
        part = job.source.parse(document)
        if stored and len(part.readings) and without_release(part):
            raise UsageError(
                f"{document.name} does not say when its figures were released: say it with --released YYYY-MM-DD"
            )
        parts.append(part)
    readings = OBSERVATIONS.validate(combine(part.readings for part in parts), lazy=True)
    return Parsed(
        readings,
        [fault for part in parts for fault in part.unreadable],
        [notice for part in parts for notice in part.notices],
    )


def validate(job: Job, ledger: Ledger, batch: Batch) -> tuple[object, Judgement]:
    """Judge the releases this batch touches, together with what the ledger already holds of them."""
    context = ledger.context(batch)
    declared = {dataset.id: dataset for dataset in job.source.datasets}
    return context, judge(combine([context.readings, batch.parsed.readings]), declared)


def publish(job: Job, documents: Sequence[Document], parsed: Parsed) -> Collected:
    """Judge and record, in one transaction; judged again where another run of the same datasets came first."""
    batch = Batch(job.source_id, documents, parsed, job.source.parser_version, job.prefect_run)
    ledger = job.ledger()
    for attempt in range(1, ATTEMPTS + 1):
        context, judgement = validate(job, ledger, batch)
        try:
            run = ledger.publish(batch, context, judgement)
        except LedgerMoved:
            if attempt == ATTEMPTS:
                raise
            continue
        return Collected(run, documents, judgement.checked(12))
    raise AssertionError("unreachable: the last attempt returns or raises")


def fail(job: Job, error: TradeledgerError, documents: Sequence[Document] = ()) -> Run:
    """Record a run that came to nothing; what it had fetched is kept and named."""
    seen = list(documents)
    if isinstance(error, FetchError) and error.document is not None:
        job.archive.put(error.document.content)
        seen.append(error.document)
    return job.ledger().fail(job.source_id, str(error), seen, job.prefect_run)


#: Errors that end a run as ``failed`` with one line; usage errors leave no trace at all.
RECORDED = (FetchError, ParseError)
