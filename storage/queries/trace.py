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
        query = text("SELECT name, url, fetched_at FROM document WHERE id = :id")
        kept = self._conn.execute(query, {"id": document}).one()
        query = text("SELECT kind, rules_version FROM run WHERE id = :id")
        published = self._conn.execute(query, {"id": run}).one()
        query = text(
            "SELECT p.run, p.parser_version, r.prefect_run FROM printing p JOIN run r ON r.id = p.run "
            "WHERE p.document = :document AND p.run <= :run ORDER BY p.run DESC, p.id LIMIT 1"
        )
        read = self._conn.execute(query, {"document": document, "run": run}).one()
        return {
            "name": kept.name,
            "url": kept.url,
            "fetched_at": codes.instant_text(kept.fetched_at),
            "run_kind": published.kind,
            "rules_version": published.rules_version,
            "read_by": read.run,
            "parser_version": read.parser_version,
            "prefect_run": read.prefect_run,
        }
