"""Documents as they were shown: the same bytes once more, after others, are another row with a release date of its own.

A document is its bytes; an agency that withdraws a revision shows the old bytes again. So a row of ``document`` is one
showing, and what a batch brings is first asked which of them it is: seen again and again without anything between it
stays the first.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, text

from schemas.documents import Document
from schemas.errors import LedgerError, UsageError
from storage import codes
from storage.inserts import insert

if TYPE_CHECKING:
    from storage.documents import Archive
    from storage.ledger import Ledger

#: The date that a person assigned to a showing ``d``, NULL where none did.
_ASSIGNED: Final = """
    (SELECT max(p.released) FROM printing p
     WHERE p.document = d.id AND p.dataset <> ''
       AND EXISTS (SELECT 1 FROM printing a JOIN run b ON b.id = a.run
                   WHERE a.document = d.id AND b.kind = 'assignment')
       AND p.run = (SELECT max(q.run) FROM printing q WHERE q.document = d.id AND q.dataset <> ''))
"""
#: The run in which a mended transcription took the place of a showing ``d``, NULL where none did.
REPLACED: Final = """
    (SELECT p.run FROM printing p JOIN run r ON r.id = p.run
     WHERE p.document = d.id AND p.dataset = '' AND r.kind = 'transcription'
       AND p.run = (SELECT max(q.run) FROM printing q WHERE q.document = d.id))
"""
#: Rows of ``document`` with the two: what ``date_of`` and ``document_of`` read.
ROWS: Final = f"SELECT d.*, {_ASSIGNED} AS assigned, {REPLACED} AS replaced FROM document d"  # noqa: S608 - fixed words
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
    the one that came with the same word about its date, else, where nothing is said about that, the last.
    """
    from storage.releases import releases_of

    found: dict[str, int] = {}
    query = text("SELECT id, released FROM document WHERE sha256 = :sha ORDER BY id")
    for document in documents:
        sha = document.sha256
        if document.showing:
            found[sha] = document.showing
            continue
        rows = conn.execute(query, {"sha": _bytes(document)}).fetchall()
        was: dict[int, set[int]] = {}
        for _, released, number in releases_of(conn, [row.id for row in rows]):
            was.setdefault(number, set()).add(released)
        now = dates.get(sha, frozenset())
        same = [row.id for row in rows if now and was.get(row.id, set()) == now]
        same += [row.id for row in rows if row.released == document.released]
        if not document.released:
            same += [row.id for row in reversed(rows)]
        if same:
            found[sha] = same[0]
    return found


def keep_documents(
    conn: Connection, run: int, documents: Sequence[Document], known: Mapping[str, int]
) -> dict[str, int]:
    """SHA-256 → id; showings that are not ``known`` are added."""
    ids = {document.sha256: known[document.sha256] for document in documents if document.sha256 in known}
    missing = {d.sha256: d for d in documents if d.sha256 not in ids}
    query = text("SELECT id FROM document WHERE sha256 = :sha AND released = :released")
    for sha, document in list(missing.items()):  # another run may have come between
        number = conn.execute(query, {"sha": _bytes(document), "released": document.released}).scalar()
        if number is not None:
            ids[sha] = number
            del missing[sha]
    start = conn.execute(text("SELECT coalesce(max(id), 0) FROM document")).scalar_one() + 1
    rows = [
        (
            *(start + at, _bytes(d), run, d.source, d.name, d.url, d.media_type, d.length),
            *(codes.microseconds(d.fetched_at) if d.fetched_at else None, d.released, int(d.released_not_after)),
            *(d.etag, d.last_modified),
        )
        for at, d in enumerate(missing.values())
    ]
    if rows:
        insert(conn, "document", _COLUMNS, rows)
    return ids | {sha: start + at for at, sha in enumerate(missing)}


def kept_documents(ledger: Ledger, archive: Archive, source: str, sha256: str = "") -> Iterator[Document]:
    """The documents of a source as they came (or the one whose SHA-256 begins so), oldest first.

    One that was shown on several dates comes as often, one that was replaced not at all. Their bytes are read and
    verified when they are asked for. Raises UsageError for a document there is not.
    """
    with ledger.reading() as conn:
        rows = conn.execute(text(f"{ROWS} WHERE d.source = :source ORDER BY d.id"), {"source": source}).fetchall()
    found = [row for row in rows if row.sha256.startswith(sha256)]
    if sha256 and not found:
        raise UsageError(f"{source} has no document {sha256!r}: tradeledger documents lists them")
    if sha256 and all(row.replaced for row in found):
        raise UsageError(f"document {sha256[:12]} was replaced in run {found[-1].replaced}: it says nothing any more")
    for row in found:
        if not row.replaced:
            yield document_of(row, partial(archive.get, row.sha256))


