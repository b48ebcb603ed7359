"""Runs done by hand while no server ran: the next run that has one writes what they would have shown, once.

A run of the ledger without a Prefect run has no artifact, and told nobody. How far the ledger was looked through stands
on the server, as a variable of Prefect's: what dies in between is written twice rather than never.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from typing import Any, Final, cast

from prefect.variables import Variable

from flows import environment
from flows.page import report
from flows.page.words import COUNTS
from flows.steps import Broken, Collected, Job
from schemas.errors import ParseError
from schemas.findings import Finding
from schemas.settings import Settings
from sources.registry import load_sources
from storage import queries
from storage.documents import documents_of
from storage.ledger import Ledger, Run

Row = dict[str, Any]
#: The most runs that are told of, the latest: a server made anew need not hear of years.
MOST: Final = 25
_KINDS: Final = ("collect", "transcription")
#: What a page asks of a run's own findings; it reads the rest as the ledger tells it.
_SAID: Final = ("rule", "severity", "result", "dataset", "sentence")


@contextmanager
def written(settings: Settings, prefect_run: str = "") -> Iterator[dict[str, list[Collected]]]:
    """Write the pages of runs done by hand; by source what they came to, for who tells of what they hold.

    They count as told once that was done. ``prefect_run`` is the run that asks. Nothing where the server ends with the
    command that started it: then a later one hears of all.
    """
    if not (environment.has_server() and Ledger.check(settings.ledger_url)):
        yield {}
        return
    name = f"tradeledger_told_{hashlib.sha256(settings.ledger_url.encode()).hexdigest()[:12]}"
    told: dict[str, list[Collected]] = {}
    with Ledger.open(settings.ledger_url, create=True) as ledger:  # migrated if need be
        rows = list(queries.runs(ledger))
        latest = rows[0]["run"] if rows else 0
        known = cast("int | None", Variable.get(name, None))
        others = [row for row in rows if not prefect_run or row["prefect_run"] != prefect_run]
        for row in untold(others, known, latest):
            job = Job(row["source"], settings)
            done = _again(ledger, job, row)
            if isinstance(done, Broken):
                report.write_failure(job, done.error, done.documents)
            else:
                report.write(job, done)
                told.setdefault(job.source_id, []).append(done)
    yield told
    now = cast("int | None", Variable.get(name, None))
    if rows and (now is None or now < latest or now == known):  # a run beside this one may have looked further
        Variable.set(name, latest, overwrite=True)


def untold(rows: Sequence[Row], last: int | None, latest: int) -> list[Row]:
    """Of some of the ledger's runs, latest first, those by hand of which nobody heard, oldest first; at most ``MOST``.

    ``latest`` is the last run of all, ``last`` that which was it when somebody looked. Where nobody did, or another
    ledger was put back, those of each source since its last run in Prefect.
    """
    if last is None or last > latest:
        last = -1
    heard: set[str] = set()
    missing = []
    for row in takewhile(lambda row: row["run"] > last, rows):
        if row["kind"] not in _KINDS:
            continue
        if row["prefect_run"]:
            heard |= {row["source"]} if last < 0 else set()
        elif row["source"] not in heard and row["source"] in load_sources():
            missing.append(row)
    return missing[:MOST][::-1]


def _again(ledger: Ledger, job: Job, row: Row) -> Collected | Broken:
    """What a run came to, as the ledger has it; the sentences of what holds were said where it ran."""
    documents = documents_of(ledger, job.archive, row["run"])
    new = [one for one in queries.findings(ledger, run=row["run"], all_=True) if one["run"] == row["run"]]
    cases = [one for one in queries.cases(ledger, run=row["run"]) if one["state"] == "new"]
    counts = {name: row[name] for name in ("parsed", *COUNTS)}
    run = Run(
        row["run"],
        row["source"],
        row["outcome"],
        0,
        counts,
        row["still_held"],
        [Finding(**{name: one[name] for name in _SAID}) for one in new],
        row["message"],
        row["kind"],
        wrong=sum(one["severity"] == "error" for one in cases),
    )
    return Broken(run, ParseError(run.message), documents) if run.outcome == "failed" else Collected(run, documents)
