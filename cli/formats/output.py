"""Rows to standard output: a table for people, JSON and CSV for programs.

JSON is an array of flat objects, one a line, written as the rows come; CSV has the same fields. Both are UTF-8
whatever the terminal says.
"""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import json
import os
import re
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final, TextIO

from cli.formats.terminal.pager import paged
from cli.formats.terminal.tables import Column, Row, table_lines
from cli.formats.text import escape_json, printable

__all__ = ["Column", "Row"]

#: A table shows this many rows where nothing else is said; JSON and CSV have all.
TABLE_ROWS: Final = 200
#: Texts that a spreadsheet would take for a formula, unless they are a figure or a sign alone.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_SIGNS: Final = ("=", "+", "-", "@")
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode
#: Classes of nearly all values.
_PLAIN: Final = (str, int, bool)
_FIGURE = re.compile(r"[+-]?\d+(\.\d+)?…?")


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def emit(
    rows: Iterable[Row],
    fields: Sequence[str],
    columns: Sequence[Column],
    form: Format,
    *,
    limit: int | None = None,
    empty: str = "nothing found",
) -> int:
    """Write ``rows`` and return how many were written; ``limit`` 0 means all, None what suits the format."""
    wanted = (TABLE_ROWS if form is Format.TABLE else 0) if limit is None else limit
    with contextlib.closing(generated(rows)) as source:
        written = count(itertools.islice(source, wanted or None))
        if form is Format.JSON:
            write_json(written, fields, machine_stream())
        elif form is Format.CSV:
            write_csv(written, fields, machine_stream())
        else:
            lines = iter(written)
            with paged() as write:
                # Tables of at most a few thousand rows each, so that memory does not grow with the ledger.
                while chunk := list(itertools.islice(lines, 5000)):
                    for line in table_lines(columns, chunk):
                        write(line + "\n")
            if not written.number:
                note(empty)
            elif limit is None and next(source, None) is not None:
                note(f"the first {written.number} rows; all with --limit 0, --format csv or --format json")
    return written.number


class count:
    """Iterate and count."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.number = 0
        self._rows = rows

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.number += 1
            yield row


def generated(rows: Iterable[Row]) -> Generator[Row]:
    """``rows`` as a generator, closed where they are: a query left half read must let go of its connection now."""
    yield from rows


def machine_stream() -> TextIO:
    """Standard output as programs want it: UTF-8, line ends as written."""
    stream = sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="surrogatepass", newline="")
    return stream


def write_json(rows: Iterable[Row], fields: Sequence[str], stream: TextIO) -> None:
    """An array of objects, one a line, keys in the order of ``fields``."""
    stream.write("[")
    for number, row in enumerate(rows):
        text = _ENCODE({name: row[name] for name in fields})
        stream.write(f"{',' if number else ''}\n  {escape_json(text)}")
    stream.write("\n]\n")


def write_csv(rows: Iterable[Row], fields: Sequence[str], stream: TextIO) -> None:
    """A header and a line a row; lists are JSON within their cell, what looks like a formula an apostrophe."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(fields)
    columns = [_Cells() for _ in fields]
    for row in rows:
        values = zip(columns, map(row.__getitem__, fields), strict=True)
        writer.writerow([cells[value] if value.__class__ in _PLAIN else cell(value) for cells, value in values])


class _Cells(dict[object, str]):
    """The cells of a column by value: texts repeat, row after row."""

    def __missing__(self, value: object) -> str:
        if len(self) == 4096:
            self.clear()
        text = self[value] = cell(value)
        return text


def cell(value: object) -> str:
    """One CSV cell, safe to open in a spreadsheet and to look at in a terminal."""
    if isinstance(value, str) and value.isprintable() and value[:1] not in _SIGNS:
        return value  # nearly all
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | dict):
        return escape_json(json.dumps(value, ensure_ascii=False))
    text = str(value)
    # The apostrophe comes first: cleaning turns a leading tab into a space.
    guarded = len(text) > 1 and _FORMULA.match(text) and not _FIGURE.fullmatch(text)
    return f"'{printable(text)}" if guarded else printable(text)


def print_table(columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """A table as wide as the terminal, where there is one."""
    for line in table_lines(columns, rows):
        sys.stdout.write(line + "\n")


def say(text: str = "") -> None:
    """A line of the account to people, on standard output."""
    sys.stdout.write(printable(text) + "\n")
    sys.stdout.flush()  # `up` goes on for days: a pipe should have the line now


def note(text: str) -> None:
    """A line beside the output proper, on standard error."""
    sys.stderr.write(printable(text) + "\n")


def drop_stdout() -> None:
    """Let what is still buffered go nowhere: the reader of the pipe has left."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def outlives_pipe() -> Iterator[None]:
    """For commands whose exit status says more than "printed": a reader that left early changes nothing about it."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        drop_stdout()
