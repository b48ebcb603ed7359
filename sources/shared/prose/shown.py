"""A text with its figures marked: where each stands, and what was found of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from schemas.documents import Document
from schemas.positions import parse_position
from sources.shared.prose.texts import read_text

#: A place (packed), the figure as printed there, and what is said of it.
Mark = tuple[int, str, str]
#: Of a line: from where to where, and what is said.
Span = tuple[int, int, str]


def lines(document: Document, marks: Iterable[Mark]) -> Iterator[tuple[str, list[Span]]]:
    """The lines of a text as it was read, each with its figures; "" between paragraphs."""
    at: dict[int, list[Mark]] = {}
    for mark in marks:
        at.setdefault(mark[0], []).append(mark)
    for number, paragraph in enumerate(read_text(document).paragraphs):
        if number:
            yield "", []
        spans: list[Span] = []
        for start, row, column in paragraph.lines:
            for offset in range(start, start + len(_line(paragraph.text, start))):
                for _, text, said in at.get(parse_position(f"row {row}, column {column + offset - start}"), ()):
                    pattern = r"\s+".join(re.escape(word) for word in text.split())
                    if found := re.compile(pattern).match(paragraph.text, offset):
                        spans.append((found.start(), found.end(), said))
        for start, _, _ in paragraph.lines:
            line = _line(paragraph.text, start)
            within = [
                (max(first, start) - start, min(last, start + len(line)) - start, said) for first, last, said in spans
            ]
            yield line, [one for one in within if one[0] < one[1]]


def _line(text: str, start: int) -> str:
    return text[start:].partition("\n")[0]
