"""``tradeledger runs``: what came when, and what became of it."""

from __future__ import annotations

from typing import Final

from cli.formats.output import Column, Format, emit
from cli.shared import options as o
from cli.shared.ledger import open_ledger

FIELDS: Final = (
    *("run", "kind", "source", "outcome", "recorded_at", "parsed", "published", "unchanged", "held", "rejected"),
    *("repeated", "unreadable", "still_held", "parser_version", "rules_version", "prefect_run", "message"),
)
_COUNTS: Final = ("published", "unchanged", "held", "rejected", "repeated", "unreadable", "still_held")
COLUMNS: Final = (
    Column("run", right=True),
    Column("recorded", lambda row: row["recorded_at"][:19].replace("T", " ")),
    *map(Column, ("source", "outcome")),
    Column("figures", lambda row: ", ".join(f"{row[name]:,} {name}" for name in _COUNTS if row[name]), fold=True),
    Column("message", fold=True),
)


def runs(source: o.SourcesOption = None, limit: o.LimitOption = None, form: o.FormatOption = Format.TABLE) -> None:
    """List runs, the latest first, with what became of every figure."""
    from storage import queries

    with open_ledger(source) as ledger:
        emit(queries.runs(ledger, source=source), FIELDS, COLUMNS, form, limit=limit, empty="no run yet")
