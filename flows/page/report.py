"""What a person sees of a run in the Prefect UI: the findings table, the report with charts, what was revised.

Written before the run's state is decided; one key per source, so that the UI keeps their history. The page of a key
shows an artifact's description and not its table: the gist stands in the description too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.page import addresses, pictures, texts
from flows.page.words import (
    ALL_HOLD,
    COUNTS,
    Row,
    cell,
    escaped,
    fits,
    head,
    ordered,
    place,
    said,
    summary,
    suspect,
    wrapped,
)
from flows.steps import Collected, Job
from schemas.documents import Document
from schemas.errors import TradeledgerError
from storage import queries
from storage.ledger import Ledger

#: Rows of a table artifact; the ledger has the rest.
MOST: Final = 200
#: Sentences repeated where the table cannot be seen.
GIST: Final = 5
#: Findings in full in the report.
FULL: Final = 25


def write(job: Job, done: Collected) -> None:
    """Write the artifacts of a run; of one that brought nothing new and finds nothing only the report."""
    run = done.run
    with Ledger.open(job.settings.ledger_url, create=False) as ledger:
        cases = queries.cases(ledger, run=run.id, all_=True)
        failing = [case for case in cases if case["state"] != "resolved"]
        resolved = [case for case in cases if case["state"] == "resolved"]
        findings = ordered(queries.findings(ledger, run=run.id)) if failing else []
        names = _names(ledger, failing[:MOST], done)
        changed = run.counts.get("published", 0) > 0
        revised = list(islice(queries.revisions(ledger, run=run.id), 10 * MOST)) if changed else []
        drawn = [*pictures.odd_figures(ledger, failing), *pictures.most_revised(ledger, revised)]
    described = gist(done, failing, resolved)
    if run.outcome != "unchanged" or failing:
        create_table_artifact(key=f"findings-{key(job)}", table=table(failing[:MOST], names), description=described)
    if revised:
        rows = [{name: cell(row[name]) for name in _REVISED} for row in revised[:MOST]]
        create_table_artifact(
            key=f"revisions-{key(job)}",
            table=rows,
            description=f"Run {run.id}: {head(len(rows), len(revised))} figures changed after they were published.",
        )
    lines = [*_head(job, done), *_failing(failing, findings, names), *(f"{picture}\n" for picture in drawn)]
    lines += texts.section(job, done.documents)
    page = [*lines, *_rest(job, done, resolved, len(revised)), *_documents(job, done.documents), *_pages(job)]
    create_markdown_artifact(key=f"report-{key(job)}", markdown="\n".join(page), description=described)


def _names(ledger: Ledger, cases: Sequence[Row], done: Collected) -> dict[str, str]:
    """The names of the documents in which cases stand, those of earlier runs too."""
    names = {document.sha256: document.name for document in done.documents}
    for case in cases:
        if case["document"] not in names:
            known = next(iter(queries.documents(ledger, sha256=case["document"])), None) if case["document"] else None
            names[case["document"]] = known["name"] if known else ""
    return names


_REVISED: Final = ("reporter", "partner", "product", "flow", "measure", "period", "previous", "value", "change", "unit",
                   "previous_released", "released", "kind")  # fmt: skip


def write_failure(job: Job, error: TradeledgerError, documents: Sequence[Document]) -> None:
    """A run that came to nothing has its report too: what was seen, what was expected, which documents."""
    page = [f"# {escaped(job.source.title)}", "", f"**failed**: {escaped(error)}", "", "Nothing was published.", ""]
    page += [*_documents(job, documents), *_pages(job)]
    described = f"failed: {escaped(error)}"
    create_markdown_artifact(key=f"report-{key(job)}", markdown="\n".join(page), description=described)


def key(job: Job) -> str:
    """The end of this source's artifact keys: lower-case letters, digits and dashes only."""
    return job.source_id.replace("_", "-")


