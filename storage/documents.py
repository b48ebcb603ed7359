"""The documents a ledger keeps of a source, as they came; those of a batch told apart, those taken whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import text

from schemas.documents import Document
from schemas.errors import UsageError
from storage.state.showings import ROWS, document_of

if TYPE_CHECKING:
    from storage.archive import Archive
    from storage.handle import Handle


def kept_documents(ledger: Handle, archive: Archive, source: str, sha256: str = "") -> Iterator[Document]:
    """The documents of a source as they came (or the one whose SHA-256 begins so), oldest first.

    One that was shown on several dates comes as often, one that was replaced not at all. Their bytes are read and
    verified when they are asked for. Raises UsageError for a document there is not.
    """
    with ledger.reading() as conn:
        rows = conn.execute(text(f"{ROWS} WHERE d.source = :source ORDER BY d.id"), {"source": source}).fetchall()
    found = [row for row in rows if row.sha256.startswith(sha256)]
    if sha256 and not found:
        raise UsageError(f"{source} has no document {sha256!r}: tradeledger documents lists them")
    if sha256 and all(row.replaced for row in found):
        raise UsageError(f"document {sha256[:12]} was replaced in run {found[-1].replaced}: it says nothing any more")
    for row in found:
        if not row.replaced:
            yield document_of(row, partial(archive.get, row.sha256))


def told_apart(documents: Iterable[Document]) -> Iterator[Document]:
    """The documents of one batch: where the same bytes are different showings, each is one by itself.

    The SHA-256 is how readings name their document, so it is followed by a number. Two addresses that give the same
    answer are two: either may be corrected by itself.
    """
    first: dict[str, tuple[int, str, str]] = {}
    for number, document in enumerate(documents):
        sha, address = document.sha256, "" if document.showing else document.url
        which = (document.showing, document.released, address)
        yield document if first.setdefault(sha, which) == which else replace(document, digest=f"{sha}#{number}")


def taken_whole(ledger: Handle, hashes: Sequence[str]) -> frozenset[str]:
    """Those of the documents that were read before without a question about their last figure."""
    query = text("""
        SELECT 1 FROM document d WHERE d.sha256 = :sha
          AND EXISTS (SELECT 1 FROM printing p WHERE p.document = d.id)
          AND NOT EXISTS (SELECT 1 FROM finding f JOIN document e ON e.id = f.document
                          WHERE e.sha256 = d.sha256 AND f.rule = 'whole')
    """)
    with ledger.reading() as conn:
        return frozenset(sha for sha in hashes if conn.execute(query, {"sha": sha.partition("#")[0]}).first())
