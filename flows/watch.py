"""The `watch` flow: which releases are overdue, which sources are out of reach, which never delivered. It runs daily.

An overdue release is said once: what was said last stands in the artifact, which is written after the events, so that
a run that dies in between says it again and none is lost. A run that finds something newly overdue ends ``Overdue``
(of type FAILED), later ones say it still is. Sources out of reach are asked here, by no schedule else: while one does
not answer each run ends ``Unreachable``, the one red run a day for all of them; one that answers is collected at once.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from prefect import flow, get_client, runtime
from prefect.artifacts import Artifact, create_table_artifact
from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed, Failed

from flows import steps
from flows.page import overview
from flows.page.words import cell, escaped
from flows.server import events, keys
from schemas.history import stale
from schemas.settings import Settings, load_settings
from sources.registry import load_sources
from storage.ledger import Ledger
from storage.queries import Silence, release_dates

Row = Mapping[str, Any]
#: Source that is asked → dataset → release dates.
Released = Mapping[str, Mapping[str, Sequence[str]]]
#: The key of the artifact.
KEY: Final = "overdue-releases"


def overdue(known: Released, today: date, due: Mapping[str, Sequence[str]] | None = None) -> list[dict[str, Any]]:
    """Datasets of which a release is overdue: source, dataset, released (the last one), days since, sentence.

    Of what is fed by hand, or comes with tradeledger, only those that declare the days on which it is ``due``.
    """
    return [
        _row(source, one.sentence, one.dataset, one.released, int(one.left))
        for source, dates in known.items()
        for one in stale(dates, today, due)
    ]


def unheard(known: Released) -> list[dict[str, Any]]:
    """Sources that are asked, and of which the ledger has no release at all."""
    return [_row(source, f"{source}: never delivered") for source, dates in known.items() if not dates]


def released(settings: Settings, due: Collection[str] = ()) -> Released:
    """What each source that is asked has delivered so far; of others the datasets that declare when it is ``due``."""
    with Ledger.open(settings.ledger_url, create=True) as ledger:
        known = release_dates(ledger)
    own = {source: {name: found[name] for name in found if name in due} for source, found in known.items()}
    asked = {source.id: known.get(source.id, {}) for source in load_sources().values() if source.requests}
    return {source: dates for source, dates in own.items() if dates} | asked


def expected(settings: Settings) -> dict[str, Sequence[str]]:
    """The days on which releases are due, by dataset."""
    with Ledger.open(settings.ledger_url, create=True) as ledger:
        return steps.due(ledger, settings.home)


def _row(source: str, sentence: str, dataset: str = "", released: str = "", days: int | None = None) -> dict[str, Any]:
    return {"source": source, "dataset": dataset, "released": released, "days": days, "sentence": sentence}


def unreachable(silent: Silence) -> dict[str, Any]:
    """The row of a source out of reach."""
    since = f"{silent.source}: unreachable since {silent.since:%Y-%m-%d}, asked {silent.failures} times"
    return _row(silent.source, f"{since}; the last time {silent.message}", days=(silent.last - silent.since).days)


def word(silent: Sequence[Silence], late: Sequence[Row], fresh: Sequence[Row], never: Sequence[Row]) -> str:
    """The message of a run: who is out of reach and since when, what is overdue, who never delivered."""
    said = []
    if silent:
        names = ", ".join(f"{one.source} since {one.since:%Y-%m-%d}" for one in silent)
        said.append(f"unreachable: {names}; save the page and `tradeledger ingest SOURCE FILE`")
    sentences = "; ".join(row["sentence"] for row in fresh or late)
    said.append(sentences if fresh else f"still overdue: {sentences}" if late else "nothing is overdue")
    if never:
        said.append(f"never delivered: {', '.join(row['source'] for row in never)}")
    return "; ".join(said)


@flow(name="watch", persist_result=False)
def watch(today: date | None = None) -> State[None]:
    """Look for overdue releases and sources out of reach.

    Args:
        today: The day to judge by; today's, UTC, where it is left out.
    """
    settings = load_settings()
    answering = steps.ask_again(settings, str(runtime.flow_run.id), keys.stored)
    started = [source for source in answering if _collect(source)]
    silent = list(steps.out_of_reach(settings).values())
    due = expected(settings)
    known = released(settings, due)
    late, never = overdue(known, today or datetime.now(UTC).date(), due), unheard(known)
    said = _said()
    fresh = [row for row in late if (row["dataset"], row["released"]) not in said]
    for row in fresh:
        events.source_stale(row["source"], row["dataset"], row["released"], row["sentence"])
    shown = [*map(unreachable, silent), *late, *never]
    gist = "; ".join(row["sentence"] for row in shown) or "Nothing is overdue."
    rows = [{**{name: cell(value) for name, value in row.items()}, "days": row["days"]} for row in shown]
    create_table_artifact(key=KEY, table=rows, description=escaped(gist))
    overview.write(settings)
    again = [f"answers again: {source}{'' if source in started else ' (not deployed)'}" for source in answering]
    message = "; ".join([word(silent, late, fresh, never), *again])
    if silent or fresh:
        return Failed(name="Unreachable" if silent else "Overdue", message=message)
    return Completed(message=message)


def _collect(source: str) -> bool:
    """Start the source's own collection, as a person would; False where it has no deployment."""
    with get_client(sync_client=True) as client, contextlib.suppress(ObjectNotFound):
        deployment = client.read_deployment_by_name(f"collect/{source}")
        client.create_flow_run_from_deployment(deployment.id)
        return True
    return False


def _said() -> set[tuple[str, str]]:
    """Dataset and last release of what was overdue when it was last looked."""
    last = Artifact.get(KEY)
    rows = json.loads(str(last.data)) if last is not None else []  # type: ignore[union-attr]
    return {(row["dataset"], row["released"]) for row in rows}
