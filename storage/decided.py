"""Figures of blocks that a person accepted: what a mark is taken from where there is no row to take it from."""

from __future__ import annotations

from sqlalchemy import Connection, text

from storage import codes
from storage.arrays import ints, make_key


def accepted_figures(conn: Connection, dataset: str, released: int) -> dict[int, dict[tuple[int, int], int]]:
    """Key → (mantissa, packed figure) → run of the decision, of a release's blocks that were accepted and still are.

    A block that was judged anew since, and needed no acceptance, has rows of this release without the mark.
    """
    query = """
        SELECT f.held, f.series, f.period, coalesce(f.mantissa, 0), f.packed,
               (SELECT v.packed FROM version v WHERE v.series = f.series AND v.period = f.period
                AND v.released = :released ORDER BY v.run DESC LIMIT 1),
               (SELECT max(v.run) FROM version v WHERE v.series = f.series AND v.period = f.period
                AND v.released = :released), d.run
        FROM decision d JOIN held_figure f ON f.held = d.held
        WHERE d.dataset = :dataset AND d.released = :released AND d.verdict = 'accept' ORDER BY d.id, f.number
    """
    rows = conn.execute(text(query), {"dataset": dataset, "released": released}).fetchall()
    last: dict[int, tuple[int, bool]] = {}
    for held, _, _, _, _, packed, run, _ in rows:
        if packed is not None and not packed & codes.WITHDRAWN:
            last[held] = max(last.get(held, (0, True)), (run, bool(packed & codes.ACCEPTED)))
    found: dict[int, dict[tuple[int, int], int]] = {}
    for held, series, period, mantissa, packed, _, _, decided in rows:
        if last.get(held, (0, True))[1]:
            key = int(make_key(ints([series]), ints([period]))[0])
            found.setdefault(key, {})[mantissa, packed & codes.FIGURE_MASK] = decided
    return found
