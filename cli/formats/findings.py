"""How a finding is shown: the fields of the contract for programs, five columns for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cli.formats.output import Column, Row
from schemas.fields import FINDINGS

FIELDS: Final = FINDINGS
#: What ``result`` says of a rule that does not hold; else it is "not evaluable".
FAILS: Final = "fails"


def _state(row: Row) -> str:
    result = row.get("result", FAILS)
    return str(result if result != FAILS else row.get("ended") or row["state"])


def where(row: Row) -> str:
    """Position and the beginning of the document's hash, as ``documents`` takes it."""
    parts = [row["position"], row["document"][:12]]
    return ", ".join(part for part in parts if part)


COLUMNS: Final[Sequence[Column]] = (
    *map(Column, ("severity", "rule")),
    Column("state", _state),
    Column("what does not hold", "sentence", fold=True),
    Column("where", where, fold=True),
)
#: A case is of several rules.
CASE_COLUMNS: Final[Sequence[Column]] = tuple(column for column in COLUMNS if column.title != "rule")
#: A check has no document to look up and no earlier run.
CHECK_COLUMNS: Final[Sequence[Column]] = (
    *(column for column in COLUMNS if column.title not in ("state", "where")),
    Column("where", "position", fold=True),
)
#: A case of a check: its rules are shown by ``--rules``, which also names those that fail.
CHECK_CASES: Final[Sequence[Column]] = tuple(column for column in CHECK_COLUMNS if column.title != "rule")
#: What ``--history`` adds.
HISTORY_FIELDS: Final = (
    *("recorded_at", "prefect_run", "ended_run", "ended_at", "ended_documents", "ended_prefect_run"),
    *("decided_by", "reason"),
)


def _day(instant: str) -> str:
    return instant[:16].replace("T", " ")


def _end(row: Row) -> str:
    """``superseded by run 4 (3f2a9c…)``, ``accepted by ann: as printed``; "" while it stands."""
    if not row["ended"]:
        return ""
    if row["decided_by"]:
        return f"{row['ended']} by {row['decided_by']}: {row['reason']}"
    hashes = ", ".join(sha[:12] for sha in row["ended_documents"][:3])
    more = "" if len(row["ended_documents"]) <= 3 else f" and {len(row['ended_documents']) - 3} more"
    return f"{row['ended']} by run {row['ended_run']}" + (f" ({hashes}{more})" if hashes else "")


HISTORY_COLUMNS: Final[Sequence[Column]] = (
    Column("appeared", lambda row: _day(row["recorded_at"])),
    Column("run", right=True),
    *map(Column, ("released", "rule")),
    Column("what does not hold", "sentence", fold=True),
    Column("where", where, fold=True),
    Column("state"),
    Column("ended", lambda row: _day(row["ended_at"])),
    Column("what ended it", _end, fold=True),
)
