"""``tradeledger export``: the figures ``show`` answers with, for other programs; written as they come."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.formats.files import whole_file
from cli.formats.output import generated, machine_stream, note, write_csv
from cli.shared import options as o
from cli.shared.cited import Noted, cited, dataset_titles
from cli.shared.ledger import open_ledger
from cli.show import FIELDS
from schemas.errors import UsageError
from schemas.extras import need

if TYPE_CHECKING:
    from storage.ledger import Ledger


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
    to_file = output is not None and str(output) != "-"
    if form in _WHOLE and not to_file:
        raise UsageError(f"{_WHOLE[form]}: say which with --output FILE")
    asked = {**filters, "as_of": as_of, "released_by": released_by, "with_held": with_held}
    with open_ledger(**filters) as ledger:
        if output is None or not to_file:
            with _rows(ledger, asked) as rows:
                _write_lines(form, rows, machine_stream())
            return
        number = _WRITE[form](form, ledger, asked, output)
    note(f"{number} figures in {output}")


@contextlib.contextmanager
def _rows(ledger: Ledger, asked: dict[str, Any], *, trace: bool = False) -> Iterator[Noted]:
    from storage import queries

    with contextlib.closing(generated(queries.show(ledger, trace=trace, **asked))) as rows:
        yield Noted(rows)


def _write_lines(form: ExportFormat, rows: Noted, stream: Any) -> dict[str, set[str]]:
    from cli.formats.exports import sdmx_csv

    if form is ExportFormat.SDMX_CSV:
        return sdmx_csv.write(rows, stream)
    write_csv(rows, FIELDS, stream)
    return {}


def _text(form: ExportFormat, ledger: Ledger, asked: dict[str, Any], output: Path) -> int:
    """A file of lines, and beside it what says what they are."""
    from cli.formats.exports import csv_metadata, sdmx_structure, sdmx_words

    with contextlib.ExitStack() as files, _rows(ledger, asked) as rows:
        lines = io.TextIOWrapper(files.enter_context(whole_file(output)), encoding="utf-8", newline="")
        seen = _write_lines(form, rows, lines)
        lines.flush()
        lines.detach()
        beside: dict[str, bytes] = {}
        if form is ExportFormat.SDMX_CSV:
            lists = sdmx_words.codelists(seen, dataset_titles(), rows.cited())
            for dialect in sdmx_structure.DIALECTS:
                beside[f"{output.stem}.structure-{dialect}.xml"] = sdmx_structure.structure(dialect, lists)
        else:
            name = output.name + csv_metadata.SUFFIX
            beside[name] = csv_metadata.metadata(output.name, FIELDS, rows.cited())
        if not output.exists() or output.is_file():  # not beside a pipe or a device
            for name, content in beside.items():
                files.enter_context(whole_file(output.with_name(name))).write(content)
    return rows.number


def _package(form: ExportFormat, ledger: Ledger, asked: dict[str, Any], output: Path) -> int:
    from cli.formats.exports import data_package

    with whole_file(output) as stream, _rows(ledger, asked, trace=True) as rows:
        data_package.write(rows, (*FIELDS, "cite"), stream, rows.cited)
    return rows.number


def _columns(form: ExportFormat, ledger: Ledger, asked: dict[str, Any], output: Path) -> int:
    from cli.formats.exports import columnar

    need("pyarrow", form, form.title())
    from storage.figure_arrow import figure_tables

    write = columnar.write_parquet if form is ExportFormat.PARQUET else columnar.write_arrow
    with figure_tables(ledger, every=False, **asked) as found, whole_file(output) as stream:
        if str(found.schema.field("value").type).startswith("decimal256"):
            note("more than 38 digits: decimal256, exact in pyarrow and pandas; DuckDB reads it as doubles")
        return write(columnar.described(found.schema, cited(found.sources)), found.tables, stream)


_WRITE: Final = {
    ExportFormat.CSV: _text,
    ExportFormat.SDMX_CSV: _text,
    ExportFormat.PACKAGE: _package,
    ExportFormat.PARQUET: _columns,
    ExportFormat.ARROW: _columns,
}
