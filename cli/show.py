"""``tradeledger show``: published figures. Imports neither Prefect nor pandas, and never creates the ledger."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from cli.formats.figures import about, figure, interval
from cli.formats.output import Column, Format, emit, note
from cli.shared import options as o
from cli.shared.ledger import open_ledger
from schemas.errors import UsageError
from schemas.fields import FIGURES

FIELDS: Final = FIGURES
#: What ``--trace`` adds: where in which document the figure stood, and who read it there.
TRACE_FIELDS: Final = (
    *("position", "name", "url", "fetched_at", "parser_version", "read_by", "prefect_run", "run_kind", "rules_version"),
    "cite",
)

COLUMNS: Final = (
    Column("period"),
    Column("what", about, fold=True),
    Column("figure", lambda row: figure(row["value"], row), right=True),
    *map(Column, ("released", "pending")),
    Column("accepted", lambda row: "yes" if row["accepted"] else ""),
    Column("dataset", fold=True),
)

IMPLIED_COLUMNS: Final = (*COLUMNS[:3], Column("lies in", interval, right=True), *COLUMNS[3:])
TRACE_COLUMNS: Final = (
    *COLUMNS[:4],
    Column("document", lambda row: row["document"][:12]),
    Column("name", fold=True),
    Column("position", fold=True),
    Column("parser", "parser_version", right=True),
    Column("read by run", "read_by", right=True),
    Column("published by", lambda row: f"{row['run']} ({row['run_kind']})"),
    Column("recorded", lambda row: row["recorded_at"][:19].replace("T", " ")),
    Column("Prefect run", "prefect_run", fold=True),
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
    with open_ledger(**filters) as ledger:
        unshown: list[int] = []
        asked = {**filters, "as_of": as_of, "released_by": released_by, "with_held": with_held, "trace": trace}
        rows = queries.show(ledger, every=True, unshown=unshown, **asked)
        if implied:
            from cli.shared import implied as release

            rows = release.rows(ledger, rows, filters, released_by)
        fields = (*FIELDS, *(TRACE_FIELDS if trace else ()))
        columns = TRACE_COLUMNS if trace else IMPLIED_COLUMNS if implied else COLUMNS
        emit(rows, fields, columns, form, limit=limit)
    if unshown:
        note(
            f"{len(unshown)} more with no figure in force: {sum(unshown)} readings wait for a decision; "
            "--with-held shows them with their documents, tradeledger review decides"
        )
