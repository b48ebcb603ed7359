"""Findings that one cause explains are one case; of those recorded before, all about a block of a release are.

Revision: 0006, after 0005
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.database.sums import seal

revision = "0006"
down_revision = "0005"

_SEVERITIES = ("error", "warning", "information")
_FINDINGS = """
    SELECT f.id, f.run, f.dataset, f.reporter, f.released, f.block, f.rule, f.severity, f.unit, f.sentence, f.suspects,
           f.document, f.position, d.sha256
    FROM finding f LEFT JOIN document d ON d.id = f.document WHERE f.result = 'fails' ORDER BY f.id
"""


def upgrade() -> None:
    """Bring a ledger from '0005' to '0006'."""
    whole, text = sa.BigInteger(), sa.Text()
    of_finding = op.create_table(
        "finding_case",
        sa.Column("finding", whole, nullable=False),
        sa.Column("run", whole, nullable=False),
        sa.Column("number", whole, nullable=False),
        sa.PrimaryKeyConstraint("finding", "run"),
        sqlite_with_rowid=False,
    )
    line = op.create_table(
        "case_line",
        sa.Column("number", whole, nullable=False),
        sa.Column("run", whole, nullable=False),
        sa.Column("dataset", text, nullable=False),
        sa.Column("released", whole, nullable=True),
        *(sa.Column(name, text, nullable=False) for name in ("name", "severity", "sentence", "unit", "suspects")),
        sa.Column("document", whole, nullable=True),
        sa.Column("position", text, nullable=False),
        sa.PrimaryKeyConstraint("number", "run"),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for row in connection.execute(sa.text(_FINDINGS)).fetchall():
        about = (row.block, row.released) if row.block and row.released is not None else (row.document, row.rule)
        groups.setdefault((row.dataset, *about), []).append(row)
    for number, found in enumerate(groups.values(), 1):
        connection.execute(
            of_finding.insert(), [{"finding": row.id, "run": row.run, "number": number} for row in found]
        )
        connection.execute(line.insert(), [_line(number, found)])
    seal(connection, ["finding_case", "case_line"])


def _line(number: int, found: Sequence[Any]) -> dict[str, Any]:
    """What is said of a case: as its worst finding says it."""
    worst = min(found, key=lambda row: (_SEVERITIES.index(row.severity), row.id))
    parts = (worst.dataset or "-", (worst.sha256 or "-")[:12], worst.rule)
    of_block = worst.block and worst.released is not None
    about = " ".join(part for part in (worst.reporter, f"({worst.dataset})" if worst.dataset else "") if part)
    return {
        "number": number,
        "run": found[0].run,
        "dataset": worst.dataset,
        "released": worst.released,
        "name": worst.block if of_block else "/".join(parts),
        "severity": worst.severity,
        "sentence": f"{about}: {worst.sentence}" if about else worst.sentence,
        "unit": worst.unit,
        "suspects": worst.suspects,
        "document": worst.document,
        "position": worst.position,
    }
