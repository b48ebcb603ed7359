"""A decision, inside its transaction: the row that says it, and what it publishes or keeps back for good."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from operator import itemgetter

import numpy as np
from sqlalchemy import Connection, text

from storage.database.conditions import open_finding
from storage.database.inserts import insert
from storage.encoding import codes
from storage.encoding.columns import Ints, Readings, distinct
from storage.encoding.comparing import narrowest
from storage.encoding.rows import insert_versions
from storage.publish.changes import fold
from storage.publish.findings import end_document_findings, end_findings, findings_of_held
from storage.publish.printings import rewrite_printings
from storage.publish.superseding import end_superseded, supersede, superseded_in_ledger
from storage.state.accepted import accept
from storage.state.held import (
    JOINS,
    JOINS_FAILING,
    RULES,
    Wanted,
    end_held,
    figures_digest,
    held_blocks,
    held_figures,
    hold_apart,
)
from storage.state.releases import last_sequence, published
from storage.state.runs import next_id
from storage.state.verdicts import ACCEPT, REJECT, Asked, Scope

_DECISION = ("id", "run", "held", "dataset", "block", "released", "verdict", "who", "why", "until", "figures")
_SCOPE = ("id", "decision", "rule", "period", "left", "right")


@dataclass(frozen=True)
class By:
    """Who decides, and why, in which run; what is decided becomes rows."""

    conn: Connection
    run: int
    who: str
    why: str
    until: int | None
    said: dict[tuple[str, int], list[Ints]] = field(default_factory=dict)  # what was accepted, by dataset and release

    def decide_among(self, held: Asked, verdict: str, document: str, others: Iterable[Asked]) -> int:
        """The same, and what else of the block waits is rejected with it."""
        number = self.decide(held, verdict, document)
        for other in others:
            self.decide(other, REJECT, "")
        return number

    def decide(self, held: Asked, verdict: str, document: str) -> int:
        """Record a decision about a held block, or about one of its documents, and do what follows; its id."""
        conn, seen = self.conn, _seen(self.conn, held)
        readings = held_figures(conn, [held.id]).readings
        split = verdict == ACCEPT and document and held.cause == RULES and len(held.documents) > 1
        own = self._of_document(readings, document) if split else readings
        number = self._record(held, verdict, own, seen)
        end_findings(conn, self.run, f"{verdict}ed", findings_of_held(conn, held.dataset, [held.id]))
        if verdict == ACCEPT:
            end_held(conn, self.run, "accepted", [held.id])
            if held.cause in (JOINS, JOINS_FAILING):
                self._as_sequence(held, own)
            else:
                self._as_it_is(held, readings, own, seen)
        end_document_findings(conn, self.run, f"{verdict}ed")
        if verdict == ACCEPT:
            self.said.setdefault((held.dataset, held.released), []).append(own.key)
        return number

    def _of_document(self, readings: Readings, document: str) -> Readings:
        """Those of a document, and of others that say the same of the block."""
        query = text("SELECT id FROM document WHERE sha256 = :sha")
        ids = set(self.conn.execute(query, {"sha": document}).scalars())
        says = {one: figures_digest(readings.take(readings.document == one)) for one in distinct(readings.document)}
        digests = {digest for one, digest in says.items() if one in ids}
        return readings.take(np.isin(readings.document, [one for one, digest in says.items() if digest in digests]))

    def _record(self, held: Asked, verdict: str, readings: Readings, seen: set[Scope]) -> int:
        number = next_id(self.conn, "decision")
        about = (held.id, held.dataset, held.block, held.released)
        until = self.until if verdict == ACCEPT else None
        row = (number, self.run, *about, verdict, self.who, self.why, until, figures_digest(readings))
        insert(self.conn, "decision", _DECISION, [row])
        start = next_id(self.conn, "decision_scope")
        insert(self.conn, "decision_scope", _SCOPE, ((start + at, number, *one) for at, one in enumerate(sorted(seen))))
        return number

    def _as_it_is(self, held: Asked, readings: Readings, own: Readings, seen: set[Scope]) -> None:
        """Publish a block that failed as a whole; what other documents say of it is kept back for good."""
        for document in np.setdiff1d(readings.document, own.document).tolist():
            part = readings.take(readings.document == document)
            wanted = Wanted(held.dataset, held.block, held.released, RULES, part, frozenset(seen))
            self._record(held._replace(id=hold_apart(self.conn, self.run, wanted)), REJECT, part, seen)
        keys = distinct(readings.key)
        accept(self.conn, held.dataset, self.run, held.released, distinct(own.key), keys)
        self._publish(held.dataset, held.released, published(self.conn, held.dataset, held.released, keys), keys)

    def _as_sequence(self, held: Asked, own: Readings) -> None:
        """Publish what joined a release and contradicts it as the next sequence of that."""
        released = codes.next_sequence(last_sequence(self.conn, held.dataset, held.released))
        own = replace(own, released=np.full(len(own), released, dtype=np.int64))
        best, keys = own.take(narrowest(own)), distinct(own.key)
        fails = held.cause == JOINS_FAILING
        said = replace(best, packed=codes.with_accepted(best.packed, np.full(len(best), fails)))
        self._publish(held.dataset, released, said, keys)
        for document in distinct(own.document).tolist():
            rewrite_printings(self.conn, self.run, held.dataset, own.take(own.document == document))
        if fails:
            accept(self.conn, held.dataset, self.run, released, keys, keys)

    def _publish(self, dataset: str, released: int, said: Readings, keys: Ints) -> None:
        """Put what a release says of ``keys`` in force, as far as it is news."""
        insert_versions(self.conn, fold(self.conn, dataset, self.run, {released: said}, keys).rows)

    def give_way(self, dataset: str) -> None:
        """End what was accepted supersedes, and what was rejected and another document of its release is in place of.

        Once for all that was decided: what is held is asked for as a whole.
        """
        for (of, released), keys in sorted(self.said.items(), key=itemgetter(0)):
            if of == dataset:
                supersede(self.conn, self.run, dataset, released, distinct(np.concatenate(keys)))
        rejected = [one for one in held_blocks(self.conn, dataset) if one.rejected]
        figures = held_figures(self.conn, [one.id for one in rejected])
        end_superseded(self.conn, self.run, dataset, superseded_in_ledger(self.conn, dataset, rejected, figures))


def _seen(conn: Connection, held: Asked) -> set[Scope]:
    """The errors the person saw: about the block, and about the documents it came from.

    A document may contradict what stands in other blocks only: then it is all that is wrong with its release.
    """
    documents = "SELECT document FROM held_figure WHERE held = :held"
    of_document = f"f.released IS NULL AND f.rule <> 'readable' AND f.document IN ({documents})"
    found: set[Scope] = set()
    for about in (f"((f.block = :block AND f.released = :released) OR ({of_document}))", "f.released = :released"):
        query = f"""
            SELECT f.rule, f.period, CASE WHEN f."left" = '' THEN f.sentence ELSE f."left" END, f."right" FROM finding f
            WHERE f.dataset = :dataset AND f.severity = 'error' AND f.result = 'fails' AND {about} AND {open_finding()}
        """  # noqa: S608 - fixed words
        params = {"dataset": held.dataset, "block": held.block, "released": held.released, "held": held.id}
        rows = conn.execute(text(query), {name: one for name, one in params.items() if f":{name}" in query}).fetchall()
        found = {(row[0], row[1], row[2], row[3]) for row in rows}
        if found or held.cause == RULES:
            break
    return found
