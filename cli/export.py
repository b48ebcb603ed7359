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
from cli.shared.ledger import open_ledger
from cli.show import FIELDS
from schemas.errors import UsageError


class ExportFormat(StrEnum):
    """What is written."""

    CSV = "csv"
    SDMX_CSV = "sdmx-csv"
    PACKAGE = "package"
    PARQUET = "parquet"


#: What is no stream of lines.
_WHOLE: Final = {
    ExportFormat.PACKAGE: "a data package is a ZIP file",
    ExportFormat.PARQUET: "Parquet is written as a whole file",
}


@o.filtered()
def export(
    as_of: o.AsOfOption = None,
    released_by: o.ReleasedByOption = None,
    with_held: Annotated[bool, typer.Option("--with-held", help="Held figures in place of those published.")] = False,
    form: Annotated[
        ExportFormat,
        typer.Option("--format", "-f", help="CSV, Parquet, SDMX-CSV 2.0, or a Frictionless data package."),
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
    with open_ledger(**filters) as ledger:
        found = queries.show(ledger, as_of=as_of, released_by=released_by, with_held=with_held, **filters)
        with contextlib.closing(generated(found)) as rows:
            if output is None or not to_file:
                _write_lines(form, rows, machine_stream())
                return
            written = count(rows)
            with whole_file(output) as stream:
                _write_file(form, iter(written), stream)
            note(f"{written.number} figures in {output}")


def _write_lines(form: ExportFormat, rows: Iterator[Row], stream: TextIO) -> None:
    from cli.formats import sdmx_csv

    if form is ExportFormat.SDMX_CSV:
        sdmx_csv.write(rows, stream)
    else:
        write_csv(rows, FIELDS, stream)


def _write_file(form: ExportFormat, rows: Iterator[Row], stream: BinaryIO) -> None:
    if form is ExportFormat.PACKAGE:
        from cli.formats import data_package

        data_package.write(rows, FIELDS, stream, _sources())
    elif form is ExportFormat.PARQUET:
        from cli.formats import parquet

        parquet.write(rows, FIELDS, stream)
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
