"""``tradeledger verify``: whether all that is kept still is what was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from cli.formats.output import Column, Format, emit, note
from cli.shared.ledger import kept, open_ledger
from cli.shared.options import FormatOption

if TYPE_CHECKING:
    from storage.archive import Archive
    from storage.ledger import Ledger

INTACT: Final = "intact"
DAMAGED: Final = "damaged"
UNREADABLE: Final = "unreadable"
UNKNOWN: Final = "unknown"
#: What to do about what is not intact.
WAYS_OUT: Final = {
    DAMAGED: "restore a copy; or see what tradeledger reparse would correct from the kept documents",
    UNREADABLE: "the system does not give it out, which says nothing about what it holds: see to rights and disk",
    UNKNOWN: "of a run under way or killed, or newer than a ledger that was put back; tradeledger documents SHA "
    "--extract gives back the bytes, tradeledger ingest takes them in",
}
FIELDS: Final = ("part", "state", "sentence")
COLUMNS: Final = (
    *map(Column, ("part", "state")),
    Column("what is wrong", "sentence", fold=True),
)


def verify(form: FormatOption = Format.TABLE) -> int:
    """Read the whole ledger and every kept document, and say what is no longer what was written."""
    with open_ledger() as ledger:
        rows = list(_parts(ledger))
    emit(iter(rows), FIELDS, COLUMNS, form)
    states = Counter(row["state"] for row in rows)
    said = [f"{states[state]} {state}: {way_out}" for state, way_out in WAYS_OUT.items() if states[state]]
    if said:
        note("; ".join(said))
    return 1 if said else 0


def _parts(ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Table by table, then the archive: one row where every document is whole, else one for each that is not."""
    from storage.verify import damage

    for name, wrong, unreadable in damage(ledger):
        yield _part(name, UNREADABLE if unreadable else DAMAGED if wrong else INTACT, wrong)
    of_documents = list(_documents(ledger, kept()))
    yield from of_documents or [_part("documents", INTACT, "")]


def _documents(ledger: Ledger, archive: Archive) -> Iterator[dict[str, Any]]:
    """What is wrong with documents that the ledger names, and those in the archive that it does not name."""
    from schemas.errors import LedgerError
    from storage import queries

    try:
        kept = archive.hashes()  # before the ledger is asked: a run may publish meanwhile
    except LedgerError as exc:
        yield _wrong("documents", exc)
        return
    known = set()
    try:
        for sha in queries.document_hashes(ledger):
            known.add(sha)
            try:
                archive.get(sha)
            except LedgerError as exc:
                yield _wrong("documents", exc)
    except Exception as exc:  # noqa: BLE001 - the list of them is damaged
        yield _wrong("documents", exc)
        return
    for sha in kept:
        if sha not in known:
            yield _part("documents", UNKNOWN, f"document {sha} is in {archive.place}, and no run names it")


def _wrong(name: str, exc: Exception) -> dict[str, Any]:
    from schemas.errors import LedgerError, LedgerUnreadable

    said = str(exc) if isinstance(exc, LedgerError) else f"what is listed makes no sense ({type(exc).__name__}: {exc})"
    return _part(name, UNREADABLE if isinstance(exc, LedgerUnreadable) else DAMAGED, said)


def _part(name: str, state: str, wrong: str) -> dict[str, Any]:
    return {"part": name, "state": state, "sentence": wrong}
