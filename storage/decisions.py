"""Accept or reject a held block: one idempotent transaction, the first decision wins.

An acceptance publishes the block as it is, and its rows say so. A rejection keeps it back for good. Both cover what
the person saw, these rules about these figures, and are remembered when another document prints the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, text

from schemas.errors import UsageError
from schemas.figures import Interval
from schemas.findings import dated_block, undated_block
from schemas.periods import renamed, spellings
from storage.database.conditions import ENDED, FREED, TAKEN_BACK
from storage.encoding import codes
from storage.encoding.rows import id_list, id_value
from storage.state.runs import Run, next_id, record
from storage.state.verdicts import ACCEPT, REJECT, Asked

if TYPE_CHECKING:
    from storage.ledger import Ledger


_OF_RUN: Final = text("SELECT source, recorded_at FROM run WHERE id = :run")
#: What is done with a decision that a person takes back.
REOPEN: Final = "reopen"


class _WhichDocument(UsageError):
    """It must be said which document is meant."""


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
    block, released = _named(block, released)
    from storage.publish.deciding import By

    with ledger.writing() as conn:
        try:
            held, *others = _chosen(conn, block, released, verdict, document)
        except _WhichDocument:
            if not asked_of:
                raise
            document = asked_of
            held, *others = _chosen(conn, block, released, verdict, document)
        before = conn.execute(text("SELECT * FROM decision WHERE held = :held"), {"held": held.id}).fetchone()
        if before is not None:
            return _decided(conn, before, first=False)
        if held.ended:
            raise UsageError(
                f"{block} released {codes.release_text(held.released)} was {held.ended}: nothing to decide"
            )
        run = next_id(conn, "run")
        by = By(conn, run, who.strip(), why.strip(), bound)
        # The document that stands is accepted by rejecting what contradicts it.
        stands = verdict == ACCEPT and document and document not in held.documents
        number = by.decide_among(held, REJECT if stands else verdict, document, others)
        by.give_way(held.dataset)
        said = f"{verdict}ed {block} released {codes.release_text(held.released)}: {why.strip()}"
        done = Run(run, held.source, f"{verdict}ed", 0, {}, message=said, kind="decision")
        record(conn, done, datasets=[held.dataset])
        return decided(conn, number)


def _named(block: str, released: str) -> tuple[str, str]:
    """A block and its release, which may stand at the end of its id; raises UsageError where the two differ."""
    name, date = undated_block(block)
    if date and released not in ("", date):
        raise UsageError(f"{block} is of the release {date}, not {released}: leave --released out")
    return name, date or released


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
    block, released = _named(block, released)
    from storage.publish.reopening import take_back

    with ledger.writing() as conn:
        rows = [row for row in _rows(conn, block) if not document or document in row.documents]
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
    query = text(
        "SELECT d.block, d.released, z.* FROM decision_end z JOIN decision d ON d.id = z.decision WHERE d.id = :d"
    )
    row = conn.execute(query, {"d": decision}).one()
    source, recorded_at = conn.execute(_OF_RUN, {"run": row.run}).one()
    about = source, renamed(row.block), codes.release_text(row.released)
    return Decided(*about, REOPEN, row.who, row.why, "", codes.instant_text(recorded_at), row.run, first)


def _chosen(conn: Connection, block: str, released: str, verdict: str, document: str) -> list[Asked]:
    """The held block that is meant, and what else of it waits and is decided with it."""
    held = _find(conn, block, released, document)
    waiting = [one for one in _rows(conn, block) if one.released == held.released and _waits(one)]
    if not _waits(held) or held.id not in {one.id for one in waiting}:
        return [held]
    dated = dated_block(block, codes.release_text(held.released))
    named = " or ".join(
        f"tradeledger review {dated} {verdict} --document {sha[:12]}"
        for sha in sorted({sha for one in waiting for sha in one.documents})
    )
    if verdict == REJECT and document and document not in held.documents:
        raise UsageError(f"document {document[:12]} stands in {block}: only what waits is rejected, {named}")
    alone = len(waiting) == 1 and len(held.documents) > 1
    if verdict == REJECT and document and alone and _contradicts_itself(conn, held):
        raise _WhichDocument(
            f"documents that came together contradict each other in {block}: accept the one that counts with "
            "--document, which rejects the others; or reject all of the block without --document"
        )
    if not document and contested(conn, waiting, verdict, held):
        raise _WhichDocument(f"documents contradict each other in {block}: say which one with --document, {named}")
    if verdict == REJECT:
        return [held]
    return [held, *(one for one in waiting if one.id != held.id)]


def contested(conn: Connection, waiting: Sequence[Asked], verdict: str, held: Asked) -> bool:
    """Whether it must be said which document of a block is meant, of which these wait."""
    return len(waiting) > 1 or (verdict == ACCEPT and len(held.documents) > 1 and _contradicts_itself(conn, held))


def waiting_blocks(conn: Connection) -> list[Asked]:
    """Every held block that waits, in the order in which they were held."""
    return _asked(conn, f"h.decision IS NULL AND d.id IS NULL AND NOT {ENDED}", {})


def decided(conn: Connection, decision: int) -> Decided:
    """A decision that was just made."""
    row = conn.execute(text("SELECT * FROM decision WHERE id = :id"), {"id": decision}).fetchone()
    return _decided(conn, row, first=True)


def _waits(held: Asked) -> bool:
    return held.ended is None and held.decided is None and held.decision is None


def _rows(conn: Connection, block: str) -> list[Asked]:
    """Every held block of that name, in the order in which they were held."""
    names: dict[str, Any] = {f"name_{at}": name for at, name in enumerate(_names(block))}
    return _asked(conn, f"h.block IN ({', '.join(f':{name}' for name in names)})", names)


def _asked(conn: Connection, where: str, values: dict[str, Any]) -> list[Asked]:
    of = f"""
        FROM held_block h JOIN run r ON r.id = h.run LEFT JOIN decision d ON d.held = h.id AND NOT {TAKEN_BACK}
        WHERE {where}
    """
    query = f"""
        SELECT h.*, r.source, d.verdict AS decided,
               (SELECT max(e.why) FROM held_end e WHERE e.held = h.id) AS ended {of} ORDER BY h.id
    """  # noqa: S608 - fixed words
    parts = f"""
        SELECT DISTINCT f.held, c.sha256 FROM held_figure f JOIN document c ON c.id = f.document
        WHERE f.held IN (SELECT h.id {of})
    """  # noqa: S608 - fixed words
    documents: dict[int, set[str]] = {}
    for held, sha in conn.execute(text(parts), values).fetchall():
        documents.setdefault(held, set()).add(sha)
    return [
        Asked._make([*(getattr(row, name) for name in Asked._fields[:-1]), frozenset(documents.get(row.id, ()))])
        for row in conn.execute(text(query), values).fetchall()
    ]


def _find(conn: Connection, block: str, released: str, document: str) -> Asked:
    """The held block: of several releases one that waits, and only if there is no doubt which."""
    rows = _rows(conn, block)
    if released:
        code = codes.release_code(released)
        rows = [row for row in rows if row.released == code]
    if not rows:
        named = f" of the release {released}" if released else ""
        raise UsageError(f"no block {block!r}{named} is held: tradeledger review lists those that are")
    waiting = [row for row in rows if _waits(row)]
    if len({row.released for row in waiting}) > 1:
        names = dict.fromkeys(dated_block(block, codes.release_text(row.released)) for row in waiting)
        raise UsageError(f"{block} is held in several releases: say which, {', '.join(names)}")
    if document:
        own = [row for row in rows if document in row.documents]
        freed = all(row.ended in ("rejudged", "accepted") for row in own)
        if freed and waiting and _says(conn, waiting[-1], document):
            own = []  # what was held of it once stands
        elif not own:
            raise UsageError(
                f"document {document[:12]} says nothing of {block}: tradeledger review names those that do"
            )
        rows, waiting = own or rows, [row for row in waiting if not own or document in row.documents]
    if waiting:
        return waiting[-1]
    # Nothing waits: a decision that was made is the answer, else what became of it.
    return next((row for row in reversed(rows) if row.decided is not None), rows[-1])


def _says(conn: Connection, held: Asked, document: str) -> bool:
    """Whether a document says something of the release of a held block, in any sequence: then it is what stands."""
    query = text("""
        SELECT 1 FROM printing p JOIN document d ON d.id = p.document
        WHERE p.dataset = :dataset AND p.released BETWEEN :first AND :last AND d.sha256 = :sha
    """)
    first = int(codes.base(held.released))
    values = {"dataset": held.dataset, "first": first, "last": codes.last_sequence(first), "sha": document}
    return conn.execute(query, values).first() is not None


def _contradicts_itself(conn: Connection, held: Asked) -> bool:
    """Whether readings of several documents of one cell of a block do not meet."""
    query = text(
        "SELECT series, period, mantissa, packed, document FROM held_figure WHERE held = :held ORDER BY number"
    )
    cells: dict[tuple[int, int], Interval] = {}
    documents: dict[tuple[int, int], set[int]] = {}
    for series, period, mantissa, packed, document in conn.execute(query, {"held": held.id}).fetchall():
        figure = codes.figure(mantissa, packed)
        if figure is not None:
            cell = series, period
            cells[cell] = cells.get(cell, Interval(None, None)).meet(figure.interval)
            documents.setdefault(cell, set()).add(document)
    return any(one.empty and len(documents[cell]) > 1 for cell, one in cells.items())


def _names(block: str) -> list[str]:
    """How a block may be written: the months of its period had several names once."""
    *before, period, after = block.split("/") if block.count("/") > 1 else ("", block, "")
    spelt = [name.replace("/", "..") for name in spellings(period.replace("..", "/"))]
    return ["/".join((*before, name, after)) for name in spelt] if any(before) else [block]


def _decided(conn: Connection, row: Any, *, first: bool) -> Decided:
    of = text("SELECT r.source FROM held_block h JOIN run r ON r.id = h.run WHERE h.id = :held")
    _, recorded_at = conn.execute(_OF_RUN, {"run": row.run}).one()
    return Decided(
        str(conn.execute(of, {"held": row.held}).scalar_one()),
        renamed(row.block),
        codes.release_text(row.released),
        row.verdict,
        row.who,
        row.why,
        codes.day_text(row.until),
        codes.instant_text(recorded_at),
        row.run,
        first,
    )
