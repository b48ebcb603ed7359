"""Accept or reject many held blocks alike: all that wait, of a rule, a source or a document, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from schemas.errors import UsageError
from schemas.findings import dated_block
from schemas.periods import renamed
from storage.database.conditions import open_finding
from storage.decisions import Decided, bound_of, contested, decided, waiting_blocks
from storage.encoding import codes
from storage.state.runs import Run, next_id, record
from storage.state.verdicts import ACCEPT, Asked

if TYPE_CHECKING:
    from storage.ledger import Ledger


@dataclass(frozen=True)
class Together:
    """What was decided, and the blocks that were left as documents contradict each other and none was named."""

    done: Sequence[Decided]
    left: Sequence[str]


def decide_all(
    ledger: Ledger,
    verdict: str,
    *,
    why: str,
    who: str = "",
    until: str = "",
    source: str = "",
    rule: str = "",
    document: str = "",
    released: str = "",
) -> Together:
    """Accept or reject every block that waits, of a source, of a ``rule`` that it breaks, with a part of a document.

    One run; asked for again it finds nothing that waits. Blocks of which it must be said which ``document`` counts are
    left where none is named. Raises UsageError as ``decide`` does, and for a rule of which nothing was found.
    """
    bound = bound_of(verdict, why, until)
    from storage.publish.deciding import By

    with ledger.writing() as conn:
        groups: dict[tuple[str, int], list[Asked]] = {}
        for one in waiting_blocks(conn):
            groups.setdefault((one.block, one.released), []).append(one)
        breaks = _breaking(conn, rule) if rule else None
        chosen: list[tuple[Asked, list[Asked]]] = []
        left: list[str] = []
        for waiting in groups.values():
            own = [one for one in waiting if _is_meant(one, source, document, released, breaks)]
            if not own:
                continue
            if not document and contested(conn, waiting, verdict, own[-1]):
                left.append(dated_block(renamed(own[-1].block), codes.release_text(own[-1].released)))
                continue
            others = [one for one in waiting if one.id != own[-1].id] if verdict == ACCEPT else []
            chosen.append((own[-1], others))
        if not chosen:
            return Together([], left)
        run = next_id(conn, "run")
        by = By(conn, run, who.strip(), why.strip(), bound)
        numbers = [by.decide_among(held, verdict, document, others) for held, others in chosen]
        datasets = sorted({held.dataset for held, _ in chosen})
        for dataset in datasets:
            by.give_way(dataset)
        said = f"{verdict}ed {len(chosen)} blocks: {why.strip()}"
        sources = ", ".join(sorted({held.source for held, _ in chosen}))
        record(conn, Run(run, sources, f"{verdict}ed", 0, {}, message=said, kind="decision"), datasets=datasets)
        return Together([decided(conn, number) for number in numbers], left)


def _is_meant(one: Asked, source: str, document: str, released: str, breaks: set[tuple[str, str, int]] | None) -> bool:
    if source not in ("", one.source) or (document and document not in one.documents):
        return False
    if released and codes.release_code(released) != one.released:
        return False
    if breaks is None:
        return True
    of_document = any((one.dataset, sha, 0) in breaks for sha in one.documents)
    return of_document or (one.dataset, one.block, one.released) in breaks


def _breaking(conn: Connection, rule: str) -> set[tuple[str, str, int]]:
    """Dataset with block and release, or with a document, of which a rule does not hold."""
    if conn.execute(text("SELECT 1 FROM finding WHERE rule = :rule LIMIT 1"), {"rule": rule}).first() is None:
        raise UsageError(f"nothing was ever found by a rule {rule!r}: tradeledger rules lists them all")
    query = f"""
        SELECT f.dataset, CASE WHEN f.released IS NULL THEN d.sha256 ELSE f.block END, coalesce(f.released, 0)
        FROM finding f LEFT JOIN document d ON d.id = f.document
        WHERE f.rule = :rule AND f.severity = 'error' AND f.result = 'fails' AND {open_finding()}
    """  # noqa: S608 - fixed words
    return {(row[0], row[1], row[2]) for row in conn.execute(text(query), {"rule": rule}).fetchall()}
