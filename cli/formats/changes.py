"""How a change of a figure is shown: what it was, what it is, by how much."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from cli.formats.figures import about, figure
from cli.formats.output import Column, Row
from cli.formats.text import scaled
from schemas.fields import REVISIONS

FIELDS: Final = REVISIONS


def _is(row: Row) -> str:
    return figure(row["value"], {**row, "qualifier": "="})


def _was(row: Row) -> str:
    """What a figure was, in the precision of then; where there was none its status says why."""
    return figure(
        row["previous"], {**row, "step": row["previous_step"], "status": row["previous_status"], "qualifier": "="}
    )


def _change(row: Row) -> str:
    """By how much, in the scale of the figures and to the last digit of the finer one."""
    finest = min(row["step"], row["previous_step"], key=Decimal) if row["change"] else ""
    largest = str(max(abs(Decimal(row[name])) for name in ("value", "previous"))) if row["change"] else ""
    return scaled(row["change"], finest, "", "0" if row["unit"] == "%" else largest) if row["change"] else ""


def _dates(row: Row) -> str:
    """The release date, and before it the one a figure was moved from."""
    before = row["previous_released"]
    moved = row["kind"] == "correction" and before not in ("", row["released"])
    return f"{before} → {row['released']}" if moved else str(row["released"])


COLUMNS: Final = (
    Column("period"),
    Column("what", about, fold=True),
    Column("was", _was, right=True, fold=True),
    Column("is", _is, right=True, fold=True),
    Column("change", _change, right=True),
    Column("kind"),
    Column("released", _dates),
)
