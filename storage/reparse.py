"""Kept documents read again: by today's parsers, or under a release date that was learned later.

Both are publishes like any other, of kind ``reparse`` and ``assignment``: what they change is a correction, ours and
not the agency's. ``preview`` says what one would change and takes it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from schemas.documents import Notice, Parsed, Unreadable
from schemas.errors import UsageError
from storage.database.conditions import open_finding
from storage.encoding import codes
from storage.queries.cells import Cell, Version
from storage.state.runs import Run
from storage.state.showings import ROWS, document_of

if TYPE_CHECKING:
    from schemas.judge import Judgement
    from storage.archive import Archive
    from storage.ledger import Batch, Context, Ledger


def kept_sources(ledger: Ledger) -> list[str]:
    """The sources of which documents are kept."""
    with ledger.reading() as conn:
        return [row[0] for row in conn.execute(text("SELECT DISTINCT source FROM document ORDER BY source"))]


def assignment(ledger: Ledger, archive: Archive, sha256: str, released: str, was: str = "") -> Batch:
    """What a document says, under a release date that was learned later; to be published as ``assignment``.

    ``was`` names the date, of several on which it was shown. Raises UsageError for a document there is not, or one that
    speaks of several releases by itself.
    """
    from storage.encoding.columns import Readings
    from storage.encoding.tables import decode
    from storage.ledger import Batch
    from storage.state.releases import readings_of, releases_of

    code = codes.release_code(released)
    with ledger.reading() as conn:
        kept = text(f"{ROWS} WHERE d.sha256 = :sha ORDER BY d.id")
        rows = {row.id: row for row in conn.execute(kept, {"sha": sha256}).fetchall()}
        if not rows:
            raise UsageError(f"there is no document {sha256!r}: tradeledger documents lists them")
        apart = releases_of(conn, list(rows), instead=True)
        row = rows[_which([*releases_of(conn, list(rows)), *apart], sha256, was)]
        # What was accepted of it in place of others moves along, and stays where the date is the one it had.
        stays = {one for one in apart if codes.base(one[1]) == codes.base(code)}
        own = Readings.concatenate([said for *about, said in readings_of(conn, [row.id]) if tuple(about) not in stays])
        frame = decode(conn, replace(own, released=own.released * 0 + code))
        version = conn.execute(
            text("SELECT max(parser_version) FROM printing WHERE document = :d"), {"d": row.id}
        ).scalar_one()
        faults, notices = _faults(conn, row.id, sha256)
    made = replace(document_of(row, archive.get(sha256)), released=released, released_not_after=False)
    return Batch(row.source, [made], Parsed(frame, faults, notices), int(version))


def _which(said: Sequence[tuple[str, int, int]], sha256: str, was: str) -> int:
    """The showing whose date is to be moved, of (dataset, release, showing): the one, or that of the date ``was``."""
    dates: dict[int, set[str]] = {}
    for _, released, showing in said:
        dates.setdefault(showing, set()).add(codes.release_text(codes.base(released)))
    if not dates:
        raise UsageError(f"document {sha256[:12]} says nothing of any release: there is no date to move")
    several = next((len(found) for found in dates.values() if len(found) > 1), 0)
    if several:
        raise UsageError(f"document {sha256[:12]} speaks of {several} releases: only one without its own date can move")
    shown = ", ".join(sorted({one for found in dates.values() for one in found}))
    here = [showing for showing, found in dates.items() if not was or was in found]
    if not here:
        raise UsageError(f"document {sha256[:12]} was not shown on {was!r}: expected {shown}")
    if len({*map(frozenset, (dates[one] for one in here))}) > 1:
        raise UsageError(f"document {sha256[:12]} was shown on {shown}: say with --was which of these is wrong")
    return here[-1]


def _faults(conn: Connection, document: int, sha256: str) -> tuple[list[Unreadable], list[Notice]]:
    """What could not be read in a document, and what is wrong with it as a whole."""
    query = """
        SELECT u.*, (SELECT max(f.severity) FROM finding f WHERE f.document = u.document AND f.rule = 'readable'
                     AND f.position = u.position) AS severity,
               (SELECT max(f."right") FROM finding f WHERE f.document = u.document AND f.rule = 'readable'
                AND f.position = u.position AND f.sentence LIKE '%' || u.expected) AS figures
        FROM unreadable u WHERE u.document = :d
        AND u.run = (SELECT max(q.run) FROM printing q WHERE q.document = :d) ORDER BY u.id
    """
    rows = conn.execute(text(query), {"d": document}).fetchall()
    faults = [
        Unreadable(
            row.position, row.seen, row.expected, sha256, row.dataset, row.severity or "error", int(row.figures or 1)
        )
        for row in rows
    ]
    query = f"""
        SELECT f.rule, f.sentence, f.position, f."left" FROM finding f WHERE f.document = :d AND f.released IS NULL
        AND f.rule <> 'readable' AND {open_finding()} ORDER BY f.id
    """  # noqa: S608 - fixed words
    found = conn.execute(text(query), {"d": document}).fetchall()
    return faults, [
        Notice(row.rule, row.sentence, row.position, sha256, row.left, figure=row.rule == "whole") for row in found
    ]


class _TakenBack(Exception):
    """Ends the transaction of a preview."""


def preview(
    ledger: Ledger, batch: Batch, context: Context, judgement: Judgement, kind: str
) -> tuple[Run, list[dict[str, Any]]]:
    """The run that publishing would record, and what it would change as rows like those of ``revisions``.

    Nothing is kept.

    A figure that would be withdrawn has value "". Raises LedgerMoved like ``publish``.
    """
    from storage.publish.brought import Brought
    from storage.publish.publish import Publish

    changes: list[dict[str, Any]] = []
    brought = Brought.of(batch, context, judgement)
    try:
        with ledger.writing() as conn:
            run = Publish(conn, brought, kind).record()
            changes += changes_of(ledger, conn, run)
            raise _TakenBack
    except _TakenBack:
        return run, changes


def changes_of(ledger: Ledger, conn: Connection, run: Run) -> list[dict[str, Any]]:
    """What the rows of one run changed, by cell and release: from what was in force there before it."""
    from storage.encoding.words import Words
    from storage.queries.revisions import change_fields

    words = Words()  # a run that is taken back must not be remembered
    rows = conn.execute(
        text("SELECT * FROM version WHERE run = :run ORDER BY series, period, released"), {"run": run.id}
    ).fetchall()
    query = text(
        "SELECT released, run, mantissa, packed, document, position FROM version "
        "WHERE series = :s AND period = :p AND released <= :r AND run < :run ORDER BY released, run"
    )
    found: dict[tuple[int, int], list[tuple[Version, Version | None]]] = {}
    for row in rows:
        params = {"s": row.series, "p": row.period, "r": row.released, "run": run.id}
        before = {one.released: Version(*one) for one in conn.execute(query, params).fetchall()}
        standing = [one for one in before.values() if not codes.withdrawn(one.packed)]
        new = Version(row.released, row.run, row.mantissa, row.packed, row.document, row.position)
        old = max(standing, default=None, key=lambda one: one.released)
        found.setdefault((row.series, row.period), []).append((new, old))
    return [
        change_fields(words, conn, Cell(*key, words.series(conn, key[0]), []), new, old, "correction")
        for key, changes in found.items()
        for new, old in _moved(changes)
    ]


def _moved(changes: list[tuple[Version, Version | None]]) -> list[tuple[Version, Version | None]]:
    """What is withdrawn from one release and published in another as one change."""
    from storage.queries.revisions import with_moves

    stay = [(new, old) for new, old in changes if not codes.withdrawn(new.packed)]
    gone = [(new, old, "") for new, old in changes if codes.withdrawn(new.packed) and old is not None]
    moved = [(new, old) for new, old, _ in with_moves(gone, [new for new, _ in stay])]
    arrived = [new for new, _ in moved]
    return [*moved, *((new, old) for new, old in stay if new not in arrived)]
