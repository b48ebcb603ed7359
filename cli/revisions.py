"""``tradeledger revisions``: what changed after it was first published, one by one or added up.

Imports neither Prefect nor pandas, and never creates the ledger.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Final

import typer

from cli.formats import changes
from cli.formats.figures import about
from cli.formats.output import Column, Format, Row, emit, generated, note, print_table, say
from cli.formats.text import scaled
from cli.formats.triangles import grid
from cli.shared import options as o
from cli.shared.ledger import open_ledger
from schemas.errors import UsageError
from schemas.fields import VINTAGES as VINTAGE_ROWS
from schemas.figures import decimal_text

VINTAGE_FIELDS: Final = VINTAGE_ROWS
SUMMARY_FIELDS: Final = (
    *("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis", "unit", "step"),
    *("releases", "cells", "revised", "share_revised", "upward", "downward", "sum_revision", "sum_absolute_revision"),
    *("mean_revision", "mean_absolute_revision", "relative_mean_absolute_revision"),
    *("mean_releases_until_final", "max_releases_until_final"),
)
#: So many of the latest releases stand side by side in a triangle where nothing else is said.
VINTAGES: Final = 8
#: So many series are shown as triangles where nothing else is said.
TRIANGLES: Final = 20
#: Stands at the end of a decimal that does not end.
CUT: Final = "…"


def _mean(name: str) -> Callable[[Row], str]:
    """A mean for people, with two digits more than its figures were printed with."""
    return lambda row: scaled(row[name].rstrip(CUT), decimal_text(Fraction(row["step"]) / 100), row["unit"])


def _short(name: str, digits: int, unit: str = "") -> Callable[[Row], str]:
    return lambda row: f"{Decimal(row[name].rstrip(CUT)):.{digits}f}{unit}" if row[name] else ""


SUMMARY_COLUMNS: Final = (
    Column("what", about, fold=True),
    Column("cells", right=True),
    Column("revised", right=True),
    Column("share", _short("share_revised", 1, " %"), right=True),
    Column("up", "upward", right=True),
    Column("down", "downward", right=True),
    Column("mean (MR)", _mean("mean_revision"), right=True),
    Column("absolute (MAR)", _mean("mean_absolute_revision"), right=True),
    Column("relative (RMAR)", _short("relative_mean_absolute_revision", 2, " %"), right=True),
    Column("releases until final", _short("mean_releases_until_final", 1), right=True),
    Column("at most", lambda row: str(row["max_releases_until_final"] or ""), right=True),
    Column("dataset", fold=True),
)


@o.filtered()
def revisions(
    as_of: o.AsOfOption = None,
    released_by: o.ReleasedByOption = None,
    triangle: Annotated[
        bool, typer.Option("--triangle", help="What was known of each period after each release, series by series.")
    ] = False,
    summary: Annotated[
        bool, typer.Option("--summary", help="How each series is revised: how often, by how much, for how long.")
    ] = False,
    limit: o.LimitOption = None,
    form: o.FormatOption = Format.TABLE,
    **filters: Any,
) -> None:
    """Show what changed after it was first published: when, and by how much."""
    from storage import queries, revision_analysis

    if triangle and summary:
        raise UsageError("--triangle and --summary are two answers: ask one at a time")
    asked = {**filters, "as_of": as_of, "released_by": released_by}
    with open_ledger(**filters) as ledger:
        if summary:
            rows = revision_analysis.summary(ledger, **asked)
            emit(rows, SUMMARY_FIELDS, SUMMARY_COLUMNS, form, limit=limit, empty="nothing was released twice")
        elif triangle and form is Format.TABLE:
            _print_triangles(revision_analysis.triangle(ledger, **asked), limit)
        elif triangle:
            emit(revision_analysis.triangle(ledger, **asked), VINTAGE_FIELDS, (), form, limit=limit)
        else:
            rows = queries.revisions(ledger, **asked)
            emit(rows, changes.FIELDS, changes.COLUMNS, form, limit=limit, empty="nothing was revised")


def _print_triangles(rows: Iterator[Row], limit: int | None) -> None:
    """For each series a table: a line a period, a column a release; the latest VINTAGES unless ``limit`` is 0.

    ``limit`` counts series, by default 20.
    """
    keys = ("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis", "unit")
    wanted = TRIANGLES if limit is None else limit
    number = 0
    with contextlib.closing(generated(rows)) as source:
        for _, group in itertools.groupby(source, key=lambda row: [row[name] for name in keys]):
            if wanted and number == wanted:
                note(f"the first {wanted} series; all with --limit 0, --format csv or --format json")
                break
            number += 1
            _print_triangle(list(group), 0 if limit == 0 else VINTAGES)
    if not number:
        note("nothing found")


def _print_triangle(rows: Sequence[Row], most: int) -> None:
    shown, lines, number = grid(rows, most)
    earlier = "" if len(shown) == number else f", the latest {most} of {number} releases"
    say(f"{about(rows[0])} ({rows[0]['dataset']}{earlier}; * revised)")
    print_table([Column("period"), *(Column(one, right=True) for one in shown)], lines)
    say()
