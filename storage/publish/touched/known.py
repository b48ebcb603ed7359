"""What the ledger has of a batch's documents: which showings they are, when and as what each was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Self

import numpy as np
from sqlalchemy import Connection, text

from schemas.errors import UsageError
from schemas.positions import NOWHERE
from storage.database.conditions import last_read, open_finding
from storage.database.id_lists import id_list, id_value
from storage.encoding import codes
from storage.encoding.columns import Readings
from storage.encoding.tables import encode, released_codes
from storage.state.releases import releases_of
from storage.state.showings import REPLACED, find_showings

if TYPE_CHECKING:
    import pandas as pd

    from storage.publish.batch import Batch


@dataclass
class Known:
    """By SHA-256 the showing of each document that the ledger has, and the release dates it says now.

    ``before`` is what it was when it was read last: by which version, how many readings; ``was`` the (dataset, release,
    id) of what was found. ``same`` bring nothing, among them those ``taken``, whose place a transcription took.
    """

    ids: dict[str, int]
    dates: dict[str, frozenset[int]]
    before: dict[str, tuple[int, int]]
    was: list[tuple[str, int, int]]
    same: set[str]
    taken: frozenset[str]

    @classmethod
    def of(cls, conn: Connection, batch: Batch, kind: str) -> Self:
        """Of a batch; raises UsageError for what a person must put right."""
        frame = batch.parsed.readings
        dates = _dates(frame)
        ids = find_showings(conn, batch.concerned, dates)
        before = _read_before(conn, ids)
        sizes, version = _sizes(frame), batch.parser_version
        # A parser is pure: the same bytes read by the same version say the same.
        same = {sha for sha, seen in before.items() if kind == "collect" and seen == (version, sizes.get(sha, 0))}
        was = releases_of(conn, [ids[sha] for sha in before])
        same -= _learned(batch, same, ids, dates, was)
        taken = _taken_place(conn, batch, ids) if kind == "collect" else frozenset[str]()
        return cls(ids, dates, before, was, same | taken, taken)

    def brings_nothing(self, batch: Batch) -> bool:
        """Whether all that a batch has is the same."""
        shas = [document.sha256 for document in batch.concerned]
        return bool(shas) and self.same.issuperset(shas)

    def read_the_same(self, conn: Connection, batch: Batch, replaced: Mapping[str, Readings]) -> frozenset[str]:
        """Count documents as the same that a newer parser reads as the older one did; those that are mended."""
        # A figure that could not be read for a while was kept: that it can be read again is news, the figure is none.
        mended = {sha for sha in self.before if sha not in self.same and _read_again(conn, batch, sha, self.ids[sha])}
        self.same |= _said_the_same(conn, batch, self.ids, replaced, self.before) - mended
        self.same -= {document.sha256 for document in batch.replaced}  # even one that said nothing is to be marked
        return frozenset(mended)

    def dated_otherwise(self, batch: Batch) -> frozenset[str]:
        """Those to which a person assigned another date than their source goes on saying: that stands."""
        known: dict[int, set[int]] = {}
        for _, released, number in self.was:
            known.setdefault(number, set()).add(int(codes.base(released)))
        fetched = {document.sha256 for document in batch.documents if document.url} & self.same
        return frozenset(sha for sha in fetched if known.get(self.ids[sha], set()) != self.dates.get(sha, frozenset()))


def pairs(frame: pd.DataFrame, name: str) -> set[tuple[str, int]]:
    """The (text of column ``name``, release) pairs of a frame."""
    if not len(frame):
        return set()
    column = frame[name].cat
    size = len(column.categories)
    found = (divmod(int(one), size) for one in np.unique(released_codes(frame) * size + column.codes.to_numpy()))
    return {(str(column.categories[code]), released) for released, code in found}


def _read_before(conn: Connection, ids: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Of documents that were read: SHA-256 → parser version and number of readings of the last time."""
    query = f"""
        SELECT p.document, max(p.parser_version), sum(p.readings) FROM printing p
        WHERE p.document IN {id_list(conn, "ids")}
          AND {last_read()} GROUP BY p.document
    """  # noqa: S608 - a fixed list
    rows = conn.execute(text(query), {"ids": id_value(conn, sorted(ids.values()))}).fetchall()
    found = {row[0]: (int(row[1]), int(row[2])) for row in rows}
    return {sha: found[number] for sha, number in ids.items() if number in found}


