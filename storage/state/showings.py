"""Documents as they were shown: the same bytes once more, after others, are another row: of a release of their own, or
of a further sequence of theirs.

A document is its bytes; an agency that withdraws a revision shows the old bytes again. So a row of ``document`` is one
showing, and what a batch brings is first asked which of them it is: seen again and again without anything between it
stays the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, text

from schemas.documents import Document
from storage.database.conditions import last_read
from storage.database.id_lists import id_list, id_value
from storage.database.inserts import insert
from storage.encoding import codes
from storage.state.maps import LAST

#: The date that a person assigned to a showing ``d``, NULL where none did.
_ASSIGNED: Final = """
    (SELECT max(p.released) FROM printing p
     WHERE p.document = d.id AND p.dataset <> ''
       AND EXISTS (SELECT 1 FROM printing a JOIN run b ON b.id = a.run
                   WHERE a.document = d.id AND b.kind = 'assignment')
       AND p.run = (SELECT max(q.run) FROM printing q WHERE q.document = d.id AND q.dataset <> ''))
"""
#: The run in which a mended transcription took the place of a showing ``d``, NULL where none did.
REPLACED: Final = f"""
    (SELECT p.run FROM printing p JOIN run r ON r.id = p.run
     WHERE p.document = d.id AND p.dataset = '' AND r.kind = 'transcription'
       AND {last_read()})
"""  # noqa: S608 - fixed words
#: Rows of ``document`` with the two, and how it is read: what ``date_of`` and ``document_of`` read.
ROWS: Final = f"""
    SELECT d.*, {_ASSIGNED} AS assigned, {REPLACED} AS replaced, {LAST} AS map FROM document d
