"""Commands that read the ledger: ``show``, ``findings``, ``runs``.

None of them imports Prefect, pandas or Pandera, and none creates the ledger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli import findings as finding_rows
from cli import options as o
from cli.output import Column, Format, Row, emit, note
from cli.text import scaled
from schemas.errors import TradeledgerError, UsageError
from schemas.vocabulary import absence

if TYPE_CHECKING:
    from storage.ledger import Ledger

SHOW_FIELDS: Final = (
    *("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis", "period", "unit"),
    *("value", "step", "low", "high", "qualifier", "status", "released", "recorded_at", "pending", "source", "run"),
    *("document", "accepted"),
)
#: What ``--trace`` adds: where in which document the figure stood, and who read it there.
TRACE_FIELDS: Final = (
    *("position", "name", "url", "fetched_at", "parser_version", "read_by", "prefect_run", "run_kind", "rules_version"),
)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (show, findings, runs):
        app.command()(command)


def open_ledger(source: str | None = None) -> Ledger:
    """The ledger of the settings; raises LedgerError where there is none, UsageError for a ``source`` there is not."""
    from schemas.settings import load_settings
    from storage.ledger import Ledger
    from storage.queries import known_sources

    ledger = Ledger.open(load_settings().ledger_url, create=False)
    try:
        if source is not None and source not in known_sources(ledger):
            from sources.registry import find_source

            find_source(source)
    except TradeledgerError:
        ledger.close()
        raise
    return ledger


def about(row: Row) -> str:
    """The series in few words: what is not said is the whole, of the world: ``CHN cultural-products``."""
    from schemas.vocabulary import FLOWS, MEASURES

    partner = "" if row["partner"] == "WLD" else f"with {row['partner']}"
    product = "" if row["product"] == "total" else row["product"]
    breakdown = "" if row["breakdown"] == "_T" else row["breakdown"]
    flow = FLOWS.get(row["flow"], row["flow"])
    measure = "" if row["measure"] == "level" else MEASURES.get(row["measure"], row["measure"])
    basis = "" if row["basis"] == "_Z" else f"of {row['basis']}" if row["measure"] == "share" else f"in {row['basis']}"
    what = " ".join(part for part in (flow, measure, basis) if part)
    return " ".join(part for part in (row["reporter"], partner, product, breakdown) if part) + (
        f": {what}" if what else ""
    )


def figure(value: str | None, row: Row) -> str:
    """A figure for people, with its qualifier; where there is none its status says why."""
    if value in (None, ""):
        return absence(row["status"])
    said = scaled(value, row["step"], row["unit"])
    return said if row["qualifier"] == "=" else f"{row['qualifier']} {said}"


SHOW_COLUMNS: Final = (
    Column("period", lambda row: row["period"]),
    Column("what", about, fold=True),
    Column("figure", lambda row: figure(row["value"], row), right=True),
    Column("released", lambda row: row["released"]),
    Column("pending", lambda row: row["pending"]),
    Column("accepted", lambda row: "yes" if row["accepted"] else ""),
    Column("dataset", lambda row: row["dataset"], fold=True),
)


def interval(row: Row) -> str:
    """Where the true value lies, for people: ``102.3757 – 102.3932 bn USD``."""
    ends = [scaled(row[end], "", row["unit"]) if row[end] else "…" for end in ("low", "high")]
    return " – ".join(ends)


IMPLIED_COLUMNS: Final = (*SHOW_COLUMNS[:3], Column("lies in", interval, right=True), *SHOW_COLUMNS[3:])
TRACE_COLUMNS: Final = (
    *SHOW_COLUMNS[:4],
    Column("document", lambda row: row["document"][:12]),
    Column("name", lambda row: row["name"], fold=True),
    Column("position", lambda row: row["position"], fold=True),
    Column("parser", lambda row: str(row["parser_version"]), right=True),
    Column("read by run", lambda row: str(row["read_by"]), right=True),
    Column("published by", lambda row: f"{row['run']} ({row['run_kind']})"),
    Column("recorded", lambda row: row["recorded_at"][:19].replace("T", " ")),
    Column("Prefect run", lambda row: row["prefect_run"], fold=True),
)
RUN_FIELDS: Final = (
    *("run", "kind", "source", "outcome", "recorded_at", "parsed", "published", "unchanged", "held", "rejected"),
    *("repeated", "unreadable", "still_held", "parser_version", "rules_version", "prefect_run", "message"),
)
RUN_COLUMNS: Final = (
    Column("run", lambda row: str(row["run"]), right=True),
    Column("recorded", lambda row: row["recorded_at"][:19].replace("T", " ")),
    Column("source", lambda row: row["source"]),
    Column("outcome", lambda row: row["outcome"]),
    *(
        Column(name, lambda row, name=name: str(row[name] or ""), right=True)  # type: ignore[misc]
        for name in ("published", "unchanged", "held", "rejected", "repeated", "unreadable", "still_held")
    ),
    Column("message", lambda row: row["message"], fold=True),
)


@o.filtered()
def show(
    as_of: o.AsOfOption = None,
    released_by: o.ReleasedByOption = None,
    with_held: Annotated[
        bool, typer.Option("--with-held", help="Answer with held figures where there are, every reading that waits.")
    ] = False,
    implied: Annotated[
        bool, typer.Option("--implied", help="Also what nobody printed but the rules pin down, as intervals.")
    ] = False,
    trace: Annotated[
        bool, typer.Option("--trace", help="Each with where in which document it stood, and which run read it.")
    ] = False,
    limit: o.LimitOption = None,
    form: o.FormatOption = Format.TABLE,
    **filters: Any,
) -> None:
    """Show published figures, one row a cell: the latest, or what was known on a day."""
    from storage import queries

    if implied and trace:
        raise UsageError("--trace is about what was printed, --implied also about what was not: ask one at a time")
    if implied and (as_of or with_held):
        raise UsageError("--implied answers from what is published now: it goes with --released-by, not with --as-of")
    with open_ledger(filters["source"]) as ledger:
        unshown: list[int] = []
        asked = {**filters, "as_of": as_of, "released_by": released_by, "with_held": with_held, "trace": trace}
        rows = queries.show(ledger, every=True, unshown=unshown, **asked)
        if implied:
            from cli import implying

            rows = implying.rows(ledger, rows, filters, released_by)
        fields = (*SHOW_FIELDS, *(TRACE_FIELDS if trace else ()))
        columns = TRACE_COLUMNS if trace else IMPLIED_COLUMNS if implied else SHOW_COLUMNS
        emit(rows, fields, columns, form, limit=limit)
    if unshown:
        note(
            f"{len(unshown)} more with no figure in force: {sum(unshown)} readings wait for a decision; "
            "--with-held shows them with their documents, tradeledger review decides"
        )


@o.filtered(*o.FINDING_FILTERS)
def findings(
    run: Annotated[int | None, typer.Option("--run", metavar="N", help="As this run left them.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also resolved and not evaluable ones.")] = False,
    history: Annotated[
        bool, typer.Option("--history", help="Each with when and in what it appeared, and what ended it.")
    ] = False,
    as_of: o.AsOfOption = None,
    released_by: o.ReleasedByOption = None,
    limit: o.LimitOption = None,
    form: o.FormatOption = Format.TABLE,
    **filters: Any,
) -> None:
    """Show what does not hold, and since when: new, still there or resolved."""
    from storage import queries

    with open_ledger(filters["source"]) as ledger:
        asked = {**filters, "run": run, "as_of": as_of, "released_by": released_by}
        rows = queries.findings(ledger, all_=everything, history=history, **asked)
        fields = (*finding_rows.FIELDS, *(finding_rows.HISTORY_FIELDS if history else ()))
        columns = finding_rows.HISTORY_COLUMNS if history else finding_rows.COLUMNS
        emit(rows, fields, columns, form, limit=limit, empty="everything holds")


def runs(source: o.SourceOption = None, limit: o.LimitOption = None, form: o.FormatOption = Format.TABLE) -> None:
    """List runs, the latest first, with what became of every figure."""
    from storage import queries

    with open_ledger(source) as ledger:
        emit(queries.runs(ledger, source=source), RUN_FIELDS, RUN_COLUMNS, form, limit=limit, empty="no run yet")
