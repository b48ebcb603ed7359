"""What each document says of each release: compact where it repeats what is in force, row by row where it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection, text

from schemas.positions import NOWHERE
from storage.database.conditions import last_read
from storage.database.id_lists import id_list, id_value
from storage.database.inserts import insert
from storage.encoding import codes
from storage.encoding.cell_lists import pack_cells
from storage.encoding.columns import Flags, Readings, distinct, effective, find, in_force, ints, is_absent, split_key
from storage.encoding.rows import column_list
from storage.encoding.versions import load_versions
from storage.publish.changes import Folded
from storage.publish.rows import Rows
from storage.state.releases import release_readings
from storage.state.runs import next_id

_PRINTING = ("id", "dataset", "released", "document", "run", "parser_version", "readings", "cells", "instead")
#: Dataset, release, version of the parser, whether in place of others, and what is said.
_Printed = tuple[str, int, int, int, Readings]
_READING = ("printing", "number", "series", "period", "mantissa", "packed", "position")


def write_printings(
    conn: Connection, run: int, versions: Mapping[int, int], rows: Rows, folded: Folded, aside: Readings
) -> int:
    """What documents say of each release; how many printings that were.

    ``versions`` of the parser that read them, of those that are new, newly read or renumbered; ``aside`` is what of
    these was not judged. A reading stands once, in the sequence that its document begins.
    """
    own = rows.begun & np.isin(rows.readings.document, list(versions))
    apart, at = np.flatnonzero(own & rows.instead), np.flatnonzero(own & ~rows.instead)
    everything = Readings.concatenate([rows.readings.take(at), aside])
    free = np.concatenate([rows.free[at], np.zeros(len(aside), dtype=bool)])
    written = _write(conn, run, rows.id, versions, everything, folded, free)
    return written + _write(conn, run, rows.id, versions, rows.readings.take(apart), folded, rows.free[apart], 1)


def write_instead(
    conn: Connection, run: int, dataset: str, versions: Mapping[int, int], readings: Readings, folded: Folded
) -> int:
    """The same of what stands in place of others, under the release that it is now."""
    own = readings.take(np.isin(readings.document, list(versions)))
    own = replace(own, packed=codes.bare(own.packed))
    return _write(conn, run, dataset, versions, own, folded, np.ones(len(own), dtype=bool), instead=1)


def end_instead(conn: Connection, run: int, dataset: str, versions: Mapping[int, int]) -> int:
    """Say of documents read anew (``versions``, of their parser) that nothing of them stands in place of others now.

    Of those that this run did not say so of again; how many printings that were.
    """
    query = f"""
        SELECT DISTINCT p.document, p.released FROM printing p
        WHERE p.dataset = :d AND p.instead AND p.run < :run AND p.document IN {id_list(conn, "ids")} AND {last_read()}
    """  # noqa: S608 - fixed words
    values = {"d": dataset, "run": run, "ids": id_value(conn, sorted(versions))}
    found, number = conn.execute(text(query), values).fetchall(), next_id(conn, "printing")
    for at, (document, released) in enumerate(found):
        about = number + at, dataset, released, document, run, versions[document]
        _insert(conn, about, 1, Readings.concatenate([]), np.ones(0, dtype=bool))
    return len(found)


def _write(
    conn: Connection,
    run: int,
    dataset: str,
    versions: Mapping[int, int],
    everything: Readings,
    folded: Folded,
    free: Flags,
    instead: int = 0,
) -> int:
    number, written = next_id(conn, "printing"), 0
    for document in distinct(everything.document).tolist():
        own = everything.document == document
        for released in distinct(everything.released[own]).tolist():
            here = ints(np.flatnonzero(own & (everything.released == released)))
            readings = everything.take(here)
            same = folded.in_force(readings, released) & free[here]
            about = number, dataset, released, document, run, versions[document]
            _insert(conn, about, instead, readings, same)
            number += 1
            written += 1
    return written


def rewrite_printings(conn: Connection, run: int, moved: Mapping[str, Readings]) -> int:
    """What documents say, written anew: of each dataset what ``moved``, as the sequences of their release they are.

    Rows of ``version`` of this run are there already. How many printings that were.
    """
    written = 0
    for document in distinct(np.concatenate([one.document for one in moved.values()])).tolist():
        parts: dict[tuple[str, int, int], list[Readings]] = {}
        versions: dict[tuple[str, int, int], int] = {}
        for name, released, version, instead, said in _printed(conn, run, document):
            if not instead and name in moved:
                own = moved[name].take(moved[name].document == document)
                own = own.take(codes.base(own.released) == codes.base(released))
                said = said.take(~_of_places(said, own))
                for one in distinct(own.released).tolist():
                    parts.setdefault((name, one, 1), []).append(own.take(own.released == one))
                    versions[name, one, 1] = version
            parts.setdefault((name, released, instead), []).append(said)
            versions[name, released, instead] = version
        found = [(*name[:2], versions[name], name[2], Readings.concatenate(own)) for name, own in parts.items()]
        written += _write_all(conn, run, document, found)
    return written


def restore_printings(conn: Connection, run: int, dataset: str, moved: Readings) -> int:
    """The same of what is no sequence any more: it is what the document printed under its release."""
    found, document = [], int(moved.document[0])
    sequence = int(moved.released[0])
    for name, released, version, instead, said in _printed(conn, run, document):
        if name == dataset and instead and released == sequence:
            said = said.take(~_of_places(said, moved))
        elif name == dataset and not instead and codes.base(released) == codes.base(sequence):
            same = np.full(len(moved), released, dtype=np.int64)
            said = Readings.concatenate([said, replace(moved, released=same)])
        found.append((name, released, version, instead, said))
    return _write_all(conn, run, document, found)


def _of_places(said: Readings, moved: Readings) -> Flags:
    """Which of what a document says stands at the places of what moved."""
    found: Flags = np.isin(said.key, moved.key) & np.isin(said.position, moved.position)
    return found


def _printed(conn: Connection, run: int, document: int) -> Iterator[_Printed]:
    """What a document says by its printings of before this run."""
    query = f"""
        SELECT p.dataset, p.released, p.parser_version, p.instead FROM printing p
        WHERE p.document = :document AND p.run < :run AND {last_read()} ORDER BY p.id
    """  # noqa: S608 - fixed words
    for name, released, version, instead in conn.execute(text(query), {"document": document, "run": run}).fetchall():
        said = release_readings(conn, name, released, printed=not instead)
        yield name, released, version, int(instead), said.take(said.document == document)  # PostgreSQL says True


def _write_all(conn: Connection, run: int, document: int, found: Sequence[_Printed]) -> int:
    number = next_id(conn, "printing")
    for at, (name, released, version, instead, said) in enumerate(found):
        about = number + at, name, released, document, run, version
        _insert(conn, about, instead, said, _in_force(conn, released, said))
    return len(found)


def _in_force(conn: Connection, released: int, said: Readings) -> Flags:
    """Which readings are printed with exactly the figure in force after a release."""
    keys = distinct(said.key)
    rows = load_versions(conn, keys)
    now = in_force(effective(rows.take(find(keys, rows.key)[1]), released=released))
    at, there = find(now.key, said.key)
    same = there.copy()
    same[there] = (now.mantissa[at[there]] == said.mantissa[there]) & (
        codes.same(now.packed[at[there]], said.packed[there])
    )
    return same


def _insert(
    conn: Connection, about: tuple[int, str, int, int, int, int], instead: int, said: Readings, same: Flags
) -> None:
    """One printing (``about``: its first columns): cells that are in force as printed (``same``), and all others."""
    printed = int((said.position != NOWHERE).sum())
    blob = pack_cells(said.key[same], said.position[same])
    insert(conn, "printing", _PRINTING, [(*about, printed, blob, instead)])
    _write_readings(conn, about[0], said.take(~same))


def _write_readings(conn: Connection, printing: int, readings: Readings) -> None:
    if not len(readings):
        return
    series, period = split_key(readings.key)
    columns = (
        [printing] * len(readings),
        range(len(readings)),
        series.tolist(),
        period.tolist(),
        column_list(readings.mantissa, is_absent(readings.packed)),
        readings.packed.tolist(),
        readings.position.tolist(),
    )
    insert(conn, "reading", _READING, zip(*columns, strict=True))


def mark_empty(conn: Connection, run: int, parser_version: int, document: int) -> None:
    """Mark a document in which nothing was found as read: what it said before no longer counts."""
    row = (next_id(conn, "printing"), "", 0, document, run, parser_version, 0, b"", 0)
    insert(conn, "printing", _PRINTING, [row])
