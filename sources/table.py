"""Any tidy CSV of the user's own."""

from __future__ import annotations

from schemas.documents import Document, Parsed
from sources.source import Source


def parse(document: Document) -> Parsed:
    """Readings of a tidy CSV, see ``sources.shared.tidy``."""
    from sources.shared.tidy import parse_tidy  # pulls in numpy and pandas

    return parse_tidy(document)


SOURCE = Source(
    id="table",
    title="Any tidy CSV of your own",
    publisher="you",
    licence="yours",
    landing_page="",
    cadence="when you have one",
    datasets=(),
    parse=parse,
)
