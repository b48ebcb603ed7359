"""A CSV file as columns: block by block, so that a file of any shape costs little more than its own size in memory.

The structure of the file is judged here, not what its cells say: a header of known columns, rows of its shape.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from schemas.documents import Document, Unreadable
from schemas.errors import ParseError
from schemas.printed import parse_column
from sources.shared.sniff import first_words
from sources.shared.tables.columns import LISTED, Coder, Column, Flags, Ints
from sources.shared.tables.hints import separator_hint
from sources.shared.tables.rows import Rows, blocks

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

AMBIGUOUS: Final = "a quote or bare carriage return inside a field makes rows ambiguous; expected CSV as in RFC 4180"
#: A header longer than this is none: fifteen names take 120 characters.
_LONGEST: Final = 20_000
#: Characters that the cells of a figure take at least: "d", "FRA", "X", "2019" and "%".
_SHORTEST: Final = 10
#: Bytes of a row that a message may need.
_SHOWN: Final = 480


@dataclass
class Table:
    """The rows of a CSV file that have the shape of its header, and how many others it has, of which some are listed.

    ``columns`` are coded, but for ``value``: its texts stand in ``values`` and, read, in ``mantissa`` and ``exponent``;
    ``unparsed`` are no figures.
    """

    header: tuple[str, ...] = ()
    numbers: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    columns: dict[str, Column] = field(default_factory=dict)
    values: npt.NDArray[Any] = field(default_factory=lambda: np.zeros(0, dtype=object))
    mantissa: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    exponent: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    unparsed: Flags = field(default_factory=lambda: np.zeros(0, dtype=bool))
    misshapen: list[tuple[int, Unreadable]] = field(default_factory=list)
    others: int = 0
    last_other: int = 0  # the number of the last of the others
    #: Where each figure stands, packed; None where a row is one figure, in the column ``value``.
    places: Ints | None = None

    def __len__(self) -> int:
        return len(self.numbers)


def read_table(document: Document, content: bytes, known: Mapping[str, str], required: Collection[str]) -> Table:
    """The ``content`` of a document, text without NULs, as columns, those that it has.

    ``known`` are its names of columns → ours, of which it must have the ``required``. Raises ParseError for a header
    that is none, and where rows cannot be told apart.
    """
    table = Table()
    _check_size(content, document.name, known)
    coders = {name: Coder() for name in known.values() if name != "value"}
    numbers, values, figures, short = [], [], [], 0
    for rows in blocks(content):
        body = ~rows.blank
        if not table.header:
            if not body.any():
                continue
            at = int(np.argmax(body))
            table.header = _header(rows, at, document.name, known, required)
            body[: at + 1] = False
        _check_quotes(rows, document.name)
        good = body & (rows.fields == len(table.header)) & ~rows.stray
        _list(table, rows, body & ~good, document)
        # Too short for any figure. Those that are listed are read like others; the rest need only be counted.
        few = good & (rows.end - rows.start < len(table.header) - 1 + _SHORTEST)
        rest = few & (np.cumsum(few) > LISTED - short)
        short += int(few.sum())
        if rest.any():
            good &= ~rest
            table.others += int(rest.sum())
            table.last_other = max(table.last_other, int(np.flatnonzero(rest)[-1]) + rows.first)
        if not good.any():
            continue
        frame = _frame(rows.keep(good), table.header, document.name)
        if len(frame) != good.sum():
            raise ParseError(f"{document.name}: {AMBIGUOUS}")
        numbers.append(np.flatnonzero(good) + rows.first)
        for name, coder in coders.items():
            if name in table.header:
                coder.add(frame.pop(name).to_numpy())
        texts = np.array([text.strip() for text in frame.pop("value")], dtype=object)
        values.append(texts)
        figures.append(_figures(texts))
    if numbers:
        table.numbers, table.values = np.concatenate(numbers), np.concatenate(values)
        table.mantissa, table.exponent, table.unparsed = map(np.concatenate, zip(*figures, strict=True))
        figures.clear()
    table.columns = {name: coder.column() for name, coder in coders.items() if name in table.header}
    return table


def _check_size(content: bytes, name: str, known: Iterable[str]) -> None:
    """Refuse a first line that is no header before anything is made of it."""
    begin = len(content) - len(content.lstrip())
    end = content.find(b"\n", begin)
    end = len(content) if end < 0 else end
    if end - begin > _LONGEST:
        columns = content.count(b",", begin, end) + 1
        begins = first_words(content[begin : begin + _SHOWN])
        raise ParseError(
            f"{name}: its first line, {begins!r}, has {end - begin:,} characters in {columns:,} columns: "
            f"expected {','.join(known)}"
        )


def _figures(texts: npt.NDArray[Any]) -> tuple[Ints, Ints, Flags]:
    mantissa, exponent, why = parse_column(np.where(texts == "", "0", texts))
    unparsed = np.zeros(len(texts), dtype=bool)
    unparsed[list(why)] = True
    return mantissa, exponent, unparsed


def _check_quotes(rows: Rows, name: str) -> None:
    for at in np.flatnonzero(rows.stray):
        if b"\n" in rows.text(int(at)):
            raise ParseError(f"{name}, row {rows.first + at}: {AMBIGUOUS}")


def _list(table: Table, rows: Rows, misshapen: Flags, document: Document) -> None:
    """Count rows that have not the shape of the header, and list the first of them."""
    found = np.flatnonzero(misshapen)
    if not len(found):
        return
    table.others += len(found)
    table.last_other = int(found[-1]) + rows.first
    for at in map(int, found[: LISTED - len(table.misshapen)]):
        why = (
            "a comma between quotes inside a field: expected the whole field in quotes, those in it doubled"
            if rows.stray[at]
            else f"{rows.fields[at]} fields, expected {len(table.header)} as in the header"
        )
        number = at + rows.first
        seen = first_words(rows.text(at, _SHOWN))
        table.misshapen.append((number, Unreadable(f"row {number}", seen, why, document.sha256)))


def _header(rows: Rows, at: int, name: str, known: Mapping[str, str], required: Collection[str]) -> tuple[str, ...]:
    """The columns of the file, by our names."""
    import csv
    import unicodedata

    expected = f"expected {','.join(known)}"
    text = rows.text(at).decode().strip("\r\n")
    try:
        cells = next(csv.reader([text]), [])
    except csv.Error as exc:
        raise ParseError(f"{name}: {AMBIGUOUS}") from exc
    seen = tuple(unicodedata.normalize("NFC", cell).strip() for cell in cells)
    times = Counter(seen)
    unknown = [cell for cell in times if cell not in known]
    missing = [cell for cell, ours in known.items() if ours in required and cell not in times]
    twice = sorted(cell for cell, number in times.items() if number > 1 and cell in known)
    said = [
        f"{kind} column{'s' * (len(names) > 1)} {_several(names)}"
        for kind, names in (("unknown", unknown), ("missing", missing), ("repeated", twice))
        if names
    ]
    if said:
        hint = separator_hint(text) if len(seen) == 1 else ""
        raise ParseError(f"{name}: {'; '.join(said)}{hint}: {expected}"[:1000])
    return tuple(known[cell] for cell in seen)


def _several(names: Sequence[str], shown: int = 8) -> str:
    said = ", ".join(repr(one if len(one) <= 40 else f"{one[:40]}…") for one in names[:shown])
    return f"{said} and {len(names) - shown:,} more" if len(names) > shown else said


def _frame(content: bytes, header: tuple[str, ...], name: str) -> pd.DataFrame:
    import warnings

    import pandas as pd

    # Not "category": pandas 3 turns categories that look like numbers into numbers, and 2019 is a text here.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # it drops fields, and only warns
            return pd.read_csv(
                io.BytesIO(content),
                header=None,
                names=list(header),
                dtype=object,
                na_filter=False,
                index_col=False,
                encoding="utf-8",
                skip_blank_lines=False,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as exc:
        raise ParseError(f"{name}: {AMBIGUOUS}") from exc
