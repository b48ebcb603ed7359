"""Documents from their agency: asked for, and kept as they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from pydantic import SecretStr

from flows.steps.job import Job, Progress
from schemas.documents import Document
from schemas.errors import FetchError, UsageError
from schemas.settings import Settings
from storage.answers import Answers
from storage.documents import told_apart


def require_fetchable(job: Job) -> None:
    """Raise UsageError for a source that is fed by hand only."""
    if job.source.bundled is None and job.source.requests is None:
        raise UsageError(
            f"{job.source_id} has nothing to fetch: give `files`, paths on the machine where it runs, or "
            f"tradeledger ingest {job.source_id} FILE…"
        )


def fetch(
    job: Job,
    since: date | None = None,
    year: int | None = None,
    progress: Progress | None = None,
    turn: Callable[[str], None] = lambda _: None,
    key: Callable[[str], SecretStr | None] = lambda _: None,
) -> list[Document]:
    """What the source has to give: bundled documents, or what it answers (of one ``year``), kept as it comes.

    Raises FetchError.

    ``turn`` is called with the host before each request, and returns when it may be asked. ``key`` is asked for the
    key of a source that takes one where the settings have none.
    """
    from sources.shared.web.fetching import fetch_documents  # what is fed by hand asks nobody

    require_fetchable(job)
    if year is not None and job.source.year is None:
        raise UsageError(f"{job.source_id} cannot be asked for one year: leave `year` out")
    if job.source.bundled is not None:
        return list(job.source.bundled())
    now = datetime.now(UTC)
    settings = keyed(job, key)
    got: list[Document] = []
    with job.ledger() as ledger:
        answers = Answers(ledger, job.archive, job.source_id)
        fetched = fetch_documents(
            job.source, settings, since=since, known=answers.last, progress=progress, year=year, turn=turn
        )
        instant = answers.instant(now)
        try:
            for document in fetched:
                if not document.is_kept:
                    document = replace(document, fetched_at=instant)
                document = job.archive.kept(document)  # at once: what breaks off later loses nothing
                if not document.released:
                    document = replace(document, released=now.date().isoformat(), released_not_after=True)
                got.append(answers.showing(document))  # the same bytes a day later are no new release
        except FetchError as error:
            # Pages are parts of one release, and a release is judged whole: half an answer is kept, never published.
            error.fetched = got
            raise
        # Of two addresses with the same bytes one may have had them for longer.
        return list(told_apart(answers.in_order(got, now)))


def keyed(job: Job, key: Callable[[str], SecretStr | None]) -> Settings:
    """The settings with the key of a source that takes one; what is set comes first, and ``key`` is not asked then."""
    own = job.settings.source(job.source_id)
    if not job.source.key_header or own.key is not None:
        return job.settings
    found = own.model_copy(update={"key": key(job.source_id)})
    others = {name: one for name, one in job.settings.sources.items() if name.lower() != job.source_id.lower()}
    return job.settings.model_copy(update={"sources": {**others, job.source_id: found}})


def archive(job: Job, documents: Sequence[Document]) -> None:
    """Keep bytes that no agency answered with, before anything is made of them."""
    for document in documents:
        job.archive.kept(document)
