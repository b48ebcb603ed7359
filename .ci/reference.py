"""Write the pages of docs/ that follow from the code: ``uv run .ci/reference.py``.

A page that a person begins goes on by itself below ``MARK``. Nobody builds the site with it: the pages are kept, and
tests/test_docs_reference.py holds each equal to what stands here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

from pydantic import BaseModel
from typer.cli import get_docs_for_click

from cli.main import COMMANDS, command
from schemas.fields import ABOUT, CELL
from schemas.rules import RULES
from schemas.rules import page as rule_page
from schemas.settings import FetchSettings, Settings, SourceSettings
from sources.registry import load_sources
from storage.views import views

ROOT: Final = Path(__file__).resolve().parent.parent
MARK: Final = "<!-- From here on written by `uv run .ci/reference.py`. -->\n"

#: Of each answer: which command gives it, the fields, and the view whose columns say what they mean.
ANSWERS: Final = (
    ("show", "cli.show:FIELDS", "figures"),
    ("show --trace", "cli.show:TRACE_FIELDS", "documents"),
    ("revisions", "schemas.fields:REVISIONS", "revisions"),
    ("revisions --triangle", "cli.revisions:VINTAGE_FIELDS", "vintages"),
    ("revisions --summary", "cli.revisions:SUMMARY_FIELDS", "revisions"),
    ("findings", "cli.formats.findings:FIELDS", "findings"),
    ("findings --history", "cli.formats.findings:HISTORY_FIELDS", "findings"),
    ("review", "cli.formats.held:FIELDS", "held"),
    ("runs", "cli.runs:FIELDS", "runs"),
    ("documents", "cli.documents:FIELDS", "documents"),
    ("datasets", "cli.datasets:FIELDS", "datasets"),
    ("sources", "cli.sources:FIELDS", ""),
    ("sources ID", "cli.shared.declared:FIELDS", ""),
    ("sources --check", "cli.sources:REACH_FIELDS", ""),
    ("rules", "cli.rules:FIELDS", ""),
    ("verify", "cli.verify:FIELDS", ""),
)
#: Further commands with the same fields.
ALSO: Final = {"findings": "`check` and ", "show": "`export` and ", "revisions": "`reparse` and "}
#: What fields mean that no view has, or has otherwise; of one answer, or of all.
MEANINGS: Final = {
    ("show --trace", "position"): "where in the document: table, row, column",
    ("show --trace", "read_by"): "the run that read it there",
    ("show --trace", "run_kind"): "kind of the run that published it: `decision` where a person accepted it",
    ("revisions", "change"): "value less previous",
    ("revisions --triangle", "vintage"): "counts the releases of the cell, from 1",
    ("revisions --triangle", "since"): "the release that its figure is of",
    ("revisions --triangle", "kind"): "the kind of change that made it; empty where nothing changed",
    ("revisions --summary", "releases"): "releases of its dataset",
    ("revisions --summary", "cells"): "cells that a later release could have revised",
    ("revisions --summary", "revised"): "how many of them were revised",
    ("revisions --summary", "share_revised"): "the same in %",
    ("revisions --summary", "upward"): "revised upwards",
    ("revisions --summary", "downward"): "revised downwards",
    ("revisions --summary", "sum_revision"): "Σ r: r from a cell's first figure to its latest, exact",
    ("revisions --summary", "sum_absolute_revision"): "Σ abs(r)",
    ("revisions --summary", "mean_revision"): "MR = Σ r / n: a bias, where it stays away from 0",
    ("revisions --summary", "mean_absolute_revision"): "MAR = Σ abs(r) / n: the size",
    ("revisions --summary", "relative_mean_absolute_revision"): "RMAR = Σ abs(r) / Σ abs(latest figure), in %",
    ("revisions --summary", "mean_releases_until_final"): "releases after its first until a revised cell last changed",
    ("revisions --summary", "max_releases_until_final"): "the most of them",
    ("findings", "rule"): "a [rule](../rules/index.md), `readable` or `whole`",
    ("findings", "left"): "what one side of the rule says",
    ("findings", "suspects"): "what explains it: `flow`, `measure`, `period`, `value`, `low`, `high`, `slip` each",
    ("findings --history", "ended_documents"): "SHA-256 of the documents that ended it",
    ("findings --history", "prefect_run"): "the flow run in which it appeared",
    ("findings --history", "ended_prefect_run"): "the flow run that ended it",
    ("review", "sentence"): "why it is held, in words",
    ("review", "readings"): "its readings: figure, document and position each",
    ("review", "case"): "name of the case that it belongs to",
    ("datasets", "title"): "what its source calls it",
    ("datasets", "reporters"): "areas that report",
    ("datasets", "products"): "how many products",
    ("datasets", "first"): "first month",
    ("datasets", "last"): "last month",
    ("datasets", "cells"): "figures published, one a cell",
    ("datasets", "released"): "its last release",
    ("datasets", "held"): "blocks that wait for a decision",
    ("", "id"): "its name, wherever it is asked for",
    ("", "publisher"): "whose figures they are",
    ("", "licence"): "under which they may be used",
    ("", "landing_page"): "where a person finds them",
    ("sources", "title"): "what it is",
    ("sources ID", "title"): "what it is",
    ("", "cadence"): "when they appear",
    ("sources", "datasets"): "what it has",
    ("", "fed_by"): "`network`, `hand` or `shipped`",
    ("", "base_url"): "the agency's address",
    ("", "sites"): "other sites of the agency: named as the source's address, they are asked instead",
    ("", "key_header"): "the header in which a key is sent",
    ("", "asked_by_year"): "whether it can be asked for one year",
    ("", "leads_on"): "whether its first answer leads to others",
    ("", "recognised"): "whether a document of it is known by its content",
    ("", "expected_rows"): "how many figures a document has",
    ("sources", "parser_version"): "version of its parser",
    ("sources ID", "dataset"): "one of its datasets",
    ("", "dataset_title"): "what that is",
    ("", "concept"): "customs or balance of payments",
    ("", "trade_system"): "general or special trade",
    ("", "seasonal_adjustment"): "NSA, SA or another code",
    ("", "price_basis"): "current or constant",
    ("", "valuation"): "FOB or CIF, by flow",
    ("", "identities"): "declared otherwise than `rounded`",
    ("", "partitions"): "whose parts add up",
    ("", "balance_growth"): "what growth of a balance means",
    ("", "covers"): "what a document prints whole, so that what is missing has vanished",
    ("", "absences"): "from how many releases a figure must be missing to be gone",
    ("", "due"): "days on which a release is expected: ISO dates, `*` for any year or month",
    ("sources --check", "source"): "the source",
    ("", "reached"): "whether it answered",
    ("", "shaped"): "whether in the shape it declares",
    ("sources --check", "sentence"): "what was seen",
    ("", "statement"): "what must hold",
    ("rules", "severity"): "how serious a miss is",
    ("rules", "scope"): "what it relates: `block`, `release` or `ledger` (several releases)",
    ("", "part"): "a table, or a document",
    ("verify", "state"): "what became of it",
    ("verify", "sentence"): "what is wrong, in words",
}  # fmt: skip


def pages() -> dict[Path, str]:
    """Each page with its whole text; of those that a person begins, what stands there and what follows."""
    made = {f"rules/{rule.id}.md": rule_page(rule.id) for rule in RULES}
    begun = {
        "reference/commands.md": commands(),
        "reference/fields.md": fields(),
        "settings.md": settings(),
        "sql.md": columns(),
        "rules/index.md": rules(),
        "sources/index.md": sources(),
    }
    for name, text in begun.items():
        head, mark, _ = (ROOT / "docs" / name).read_text(encoding="utf-8").partition(MARK)
        if not mark:
            raise SystemExit(f"docs/{name} has no line {MARK.strip()}")
        made[name] = f"{head}{MARK}\n{text.strip()}\n"
    return {ROOT / "docs" / name: text for name, text in made.items()} | {ROOT / "mkdocs.yml": contents()}


def contents() -> str:
    """mkdocs.yml, with all rules and sources among the pages."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for folder, names in (("rules", [one.id for one in RULES]), ("sources", load_sources())):
        listed = "".join(f"          - {folder}/{name}.md\n" for name in ("index", *names))
        text = re.sub(rf"(?: +- {folder}/[\w-]+\.md\n)+", listed, text)
    return text


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    head = [*titles]
    lines = [head, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    first, *rest = (f"| {' | '.join(line)} |\n" for line in lines)
    return f"{first}{'|---' * len(head)}|\n{''.join(rest)}"


def commands() -> str:
    """All commands and their options, as Typer describes them."""
    group = command(*COMMANDS)
    context = group.make_context("tradeledger", [], resilient_parsing=True)
    text = get_docs_for_click(obj=group, ctx=context, name="tradeledger")
    _, *parts = re.split(r"^## `tradeledger (\w+)`$", text, flags=re.MULTILINE)
    said = ""
    for name, part in zip(parts[::2], parts[1::2], strict=True):
        part = re.sub(r"\*\*Usage\*\*:\n\n```console\n\$ (.*)\n```", r"    \1", part)
        part = re.sub(r"^\*\*(.*)\*\*:$", r"\1:", part, flags=re.MULTILINE)
        said += f"## {name}\n\n{part.strip()}\n\n"
    return said


def fields() -> str:
    """The fields of every answer."""
    told = {(view.name, column.name): column.about for view in views(sqlite=True) for column in view.columns}
    told |= {("figures", name): about for name, about in ABOUT.items()}
    everywhere = {name: about for (_, name), about in reversed(told.items())}

    def meaning(answer: str, view: str, name: str) -> str:
        found = MEANINGS.get((answer, name)) or MEANINGS.get(("", name)) or told.get((view, name))
        found = found or everywhere.get(name)
        if not found:
            raise SystemExit(f"nothing says what the field {name} of `tradeledger {answer}` means: add it to MEANINGS")
        return found.replace("NULL", "empty")

    cell = table(["field", "meaning"], ((f"`{name}`", meaning("", "figures", name)) for name in CELL))
    said = f"## What a figure is about\n\nAnswers about figures begin with these, “the cell” below.\n\n{cell}\n"
    for answer, where, view in ANSWERS:
        module, _, constant = where.partition(":")
        names = list(getattr(import_module(module), constant))
        whole = set(CELL) <= set(names)
        rows = [("the cell", "as above")] if whole else []
        rows += [(f"`{name}`", meaning(answer, view, name)) for name in names if not (whole and name in CELL)]
        head = f"## {answer}\n\n"
        if answer in ALSO:
            head += f"{ALSO[answer]}`{answer}` have the same.\n\n".capitalize()
        said += f"{head}{table(['field', 'meaning'], rows)}\n"
    return said


def settings() -> str:
    """All variables, with defaults."""

    def rows(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str]]:
        for name, field in model.model_fields.items():
            if name in ("sources", "fetch"):
                continue
            default = "none" if field.default is None else f"`{field.default}`"
            if not field.description:
                raise SystemExit(f"schemas/settings.py says nothing of {name}: it needs a description")
            yield f"`{prefix}{name.upper()}`", default, field.description

    titles = ("variable", "default", "what")
    own = table(titles, rows(Settings, "TRADELEDGER_"))
    each = table(titles, rows(SourceSettings, "TRADELEDGER_SOURCES__<ID>__"))
    asked = table(titles, rows(FetchSettings, "TRADELEDGER_FETCH__"))
    of_source = "Per source, `<ID>` being its id in upper case, such as `WORLDBANK`:"
    return f"## Variables\n\n{own}\n{of_source}\n\n{each}\nHow sources are asked:\n\n{asked}"


def columns() -> str:
    """The views and their columns."""
    said = ""
    for view in views(sqlite=True):
        told = ((one, f" → `{one.refers}`" if one.refers else "") for one in view.columns)
        rows = ((f"`{one.name}`", one.kind, one.about + refers) for one, refers in told)
        said += f"## `{view.name}`\n\n{view.about}\n\n{table(('column', 'kind', 'meaning'), rows)}\n"
    return said


def rules() -> str:
    """The list of rules."""
    rows = ((f"[{one.id}]({one.id}.md)", one.statement, one.severity) for one in RULES)
    return table(("rule", "states", "severity"), rows)


def sources() -> str:
    """The list of sources."""
    known = load_sources().values()
    fed = ("shipped" if one.bundled else "network" if one.requests else "hand" for one in known)
    rows = (
        (f"[{one.id}]({one.id}.md)", one.title, one.publisher, one.cadence, how, one.licence)
        for one, how in zip(known, fed, strict=True)
    )
    return table(("source", "title", "publisher", "published", "fed by", "licence"), rows)


if __name__ == "__main__":
    for path, text in pages().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(ROOT))
