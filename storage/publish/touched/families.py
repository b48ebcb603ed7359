"""Of the releases a batch touches: which sequence each answer begins, and where the readings of each document stand.

Most releases have one sequence and nothing is looked at but who answered. Where an address answered twice under one
date, what it said is compared, and all answers are numbered anew: one that was fetched earlier may be read late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text

from schemas.positions import NOWHERE
from schemas.release_dates import SEQUENCES
from schemas.vocabulary import SERIES_KEY
from storage.database.id_lists import id_list, id_value
from storage.encoding import codes
from storage.encoding.columns import Ints, Readings, last_of
from storage.encoding.tables import encode
from storage.state.releases import Answered, answered, instead_of, release_readings, releases_of, sequences_of
from storage.state.sequences import Answer, numbered, spans, too_many
from storage.state.standing import Family, Name, Standing, begun

if TYPE_CHECKING:
    from storage.publish.batch import Batch


def standing_of(
    conn: Connection, batch: Batch, ids: Mapping[str, int], families: Iterable[Family]
) -> tuple[Standing, set[Family]]:
    """In which sequences readings stand, of families that a batch touches; and those it touches, all told.

    ``ids`` are the showings that the ledger has of its documents. Where a document is renumbered, all is judged that it
    speaks of.
    """
    here = _Batch(conn, batch, ids)
    numbers: dict[Family, int] = {}
    stands: dict[Family, Mapping[Name, tuple[int, int]]] = {}
    instead: dict[Family, Mapping[int, int]] = {}
    renumbered: dict[int, int] = {}
    moved: dict[int, int] = {}
    done: set[Family] = set()
    ahead = set(families)
    while ahead:
        for family in sorted(ahead):
            stored = [one for one in answered(conn, *family) if one.document not in here.own]
            firsts = _numbered(conn, family, stored, here)
            for one in stored:
                if family[1] + firsts.get(one.document, 1) - 1 != one.released:
                    renumbered[one.document] = one.parser_version
            if (last := max(firsts.values(), default=1)) > 1:
                numbers[family], stands[family] = last, here.named(_stand(stored, here.of(*family), firsts))
            if accepted := instead_of(conn, *family) if len(sequences_of(conn, family[0], family[1:])) > 1 else ():
                instead[family] = _after(accepted, family, last)
                new = instead[family]
                moved |= {one.document: one.parser_version for one in accepted if new[one.released] != one.released}
        done |= ahead
        spoken = [*releases_of(conn, sorted(renumbered)), *releases_of(conn, sorted(moved), instead=True)]
        ahead = {(dataset, int(codes.base(released))) for dataset, released, _ in spoken} - done
    return Standing(numbers, stands, renumbered, instead, moved), done


def _after(accepted: Sequence[Answered], family: Family, last: int) -> Mapping[int, int]:
    """Release → what it is after the ``last`` sequence of addresses; raises ParseError for more than can be named."""
    were = dict.fromkeys(one.released for one in accepted)
    if last + len(were) > SEQUENCES:
        raise too_many(f"{codes.release_text(family[1])} of {family[0]}", last + len(were))
    return {released: family[1] + last + at for at, released in enumerate(were)}


def _stand(
    stored: Sequence[Answered], new: Sequence[tuple[str, str, int]], firsts: Mapping[Name, int]
) -> Mapping[Name, tuple[int, int]]:
    address = {one.document: one.address for one in stored} | {sha: where for sha, where, _ in new}
    return spans((name, address[name], first) for name, first in firsts.items())


def _numbered(conn: Connection, family: Family, stored: Sequence[Answered], here: _Batch) -> Mapping[Name, int]:
    """Document → its first sequence, of the answers of a family; what they say is read only where it is compared."""
    new = here.of(*family)
    times = Counter([*(one.address for one in stored), *(address for _, address, _ in new)])
    several = {address for address, number in times.items() if number > 1}
    if not several:
        return {}
    dataset, first = family
    printed = sorted({one.released for one in stored})
    said = Readings.concatenate([release_readings(conn, dataset, one, printed=True) for one in printed])
    accepted = {one.released for one in instead_of(conn, *family)}  # they answered that too
    said = Readings.concatenate([said.take(begun(said)), *(release_readings(conn, dataset, one) for one in accepted)])
    found = [
        Answer(one.document, one.address, one.fetched_at, _says(said.take(said.document == one.document)))
        for one in stored
        if one.address in several
    ]
    found += [
        Answer(sha, address, at, _says(here.readings(sha, dataset, first)))
        for sha, address, at in new
        if address in several
    ]
    ones = {one.document: 1 for one in stored} | {sha: 1 for sha, _, _ in new}
    return ones | numbered(found, f"{codes.release_text(first)} of {dataset}")


def _says(readings: Readings) -> bytes:
    """What figures these are, as a set."""
    shown = readings.take(readings.position != NOWHERE)
    figures = codes.bare(shown.packed)
    order = np.lexsort((figures, shown.mantissa, shown.key))
    columns = shown.key[order], shown.mantissa[order], figures[order]
    return np.stack(columns)[:, last_of(*columns)].tobytes()


class _Batch:
    """The answers that a batch brings, or reads again."""

    def __init__(self, conn: Connection, batch: Batch, ids: Mapping[str, int]) -> None:
        self._conn, self._frame, self._ids = conn, batch.parsed.readings, ids
        self.own = frozenset(ids.values())  # documents that say what they say now, or nothing any more
        query = f"SELECT id, url, fetched_at FROM document WHERE id IN {id_list(conn, 'ids')}"  # noqa: S608
        rows = conn.execute(text(query), {"ids": id_value(conn, sorted(self.own))}).fetchall()
        kept = {row.id: (row.url, row.fetched_at) for row in rows}
        self._answers: dict[str, tuple[str, int]] = {}
        for one in batch.documents:
            url, at = kept.get(ids.get(one.sha256, 0), (one.url, one.fetched_at and codes.microseconds(one.fetched_at)))
            if url and at:
                self._answers[one.sha256] = url, at
        self._speaks: dict[str, set[Family]] = {}
        for sha, dataset, released in _distinct(self._frame) if self._answers else ():
            self._speaks.setdefault(sha, set()).add((dataset, codes.release_code(released)))

    def of(self, dataset: str, first: int) -> list[tuple[str, str, int]]:
        """(SHA-256, address, fetched at) of those whose own date is that of a family."""
        return [
            (sha, *self._answers[sha])
            for sha, spoken in self._speaks.items()
            if (dataset, first) in spoken and sha in self._answers and max(date for _, date in spoken) == first
        ]

    def named(self, stands: Mapping[Name, tuple[int, int]]) -> Mapping[Name, tuple[int, int]]:
        """Where documents stand, by SHA-256 and, where the ledger has them, by id too."""
        return {**stands} | {self._ids[str(sha)]: one for sha, one in stands.items() if sha in self._ids}

    @cached_property
    def _read(self) -> tuple[Readings, Ints, Sequence[str]]:
        """All readings, a cell that the ledger does not know under a number below 0; and of which dataset each is."""
        frame = self._frame
        numbers = {sha: at for at, sha in enumerate(frame["document"].cat.categories)}
        found, names, of = encode(self._conn, frame, numbers, create=False)
        cell = frame.groupby([*SERIES_KEY, "period"], observed=True, sort=False).ngroup().to_numpy(dtype=np.int64)
        return replace(found, key=np.where(found.key < 0, -1 - cell, found.key)), of, names

    def readings(self, sha: str, dataset: str, first: int) -> Readings:
        """What one of them says of a family."""
        found, of, names = self._read
        here = found.document == self._frame["document"].cat.categories.get_loc(sha)
        return found.take(here & (found.released == first) & (of == names.index(dataset)))


def _distinct(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Document, dataset and release of readings, each triple once."""
    columns = [frame[name].cat for name in ("document", "dataset", "released")]
    shape = [len(column.categories) for column in columns]
    if not len(frame):
        return
    places = np.ravel_multi_index([column.codes.to_numpy(dtype=np.int64) for column in columns], shape)
    for triple in zip(*np.unravel_index(pd.unique(places), shape), strict=True):
        document, dataset, released = (column.categories[at] for column, at in zip(columns, triple, strict=True))
        yield str(document), str(dataset), str(released)
