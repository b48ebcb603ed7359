"""Kept documents read again: by today's parsers, or under a release date that was learned later.

Both are publishes like any other, of kind ``reparse`` and ``assignment``: what they change is a correction, ours and
not the agency's. ``preview`` says what one would change and takes it back.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, text

from schemas.documents import Document, Notice, Parsed, Unreadable
from schemas.errors import LedgerError, UsageError
from storage import codes
from storage.cells import Cell, Row
from storage.records import Run

if TYPE_CHECKING:
    from schemas.judge import Judgement
    from storage.documents import Archive
    from storage.ledger import Batch, Context, Ledger

#: A date that a person assigned to a document, else the one it came with.
_RELEASED: Final = """
    (SELECT max(p.released) FROM printing p JOIN run r ON r.id = p.run
     WHERE p.document = d.id AND r.kind IN ('assignment', 'reparse')
       AND EXISTS (SELECT 1 FROM printing a JOIN run b ON b.id = a.run
                   WHERE a.document = d.id AND b.kind = 'assignment')
       AND p.run = (SELECT max(q.run) FROM printing q WHERE q.document = d.id))
"""


def kept_documents(ledger: Ledger, archive: Archive, source: str, sha256: str = "") -> Iterator[Document]:
    """The documents of a source as they came (or the one whose SHA-256 begins so), bytes verified, oldest first.

    Raises UsageError for a document there is not, LedgerError for one that is damaged.
    """
    query = f"SELECT d.*, {_RELEASED} AS assigned FROM document d WHERE d.source = :source ORDER BY d.id"  # noqa: S608
    with ledger.reading() as conn:
        rows = conn.execute(text(query), {"source": source}).fetchall()
    found = [row for row in rows if row.sha256.startswith(sha256)]
    if sha256 and not found:
        raise UsageError(f"{source} has no document {sha256!r}: tradeledger documents lists them")
    for row in found:
        yield _document(row, archive)


def _document(row: Any, archive: Archive) -> Document:
    """A row of ``document``, with the release date assigned to it, as it came."""
    fetched = row.fetched_at
    return Document(
        row.source,
        archive.get(row.sha256),
        row.name,
        url=row.url,
        media_type=row.media_type,
        fetched_at=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=fetched) if fetched else None,
        released=codes.release_text(row.assigned) if row.assigned is not None else row.released,
        released_not_after=bool(row.released_not_after) and row.assigned is None,
        etag=row.etag,
        last_modified=row.last_modified,
    )


def last_answers(ledger: Ledger, archive: Archive, source: str) -> Callable[[str], Document | None]:
    """What each address of a source answered last, for asking again conditionally; None where nothing is known.

    Only answers that a run could use count: what failed is asked for in full again. So is a document whose bytes are
    missing or damaged in the archive.
    """
    runs = text(
        "SELECT documents FROM run WHERE source = :source AND kind = 'collect' AND outcome <> 'failed' ORDER BY id"
    )
    kept = text(f"SELECT d.*, {_RELEASED} AS assigned FROM document d WHERE d.source = :source AND d.url <> ''")  # noqa: S608
    with ledger.reading() as conn:
        order = [number for row in conn.execute(runs, {"source": source}) for number in json.loads(row.documents)]
        rows = {row.id: row for row in conn.execute(kept, {"source": source})}
    # A document that came back (A, B, A) has one row, its first: the runs say which came last.
    latest = {rows[number].url: rows[number] for number in order if number in rows}

    def known(address: str) -> Document | None:
        with contextlib.suppress(LedgerError):
            return _document(latest[address], archive) if address in latest else None
        return None

    return known


def kept_sources(ledger: Ledger) -> list[str]:
    """The sources of which documents are kept."""
    with ledger.reading() as conn:
        return [row[0] for row in conn.execute(text("SELECT DISTINCT source FROM document ORDER BY source"))]


def assignment(ledger: Ledger, archive: Archive, sha256: str, released: str) -> Batch:
    """What a document says, under a release date that was learned later; to be published as ``assignment``.

    Raises UsageError for a document there is not, or one that speaks of several releases by itself.
    """
    from storage.coding import decode
    from storage.ledger import Batch
    from storage.releases import release_readings, releases_of

    codes.release_code(released)
    with ledger.reading() as conn:
        row = conn.execute(text("SELECT * FROM document WHERE sha256 = :sha"), {"sha": sha256}).fetchone()
        if row is None:
            raise UsageError(f"there is no document {sha256!r}: tradeledger documents lists them")
        said = releases_of(conn, [row.id])
        if len({one[1] for one in said}) != 1:
            raise UsageError(
                f"document {sha256[:12]} speaks of {len(said)} releases: only one without its own date can move"
            )
        from storage.arrays import Readings

        parts = [release_readings(conn, dataset, code) for dataset, code, _ in said]
        own = Readings.concatenate([part.take(part.document == row.id) for part in parts])
        frame = decode(conn, own)
        version = conn.execute(
            text("SELECT max(parser_version) FROM printing WHERE document = :d"), {"d": row.id}
        ).scalar_one()
        faults, notices = _faults(conn, row.id, sha256)
    frame["released"] = frame["released"].cat.rename_categories([released])
    made = Document(
        row.source, archive.get(sha256), row.name, url=row.url, media_type=row.media_type, released=released
    )
    return Batch(row.source, [made], Parsed(frame, faults, notices), int(version))


def _faults(conn: Connection, document: int, sha256: str) -> tuple[list[Unreadable], list[Notice]]:
    """What could not be read in a document, and what is wrong with it as a whole."""
    query = """
        SELECT u.* FROM unreadable u WHERE u.document = :d
        AND u.run = (SELECT max(q.run) FROM printing q WHERE q.document = :d) ORDER BY u.id
    """
    rows = conn.execute(text(query), {"d": document}).fetchall()
    faults = [Unreadable(row.position, row.seen, row.expected, sha256, row.dataset) for row in rows]
    query = """
        SELECT f.rule, f.sentence, f.position, f."left" FROM finding f WHERE f.document = :d AND f.released IS NULL
        AND f.rule <> 'readable' AND NOT EXISTS (SELECT 1 FROM finding_end e WHERE e.finding = f.id) ORDER BY f.id
    """
    found = conn.execute(text(query), {"d": document}).fetchall()
    return faults, [Notice(row.rule, row.sentence, row.position, sha256, row.left) for row in found]


class _TakenBack(Exception):
    """Ends the transaction of a preview."""


def preview(
    ledger: Ledger, batch: Batch, context: Context, judgement: Judgement, kind: str
) -> tuple[Run, list[dict[str, Any]]]:
    """The run that publishing would record, and what it would change as rows like those of ``revisions``.

    Nothing is kept.

    A figure that would be withdrawn has value "". Raises LedgerMoved like ``publish``.
    """
    from storage.publishing import Publish

    changes: list[dict[str, Any]] = []
    try:
        with ledger.writing() as conn:
            run = Publish(conn, batch, context, judgement, kind).record()
            changes += changes_of(ledger, conn, run)
            raise _TakenBack
    except _TakenBack:
        return run, changes


def changes_of(ledger: Ledger, conn: Connection, run: Run) -> list[dict[str, Any]]:
    """What the rows of one run changed, by cell and release: from what was in force there before it."""
    from storage.cells import Words
    from storage.revisions import change_fields

    words = Words()  # a run that is taken back must not be remembered
    rows = conn.execute(
        text("SELECT * FROM version WHERE run = :run ORDER BY series, period, released"), {"run": run.id}
    ).fetchall()
    query = text(
        "SELECT released, run, mantissa, packed, document, position FROM version "
        "WHERE series = :s AND period = :p AND released <= :r AND run < :run ORDER BY released, run"
    )
    found = []
    for row in rows:
        params = {"s": row.series, "p": row.period, "r": row.released, "run": run.id}
        before = {one.released: Row(*one) for one in conn.execute(query, params).fetchall()}
        standing = [one for one in before.values() if not one.packed & codes.WITHDRAWN]
        new = Row(row.released, row.run, row.mantissa, row.packed, row.document, row.position)
        old = max(standing, default=None, key=lambda one: one.released)
        cell = Cell(row.series, row.period, words.series(conn, row.series), [])
        found.append(change_fields(words, conn, cell, new, old, "correction"))
    return found
