"""``tradeledger datasets``: what the ledger has, and whose figures they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from cli.formats.output import Column, Format, Row, emit
from cli.shared import options as o
from cli.shared.ledger import open_ledger

if TYPE_CHECKING:
    from storage.ledger import Ledger

FIELDS: Final = (
    *("dataset", "title", "source", "reporters", "products", "first", "last", "cells", "releases", "released", "held"),
    *("publisher", "licence", "landing_page", "declared"),
)
#: So many areas are named, of more only the number.
NAMED: Final = 3


def _reporters(row: Row) -> str:
    reporters = row["reporters"]
    return ", ".join(reporters) if len(reporters) <= NAMED else f"{len(reporters)} areas"


COLUMNS: Final = (
    Column("dataset", lambda row: ", ".join(filter(None, (row["dataset"], row["publisher"]))), fold=True),
    Column("of", _reporters, fold=True),
    Column("products", right=True),
    Column("from", "first"),
    Column("to", "last"),
    Column("figures", lambda row: f"{row['cells']:,}", right=True),
    Column("released"),
    Column("held", lambda row: str(row["held"] or ""), right=True),
)


def datasets(limit: o.LimitOption = None, form: o.FormatOption = Format.TABLE) -> None:
    """List the datasets of the ledger: which areas and months, how many figures, the last release, what is held."""
    with open_ledger() as ledger:
        emit(_cited(ledger), FIELDS, COLUMNS, form, limit=limit, empty="no dataset yet: tradeledger collect")


def _cited(ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Each with how it is called and cited; of a source that is no more, what the ledger knows."""
    from sources.registry import load_sources
    from storage import queries

    sources = load_sources()
    for row in queries.datasets(ledger):
        source = sources.get(row["source"])
        titles = {one.id: one.title for one in source.datasets} if source else {}
        about = {name: getattr(source, name, "") for name in ("publisher", "licence", "landing_page")}
        yield row | about | {"title": titles.get(row["dataset"], "")}
