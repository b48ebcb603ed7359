"""CSV in any of its usual dialects: encoding and separator are decided by what all of the file says.

csv.Sniffer looks at the letters of a sample and takes a space or "e" for a separator; clevercsv scores patterns cell by
cell and takes seconds for what is one count here: the separator that most lines have equally often.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from typing import Final

import numpy as np

from schemas.documents import Document
from schemas.errors import ParseError
from sources.shared.files.grids import MOST, Grid, of_rows
from sources.shared.sniff import first_words

_SEPARATORS: Final = (",", ";", "\t", "|")
_SAMPLE: Final = 300
_AMBIGUOUS: Final = "quotes do not pair up, so rows cannot be told apart; expected CSV as in RFC 4180"


def read_delimited(document: Document, content: bytes) -> Grid:
    """The cells of a CSV file. Raises ParseError where its rows cannot be told apart."""
    text = decoded(content, document.name)
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        raise ParseError(f"{document.name}, row {row}: a NUL byte, expected text")
    if text.count('"') % 2:
        raise ParseError(f"{document.name}: {_AMBIGUOUS}")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    separator = _separator(text)
    first = text[: text.find("\n")]
    if "\t" in first and "\\" in first.partition("\t")[0]:  # Eurostat's: dimensions by commas in the first column
        rows = [line.partition("\t") for line in text.split("\n") if line.strip()]
        width = first.partition("\t")[0].count(",") + 1
        cells = [[*head.strip().split(",", width - 1), *map(str.strip, rest.split("\t"))] for head, _, rest in rows]
        return Grid(of_rows(cells), kind="csv", separator="\t")
    if re.match(r"sep=.\n", text):  # what Excel writes for itself
        separator, text = text[4], f"\n{text[6:]}"
    commas = '"' in text if separator == "," else "," in text
    return Grid(_cells(text, separator, document.name), kind="csv", separator=separator, commas=commas)


def decoded(content: bytes, name: str) -> str:
    """Text by its mark, else UTF-8, else Chinese where all of it is, else the Western one of Windows."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb2312", "gb18030" if _chinese(content) else "", "cp1252", "latin-1"]
    for encoding in filter(None, encodings):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ParseError(f"{name} is text in no known encoding ({first_words(content)!r}): save it as UTF-8")


def _chinese(content: bytes) -> bool:
    """Whether bytes beyond ASCII come in runs, as those of Chinese do, and not one amid Latin letters."""
    runs = re.findall(rb"[\x80-\xff]+", content[:200_000])
    return bool(runs) and sum(len(run) > 3 for run in runs) > len(runs) / 2


def _separator(text: str) -> str:
    lines = [line for line in text[:400_000].split("\n")[: _SAMPLE + 1] if line.strip()][:_SAMPLE]
    bare = [re.sub(r'"[^"]*"', "", line) for line in lines]
    scores = []
    for at, mark in enumerate(_SEPARATORS):
        counts = Counter(count for line in bare if (count := line.count(mark)))
        number, often = max(counts.items(), key=lambda pair: (pair[1] * min(pair[0], 8), pair[0]), default=(0, 0))
        # A decimal comma stands in figures only: one that stands between two digits every time separates nothing.
        decimal = mark == "," and number and all(re.search(r"\d,\d", line) for line in bare if mark in line)
        lone = mark == "," and any(line.count(other) for other in ";\t" for line in bare[-20:])
        scores.append((often * (0.5 if decimal and lone else 1), min(number, 8), -at, mark))
    best = max(scores)
    return best[3] if best[0] else ","


def _cells(text: str, separator: str, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
    import pandas as pd

    head = text[:2_000_000].split("\n")[: _SAMPLE * 4]
    width = max((len(row) for row in csv.reader(head, delimiter=separator)), default=1)
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            header=None,
            names=range(width),
            dtype=object,
            na_filter=False,
            index_col=False,
            skip_blank_lines=False,
            on_bad_lines="error",
        )
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError):
        return _slowly(text, separator, name)
    if frame.size > MOST:
        raise ParseError(f"{name}: {frame.shape[0]} rows of {frame.shape[1]} cells are too many: refused")
    cells = frame.to_numpy()
    if (missing := pd.isna(cells)).any():  # of rows that are shorter
        cells[missing] = ""
    return cells


def _slowly(text: str, separator: str, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
    """Where a late row is longer than all before it."""
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error as exc:
        raise ParseError(f"{name}: {exc}; expected CSV as in RFC 4180") from exc
    return of_rows(rows)