def table(cases: Sequence[Row], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """One row a case, no wider than the pane of 726 pixels in which it is shown: all else is in the report."""
    return [
        {
            "case": wrapped(said(case), 38),
            "would fit": wrapped(fits(case), 23),
            "where": wrapped(place(case, names), 18),
            "released": wrapped(case["released"], 11),
        }
        for case in cases
    ]


def gist(done: Collected, failing: Sequence[Row], resolved: Sequence[Row]) -> str:
    """The heart of a run in a few lines of Markdown."""
    lines = [f"Run {done.run.id}, {done.run.outcome}: {summary(done)}."]
    if failing:
        lines += ["", f"What does not hold ({head(min(len(failing), GIST), len(failing))}, worst first):", ""]
        lines += [f"- {escaped(said(case))}" for case in failing[:GIST]]
    elif not done.contradicted:
        lines.append(ALL_HOLD)
    if resolved:
        lines += ["", f"{len(resolved):,} resolved since the last run."]
    return "\n".join(lines)


def _head(job: Job, done: Collected) -> list[str]:
    run = done.run
    lines = [f"# {escaped(job.source.title)}", "", f"**{run.outcome}**: {summary(done)}", ""]
    lines += ["| " + " | ".join(("parsed", *COUNTS)) + " |", "|" + "---:|" * (len(COUNTS) + 1)]
    return [*lines, "| " + " | ".join(f"{run.counts.get(name, 0):,}" for name in ("parsed", *COUNTS)) + " |", ""]


def _failing(cases: Sequence[Row], findings: Sequence[Row], names: Mapping[str, str]) -> list[str]:
    """Each case with its suspects, and each rule that it breaks."""
    if not cases:
        return []
    lines = [f"## What does not hold ({head(min(len(cases), FULL), len(cases))}, worst first)", ""]
    for case in cases[:FULL]:
        about = (place(case, names), f"released {case['released']}" if case["released"] else "", f"case {case['case']}")
        lines.append(f"- **{escaped(said(case))}** {escaped('; '.join(filter(None, about)))}")
        lines += [f"    - suspect: {escaped(suspect(one))}" for one in case["suspects"]]
        own = [row for row in findings if row["case"] == case["case"] and row["released"] == case["released"]]
        for row in own[:FULL]:
            where = "; ".join(filter(None, (f"rule {row['rule']}", row["severity"], row["position"])))
            lines.append(f"    - {escaped(row['sentence'])} {escaped(f'({where})')}")
        lines += [f"    - and {len(own) - FULL:,} more"] if len(own) > FULL else []
    waits = addresses.link("reviews that wait", addresses.suspended())
    return [*lines, "", f"Held figures are not published. To decide: the {waits} here, or `tradeledger review` on the"
                        " command line.", ""]  # fmt: skip


def _rest(job: Job, done: Collected, resolved: Sequence[Row], revised: int) -> list[str]:
    """What was resolved, what changed, what holds."""
    lines: list[str] = []
    if resolved:
        lines += [f"## Resolved since the last run ({len(resolved):,})", ""]
        lines += [*(f"- {escaped(case['sentence'])}" for case in resolved[:FULL]), ""]
    if revised:
        lines += ["## What changed", "", f"{revised:,} published figures, see the artifact `revisions-{key(job)}`.", ""]
    if done.checked:
        lines += ["## What holds", "", *(f"- {escaped(sentence)}" for sentence in done.checked), ""]
    return lines


def _pages(job: Job) -> list[str]:
    """Where else to look: the pages of artifacts are in no sidebar of the UI."""
    pages = (
        ("all sources", addresses.latest(addresses.OVERVIEW)),
        ("findings of this source", addresses.latest(f"findings-{key(job)}")),
        ("all artifacts", addresses.artifacts()),
    )
    return ["", " · ".join(addresses.link(*one) for one in pages)] if addresses.ui() else []


def _documents(job: Job, documents: Sequence[Document]) -> list[str]:
    lines = ["## Documents", ""]
    for document in documents[:FULL]:
        shown = addresses.link(document.name, document.url)
        also = f" {escaped(document.url)}" if document.url and not shown.startswith("[") else ""
        lines.append(f"- {shown}{also}, kept as `{document.sha256[:12]}`")
    if len(documents) > FULL:
        lines.append(f"- {head(FULL, len(documents))}; all: `tradeledger documents --source {job.source_id}`")
    return [*lines, *(["", f"From {job.source.landing_page}"] if job.source.landing_page else [])]
