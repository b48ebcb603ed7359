"""What each address answered: the last answer, which showing one is, and how many figures came before."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

from schemas.errors import LedgerError
from storage.database.conditions import last_read
from storage.database.id_lists import id_list, id_value
from storage.encoding.codes import NO_BOUND
from storage.state.showings import REPLACED, ROWS, date_of, document_of

if TYPE_CHECKING:
    from schemas.documents import Document
    from storage.archive import Archive
    from storage.handle import Handle

#: Whether a document ``d`` was said to have too few figures, and nobody said that it is whole.
_DOUBTED: Final = """
    EXISTS (SELECT 1 FROM finding f LEFT JOIN finding_end e ON e.finding = f.id
            WHERE f.document = d.id AND f.rule = 'expected-rows' AND f.severity = 'error'
              AND coalesce(e.why, '') <> 'accepted')
"""
#: What a document ``d`` was read to have the last time.
_SIZE: Final = f"(SELECT sum(p.readings) FROM printing p WHERE p.document = d.id AND {last_read()})"  # noqa: S608


def sizes_before(ledger: Handle, documents: Sequence[Document], showings: Mapping[str, int]) -> dict[str, int]:
    """SHA-256 → number of readings of the answer that its address gave before, of those that stand.

    One that waits, was rejected or superseded because it had too few is no measure. ``showings`` are the ids of those
    of the documents that the ledger has; of them, what came before counts.
    """
    found = {}
    query = f"""
        SELECT {_SIZE} AS size FROM document d
        WHERE d.url = :url AND d.id < :id AND NOT {_DOUBTED} AND {REPLACED} IS NULL AND {_SIZE} > 0
        ORDER BY d.id DESC LIMIT 1
    """  # noqa: S608 - fixed words
    with ledger.reading() as conn:
        for document in documents:
            if not document.url:  # of no address
                continue
            known = showings.get(document.sha256, NO_BOUND)
            size = conn.execute(text(query), {"url": document.url, "id": known}).scalar()
            if size is not None:
                found[document.sha256] = int(size)
    return found


def doubted_before(ledger: Handle, showings: Mapping[str, int]) -> frozenset[str]:
    """Those of the documents (SHA-256 → id) that were ever said to have too few figures."""
    with ledger.reading() as conn:
        query = (
            f"SELECT DISTINCT document FROM finding WHERE rule = 'expected-rows' AND document IN {id_list(conn, 'ids')}"  # noqa: S608
        )
        found = set(conn.execute(text(query), {"ids": id_value(conn, sorted(showings.values()))}).scalars())
    return frozenset(sha for sha, number in showings.items() if number in found)


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
