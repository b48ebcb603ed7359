"""Documents as an agency showed them: which answer an address gave last, which showing a document is."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from schemas.documents import Document
from schemas.errors import LedgerError, UsageError
from storage.state.showings import ROWS, date_of, document_of

if TYPE_CHECKING:
    from storage.archive import Archive
    from storage.handle import Handle


def kept_documents(ledger: Handle, archive: Archive, source: str, sha256: str = "") -> Iterator[Document]:
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


def told_apart(documents: Iterable[Document], at: Callable[[Document], str] = lambda _: "") -> Iterator[Document]:
    """The documents of one batch: where the same bytes are different showings, each is one by itself.

    The SHA-256 is how readings name their document, so it is followed by a number. ``at`` says of which address a
    document is a showing of its own, "" where that is none.
    """
    first: dict[str, tuple[int, str, str]] = {}
    for number, document in enumerate(documents):
        sha, which = document.sha256, (document.showing, document.released, at(document))
        yield document if first.setdefault(sha, which) == which else replace(document, digest=f"{sha}#{number}")


class Answers:
    """What each address of a source answered last.

    Only answers that a run could use count: what failed is asked for in full again.
    """

    def __init__(self, ledger: Handle, archive: Archive, source: str) -> None:
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

    def after_others(self, document: Document) -> str:
        """The address of an answer before which it gave something else, "" for others."""
        last = self._latest.get(document.url)
        return document.url if last is not None and last.sha256 != document.sha256 else ""

    def instant(self, now: datetime) -> datetime:
        """When all answers of a run are fetched: now, and after all before, whatever the clock says.

        So those corrected together are one sequence of their release, after those there are.
        """
        last = max((row.fetched_at or 0 for row in self._latest.values()), default=0)
        return max(now, datetime.fromtimestamp(0, UTC) + timedelta(microseconds=last + 1))

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


def taken_whole(ledger: Handle, hashes: Sequence[str]) -> frozenset[str]:
    """Those of the documents that were read before without a question about their last figure."""
    query = text("""
        SELECT 1 FROM document d WHERE d.sha256 = :sha
          AND EXISTS (SELECT 1 FROM printing p WHERE p.document = d.id)
          AND NOT EXISTS (SELECT 1 FROM finding f JOIN document e ON e.id = f.document
                          WHERE e.sha256 = d.sha256 AND f.rule = 'whole')
    """)
    with ledger.reading() as conn:
        return frozenset(sha for sha in hashes if conn.execute(query, {"sha": sha.partition("#")[0]}).first())
