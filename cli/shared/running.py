"""What ``collect`` and ``ingest`` share: run the flow here and now, then say what happened and where to look next."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from cli.formats import changes
from cli.formats.output import note, outlives_pipe, print_table, say
from schemas.errors import TradeledgerError

if TYPE_CHECKING:
    from pathlib import Path

    from flows.steps import Asked, Collected, Job
    from storage.ledger import Ledger

T = TypeVar("T")
#: How many lines of each kind the account of a run has; the commands it names show all.
LINES: Final = 6

#: What one run collects: of which source, what.
Work = tuple[str, "Asked"]


def run_all(work: Sequence[Work]) -> int:
    """Run each; 1 if one failed, else 3 if something new is held or could not be read, else 0.

    Files at hand are read here where no server runs: they ask nothing of Prefect but to be shown.
    """
    from flows import environment, steps
    from schemas.settings import load_settings
    from sources.registry import find_source

    for source, _ in work:
        find_source(source)
    settings = load_settings()
    served = environment.find_server(settings.home, note)
    alone = len(work) == 1
    jobs = [(steps.Job(source, settings, kind=asked.kind), asked) for source, asked in work]
    ahead = [(job, _attempt(partial(steps.preflight, job, asked), job, alone)) for job, asked in jobs]
    ready = [(job, asked) for job, asked in ahead if asked is not None]
    worst = int(len(ready) < len(jobs))
    for line in (line for _, asked in ready if asked.fed.parsed for line in asked.fed.parsed.reading):
        note(f"read {line}")
    if not ready:
        return worst
    collect: Callable[[Job, Asked], Collected] = _by_hand
    if served or any(not asked.files for _, asked in ready):
        collect = _through_prefect(settings.home, served)
    elif any(asked.fed.wrong is None for _, asked in ready):
        note("no Prefect server runs: done here and at once; in Prefect it is shown once one runs")
    for job, asked in ready:
        done = _attempt(partial(collect, job, asked), job, alone)
        if done is None:
            worst = 1
            continue
        with outlives_pipe():
            tell(done)
        if worst != 1 and (done.quarantined or done.run.unread):
            worst = 3
    return worst


@contextmanager
def unsearched() -> Iterator[None]:
    """Imports whose objects are never searched for garbage: they stay, and searching them takes a fifth of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _attempt(do: Callable[[], T], job: Job, alone: bool) -> T | None:
    """What ``do`` came to; None where it failed and others are to go on: why was said."""
    try:
        return do()
    except TradeledgerError as error:
        if alone:
            raise
        note(f"tradeledger: {job.source_id}: {error}")
        return None


def _by_hand(job: Job, asked: Asked) -> Collected:
    from flows import steps
    from flows.page import progress

    done = steps.collected(job, asked, shown=progress.shown)
    if isinstance(done, steps.Broken):
        raise done.error
    return done


def _through_prefect(home: Path, served: bool) -> Callable[[Job, Asked], Collected]:
    """The flow, as a person at a terminal wants it."""
    from flows import environment

    environment.prepare(quiet=True, temporary=not served, home=home)
    if not served:
        note("starting Prefect's temporary server (10 to 30 seconds; `tradeledger up` keeps one running) …")
    from flows.collect import run

    return lambda job, asked: run(job.source_id, asked)


def tell(done: Collected) -> None:
    """What was collected, what was checked, what did not hold, where to look next."""
    from flows.page import words
    from schemas.settings import load_settings
    from storage import queries
    from storage.ledger import Ledger

    run = done.run
    names = [document.name for document in done.documents]
    more = f" and {len(names) - LINES} more" if len(names) > LINES else ""
    say(f"collected {run.source}{': ' if names else ''}{', '.join(names[:LINES])}{more}")
    say(f"run {run.id} {run.outcome}: {words.summary(done)}")
    with Ledger.open(load_settings().ledger_url, create=False) as ledger:
        changed = queries.revisions(ledger, run=run.id)
        revised = list(itertools.islice(changed, LINES))
        number = len(revised) + sum(1 for _ in changed)
        _again(ledger, done)
        # As this run left its source: what stood before it and still stands counts too.
        holds = all(row["state"] == "resolved" for row in queries.findings(ledger, run=run.id))
    _list("checked, and it holds:", list(done.checked), "")
    told = [f"{one.severity}: {one.sentence}" for one in run.cases]
    _list("does not hold:", told, f"tradeledger findings --run {run.id}")
    if done.checked and holds and not done.contradicted:
        say()
        say(words.ALL_HOLD)
    if revised:
        say()
        say(f"revised since first published ({len(revised)} of {number}):")
        print_table(changes.COLUMNS, revised)
    say()
    say("next:")
    say("  tradeledger show                 the figures, and --as-of, --released-by for what was known when")
    if revised:
        say("  tradeledger revisions            what changed, when, by how much")
    if done.quarantined or run.still_held:
        say("  tradeledger review               what is held, and accept or reject it")
    say("  tradeledger findings --all       what does not hold, and what could not be evaluated")
    say("  tradeledger check FILE           judge a table of your own; nothing is stored")


def _again(ledger: Ledger, done: Collected) -> None:
    """Say which documents were fed under a further release date: a slip of the hand would make them the latest."""
    from storage import queries

    for document in done.documents:
        if not document.released or document.released_not_after:
            continue
        shown = list(itertools.islice(queries.documents(ledger, sha256=document.sha256), 2))
        if len(shown) < 2 or shown[0]["run"] != done.run.id:
            continue
        sha, now, before = document.sha256[:12], shown[0]["released"], shown[1]["released"]
        if now == before:  # by its address, after another answer: a sequence of the same release
            continue
        say(
            f"{document.name} was kept as released {before} and counts as published again on {now}; if that is wrong: "
            f"tradeledger reparse --document {sha} --was {now} --released {before}"
        )


def _list(title: str, lines: list[str], more: str) -> None:
    if not lines:
        return
    say()
    say(title)
    for line in lines[:LINES]:
        say(f"  {line}")
    if len(lines) > LINES:
        say(f"  … {len(lines) - LINES} more{f': {more}' if more else ''}")
