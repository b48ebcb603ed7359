"""What the ledger holds of a release: every reading of every document, and which of them are kept back.

A document's readings are those of the last run that read it. Most are cells in the blob of a ``printing``: they were
printed with exactly the figure that was in force once that run had recorded it. The others are rows of ``reading``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, text

from schemas.errors import LedgerError
from schemas.release_dates import SEQUENCES
from storage.database.conditions import FOR_DOCUMENT, STILL_BACK, last_read, rejected
from storage.database.id_lists import id_list, id_value
from storage.encoding import codes
from storage.encoding.cell_lists import unpack_cells
from storage.encoding.columns import Flags, Ints, Readings, Versions, effective, find, in_force, ints, make_key
from storage.encoding.comparing import narrowest
from storage.encoding.rows import int_rows
from storage.encoding.versions import load_versions
from storage.state.accepted import accepted_cells
from storage.state.sequences import spans


def release_readings(
    conn: Connection,
    dataset: str,
    released: int,
    keys: Ints | None = None,
    rows: Versions | None = None,
    *,
    printed: bool = False,
) -> Readings:
    """Every reading of a release, held ones too, in the order in which documents came: as it stood in its sequence.

    What was accepted in place of others is a sequence of its own, and says nothing else, unless it is asked what was
    ``printed``.

    ``keys`` (sorted) limits the cells; ``rows`` are their versions of all runs and of the last releases, if at hand.
    """
    printings, parts = _printings(conn, dataset, released, printed), []
    for printing in printings:
        key, position = unpack_cells(printing.cells)
        if keys is not None:
            wanted = find(keys, key)[1]
            key, position = key[wanted], position[wanted]
        if not len(key):
            continue
        then = printing.released
        known = load_versions(conn, key, since=then, until=then) if rows is None else rows
        said = in_force(effective(known, run=printing.run, released=then))
        at, there = find(said.key, key)
        if not there.all():  # what stood then was withdrawn since, or is older than the last few releases
            said = in_force(effective(load_versions(conn, key), run=printing.run, released=then))
            at, there = find(said.key, key)
        if not there.all():
            raise LedgerError(f"the ledger is damaged: a printing of {dataset} names figures that are not there")
        same, packed = np.ones(len(key), dtype=np.int64), codes.bare(said.packed[at])
        parts.append(Readings(key, same * released, said.mantissa[at], packed, same * printing.document, position))
    found = Readings.concatenate([_explicit(conn, printings, released), *parts])
    return found if keys is None else found.take(find(keys, found.key)[1])


def _printings(conn: Connection, dataset: str, released: int, printed: bool) -> Sequence[Any]:
    """The printings that count in a release, as it stood in its sequence."""
    first = codes.base(released)
    query = f"""
        SELECT p.id, p.document, p.run, p.cells, p.released, p.instead FROM printing p
        WHERE p.dataset = :d AND p.released BETWEEN :first AND :r AND {last_read()} ORDER BY p.id
    """  # noqa: S608 - fixed words
    found = conn.execute(text(query), {"d": dataset, "first": first, "r": released}).fetchall()
    if (instead := [one for one in found if one.instead and one.released == released]) and not printed:
        return instead
    found = [one for one in found if not one.instead]
    if released == first or not found:
        return found
    answers = [(one.document, one.address, codes.sequence(one.released)) for one in answered(conn, dataset, first)]
    stands, now = spans(answers), codes.sequence(released)
    return [one for one in found if now <= stands.get(one.document, (1, now))[1]]


class Answered(NamedTuple):
    """A document that its address gave under one date, and the release that it begins."""

    document: int
    released: int
    address: str
    fetched_at: int
    parser_version: int


def answered(conn: Connection, dataset: str, first: int) -> list[Answered]:
    """What addresses answered under a date of a dataset (its first code).

    Not what came by hand, nor what is of another date and mentions this one.
    """
    query = f"""
        SELECT p.document, p.released, d.url, d.fetched_at, p.parser_version,
               (SELECT max(o.released) FROM printing o WHERE o.document = p.document AND o.run = p.run) AS own
        FROM printing p JOIN document d ON d.id = p.document
        WHERE p.dataset = :d AND p.released BETWEEN :first AND :last AND NOT p.instead
          AND d.url <> '' AND d.fetched_at IS NOT NULL AND {last_read()} ORDER BY p.id
    """  # noqa: S608 - fixed words
    last = codes.last_sequence(first)
    rows = conn.execute(text(query), {"d": dataset, "first": first, "last": last}).fetchall()
    return [Answered(*row[:5]) for row in rows if row.own <= last]


def instead_of(conn: Connection, dataset: str, first: int) -> list[Answered]:
    """What a person accepted in place of what a date of a dataset (its first code) said, in the order of decisions."""
    query = f"""
        SELECT p.document, p.released, '' AS address, 0 AS fetched_at, p.parser_version FROM printing p
        WHERE p.dataset = :d AND p.released BETWEEN :first AND :last AND p.instead AND {last_read()}
        ORDER BY p.released, p.id
    """  # noqa: S608 - fixed words
    rows = conn.execute(text(query), {"d": dataset, "first": first, "last": codes.last_sequence(first)}).fetchall()
    return [Answered(*row) for row in rows]


def sequences_of(conn: Connection, dataset: str, firsts: Iterable[int]) -> list[int]:
    """The releases there are of some dates (their first codes), each date with all its sequences."""
    query = text(
        "SELECT DISTINCT released FROM printing WHERE dataset = :d AND released > :first AND released <= :last"
    )
    found = set(firsts)
    for first in sorted(found):
        rows = conn.execute(query, {"d": dataset, "first": first, "last": codes.last_sequence(first)})
        found |= {row[0] for row in rows}
    return sorted(found)


def _explicit(conn: Connection, printings: Sequence[Any], released: int) -> Readings:
    if not printings:
        return Readings.concatenate([])
    query = f"""
        SELECT printing, series, period, coalesce(mantissa, 0), packed, position FROM reading
        WHERE printing IN {id_list(conn, "ids")} ORDER BY printing, number
    """  # noqa: S608 - a fixed list
    ids = {"ids": id_value(conn, [printing.id for printing in printings])}
    printing, series, period, mantissa, packed, position = int_rows(conn, query, ids, 6)
    numbers = ints([one.id for one in printings])
    document = ints([one.document for one in printings])[np.searchsorted(numbers, printing)]
    return Readings(
        make_key(series, period), np.full(len(series), released, dtype=np.int64), mantissa, packed, document, position
    )


@dataclass(frozen=True)
class Back:
    """Readings that are kept back: of which held block, whether for their document's sake, whether rejected."""

    readings: Readings
    held: Ints
    by_document: Flags
    rejected: Flags

    def among(self, readings: Readings, where: Flags | None = None) -> Flags:
        """Which of ``readings`` are kept back (by those of ``where``)."""
        found = np.zeros(len(readings), dtype=bool)
        own = self.readings if where is None else self.readings.take(where)
        names = set(zip(*(column.tolist() for column in own.columns), strict=True))
        if names:
            at = np.flatnonzero(np.isin(readings.key, own.key))
            columns = [column.tolist() for column in readings.take(at).columns]
            found[at] = [name in names for name in zip(*columns, strict=True)]
        return found

    def in_sequences(self, released: Sequence[int]) -> Back:
        """Those of each of these releases, and what stays out of it that an earlier sequence of its date kept back."""
        alone = self.by_document | self.rejected
        parts = [
            (np.flatnonzero((dates == one) | (alone & (dates >= codes.base(one)) & (dates < one))), one)
            for dates in [self.readings.released]
            for one in released
        ]
        at = ints(np.concatenate([places for places, _ in parts]))
        of = np.concatenate([np.full(len(places), one, dtype=np.int64) for places, one in parts])
        readings = replace(self.readings.take(at), released=of)
        return Back(readings, self.held[at], self.by_document[at], self.rejected[at])

    def of_documents(self, documents: Sequence[int]) -> Flags:
        """Those of blocks in which one of these documents has a part."""
        return np.isin(self.held, self.held[np.isin(self.readings.document, documents)])


