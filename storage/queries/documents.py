"""The documents that the ledger names: each time one was shown, and which is meant by the beginning of a SHA-256."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.errors import LedgerError, UsageError
from storage.database.connection import streamed, tuples
from storage.encoding import codes
from storage.handle import Handle
from storage.queries.filters import among
from storage.state.showings import ROWS, date_of


def find_document(ledger: Handle, begins: str, source: str | None = None) -> str:
    """The SHA-256 of the one document whose SHA-256 begins so; raises UsageError for none and for several."""
    of_source, words = among("source", "source", source) if source is not None else ("1 = 1", {})
    where = f"substr(sha256, 1, :n) = :begins AND {of_source}"
    query = f"SELECT sha256 FROM document WHERE {where} GROUP BY sha256 ORDER BY min(id) LIMIT 2"  # noqa: S608 - fixed words
    values = {"begins": begins.lower(), "n": len(begins), **words}
    with ledger.reading() as conn:
        found = [str(row[0]) for row in tuples(conn, query, values)]
    if not found:
        raise UsageError(f"there is no document {begins!r}: tradeledger documents lists them")
    if len(found) > 1:
        raise UsageError(f"several documents begin with {begins!r}, {found[0]} among them: say more of it")
    return found[0]


def document_hashes(ledger: Handle) -> Iterator[str]:
    """The SHA-256 of every document that the ledger names, once each; LedgerError for what is none."""
    with ledger.reading() as conn:
        for (sha,) in tuples(conn, "SELECT DISTINCT sha256 FROM document ORDER BY sha256", streamed=True):
            if not (isinstance(sha, str) and len(sha) == 64 and sha.isalnum()):
                raise LedgerError(f"the ledger is damaged: a document is called {sha!r}, expected a SHA-256")
            yield sha


def documents(ledger: Handle, *, source: str | None = None, sha256: str | None = None) -> Iterator[dict[str, Any]]:
    """Every document kept, latest first; or the one of that SHA-256. Once for each time it was shown after others.

    ``released`` is the date it came with, or that a person assigned to it; ``replaced_in`` the run in which a mended
    transcription took its place.
    """
    asked = [
        among(f"d.{name}", name, value) for name, value in (("source", source), ("sha256", sha256)) if value is not None
    ]
    where = " AND ".join(("1 = 1", *(condition for condition, _ in asked)))
    words = {name: word for _, some in asked for name, word in some.items()}
    with ledger.reading() as conn:
        for row in streamed(conn, f"{ROWS} WHERE {where} ORDER BY d.id DESC", words):
            released, not_after = date_of(row)
            yield {
                "document": row.sha256,
                "source": row.source,
                "name": row.name,
                "url": row.url,
                "media_type": row.media_type,
                "size": row.size,
                "fetched_at": codes.instant_text(row.fetched_at),
                "released": released,
                "released_not_after": not_after,
                "etag": row.etag,
                "last_modified": row.last_modified,
                "run": row.run,
                "replaced_in": row.replaced or "",
            }
