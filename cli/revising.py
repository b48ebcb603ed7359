"""``tradeledger revisions``: what changed after it was first published, one by one or added up.

Imports neither Prefect nor pandas, and never creates the ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import typer

from cli import options as o
from cli.output import Column, Format, Row, emit
from cli.reading import about, figure, open_ledger
from cli.text import scaled

FIELDS: Final = (
    *("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis", "period", "unit", "kind"),
    *("value", "previous", "change", "step", "status", "released", "previous_released", "recorded_at", "source", "run"),
    "document",
)


def _revised(name: str) -> Callable[[Row], str]:
    return lambda row: figure(row[name], {**row, "qualifier": "="})


COLUMNS: Final = (
    Column("period", lambda row: row["period"]),
    Column("what", about, fold=True),
    Column("was", _revised("previous"), right=True),
    Column("is", _revised("value"), right=True),
    Column("change", lambda row: scaled(row["change"], row["step"], "") if row["change"] else "", right=True),
    Column("kind", lambda row: row["kind"]),
    Column("released", lambda row: row["released"]),
)


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(revisions)


@o.filtered()
def revisions(
    as_of: o.AsOfOption = None,
    released_by: o.ReleasedByOption = None,
    limit: o.LimitOption = None,
    form: o.FormatOption = Format.TABLE,
    **filters: Any,
) -> None:
    """Show what changed after it was first published: when, and by how much."""
    from storage import queries

    with open_ledger() as ledger:
        rows = queries.revisions(ledger, as_of=as_of, released_by=released_by, **filters)
        emit(rows, FIELDS, COLUMNS, form, limit=limit, empty="nothing was revised")
