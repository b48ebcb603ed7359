"""How many figures an address gave last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from storage.database.conditions import last_read
from storage.encoding.codes import NO_BOUND
from storage.encoding.rows import id_list, id_value
from storage.state.showings import REPLACED

if TYPE_CHECKING:
    from schemas.documents import Document
    from storage.handle import Handle

#: Whether a document ``d`` was said to have too few figures, and nobody said that it is whole.
_DOUBTED: Final = """
    EXISTS (SELECT 1 FROM finding f LEFT JOIN finding_end e ON e.finding = f.id
            WHERE f.document = d.id AND f.rule = 'expected-rows' AND f.severity = 'error'
              AND coalesce(e.why, '') <> 'accepted')
"""
#: What a document ``d`` was read to have the last time.
_SIZE: Final = f"(SELECT sum(p.readings) FROM printing p WHERE p.document = d.id AND {last_read()})"  # noqa: S608


def sizes_before(ledger: Handle, documents: Sequence[Document], showings: Mapping[str, int]) -> dict[str, int]:
    """SHA-256 → number of readings of the answer that its address gave before, of those that stand.

    One that waits, was rejected or superseded because it had too few is no measure. ``showings`` are the ids of those
    of the documents that the ledger has; of them, what came before counts.
    """
    found = {}
    query = f"""
        SELECT {_SIZE} AS size FROM document d
        WHERE d.url = :url AND d.id < :id AND NOT {_DOUBTED} AND {REPLACED} IS NULL AND {_SIZE} > 0
        ORDER BY d.id DESC LIMIT 1
    """  # noqa: S608 - fixed words
    with ledger.reading() as conn:
        for document in documents:
            if not document.url:  # of no address
                continue
            known = showings.get(document.sha256, NO_BOUND)
            size = conn.execute(text(query), {"url": document.url, "id": known}).scalar()
            if size is not None:
                found[document.sha256] = int(size)
    return found


def doubted_before(ledger: Handle, showings: Mapping[str, int]) -> frozenset[str]:
    """Those of the documents (SHA-256 → id) that were ever said to have too few figures."""
    with ledger.reading() as conn:
        query = (
            f"SELECT DISTINCT document FROM finding WHERE rule = 'expected-rows' AND document IN {id_list(conn, 'ids')}"  # noqa: S608
        )
        found = set(conn.execute(text(query), {"ids": id_value(conn, sorted(showings.values()))}).scalars())
    return frozenset(sha for sha, number in showings.items() if number in found)
