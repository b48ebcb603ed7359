"""What the ledger has published, as frames of readings: for what is computed of whole releases. Imports pandas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sqlalchemy import text

from storage import codes
from storage.coding import decode
from storage.releases import published, releases_from

if TYPE_CHECKING:
    import pandas as pd

    from storage.ledger import Context, Ledger


def release_frames(
    ledger: Ledger, dataset: str | None = None, released_by: str | None = None
) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """``(dataset, released, frame of READING_COLUMNS)`` of every release, one published reading a cell, in order.

    ``released_by`` leaves out later releases; what is held is not in the frames.
    """
    bound = codes.release_bound(released_by)
    with ledger.reading() as conn:
        names = [row[0] for row in conn.execute(text("SELECT DISTINCT dataset FROM series ORDER BY 1")).fetchall()]
        for name in names:
            if dataset not in (None, name):
                continue
            for released in releases_from(conn, name, 0):
                if released <= bound and len(found := published(conn, name, released)):
                    yield name, codes.release_text(released), decode(conn, found)


def other_releases(ledger: Ledger, context: Context) -> pd.DataFrame:
    """What is published of a batch's datasets in all releases it does not touch, as one frame of READING_COLUMNS."""
    from schemas.observations import combine

    return combine(
        frame
        for name in context.datasets
        for _, released, frame in release_frames(ledger, name)
        if codes.release_code(released) not in context.touched.get(name, ())
    )


def release_dates(ledger: Ledger, datasets: Iterable[str]) -> dict[str, list[str]]:
    """All release dates the ledger knows of each dataset, those that are held too."""
    with ledger.reading() as conn:
        return {name: [codes.release_text(code) for code in releases_from(conn, name, 0)] for name in datasets}