def _dates(frame: pd.DataFrame) -> dict[str, frozenset[int]]:
    """SHA-256 → the release dates of its readings."""
    dated = sorted(pairs(frame, "document"))
    return {sha: frozenset(date for _, date in own) for sha, own in groupby(dated, key=itemgetter(0))}


def _sizes(frame: pd.DataFrame) -> dict[str, int]:
    counts = frame["document"].value_counts()
    return {str(sha): int(count) for sha, count in counts.items() if count}


def _learned(
    batch: Batch,
    same: set[str],
    ids: dict[str, int],
    dates: dict[str, frozenset[int]],
    was: list[tuple[str, int, int]],
) -> set[str]:
    """Documents of ``same`` whose release date was learned since: they are read once more, under that.

    Raises UsageError for one that a person moved to another date, where it is fed by hand under the old one again.
    """
    found = set()
    for document in batch.documents:
        sha = document.sha256
        if sha not in same or not document.released or document.released_not_after:
            continue
        known = {codes.base(released) for _, released, number in was if number == ids[sha]}
        now = dates.get(sha, frozenset())
        if not now or now == known:
            continue
        if document.showing:  # a source's own word; that of a document goes before it
            found |= {sha} if now == {codes.release_code(document.released)} else set()
        if document.showing or document.url:  # nobody is asked by a fetch: the date a person assigned stands
            continue
        moved = ", ".join(codes.release_text(one) for one in sorted(known))
        raise UsageError(
            f"{document.name} ({sha[:12]}) came as released {document.released} before and was moved to {moved}: to "
            f"move it back, tradeledger reparse --document {sha[:12]} --released {document.released}"
        )
    return found


def _taken_place(conn: Connection, batch: Batch, ids: dict[str, int]) -> frozenset[str]:
    """Documents whose place a mended transcription took: an agency may go on showing them, they say nothing.

    Raises UsageError for one that is fed by hand.
    """
    query = f"SELECT d.id, {REPLACED} AS run FROM document d WHERE d.id IN {id_list(conn, 'ids')}"  # noqa: S608
    rows = conn.execute(text(query), {"ids": id_value(conn, sorted(ids.values()))}).fetchall()
    runs = {row.id: row.run for row in rows if row.run is not None}
    found = {document.sha256 for document in batch.documents if ids.get(document.sha256) in runs}
    for document in batch.documents:
        if document.sha256 in found and not document.url:
            raise UsageError(
                f"{document.name} ({document.sha256[:12]}) was replaced in run {runs[ids[document.sha256]]}: to take "
                "that back, ingest it with --replaces and the SHA-256 of the one that took its place"
            )
    return frozenset(found)


def _said_the_same(
    conn: Connection, batch: Batch, ids: dict[str, int], replaced: Mapping[str, Readings], before: Iterable[str]
) -> set[str]:
    """Documents that a new parser reads exactly as the old one did."""
    frame = batch.parsed.readings
    wanted = [sha for sha in before if sha in ids]
    if not wanted:
        return set()
    own = frame[frame["document"].isin(wanted)]
    readings, _, _ = encode(conn, own, ids, create=False)
    old = Readings.concatenate(list(replaced.values()))
    old = replace(old, released=codes.base(old.released)).take(old.position != NOWHERE)

    def facts(rows: Readings, document: int) -> list[tuple[int, ...]]:
        part = rows.take(rows.document == document)
        columns = (part.key, part.released, part.mantissa, part.packed, part.position)
        return sorted(zip(*(column.tolist() for column in columns), strict=True))

    return {sha for sha in wanted if facts(readings, ids[sha]) == facts(old, ids[sha])}


def _read_again(conn: Connection, batch: Batch, sha: str, document: int) -> bool:
    """Whether something in a document can be read that could not be read when it was read last."""
    query = f"""
        SELECT f.position FROM finding f WHERE f.rule = 'readable' AND f.severity = 'error' AND f.document = :document
        AND {open_finding()}
    """  # noqa: S608 - fixed words
    listed = {row[0] for row in conn.execute(text(query), {"document": document}).fetchall()}
    only = batch.documents[0].sha256 if batch.documents else ""
    return bool(listed - {one.position for one in batch.parsed.unreadable if (one.document or only) == sha})
