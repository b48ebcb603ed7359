"""``tradeledger documents``: what is kept of what sources answered, and the bytes themselves."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.formats.files import whole_file
from cli.formats.output import Column, Format, Row, emit
from cli.shared import options as o
from cli.shared.ledger import kept, open_ledger
from schemas.errors import UsageError

FIELDS: Final = (
    *("document", "source", "name", "url", "media_type", "size", "fetched_at", "released", "released_not_after"),
    *("etag", "last_modified", "run", "replaced_in"),
)


def _released(row: Row) -> str:
    return str(row["released"]) + (f", replaced in run {row['replaced_in']}" if row["replaced_in"] else "")


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
    source: o.SourceOption = None,
    limit: o.LimitOption = None,
    form: o.FormatOption = Format.TABLE,
) -> None:
    """List the documents kept, the latest first; with --extract give one of them back."""
    from storage import queries

    if (extract and not sha256) or (output is not None and not extract):
        raise UsageError("--extract needs a document and --output needs --extract: documents SHA --extract -o FILE")
    if extract and sha256 and len(sha256) == 64 and kept().path(sha256.lower()).exists():
        _extract(sha256.lower(), output)  # an older ledger that was put back does not know of it
        return
    with open_ledger(source) as ledger:
        found = queries.find_document(ledger, sha256, source) if sha256 else None
        if extract and found:
            _extract(found, output)
            return
        rows = queries.documents(ledger, source=source, sha256=found)
        emit(rows, FIELDS, COLUMNS, form, limit=limit, empty="no document yet")


def _extract(sha256: str, output: Path | None) -> None:
    """Verified bytes to a file or standard output; raises LedgerError where they are damaged or missing."""
    content = kept().get(sha256)
    if output is not None and str(output) != "-":
        with whole_file(output) as stream:
            stream.write(content)
        return
    if sys.stdout.isatty():
        raise UsageError("a document is not for a terminal: name a file with --output, or pipe it")
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
