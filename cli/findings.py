"""How a finding is shown: the fields of the contract for programs, five columns for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cli.output import Column, Row

FIELDS: Final = (
    *("rule", "severity", "state", "dataset", "reporter", "partner", "product", "period", "unit"),
    *("left", "right", "difference", "allowed", "suspects", "block", "source", "run", "document", "position"),
    *("sentence", "breakdown", "released", "result", "ended"),
)
#: What ``result`` says of a rule that does not hold; else it is "not evaluable".
FAILS: Final = "fails"


def _state(row: Row) -> str:
    return str(row["result"] if row["result"] != FAILS else row["ended"] or row["state"])


def where(row: Row) -> str:
    """Position and the beginning of the document's hash, as ``documents`` takes it."""
    parts = [row["position"], row["document"][:12]]
    return ", ".join(part for part in parts if part)


COLUMNS: Final[Sequence[Column]] = (
    Column("severity", lambda row: row["severity"]),
    Column("rule", lambda row: row["rule"]),
    Column("state", _state),
    Column("what does not hold", lambda row: row["sentence"], fold=True),
    Column("where", where, fold=True),
)
#: A check has no document to look up and no earlier run.
CHECK_COLUMNS: Final[Sequence[Column]] = (
    *(column for column in COLUMNS if column.title not in ("state", "where")),
    Column("where", lambda row: row["position"], fold=True),
)
