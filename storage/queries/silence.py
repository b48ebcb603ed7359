"""Sources that say nothing, and since when: their latest collections, one after the other, that nobody answered.

Nothing is kept of it but the runs themselves. What a person fed by hand meanwhile is no answer of the source.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from schemas.errors import Unreachable
from storage.database.connection import tuples
from storage.database.id_lists import id_list, id_value
from storage.handle import Handle

_ASKED: Final = """
    SELECT outcome, message, documents, recorded_at FROM run
    WHERE source = :source AND kind = 'collect' ORDER BY id DESC
"""


@dataclass(frozen=True)
class Silence:
    """How often a source was asked in vain, the first and the last time, and why the last one failed."""

    source: str
    failures: int
    since: datetime
    last: datetime
    message: str


def silences(ledger: Handle, sources: Iterable[str]) -> dict[str, Silence]:
    """Those of the sources whose last collection nobody answered."""
    with ledger.reading() as conn:
        found = (_silence(conn, source) for source in sources)
        return {one.source: one for one in found if one is not None}


def _silence(conn: Connection, source: str) -> Silence | None:
    vain: list[tuple[int, str]] = []
    for outcome, message, documents, recorded_at in tuples(conn, _ASKED, {"source": source}, streamed=True):
        if outcome == "failed" and message.startswith(Unreachable.WORD):
            vain.append((recorded_at, message))
        elif not _by_hand(conn, json.loads(documents)):
            break
    if not vain:
        return None
    last, first = (datetime.fromtimestamp(at / 1e6, UTC) for at, _ in (vain[0], vain[-1]))
    return Silence(source, len(vain), first, last, vain[0][1])


def _by_hand(conn: Connection, documents: list[int]) -> bool:
    """Whether a run took documents, and none of them from an address."""
    query = f"SELECT url <> '', count(*) FROM document WHERE id IN {id_list(conn, 'ids')} GROUP BY 1"  # noqa: S608
    return [bool(web) for web, _ in tuples(conn, query, {"ids": id_value(conn, documents)})] == [False]
