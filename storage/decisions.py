"""Accept or reject a held block: one idempotent transaction, the first decision wins.

An acceptance publishes the block as it is, and its rows say so. A rejection keeps it back for good. Both cover what
the person saw, these rules about these figures, and are remembered when another document prints the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from schemas.errors import UsageError
from schemas.findings import dated_block, undated_block
from schemas.periods import renamed, spellings
from storage.database.conditions import open_finding
from storage.encoding import codes
from storage.state.runs import Run, next_id, record
from storage.state.verdicts import ACCEPT, REJECT, Scope

if TYPE_CHECKING:
    from storage.ledger import Ledger


@dataclass(frozen=True)
class Decided:
    """What was decided about a block of a release; ``first`` is False where an earlier decision stands."""

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
    ledger: Ledger, block: str, verdict: str, *, why: str, who: str = "", until: str = "", released: str = ""
) -> Decided:
    """Accept or reject a held block (``released`` where several releases of it are held, or at the end of its id).

    ``until`` ends an acceptance: it does not cover releases after that date. Where the block was decided already
    nothing is written, and that decision comes back. Raises UsageError for a verdict without reason, an unknown block,
    or one that no longer waits.
    """
    if verdict not in (ACCEPT, REJECT):
        raise UsageError(f"{verdict!r} is no decision: expected accept or reject")
    if not why.strip():
        raise UsageError(f"to {verdict} a block needs a reason: say why with --reason")
    if until and verdict != ACCEPT:
        raise UsageError("only an acceptance expires: --until goes with accept")
    bound = codes.release_bound(until) if until else None
    name, date = undated_block(block)
    if date and released not in ("", date):
        raise UsageError(f"{block} is of the release {date}, not {released}: leave --released out")
    block, released = name, date or released
    with ledger.writing() as conn:
        held = _find(conn, block, released)
        before = conn.execute(text("SELECT * FROM decision WHERE held = :held"), {"held": held.id}).fetchone()
        if before is not None:
            return _decided(conn, before, first=False)
        if held.ended:
            raise UsageError(
                f"{block} released {codes.release_text(held.released)} was {held.ended}: nothing to decide"
            )
        run = next_id(conn, "run")
        number = _record_decision(conn, run, held, verdict, who.strip(), why.strip(), bound)
        _apply(conn, run, held, verdict)
        said = f"{verdict}ed {block} released {codes.release_text(held.released)}: {why.strip()}"
        done = Run(run, held.source, f"{verdict}ed", 0, {}, message=said, kind="decision")
        record(conn, done, datasets=[held.dataset])
        row = conn.execute(text("SELECT * FROM decision WHERE id = :id"), {"id": number}).fetchone()
        return _decided(conn, row, first=True)


def _find(conn: Connection, block: str, released: str) -> Any:
    """The held block: of several releases one that waits, and only if there is no doubt which."""
    query = """
        SELECT h.*, r.source, d.verdict AS decided,
               (SELECT max(e.why) FROM held_end e WHERE e.held = h.id) AS ended
        FROM held_block h JOIN run r ON r.id = h.run LEFT JOIN decision d ON d.held = h.id
        WHERE h.block IN ({}) ORDER BY h.id
    """
    names: dict[str, Any] = {f"name_{at}": name for at, name in enumerate(_names(block))}
    rows = conn.execute(text(query.format(", ".join(f":{name}" for name in names))), names).fetchall()
    if released:
        code = codes.release_code(released)
        rows = [row for row in rows if row.released == code]
    if not rows:
        named = f" of the release {released}" if released else ""
        raise UsageError(f"no block {block!r}{named} is held: tradeledger review lists those that are")
    waiting = [row for row in rows if row.ended is None and row.decided is None and row.decision is None]
    if len({row.released for row in waiting}) > 1:
        names = dict.fromkeys(dated_block(block, codes.release_text(row.released)) for row in waiting)
        raise UsageError(f"{block} is held in several releases: say which, {', '.join(names)}")
    if waiting:
        return waiting[-1]
    # Nothing waits: a decision that was made is the answer, else what became of it.
    return next((row for row in reversed(rows) if row.decided is not None), rows[-1])


def _names(block: str) -> list[str]:
    """How a block may be written: the months of its period had several names once."""
    *before, period, after = block.split("/") if block.count("/") > 1 else ("", block, "")
    spelt = [name.replace("/", "..") for name in spellings(period.replace("..", "/"))]
    return ["/".join((*before, name, after)) for name in spelt] if any(before) else [block]


def _record_decision(conn: Connection, run: int, held: Any, verdict: str, who: str, why: str, until: int | None) -> int:
    from storage.database.inserts import insert
    from storage.state.held import figures_digest, held_figures

    number = next_id(conn, "decision")
    columns = ("id", "run", "held", "dataset", "block", "released", "verdict", "who", "why", "until", "figures")
    seen = figures_digest(held_figures(conn, [held.id]).readings)
    row = (number, run, held.id, held.dataset, held.block, held.released, verdict, who, why, until, seen)
    insert(conn, "decision", columns, [row])
    start = next_id(conn, "decision_scope")
    scopes = sorted(_seen(conn, held))
    scope_columns = ("id", "decision", "rule", "period", "left", "right")
    insert(conn, "decision_scope", scope_columns, ((start + at, number, *one) for at, one in enumerate(scopes)))
    return number


def _seen(conn: Connection, held: Any) -> set[Scope]:
    """The errors the person saw: about the block, and about the documents it came from."""
    query = f"""
        SELECT f.rule, f.period, CASE WHEN f."left" = '' THEN f.sentence ELSE f."left" END, f."right" FROM finding f
        WHERE f.dataset = :dataset AND f.severity = 'error' AND f.result = 'fails'
          AND ((f.block = :block AND f.released = :released)
               OR (f.released IS NULL AND f.rule <> 'readable' AND f.document IN
                   (SELECT document FROM held_figure WHERE held = :held)))
          AND {open_finding()}
    """  # noqa: S608 - fixed words
    params = {"dataset": held.dataset, "block": held.block, "released": held.released, "held": held.id}
    return {(row[0], row[1], row[2], row[3]) for row in conn.execute(text(query), params).fetchall()}


def _apply(conn: Connection, run: int, held: Any, verdict: str) -> None:
    """Free an accepted block and publish it; end its findings either way."""
    import numpy as np

    from storage.publish.findings import end_document_findings, end_findings, findings_of_held
    from storage.publish.superseding import supersede
    from storage.state.accepted import accept
    from storage.state.held import end_held, held_figures

    end_findings(conn, run, f"{verdict}ed", findings_of_held(conn, held.dataset, [held.id]))
    if verdict == ACCEPT:
        keys = np.unique(held_figures(conn, [held.id]).readings.key)
        end_held(conn, run, "accepted", [held.id])
        accept(conn, held.dataset, run, held.released, keys, keys)
        publish_cells(conn, run, held.dataset, held.released, keys)
    end_document_findings(conn, run, f"{verdict}ed")
    if verdict == ACCEPT:
        supersede(conn, run, held.dataset, held.released, keys, but=held.id)


def publish_cells(conn: Connection, run: int, dataset: str, released: int, keys: Any) -> int:
    """Put what an accepted release says of ``keys`` in force, as far as it is news; the number of rows written."""
    from storage.encoding.rows import insert_versions
    from storage.publish.changes import fold
    from storage.state.releases import published

    folded = fold(conn, dataset, run, {released: published(conn, dataset, released, keys)}, keys)
    insert_versions(conn, folded.rows)
    return len(folded.rows)


def _decided(conn: Connection, row: Any, *, first: bool) -> Decided:
    query = text("SELECT source, recorded_at FROM run WHERE id = :run")
    source, recorded_at = conn.execute(query, {"run": row.run}).one()
    return Decided(
        source,
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
