"""Commands that read the ledger: ``show``, ``revisions``, ``findings``, ``runs``, ``documents``.

None of them imports Prefect, pandas or Pandera, and none creates the ledger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli import findings as finding_rows
from cli import options as o
from cli.output import Column, Format, Row, emit
from cli.text import scaled

if TYPE_CHECKING:
    from storage.ledger import Ledger

SHOW_FIELDS: Final = (
    *("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis", "period", "unit"),
    *("value", "step", "low", "high", "qualifier", "status", "released", "recorded_at", "pending", "source", "run"),
    "document",
)
_FLOWS: Final = {"X": "exports", "M": "imports", "T": "total", "B": "balance"}


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (show, revisions, findings, runs, documents):
        app.command()(command)


def open_ledger() -> Ledger:
    """The ledger of the settings; raises LedgerError where there is none."""
    from schemas.settings import load_settings
    from storage.ledger import Ledger

    return Ledger.open(load_settings().ledger_url, create=False)


def about(row: Row) -> str:
    """The series in few words: what is not said is the whole, of the world: ``CHN cultural-products``."""
    from schemas.vocabulary import FLOWS, MEASURES

    partner = "" if row["partner"] == "WLD" else f"with {row['partner']}"
    product = "" if row["product"] == "total" else row["product"]
    breakdown = "" if row["breakdown"] == "_T" else row["breakdown"]
    flow = FLOWS.get(row["flow"], row["flow"])
    measure = "" if row["measure"] == "level" else MEASURES.get(row["measure"], row["measure"])
    basis = "" if row["basis"] == "_Z" else f"of {row['basis']}" if row["measure"] == "share" else f"in {row['basis']}"
    what = " ".join(part for part in (flow, measure, basis) if part)
    return " ".join(part for part in (row["reporter"], partner, product, breakdown) if part) + (
        f": {what}" if what else ""
    )


def figure(value: str | None, row: Row) -> str:
    """A figure for people, with its qualifier; where there is none its status says why."""
    if value in (None, ""):
        return {"M": "missing", "C": "confidential", "NA": "not applicable"}.get(row["status"], "")
    said = scaled(value, row["step"], row["unit"])
    return said if row["qualifier"] == "=" else f"{row['qualifier']} {said}"
