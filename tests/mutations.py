"""Mutants of a document: what cuts, copies, hands and encodings do to a page, by a seed.

A mutator says what it keeps: ``PLACED`` mutants print nothing at a place that the original does not print there;
``MOVED`` ones print figures of the original at other places.
"""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from itertools import pairwise
from typing import Final

PLACED: Final = "placed"
MOVED: Final = "moved"
Mutator = Callable[[random.Random, bytes], bytes]

#: Of each kind of text: what a row is, and what a cell with a figure is (its groups: before, figure, after).
_ROWS: Final = {
    "html": re.compile(rb"<tr\b.*?</tr>", re.DOTALL),
    "csv": re.compile(rb"(?<=\n)[^\n]+\n"),
    "json": re.compile(rb'\{"indicator".*?"decimal": ?\d+\}(?:, ?)?', re.DOTALL),
    "sheet": re.compile(rb"<row\b[^>]*>.*?</row>", re.DOTALL),
}
_FIGURES: Final = {
    "html": re.compile(rb"(<b>|<span>|<td>)(-?\d[\d.,]*\.\d)(<)"),
    "csv": re.compile(rb"(,)(-?\d+(?:\.\d+)?)(,USD)"),
    "json": re.compile(rb'("value": ?)(-?\d[\d.e+-]*)(,)'),
    "sheet": re.compile(rb'(<c r="[B-Z]\d+"[^>]*><v>)(-?\d[\d.]*)(</v></c>)'),
}


def _cut(kind: str) -> Mutator:
    return lambda chance, content: content[: chance.randrange(1, len(content) - 1)]


def _rows(kind: str, change: Callable[[random.Random, list[bytes]], list[bytes]]) -> Mutator:
    def mutate(chance: random.Random, content: bytes) -> bytes:
        found = list(_ROWS[kind].finditer(content))
        rows = change(chance, [one[0] for one in found])
        gaps = [content[a.end() : b.start()] for a, b in pairwise(found)] + [b""]
        middle = b"".join(row + gap for row, gap in zip(rows, gaps, strict=True))
        return content[: found[0].start()] + middle + content[found[-1].end() :]

    return mutate


def _at(change: Callable[[random.Random, bytes], bytes]) -> Callable[[random.Random, list[bytes]], list[bytes]]:
    def one(chance: random.Random, rows: list[bytes]) -> list[bytes]:
        at = chance.randrange(len(rows))
        return [*rows[:at], change(chance, rows[at]), *rows[at + 1 :]]

    return one


def _of_figures(kind: str, change: Callable[[random.Random, bytes], bytes]) -> Mutator:
    """Change one row of several figures."""

    def one(chance: random.Random, rows: list[bytes]) -> list[bytes]:
        at = chance.choice([at for at, row in enumerate(rows) if len(_FIGURES[kind].findall(row)) > 1])
        return [*rows[:at], change(chance, rows[at]), *rows[at + 1 :]]

    return _rows(kind, one)


def _swap(kind: str) -> Mutator:
    def mutate(chance: random.Random, content: bytes) -> bytes:
        found = list(_FIGURES[kind].finditer(content))
        one, two = sorted(chance.sample(found, 2), key=lambda match: match.start())
        between = content[one.end(2) : two.start(2)]
        return content[: one.start(2)] + two[2] + between + one[2] + content[two.end(2) :]

    return mutate


def _figure(kind: str, change: Callable[[random.Random, bytes], bytes]) -> Mutator:
    def mutate(chance: random.Random, content: bytes) -> bytes:
        one = chance.choice(list(_FIGURES[kind].finditer(content)))
        return content[: one.start(2)] + change(chance, one[2]) + content[one.end(2) :]

    return mutate


_MARKS: Final = (
    *(b"<sup>%d</sup>", b"<small>%d</small>", b"<sub>%d</sub>", b'<a href="#n">%d</a>', b"<script>%d</script>"),
    *(b'<span style="vertical-align:super">%d</span>', b'<span style="display:none">%d</span>', b"<!--%d-->"),
    b"<option>%d</option>",
)


def _between(inside: bytes) -> Callable[[random.Random, bytes], bytes]:
    def change(chance: random.Random, figure: bytes) -> bytes:
        at = chance.randrange(1, len(figure)) if len(figure) > 1 else len(figure)
        return figure[:at] + inside + figure[at:]

    return change


def _encoded(chance: random.Random, content: bytes) -> bytes:
    text = content.decode("utf-8")
    encoding = chance.choice(["utf-16", "utf-16-le", "utf-32", "gb18030", "latin-1", "cp1252"])
    return text.encode(encoding, "xmlcharrefreplace")


def _damaged(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (0x80 | 1 << chance.randrange(7))]) + content[at + 1 :]


def _of_text(kind: str) -> dict[str, tuple[str, Mutator]]:
    """Mutators of a text of one kind, by name, with what they keep."""
    found = {
        "cut": (PLACED, _cut(kind)),
        "row doubled": (PLACED, _rows(kind, _at(lambda _, row: row + row))),
        "cells swapped": (MOVED, _swap(kind)),
        "NUL in a figure": (PLACED, _figure(kind, _between(b"\0"))),
        "encoded": (PLACED, _encoded),
    }
    if kind == "html":
        found |= {
            "row hidden": (
                PLACED,
                _rows(kind, _at(lambda _, row: row.replace(b"<tr", b'<tr style="display:none"', 1))),
            ),
            "row in a comment": (PLACED, _rows(kind, _at(lambda _, row: b"<!--" + row + b"-->"))),
            "comment unclosed": (PLACED, _rows(kind, _at(lambda _, row: b"<!--" + row))),
            "cell unclosed": (PLACED, _rows(kind, _at(lambda _, row: row.replace(b"</td>", b"", 1)))),
            "mark": (PLACED, _figure(kind, lambda c, figure: figure + c.choice(_MARKS) % c.randrange(1, 10))),
        }
    return found


def _in_sheet(change: Mutator) -> Mutator:
    """The same done to the sheet within a workbook."""

    def mutate(chance: random.Random, content: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(out, "w") as copy:
            for info in book.infolist():
                part = book.read(info)
                copy.writestr(info, change(chance, part) if info.filename.endswith("sheet1.xml") else part)
        return out.getvalue()

    return mutate


def _hidden(chance: random.Random, row: bytes) -> bytes:
    return row.replace(b"<row ", chance.choice([b'<row hidden="1" ', b'<row ht="0" customHeight="1" ']), 1)


def mutators(kind: str) -> dict[str, tuple[str, Mutator]]:
    """Mutators of a kind of document ("html", "csv", "json", "xlsx", "xls"), by name."""
    if kind == "xls":
        return {"cut": (PLACED, _cut(kind))}
    if kind == "xlsx":
        inside = _of_text("sheet") | {"row hidden": (PLACED, _of_figures("sheet", _hidden))}
        del inside["encoded"]
        found = {name: (keeps, _in_sheet(change)) for name, (keeps, change) in inside.items()}
        return found | {"file cut": (PLACED, _cut(kind)), "byte damaged": (PLACED, _damaged)}
    return _of_text(kind)


def printed(kind: str, content: bytes) -> set[str]:
    """The digits of every figure on a page, those of rows that no parser wants too."""
    if kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return printed("sheet", book.read("xl/worksheets/sheet1.xml"))
    figures = [match[2].decode() for match in _FIGURES[kind].finditer(content)]
    return {sign + re.sub(r"[^0-9]", "", one).strip("0") for one in figures for sign in ("", "-")}