def kept_back(conn: Connection, dataset: str, released: Iterable[int]) -> Back:
    """The readings of held blocks of these releases that are not in force.

    What was rejected, or stands in a document held for its own sake, is out of the later sequences of its date too.
    """
    query = f"""
        SELECT f.series, f.period, h.released, coalesce(f.mantissa, 0), f.packed, f.document, f.position, h.id,
               CASE WHEN {FOR_DOCUMENT} THEN 1 ELSE 0 END, CASE WHEN {rejected()} THEN 1 ELSE 0 END
        FROM held_block h JOIN held_figure f ON f.held = h.id
        WHERE h.dataset = :dataset AND h.released IN {id_list(conn, "released")} AND {STILL_BACK}
    """  # noqa: S608 - fixed words
    wanted = sorted(released)
    before = {date for one in wanted for date in range(codes.base(one), one)}
    params = {"dataset": dataset, "released": id_value(conn, sorted({*wanted, *before}))}
    series, period, *columns, held, by_document, refused = int_rows(conn, query, params, 10)
    readings = Readings(make_key(series, period), *columns)
    found = Back(readings, held, by_document.astype(bool), refused.astype(bool))
    return found.in_sequences(wanted) if before else found


def published(
    conn: Connection, dataset: str, released: int, keys: Ints | None = None, rows: Versions | None = None
) -> Readings:
    """What a release says, one reading a cell, in order of cells: the narrowest of those not kept back.

    Those of them that were accepted are marked so.
    """
    readings = release_readings(conn, dataset, released, keys, rows)
    free = readings.take(~kept_back(conn, dataset, [released]).among(readings))
    said = free.take(narrowest(free))
    accepted = find(accepted_cells(conn, dataset, released), said.key)[1]
    return replace(said, packed=codes.with_accepted(said.packed, accepted))


