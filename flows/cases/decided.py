"""The artifacts of a run say what became of what it held: rewritten where they are, as the page of a run shows its own.

A new version of the same key would stand on the page of the run that decided, and the red one would stay as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from prefect import get_client
from prefect.client.schemas.actions import ArtifactUpdate

from flows.page import addresses
from flows.page.addresses import link
from flows.page.words import Row, escaped
from storage import queries
from storage.ledger import Ledger

#: How the line begins that is written above an artifact, and found there again.
MARK: Final = "**Decided"
#: Different decisions that are named.
MOST: Final = 5
#: Reviews that are linked.
LINKS: Final = 20


def mark(ledger: Ledger, runs: Iterable[int], waiting: Mapping[int, Sequence[tuple[str, str]]]) -> None:
    """Say above the findings and the report of runs how far what they held is decided, and where it can be.

    ``waiting`` has the reviews that wait, by run: words and addresses.
    """
    wanted = set(runs)
    flow_runs = {row["run"]: row["prefect_run"] for row in queries.runs(ledger) if row["run"] in wanted}
    rows = list(queries.held(ledger, all_=True)) if any(flow_runs.values()) else []
    for run, flow_run in sorted(flow_runs.items()):
        if flow_run:
            _write(flow_run, said([row for row in rows if row["run"] == run], waiting.get(run, ())))


def said(rows: Sequence[Row], waiting: Sequence[tuple[str, str]] = ()) -> str:
    """``**Decided: 1 of 3 blocks**. 1 accepted by Ada: printed so. To decide: …``, or that all are; "" for nothing."""
    words = Counter(
        f"{row['state']}{f' by {who}' if (who := row['who']) else ''}{f': {why}' if (why := row['why']) else ''}"
        for row in rows
        if row["state"] not in ("held", "reopened")
    )
    number = sum(words.values())
    how = f"all {len(rows):,}" if number == len(rows) else f"{number:,} of {len(rows):,}"
    became = ", ".join(f"{many:,} {word}" for word, many in words.most_common(MOST))
    links = " · ".join(link(*one) for one in waiting[:LINKS])
    parts = (f" {escaped(became)}" if became else "", f" To decide: {links}" if links else "")
    noun = "block" if len(rows) == 1 else "blocks"
    return f"{MARK}: {how} {noun}**.{'.'.join(filter(None, parts))}" if any(parts) else ""


def _write(flow_run_id: str, line: str) -> None:
    artifacts = [one for key, one in addresses.of_run(flow_run_id).items() if key.startswith(("findings-", "report-"))]
    with get_client(sync_client=True) as client:
        for one in artifacts:
            client.update_artifact(one.id, ArtifactUpdate(description=above(line, one.description or "")))


def above(line: str, text: str) -> str:
    """The text with the line above it, in the place of one that stands there."""
    if text.startswith(MARK):
        text = text.partition("\n\n")[2]
    return f"{line}\n\n{text}" if line else text
