"""Decisions, inside their transaction: the rows that say them, and what they publish or keep back for good.

Many are recorded as one is: each question is asked once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from storage.database.conditions import RULES, open_finding
from storage.database.connection import tuples
from storage.database.id_lists import id_list, id_value
from storage.database.inserts import insert
from storage.deciding.asked import Asked
from storage.deciding.publishing import Accepted, give_way, publish
from storage.encoding.columns import Ints, Readings, distinct
from storage.publish.findings import end_document_findings, end_findings, findings_of_held
from storage.state.held import Wanted, figures_digest, held_figures, hold_apart
from storage.state.runs import next_id
from storage.state.verdicts import ACCEPT, REJECT, Scope

_DECISION = ("id", "run", "held", "dataset", "block", "released", "verdict", "who", "why", "until", "figures")
_SCOPE = ("id", "decision", "rule", "period", "left", "right")


@dataclass(frozen=True)
class Choice:
    """What is decided about a held block; of one that fails as a whole only ``document`` is accepted, if named."""

    held: Asked
    verdict: str
    document: str = ""


@dataclass(frozen=True)
class By:
    """Who decides, and why, in which run; ``until`` is the last release that an acceptance covers, None for all."""

    run: int
    who: str
    why: str
    until: int | None


@dataclass(frozen=True)
class _Part:
    """A choice with the readings of its block, those of them that are meant, and what the person saw."""

    choice: Choice
    readings: Readings
    own: Readings
    seen: frozenset[Scope]


def record_decisions(conn: Connection, by: By, choices: Sequence[Choice]) -> dict[int, int]:
    """Record decisions about held blocks and do what follows; by held block the id of the decision about it."""
    parts = _parts(conn, choices)
    accepted = [one for one in parts if one.choice.verdict == ACCEPT]
    rejected = [one for one in parts if one.choice.verdict != ACCEPT]
    numbers = _write(conn, by, [(one.choice.held, ACCEPT, one.own, one.seen) for one in accepted])
    _write(conn, by, [(held, REJECT, own, seen) for held, own, seen in _left_out(conn, by.run, accepted)])
    _end_findings(conn, by.run, ACCEPT, [one.choice.held for one in accepted])
    done = [Accepted(one.choice.held, one.readings, one.own) for one in accepted]
    publish(conn, by.run, done)
    end_document_findings(conn, by.run, f"{ACCEPT}ed")
    numbers |= _write(conn, by, [(one.choice.held, REJECT, one.own, one.seen) for one in rejected])
    _end_findings(conn, by.run, REJECT, [one.choice.held for one in rejected])
    end_document_findings(conn, by.run, f"{REJECT}ed")
    for dataset in sorted({one.held.dataset for one in choices}):
        give_way(conn, by.run, dataset, [one for one in done if one.held.dataset == dataset])
    return numbers


def _parts(conn: Connection, choices: Sequence[Choice]) -> list[_Part]:
    figures = held_figures(conn, [one.held.id for one in choices]).by_block()
    readings = [figures[one.held.id] for one in choices]
    seen = _seen(conn, [one.held for one in choices], [distinct(one.document) for one in readings])
    found = []
    for choice, own, scopes in zip(choices, readings, seen, strict=True):
        several = choice.held.cause == RULES and len(choice.held.documents) > 1
        split = choice.verdict == ACCEPT and choice.document and several
        meant = _of_document(conn, own, choice.document) if split else own
        found.append(_Part(choice, own, meant, frozenset(scopes)))
    return found


def _of_document(conn: Connection, readings: Readings, document: str) -> Readings:
    """Those of a document, and of others that say the same of the block."""
    query = text("SELECT id FROM document WHERE sha256 = :sha")
    ids = set(conn.execute(query, {"sha": document}).scalars())
    says = {one: figures_digest(readings.take(readings.document == one)) for one in distinct(readings.document)}
    digests = {digest for one, digest in says.items() if one in ids}
    return readings.take(np.isin(readings.document, [one for one, digest in says.items() if digest in digests]))


def _left_out(conn: Connection, run: int, accepted: Iterable[_Part]) -> list[tuple[Asked, Readings, frozenset[Scope]]]:
    """What other documents say of blocks that failed as a whole, held apart: it is kept back for good."""
    wanted, of = [], []
    for one in accepted:
        for document in np.setdiff1d(one.readings.document, one.own.document).tolist():
            part, held = one.readings.take(one.readings.document == document), one.choice.held
            wanted.append(Wanted(held.dataset, held.block, held.released, RULES, part, one.seen))
            of.append(one)
    ids = hold_apart(conn, run, wanted)
    return [
        (one.choice.held._replace(id=number), what.readings, one.seen)
        for number, what, one in zip(ids, wanted, of, strict=True)
    ]


def _write(
    conn: Connection, by: By, decided: Sequence[tuple[Asked, str, Readings, frozenset[Scope]]]
) -> dict[int, int]:
    """The rows of decisions."""
    number = next_id(conn, "decision") if decided else 0
    rows, scopes = [], []
    for at, (held, verdict, readings, seen) in enumerate(decided, number):
        about = (held.id, held.dataset, held.block, held.released)
        until = by.until if verdict == ACCEPT else None
        rows.append((at, by.run, *about, verdict, by.who, by.why, until, figures_digest(readings)))
        scopes += [(at, *one) for one in sorted(seen)]
    insert(conn, "decision", _DECISION, rows)
    start = next_id(conn, "decision_scope") if scopes else 0
    insert(conn, "decision_scope", _SCOPE, ((start + at, *one) for at, one in enumerate(scopes)))
    return {held.id: number + at for at, (held, *_) in enumerate(decided)}


def _end_findings(conn: Connection, run: int, verdict: str, held: Sequence[Asked]) -> None:
    for dataset in sorted({one.dataset for one in held}):
        ids = [one.id for one in held if one.dataset == dataset]
        end_findings(conn, run, f"{verdict}ed", findings_of_held(conn, dataset, ids))


def _seen(conn: Connection, blocks: Sequence[Asked], documents: Sequence[Ints]) -> list[set[Scope]]:
    """The errors the person saw: about each block, and about the ``documents`` it came from.

    A document may contradict what stands in other blocks only: then it is all that is wrong with its release.
    """
    of_block: dict[tuple[str, str, int], set[Scope]] = {}
    of_release: dict[tuple[str, int], set[Scope]] = {}
    of_document: dict[tuple[str, int], set[Scope]] = {}
    for row in _wrong(conn, blocks, documents):
        dataset, block, released, document = row[:4]
        said: Scope = row[4:]
        if released is None:
            of_document.setdefault((dataset, document), set()).add(said)
            continue
        of_block.setdefault((dataset, block, released), set()).add(said)
        of_release.setdefault((dataset, released), set()).add(said)
    found = []
    for one, own in zip(blocks, documents, strict=True):
        scopes = set(of_block.get((one.dataset, one.block, one.released), ()))
        scopes = scopes.union(*(of_document.get((one.dataset, document), ()) for document in own.tolist()))
        elsewhere = of_release.get((one.dataset, one.released), set()) if one.cause != RULES else set()
        found.append(scopes or elsewhere)
    return found


def _wrong(conn: Connection, blocks: Sequence[Asked], documents: Sequence[Ints]) -> Iterator[tuple[Any, ...]]:
    """Errors that are open about releases of these blocks or about documents: of what, and their scope."""
    of: Mapping[str, set[int]] = {dataset: set() for dataset in sorted({one.dataset for one in blocks})}
    shown: Mapping[str, set[int]] = {dataset: set() for dataset in of}
    for one, own in zip(blocks, documents, strict=True):
        of[one.dataset].add(one.released)
        shown[one.dataset].update(own.tolist())
    for dataset, releases in of.items():
        query = f"""
            SELECT f.dataset, f.block, f.released, f.document, f.rule, f.period,
                   CASE WHEN f."left" = '' THEN f.sentence ELSE f."left" END, f."right" FROM finding f
            WHERE f.dataset = :dataset AND f.severity = 'error' AND f.result = 'fails' AND {open_finding()}
              AND (f.released IN {id_list(conn, "releases")} OR (f.released IS NULL AND f.rule <> 'readable'
                   AND f.document IN {id_list(conn, "documents")}))
        """  # noqa: S608 - fixed words
        values = {"releases": id_value(conn, sorted(releases)), "documents": id_value(conn, sorted(shown[dataset]))}
        yield from tuples(conn, query, {"dataset": dataset, **values})
