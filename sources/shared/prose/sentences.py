"""Paragraphs cut into sentences, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sources.shared.prose.words.numerals import SAME

_END: Final = re.compile(r"[。！？!?]+[”’」』\"')）]*|\.[\"')\]]*(?=\s|$)|\n(?=\n)")
#: What ends in a full stop and no sentence.
_SHORT: Final = re.compile(
    r"(?:\b(?:[A-Za-z]|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|No|Mr|Ms|Mrs|Dr|vs|approx|bn|mn|mln|bln|pct|St|Inc|Ltd|Co|Corp|e\.g|i\.e|U\.S|U\.K|E\.U|U\.N|a\.m|p\.m|v|ca|incl|est|fig))\.$",
    re.IGNORECASE,
)  # fmt: skip
_BEGINS: Final = re.compile(
    r"\s+(?:The|In|It|Its|Imports|Exports|This|Trade|Total|From|For|During|That|As|Meanwhile|While|Of|Compared)\b"
)


#: Where and when a report was sent, which is no part of its first sentence.
_DATELINE: Final = re.compile(
    r"\s*(?:[A-Z][A-Z.'/ ]+(?:,\s*(?:[A-Z][a-z]+\.?\s*)?[A-Z]?[a-z]*\.?\s*\d{0,2})?\s*(?:\([A-Za-z/ ]+\))?"
    r"\s*(?:--?|—|–)\s*(?=[A-Z])|\s*[A-Z]{4,}: (?=[A-Z])"
    r"|[^。，,]{0,24}(?:\d{1,2}日|社)[^。，,]{0,8}电\s*(?:[(][^)]{0,40}[)])?\s*)"
)


@dataclass(frozen=True)
class Paragraph:
    """A paragraph: its text, and where each of its lines stands in the document (offset → row, column)."""

    text: str
    lines: tuple[tuple[int, int, int], ...]

    def place(self, at: int) -> tuple[int, int]:
        """Row and column, from 1, of an offset."""
        start, row, column = next(line for line in reversed(self.lines) if line[0] <= at)
        return row, column + at - start


@dataclass(frozen=True)
class Sentence:
    """A sentence: ``text`` with one spelling of digits and signs, ``start`` its offset in the paragraph."""

    text: str
    start: int
    paragraph: Paragraph
    printed: str  # as it is printed, on one line
    ended: bool  # by its own full stop
    first: bool  # of its paragraph
    last: bool  # of the document


def sentences(paragraphs: list[Paragraph]) -> Iterator[Sentence]:
    """All sentences of a document, in their order."""
    for number, paragraph in enumerate(paragraphs):
        text = paragraph.text.translate(SAME)
        cuts = list(_cuts(text))
        for at, (start, end) in enumerate(cuts):
            body = text[start:end]
            if at == 0 and (line := _DATELINE.match(body)):
                body = " " * line.end() + body[line.end() :]
            printed = " ".join(paragraph.text[start:end].split())
            final = number == len(paragraphs) - 1 and at == len(cuts) - 1
            ended = bool(re.search(r"[。！？!?.][”’」』\"')）]*\s*$", body))
            yield Sentence(body, start, paragraph, printed, ended, at == 0, final)


def _cuts(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        if match[0].startswith("."):
            before = text[max(start, match.start() - 8) : match.start() + 1]
            if re.search(r"\d\.$", before) and re.match(r"[ \t]*\n[ \t]*\d", text[end:]):
                continue  # digits on two lines
            if _SHORT.search(before) and not (
                re.search(r"[A-Z]\.[A-Z]\.$|\b(?:bn|mn|mln|bln|pct)\.$", before) and _BEGINS.match(text, end)
            ):
                continue
        if text[start:end].strip():
            yield start, end
        start = end
    if text[start:].strip():
        yield start, len(text)
