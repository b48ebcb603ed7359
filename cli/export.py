"""``tradeledger export``: the figures ``show`` answers with, for other programs; written as they come."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final, TextIO

import typer

from cli.formats.files import whole_file
from cli.formats.output import Row, count, generated, machine_stream, note, write_csv
from cli.shared import options as o
from cli.shared.cited import cited
from cli.shared.ledger import open_ledger
from cli.show import FIELDS
from schemas.errors import UsageError
from schemas.extras import need


class ExportFormat(StrEnum):
    """What is written."""

    CSV = "csv"
    SDMX_CSV = "sdmx-csv"
    PACKAGE = "package"
    PARQUET = "parquet"
    ARROW = "arrow"


#: What is no stream of lines.
_WHOLE: Final = {
    ExportFormat.PACKAGE: "a data package is a ZIP file",
    ExportFormat.PARQUET: "Parquet is written as a whole file",
    ExportFormat.ARROW: "an Arrow file is written whole",
}
#: Written by columns; how people call it.
_COLUMNAR: Final = {ExportFormat.PARQUET: "Parquet", ExportFormat.ARROW: "Arrow"}


@o.filtered()
def export(
    as_of: o.AsOfOption = None,
    released_by: o.ReleasedByOption = None,
    with_held: Annotated[bool, typer.Option("--with-held", help="Held figures in place of those published.")] = False,
    form: Annotated[
        ExportFormat,
        typer.Option("--format", "-f", help="CSV, Parquet, Arrow, SDMX-CSV 2.0, or a Frictionless data package."),
    ] = ExportFormat.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Into this file; else standard output.")
    ] = None,
    **filters: Any,
) -> None:
    """Write published figures for other programs: all of them, or those the same filters as of show leave."""
    from storage import queries

    to_file = output is not None and str(output) != "-"
    if form in _WHOLE and not to_file:
        raise UsageError(f"{_WHOLE[form]}: say which with --output FILE")
    asked = {**filters, "as_of": as_of, "released_by": released_by, "with_held": with_held}
    if form in _COLUMNAR and output is not None:
        note(f"{_write_columns(form, output, asked)} figures in {output}")
        return
    with open_ledger(**filters) as ledger:
        found = queries.show(ledger, **asked)
        with contextlib.closing(generated(found)) as rows:
            if output is None or not to_file:
                _write_lines(form, rows, machine_stream())
                return
            written = count(rows)
            with whole_file(output) as stream:
                _write_file(form, iter(written), stream)
            note(f"{written.number} figures in {output}")


def _write_columns(form: ExportFormat, output: Path, asked: dict[str, Any]) -> int:
    """Write a file of columns; how many rows it has."""
    from cli.formats.exports import columnar

    need("pyarrow", form, _COLUMNAR[form])
    from storage.figure_arrow import figure_tables

    write = columnar.write_parquet if form is ExportFormat.PARQUET else columnar.write_arrow
    filters = {name: asked[name] for name in o.FILTERS}
    with (
        open_ledger(**filters) as ledger,
        figure_tables(ledger, **asked) as found,
        whole_file(output) as stream,
    ):
        if str(found.schema.field("value").type).startswith("decimal256"):
            note("more than 38 digits: decimal256, exact in pyarrow and pandas; DuckDB reads it as doubles")
        return write(columnar.described(found.schema, cited(found.sources)), found.tables, stream)


def _write_lines(form: ExportFormat, rows: Iterator[Row], stream: TextIO) -> None:
    from cli.formats.exports import sdmx_csv

    if form is ExportFormat.SDMX_CSV:
        sdmx_csv.write(rows, stream)
    else:
        write_csv(rows, FIELDS, stream)


def _write_file(form: ExportFormat, rows: Iterator[Row], stream: BinaryIO) -> None:
    if form is ExportFormat.PACKAGE:
        from cli.formats.exports import data_package

        data_package.write(rows, FIELDS, stream, _sources())
    else:
        lines = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        _write_lines(form, rows, lines)
        lines.flush()
        lines.detach()


def _sources() -> list[dict[str, Any]]:
    from sources.registry import load_sources

    return [
        {"name": one.id, "title": f"{one.title}, {one.publisher}", "path": one.landing_page, "licence": one.licence}
        for one in load_sources().values()
    ]