def taken_whole(ledger: Ledger, hashes: Sequence[str]) -> frozenset[str]:
    """Those of the documents that were read before without a question about their last figure."""
    query = text("""
        SELECT 1 FROM document d WHERE d.sha256 = :sha
          AND EXISTS (SELECT 1 FROM printing p WHERE p.document = d.id)
          AND NOT EXISTS (SELECT 1 FROM finding f JOIN document e ON e.id = f.document
                          WHERE e.sha256 = d.sha256 AND f.rule = 'whole')
    """)
    with ledger.reading() as conn:
        return frozenset(sha for sha in hashes if conn.execute(query, {"sha": sha.partition("#")[0]}).first())


def _bytes(document: Document) -> str:
    """The SHA-256 of its bytes, whatever was done to tell it apart."""
    return document.sha256.partition("#")[0]


def told_apart(documents: Iterable[Document]) -> Iterator[Document]:
    """The documents of one batch: where the same bytes are different showings, each is one by itself.

    The SHA-256 is how readings name their document, so it is followed by a number.
    """
    first: dict[str, tuple[int, str]] = {}
    for number, document in enumerate(documents):
        sha, which = document.sha256, (document.showing, document.released)
        yield document if first.setdefault(sha, which) == which else replace(document, digest=f"{sha}#{number}")


def date_of(row: Any) -> tuple[str, bool]:
    """The release date of one of ROWS, "" where the document says it itself, and whether it is only "not after"."""
    if row.assigned is not None:
        return codes.release_text(row.assigned), False
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
    )


class Answers:
    """What each address of a source answered last.

    Only answers that a run could use count: what failed is asked for in full again.
    """

    def __init__(self, ledger: Ledger, archive: Archive, source: str) -> None:
        self._ledger, self._archive = ledger, archive
        runs = text(
            "SELECT documents FROM run WHERE source = :source AND kind = 'collect' AND outcome <> 'failed' ORDER BY id"
        )
        kept = text(f"{ROWS} WHERE d.source = :source AND d.url <> ''")
        with ledger.reading() as conn:
            order = [number for row in conn.execute(runs, {"source": source}) for number in json.loads(row.documents)]
            rows = {row.id: row for row in conn.execute(kept, {"source": source})}
        # A showing that is seen again has one row, its first: the runs say which came last.
        self._latest = {rows[number].url: rows[number] for number in order if number in rows}

    def last(self, address: str) -> Document | None:
        """The last answer of an address, for asking again conditionally.

        None where nothing is known, or its bytes are missing or damaged in the archive.
        """
        row = self._latest.get(address)
        with contextlib.suppress(LedgerError):
            return document_of(row, self._archive.get(row.sha256)) if row is not None else None
        return None

    def showing(self, document: Document) -> Document:
        """An answer whose release date is only "not after the day it was fetched": as it was first seen.

        The same bytes fetched a day later are no new release; after others from the same address they are.
        """
        if document.showing or not document.released_not_after:
            return document
        row = last = self._latest.get(document.url)
        if last is None:
            row = self._kept("d.sha256 = :sha", sha=document.sha256)
        elif last.sha256 != document.sha256:
            # New, but for what came before and could not be read until now.
            row = self._kept(
                "d.sha256 = :sha AND d.url = :url AND d.id > :last "
                "AND NOT EXISTS (SELECT 1 FROM printing p WHERE p.document = d.id)",
                sha=document.sha256,
                url=document.url,
                last=last.id,
            )
        if row is None:
            return document
        known, not_after = date_of(row)
        if not known:  # it says so itself
            return replace(document, showing=row.id)
        return replace(document, released=known, released_not_after=not_after, showing=row.id)

    def _kept(self, where: str, **values: Any) -> Any:
        """The last row of ``document`` of which that is true, None for none."""
        with self._ledger.reading() as conn:
            return conn.execute(text(f"{ROWS} WHERE {where} ORDER BY d.id DESC LIMIT 1"), values).fetchone()

    def in_order(self, documents: Sequence[Document], now: datetime) -> list[Document]:
        """The documents of one run, those that are new released by the minute where a day is not enough.

        That is where one of their addresses gave something else on the same day: together they would be one release.
        """
        new = [one.released_not_after and not one.showing for one in documents]
        before = [
            date_of(row)[0]
            for one, is_new in zip(documents, new, strict=True)
            if is_new and (row := self._latest.get(one.url)) is not None
        ]
        last = max(before, default="")
        if last < now.date().isoformat():
            return list(documents)
        # Two in one minute: that a figure was released not after the next one is as true.
        after = datetime.fromisoformat(last) + timedelta(minutes=1)
        stamp = max(after if len(last) > 10 else datetime.min, now.replace(tzinfo=None)).strftime("%Y-%m-%dT%H:%M")
        return [replace(one, released=stamp) if is_new else one for one, is_new in zip(documents, new, strict=True)]
