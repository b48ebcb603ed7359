"""``tradeledger reparse``: kept documents read again by today's parsers, after a look at what that would change."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from cli.formats import changes
from cli.formats.output import Format, emit, note, outlives_pipe
from cli.shared import options as o
from cli.shared.ledger import open_ledger
from schemas.errors import UsageError

if TYPE_CHECKING:
    from flows.replay import Rehearsal
    from schemas.documents import Document


def reparse(
    source: Annotated[str | None, typer.Argument(metavar="[SOURCE]", help="Only its documents; else all.")] = None,
    document: Annotated[
        str | None, typer.Option("--document", metavar="SHA", help="Only this one; the beginning is enough.")
    ] = None,
    released: Annotated[
        str | None, typer.Option("--released", metavar="DATE", help="With --document: its release date, learned later.")
    ] = None,
    was: Annotated[
        str | None,
        typer.Option("--was", metavar="DATE", help="With --released: the date that is wrong, of several."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    limit: o.LimitOption = None,
    form: o.FormatOption = Format.TABLE,
) -> int:
    """Read kept documents again by today's parsers: show what would change, ask, and record it as corrections.

    Without --yes nothing is written unless a person at the terminal says so.
    """
    from storage import queries
    from storage.reparse import kept_sources

    if released and not document:
        raise UsageError("--released is about one document: say which with --document SHA")
    if was and not released:
        raise UsageError("--was names the date that is wrong: say the right one with --released DATE")
    with open_ledger() as ledger:
        sha256 = queries.find_document(ledger, document, source) if document else ""
        if sha256:
            sources = sorted({one["source"] for one in queries.documents(ledger, sha256=sha256)})
        else:
            sources = [source] if source else kept_sources(ledger)
    rehearsals = []
    for one in sources:
        try:
            rehearsals.append(_rehearse(one, sha256, released or "", was or ""))
        except UsageError as exc:
            if document or source:
                raise
            note(f"{one} stays as it was: {exc}")  # of all sources the others are read again
    for one in rehearsals:
        for kept, why in one.unread:
            note(f"{kept.name} ({kept.sha256[:12]}) stays as it was: {why}")
    found = (change for one in rehearsals for change in one.changes)
    emit(found, changes.FIELDS, changes.COLUMNS, form, limit=limit, empty="no figure would change")
    todo = [one for one in rehearsals if not one.idle]
    for one in todo:
        note(f"{one.job.source_id}: {_account(one)}")
    if not todo or not _agreed(yes, len(todo)):
        return 0
    return _perform(todo)


def _rehearse(source: str, sha256: str, released: str, was: str) -> Rehearsal:
    from flows import replay, steps
    from schemas.settings import load_settings
    from storage.documents import kept_documents
    from storage.ledger import Ledger

    settings = load_settings()
    if released:
        return replay.rehearse_date(steps.Job(source, settings, kind="assignment"), sha256, released, was)
    job = steps.Job(source, settings, kind="reparse")
    job.source  # noqa: B018 - an unknown source is said before anything is read
    with Ledger.open(settings.ledger_url, create=False) as ledger:
        return replay.rehearse(job, _with_progress(kept_documents(ledger, job.archive, source, sha256), source))


def _with_progress(documents: Iterable[Document], source: str) -> Iterator[Document]:
    """Documents one by one; on a terminal, with their number so far."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(
        documents, f"reading {source} again", console=console, transient=True, disable=not console.is_terminal
    )


def _account(one: Rehearsal) -> str:
    """What the run would come to, in few words."""
    counts = {name: number for name, number in one.run.counts.items() if number and name != "parsed"}
    said = ", ".join(f"{number} {name}" for name, number in counts.items()) or "nothing parsed"
    new = sum(finding.result == "fails" for finding in one.run.findings)
    findings = f", {new} new finding{'' if new == 1 else 's'}" if new else ""
    more = f", {one.run.message}" if one.run.message else ""
    return f"{len(one.changes)} corrections; {said}{findings}{more}"


def _agreed(yes: bool, sources: int) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        note("nothing was written: the same with --yes does it")
        return False
    return typer.confirm(f"Record this for {sources} source{'' if sources == 1 else 's'}?", err=True)


def _perform(rehearsals: list[Rehearsal]) -> int:
    """Do it; 3 where something new is held or could not be read."""
    from flows import replay

    worst = 0
    for one in rehearsals:
        done = replay.perform(one)
        with outlives_pipe():
            note(f"run {done.run.id} {done.run.outcome}: recorded as {done.run.kind} of {done.run.source}")
        if done.quarantined or done.run.unread:
            worst = 3
    return worst
