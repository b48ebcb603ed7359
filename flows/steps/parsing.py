"""What documents say, as one frame of readings; where a person fed them, all that is wrong with any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows import by_hand
from flows.steps.job import Job, Progress, untold
from schemas.documents import Document, Parsed
from schemas.errors import ParseError, TradeledgerError, UsageError
from schemas.observations import OBSERVATIONS, combine
from sources.registry import check_origin
from sources.source import to_come, without_release

#: What was made of documents fed by hand before their run began, by source, SHA-256, date and whether it is whole.
_ready: dict[tuple[str, str, str, bool], Parsed] = {}


def forget() -> None:
    """Let go of what was read before a run."""
    _ready.clear()


def parse(
    job: Job,
    documents: Sequence[Document],
    *,
    stored: bool = True,
    progress: Progress = untold,
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
