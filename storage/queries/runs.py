"""Every run that was recorded, of which sources, and which of them count at an instant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from storage.database.connection import streamed, tuples
from storage.encoding import codes
from storage.handle import Handle
from storage.queries.filters import among
from storage.state.runs import COUNTS


def runs(ledger: Handle, *, source: str | None = None) -> Iterator[dict[str, Any]]:
    """Every recorded run, latest first, with its counts."""
    where, words = among("source", "source", source) if source is not None else ("1 = 1", {})
    with ledger.reading() as conn:
        for row in streamed(conn, f"SELECT * FROM run WHERE {where} ORDER BY id DESC", words):  # noqa: S608
            counts = json.loads(row.counts)
            yield {
                "run": row.id,
                "kind": row.kind,
                "source": row.source,
                "outcome": row.outcome,
                "recorded_at": codes.instant_text(row.recorded_at),
                **{name: counts.get(name, 0) for name in COUNTS},
                "still_held": row.still_held,
                "parser_version": row.parser_version,
                "rules_version": row.rules_version,
                "prefect_run": row.prefect_run,
                "message": row.message,
            }


def last_run(conn: Connection, as_of: str | None) -> int:
    """The last run recorded by ``as_of``."""
    if as_of is None:
        return codes.NO_BOUND
    ((last,),) = tuples(conn, "SELECT max(id) FROM run WHERE recorded_at <= :at", {"at": codes.instant(as_of)})
    return last or 0


def known_sources(ledger: Handle) -> set[str]:
    """The sources of which something was collected, or tried to be."""
    with ledger.reading() as conn:
        return {row[0] for row in tuples(conn, "SELECT DISTINCT source FROM run")}
