"""What each document says of each release: compact where it repeats what is in force, row by row where it does not."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from sqlalchemy import Connection

from schemas.positions import NOWHERE
from storage.database.inserts import insert
from storage.encoding.cell_lists import pack_cells
from storage.encoding.columns import Readings, distinct, ints, is_absent, split_key
from storage.encoding.rows import column_list
from storage.publish.changes import Folded
from storage.publish.rows import Rows
from storage.state.runs import next_id

_PRINTING = ("id", "dataset", "released", "document", "run", "parser_version", "readings", "cells", "instead")
_READING = ("printing", "number", "series", "period", "mantissa", "packed", "position")


def write_printings(
    conn: Connection, run: int, parser_version: int, rows: Rows, folded: Folded, new: Collection[int]
) -> int:
    """What each of the documents ``new`` (or newly read) says of each release; how many printings that were."""
    number, written = next_id(conn, "printing"), 0
    fresh = rows.fresh & np.isin(rows.readings.document, list(new))
    for document in distinct(rows.readings.document[fresh]).tolist():
        own = fresh & (rows.readings.document == document)
        for released in distinct(rows.readings.released[own]).tolist():
            at = ints(np.flatnonzero(own & (rows.readings.released == released)))
            readings = rows.readings.take(at)
            same = folded.in_force(readings, released) & rows.free[at]
            printed = int((readings.position != NOWHERE).sum())
            blob = pack_cells(readings.key[same], readings.position[same])
            insert(
                conn,
                "printing",
                _PRINTING,
                [(number, rows.id, released, document, run, parser_version, printed, blob, 0)],
            )
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
