"""What each document says of each release: compact where it repeats what is in force, row by row where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection

from schemas.positions import NOWHERE
from storage.database.inserts import insert
from storage.encoding import codes
from storage.encoding.cell_lists import pack_cells
from storage.encoding.columns import Flags, Readings, distinct, ints, is_absent, split_key
from storage.encoding.rows import column_list
from storage.publish.changes import Folded
from storage.publish.rows import Rows
from storage.state.runs import next_id

_PRINTING = ("id", "dataset", "released", "document", "run", "parser_version", "readings", "cells", "instead")
_READING = ("printing", "number", "series", "period", "mantissa", "packed", "position")


def write_printings(
    conn: Connection, run: int, versions: Mapping[int, int], rows: Rows, folded: Folded, aside: Readings
) -> int:
    """What documents say of each release; how many printings that were.

    ``versions`` of the parser that read them, of those that are new, newly read or renumbered; ``aside`` is what of
    these was not judged. A reading stands once, in the sequence that its document begins.
    """
    at = np.flatnonzero(rows.begun & np.isin(rows.readings.document, list(versions)))
    everything = Readings.concatenate([rows.readings.take(at), aside])
    free = np.concatenate([rows.free[at], np.zeros(len(aside), dtype=bool)])
    return _write(conn, run, rows.id, versions, everything, folded, free)


def write_instead(
    conn: Connection, run: int, dataset: str, versions: Mapping[int, int], readings: Readings, folded: Folded
) -> int:
    """The same of what stands in place of others, under the release that it is now."""
    own = readings.take(np.isin(readings.document, list(versions)))
    own = replace(own, packed=codes.bare(own.packed))
    return _write(conn, run, dataset, versions, own, folded, np.ones(len(own), dtype=bool), instead=1)


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
            printed = int((readings.position != NOWHERE).sum())
            blob = pack_cells(readings.key[same], readings.position[same])
            row = (number, dataset, released, document, run, versions[document], printed, blob, instead)
            insert(conn, "printing", _PRINTING, [row])
            _write_readings(conn, number, readings.take(~same))
            number += 1
            written += 1
    return written


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
