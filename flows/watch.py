"""The `watch` flow: which releases are overdue. It runs daily, and says so once for each.

What it said last stands in its artifact, which is written after the events: a run that dies in between says it again,
none is lost. A run that finds something newly overdue ends ``Overdue`` (of type FAILED), later ones say it still is.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any, Final

from prefect import flow
from prefect.artifacts import Artifact, create_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.page.words import cell, escaped
from flows.server import events
from schemas.history import stale
from schemas.settings import Settings, load_settings
from sources.registry import load_sources
from storage.ledger import Ledger
from storage.queries import release_dates

#: The key of the artifact.
KEY: Final = "overdue-releases"


def overdue(settings: Settings, today: date) -> list[dict[str, Any]]:
    """Datasets of which a release is overdue: source, dataset, released (the last one), days since, sentence.

    Only of sources that are asked: what is fed by hand, or comes with tradeledger, has no day on which it is due.
    """
    with Ledger.open(settings.ledger_url, create=True) as ledger:
        known = release_dates(ledger)
    return [
        {
            "source": source.id,
            "dataset": one.dataset,
            "released": one.released,
            "days": int(one.left),
            "sentence": one.sentence,
        }
        for source in load_sources().values()
        if source.requests
        for one in stale(known.get(source.id, {}), today)
    ]


@flow(name="watch", persist_result=False)
def watch(today: date | None = None) -> State[None]:
    """Look for overdue releases; ``today`` is of UTC unless it is said."""
    late = overdue(load_settings(), today or datetime.now(UTC).date())
    said = _said()
    fresh = [row for row in late if (row["dataset"], row["released"]) not in said]
    for row in fresh:
        events.source_stale(row["source"], row["dataset"], row["released"], row["sentence"])
    gist = "; ".join(row["sentence"] for row in late) or "Nothing is overdue."
    rows = [{**{name: cell(value) for name, value in row.items()}, "days": row["days"]} for row in late]
    create_table_artifact(key=KEY, table=rows, description=escaped(gist))
    if fresh:
        return Failed(name="Overdue", message="; ".join(row["sentence"] for row in fresh))
    return Completed(message=f"still overdue: {gist}" if late else "nothing is overdue")


def _said() -> set[tuple[str, str]]:
    """Dataset and last release of what was overdue when it was last looked."""
    last = Artifact.get(KEY)
    rows = json.loads(str(last.data)) if last is not None else []  # type: ignore[union-attr]
    return {(row["dataset"], row["released"]) for row in rows}
