"""``tradeledger verify``: whether all that is kept still is what was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import typer

from cli.options import FormatOption
from cli.output import Column, Format, emit, note
from cli.reading import open_ledger

if TYPE_CHECKING:
    from storage.ledger import Ledger

FIELDS: Final = ("part", "state", "sentence")
COLUMNS: Final = (
    Column("part", lambda row: row["part"]),
    Column("state", lambda row: row["state"]),
    Column("what is wrong", lambda row: row["sentence"], fold=True),
)


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(verify)


def verify(form: FormatOption = Format.TABLE) -> int:
    """Read the whole ledger and every kept document, and say what is no longer what was written."""
    with open_ledger() as ledger:
        rows = list(_parts(ledger))
    emit(iter(rows), FIELDS, COLUMNS, form)
    damaged = sum(row["state"] == "damaged" for row in rows)
    if damaged:
        note(
            f"{damaged} damaged: restore a copy; or see what tradeledger reparse would correct from the kept documents"
        )
    return 1 if damaged else 0


def _parts(ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Table by table, then the archive: one row where every document is whole, else one for each that is not."""
    from schemas.errors import LedgerError
    from schemas.settings import load_settings
    from storage import queries
    from storage.digests import damage
    from storage.documents import Archive

    for name, wrong in damage(ledger):
        yield _part(name, wrong)
    archive, whole = Archive(load_settings().documents), True
    try:
        for one in queries.documents(ledger):
            try:
                archive.get(one["document"])
            except LedgerError as exc:
                whole = False
                yield _part("documents", str(exc))
    except LedgerError as exc:  # the list of them is damaged
        whole = False
        yield _part("documents", str(exc))
    if whole:
        yield _part("documents", "")


def _part(name: str, wrong: str) -> dict[str, Any]:
    return {"part": name, "state": "damaged" if wrong else "intact", "sentence": wrong}
