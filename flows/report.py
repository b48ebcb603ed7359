"""What a person sees of a run in the Prefect UI: the findings table, the report, one line of counts.

Text from sources is escaped: HTML, Markdown and spreadsheet formulas come out as the characters they are.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from storage.ledger import Ledger

from flows.steps import Collected, Job
from schemas.findings import Finding
from schemas.vocabulary import SEVERITIES
from storage import queries

#: Rows of a table artifact; the ledger has the rest.
MOST: Final = 200
#: Sentences repeated where the table cannot be seen.
GIST: Final = 5
COUNTS: Final = ("published", "unchanged", "held", "rejected", "repeated", "unreadable")


def escaped(text: str) -> str:
    """Text of a source as plain text in Markdown and HTML, on one line, never a link, a tag or a formula."""
    flat = html.escape(" ".join(str(text).split()), quote=False)
    return re.sub(r"([\\`*_\[\]{}#|!~])", r"\\\1", flat)


def cell(text: object) -> str:
    """A table cell that no spreadsheet takes for a formula, and no page for markup."""
    flat = " ".join(str(text).split())
    return f"'{flat}" if flat[:1] in "=+@" or (flat[:1] == "-" and not re.fullmatch(r"-[\d.,]+", flat)) else flat


def summary(done: Collected) -> str:
    """``12 published, 348 unchanged, 1 still held``."""
    counts = done.run.counts
    parts = [f"{counts[name]:,} {name}" for name in COUNTS if counts.get(name)]
    if done.run.still_held:
        parts.append(f"{done.run.still_held:,} still held")
    return ", ".join(parts) or "nothing to publish"


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Worst first, failures before what could not be evaluated."""
    return sorted(findings, key=lambda one: (one.result != "fails", SEVERITIES.index(one.severity)))


def rows(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """One row a finding, the sentence first."""
    return [
        {
            "finding": cell(one.sentence),
            "rule": one.rule,
            "severity": one.severity if one.result == "fails" else "not evaluable",
            "printed": cell(one.left),
            "others make it": cell(one.right),
            "difference": cell(one.difference),
            "allowed": cell(one.allowed),
            "unit": one.unit,
            "suspects": "; ".join(
                cell(f"{s.flow} {s.measure} {s.period}: {s.value} → {s.low}–{s.high} {s.slip}") for s in one.suspects
            ),
            "block": cell(one.block),
            "released": one.released,
            "document": one.document[:12],
            "position": cell(one.position),
        }
        for one in findings
    ]


def gist(done: Collected, failing: Sequence[Finding]) -> str:
    """The page of an artifact key shows the description only, so the heart of it stands here."""
    shown = "\n".join(f"- {escaped(one.sentence)}" for one in failing[:GIST])
    count = f"{min(len(failing), GIST)} of {len(failing)}" if len(failing) > GIST else f"{len(failing)}"
    head = f"Run {done.run.id}: {summary(done)}. " + (f"Findings ({count}):" if failing else "Everything holds.")
    return f"{head}\n\n{shown}".strip()


def markdown(job: Job, done: Collected, failing: Sequence[Finding], revised: Sequence[dict[str, Any]]) -> str:
    """The report of a run: counts, findings with their suspects, what was revised, what was checked, documents."""
    source = job.source
    lines = [f"# {escaped(source.title)}", "", f"**{done.run.outcome}**: {summary(done)}", ""]
    lines += ["| " + " | ".join(("parsed", *COUNTS)) + " |", "|" + "---:|" * (len(COUNTS) + 1)]
    lines += ["| " + " | ".join(f"{done.run.counts.get(name, 0):,}" for name in ("parsed", *COUNTS)) + " |", ""]
    if failing:
        lines += [f"## What does not hold ({min(len(failing), MOST)} of {len(failing)})", ""]
        for one in failing[:MOST]:
            lines.append(f"- **{one.severity}, {one.rule}**: {escaped(one.sentence)}")
            for s in one.suspects:
                fits = f"{s.flow} {s.measure} {s.period} {s.value}: {s.low}–{s.high} would fit {s.slip}"
                lines.append(f"  - suspect: {escaped(fits)}")
        lines += ["", f"Block ids and every figure: `tradeledger findings --run {done.run.id}`", ""]
    if revised:
        lines += [f"## What changed ({len(revised)})", "", "See the artifact " + f"`revisions-{source.id}`.", ""]
    if done.checked:
        lines += ["## What holds", "", *(f"- {escaped(sentence)}" for sentence in done.checked), ""]
    lines += ["## Documents", ""]
    lines += [f"- `{d.sha256[:12]}` {escaped(d.name)} {escaped(d.url)}".rstrip() for d in done.documents]
    if source.landing_page:
        lines += ["", f"Landing page: {source.landing_page}"]
    return "\n".join(lines)


def write(job: Job, done: Collected) -> None:
    """Write the artifacts of a run, one key per source, so that the UI keeps their history."""
    with Ledger.open(job.settings.ledger_url, create=False) as ledger:
        revised = list(queries.revisions(ledger, run=done.run.id, limit=MOST))
    failing = ordered(one for one in done.run.findings if one.result == "fails")
    key = job.source_id.replace("_", "-")
    described = gist(done, failing)
    create_table_artifact(key=f"findings-{key}", table=rows(failing[:MOST]), description=described)
    if revised:
        table = [{name: cell(value) for name, value in row.items()} for row in revised]
        create_table_artifact(key=f"revisions-{key}", table=table, description=f"{len(revised)} changes")
    create_markdown_artifact(key=f"report-{key}", markdown=markdown(job, done, failing, revised), description=described)
