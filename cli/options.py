"""Options that several commands share, each with one name and one meaning."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.output import TABLE_ROWS, Format

FormatOption = Annotated[
    Format, typer.Option("--format", "-f", help="How to write rows: a table for people, JSON or CSV for programs.")
]
LimitOption = Annotated[
    int | None,
    typer.Option("--limit", min=0, metavar="N", help=f"At most N rows, 0 for all; by default {TABLE_ROWS} in a table."),
]
DatasetOption = Annotated[str | None, typer.Option("--dataset", metavar="ID", help="Only this dataset.")]
ReporterOption = Annotated[str | None, typer.Option("--reporter", metavar="AREA", help="Only this reporting area.")]
PartnerOption = Annotated[str | None, typer.Option("--partner", metavar="AREA", help="Only this partner area.")]
ProductOption = Annotated[str | None, typer.Option("--product", metavar="WORD", help="Only this product.")]
BreakdownOption = Annotated[str | None, typer.Option("--breakdown", metavar="WORD", help="Only this breakdown.")]
FlowOption = Annotated[
    str | None, typer.Option("--flow", metavar="CODE", help="Only this flow: X, M, T, B, DX, RX, RM or _Z.")
]
MeasureOption = Annotated[
    str | None, typer.Option("--measure", metavar="WORD", help="Only this measure: level, growth_yoy, share, …")
]
PeriodOption = Annotated[
    str | None, typer.Option("--period", metavar="PERIOD", help="Only this period: 2019, 2019-Q3, 2019-03, …")
]
SourceOption = Annotated[str | None, typer.Option("--source", metavar="ID", help="Only what came from this source.")]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="WHEN", help="As this ledger had it at that instant; a date means its end, UTC."),
]
ReleasedByOption = Annotated[
    str | None,
    typer.Option("--released-by", metavar="DATE", help="As the agency had published it by that date."),
]
