"""``tradeledger sources`` and ``tradeledger rules``: what there is, without a ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import typer

from cli.options import FormatOption
from cli.output import Column, Format, emit

if TYPE_CHECKING:
    from sources.source import Source

SOURCE_FIELDS: Final = (
    *("id", "title", "publisher", "licence", "landing_page", "cadence", "datasets", "fed_by", "base_url"),
    "parser_version",
)
SOURCE_COLUMNS: Final = (
    Column("id", lambda row: row["id"]),
    Column("title", lambda row: row["title"], fold=True),
    Column("publisher", lambda row: row["publisher"], fold=True),
    Column("published", lambda row: row["cadence"], fold=True),
    Column("fed by", lambda row: row["fed_by"]),
)
RULE_FIELDS: Final = ("id", "statement", "severity", "scope")
RULE_COLUMNS: Final = (
    Column("id", lambda row: row["id"]),
    Column("statement", lambda row: row["statement"], fold=True),
    Column("severity", lambda row: row["severity"]),
)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(sources)
    app.command()(rules)


def sources(form: FormatOption = Format.TABLE) -> None:
    """List the sources: whose figures they are, when they appear, how they are fed."""
    from sources.registry import load_sources

    emit(map(_source_row, load_sources().values()), SOURCE_FIELDS, SOURCE_COLUMNS, form, limit=0)


def _source_row(source: Source) -> dict[str, Any]:
    fed_by = "shipped" if source.bundled else "network" if source.requests else "hand"
    return {
        "id": source.id,
        "title": source.title,
        "publisher": source.publisher,
        "licence": source.licence,
        "landing_page": source.landing_page,
        "cadence": source.cadence,
        "datasets": [dataset.id for dataset in source.datasets],
        "fed_by": fed_by,
        "base_url": source.base_url,
        "parser_version": source.parser_version,
    }


def rules(form: FormatOption = Format.TABLE) -> None:
    """List the rules: what must hold, and how serious a miss is. docs/rules/ has a page for each."""
    from schemas.rules import RULES

    rows = ({name: getattr(rule, name) for name in RULE_FIELDS} for rule in RULES)
    emit(rows, RULE_FIELDS, RULE_COLUMNS, form, limit=0)
