"""The documents a ledger keeps of a source, as they came; those of a batch told apart, those taken whole.

And what two of them say otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from schemas.documents import Document
from schemas.errors import UsageError
from schemas.positions import position_text
from storage.database.id_lists import id_list, id_value
from storage.encoding import codes
from storage.encoding.columns import Readings, split_key
from storage.encoding.figures import figure_fields, series_fields
from storage.state.releases import readings_of
from storage.state.showings import ROWS, document_of

if TYPE_CHECKING:
    from storage.archive import Archive
    from storage.handle import Handle

#: What a document says of a cell: figures (mantissa, packed), each with the position at which it stands first.
Said = dict[tuple[int | None, int], int]


def kept_documents(ledger: Handle, archive: Archive, source: str, sha256: str = "") -> Iterator[Document]:
    """The documents of a source as they came (or the one whose SHA-256 begins so), oldest first.

    One that was shown on several dates comes as often, one that was replaced not at all. Their bytes are read and
    verified when they are asked for. Raises UsageError for a document there is not.
    """
    with ledger.reading() as conn:
        rows = conn.execute(text(f"{ROWS} WHERE d.source = :source ORDER BY d.id"), {"source": source}).fetchall()
    found = [row for row in rows if row.sha256.startswith(sha256)]
    if sha256 and not found:
        raise UsageError(f"{source} has no document {sha256!r}: tradeledger documents lists them")
    if sha256 and all(row.replaced for row in found):
        raise UsageError(f"document {sha256[:12]} was replaced in run {found[-1].replaced}: it says nothing any more")
    for row in found:
        if not row.replaced:
            yield document_of(row, partial(archive.get, row.sha256))


def documents_of(ledger: Handle, archive: Archive, run: int) -> list[Document]:
    """The documents that a run brought, as they came."""
    with ledger.reading() as conn:
        listed = json.loads(conn.execute(text("SELECT documents FROM run WHERE id = :run"), {"run": run}).scalar_one())
        query = f"{ROWS} WHERE d.id IN {id_list(conn, 'ids')} ORDER BY d.id"
        rows = conn.execute(text(query), {"ids": id_value(conn, listed)}).fetchall()
    return [document_of(row, partial(archive.get, row.sha256)) for row in rows]


def told_apart(documents: Iterable[Document]) -> Iterator[Document]:
    """The documents of one batch: where the same bytes are different showings, each is one by itself.

    The SHA-256 is how readings name their document, so it is followed by a number. Two addresses that give the same
    answer are two: either may be corrected by itself.
    """
    first: dict[str, tuple[int, str, str]] = {}
    for number, document in enumerate(documents):
        sha, address = document.sha256, "" if document.showing else document.url
        which = (document.showing, document.released, address)
        yield document if first.setdefault(sha, which) == which else replace(document, digest=f"{sha}#{number}")


def taken_whole(ledger: Handle, hashes: Sequence[str]) -> frozenset[str]:
    """Those of the documents that were read before without a question about their last figure."""
    query = text("""
        SELECT 1 FROM document d WHERE d.sha256 = :sha
          AND EXISTS (SELECT 1 FROM printing p WHERE p.document = d.id)
          AND NOT EXISTS (SELECT 1 FROM finding f JOIN document e ON e.id = f.document
                          WHERE e.sha256 = d.sha256 AND f.rule = 'whole')
    """)
    with ledger.reading() as conn:
        return frozenset(sha for sha in hashes if conn.execute(query, {"sha": sha.partition("#")[0]}).first())


def differences(ledger: Handle, sha256: str, other: str) -> tuple[list[dict[str, Any]], int, int]:
    """Cells of which two documents say different figures, and how many cells only the one and only the other says.

    Whatever was published of them, in whichever release. ``value_a`` (``step_a``, …) is of the first document, and the
    first of its figures of the cell that the other does not print.
    """
    with ledger.reading() as conn:
        a, b = _said(conn, sha256), _said(conn, other)
        rows = []
        for cell in a.keys() & b.keys():
            if a[cell].keys() == b[cell].keys():
                continue
            period, start = ledger.words.period(conn, cell[1])
            row = series_fields(ledger.words.series(conn, cell[0]), period)
            for letter, own, beside in (("a", a[cell], b[cell]), ("b", b[cell], a[cell])):
                figure = next((one for one in own if one not in beside), next(iter(own)))
                fields = figure_fields(*figure) | {"position": position_text(own[figure])}
                row |= {f"{name}_{letter}": value for name, value in fields.items()}
            rows.append((tuple(ledger.words.series(conn, cell[0])), start, period, row))
    rows.sort(key=lambda one: one[:3])
    return [row for *_, row in rows], len(a.keys() - b.keys()), len(b.keys() - a.keys())


def _said(conn: Connection, sha256: str) -> dict[tuple[int, int], Said]:
    """What a document says of each cell (series, period), in all its showings, by the last run that read it."""
    query = text("SELECT id FROM document WHERE sha256 = :sha ORDER BY id")
    ids = list(conn.execute(query, {"sha": sha256}).scalars())
    found: dict[tuple[int, int], Said] = {}
    own = Readings.concatenate([said for *_, said in readings_of(conn, ids)])
    series, period = (column.tolist() for column in split_key(own.key))
    figures = zip(own.mantissa.tolist(), codes.bare(own.packed).tolist(), own.position.tolist(), strict=True)
    for cell, (mantissa, packed, position) in zip(zip(series, period, strict=True), figures, strict=True):
        figure = (None if codes.absent(packed) else mantissa, packed)
        found.setdefault(cell, {}).setdefault(figure, position)
    return found
