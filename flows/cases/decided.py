"""The artifacts of a run say what became of what it held: rewritten where they are, as the page of a run shows its own.

A new version of the same key would stand on the page of the run that decided, and the red one would stay as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from prefect import get_client
from prefect.client.schemas.actions import ArtifactUpdate

from flows.page import addresses
from flows.page.words import escaped
from storage import queries
from storage.decisions import Decided
from storage.ledger import Ledger

#: How the line begins that is written above an artifact, and found there again.
MARK: Final = "**Decided"
#: Different decisions that are named.
MOST: Final = 5


def mark(ledger: Ledger, done: Sequence[Decided]) -> None:
    """Say above the findings and the report of each run that held one of these blocks how far they are decided."""
    blocks = {(one.block, one.released) for one in done}
    rows = [row for source in {one.source for one in done} for row in queries.held(ledger, source=source, all_=True)]
    runs = {row["run"] for row in rows if (row["block"], row["released"]) in blocks}
    flow_runs = {row["run"]: row["prefect_run"] for row in queries.runs(ledger)} if runs else {}
    for run in sorted(runs):
        if flow_runs.get(run):
            _write(flow_runs[run], said([row for row in rows if row["run"] == run]))


def said(rows: Sequence[dict[str, Any]]) -> str:
    """``**Decided: 1 of 3 blocks**: 1 accepted by Ada: printed so``, or that all are; of the blocks a run held."""
    words = Counter(
        f"{row['state']}{f' by {who}' if (who := row['who']) else ''}{f': {why}' if (why := row['why']) else ''}"
        for row in rows
        if row["state"] not in ("held", "reopened")
    )
    number = sum(words.values())
    how = f"all {len(rows):,}" if number == len(rows) else f"{number:,} of {len(rows):,}"
    became = ", ".join(f"{many:,} {word}" for word, many in words.most_common(MOST))
    return f"{MARK}: {how} blocks**. {escaped(became)}" if words else ""


def _write(flow_run_id: str, line: str) -> None:
    artifacts = [one for key, one in addresses.of_run(flow_run_id).items() if key.startswith(("findings-", "report-"))]
    with get_client(sync_client=True) as client:
        for one in artifacts:
            new: dict[str, Any] = {"description": above(line, one.description or "")}
            if one.type == "markdown":
                new["data"] = above(line, str(one.data))
            client.update_artifact(one.id, ArtifactUpdate(**new))


def above(line: str, text: str) -> str:
    """The text with the line above it, in the place of one that stands there."""
    if text.startswith(MARK):
        text = text.partition("\n\n")[2]
    return f"{line}\n\n{text}" if line else text
