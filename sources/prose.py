"""Figures in a press text, English or Chinese; what could not be placed is listed with its sentence.

The words are data (``sources/shared/words/prose*.csv``), and so is what "its trade" is; see docs/sources/prose.md.
"""

from __future__ import annotations

import re
from collections import Counter

from schemas.documents import Document, Parsed
from schemas.errors import UsageError
from sources.source import Source
from sources.table import recognise as table


def parse(document: Document) -> Parsed:
    """Readings of a text, see ``sources.shared.prose``."""
    from schemas.settings import load_settings
    from sources.shared.prose.text import read
    from sources.shared.prose.texts import HEAD, read_text
    from sources.shared.prose.words.lexicon import lexicon

    text = read_text(document)
    if document.map:
        from sources.shared.shapes.maps import read_map

        said = read_map(document.map, document.name).constants
        if odd := ", ".join(said.keys() - set(HEAD)):
            raise UsageError(f"{odd} of a text is what its sentences say: expected {', '.join(HEAD)}")
        text.head |= said
    return read(text, lexicon(load_settings().prose_words or ""), document.released).parsed(document)


_TABLES = re.compile(r"<table.*?(?:</table>|$)|<script.*?(?:</script>|$)|<[^>]*>", re.DOTALL | re.IGNORECASE)
_TRADE = re.compile(
    r"[^.。<>{}]*\b(?:exports?|imports?|trade|surplus|deficit)\b[^.。<>{}]*\d.*?[.]|[^。<>]*(?:出口|进口|贸易|顺差|逆差)[^。<>]*\d[^。]*。",
    re.IGNORECASE,
)


def recognise(content: bytes) -> bool:
    """Whether a text or page has a sentence about trade in it, outside of tables; PDF and DOCX may be anyone's."""
    head = content[:100_000]
    if (
        head.startswith((b"PK", b"%PDF-"))
        or head.lstrip()[:1] in (b"{", b"[")
        or b"\0" in head[:1000]
        or table(content)
    ):
        return False
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        text = head.decode("gb18030", "replace")
    return not _in_rows(text) and bool(_TRADE.search(_TABLES.sub(" ", text)))


def _in_rows(text: str) -> bool:
    """Whether nearly all lines have as many cells, as those of a table in a file do whatever its title says."""
    lines = [line for line in text.splitlines() if line.strip()]
    often = (Counter(line.count(mark) for line in lines).most_common(1) for mark in ",;\t|")
    return len(lines) > 2 and any(found and found[0][0] and found[0][1] * 5 >= len(lines) * 4 for found in often)


SOURCE = Source(
    id="prose",
    title="Figures in a press text, English or Chinese",
    publisher="whoever wrote it",
    licence="facts, quoted with their sentence",
    landing_page="",
    cadence="when you have one",
    datasets=(),
    parse=parse,
    recognise=recognise,
)
