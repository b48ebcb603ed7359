"""Accept or reject a held block: one idempotent transaction, the first decision wins.

An acceptance publishes the block as it is, and its rows say so. A rejection keeps it back for good. Both cover what
the person saw, these rules about these figures, and are remembered when another document prints the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, text

from schemas.errors import UsageError
from schemas.findings import dated_block
from schemas.periods import renamed
from storage.database.conditions import FREED
from storage.database.id_lists import id_list, id_value
from storage.deciding.asked import blocks_of, named
from storage.encoding import codes
from storage.state.runs import Run, next_id, record
from storage.state.verdicts import ACCEPT, REJECT

if TYPE_CHECKING:
    from storage.ledger import Ledger


#: What is done with a decision that a person takes back.
REOPEN: Final = "reopen"


@dataclass(frozen=True)
class Decided:
    """What was decided about a block of a release; ``first`` is False where an earlier decision stands.

    ``verdict`` is accept, reject, or reopen where the decision was taken back.
    """

    source: str
    block: str
    released: str
    verdict: str
    who: str
    why: str
    until: str
    recorded_at: str
    run: int
    first: bool


def decide(
    ledger: Ledger,
    block: str,
    verdict: str,
    *,
    why: str,
    who: str = "",
    until: str = "",
    released: str = "",
    document: str = "",
    asked_of: str = "",
) -> Decided:
    """Accept or reject a held block (``released`` where several releases of it are held, or at the end of its id).

    ``document`` (a SHA-256) says which, where documents of the release contradict each other: the one that is accepted
    is published, what else waits of the block is rejected with it. ``asked_of`` is the same, and says
    nothing where they do not. ``until`` ends an acceptance: it does not cover releases after that date. Where the block
    was decided already nothing is written, and that decision comes back.
    Raises UsageError for a verdict without reason, an unknown block, one that no longer waits, and where it must be
    said which document is meant.
    """
    bound = bound_of(verdict, why, until)
    block, released = named(block, released)
    from storage.deciding.choosing import WhichDocument, chosen
    from storage.deciding.recording import By, Choice, record_decisions

    with ledger.writing() as conn:
        try:
            held, *others = chosen(conn, block, released, verdict, document)
        except WhichDocument:
            if not asked_of:
                raise
            document = asked_of
            held, *others = chosen(conn, block, released, verdict, document)
        before = conn.execute(text("SELECT id FROM decision WHERE held = :held"), {"held": held.id}).scalar()
        if before is not None:
            return decided(conn, [before], first=False)[0]
        if held.ended:
            raise UsageError(
                f"{block} released {codes.release_text(held.released)} was {held.ended}: nothing to decide"
            )
        run = next_id(conn, "run")
        # The document that stands is accepted by rejecting what contradicts it.
        stands = verdict == ACCEPT and document and document not in held.documents
        choices = [Choice(held, REJECT if stands else verdict, document), *(Choice(one, REJECT) for one in others)]
        numbers = record_decisions(conn, By(run, who.strip(), why.strip(), bound), choices)
        said = f"{verdict}ed {block} released {codes.release_text(held.released)}: {why.strip()}"
        done = Run(run, held.source, f"{verdict}ed", 0, {}, message=said, kind="decision")
        record(conn, done, datasets=[held.dataset])
        return decided(conn, [numbers[held.id]])[0]


def bound_of(verdict: str, why: str, until: str) -> int | None:
    """The last release that an acceptance covers, None for all; raises UsageError for what is no decision."""
    if verdict not in (ACCEPT, REJECT):
        raise UsageError(f"{verdict!r} is no decision: expected accept or reject")
    if not why.strip():
        raise UsageError(f"to {verdict} a block needs a reason: say why with --reason")
    if until and verdict != ACCEPT:
        raise UsageError("only an acceptance expires: --until goes with accept")
    return codes.release_bound(until) if until else None


def reopen(ledger: Ledger, block: str, *, why: str, who: str = "", released: str = "", document: str = "") -> Decided:
    """Take back what was decided about a block (``document``: about that one): it waits again as it was held before.

    What an acceptance published leaves again. Where it was taken back already nothing is written, and that comes back.
    Raises UsageError for no reason given, and for a block about which nothing was decided.
    """
    if not why.strip():
        raise UsageError("to reopen a block needs a reason: say why with --reason")
    block, released = named(block, released)
    from storage.deciding.reopening import take_back

    with ledger.writing() as conn:
        rows = [row for row in blocks_of(conn, block) if not document or document in row.documents]
        if released:
            rows = [row for row in rows if row.released == codes.release_code(released)]
        done = _decisions(conn, [row.id for row in rows])
        live = [one for one in done if one.ended is None and (one.verdict == ACCEPT or not one.freed)]
        if not live:
            before = next((one for one in done if one.ended is not None), None)
            if before is None:
                raise UsageError(f"nothing was decided about {block}: tradeledger review --all lists what was")
            return _reopened(conn, before.id, first=False)
        if len({one.at for one in live}) > 1:
            names = dict.fromkeys(dated_block(block, codes.release_text(one.at)) for one in live)
            raise UsageError(f"of {block} several releases were decided: say which, {', '.join(names)}")
        run = next_id(conn, "run")
        take_back(conn, run, {one.id for one in live if one.run == live[0].run}, who.strip(), why.strip())
        said = f"reopened {block} released {codes.release_text(live[0].at)}: {why.strip()}"
        source = next(row.source for row in rows if row.id == live[0].held_block)
        record(conn, Run(run, source, "reopened", 0, {}, message=said, kind="decision"), datasets=[live[0].dataset])
        return _reopened(conn, live[0].id, first=True)


def _decisions(conn: Connection, held: list[int]) -> Sequence[Any]:
    """Decisions about held blocks, the last one first: of each whether it was taken back, and the block was freed."""
    query = f"""
        SELECT d.id, d.run, d.verdict, d.dataset, h.id AS held_block, h.released AS at, {FREED} AS freed,
               (SELECT z.run FROM decision_end z WHERE z.decision = d.id) AS ended
        FROM held_block h JOIN decision d ON d.held = h.id OR d.id = h.decision
        WHERE h.id IN {id_list(conn, "ids")} ORDER BY d.id DESC, h.id
    """  # noqa: S608 - fixed words
    return conn.execute(text(query), {"ids": id_value(conn, held)}).fetchall()


def _reopened(conn: Connection, decision: int, *, first: bool) -> Decided:
    query = text("""
        SELECT d.block, d.released, z.who, z.why, z.run, r.source, r.recorded_at
        FROM decision_end z JOIN decision d ON d.id = z.decision JOIN run r ON r.id = z.run WHERE d.id = :d
    """)
    row = conn.execute(query, {"d": decision}).one()
    about = row.source, renamed(row.block), codes.release_text(row.released)
    return Decided(*about, REOPEN, row.who, row.why, "", codes.instant_text(row.recorded_at), row.run, first)


def decided(conn: Connection, decisions: Iterable[int], *, first: bool = True) -> list[Decided]:
    """Decisions as they were recorded, in the order of their ids."""
    query = f"""
        SELECT d.*, r.recorded_at, s.source FROM decision d JOIN run r ON r.id = d.run
        JOIN held_block h ON h.id = d.held JOIN run s ON s.id = h.run
        WHERE d.id IN {id_list(conn, "ids")} ORDER BY d.id
    """  # noqa: S608 - fixed words
    return [
        Decided(
            row.source,
            renamed(row.block),
            codes.release_text(row.released),
            row.verdict,
            row.who,
            row.why,
            codes.day_text(row.until),
            codes.instant_text(row.recorded_at),
            row.run,
            first,
        )
        for row in conn.execute(text(query), {"ids": id_value(conn, sorted(decisions))})
    ]
