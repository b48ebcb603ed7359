"""Any tidy CSV of the user's own."""

from __future__ import annotations

from schemas.documents import Document, Parsed
from sources.source import Source


def parse(document: Document) -> Parsed:
    """Readings of a tidy CSV, see ``sources.shared.tables.tidy``."""
    from sources.shared.tables.tidy import parse_tidy  # pulls in numpy and pandas

    return parse_tidy(document)


def recognise(content: bytes) -> bool:
    """Whether the first line looks like the header of a tidy CSV."""
    first = content[:2000].removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    return {b"dataset", b"reporter", b"value"} <= {cell.strip(b' "\r') for cell in first.split(b",")}


SOURCE = Source(
    id="table",
    title="Any tidy CSV of your own",
    publisher="you",
    licence="yours",
    landing_page="",
    cadence="when you have one",
    datasets=(),
    parse=parse,
    recognise=recognise,
)
