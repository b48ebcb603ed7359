"""What a person sees of a run in the Prefect UI: the findings table, the report with charts, what was revised.

Written before the run's state is decided; one key per source, so that the UI keeps their history. The page of a key
shows an artifact's description and not its table: the gist stands in the description too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.page import pictures
from flows.page.words import ALL_HOLD, COUNTS, Row, cell, escaped, head, ordered, summary, suspect
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
        found = ordered(queries.findings(ledger, run=run.id, all_=True))
        failing = [row for row in found if row["result"] == "fails" and row["state"] != "resolved"]
        resolved = [row for row in found if row["state"] == "resolved" and row["result"] == "fails"]
        changed = run.counts.get("published", 0) > 0
        revised = list(islice(queries.revisions(ledger, run=run.id), 10 * MOST)) if changed else []
        drawn = [*pictures.odd_figures(ledger, failing), *pictures.most_revised(ledger, revised)]
    described = gist(done, failing, resolved)
    if run.outcome != "unchanged" or failing:
        create_table_artifact(key=f"findings-{key(job)}", table=table(failing[:MOST]), description=described)
    if revised:
        rows = [{name: cell(row[name]) for name in _REVISED} for row in revised[:MOST]]
        create_table_artifact(
            key=f"revisions-{key(job)}",
            table=rows,
            description=f"Run {run.id}: {head(len(rows), len(revised))} figures changed after they were published.",
        )
    page = markdown(job, done, failing, resolved, len(revised), drawn)
    create_markdown_artifact(key=f"report-{key(job)}", markdown=page, description=described)


_REVISED: Final = ("reporter", "partner", "product", "flow", "measure", "period", "previous", "value", "change", "unit",
                   "previous_released", "released", "kind")  # fmt: skip


def write_failure(job: Job, error: TradeledgerError, documents: Sequence[Document]) -> None:
    """A run that came to nothing has its report too: what was seen, what was expected, which documents."""
    page = [f"# {escaped(job.source.title)}", "", f"**failed**: {escaped(error)}", "", "Nothing was published.", ""]
    page += _documents(job, documents)
    described = f"failed: {escaped(error)}"
    create_markdown_artifact(key=f"report-{key(job)}", markdown="\n".join(page), description=described)


def key(job: Job) -> str:
    """The end of this source's artifact keys: lower-case letters, digits and dashes only."""
    return job.source_id.replace("_", "-")


_SIDES: Final = {"printed": "left", "others make it": "right", "difference": "difference", "allowed": "allowed"}


def table(findings: Sequence[Row]) -> list[dict[str, Any]]:
    """One row a finding, its sentence first."""
    return [
        {
            "what does not hold": cell(row["sentence"]),
            "suspects": cell("; ".join(map(suspect, row["suspects"]))),
            **{name: row[name] for name in ("severity", "state", "rule")},
            **{title: cell(row[name]) for title, name in _SIDES.items()},
            **{name: row[name] for name in ("unit", "released")},
            "block": cell(row["block"]),
            "document": row["document"][:12],
            "position": cell(row["position"]),
        }
        for row in findings
    ]


def gist(done: Collected, failing: Sequence[Row], resolved: Sequence[Row]) -> str:
    """The heart of a run in a few lines of Markdown."""
    lines = [f"Run {done.run.id}, {done.run.outcome}: {summary(done)}."]
    if failing:
        lines += ["", f"What does not hold ({head(min(len(failing), GIST), len(failing))}, worst first):", ""]
        lines += [f"- {escaped(row['sentence'])}" for row in failing[:GIST]]
    elif not done.contradicted:
        lines.append(ALL_HOLD)
    if resolved:
        lines += ["", f"{len(resolved):,} resolved since the last run."]
    return "\n".join(lines)


def markdown(
    job: Job, done: Collected, failing: Sequence[Row], resolved: Sequence[Row], revised: int, drawn: Sequence[str]
) -> str:
    """The report of a run: counts, findings with their suspects, charts, what changed, what holds, documents."""
    run, source = done.run, job.source
    lines = [f"# {escaped(source.title)}", "", f"**{run.outcome}**: {summary(done)}", ""]
    lines += ["| " + " | ".join(("parsed", *COUNTS)) + " |", "|" + "---:|" * (len(COUNTS) + 1)]
    lines += ["| " + " | ".join(f"{run.counts.get(name, 0):,}" for name in ("parsed", *COUNTS)) + " |", ""]
    names = {document.sha256: document.name for document in done.documents}
    if failing:
        lines += [f"## What does not hold ({head(min(len(failing), FULL), len(failing))}, worst first)", ""]
        said: list[Row] = []  # one figure is the suspect of several findings as a rule
        for row in failing[:FULL]:
            lines.append(f"- **{escaped(row['sentence'])}** {_about(row, names)}")
            lines += [f"    - suspect: {escaped(suspect(one))}" for one in row["suspects"] if one not in said]
            said = row["suspects"]
        lines += ["", "Held figures are not published. To decide: the run *review* of this document here, or"
                      " `tradeledger review` on the command line.", ""]  # fmt: skip
    lines += [f"{picture}\n" for picture in drawn]
    if resolved:
        lines += [f"## Resolved since the last run ({len(resolved):,})", ""]
        lines += [*(f"- {escaped(row['sentence'])}" for row in resolved[:FULL]), ""]
    if revised:
        lines += ["## What changed", "", f"{revised:,} published figures, see the artifact `revisions-{key(job)}`.", ""]
    if done.checked:
        lines += ["## What holds", "", *(f"- {escaped(sentence)}" for sentence in done.checked), ""]
    return "\n".join([*lines, *_documents(job, done.documents)])


def _about(row: Row, names: Mapping[str, str]) -> str:
    where = ", ".join(part for part in (names.get(row["document"], ""), row["position"]) if part)
    released = f"released {row['released']}" if row["released"] else ""
    block = f"block {row['block']}" if row["block"] else ""
    parts = (f"{row['severity']}, {row['state']}", where, released, block)
    return escaped(f"({'; '.join(part for part in parts if part)})")


def _documents(job: Job, documents: Sequence[Document]) -> list[str]:
    lines = ["## Documents", ""]
    for document in documents[:FULL]:
        linked = document.url if document.url.startswith(("https://", "http://")) else ""
        safe = linked and not any(sign in linked for sign in "<>() \"'\\")
        plain = escaped(f"{document.name} {document.url}")
        shown = f"[{escaped(document.name)}](<{linked}>)" if safe else plain
        lines.append(f"- {shown}, kept as `{document.sha256[:12]}`")
    if len(documents) > FULL:
        lines.append(f"- {head(FULL, len(documents))}; all: `tradeledger documents --source {job.source_id}`")
    return [*lines, *(["", f"From {job.source.landing_page}"] if job.source.landing_page else [])]
