"""Rows that every kind of run writes: the run itself, which datasets it changed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, text

from schemas.findings import Finding
from schemas.rules import RULES_VERSION
from storage.database.inserts import insert
from storage.database.sums import write_sums

if TYPE_CHECKING:
    from schemas.cases import Case

#: What becomes of every figure a run parsed; ``parsed`` is the sum of the others.
COUNTS: Final = ("parsed", "published", "unchanged", "held", "rejected", "repeated", "unreadable")


@dataclass(frozen=True)
class Run:
    """One recorded run; ``findings`` and ``cases`` appeared with it, ``recorded_at`` is microseconds since 1970 UTC.

    ``wrong``: how many of its cases are errors that no decision or later release settled at once.
    """

    id: int
    source: str
    outcome: str
    recorded_at: int
    counts: Mapping[str, int]
    still_held: int = 0
    findings: Sequence[Finding] = field(default=())
    message: str = ""
    kind: str = "collect"
    cases: Sequence[Case] = field(default=())
    wrong: int = 0

    @property
    def unread(self) -> bool:
        """Whether some figure could not be read, for the first time; one that its publisher hides is none."""
        return any(finding.rule == "readable" and finding.severity == "error" for finding in self.findings)


def next_id(conn: Connection, table: str) -> int:
    """The id of the next row of a table; safe under the write lock."""
    return int(conn.execute(text(f"SELECT coalesce(max(id), 0) FROM {table}")).scalar_one()) + 1  # noqa: S608


def last_change(conn: Connection, datasets: Iterable[str]) -> int:
    """The last run that changed anything about these datasets, 0 for none."""
    query = text("SELECT max(run) FROM dataset_run WHERE dataset = :d")
    return max((conn.execute(query, {"d": d}).scalar() or 0 for d in datasets), default=0)


def record(
    conn: Connection,
    run: Run,
    *,
    documents: Sequence[int] = (),
    datasets: Iterable[str] = (),
    parser_version: int = 0,
    prefect_run: str = "",
) -> Run:
    """Insert the row of a run and what its transaction came to, the last of it; the run with its time.

    The time is taken here, under the write lock, and is later than every other: one taken before would let a run
    appear in answers about an instant that had been given already.
    """
    last = conn.execute(text("SELECT recorded_at FROM run ORDER BY id DESC LIMIT 1")).scalar() or 0
    now = max(time.time_ns() // 1000, last + 1)
    values = {
        "id": run.id,
        "kind": run.kind,
        "source": run.source,
        "outcome": run.outcome,
        "recorded_at": now,
        "counts": json.dumps(dict(run.counts)),
        "still_held": run.still_held,
        "parser_version": parser_version,
        "rules_version": RULES_VERSION,
        "prefect_run": prefect_run,
        "message": run.message,
        "documents": json.dumps(list(documents)),
    }
    insert(conn, "run", list(values), [tuple(values.values())])
    changed = [(dataset, run.id) for dataset in sorted(set(datasets))]
    if changed:
        insert(conn, "dataset_run", ("dataset", "run"), changed)
    write_sums(conn, run.id)
    return replace(run, recorded_at=now)
