"""The page of a case, an artifact of the run that asks about it: all that was found, the chart, where to look.

Prefect's form has room for the gist alone: this is what it links to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from prefect.artifacts import create_markdown_artifact

from flows.cases.form import figures, held_for, where
from flows.page import addresses, pictures
from flows.page.addresses import link
from flows.page.words import Row, cell, escaped, head, suspect
from storage import queries
from storage.ledger import Ledger

#: Findings and blocks named on the page; the command line has all.
MOST: Final = 100


def key(source: str) -> str:
    """The key of the artifact: lower-case letters, digits and dashes only."""
    return f"case-{source.replace('_', '-')}"


def links(ledger: Ledger, case: Row, flow_run_id: str) -> list[tuple[str, str]]:
    """The report of the run that held it, this page with its chart, the document: words and addresses that there are.

    The page is written if the flow run has none yet that says the same.
    """
    report, document = _report(ledger, case), _document(ledger, case)
    before = addresses.of_run(flow_run_id).get(key(case["source"]))
    if before is None or before.description != escaped(case["sentence"]):
        text = markdown(ledger, case, [link for link in (report, document) if link[1]])
        written: Any = create_markdown_artifact(text, key=key(case["source"]), description=escaped(case["sentence"]))
    else:
        written = before.id
    found = [report, ("chart", addresses.artifact(written)), document]
    return [one for one in found if one[1]]


def _report(ledger: Ledger, case: Row) -> tuple[str, str]:
    """The report of the run that held a case: of the flow run that Prefect knows, else the last one of its source."""
    name = f"report-{case['source'].replace('_', '-')}"
    run = next((row for row in queries.runs(ledger, source=case["source"]) if row["run"] == case["run"]), None)
    written: Mapping[str, Any] = addresses.of_run(run["prefect_run"]) if run and run["prefect_run"] else {}
    return "report", addresses.artifact(written[name].id) if name in written else addresses.latest(name)


def _document(ledger: Ledger, case: Row) -> tuple[str, str]:
    known = next(iter(queries.documents(ledger, sha256=case["document"])), None)
    address = str(known["url"]) if known else ""
    return "document", address if address.startswith(("https://", "http://")) else ""


def markdown(ledger: Ledger, case: Row, others: Sequence[tuple[str, str]]) -> str:
    """What was found of a case in full."""
    shown, blocks = figures(ledger, case), case["blocks"]
    lines = [f"# {escaped(case['sentence'])}", ""]
    lines += [f"- {escaped(suspect(one))}" for one in case["suspects"]]
    lines += ["", " · ".join([escaped(where(ledger, case)), *(link(*one) for one in others)]), ""]
    lines += [f"| {cell(shown.title)} | |", "|---|---:|"]
    lines += [f"| {cell(period)} | {cell(figure)} |" for period, figure in shown.figures]
    lines += ["", escaped(shown.before)]
    lines += ["", *(f"{picture}\n" for picture in pictures.odd_figures(ledger, [case]))]
    lines += [f"## What does not hold ({head(min(len(case['findings']), MOST), len(case['findings']))})", ""]
    for row in case["findings"][:MOST]:
        about = "; ".join(filter(None, (f"rule {row['rule']}", row["severity"], row["position"])))
        lines.append(f"- {escaped(row['sentence'])} {escaped(f'({about})')}")
    lines += ["", f"## What is held ({escaped(held_for(blocks))})", ""]
    lines += [f"- {escaped(one['block'])}, released {one['released']}" for one in blocks[:MOST]]
    said = f"tradeledger review --case {case['case']} accept --reason …"
    return "\n".join([*lines, "", f"Document `{case['document']}`. On the command line: `{said}`"])
