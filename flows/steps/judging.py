"""What documents say, judged together with what the ledger holds of their releases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import pandas as pd

from flows.steps import endings
from flows.steps.job import Job, Progress, Validated, untold
from schemas.datasets import Dataset
from schemas.documents import Document, Parsed
from schemas.findings import Finding
from schemas.history import Missed, judge_history, last_pages, periods_ahead, too_few, vanished
from schemas.judge import Judgement, judge
from schemas.observations import combine
from sources.source import latest_day
from storage.answers import doubted_before, sizes_before
from storage.frames import other_releases, release_dates
from storage.ledger import Batch, Context, Ledger
from storage.reparse import still_said

#: Of an unchanged document, the readings among which those are found.
_SAID_OF: Final = 5_000


def validate(
    job: Job,
    documents: Sequence[Document],
    parsed: Parsed,
    progress: Progress = untold,
    instead: Sequence[Document] = (),
) -> Validated:
    """Judge the releases these documents touch, together with what the ledger already holds of them.

    They take the place of those they come ``instead`` of.
    """
    batch = Batch(job.source_id, documents, parsed, job.source.parser_version, job.prefect_run, instead)
    with job.ledger() as ledger:
        endings.answer(ledger, documents)
        return judged(job, ledger, batch, progress)


def judged(job: Job, ledger: Ledger, brought: Batch, progress: Progress = untold) -> Validated:
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