"""  # noqa: S608 - fixed words
_COLUMNS: Final = (
    *("id", "sha256", "run", "source", "name", "url", "media_type", "size", "fetched_at", "released"),
    *("released_not_after", "etag", "last_modified"),
)


def document_ids(conn: Connection, hashes: Iterable[str]) -> dict[str, int]:
    """SHA-256 → id of the last showing of each document that the ledger knows."""
    query = text("SELECT max(id) FROM document WHERE sha256 = :sha")
    found = {sha: conn.execute(query, {"sha": sha}).scalar() for sha in dict.fromkeys(hashes)}
    return {sha: number for sha, number in found.items() if number is not None}


def find_showings(
    conn: Connection, documents: Sequence[Document], dates: Mapping[str, frozenset[int]]
) -> dict[str, int]:
    """SHA-256 → id of the showing that each document of a batch is; those that are new are not among them.

    It is the one of which the ledger has the same release ``dates`` (codes, by SHA-256, as they were read now), else
    the one that came with the same word about its date, else, where nothing is said about that, the last; of what an
    address answered under one date it is the last, or a new one after others.
    """
    from storage.state.releases import releases_of

    found: dict[str, int] = {}
    fetched: list[tuple[Document, list[int]]] = []
    query = text("SELECT id, released, url FROM document WHERE sha256 = :sha ORDER BY id")
    for document in documents:
        sha = document.sha256
        if document.showing:
            found[sha] = document.showing
            continue
        rows = conn.execute(query, {"sha": _bytes(document)}).fetchall()
        if document.url:  # what another address gives is another answer, though it be the same
            rows = [row for row in rows if row.url in ("", document.url)]
        was: dict[int, set[int]] = {}
        for _, released, number in releases_of(conn, [row.id for row in rows]):
            was.setdefault(number, set()).add(codes.base(released))
        now = dates.get(sha, frozenset())
        same = [row.id for row in rows if now and was.get(row.id, set()) == now]
        same += [row.id for row in rows if row.released == document.released]
        if not document.released:
            same += [row.id for row in reversed(rows)]
        if same:
            found[sha] = same[0]
            # The date that a person assigned to one stands, whatever the source goes on saying of it.
            if document.url and document.fetched_at and now and was.get(same[0], now) == now:
                fetched.append((document, [row.id for row in rows if row.id not in was]))
    return _after_others(conn, found, fetched, dates) if fetched else found


def _after_others(
    conn: Connection,
    found: dict[str, int],
    fetched: Sequence[tuple[Document, list[int]]],
    dates: Mapping[str, frozenset[int]],
) -> dict[str, int]:
    """What was ``found``, less fetched documents before which their address answered otherwise under the same date.

    Beside each stand the rows of its bytes that were never read.
    """
    urls = {document.url for document, _ in fetched}
    every = text("SELECT id, url FROM document WHERE source = :source AND fetched_at IS NOT NULL")
    given = [row.id for row in conn.execute(every, {"source": fetched[0][0].source}) if row.url in urls]
    query = f"""
        SELECT d.id, d.url, d.sha256, d.fetched_at, max(p.released) AS released
        FROM document d JOIN printing p ON p.document = d.id AND p.dataset <> '' AND {last_read()}
        WHERE d.id IN {id_list(conn, "ids")} GROUP BY d.id ORDER BY d.fetched_at, d.id
    """  # noqa: S608 - fixed words
    answers: dict[tuple[str, int], list[Any]] = {}
    for row in conn.execute(text(query), {"ids": id_value(conn, given)}):
        answers.setdefault((row.url, codes.base(row.released)), []).append(row)
    for document, unread in fetched:
        sha, at = document.sha256, _fetched(document)
        of_address = answers.get((document.url, max(dates[sha])), [])
        before = [one for one in of_address if one.fetched_at <= at]
        if before and before[-1].sha256 == _bytes(document):
            found[sha] = before[-1].id
        elif before:  # new, but for what came before and could not be read until now
            new = [number for number in unread if number > before[-1].id]
            del found[sha]
            found.update({sha: new[-1]} if new else {})
        elif any(one.id == found[sha] for one in of_address):  # that was shown later
            del found[sha]
    return found


def keep_documents(
    conn: Connection, run: int, documents: Sequence[Document], known: Mapping[str, int]
) -> dict[str, int]:
    """SHA-256 → id; showings that are not ``known`` are added."""
    ids = {document.sha256: known[document.sha256] for document in documents if document.sha256 in known}
    missing = {d.sha256: d for d in documents if d.sha256 not in ids}
    query = text("""
        SELECT id FROM document WHERE sha256 = :sha AND released = :released
        AND (fetched_at IS NULL OR (url = :url AND fetched_at = :at))
    """)
    for sha, d in list(missing.items()):  # another run may have come between
        one = {"sha": _bytes(d), "released": d.released, "url": d.url, "at": _fetched(d)}
        number = conn.execute(query, one).scalar()
        if number is not None:
            ids[sha] = number
            del missing[sha]
    start = conn.execute(text("SELECT coalesce(max(id), 0) FROM document")).scalar_one() + 1
    rows = [
        (
            *(start + at, _bytes(d), run, d.source, d.name, d.url, d.media_type, d.length),
            *(_fetched(d), d.released, int(d.released_not_after), d.etag, d.last_modified),
        )
        for at, d in enumerate(missing.values())
    ]
    if rows:
        insert(conn, "document", _COLUMNS, rows)
    return ids | {sha: start + at for at, sha in enumerate(missing)}


def _bytes(document: Document) -> str:
    """The SHA-256 of its bytes, whatever was done to tell it apart."""
    return document.sha256.partition("#")[0]


def _fetched(document: Document) -> int | None:
    """When it was fetched, in microseconds since 1970."""
    return codes.microseconds(document.fetched_at) if document.fetched_at else None


def date_of(row: Any) -> tuple[str, bool]:
    """The release date of one of ROWS, "" where the document says it itself, and whether it is only "not after"."""
    if row.assigned is not None:
        return codes.release_text(codes.base(row.assigned)), False
    return row.released, bool(row.released_not_after)


def document_of(row: Any, body: bytes | Callable[[], bytes]) -> Document:
    """One of ROWS as it came, with the release date that a person assigned to it."""
    fetched, (released, not_after) = row.fetched_at, date_of(row)
    return Document(
        row.source,
        body,
        row.name,
        url=row.url,
        media_type=row.media_type,
        fetched_at=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=fetched) if fetched else None,
        released=released,
        released_not_after=not_after,
        etag=row.etag,
        last_modified=row.last_modified,
        digest=row.sha256,
        size=row.size,
        showing=row.id,
        map=row.map or "",
    )
