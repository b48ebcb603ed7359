"""What the ledger has published, as frames of readings: for what is computed of whole releases. Imports pandas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection, text

from storage.encoding import codes
from storage.encoding.columns import Readings, find, last_of
from storage.encoding.tables import decode
from storage.state.releases import published, releases_from

if TYPE_CHECKING:
    import pandas as pd

    from storage.handle import Handle
    from storage.publish.batch import Context


def release_frames(
    ledger: Handle, dataset: str | None = None, released_by: str | None = None
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


def other_releases(ledger: Handle, context: Context) -> pd.DataFrame:
    """What is published of a batch's datasets in releases it does not touch, as one frame of READING_COLUMNS.

    Of each cell what changed, and the last printing before each release of the batch: a figure printed again and again
    stands there once, so that memory grows with what was ever said and not with how often.
    """
    with ledger.reading() as conn:
        known = [_said(conn, name, sorted(context.touched.get(name, ()))) for name in context.datasets]
        return decode(conn, Readings.concatenate(known))


def _said(conn: Connection, dataset: str, touched: Sequence[int]) -> Readings:
    """Changes of a dataset in all releases but ``touched``; what stood before each of those, and at the end."""
    last = Readings.concatenate([])
    found, ahead = [], list(touched)
    for released in releases_from(conn, dataset, 0):
        while ahead and ahead[0] <= released:
            found.append(last)
            ahead.pop(0)
        if released in touched:
            continue
        said = published(conn, dataset, released)
        at, there = find(last.key, said.key)
        news = ~there
        here = np.flatnonzero(there)
        same = codes.same(last.packed[at[here]], said.packed[here])
        news[here] = (last.mantissa[at[here]] != said.mantissa[here]) | ~same
        found.append(said.take(news))
        both = Readings.concatenate([last.take(~find(said.key, last.key)[1]), said])
        last = both.take(np.argsort(both.key, kind="stable"))
    everything = Readings.concatenate([*found, last])
    order = np.lexsort((everything.key, everything.released))
    return everything.take(order[last_of(everything.key[order], everything.released[order])])


def release_dates(ledger: Handle, datasets: Iterable[str]) -> dict[str, list[str]]:
    """All release dates the ledger knows of each dataset, those that are held too."""
    with ledger.reading() as conn:
        return {name: [codes.release_text(code) for code in releases_from(conn, name, 0)] for name in datasets}
