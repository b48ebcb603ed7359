"""What a batch meets in the ledger: the readings of the releases it touches, and whether it brings anything at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection, text

from schemas.errors import UsageError
from schemas.positions import NOWHERE
from storage.database.conditions import last_read, open_finding
from storage.encoding import codes
from storage.encoding.columns import Flags, Ints, Readings, find, ints
from storage.encoding.rows import id_list, id_value
from storage.encoding.tables import decode, encode, released_codes
from storage.publish.batch import Context
from storage.publish.touched.families import standing_of
from storage.state.accepted import accepted_cells, accepted_releases
from storage.state.releases import kept_back, published, release_readings, releases_of, sequences_of
from storage.state.runs import last_change
from storage.state.showings import REPLACED, find_showings
from storage.state.standing import Family, Standing, begun

if TYPE_CHECKING:
    import pandas as pd

    from storage.publish.batch import Batch


def _pairs(frame: pd.DataFrame, name: str) -> set[tuple[str, int]]:
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
    pairs = sorted(_pairs(frame, "document"))
    return {sha: frozenset(date for _, date in own) for sha, own in groupby(pairs, key=itemgetter(0))}


def _sizes(frame: pd.DataFrame) -> dict[str, int]:
    counts = frame["document"].value_counts()
    return {str(sha): int(count) for sha, count in counts.items() if count}


def context(conn: Connection, batch: Batch, kind: str = "collect") -> Context:
    """See ``Ledger.context``."""
    frame = batch.parsed.readings
    dates = _dates(frame)
    ids = find_showings(conn, batch.concerned, dates)
    before = _read_before(conn, ids)
    sizes = _sizes(frame)
    version = batch.parser_version
    # A parser is pure: the same bytes read by the same version say the same.
    same = {sha for sha, seen in before.items() if kind == "collect" and seen == (version, sizes.get(sha, 0))}
    shas = [document.sha256 for document in batch.concerned]
    was = releases_of(conn, [ids[sha] for sha in before])
    same -= _learned(batch, same, ids, dates, was)
    families = _pairs(frame, "dataset") | {(dataset, codes.base(released)) for dataset, released, _ in was}
    unread = {f.dataset for f in batch.parsed.unreadable if f.dataset}
    touched = _touched(conn, families, unread, Standing())
    names = sorted(touched)
    begins = {(d, codes.base(one), number): one for d, one, number in was if codes.sequence(one) > 1}

    def unchanged() -> Context:
        empty = Readings(*(ints() for _ in range(6)))
        token = last_change(conn, names)
        return Context(
            *(decode(conn, empty), True, token, names, touched, empty, [], ints(), {}, ids, frozenset(same)),
            begins=begins,
        )

    taken = _taken_place(conn, batch, ids) if kind == "collect" else frozenset[str]()
    same |= taken
    if shas and same.issuperset(shas):
        return unchanged()
    replaced = _own(conn, touched, sorted(ids.values()))
    # A figure that could not be read for a while was kept: that it can be read again is news, the figure is none.
    mended = {sha for sha in before if sha not in same and _read_again(conn, batch, sha, ids[sha])}
    same |= _said_the_same(conn, batch, ids, replaced, before) - mended
    same -= {document.sha256 for document in batch.replaced}  # even one that said nothing is to be marked
    dated = _dated_otherwise(batch, same, ids, dates, was)
    others = replace(batch, documents=[one for one in batch.documents if one.sha256 not in dated])
    standing, families = standing_of(conn, others, {sha: ids[sha] for sha in ids if sha not in dated}, families)
    moved = {number for dataset, released, number in was if standing.begins(dataset, released, number) != released}
    same -= {sha for sha in before if ids[sha] in moved} - taken
    if kind == "collect" and shas and same.issuperset(shas):
        # A newer parser reads the same: as little news as from the old one, and what was rejected stays so.
        return unchanged()
    touched = _touched(conn, families, unread, standing)
    names = sorted(touched)
    # Of documents that say what they said before nothing is replaced.
    again = [ids[sha] for sha in before if sha not in same]
    known = {sha: ids[sha] for sha in same}
    stand = taken | dated | _with_rejected(conn, touched, known) | _with_sequence(conn, known)
    own = sorted(number for sha, number in ids.items() if sha not in stand)
    stored, places, aside = _others(conn, touched, own, standing)
    instead, replaced = _instead(conn, standing, again, replaced)
    gone = {d: r.take(np.isin(r.document, again)) for d, r in replaced.items()}
    return Context(
        decode(conn, stored),
        False,
        last_change(conn, names),
        names,
        touched,
        stored,
        names,
        places,
        {d: r for d, r in gone.items() if len(r)},
        ids,
        frozenset(same),
        stand,
        frozenset(mended),
        standing,
        aside,
        instead,
        begins,
        _first_read(conn, {*stored.document.tolist(), *ids.values()}),
        _accepted(conn, touched, stored, places),
    )


def _dated_otherwise(
    batch: Batch,
    same: set[str],
    ids: Mapping[str, int],
    dates: Mapping[str, frozenset[int]],
    was: Sequence[tuple[str, int, int]],
) -> frozenset[str]:
    """Documents of ``same`` to which a person assigned another date than their source goes on saying: that stands."""
    known: dict[int, set[int]] = {}
    for _, released, number in was:
        known.setdefault(number, set()).add(int(codes.base(released)))
    fetched = {document.sha256 for document in batch.documents if document.url} & same
    return frozenset(sha for sha in fetched if known.get(ids[sha], set()) != dates.get(sha, frozenset()))


def _instead(
    conn: Connection, standing: Standing, again: Sequence[int], replaced: Mapping[str, Readings]
) -> tuple[dict[str, list[Readings]], dict[str, Readings]]:
    """By dataset what stands in place of others, each under the release that it is now, its accepted figures marked.

    What documents said so that are read ``again`` is ``replaced`` with all else that they said.
    """
    found: dict[str, list[Readings]] = {}
    gone = {dataset: [readings] for dataset, readings in replaced.items()}
    for (dataset, _), moves in standing.instead.items():
        for was, now in moves.items():
            said = published(conn, dataset, was)
            mine = np.isin(said.document, again)
            gone.setdefault(dataset, []).append(said.take(mine))
            said = said.take(~mine)
            found.setdefault(dataset, []).append(replace(said, released=np.full(len(said), now, dtype=np.int64)))
    return found, {dataset: Readings.concatenate(parts) for dataset, parts in gone.items()}


def _touched(
    conn: Connection, families: Iterable[Family], unread: Iterable[str], standing: Standing
) -> dict[str, frozenset[int]]:
    """By dataset the releases that a batch touches: all sequences of a date, those there were and those there are."""
    found: dict[str, set[int]] = {name: set() for name in sorted({*unread, *(dataset for dataset, _ in families)})}
    for dataset, first in families:
        found[dataset] |= {*range(first, first + standing.sequences.get((dataset, first), 1))}
        found[dataset] |= {*sequences_of(conn, dataset, [first]), *standing.instead.get((dataset, first), {}).values()}
    return {name: frozenset(found[name]) for name in sorted(found)}


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


def _with_rejected(conn: Connection, touched: dict[str, frozenset[int]], documents: dict[str, int]) -> frozenset[str]:
    """Those of the documents that have a part in something that was rejected."""
    refused = set[int]()
    for dataset, releases in touched.items() if documents else ():
        back = kept_back(conn, dataset, releases)
        refused |= set(back.readings.document[back.rejected].tolist())
    return frozenset(sha for sha, number in documents.items() if number in refused)


def _with_sequence(conn: Connection, documents: dict[str, int]) -> frozenset[str]:
    """Those of the documents of which something was accepted as a sequence of its own."""
    query = f"SELECT DISTINCT p.document FROM printing p WHERE p.document IN {id_list(conn, 'ids')} AND p.instead"  # noqa: S608
    query += f" AND {last_read()}"
    found = {row[0] for row in conn.execute(text(query), {"ids": id_value(conn, sorted(documents.values()))})}
    return frozenset(sha for sha, number in documents.items() if number in found)


def _first_read(conn: Connection, documents: set[int]) -> dict[int, int]:
    """The run that read each document first."""
    query = f"SELECT document, min(run) FROM printing WHERE document IN {id_list(conn, 'ids')} GROUP BY document"  # noqa: S608
    return {row[0]: row[1] for row in conn.execute(text(query), {"ids": id_value(conn, sorted(documents))})}


def _accepted(conn: Connection, touched: Mapping[str, frozenset[int]], stored: Readings, places: Ints) -> Flags | None:
    """Which of the stored readings a person accepted."""
    found = None
    for at, (dataset, releases) in enumerate(touched.items()):
        for released in releases.intersection(accepted_releases(conn, dataset)):
            found = np.zeros(len(stored), dtype=bool) if found is None else found
            own = (places == at) & (stored.released == released)
            found |= own & find(accepted_cells(conn, dataset, released), stored.key)[1]
    return found


def _printed(conn: Connection, dataset: str, releases: Iterable[int]) -> Readings:
    """Every reading of some releases, once: under the sequence that its document begins."""
    parts = [release_readings(conn, dataset, released, printed=True) for released in sorted(releases)]
    found = Readings.concatenate(parts)
    return found.take(begun(found))


def _own(conn: Connection, touched: Mapping[str, frozenset[int]], own: list[int]) -> dict[str, Readings]:
    """What these documents were read to say before."""
    found = {}
    for dataset, releases in touched.items():
        readings = _printed(conn, dataset, releases if own else ())
        found[dataset] = readings.take(np.isin(readings.document, own))
    return found


def _others(
    conn: Connection, touched: Mapping[str, frozenset[int]], own: list[int], standing: Standing
) -> tuple[Readings, Ints, dict[str, Readings]]:
    """Readings of other documents, in each sequence in which they stand, and the places of their datasets; aside what
    is left out of documents that are renumbered.

    What was rejected, or stands in a document that is held for its own sake, is no part of a release; unless one of
    these documents has a part in it: then it is judged whole, and where it says what was rejected, rejected again.
    """
    found, places, aside = [], [ints()], {}
    for at, (dataset, releases) in enumerate(touched.items()):
        readings = _printed(conn, dataset, releases)
        readings = standing.readings(dataset, readings.take(~np.isin(readings.document, own)))
        back = kept_back(conn, dataset, releases)
        out = back.by_document | (back.rejected & ~back.of_documents([*own, *standing.renumbered]))
        left_out = back.among(readings, out)
        found.append(readings.take(~left_out))
        places.append(np.full(len(found[-1]), at, dtype=np.int64))
        moved = np.isin(readings.document, list(standing.renumbered))
        aside[dataset] = readings.take(left_out & moved & begun(readings))
    return Readings.concatenate(found), np.concatenate(places), aside


def _said_the_same(
    conn: Connection, batch: Batch, ids: dict[str, int], replaced: dict[str, Readings], before: Iterable[str]
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