def sequences_apart(conn: Connection, dataset: str) -> set[int]:
    """Sequences that are no release by themselves: what a person accepted in the place of what stands."""
    query = f"SELECT DISTINCT p.released FROM printing p WHERE p.dataset = :d AND p.instead AND {last_read()}"  # noqa: S608
    return {row[0] for row in conn.execute(text(query), {"d": dataset}).fetchall()}


def last_sequence(conn: Connection, dataset: str, released: int) -> int:
    """The last sequence there ever was of a release."""
    query = text("SELECT max(released) FROM printing WHERE dataset = :d AND released BETWEEN :first AND :last")
    first = int(codes.base(released))
    found = conn.execute(query, {"d": dataset, "first": first, "last": first + SEQUENCES - 1}).scalar()
    return first if found is None else int(found)


def releases_from(conn: Connection, dataset: str, first: int) -> list[int]:
    """Releases of a dataset from ``first`` on."""
    query = f"""
        SELECT DISTINCT p.released FROM printing p
        WHERE p.dataset = :d AND p.released >= :r AND {last_read()} ORDER BY 1
    """  # noqa: S608 - fixed words
    return [row[0] for row in conn.execute(text(query), {"d": dataset, "r": first}).fetchall()]


def releases_of(conn: Connection, documents: Sequence[int], *, instead: bool = False) -> list[tuple[str, int, int]]:
    """(dataset, release, document) of what the last reading of each document found, or of what stands ``instead``."""
    query = f"""
        SELECT p.dataset, p.released, p.document FROM printing p
        WHERE p.document IN {id_list(conn, "ids")} AND p.dataset <> '' AND {"" if instead else "NOT "}p.instead
          AND {last_read()} ORDER BY p.id
    """  # noqa: S608 - fixed words
    return [tuple(row) for row in conn.execute(text(query), {"ids": id_value(conn, documents)}).fetchall()]


def readings_of(conn: Connection, documents: Sequence[int]) -> Iterator[tuple[str, int, int, Readings]]:
    """(dataset, release, document, readings) of all that documents say by their last reading.

    What was accepted in place of others is a sequence by itself, and said by its document all the same.
    """
    for accepted in (False, True):
        for dataset, released, document in releases_of(conn, documents, instead=accepted):
            said = release_readings(conn, dataset, released, printed=not accepted)
            yield dataset, released, document, said.take(said.document == document)
