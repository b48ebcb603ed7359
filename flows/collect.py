"""The `collect` flow: one source, one run — fetch, archive, parse, validate and publish, report, decide the state.

Tasks are thin wrappers over ``flows.steps``; only fetching retries. Artifacts are written before the state is decided,
so that a red run has its findings beside it. A run that holds something new ends ``Quarantined`` (of type FAILED).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flows import environment

environment.prepare()

from prefect import flow, runtime, task  # noqa: E402
from prefect.cache_policies import NO_CACHE  # noqa: E402
from prefect.states import Completed, Failed, State  # noqa: E402

from flows import report, steps  # noqa: E402
from schemas.errors import FetchError, TradeledgerError  # noqa: E402
from schemas.settings import load_settings  # noqa: E402

#: What flow runs of this process came to, for a caller who wants more than a state (the command line).
_done: dict[str, steps.Collected | TradeledgerError] = {}

_step = task(cache_policy=NO_CACHE, persist_result=False)
fetch = task(
    steps.fetch, name="fetch", cache_policy=NO_CACHE, persist_result=False, retries=2, retry_delay_seconds=[10, 60],
    retry_condition_fn=lambda _task, _run, state: steps.may_retry(state.result(raise_on_failure=False)),
)  # fmt: skip
read_files = _step(steps.read_files)
archive = _step(steps.archive)
parse = _step(steps.parse)
publish = _step(steps.publish)
report_findings = _step(report.write)


def run_name() -> str:
    """Flow runs are named by what they are about: ``bulletins``, ``table figures.csv``."""
    said: dict[str, Any] = runtime.flow_run.parameters
    return " ".join([str(said.get("source")), *(name.rsplit("/", 1)[-1] for name in said.get("files") or ())])


@flow(name="collect", flow_run_name=run_name, persist_result=False)
def collect(
    source: str = "bulletins", files: list[str] | None = None, released: str | None = None, since: date | None = None
) -> State[None]:
    """Collect one source: from its agency, or from ``files`` fed by hand; ``released`` where they do not say."""
    job = steps.Job(source, load_settings(), runtime.flow_run.id or "")
    documents: list[steps.Document] = []
    try:
        documents = read_files(job, files, released or "") if files else fetch(job, since)
        archive(job, documents)
        parsed = parse(job, documents)
        done = publish(job, documents, parsed)
    except steps.RECORDED as error:
        _done[job.prefect_run] = error
        steps.fail(job, error, documents)
        return Failed(message=str(error))
    except TradeledgerError as error:
        _done[job.prefect_run] = error
        raise
    _done[job.prefect_run] = done
    report_findings(job, done)
    if done.quarantined:
        return Failed(name="Quarantined", message=report.summary(done))
    return Completed(message=report.summary(done))


def run(
    source: str, files: list[str] | None = None, released: str | None = None, since: date | None = None
) -> steps.Collected:
    """Run the flow here and now; what it came to. Raises what it failed with.

    What a person must put right first (no such file, no release date) is said before Prefect starts, and leaves no
    trace.
    """
    steps.preflight(steps.Job(source, load_settings()), files or (), released or "")
    state = collect(source, files, released, since, return_state=True)
    outcome = _done.pop(str(state.state_details.flow_run_id), None)
    if isinstance(outcome, steps.Collected):
        return outcome
    if isinstance(outcome, TradeledgerError):
        raise outcome
    raise FetchError(f"the run of {source} ended as {state.name}: {state.message or 'Prefect gave no reason'}")
