"""The steps of a collection, as plain functions: documents, readings, judgement, record. No Prefect here.

Each can be tested with nothing but a temporary home; ``flows.collect`` wraps them in tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Final

import pandas as pd
from pydantic import SecretStr

from flows import by_hand, endings
from schemas.datasets import Dataset
from schemas.documents import Document, Parsed
from schemas.errors import FetchError, LedgerError, LedgerMoved, ParseError, TradeledgerError, UsageError
from schemas.findings import Finding
from schemas.history import Missed, judge_history, last_pages, periods_ahead, too_few, vanished
from schemas.judge import Judgement, judge
from schemas.observations import OBSERVATIONS, combine
from schemas.settings import Settings
from sources.registry import check_origin, find_source
from sources.shared.web.fetching import fetch_documents
from sources.source import Source, latest_day, to_come, without_release
from storage.answers import doubted_before, sizes_before
from storage.archive import Archive
from storage.frames import other_releases, release_dates
from storage.ledger import Batch, Context, Ledger, Run
from storage.queries import find_document
from storage.reparse import still_said
from storage.showings import Answers, kept_documents, told_apart

#: How often a publish is judged again because another run of the same datasets came first.
ATTEMPTS: Final = 20
#: How many of the rules that hold are said aloud.
CHECKED: Final = 12
#: Of an unchanged document, the readings among which those are found.
_SAID_OF: Final = 5_000
Progress = Callable[[int, int], None]


def _untold(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Collected:
    """What a collection came to: the run as the ledger recorded it, and what was judged."""

    run: Run
    documents: Sequence[Document] = ()
    checked: Sequence[str] = field(default=())  # sentences of rules that hold
    releases: Sequence[str] = field(default=())  # release dates, latest first

    @property
    def quarantined(self) -> bool:
        """Whether the run holds something new."""
        return self.run.outcome == "quarantined"

    @property
    def contradicted(self) -> bool:
        """Whether it met what does not hold, be it settled at once: by a decision, or by a later release."""
        return bool(self.run.counts.get("held")) or any(one.result == "fails" for one in self.run.findings)


@dataclass(frozen=True)
class Job:
    """One collection of one source, by whom and with which settings; ``kind`` as ``run.kind`` has it."""

    source_id: str
    settings: Settings
    prefect_run: str = ""
    kind: str = "collect"

    @cached_property
    def source(self) -> Source:
        """The source; raises UsageError naming those there are."""
        return find_source(self.source_id)

    @cached_property
    def archive(self) -> Archive:
        """Where documents are kept; what killed runs left half written there is cleared."""
        archive = Archive(self.settings.documents)
        archive.clear()
        return archive

    def ledger(self) -> Ledger:
        """The ledger, made or migrated if need be."""
        return Ledger.open(self.settings.ledger_url, create=True)


def read_files(job: Job, files: Sequence[str], released: str = "", whole: bool = False) -> list[Document]:
    """Documents fed by hand; raises UsageError for a file that is none and a release date that is none."""
    return by_hand.read(job.source_id, files, released, whole=whole)


def replaced(job: Job, sha256: str) -> list[Document]:
    """The document whose SHA-256 begins so, in each of its showings; UsageError for none, several, a replaced one."""
    if not Ledger.check(job.settings.ledger_url):
        raise UsageError(f"{job.source_id} has no document {sha256!r}: there is no ledger yet")
    with Ledger.open(job.settings.ledger_url, create=False) as ledger:
        whole = find_document(ledger, sha256, job.source_id)
        return list(told_apart(kept_documents(ledger, job.archive, job.source_id, whole)))


#: What was made of documents fed by hand before their run began, by source, SHA-256, date and whether it is whole.
_ready: dict[tuple[str, str, str, bool], Parsed] = {}


def preflight(
    job: Job, files: Sequence[str], released: str, replaces: str = "", *, whole: bool = False
) -> tuple[list[Document], ParseError | None]:
    """Raise UsageError for what a person must put right before a run makes sense; writes nothing.

    The documents fed by hand, and what is wrong with them where they are not of their source's shape: a run is to keep
    them and say so. Else they are read, once: ``parse`` knows them. Raises LedgerError for a ledger that no run could
    write: a document would be kept beside it that nobody knows of.
    """
    Ledger.check(job.settings.ledger_url)
    if not files and job.source.bundled is None and job.source.requests is None:
        raise UsageError(
            f"{job.source_id} has nothing to fetch: feed it by hand, tradeledger ingest {job.source_id} FILE…"
        )
    instead = {one.sha256 for one in replaced(job, replaces)} if replaces else set()
    documents = read_files(job, files, released, whole)
    for document in documents:
        if document.sha256 in instead:
            raise UsageError(f"{document.name} is the document {replaces} itself: it cannot take its own place")
    try:
        if documents:
            parse(job, documents, ahead=True)
    except ParseError as error:
        return documents, error
    return documents, None


def forget() -> None:
    """Let go of what was read before a run."""
    _ready.clear()


def fetch(
    job: Job,
    since: date | None = None,
    year: int | None = None,
    progress: Progress | None = None,
    turn: Callable[[str], None] = lambda _: None,
    key: Callable[[str], SecretStr | None] = lambda _: None,
) -> list[Document]:
    """What the source has to give: bundled documents, or what it answers (of one ``year``). Raises FetchError.

    ``turn`` is called with the host before each request, and returns when it may be asked. ``key`` is asked for the
    key of a source that takes one where the settings have none.
    """
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
        try:
            for document in fetched:
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
    """Keep the bytes before anything is made of them."""
    for document in documents:
        job.archive.kept(document)


def parse(
    job: Job,
    documents: Sequence[Document],
    *,
    stored: bool = True,
    progress: Progress = _untold,
    ahead: bool = False,
) -> Parsed:
    """Everything the documents say, as one; raises ParseError where some are not of their source's shape.

    With ``stored`` a reading without a release date raises UsageError: yesterday's file must not become the latest
    by being opened today. What is parsed ``ahead`` of a run is known to it.
    """
    parts: list[Parsed] = []
    sound: list[Document] = []
    wrong: list[TradeledgerError] = []
    for done, one in enumerate(documents, 1):
        try:
            parts.append(_parse(job, one, stored, ahead))
            sound.append(one)
        except (ParseError, UsageError) as error:
            if one.url:  # an agency's: one page that cannot be read is enough
                raise
            wrong.append(error)
        progress(done, len(documents))
    by_hand.refuse(wrong, sound)
    readings = OBSERVATIONS.validate(combine(part.readings for part in parts), lazy=True)
    return Parsed(
        readings,
        [fault for part in parts for fault in part.unreadable],
        [
            replace(notice, document=notice.document or document.sha256)
            for part, document in zip(parts, documents, strict=True)
            for notice in part.notices
        ],
    )


def _parse(job: Job, one: Document, stored: bool, ahead: bool) -> Parsed:
    """What one document says."""
    key = (job.source_id, one.sha256, one.released, one.whole)
    if stored and not one.is_kept and not one.url and key in _ready:
        return _ready[key]
    document = replace(one, body=one.content)  # read once; the others stay where they are kept
    check_origin(document)
    part = job.source.parse(document)
    if stored and len(part.readings) and without_release(part):
        raise UsageError(
            f"{document.name} does not say when its figures were released: say it with --released YYYY-MM-DD"
        )
    if stored and (late := to_come(part)):
        raise ParseError(
            f"{document.name} says that figures were released on {late}, which is to come: expected a day until "
            "today; a figure of that release would stay the latest for ever"
        )
    if ahead:
        _ready[key] = part
    return part


@dataclass(frozen=True)
class Validated:
    """What is to be published: a batch, what the ledger held of its releases when it was judged, the judgement of both.

    ``brought`` is the batch as it was parsed; ``batch`` has what it leaves out besides (``schemas.history.coverage``).
    """

    brought: Batch
    batch: Batch
    context: Context
    judgement: Judgement


def validate(
    job: Job,
    documents: Sequence[Document],
    parsed: Parsed,
    progress: Progress = _untold,
    instead: Sequence[Document] = (),
) -> Validated:
    """Judge the releases these documents touch, together with what the ledger already holds of them.

    They take the place of those they come ``instead`` of.
    """
    batch = Batch(job.source_id, documents, parsed, job.source.parser_version, job.prefect_run, instead)
    with job.ledger() as ledger:
        endings.answer(ledger, documents)
        return judged(job, ledger, batch, progress)


def judged(job: Job, ledger: Ledger, brought: Batch, progress: Progress = _untold) -> Validated:
    """A batch with what the ledger holds of its releases now, and the judgement of both; told in four parts."""
    brought = endings.without_known(ledger, brought)
    context = ledger.context(brought, kind=job.kind)
    progress(1, 4)
    declared = {dataset.id: dataset for dataset in job.source.datasets}
    if not context.unchanged and len(doubted := still_said(ledger, brought, context)):
        parsed = brought.parsed
        brought = replace(brought, parsed=replace(parsed, readings=combine([parsed.readings, doubted])))
    news = context.news(brought).readings
    readings = combine([context.readings, news])
    if context.unchanged:
        # Nothing is published, so nothing need be judged but what is said aloud to hold.
        return Validated(brought, brought, context, judge(readings.head(_SAID_OF).reset_index(drop=True), declared))
    earlier = other_releases(ledger, context)
    shas = {document.sha256 for document in brought.documents} - context.stand
    missing = vanished(readings, earlier, declared, shas, release_dates(ledger, context.datasets))
    readings = combine([readings, missing.readings])
    progress(2, 4)
    judgement = judge(readings, declared, earlier)
    progress(3, 4)
    short = _too_few(job, ledger, brought, context, declared)
    ahead = periods_ahead(readings, latest_day())
    beside = [*missing.findings, *short.findings, *ahead, *_by_history(judgement, readings, earlier, declared)]
    progress(4, 4)
    parsed = brought.parsed
    whole = replace(
        parsed,
        readings=combine([parsed.readings, missing.readings]),
        notices=[*parsed.notices, *missing.notices, *short.notices],
    )
    return Validated(brought, replace(brought, parsed=whole), context, replace(judgement, beside=beside))


def _too_few(job: Job, ledger: Ledger, batch: Batch, context: Context, declared: Mapping[str, Dataset]) -> Missed:
    """Which documents have fewer figures than expected; those fed by hand are as a person chose them.

    One that the ledger has is in force, or was doubted when it came: it is doubted anew then, and in no other case.
    """
    shipped = {one.sha256 for one in job.source.bundled()} if job.source.bundled is not None else set()
    asked = [one for one in batch.documents if one.url or one.sha256 in shipped]
    doubted = doubted_before(ledger, {sha: context.showings[sha] for sha in context.same if sha in context.showings})
    judged = [one for one in asked if one.sha256 not in context.same - doubted]
    pages = last_pages([one.url for one in batch.documents])
    before = sizes_before(ledger, judged, context.showings)
    return too_few(judged, batch.parsed, pages, job.source.expected_rows[0], before, declared)


def _by_history(
    judgement: Judgement, readings: pd.DataFrame, earlier: pd.DataFrame, declared: Mapping[str, Dataset]
) -> list[Finding]:
    """What earlier releases say about these; what is held takes no part, on either side."""
    if judgement.held:
        pairs = zip(judgement.blocks, readings["released"].astype(str), strict=True)
        readings = readings[[pair not in judgement.held for pair in pairs]].reset_index(drop=True)
    return judge_history(readings, earlier, declared)


def publish(job: Job, validated: Validated) -> Collected:
    """Record in one transaction; judged again where another run was recorded meanwhile."""
    with job.ledger() as ledger:
        for _ in range(ATTEMPTS):
            try:
                run = ledger.publish(validated.batch, validated.context, validated.judgement, kind=job.kind)
            except LedgerMoved:
                validated = judged(job, ledger, validated.brought)
                continue
            documents = validated.batch.documents
            return Collected(run, documents, validated.judgement.checked(CHECKED), releases(validated.batch.parsed))
    raise LedgerError(f"{ATTEMPTS} other runs came between judging and publishing: run it again when there are fewer")


def releases(parsed: Parsed) -> list[str]:
    """The release dates of a batch, latest first."""
    return sorted((text for text in parsed.readings["released"].unique() if text), reverse=True)


def fail(job: Job, error: TradeledgerError, documents: Sequence[Document] = ()) -> Run:
    """Record a run that came to nothing; what it had fetched is kept and named."""
    seen = list(documents)
    if isinstance(error, FetchError):
        seen += error.fetched
        if error.document is not None:
            job.archive.kept(error.document)
            seen.append(error.document)
    with job.ledger() as ledger:
        return ledger.fail(job.source_id, str(error), seen, job.prefect_run)


#: Errors that end a run as ``failed`` with one line; usage errors leave no trace at all.
RECORDED: Final = (FetchError, ParseError)
