"""Which held block a person means, what is decided with it, and what cannot be decided so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import Connection, text

from schemas.errors import UsageError
from schemas.figures import Interval
from schemas.periods import renamed
from storage.database.id_lists import id_list, id_value
from storage.deciding.asked import Asked, blocks_of
from storage.encoding import codes
from storage.encoding.columns import Readings, distinct, make_key
from storage.encoding.rows import int_rows
from storage.state.held import held_figures
from storage.state.releases import instead_of, kept_back, release_readings
from storage.state.verdicts import ACCEPT, REJECT


class WhichDocument(UsageError):
    """It must be said which document is meant."""


def chosen(conn: Connection, block: str, released: str, verdict: str, document: str) -> list[Asked]:
    """The held block that is meant, and what else of it waits and is decided with it.

    Raises UsageError for an unknown block, and for a document that is not to be decided so; WhichDocument where it must
    be said which one.
    """
    rows = blocks_of(conn, block)
    held = _find(conn, rows, block, released, document)
    if not held.waits:
        return [held]
    waiting = [one for one in rows if one.released == held.released and one.waits]
    if verdict == REJECT and document and document not in held.documents:
        commands = _commands(waiting, verdict)
        raise UsageError(f"document {document[:12]} stands in {block}: only what waits is rejected, {commands}")
    if why := undecidable(waiting, verdict, held, document, held_figures(conn, [held.id]).by_block()):
        raise WhichDocument(why)
    return [held, *(one for one in waiting if verdict == ACCEPT and one.id != held.id)]


def undecidable(
    waiting: Sequence[Asked], verdict: str, held: Asked, document: str, figures: Mapping[int, Readings]
) -> str:
    """Why a held block cannot be decided so, "" where it can: it must be said which document is meant.

    ``waiting`` is all that waits of it; ``figures`` are those of blocks in which several documents have a part.
    """
    several = len(held.documents) > 1 and (verdict == ACCEPT or len(waiting) == 1)
    itself = several and _contradict(figures[held.id])
    block = renamed(held.block)
    if not document and (len(waiting) > 1 or (itself and verdict == ACCEPT)):
        commands = _commands(waiting, verdict)
        return f"documents contradict each other in {block}: say which one with --document, {commands}"
    if document and itself and verdict == REJECT:
        return (
            f"documents that came together contradict each other in {block}: accept the one that counts with "
            "--document, which rejects the others; or reject all of the block without --document"
        )
    return ""


def _commands(waiting: Sequence[Asked], verdict: str) -> str:
    """How to decide about each document of a block."""
    shas = sorted({sha for one in waiting for sha in one.documents})
    return " or ".join(f"tradeledger review {waiting[0].name} {verdict} --document {sha[:12]}" for sha in shas)


def _find(conn: Connection, rows: Sequence[Asked], block: str, released: str, document: str) -> Asked:
    """The held block: of several releases one that waits, and only if there is no doubt which."""
    if released:
        code = codes.release_code(released)
        rows = [row for row in rows if row.released == code]
    if not rows:
        named = f" of the release {released}" if released else ""
        raise UsageError(f"no block {block!r}{named} is held: tradeledger review lists those that are")
    waiting = [row for row in rows if row.waits]
    if len({row.released for row in waiting}) > 1:
        names = dict.fromkeys(row.name for row in waiting)
        raise UsageError(f"{block} is held in several releases: say which, {', '.join(names)}")
    if document:
        own = [row for row in rows if document in row.documents]
        if waiting and not any(row.waits for row in own) and _stands(conn, waiting, document):
            own = []  # what was held of it once, or rejected with another that is gone, stands
        elif not own:
            raise UsageError(
                f"document {document[:12]} says nothing of {block}: tradeledger review names those that do"
            )
        rows, waiting = own or rows, [row for row in waiting if not own or document in row.documents]
    if waiting:
        return waiting[-1]
    # Nothing waits: a decision that was made is the answer, else what became of it.
    return next((row for row in reversed(rows) if row.decided is not None), rows[-1])


def _stands(conn: Connection, waiting: Sequence[Asked], document: str) -> bool:
    """Whether what a document says stands in a block, of which these wait and contradict that."""
    ids, dataset, released = [one.id for one in waiting], waiting[0].dataset, waiting[0].released
    query = f"SELECT series, period FROM contested_cell WHERE held IN {id_list(conn, 'ids')}"  # noqa: S608
    contested = make_key(*int_rows(conn, query, {"ids": id_value(conn, ids)}, 2))
    keys = distinct(np.concatenate([held_figures(conn, ids).readings.key, contested]))
    shown = set(conn.execute(text("SELECT id FROM document WHERE sha256 = :sha"), {"sha": document}).scalars())
    for one in {released, *(one.released for one in instead_of(conn, dataset, int(codes.base(released))))}:
        said = release_readings(conn, dataset, one, keys)
        said = said.take(~kept_back(conn, dataset, [one]).among(said))
        if shown.intersection(said.document.tolist()):
            return True
    return False


def _contradict(readings: Readings) -> bool:
    """Whether readings of several documents of one cell do not meet."""
    cells: dict[int, Interval] = {}
    documents: dict[int, set[int]] = {}
    columns = (readings.key, readings.mantissa, readings.packed, readings.document)
    for cell, mantissa, packed, document in zip(*(column.tolist() for column in columns), strict=True):
        figure = codes.figure(mantissa, packed)
        if figure is not None:
            cells[cell] = cells.get(cell, Interval(None, None)).meet(figure.interval)
            documents.setdefault(cell, set()).add(document)
    return any(one.empty and len(documents[cell]) > 1 for cell, one in cells.items())
