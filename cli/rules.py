"""``tradeledger rules``: what must hold."""

from __future__ import annotations

from typing import Final

from cli.formats.output import Column, Format, emit
from cli.shared.options import FormatOption

FIELDS: Final = ("id", "statement", "severity", "scope")
COLUMNS: Final = (
    Column("id"),
    Column("statement", fold=True),
    Column("severity"),
)


def rules(form: FormatOption = Format.TABLE) -> None:
    """List the rules: what must hold, and how serious a miss is. docs/rules/ has a page for each."""
    from schemas.rules import RULES

    rows = ({name: getattr(rule, name) for name in FIELDS} for rule in RULES)
    emit(rows, FIELDS, COLUMNS, form, limit=0)
