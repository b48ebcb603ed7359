"""A text with its figures underlined: in colour on a terminal, else by a line of marks below."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from cli.formats.text import printable

if TYPE_CHECKING:
    from schemas.documents import Document

#: What is said of a figure → colour (SGR, underlined), mark.
_LOOKS: Final = {"agrees": ("4;32", "="), "contradicts": ("4;1;31", "^"), "not judged": ("4;90", ".")}


def show(document: Document, marks: Iterable[tuple[int, str, str]]) -> None:
    """Print a text with what is said of each of its figures, and what that means."""
    from sources.shared.prose.shown import lines

    colours = sys.stdout.isatty()
    for line, spans in lines(document, marks):
        for shown in coloured(line, spans) if colours else marked(line, spans):
            sys.stdout.write(shown + "\n")
    keys = ((f"\x1b[{look}m{word}\x1b[0m" if colours else f"{mark} {word}") for word, (look, mark) in _LOOKS.items())
    sys.stdout.write(f"\n{', '.join(keys)}\n\n")
    sys.stdout.flush()


def coloured(line: str, spans: Iterable[tuple[int, int, str]]) -> Iterator[str]:
    """A line with escapes of a terminal around its figures; what else would move a cursor is shown as text."""
    shown, last = "", 0
    for start, end, said in sorted(spans):
        shown += f"{printable(line[last:start])}\x1b[{_LOOKS[said][0]}m{printable(line[start:end])}\x1b[0m"
        last = end
    yield shown + printable(line[last:])


def marked(line: str, spans: Iterable[tuple[int, int, str]]) -> Iterator[str]:
    """A line, and one below it with a mark under each sign of a figure; a Chinese sign is two columns wide."""
    from rich.cells import cell_len

    yield printable(line)
    below, last = "", 0
    for start, end, said in sorted(spans):
        below += " " * cell_len(printable(line[last:start])) + _LOOKS[said][1] * cell_len(printable(line[start:end]))
        last = end
    if below:
        yield below
