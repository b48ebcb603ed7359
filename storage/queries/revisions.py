"""What changed after it was first published: between releases, and by our own corrections of what a release said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection

from schemas.figures import decimal_text, figure_text
from storage.database.connection import tuples
from storage.encoding import codes
from storage.encoding.figures import series_fields
from storage.encoding.words import Words
from storage.queries.cells import Cell, Version, cells
from storage.queries.filters import Filters, check_filters, of_periods, of_series, several
from storage.queries.runs import last_run

if TYPE_CHECKING:
    from storage.handle import Handle

#: Kinds of runs that correct what we had read or written down, not what an agency said.
OURS: Final = "'reparse', 'assignment', 'transcription'"


def kind_of(new: Version, old: Version) -> str:
    """``revision`` (the agency's), ``precision`` (the same, finer) or ``status`` (a value came, went or was marked)."""
    fresh, known = codes.figure(new.mantissa, new.packed), codes.figure(old.mantissa, old.packed)
    if fresh is None or known is None:
        return "status"
    if fresh == known:
        return "status" if codes.unpack(new.packed)[3] != codes.unpack(old.packed)[3] else "correction"
    if known.interval.wider_than(fresh.interval) and not fresh.interval.meet(known.interval).empty:
        return "precision"
    return "revision"


def revisions(
    ledger: Handle,
    *,
    as_of: str | None = None,
    released_by: str | None = None,
    run: int | None = None,
    **filters: str | None,
) -> Iterator[dict[str, Any]]:
    """Every change of a published figure: from what, to what, by how much; by cell and release.

    ``run`` limits it to what that run recorded. A change that a reparse, a newer parser or an assigned
    release date made is a ``correction``, ours and not the agency's; the value of a figure withdrawn so is "".
    """
    check_filters(filters)
    source = filters.get("source")
    sources = None if source is None else several(source)
    with ledger.reading() as conn:
        bound = last_run(conn, as_of)
        released = codes.release_bound(released_by)
        corrected = _corrected(conn, bound, released, filters)
        standing = cells(ledger, conn, bound, released, filters)
        for cell in chain(standing, _left(ledger.words, conn, corrected)):
            changes = [(new, old, kind_of(new, old)) for old, new in pairwise(cell.rows)]
            changes += corrected.pop((cell.series, cell.period), [])
            for new, old, kind in sorted(changes, key=lambda change: (change[0].released, change[0].run)):
                fields = change_fields(ledger.words, conn, cell, new, old, kind)
                if run in (None, new.run) and (sources is None or fields["source"] in sources):
                    yield fields


#: A row, the one before it, and the kind of the change.
_Change = tuple[Version, Version, str]


def _left(words: Words, conn: Connection, corrected: dict[tuple[int, int], list[_Change]]) -> Iterator[Cell]:
    """Cells with corrections of which nothing stands: of those that stand ``corrected`` has none left by then."""
    for series, period in list(corrected):
        yield Cell(series, period, words.series(conn, series), [])


def _corrected(conn: Connection, bound: int, released: int, filters: Filters) -> dict[tuple[int, int], list[_Change]]:
    """By series and period, what we changed of what a release had said, or of when it was said.

    By a reparse, an assigned date or a mended transcription, or where a newer parser read a document once more; a
    withdrawn figure too. One that moved from a date to another is one change.
    """
    ours = f"SELECT id FROM run WHERE kind IN ({OURS}) AND id <= :bound"  # noqa: S608 - a fixed list
    again = """
        SELECT DISTINCT p.run FROM printing p WHERE p.run <= :bound AND EXISTS (SELECT 1 FROM printing q
            WHERE q.document = p.document AND q.run < p.run AND q.parser_version < p.parser_version)
    """
    by_us, by_parser = ({row[0] for row in tuples(conn, query, {"bound": bound})} for query in (ours, again))
    if not by_us | by_parser:
        return {}
    series, words = of_series(filters)
    where = f" AND {series} AND {of_periods(conn, filters)}"
    values: dict[str, Any] = {**words, "released": released}
    of = f"v.run IN ({', '.join(map(str, sorted(by_us | by_parser)))}) AND v.released <= :released"
    named = "JOIN series s ON s.id = v.series"
    query = f"""
        SELECT v.series, v.period, v.released, v.run, v.mantissa, v.packed, v.document, v.position,
               o.released, o.run, o.mantissa, o.packed, o.document, o.position
        FROM version v JOIN version o ON o.series = v.series AND o.period = v.period
             AND o.released = v.released AND o.run = (SELECT max(b.run) FROM version b WHERE b.series = v.series
             AND b.period = v.period AND b.released = v.released AND b.run < v.run) {named}
        WHERE {of} AND {codes.STANDS.format("o")}{where}
    """  # noqa: S608 - whole numbers, and names checked by the caller
    found: dict[tuple[int, int], list[_Change]] = {}
    for row in tuples(conn, query, values):
        new, old = Version(*row[2:8]), Version(*row[8:14])
        if new.run in by_us or (not codes.withdrawn(new.packed) and new.document == old.document):
            found.setdefault((row[0], row[1]), []).append((new, old, "correction"))
    if any(codes.withdrawn(new.packed) for changes in found.values() for new, _, _ in changes):
        query = f"""
            SELECT v.series, v.period, v.released, v.run, v.mantissa, v.packed, v.document, v.position FROM version v
            {named} WHERE {of} AND {codes.STANDS.format("v")}{where}
        """  # noqa: S608 - as above
        for row in tuples(conn, query, values):
            cell = (row[0], row[1])
            if cell in found:
                found[cell] = with_moves(found[cell], [Version(*row[2:])])
    return found


def with_moves(changes: Sequence[_Change], rows: Sequence[Version]) -> list[_Change]:
    """Changes of one cell: what a run withdrew from one release and published in another (``rows``) as one of them."""
    found = []
    for new, old, kind in changes:
        to = [
            row
            for row in rows
            if codes.withdrawn(new.packed)
            and (row.run, row.mantissa) == (new.run, old.mantissa)
            and row.released != old.released
            and codes.same(row.packed, old.packed)
        ]
        found.append((to[0], old, kind) if to else (new, old, kind))
    return found


def change_fields(
    words: Words, conn: Connection, cell: Cell, new: Version, old: Version | None, kind: str
) -> dict[str, Any]:
    """The fields of a change; without an old row everything about it is "", with a withdrawn new one its value is."""
    fresh = None if codes.withdrawn(new.packed) else codes.figure(new.mantissa, new.packed)
    known = codes.figure(old.mantissa, old.packed) if old else None
    source, recorded_at = words.run(conn, new.run)
    return {
        **series_fields(cell.words, words.period(conn, cell.period)[0]),
        "kind": kind,
        "value": figure_text(fresh.mantissa, fresh.exponent) if fresh else "",
        "previous": figure_text(known.mantissa, known.exponent) if known else "",
        "change": decimal_text(fresh.value - known.value) if fresh and known else "",
        "step": figure_text(1, fresh.exponent) if fresh else "",
        "previous_step": figure_text(1, known.exponent) if known else "",
        "previous_status": codes.unpack(old.packed)[3] if old else "",
        "status": "" if codes.withdrawn(new.packed) else codes.unpack(new.packed)[3],
        "released": codes.release_text(new.released),
        "previous_released": codes.release_text(old.released) if old else "",
        "recorded_at": codes.instant_text(recorded_at),
        "source": source,
        "run": new.run,
        "document": words.document(conn, new.document) if new.document else "",
    }
