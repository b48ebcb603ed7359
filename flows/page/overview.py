"""All sources on one page, an artifact of its own: what came last, what is due, held, overdue or failing.

Written at the end of each run that could change it: a few queries, whatever the ledger holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from prefect import get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.client.schemas.filters import ArtifactCollectionFilter

from flows import steps
from flows.page import addresses
from flows.page.words import cell
from schemas.history import due_days, stale
from schemas.release_dates import due
from schemas.settings import Settings
from sources.registry import load_sources
from storage import queries
from storage.ledger import Ledger

Row = Mapping[str, Any]
_OWN: Final = ArtifactCollectionFilter.model_validate({"key": {"any_": [addresses.OVERVIEW]}})


def write(settings: Settings, today: date | None = None) -> None:
    """Write the page, where there is a server that keeps it."""
    if not addresses.ui():
        return
    with Ledger.open(settings.ledger_url, create=True) as ledger:
        rows = states(ledger, today or datetime.now(UTC).date(), steps.due(ledger, settings.home))
    page, more = markdown(rows), details(rows)
    with get_client(sync_client=True) as client:
        last = client.read_latest_artifacts(artifact_filter=_OWN, limit=1)
        if last and (last[0].description, last[0].data) == (page, more):
            return
        # Of no flow run: it would stand before what that run found. The page of a key shows the description alone.
        client.create_artifact(ArtifactCreate(key=addresses.OVERVIEW, type="markdown", description=page, data=more))


def states(ledger: Ledger, today: date, declared: Mapping[str, Sequence[str]] | None = None) -> list[dict[str, Any]]:
    """Of each source: its last release, when the next is due, cases held, datasets overdue, since when it fails.

    Where days are ``declared`` on which a dataset's release is due, those count, however it is fed.
    """
    on = declared or {}
    released = queries.release_dates(ledger)
    held = Counter(case["source"] for case in queries.cases(ledger) if case["severity"] == "error")
    runs: dict[str, Row] = {}
    for row in queries.runs(ledger):
        if row["kind"] == "collect":
            runs.setdefault(row["source"], row)
    known = load_sources()
    found = []
    for source in sorted({*known, *released, *runs}):
        dates = released.get(source, {})
        asked = source in known and bool(known[source].requests)
        last = runs.get(source)
        watched = {name: days for name, days in dates.items() if asked or name in on}
        next_days = [_next(on[name], today) if name in on else due(days) for name, days in watched.items()]
        found.append({
            "source": source,
            "last": max((day for days in dates.values() for day in days), default=""),
            "due": min(filter(None, next_days), default=""),
            "held": held[source],
            "overdue": [one.dataset for one in stale(watched, today, on)],
            "failing": last["message"] if last and last["outcome"] == "failed" else "",
            "since": last["recorded_at"][:10] if last else "",
        })  # fmt: skip
    return found


def _next(declared: Sequence[str], today: date) -> str:
    return next((day.isoformat() for day in due_days(declared, today, today + timedelta(days=366))), "")


def gist(rows: Sequence[Row]) -> str:
    """``2 sources with held figures, 1 overdue, 1 failing``."""
    counts = {
        "with what does not hold": sum(bool(row["held"]) for row in rows),
        "overdue": sum(bool(row["overdue"]) for row in rows),
        "failing": sum(bool(row["failing"]) for row in rows),
    }
    said = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    return f"{len(rows)} sources: {said or 'nothing is held, overdue or failing'}."


def markdown(rows: Sequence[Row]) -> str:
    """A line a source, with links to its pages."""
    lines = [gist(rows), "", "| source | last release | next due | does not hold | overdue | last run |"]
    lines.append("|---|---|---|---:|---|---|")
    for row in rows:
        end = row["source"].replace("_", "-")
        held = addresses.link(f"{row['held']:,}", addresses.latest(f"findings-{end}")) if row["held"] else "0"
        run = f"failed {row['since']}" if row["failing"] else row["since"]
        name = addresses.link(row["source"], addresses.latest(f"report-{end}")) if row["since"] else cell(row["source"])
        late = cell(", ".join(row["overdue"]))
        lines.append(f"| {name} | {row['last'][:10]} | {row['due']} | {held} | {late} | {run} |")
    pages = (("reviews that wait", addresses.suspended()), ("all artifacts", addresses.artifacts()))
    return "\n".join([*lines, "", " · ".join(addresses.link(*one) for one in pages)])


def details(rows: Sequence[Row]) -> str:
    """Why those fail that do."""
    said = [f"- {cell(row['source'])}: {cell(row['failing'])}" for row in rows if row["failing"]]
    return "\n".join(said) or "No source fails."
