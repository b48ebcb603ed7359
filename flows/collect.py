"""The `collect` flow: one source, one run — fetch, archive, parse, validate, publish, report, decide the state.

Tasks are thin wrappers over ``flows.steps``; what is asked again is the session's business (``sources.shared``).
Artifacts are written before the state is decided, so that a red run has its findings beside it. A run that holds
something new ends ``Quarantined`` (of type FAILED).
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final, ParamSpec, TypeVar

from prefect import Task, flow, get_run_logger, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.states import Cancelled, Completed, Failed

from flows import steps
from flows.page import late, names, progress, report, words, years
from flows.server import alerts, keys, limits
from schemas.errors import FetchError, TradeledgerError, UsageError
from schemas.settings import load_settings
from schemas.texts import printable

#: Words of Prefect's where it has no server, and what a person can do.
_SERVERLESS: Final = {
    "ephemeral": "Prefect's temporary server did not start in time: the machine is busy, or several start at once; try "
    "again, or keep one running with `tradeledger up`",
    "Failed to reach API": "no Prefect server answers at the PREFECT_API_URL that is set: start it, or unset that",
}
P = ParamSpec("P")
R = TypeVar("R")
#: What ``run`` read of files before the flow began in this context; a run of a deployment reads them itself.
_FED: ContextVar[steps.Fed] = ContextVar("fed")


def _step(function: Callable[P, R], **options: Any) -> Task[P, R]:
    # Frames and documents are large, and every step is safe to repeat: Prefect keeps neither results nor a cache.
    # Without retries of Prefect's: those would multiply with the session's, which knows what may be asked again.
    step: Task[P, R] = task(cache_policy=NO_CACHE, persist_result=False, **options)(function)
    return step


write_report = _step(report.write, name="report")


@flow(name="collect", flow_run_name=names.before, persist_result=False)
def collect(
    source: str = "bulletins",
    files: list[str] | None = None,
    released: str | None = None,
    since: date | None = None,
    year: int | None = None,
    replaces: str | None = None,
    whole: bool = False,
    how: str | None = None,
) -> State[steps.Collected]:
    """Collect one source: from its agency, or from files fed by hand.

    Args:
        source: Whose figures, as `tradeledger sources` names them.
        files: Paths of downloaded documents on the worker's machine, to be read in place of asking the agency.
        released: The release date of the files, where they do not say it: 2022-07-07.
        since: Only what the agency published since then.
        year: Ask the agency for this year alone; one part of a backfill.
        replaces: The SHA-256 of a document whose place the files take: a transcription that was mended.
        whole: Nothing is missing at the end of the files, though no line end follows the last figure.
        how: How tables of one's own are to be read, TOML as `tradeledger check --explain` writes it.
    """
    asked = steps.Asked(
        files or (), released or "", since, year, replaces or "", whole, how or "", _FED.get(steps.Fed())
    )
    job = steps.Job(source, load_settings(), str(runtime.flow_run.id), asked.kind)
    now = datetime.now(UTC)
    if _by_schedule() and (why := steps.postponed(job, now)):
        once = "`watch` asks once a day until it answers; a run by hand asks at once"
        return Completed(name="Skipped", message=f"{why}: {once}")
    if years.is_partition() and (why := steps.postponed(job, now, steps.JUST_NOW)):
        years.progress(job.settings)
        return Cancelled(message=f"{why}: start the same backfill again when it answers")
    shown = partial(progress.shown, key=report.key(job))
    try:
        done = steps.collected(job, asked, around=_step, shown=shown, turn=limits.turn, key=keys.stored)
    except UsageError as error:  # a person is to put it right first: the ledger need not know
        return Failed(message=str(error), data=error)
    wrong = _told(job, done, year)
    if isinstance(done, steps.Broken):
        return Failed(message=f"{done.error}; and not reported: {wrong}" if wrong else str(done.error), data=done.error)
    said = words.summary(done)
    if wrong:
        return Failed(message=f"published and not reported: {said}; {wrong}", data=done)
    return (
        Failed(name="Quarantined", message=said, data=done) if done.quarantined else Completed(message=said, data=done)
    )


def _told(job: steps.Job, done: steps.Collected | steps.Broken, year: int | None) -> str:
    """Write the pages of a run and tell of what it holds; what went wrong with that, for the ledger has the run."""
    try:
        with late.written(job.settings, job.prefect_run) as told:
            if isinstance(done, steps.Broken):
                report.write_failure(job, done.error, done.documents)
                alerts.failed(job, done.error, done.documents)
            else:
                write_report(job, done)
                told = {**told, job.source_id: [*told.get(job.source_id, []), done]}
            alerts.after(job.settings, told)
        years.progress(job.settings)
        if isinstance(done, steps.Collected):
            names.after(job.source_id, done.releases, year)
    except Exception as error:  # noqa: BLE001 — a person is to look here, and whoever called to know
        get_run_logger().exception("recorded, and not reported")
        return str(error) or type(error).__name__
    return ""


def _by_schedule() -> bool:
    """Whether nobody asked for this run: not a person, another flow, or who tries it once more."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    return run is not None and bool(run.auto_scheduled) and run.run_count <= 1


def run(source: str, asked: steps.Asked) -> steps.Collected:
    """Run the flow here and now; what it came to. Raises what it failed with.

    What a person must put right first (no such file, no release date) is said before Prefect starts, and leaves no
    trace: ``steps.preflight``.
    """
    here = _FED.set(asked.fed)
    try:
        state = collect(
            source,
            [printable(name) for name in asked.files] or None,  # as text that can be sent and shown
            asked.released or None,
            asked.since,
            replaces=asked.replaces or None,
            whole=asked.whole,
            how=asked.how or None,
            return_state=True,
        )
    except RuntimeError as exc:
        if why := next((why for words, why in _SERVERLESS.items() if words in str(exc)), None):
            raise TradeledgerError(f"nothing was collected: {why}") from exc
        raise
    finally:
        _FED.reset(here)
    # Handed out within this process: results are not persisted, a state read from the server has none.
    outcome = state.result(raise_on_failure=False) if state.is_final() else None
    if isinstance(outcome, TradeledgerError):
        raise outcome
    if not isinstance(outcome, steps.Collected):
        raise FetchError(f"the run of {source} ended as {state.name}: {state.message or 'Prefect gave no reason'}")
    return outcome
