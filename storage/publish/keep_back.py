"""Which blocks of a publish are kept back: those that fail, unless a person's decision covers what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, text

from schemas.findings import Finding
from storage.database.conditions import DOCUMENT, JOINS, JOINS_FAILING, RULES
from storage.database.id_lists import id_list, id_value
from storage.encoding import codes
from storage.encoding.columns import Flags, Ints, distinct, ints
from storage.publish.brought import Brought, Pair
from storage.publish.rows import HELD, REFUSED, Rows
from storage.state.held import Wanted, figures_digest
from storage.state.verdicts import ACCEPT, REJECT, Scope, Verdict, applies, scope, verdicts


@dataclass(frozen=True)
class _Decided:
    """What a person decided about a dataset, which settles what fails now."""

    rows: Rows
    verdicts: Mapping[tuple[str, str], list[Verdict]]

    def about(self, pair: Pair, at: Ints, found: frozenset[Scope]) -> tuple[str, int | None]:
        """The verdict about these readings of a block, "" for none, and its id; it covers all that was ``found``."""
        about = self.verdicts.get((self.rows.id, pair[0]), [])
        figures = figures_digest(self.rows.readings.take(at)) if about else ""
        for verdict in (ACCEPT, REJECT):
            decision = applies(about, verdict, pair[1], found, figures)
            if decision is not None:
                return verdict, decision
        return "", None

    def settle(self, pair: Pair, cause: str, at: Ints, found: frozenset[Scope]) -> None:
        """Accept, refuse or hold a block, its readings ``at``."""
        verdict, decision = self.about(pair, at, found)
        if verdict == ACCEPT:
            self.accept(pair, at)
        elif verdict or cause != RULES or not self._by_document(pair, at, found):
            self.keep(pair, cause, at, found, decision)

    def accept(self, pair: Pair, at: Ints) -> None:
        """Publish a block though it fails."""
        self.rows.accepted[at] = True
        self.rows.settled[pair] = "accepted"

    def keep(self, pair: Pair, cause: str, at: Ints, found: frozenset[Scope], decision: int | None) -> None:
        """Hold a block, or keep it back for good by a decision."""
        self.rows.status[at] = HELD if decision is None else REFUSED
        if decision is not None:
            self.rows.settled[pair] = "rejected"
        readings = self.rows.readings.take(at)
        self.rows.wanted.append(Wanted(self.rows.id, *pair, cause, readings, found, decision))

    def _by_document(self, pair: Pair, at: Ints, found: frozenset[Scope]) -> bool:
        """Whether of each document that has a part in a block it was decided, and one was accepted."""
        own = self.rows.documents(at)
        verdicts = [self.about(pair, one, found) for one in own]
        if len(own) < 2 or not all(verdict for verdict, _ in verdicts) or ACCEPT not in dict(verdicts):
            return False
        for one, (verdict, decision) in zip(own, verdicts, strict=True):
            if verdict == REJECT:
                self.keep(pair, RULES, one, found, decision)
            else:
                self.accept(pair, one)
        return True


def keep_back(conn: Connection, rows: Rows, brought: Brought, documents: Mapping[str, int]) -> None:
    """Decide for every block that fails whether it is held, accepted or rejected before.

    Of a document with something wrong about itself all blocks fail, of one with a figure in doubt the block of that. Of
    one that joined its release and contradicts what stands only its own readings are kept back.
    """
    noticed: dict[int, set[Scope]] = {}
    for sha, scopes in brought.noticed.items():
        noticed.setdefault(documents[sha], set()).update(scopes)
    of_noticed = np.isin(rows.readings.document, list(noticed))
    doubtful = _doubtful(rows, brought, documents, of_noticed)
    wrong = brought.held.get(rows.id, ())
    if not wrong and not of_noticed.any() and not rows.waits.any():
        return
    decided = _Decided(rows, verdicts(conn, [rows.id]))
    said = brought.findings.get(rows.id, ())
    failing, standing, together = (
        _failing(found) for found in (said, brought.standing.get(rows.id, ()), brought.together.get(rows.id, ()))
    )
    done = _settle_joining(decided, together, _OfDocuments.of(conn, rows, said, documents), of_noticed)
    for pair in wrong:
        at = rows.of_block(*pair)
        at = at[~of_noticed[at] & ~rows.waits[at]]
        if len(at) and pair not in done:
            decided.settle(pair, RULES, at, frozenset(standing.get(pair, ())))
    if not of_noticed.any():
        return
    for released in rows.releases:
        here = ints(np.flatnonzero(of_noticed & (rows.readings.released == released)))
        for block in rows.blocks(here):
            pair = block, released
            at = np.intersect1d(rows.of_block(*pair), here)
            about = {s for document in np.unique(rows.readings.document[at]) for s in noticed.get(int(document), ())}
            about |= doubtful.get(pair, set()) | failing.get(pair, set())
            decided.settle(pair, DOCUMENT, at, frozenset(about))


@dataclass(frozen=True)
class _OfDocuments:
    """What is found of each document by itself, by its id: in each block of a release, and in all of that release."""

    found: Mapping[tuple[int, Pair], set[Scope]]

    @classmethod
    def of(cls, conn: Connection, rows: Rows, said: Sequence[Finding], documents: Mapping[str, int]) -> _OfDocuments:
        """Of documents with readings that wait."""
        ids = distinct(rows.readings.document[rows.waits])
        query = f"SELECT id, sha256 FROM document WHERE id IN {id_list(conn, 'ids')}"  # noqa: S608
        shas: dict[str, list[int]] = {}
        for number, sha in conn.execute(text(query), {"ids": id_value(conn, ids)}) if len(ids) else ():
            shas.setdefault(sha, []).append(number)
        shas |= {sha: [number] for sha, number in documents.items()}
        found: dict[tuple[int, Pair], set[Scope]] = {}
        for one in said:
            for number in shas.get(one.document, ()) if one.released and one.is_error else ():
                released = codes.release_code(one.released)
                for block in (one.block, ""):
                    found.setdefault((number, (block, released)), set()).add(scope(one))
        return cls(found)

    def about(self, document: int, pair: Pair) -> set[Scope]:
        """What is wrong with a document in a block, else elsewhere in its release."""
        return self.found.get((document, pair)) or self.found.get((document, ("", pair[1])), set())


def _settle_joining(
    decided: _Decided, failing: Mapping[Pair, set[Scope]], alone: _OfDocuments, but: Flags
) -> set[Pair]:
    """Documents that contradict what stands: the blocks about which it was decided whole, when they were held so."""
    rows, done = decided.rows, set[Pair]()
    waits = rows.waits & ~but
    for released in rows.releases:
        here = ints(np.flatnonzero(waits & (rows.readings.released == released)))
        meant = ints(np.flatnonzero(rows.contested & (rows.readings.released == released)))
        about = {one for block in rows.blocks(meant) for one in failing.get((block, released), ())}
        for block in rows.blocks(here):
            pair = block, released
            found = frozenset(failing.get(pair) or about)  # of what it contradicts elsewhere
            whole = rows.of_block(*pair)
            verdict, decision = decided.about(pair, whole, found)
            if verdict:
                done.add(pair)
            if verdict == ACCEPT:
                decided.accept(pair, whole)
            elif verdict:
                decided.keep(pair, RULES, whole, found, decision)
            else:
                for at in rows.documents(whole[waits[whole]]):
                    own = alone.about(int(rows.readings.document[at[0]]), pair)
                    _settle_document(decided, pair, at, frozenset(own) or found)
                if (rows.status[whole] == HELD).any():
                    rows.settled.pop(pair, None)
    return done


def _settle_document(decided: _Decided, pair: Pair, at: Ints, found: frozenset[Scope]) -> None:
    """One document's readings ``at`` of a block, which contradict what stands."""
    verdict, decision = decided.about(pair, at, found)
    cause = JOINS if decided.rows.sound[at].all() else JOINS_FAILING
    if verdict != ACCEPT:
        decided.keep(pair, cause, at, found, decision)
        return
    decided.rows.instead[at] = True
    decided.rows.accepted[at] = cause == JOINS_FAILING
    decided.rows.settled[pair] = "accepted"


def _failing(findings: Sequence[Finding]) -> dict[Pair, set[Scope]]:
    """What is wrong with each block of a release."""
    found: dict[Pair, set[Scope]] = {}
    for finding in findings:
        if finding.released and finding.is_error:
            found.setdefault((finding.block, codes.release_code(finding.released)), set()).add(scope(finding))
    return found


def _doubtful(
    rows: Rows, brought: Brought, documents: Mapping[str, int], of_noticed: Flags
) -> Mapping[Pair, set[Scope]]:
    """The blocks of figures in doubt, and what is asked of them; their document's readings are marked in the last."""
    found: dict[Pair, set[Scope]] = {}
    for sha, position, said in brought.doubts:
        own = rows.readings.document == documents[sha]
        for row in np.flatnonzero(own & (rows.readings.position == position)):
            pair = str(rows.texts[rows.places[row]]), int(rows.readings.released[row])
            at = rows.of_block(*pair)
            of_noticed[at[own[at]]] = True
            found.setdefault(pair, set()).add(said)
    return found
