"""What a published figure rests on, besides its document and position: who read it, how, and for which run."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from storage.encoding import codes


class Traces:
    """Trace fields by document and run; each pair is looked up once, and they are few.

    ``name``, ``url``, ``fetched_at`` are the document's; ``parser_version`` read it in run ``read_by``, which is not
    the ``run`` that published the figure where a person accepted it; ``prefect_run`` belongs to ``read_by``.
    """

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._known: dict[tuple[int, int], dict[str, Any]] = {}

    def fields(self, document: int, run: int) -> dict[str, Any]:
        """What is known of the document as that run had it."""
        key = (document, run)
        if key not in self._known:
            self._known[key] = self._look_up(document, run)
        return self._known[key]

    def _look_up(self, document: int, run: int) -> dict[str, Any]:
        query = text("""
            SELECT d.name, d.url, d.fetched_at, r.kind AS run_kind, r.rules_version, p.run AS read_by, p.parser_version,
                   b.prefect_run
            FROM document d JOIN run r ON r.id = :run JOIN printing p ON p.document = d.id AND p.run <= r.id
            JOIN run b ON b.id = p.run WHERE d.id = :document ORDER BY p.run DESC, p.id LIMIT 1
        """)
        found = dict(self._conn.execute(query, {"document": document, "run": run}).mappings().one())
        return found | {"fetched_at": codes.instant_text(found["fetched_at"])}
