"""Accept or reject many held blocks alike: all that wait, of a case, rule, source or document, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from schemas.errors import UsageError
from schemas.findings import dated_block, undated_block
from schemas.periods import renamed
from storage.database.conditions import open_finding
from storage.deciding.asked import Asked, waiting_blocks
from storage.decisions import Decided, bound_of, decided
from storage.encoding import codes
from storage.queries import cases, held_findings
from storage.state.runs import Run, next_id, record
from storage.state.verdicts import ACCEPT, REJECT

if TYPE_CHECKING:
    from storage.ledger import Ledger


#: A block's id and its release date.
Block = tuple[str, str]


@dataclass(frozen=True)
class Together:
    """What was decided, and the blocks that were left: of which it must be said which document counts."""

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
    among: Collection[Block] | None = None,
) -> Together:
    """Accept or reject every block that waits, of a source, of a ``rule`` that it breaks, with a part of a document.

    ``among`` limits it to these blocks.

    One run; asked for again it finds nothing that waits. Blocks of which it must be said which ``document`` counts are
    left. Raises UsageError as ``decide`` does, for a rule of which nothing was found, and where the document that is
    named cannot be decided so in any block.
    """
    bound = bound_of(verdict, why, until)
    from storage.deciding.recording import By, Choice, record_decisions

    with ledger.writing() as conn:
        breaks = _breaking(conn, rule) if rule else None
        groups: dict[tuple[str, int], list[Asked]] = {}
        for one in waiting_blocks(conn):
            groups.setdefault((one.block, one.released), []).append(one)
        meant: list[tuple[Asked, list[Asked]]] = []
        for waiting in groups.values():
            own = [one for one in waiting if _is_meant(one, source, document, released, breaks)]
            if among is not None and (renamed(waiting[0].block), codes.release_text(waiting[0].released)) not in among:
                continue
            meant += [(own[-1], waiting)] if own else []
        left = _undecidable(conn, meant, verdict, document)
        chosen = [(held, waiting) for held, waiting in meant if held.id not in left]
        if not chosen:
            if document and left:
                raise UsageError(next(iter(left.values())))
            return Together([], [held.name for held, _ in meant])
        choices: list[Choice] = []
        for held, waiting in chosen:
            choices.append(Choice(held, verdict, document))
            choices += [Choice(one, REJECT) for one in waiting if verdict == ACCEPT and one.id != held.id]
        run = next_id(conn, "run")
        numbers = record_decisions(conn, By(run, who.strip(), why.strip(), bound), choices)
        said = f"{verdict}ed {len(chosen)} blocks: {why.strip()}"
        sources = ", ".join(sorted({held.source for held, _ in chosen}))
        datasets = sorted({held.dataset for held, _ in chosen})
        record(conn, Run(run, sources, f"{verdict}ed", 0, {}, message=said, kind="decision"), datasets=datasets)
        done = decided(conn, [numbers[held.id] for held, _ in chosen])
        return Together(done, [held.name for held, _ in meant if held.id in left])


def decide_case(
    ledger: Ledger, case: str, verdict: str, *, why: str, who: str = "", until: str = "", document: str = ""
) -> Together:
    """Accept or reject all blocks of a case that wait in its release, in one transaction (``decide_all``).

    Asked for again it finds nothing that waits. Raises UsageError for a name that no case ever had, and where cases of
    several releases have it.
    """
    bound_of(verdict, why, until)
    blocks = blocks_of_case(ledger, case)
    return decide_all(ledger, verdict, why=why, who=who, until=until, document=document, among=blocks)


def blocks_of_case(ledger: Ledger, case: str) -> set[Block]:
    """The blocks that wait of a case, each with its release; raises UsageError as ``decide_case`` does."""
    name, date = undated_block(case)
    waiting = [row for row in held_findings(ledger) if undated_block(row["case"])[0] == name]
    own = {(row["block"], row["released"]) for row in waiting if date in ("", row["released"])}
    if len(dates := sorted({released for _, released in own})) > 1:
        names = ", ".join(dated_block(name, one) for one in dates)
        raise UsageError(f"{case} is a case of several releases: say which, {names}")
    if not own and not any(undated_block(row["case"])[0] == name for row in cases(ledger, all_=True)):
        raise UsageError(f"there is no case {case!r}: tradeledger review lists those that wait")
    return own


def _undecidable(
    conn: Connection, meant: Sequence[tuple[Asked, list[Asked]]], verdict: str, document: str
) -> dict[int, str]:
    """By held block why it cannot be decided so, of those (each with all that waits of it) of which that is so."""
    from storage.deciding.choosing import undecidable
    from storage.state.held import held_figures

    figures = held_figures(conn, [held.id for held, _ in meant if len(held.documents) > 1]).by_block()
    found = ((held.id, undecidable(waiting, verdict, held, document, figures)) for held, waiting in meant)
    return {number: why for number, why in found if why}


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
