"""A press text in a run's report: its figures marked where they stand, by what the rules say of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from flows.page.words import escaped
from flows.steps import Job
from schemas.checking import checked
from schemas.documents import Document
from schemas.verdicts import AGREES, CONTRADICTS, UNJUDGED, verdicts
from sources.shared.prose.shown import lines

#: What is said of a figure → its mark: a report has no colours of its own.
_MARKS: Final = {AGREES: "🟢", CONTRADICTS: "🔴", UNJUDGED: "⚪"}
#: Texts, and lines of each, that a report shows.
_TEXTS: Final = 3
_LINES: Final = 200


def section(job: Job, documents: Sequence[Document]) -> list[str]:
    """The texts of a run; nothing of other sources."""
    return (
        [line for document in documents[:_TEXTS] for line in _text(job, document)] if job.source_id == "prose" else []
    )


def _text(job: Job, document: Document) -> Iterator[str]:
    here = replace(document, body=document.content)
    parsed = job.source.parse(here)
    done = checked([here], [parsed], job.source.datasets, datetime.now(UTC).date().isoformat())
    yield from (f"## {escaped(document.name)}", "", "🟢 agrees, 🔴 contradicts, ⚪ could not be judged", "")
    for number, (line, spans) in enumerate(lines(here, verdicts(done, [here], [parsed])[0])):
        if number == _LINES:
            yield from ("…", "")
            return
        shown, last = "", 0
        for start, end, said in sorted(spans):
            shown += f"{_part(line[last:start])}{_MARKS[said]} **{_part(line[start:end])}**"
            last = end
        yield f"{shown}{_part(line[last:])}"
    yield ""


def _part(text: str) -> str:
    """A part of a line, with the blanks at its ends."""
    return f"{' ' * text.startswith(' ')}{escaped(text)}{' ' * (text.endswith(' ') and bool(text.strip()))}"
