"""What changed after it was first published: between releases, and by our own corrections of what a release said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from schemas.figures import decimal_text, figure_text
from storage import codes
from storage.cells import Cell, Row, Words, cells, check_filters
from storage.figure_fields import series_fields

if TYPE_CHECKING:
    from storage.ledger import Ledger


def kind_of(new: Row, old: Row) -> str:
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
    ledger: Ledger,
    *,
    as_of: str | None = None,
    released_by: str | None = None,
    run: int | None = None,
    limit: int | None = None,
    **filters: str | None,
) -> Iterator[dict[str, Any]]:
    """Every change of a published figure: from what, to what, by how much; by cell and release.

    ``run`` limits it to what that run recorded. A change that a reparse, a newer parser or an assigned
    release date made is a ``correction``, ours and not the agency's; the value of a figure withdrawn so is "".
    """
    from storage.queries import last_run

    check_filters(filters)
    source, count = filters.get("source"), 0
    with ledger.reading() as conn:
        bound = last_run(conn, as_of)
        corrected = _corrected(conn, bound)
        released = codes.release_bound(released_by)
        standing = cells(ledger, conn, bound, released, filters)
        for cell in chain(standing, _left(ledger.words, conn, corrected, filters)):
            changes = [(new, old, kind_of(new, old)) for old, new in zip(cell.rows, cell.rows[1:], strict=False)]
            ours = corrected.pop((cell.series, cell.period), [])
            changes += [one for one in ours if one[0].released <= released]
            for new, old, kind in sorted(changes, key=lambda change: (change[0].released, change[0].run)):
                fields = change_fields(ledger.words, conn, cell, new, old, kind)
                if (run is not None and new.run != run) or (source is not None and fields["source"] != source):
                    continue
                yield fields
                count += 1
                if count == limit:
                    return


#: A row, the one before it, and the kind of the change.
_Change = tuple[Row, Row, str]


def _left(
    words: Words, conn: Connection, corrected: dict[tuple[int, int], list[_Change]], filters: Mapping[str, str | None]
) -> Iterator[Cell]:
    """Cells with corrections of which nothing stands; of those that stand ``corrected`` has none left by then."""
    wanted = {name: value for name, value in filters.items() if value is not None and name != "source"}
    for series, period in list(corrected):
        texts = words.series(conn, series)
        fields = series_fields(texts, words.period(conn, period)[0])
        if all(fields[name] == value for name, value in wanted.items()):
            yield Cell(series, period, texts, [])


def _corrected(conn: Connection, bound: int) -> dict[tuple[int, int], list[_Change]]:
    """By series and period, what we changed of what a release had said, or of when it was said.

    By a reparse or an assigned date, or where a newer parser read a document once more; a withdrawn figure too.
    """
    from sqlalchemy import text

    ours = "r.kind IN ('reparse', 'assignment')"
    again = """EXISTS (SELECT 1 FROM printing p JOIN printing q ON q.document = p.document AND q.run < p.run
                       WHERE p.run = r.id AND q.parser_version < p.parser_version)"""
    runs = f"SELECT r.id FROM run r WHERE r.id <= :bound AND ({ours} OR {again}) LIMIT 1"  # noqa: S608 - fixed words
    if conn.execute(text(runs), {"bound": bound}).scalar() is None:
        return {}
    query = f"""
        SELECT v.series, v.period, v.released, v.run, v.mantissa, v.packed, v.document, v.position,
               o.released, o.run, o.mantissa, o.packed, o.document, o.position
        FROM run r JOIN version v ON v.run = r.id JOIN version o ON o.series = v.series AND o.period = v.period
             AND o.released = v.released AND o.run = (SELECT max(b.run) FROM version b WHERE b.series = v.series
             AND b.period = v.period AND b.released = v.released AND b.run < v.run)
        WHERE r.id <= :bound AND o.packed % 2 = 0
          AND ({ours} OR (v.packed % 2 = 0 AND v.document = o.document AND {again}))
    """  # noqa: S608 - fixed words
    found: dict[tuple[int, int], list[_Change]] = {}
    for row in conn.execute(text(query), {"bound": bound}):
        found.setdefault((row[0], row[1]), []).append((Row(*row[2:8]), Row(*row[8:14]), "correction"))
    return found


def change_fields(words: Words, conn: Connection, cell: Cell, new: Row, old: Row | None, kind: str) -> dict[str, Any]:
    """The fields of a change; without an old row everything about it is "", with a withdrawn new one its value is."""
    fresh = None if new.packed & codes.WITHDRAWN else codes.figure(new.mantissa, new.packed)
    known = codes.figure(old.mantissa, old.packed) if old else None
    source, recorded_at = words.run(conn, new.run)
    return {
        **series_fields(cell.words, words.period(conn, cell.period)[0]),
        "kind": kind,
        "value": figure_text(fresh.mantissa, fresh.exponent) if fresh else "",
        "previous": figure_text(known.mantissa, known.exponent) if known else "",
        "change": decimal_text(fresh.value - known.value) if fresh and known else "",
        "step": figure_text(1, fresh.exponent) if fresh else "",
        "status": "" if new.packed & codes.WITHDRAWN else codes.unpack(new.packed)[3],
        "released": codes.release_text(new.released),
        "previous_released": codes.release_text(old.released) if old else "",
        "recorded_at": codes.instant_text(recorded_at),
        "source": source,
        "run": new.run,
        "document": words.document(conn, new.document) if new.document else "",
    }
