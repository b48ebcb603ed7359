"""What the ledger has of each dataset, and when agencies released it: by which the next release is overdue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, text

from schemas.periods import Months, name
from storage.database.conditions import ENDED, last_of_release, last_read
from storage.database.connection import tuples
from storage.encoding import codes
from storage.handle import Handle
from storage.state.declared import declared as last_declared


def release_dates(ledger: Handle) -> dict[str, dict[str, list[str]]]:
    """Source → dataset → the release dates of its documents, sorted; held and rejected figures were released too."""
    query = f"""
        SELECT DISTINCT d.source, p.dataset, p.released FROM printing p JOIN document d ON d.id = p.document
        WHERE {last_read()} ORDER BY d.source, p.dataset, p.released
    """  # noqa: S608 - fixed words
    found: dict[str, dict[str, list[str]]] = {}
    with ledger.reading() as conn:
        for row in conn.execute(text(query)):
            found.setdefault(row.source, {}).setdefault(row.dataset, []).append(codes.release_text(row.released))
    return found


def declared(ledger: Handle) -> dict[str, str]:
    """What persons declared last of datasets of their own (``schemas.declarations.kept``), by dataset."""
    with ledger.reading() as conn:
        return last_declared(conn)


#: What stands of a dataset, whatever release it is of.
_CELLS: Final = f"""
    SELECT s.dataset, count(*), min(p.start), max(p.start + p.length), count(DISTINCT s.product)
    FROM (SELECT DISTINCT series, period FROM version v
          WHERE {codes.STANDS.format("v")} AND {last_of_release("v", "w")}) c
    JOIN series s ON s.id = c.series JOIN period p ON p.id = c.period GROUP BY s.dataset
"""  # noqa: S608 - fixed words
_HELD: Final = f"""
    SELECT h.dataset, count(*) FROM held_block h
    LEFT JOIN decision d ON d.id = coalesce((SELECT x.id FROM decision x WHERE x.held = h.id), h.decision)
    WHERE d.id IS NULL AND NOT {ENDED} GROUP BY h.dataset
"""  # noqa: S608 - fixed words


def datasets(ledger: Handle) -> Iterator[dict[str, Any]]:
    """Each dataset of which a release was read: its areas, its time, how many figures, the last release, what waits."""
    with ledger.reading() as conn:
        cells = {dataset: found for dataset, *found in tuples(conn, _CELLS)}
        held = {str(dataset): int(number) for dataset, number in tuples(conn, _HELD)}
        said = last_declared(conn)
        read = f"""
            SELECT p.dataset, max(d.source), max(p.released), count(DISTINCT p.released)
            FROM printing p JOIN document d ON d.id = p.document WHERE p.dataset <> '' AND {last_read()}
            GROUP BY p.dataset ORDER BY p.dataset
        """  # noqa: S608 - fixed words
        for dataset, source, released, releases in list(tuples(conn, read)):
            number, start, end, products = cells.get(dataset, (0, None, None, 0))
            yield {
                "dataset": dataset,
                "source": source,
                "reporters": _reporters(conn, dataset),
                "products": products,
                "first": _month(start),
                "last": _month(end and end - 1),
                "cells": number,
                "releases": releases,
                "released": codes.release_text(released),
                "held": held.get(dataset, 0),
                "declared": said.get(dataset, ""),
            }


def _reporters(conn: Connection, dataset: str) -> list[str]:
    query = "SELECT DISTINCT reporter FROM series WHERE dataset = :dataset ORDER BY reporter"
    return [reporter for (reporter,) in tuples(conn, query, {"dataset": dataset})]


def _month(month: int | None) -> str:
    return "" if month is None else name(Months(month, 1))
