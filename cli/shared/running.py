"""What ``collect`` and ``ingest`` share: run the flow here and now, then say what happened and where to look next."""

from __future__ import annotations

import itertools
from datetime import date
from typing import TYPE_CHECKING, Final

from cli.formats import changes
from cli.formats.output import note, outlives_pipe, print_table, say
from schemas.errors import TradeledgerError

if TYPE_CHECKING:
    from flows.steps import Collected, Fed
    from storage.ledger import Ledger

#: How many lines of each kind the account of a run has; the commands it names show all.
LINES: Final = 6

#: What one run collects: source, files fed by hand, their release date.
Job = tuple[str, list[str] | None, str | None]


def run_all(jobs: list[Job], since: date | None, replaces: str | None = None, *, whole: bool = False) -> int:
    """Run each job; 1 if one failed, else 3 if something new is held or could not be read, else 0."""
    from schemas.settings import load_settings
    from sources.registry import find_source

    for source, _, _ in jobs:
        find_source(source)
    settings = load_settings()
    from flows import environment

    served = environment.find_server(settings.home, note)
    found = [(job, _before(job, replaces, whole, alone=len(jobs) == 1, served=served)) for job in jobs]
    ready = [(job, fed) for job, fed in found if fed is not None]
    worst = int(len(ready) < len(jobs))
    if not ready:
        return worst
    environment.prepare(quiet=True, home=settings.home)
    if not served:
        note("starting Prefect's temporary server (10 to 30 seconds; `tradeledger up` keeps one running) …")
    from flows.collect import run

    for (source, files, released), fed in ready:
        try:
            done = run(source, files, released, since, replaces, whole, fed)
        except TradeledgerError as error:
            if len(jobs) == 1:
                raise
            note(f"tradeledger: {source}: {error}")
            worst = 1
            continue
        with outlives_pipe():
            tell(done)
        if worst != 1 and (done.quarantined or done.run.unread):
            worst = 3
    return worst


def _before(job: Job, replaces: str | None, whole: bool, *, alone: bool, served: bool) -> Fed | None:
    """What was read of the files before Prefect is imported; None where a run makes no sense, and it was said why.

    Files that are not of their source's shape are kept, and a failed run is recorded, as the run would do; where a
    server runs it is left to the run, so that it is seen there.
    """
    source, files, released = job
    from flows import steps
    from schemas.settings import load_settings

    try:
        made = steps.Job(source, load_settings())
        fed = steps.preflight(made, files or (), released or "", replaces or "", whole=whole)
        if fed.wrong is not None and not served:
            steps.archive(made, fed.documents)
            steps.fail(made, fed.wrong, fed.documents)
            raise fed.wrong
    except TradeledgerError as error:
        if alone:
            raise
        note(f"tradeledger: {source}: {error}")
        return None
    return fed


def tell(done: Collected) -> None:
    """What was collected, what was checked, what did not hold, where to look next."""
    from flows.page import report, words
    from schemas.settings import load_settings
    from storage import queries
    from storage.ledger import Ledger

    run = done.run
    names = [document.name for document in done.documents]
    more = f" and {len(names) - LINES} more" if len(names) > LINES else ""
    say(f"collected {run.source}{': ' if names else ''}{', '.join(names[:LINES])}{more}")
    say(f"run {run.id} {run.outcome}: {report.summary(done)}")
    with Ledger.open(load_settings().ledger_url, create=False) as ledger:
        changed = queries.revisions(ledger, run=run.id)
        revised = list(itertools.islice(changed, LINES))
        number = len(revised) + sum(1 for _ in changed)
        _again(ledger, done)
        # As this run left its source: what stood before it and still stands counts too.
        holds = all(row["state"] == "resolved" for row in queries.findings(ledger, run=run.id))
    _list("checked, and it holds:", list(done.checked), "")
    failing = [one for one in run.findings if one.result == "fails"]
    _list(
        "does not hold:", [f"{one.severity}: {one.sentence}" for one in failing], f"tradeledger findings --run {run.id}"
    )
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
