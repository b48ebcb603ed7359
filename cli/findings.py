"""``tradeledger findings``: what does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any

import typer

from cli.formats import findings as finding_rows
from cli.formats.output import Format, Row, emit
from cli.shared import options as o
from cli.shared.ledger import open_ledger


@o.filtered(*o.FINDING_FILTERS)
def findings(
    run: Annotated[int | None, typer.Option("--run", metavar="N", help="As this run left them.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also resolved and not evaluable ones.")] = False,
    history: Annotated[
        bool, typer.Option("--history", help="Each with when and in what it appeared, and what ended it.")
    ] = False,
    each: o.EachOption = False,
    as_of: o.AsOfOption = None,
    released_by: o.ReleasedByOption = None,
    limit: o.LimitOption = None,
    form: o.FormatOption = Format.TABLE,
    **filters: Any,
) -> None:
    """Show what does not hold, and since when: new, still there or resolved.

    In a table what one cause explains is one case, one line, the worst first; JSON and CSV have each finding, with its
    case.
    """
    from storage import queries

    with open_ledger(**filters) as ledger:
        asked = {**filters, "run": run, "as_of": as_of, "released_by": released_by}
        if form is Format.TABLE and not each and not history:
            told: Iterator[Row] = iter(queries.cases(ledger, all_=everything, **asked))
            if everything:
                idle = queries.findings(ledger, all_=True, **asked)
                told = chain(told, (row for row in idle if row["result"] != finding_rows.FAILS))
            emit(told, (), finding_rows.CASE_COLUMNS, form, limit=limit, empty="everything holds")
            return
        rows = queries.findings(ledger, all_=everything, history=history, **asked)
        fields = (*finding_rows.FIELDS, *(finding_rows.HISTORY_FIELDS if history else ()))
        columns = finding_rows.HISTORY_COLUMNS if history else finding_rows.COLUMNS
        emit(rows, fields, columns, form, limit=limit, empty="everything holds")
