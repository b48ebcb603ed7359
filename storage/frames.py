"""What the ledger has published or still holds said, as frames of readings: for what is computed of whole releases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from sqlalchemy import Connection, text

from schemas.positions import Places
from storage.encoding import codes
from storage.encoding.columns import Readings, distinct, effective, find, last_of
from storage.encoding.tables import decode, encode
from storage.encoding.versions import last_changes
from storage.state.releases import published, release_readings, releases_from

if TYPE_CHECKING:
    import pandas as pd

    from storage.handle import Handle
    from storage.publish.batch import Batch, Context

#: How many changes of a cell rules and suspects are told of, before a release.
_CHANGES: Final = 10


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


def printed_in(ledger: Handle, dataset: str, released: str) -> pd.DataFrame:
    """All that the documents of one release print, held readings too, as a frame of READING_COLUMNS.

    Raises UsageError for what is no release date.
    """
    with ledger.reading() as conn:
        return decode(conn, release_readings(conn, dataset, codes.release_code(released), printed=True))


def other_releases(ledger: Handle, context: Context) -> pd.DataFrame:
    """What is published of a batch's datasets in releases it does not touch, as one frame of READING_COLUMNS.

    Of each cell the last changes, and the last printing, before each release of the batch and at the end: a figure
    printed again and again stands there once, and how long a ledger has been kept decides neither time nor memory.
    """
    with ledger.reading() as conn:
        known = [_said(conn, name, context.touched.get(name, frozenset())) for name in context.datasets]
        return decode(conn, Readings.concatenate(known))


def _said(conn: Connection, dataset: str, touched: frozenset[int]) -> Readings:
    """The last changes of a dataset in all releases but ``touched``; what stood before each of those and at the end."""
    others = [released for released in releases_from(conn, dataset, 0) if released not in touched]
    ends = {max((one for one in others if one < released), default=0) for released in touched}
    found = []
    for until in sorted({*ends, *others[-1:]} & {*others}):
        rows = last_changes(conn, dataset, until, _CHANGES)
        standing = effective(rows)
        standing = standing.take(~np.isin(standing.released, list(touched)))
        found.append(Readings(*(getattr(standing, field.name) for field in fields(Readings))))
        left = distinct(rows.key)
        for released in reversed([one for one in others if one <= until]):
            if not len(left):
                break
            # What a row of this release says need not be read of its documents once more.
            left = left[~find(standing.key[standing.released == released], left)[1]]
            said = published(conn, dataset, released, left)
            found.append(said)
            left = left[~find(said.key, left)[1]]
    everything = Readings.concatenate(found)
    order = np.lexsort((everything.key, everything.released))
    return everything.take(order[last_of(everything.key[order], everything.released[order])])


def release_dates(ledger: Handle, datasets: Iterable[str]) -> dict[str, list[str]]:
    """All release dates the ledger knows of each dataset, those that are held too."""
    with ledger.reading() as conn:
        return {name: [codes.release_text(code) for code in releases_from(conn, name, 0)] for name in datasets}


def still_said(ledger: Handle, batch: Batch, context: Context) -> pd.DataFrame:
    """What documents were read to say before at places where they cannot be read now: it stands until a person looks.

    What is read otherwise now, or is no longer there, is a correction; so is what is named as not to be read.
    """
    faults = [one for one in context.news(batch).unreadable if one.severity == "error"]
    if not faults:
        return batch.parsed.readings.head(0)
    old = Readings.concatenate(list(context.replaced.values()))
    only = batch.documents[0].sha256
    places = {
        context.showings[sha]: Places.of(one.position for one in faults if (one.document or only) == sha)
        for sha in {one.document or only for one in faults}
        if sha in context.showings
    }
    with ledger.reading() as conn:
        now, _, _ = encode(conn, context.news(batch).readings, context.showings, create=False)
        read = set(zip(now.document.tolist(), now.position.tolist(), strict=True))
        pairs = zip(old.document.tolist(), old.position.tolist(), strict=True)
        kept = [
            at
            for at, (document, position) in enumerate(pairs)
            if document in places and position in places[document] and (document, position) not in read
        ]
        kept_readings = old.take(np.array(kept, dtype=np.int64))
        return decode(conn, replace(kept_readings, released=codes.base(kept_readings.released)))
