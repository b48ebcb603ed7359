"""``tradeledger documents``: what is kept of what sources answered, and the bytes themselves."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.formats.figures import about, figure
from cli.formats.files import whole_file
from cli.formats.output import Column, Format, Row, emit, note
from cli.shared import options as o
from cli.shared.ledger import kept, open_ledger
from schemas.errors import UsageError

if TYPE_CHECKING:
    from storage.ledger import Ledger

FIELDS: Final = (
    *("document", "source", "name", "url", "media_type", "size", "fetched_at", "released", "released_not_after"),
    *("etag", "last_modified", "run", "replaced_in"),
)


def _released(row: Row) -> str:
    return str(row["released"]) + (f", replaced in run {row['replaced_in']}" if row["replaced_in"] else "")


#: Of a cell of which two documents say different figures.
DIFFERENCES: Final = (
    *("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis", "period", "unit"),
    *(f"{name}_{letter}" for letter in "ab" for name in ("value", "step", "qualifier", "status", "position")),
)


def _side(letter: str) -> Column:
    """What one of the two says."""
    names = ("value", "step", "qualifier", "status")
    return Column(
        f"in {letter.upper()}",
        lambda row: figure(row[f"value_{letter}"], {**row, **{name: row[f"{name}_{letter}"] for name in names}}),
        right=True,
    )


DIFFERENT: Final = (
    Column("period"),
    Column("what", about, fold=True),
    *(one for letter in "ab" for one in (_side(letter), Column("at", f"position_{letter}", fold=True))),
)
COLUMNS: Final = (
    Column("document", lambda row: row["document"][:12]),
    Column("source"),
    Column("name", fold=True),
    Column("bytes", lambda row: f"{row['size']:,}", right=True),
    Column("released", _released),
    Column("run", right=True),
)


def documents(
    sha256: Annotated[
        str | None, typer.Argument(metavar="[SHA]", help="Only this document; the beginning of its SHA-256 is enough.")
    ] = None,
    extract: Annotated[bool, typer.Option("--extract", help="Give back its bytes, as the source answered.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="With --extract: into this file.")
    ] = None,
    diff: Annotated[
        tuple[str, str] | None,
        typer.Option("--diff", metavar="A B", help="The cells of which two documents say different figures."),
    ] = None,
    source: o.SourcesOption = None,
    limit: o.LimitOption = None,
    form: o.FormatOption = Format.TABLE,
) -> None:
    """List the documents kept, the latest first; with --extract give one of them back, with --diff compare two."""
    from storage import queries

    if diff and (sha256 or extract or output):
        raise UsageError("--diff compares two documents and goes with no other one: documents --diff A B")
    if (extract and not sha256) or (output is not None and not extract):
        raise UsageError("--extract needs a document and --output needs --extract: documents SHA --extract -o FILE")
    if extract and sha256 and len(sha256) == 64 and (content := kept().find(sha256.lower())) is not None:
        _give(content, output)  # an older ledger that was put back does not know of it
        return
    with open_ledger(source) as ledger:
        if diff:
            a, b = (queries.find_document(ledger, one, source) for one in diff)
            _differences(ledger, a, b, limit, form)
            return
        found = queries.find_document(ledger, sha256, source) if sha256 else None
        if extract and found:
            _give(kept().get(found), output)
            return
        rows = queries.documents(ledger, source=source, sha256=found)
        emit(rows, FIELDS, COLUMNS, form, limit=limit, empty="no document yet")


def _differences(ledger: Ledger, a: str, b: str, limit: int | None, form: Format) -> None:
    """The cells that differ; and, to people, how many only one of the two says."""
    from storage.documents import differences

    rows, only_a, only_b = differences(ledger, a, b)
    emit(rows, DIFFERENCES, DIFFERENT, form, limit=limit, empty="no cell of which both say something differs")
    for sha, number in ((a, only_a), (b, only_b)):
        if number:
            note(f"{number:,} cell{'' if number == 1 else 's'} only {sha[:12]} says")


def _give(content: bytes, output: Path | None) -> None:
    """Write the bytes to a file or standard output."""
    if output is not None and str(output) != "-":
        with whole_file(output) as stream:
            stream.write(content)
        return
    if sys.stdout.isatty():
        raise UsageError("a document is not for a terminal: name a file with --output, or pipe it")
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
