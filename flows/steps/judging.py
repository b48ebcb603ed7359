"""What documents say, judged together with what the ledger holds of their releases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from flows.steps.declaring import declarations
from flows.steps.job import Job, Progress, Validated, untold
from schemas.datasets import Dataset, loosened
from schemas.declarations import Declared, kept
from schemas.documents import Document, Parsed
from schemas.findings import Finding
from schemas.history import Missed, judge_history, last_pages, periods_ahead, too_few, vanished
from schemas.judge import Judgement, judge
from schemas.observations import combine
from schemas.release_dates import latest_day
from storage.answers import doubted_before, sizes_before
from storage.decisions import decide
from storage.documents import taken_whole
from storage.frames import other_releases, release_dates, still_said
from storage.ledger import Batch, Context, Ledger
from storage.queries import declared as last_declared
from storage.queries import held, held_findings

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
        _answer(ledger, documents)
        return judged(job, ledger, batch, progress)


def judged(job: Job, ledger: Ledger, brought: Batch, progress: Progress = untold) -> Validated:
    """A batch with what the ledger holds of its releases now, and the judgement of both; told in four parts."""
    brought = _without_known(ledger, brought)
    context = ledger.context(brought, kind=job.kind)
    progress(1, 4)
    said = declarations(job, brought.documents)
    if not job.source.datasets:
        brought, context = _by_declarations(ledger, brought, context, said)
    declared = loosened(said.datasets, [brought.parsed])
    if context.replaced and len(doubted := still_said(ledger, brought, context)):
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
    parsed = brought.parsed
    whole = replace(brought, parsed=replace(parsed, readings=combine([parsed.readings, missing.readings])))
    if len(missing.readings):
        readings = combine([context.readings, context.news(whole).readings])
    progress(2, 4)
    came, accepted = context.came(readings.iloc[len(context.readings) :])
    judgement = judge(readings, declared, earlier).joined(came, accepted, context.overruling)
    progress(3, 4)
    short = _too_few(job, ledger, brought, context, declared)
    notices = [*parsed.notices, *missing.notices, *short.notices]
    ahead = periods_ahead(readings, latest_day())
    beside = [*missing.findings, *short.findings, *ahead, *_by_history(judgement, readings, earlier, declared)]
    progress(4, 4)
    whole = replace(whole, parsed=replace(whole.parsed, notices=notices))
    return Validated(brought, whole, context, replace(judgement, beside=beside))


def _by_declarations(ledger: Ledger, brought: Batch, context: Context, declared: Declared) -> tuple[Batch, Context]:
    """A batch with what a person declares of its datasets; where that is news, what the ledger has is judged anew."""
    said = {name: kept(name, declared) for name in context.datasets}
    before = last_declared(ledger)
    moved = any(text != before.get(name, "") for name, text in said.items())
    return replace(brought, declared=said), replace(context, unchanged=context.unchanged and not moved)


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


def _answer(ledger: Ledger, documents: Sequence[Document]) -> None:
    """Accept what waits only for a word on the end of a document that a person now says to be whole."""
    for document in documents:
        if not document.whole:
            continue
        waiting = {(row["block"], row["released"]) for row in held(ledger, document=document.sha256)}
        for row in held_findings(ledger, source=document.source) if waiting else ():
            rules = {one["rule"] for one in row["findings"] if (one["result"], one["severity"]) == ("fails", "error")}
            if (row["block"], row["released"]) in waiting and rules == {"whole"}:
                why = "the document is whole: ingest --whole"
                decide(ledger, row["block"], "accept", why=why, who="ingest --whole", released=row["released"])


def _without_known(ledger: Ledger, brought: Batch) -> Batch:
    """A batch without questions about the end of documents that were taken for whole when they came."""
    doubts = {one.document for one in brought.parsed.notices if one.figure}
    if not doubts:
        return brought
    known = taken_whole(ledger, sorted(doubts))
    left = [one for one in brought.parsed.notices if not (one.figure and one.document in known)]
    return replace(brought, parsed=replace(brought.parsed, notices=left))


def _by_history(
    judgement: Judgement, readings: pd.DataFrame, earlier: pd.DataFrame, declared: Mapping[str, Dataset]
) -> list[Finding]:
    """What earlier releases say about these; what is held takes no part, on either side."""
    held = readings.head(0)
    if judgement.held:
        pairs = zip(judgement.blocks, readings["released"].astype(str), strict=True)
        back = np.array([pair in judgement.held for pair in pairs], dtype=bool)
        readings, held = readings[~back].reset_index(drop=True), readings[back]
    return judge_history(readings, earlier, declared, held)
