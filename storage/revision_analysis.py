"""Revision analysis of what was published: the triangle of vintages; per series, how large and how late revisions are.

The terms are those of the OECD and Eurostat: a vintage is what was known of a series after a release; a cell's revision
is what its figure changed by between its first and its latest vintage; MR and MAR are the mean of revisions and of
their absolute values. Only changes of kind ``revision`` count (``storage.queries.revisions``): our corrections, further
digits and changes of status are none. Everything is computed in fractions. Light: no numpy, no pandas.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, text

from schemas.figures import decimal_text, figure_text
from storage.encoding import codes
from storage.encoding.figures import figure_fields, series_fields
from storage.queries.cells import Cell, Version, cells
from storage.queries.filters import check_filters, several
from storage.queries.revisions import kind_of
from storage.queries.runs import last_run

if TYPE_CHECKING:
    from storage.ledger import Ledger

#: Figures that say how much; a bound ("more than 80") changes by no amount.
_SIZED: Final = ("=", "~")


def _series(
    ledger: Ledger, conn: Connection, bound: int, released_by: str | None, filters: dict[str, str | None]
) -> Iterator[tuple[tuple[str, ...], list[Cell]]]:
    """Cells by series, in order of time; of a source: those whose first figure came from it."""
    source = filters.get("source")
    sources = None if source is None else several(source)
    found = cells(ledger, conn, bound, codes.release_bound(released_by), filters)
    for _, group in groupby(found, key=lambda cell: cell.series):
        kept = [cell for cell in group if sources is None or ledger.words.run(conn, cell.rows[0].run)[0] in sources]
        if kept:
            yield kept[0].words, kept


def triangle(
    ledger: Ledger, *, as_of: str | None = None, released_by: str | None = None, **filters: str | None
) -> Iterator[dict[str, Any]]:
    """The revision triangle in long form: for each cell what was known of it after each release of its series.

    A release counts where it changed any cell of the series; a figure it left alone is carried on. ``vintage`` counts
    from 1, the cell's first release; ``since`` is the release that the figure is of, ``kind`` how it differs from the
    vintage before, "" where it does not.
    """
    check_filters(filters)
    with ledger.reading() as conn:
        bound = last_run(conn, as_of)
        for words, group in _series(ledger, conn, bound, released_by, filters):
            releases = sorted({row.released for cell in group for row in cell.rows})
            for cell in group:
                fields = series_fields(words, ledger.words.period(conn, cell.period)[0])
                vintages = releases[bisect_left(releases, cell.rows[0].released) :]
                by_release = {row.released: row for row in cell.rows}
                row, before = cell.rows[0], None
                for number, released in enumerate(vintages, start=1):
                    row = by_release.get(released, row)
                    printed = figure_fields(row.mantissa, row.packed)
                    yield {
                        **fields,
                        "vintage": number,
                        "released": codes.release_text(released),
                        **{name: printed[name] for name in ("value", "step", "qualifier", "status")},
                        "since": codes.release_text(row.released),
                        "kind": "" if before is None or before is row else kind_of(row, before),
                        "document": ledger.words.document(conn, row.document),
                    }
                    before = row


def summary(
    ledger: Ledger, *, as_of: str | None = None, released_by: str | None = None, **filters: str | None
) -> Iterator[dict[str, Any]]:
    """How each series is revised, one row a series with the fields of ``measures``; those without cells are left out.

    A cell counts once its dataset has had a later release, which could have revised it, and where it has a figure: a
    bound ("more than 80") changes by no amount.
    """
    check_filters(filters)
    dates: dict[str, list[int]] = {}
    with ledger.reading() as conn:
        bound = last_run(conn, as_of)
        for words, group in _series(ledger, conn, bound, released_by, filters):
            fields = series_fields(words, "")
            del fields["period"]
            dataset = fields["dataset"]
            if dataset not in dates:
                dates[dataset] = _releases(conn, dataset, bound, codes.release_bound(released_by))
            found = measures([cell.rows for cell in group], dates[dataset])
            if found is not None:
                yield fields | found


def _releases(conn: Connection, dataset: str, run: int, released: int) -> list[int]:
    """The release dates of a dataset, in order."""
    query = text(
        "SELECT DISTINCT released FROM printing WHERE dataset = :dataset AND run <= :run AND released <= :released "
        "ORDER BY released"
    )
    return [row[0] for row in conn.execute(query, {"dataset": dataset, "run": run, "released": released})]


def measures(histories: list[list[Version]], releases: list[int]) -> dict[str, Any] | None:
    """Revision measures of one series, from the rows that stand of each cell by release and its dataset's releases.

    ``cells`` n; ``revised`` of them, ``share_revised`` in %; ``upward`` and ``downward`` cells; ``sum_revision`` Σr and
    ``sum_absolute_revision`` Σ|r| over cells, exact; ``mean_revision`` Σr / n (MR), ``mean_absolute_revision``
    Σ|r| / n (MAR), ``relative_mean_absolute_revision`` 100 Σ|r| / Σ|latest| (RMAR, "" where all latest are 0), all as
    decimal strings in units of 1, cut with … where they do not end; and how many releases after its first a revised
    cell last changed, mean and maximum. None where there is no cell.
    """
    revisions: list[Fraction] = []
    latest, revised, waits, exponents = Fraction(0), 0, list[int](), list[int]()
    for rows in histories:
        known = [row for row in rows if codes.figure(row.mantissa, row.packed) is not None]
        sized = all(codes.unpack(row.packed)[1] in _SIZED for row in known)
        if not known or not sized or not releases or known[0].released >= releases[-1]:
            continue
        steps = [(new, old) for old, new in pairwise(rows) if kind_of(new, old) == "revision"]
        revisions.append(sum((_value(new) - _value(old) for new, old in steps), Fraction(0)))
        latest += abs(_value(known[-1]))
        exponents += [codes.unpack(row.packed)[0] for row in known]
        if steps:
            revised += 1
            first = bisect_left(releases, known[0].released)
            waits.append(bisect_left(releases, steps[-1][0].released) - first)
    if not revisions:
        return None
    count, total, absolute = len(revisions), sum(revisions, Fraction(0)), sum(map(abs, revisions), Fraction(0))
    return {
        "step": figure_text(1, min(exponents)),
        "releases": len(releases),
        "cells": count,
        "revised": revised,
        "share_revised": decimal_text(Fraction(100 * revised, count)),
        "upward": sum(one > 0 for one in revisions),
        "downward": sum(one < 0 for one in revisions),
        "sum_revision": decimal_text(total),
        "sum_absolute_revision": decimal_text(absolute),
        "mean_revision": decimal_text(total / count),
        "mean_absolute_revision": decimal_text(absolute / count),
        "relative_mean_absolute_revision": decimal_text(100 * absolute / latest) if latest else "",
        "mean_releases_until_final": decimal_text(Fraction(sum(waits), len(waits))) if waits else "",
        "max_releases_until_final": max(waits, default=0),
    }


def _value(row: Version) -> Fraction:
    figure = codes.figure(row.mantissa, row.packed)
    if figure is None:
        raise ValueError("a figure that is absent has no value")
    return figure.value
