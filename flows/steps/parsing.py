"""What documents say, as one frame of readings; where a person fed them, all that is wrong with any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows import by_hand
from flows.steps.declaring import declarations
from flows.steps.job import Job, Progress, untold
from schemas.documents import Document, Parsed
from schemas.errors import ParseError, TradeledgerError, UsageError
from schemas.observations import OBSERVATIONS, combine
from sources.registry import check_origin


def parse(job: Job, documents: Sequence[Document], *, progress: Progress = untold) -> Parsed:
    """Everything the documents say, as one; raises ParseError where some are not of their source's shape.

    A reading without a release date raises UsageError: yesterday's file must not become the latest by being opened
    today.
    """
    declarations(job, documents)  # of them, the areas that the figures may be about
    parts: list[Parsed] = []
    sound: list[Document] = []
    wrong: list[TradeledgerError] = []
    for done, one in enumerate(documents, 1):
        try:
            parts.append(_parse(job, one))
            sound.append(one)
        except (ParseError, UsageError) as error:
            if one.url:  # an agency's: one page that cannot be read is enough
                raise
            wrong.append(error)
        progress(done, len(documents))
    if wrong:
        raise by_hand.refusal(wrong, sound) from wrong[0]
    whole = together(parts)
    return replace(whole, readings=OBSERVATIONS.validate(whole.readings, lazy=True))


def together(parts: Sequence[Parsed]) -> Parsed:
    """What several documents say, as one."""
    return Parsed(
        combine(part.readings for part in parts),
        [fault for part in parts for fault in part.unreadable],
        [notice for part in parts for notice in part.notices],
        reading=[line for part in parts for line in part.reading],
        maps={sha: text for part in parts for sha, text in part.maps.items()},
        assumed=frozenset().union(*(part.assumed for part in parts)),
    )


def _parse(job: Job, one: Document) -> Parsed:
    """What one document says."""
    document = replace(one, body=one.content)  # read once; the others stay where they are kept
    check_origin(document)
    part = job.source.parse(document)
    if part.undated:
        raise UsageError(
            f"{document.name} does not say when its figures were released: say it with --released YYYY-MM-DD"
        )
    if late := part.to_come:
        raise ParseError(
            f"{document.name} says that figures were released on {late}, which is to come: expected a day until "
            "today; a figure of that release would stay the latest for ever"
        )
    return replace(part, notices=[replace(notice, document=notice.document or one.sha256) for notice in part.notices])
