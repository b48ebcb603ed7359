"""``tradeledger export``: the figures ``show`` answers with, for other programs; written as they come."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TextIO

import typer

from cli.formats.files import whole_file
from cli.formats.output import count, generated, machine_stream, note, write_csv
from cli.shared import options as o
from cli.shared.cited import Noted, cited, dataset_titles
from cli.shared.ledger import open_ledger
from cli.show import FIELDS
from schemas.errors import UsageError
from schemas.extras import need
from schemas.fields import ABOUT, CELL

if TYPE_CHECKING:
    from storage.ledger import Ledger


class ExportFormat(StrEnum):
    """What is written."""

    CSV = "csv"
    SDMX_CSV = "sdmx-csv"
    PACKAGE = "package"
    PARQUET = "parquet"
    ARROW = "arrow"
    XLSX = "xlsx"
    VINTAGES = "vintages"


#: How many figures were written, and under which names what stands beside them.
Written = tuple[int, dict[str, bytes]]
#: What is no stream of lines.
_WHOLE: Final = {
    ExportFormat.PACKAGE: "a data package is a ZIP file",
    ExportFormat.PARQUET: "Parquet is written as a whole file",
    ExportFormat.ARROW: "an Arrow file is written whole",
    ExportFormat.XLSX: "a workbook is written as a whole file",
}


@o.filtered()
def export(
    as_of: o.AsOfOption = None,
    released_by: o.ReleasedByOption = None,
    with_held: Annotated[bool, typer.Option("--with-held", help="Held figures in place of those published.")] = False,
    form: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            "-f",
            help="CSV, Parquet, Arrow, SDMX-CSV 2.0, a Frictionless package, XLSX, or vintages side by side.",
        ),
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
    if form is ExportFormat.VINTAGES and with_held:
        raise UsageError("--format vintages has what was published after each release: it goes without --with-held")
    asked = {**filters, "as_of": as_of, "released_by": released_by, "with_held": with_held}
    with open_ledger(**filters) as ledger:
        if output is None or not to_file:
            _LINES[form](ledger, asked, machine_stream())
            return
        number = _WRITE[form](form, ledger, asked, output)
    note(f"{number} figures in {output}")


@contextlib.contextmanager
def _rows(ledger: Ledger, asked: dict[str, Any], *, trace: bool = False) -> Iterator[Noted]:
    from storage import queries

    with contextlib.closing(generated(queries.show(ledger, trace=trace, **asked))) as rows:
        yield Noted(rows)


def _csv(ledger: Ledger, asked: dict[str, Any], stream: TextIO, file: str = "") -> Written:
    from cli.formats.exports.csv_metadata import SUFFIX, metadata

    with _rows(ledger, asked) as rows:
        write_csv(rows, FIELDS, stream)
    about = {name: ABOUT[name] for name in FIELDS}
    return rows.number, {f"{file}{SUFFIX}": metadata(file, about, CELL, rows.cited())} if file else {}


def _sdmx(ledger: Ledger, asked: dict[str, Any], stream: TextIO, file: str = "") -> Written:
    from cli.formats.exports import sdmx_csv, sdmx_structure, sdmx_words

    with _rows(ledger, asked) as rows:
        seen = sdmx_csv.write(rows, stream)
    if not file:
        return rows.number, {}
    lists = sdmx_words.codelists(seen, dataset_titles(), rows.cited())
    name = f"{Path(file).stem}.structure-{{}}.xml"
    return rows.number, {name.format(one): sdmx_structure.structure(one, lists) for one in sdmx_structure.DIALECTS}


def _vintages(ledger: Ledger, asked: dict[str, Any], stream: TextIO, file: str = "") -> Written:
    from cli.formats.exports import vintages
    from cli.formats.exports.csv_metadata import SUFFIX, metadata
    from storage import revision_analysis

    asked = {name: value for name, value in asked.items() if name != "with_held"}
    with contextlib.closing(generated(revision_analysis.triangle(ledger, **asked))) as found:
        rows = count(found)
        columns = vintages.write(rows, stream)
    if not file:
        return rows.number, {}
    from storage.figure_parts import asked as question

    with question(ledger, **asked) as one:
        sources = cited(one.kinds()[1])
    about = {"observation_date": ABOUT["first_day"], "period": ABOUT["period"]} | columns
    return rows.number, {f"{file}{SUFFIX}": metadata(file, about, ["period"], sources)}


#: Formats of lines: to standard output, or into a file with what says beside it what it is.
_LINES: Final = {ExportFormat.CSV: _csv, ExportFormat.SDMX_CSV: _sdmx, ExportFormat.VINTAGES: _vintages}


def _text(form: ExportFormat, ledger: Ledger, asked: dict[str, Any], output: Path) -> int:
    """A file of lines, and beside it what says what they are."""
    alone = output.exists() and not output.is_file()  # a pipe or a device
    with contextlib.ExitStack() as files:
        lines = io.TextIOWrapper(files.enter_context(whole_file(output)), encoding="utf-8", newline="")
        number, beside = _LINES[form](ledger, asked, lines, "" if alone else output.name)
        lines.flush()
        lines.detach()
        for name, content in beside.items():
            files.enter_context(whole_file(output.with_name(name))).write(content)
    return number


def _workbook(form: ExportFormat, ledger: Ledger, asked: dict[str, Any], output: Path) -> int:
    from cli.formats.exports import workbook
    from storage import queries

    about = {name: asked[name] for name in (*o.FINDING_FILTERS, "as_of", "released_by")}
    with whole_file(output) as stream, _rows(ledger, asked, trace=True) as rows:
        findings = queries.findings(ledger, **about)
        workbook.write(rows, (*FIELDS, "cite"), (findings, workbook.FINDINGS), stream, rows.cited)
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
    ExportFormat.XLSX: _workbook,
    ExportFormat.VINTAGES: _text,
}
