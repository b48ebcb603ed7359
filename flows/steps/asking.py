"""Sources out of reach: they are asked once a day, all in one run (``flows.watch``), until one of them answers.

What a person starts asks at once, whatever was before. The ledger's runs say who is out of reach.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr

from flows.steps.fetching import keyed
from flows.steps.job import Job
from flows.steps.publishing import fail
from schemas.errors import FetchError, Unreachable
from schemas.settings import Settings
from sources.registry import load_sources
from storage.ledger import Ledger
from storage.queries import Silence, silences

#: Collections in a row that nobody answered, after which a source is asked once a day.
PATIENCE: Final = 3
#: Who was not asked for so long is not asked once a day by anybody: `watch` does not run.
UNASKED: Final = timedelta(hours=36)
#: For so long after a failure the other years of a backfill need not find out the same.
JUST_NOW: Final = timedelta(minutes=10)


def out_of_reach(settings: Settings, sources: Collection[str] | None = None) -> dict[str, Silence]:
    """The sources that are asked once a day, in the order of their names; among ``sources`` where they are said."""
    live = sorted(one.id for one in load_sources().values() if one.requests and (sources is None or one.id in sources))
    with Ledger.open(settings.ledger_url, create=True) as ledger:
        return {one: said for one, said in silences(ledger, live).items() if said.failures >= PATIENCE}


def postponed(job: Job, now: datetime, within: timedelta = UNASKED) -> str:
    """Why a run that no person started need not ask, who has said nothing ``within`` that time; "" where it is to."""
    silent = out_of_reach(job.settings, [job.source_id]).get(job.source_id)
    if silent is None or now - silent.last > within:
        return ""
    return f"unreachable since {silent.since:%Y-%m-%d}"


def ask_again(
    settings: Settings, prefect_run: str = "", key: Callable[[str], SecretStr | None] = lambda _: None
) -> list[str]:
    """Ask each source that is out of reach for one document, all at once, and record who says nothing; who answers."""
    from concurrent.futures import ThreadPoolExecutor

    jobs = [Job(source, settings, prefect_run) for source in out_of_reach(settings)]
    known = [keyed(job, key) for job in jobs]
    with ThreadPoolExecutor(max(1, len(jobs))) as pool:
        errors = list(pool.map(_unanswered, jobs, known))
    for job, error in zip(jobs, errors, strict=True):
        if error is not None:
            fail(job, error)
    return [job.source_id for job, error in zip(jobs, errors, strict=True) if error is None]


def _unanswered(job: Job, settings: Settings) -> Unreachable | None:
    """Why a source cannot be asked; what else is wrong with its answer its own collection will say."""
    from sources.shared.web.fetching import fetch_documents  # late: what is fed by hand asks nobody

    try:
        next(fetch_documents(job.source, settings, limit=1), None)
    except Unreachable as error:
        return error
    except FetchError:
        return None
    return None
