"""Figures that are not published because their block is held, or was rejected."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from storage.database import tuples


class Waiting(NamedTuple):
    """The latest figure of a cell that is kept back; ``state`` is held or rejected."""

    series: int
    period: int
    released: int
    run: int
    mantissa: int | None
    packed: int
    document: int
    position: int
    state: str


def waiting(conn: Connection, run: int, released: int) -> dict[tuple[int, int], Waiting]:
    """By series and period, as of a run and by a release: what was kept back, not freed or superseded.

    Held blocks are few: they wait for a person.
    """
    query = """
        SELECT f.series, f.period, h.released, h.run, f.mantissa, f.packed, f.document, f.position,
               CASE WHEN h.decision IS NOT NULL OR EXISTS
                   (SELECT 1 FROM decision d WHERE d.held = h.id AND d.verdict = 'reject' AND d.run <= :run)
               THEN 'rejected' ELSE 'held' END
        FROM held_block h JOIN held_figure f ON f.held = h.id AND f.run <= :run
        WHERE h.run <= :run AND h.released <= :released
          AND NOT EXISTS (SELECT 1 FROM held_end e WHERE e.held = h.id AND e.run <= :run)
        ORDER BY h.released, h.id, f.number DESC
    """
    found: dict[tuple[int, int], Waiting] = {}
    for row in tuples(conn, query, {"run": run, "released": released}):
        one = Waiting(*row)
        found[one.series, one.period] = one  # the last: the latest release, and of it the published reading
    return found
