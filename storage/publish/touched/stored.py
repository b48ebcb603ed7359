"""What the ledger holds of the releases a batch touches: their readings, and what of them is kept back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection, text

from storage.database.conditions import last_read
from storage.database.id_lists import id_list, id_value
from storage.encoding import codes
from storage.encoding.columns import Flags, Ints, Readings, find, ints
from storage.publish.batch import Place
from storage.state.accepted import accepted_cells, accepted_releases
from storage.state.releases import kept_back, published, release_readings, sequences_of
from storage.state.standing import Family, Standing, begun


def touched_releases(
    conn: Connection, families: Iterable[Family], unread: Iterable[str], standing: Standing
) -> dict[str, frozenset[int]]:
    """By dataset the releases that a batch touches: all sequences of a date, those there were and those there are."""
    found: dict[str, set[int]] = {name: set() for name in sorted({*unread, *(dataset for dataset, _ in families)})}
    for dataset, first in families:
        found[dataset] |= {*range(first, first + standing.sequences.get((dataset, first), 1))}
        found[dataset] |= {*sequences_of(conn, dataset, [first]), *standing.instead.get((dataset, first), {}).values()}
    return {name: frozenset(found[name]) for name in sorted(found)}


def _printed(conn: Connection, dataset: str, releases: Iterable[int]) -> Readings:
    """Every reading of some releases, once: under the sequence that its document begins."""
    parts = [release_readings(conn, dataset, released, printed=True) for released in sorted(releases)]
    found = Readings.concatenate(parts)
    return found.take(begun(found))


def said_before(conn: Connection, touched: Mapping[str, frozenset[int]], own: list[int]) -> dict[str, Readings]:
    """What these documents were read to say before."""
    found = {}
    for dataset, releases in touched.items():
        readings = _printed(conn, dataset, releases if own else ())
        found[dataset] = readings.take(np.isin(readings.document, own))
    return found


def of_others(
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


def in_place_of_others(
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


def decided_about(conn: Connection, touched: Mapping[str, frozenset[int]], documents: dict[str, int]) -> frozenset[str]:
    """Those of the documents with a part in what was rejected, or accepted as a sequence of its own."""
    found = set[int]()
    for dataset, releases in touched.items() if documents else ():
        back = kept_back(conn, dataset, releases)
        found |= set(back.readings.document[back.rejected].tolist())
    query = f"SELECT DISTINCT p.document FROM printing p WHERE p.document IN {id_list(conn, 'ids')} AND p.instead"  # noqa: S608
    query += f" AND {last_read()}"
    found |= {row[0] for row in conn.execute(text(query), {"ids": id_value(conn, sorted(documents.values()))})}
    return frozenset(sha for sha, number in documents.items() if number in found)


def first_read(conn: Connection, documents: set[int]) -> dict[int, int]:
    """The run that read each document first."""
    query = f"SELECT document, min(run) FROM printing WHERE document IN {id_list(conn, 'ids')} GROUP BY document"  # noqa: S608
    return {row[0]: row[1] for row in conn.execute(text(query), {"ids": id_value(conn, sorted(documents))})}


def accepted_flags(
    conn: Connection, touched: Mapping[str, frozenset[int]], stored: Readings, places: Ints
) -> Flags | None:
    """Which of the stored readings a person accepted."""
    found = None
    for at, (dataset, releases) in enumerate(touched.items()):
        for released in releases.intersection(accepted_releases(conn, dataset)):
            found = np.zeros(len(stored), dtype=bool) if found is None else found
            own = (places == at) & (stored.released == released)
            found |= own & find(accepted_cells(conn, dataset, released), stored.key)[1]
    return found


def accepted_again(
    conn: Connection, touched: Mapping[str, frozenset[int]], documents: Mapping[str, int]
) -> frozenset[Place]:
    """Where what a person accepted stands in documents that say what they said before."""
    names, found = {number: sha for sha, number in documents.items()}, set[Place]()
    for dataset, releases in touched.items() if documents else ():
        for released in releases.intersection(accepted_releases(conn, dataset)):
            said = release_readings(conn, dataset, released, accepted_cells(conn, dataset, released))
            said = said.take(~kept_back(conn, dataset, [released]).among(said))
            at, name = zip(said.document.tolist(), said.position.tolist(), strict=True), codes.release_text(released)
            found |= {(names[document], name, position) for document, position in at if document in names}
    return frozenset(found)
