"""When agencies released what the ledger holds: the dates by which the next release is overdue."""

from __future__ import annotations

from sqlalchemy import text

from storage.encoding import codes
from storage.handle import Handle


def release_dates(ledger: Handle) -> dict[str, dict[str, list[str]]]:
    """Source → dataset → the release dates of its documents, sorted; held and rejected figures were released too."""
    query = """
        SELECT DISTINCT d.source, p.dataset, p.released FROM printing p JOIN document d ON d.id = p.document
        ORDER BY d.source, p.dataset, p.released
    """
    found: dict[str, dict[str, list[str]]] = {}
    with ledger.reading() as conn:
        for row in conn.execute(text(query)):
            found.setdefault(row.source, {}).setdefault(row.dataset, []).append(codes.release_text(row.released))
    return found
