"""A file of any usual kind as grids: one reader a kind, told by its bytes."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.documents import Document
from schemas.errors import ParseError
from sources.shared.containers.grids import Grid
from sources.shared.sniff import gunzip, media_name, sniff


def read_grids(document: Document, wanted: str = "") -> Sequence[Grid]:
    """The grids of a document. Raises ParseError for what is no table of any kind."""
    content = gunzip(document.content, document.name)
    kind = sniff(content)
    if kind in ("text/csv", "text/plain") or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        from sources.shared.containers.delimited import read_delimited

        return [read_delimited(document, content)]
    raise ParseError(f"{document.name} is {media_name(content)}, expected a table")
