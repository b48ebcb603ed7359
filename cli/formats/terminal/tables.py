"""A table for people: as wide as the terminal, row by row where that is too narrow for one."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cli.formats.text import printable

Row = Mapping[str, Any]
#: What a column that may be folded needs to be read; a narrower one breaks words.
READABLE: Final = 11
#: Blanks around a cell, left and right; the second where the first leaves no room.
_PADDINGS: Final = ((1, 1), (0, 1))


@dataclass(frozen=True)
class Column:
    """A column of the table: its title, and the field of a row (by default called so) or what makes a text of a row."""

    title: str
    text: Callable[[Row], str] | str = ""
    right: bool = False
    fold: bool = False  # may take several lines where the terminal is narrow

    def of(self, row: Row) -> str:
        """What stands in it; what is unknown is empty."""
        if callable(self.text):
            return self.text(row)
        value = row[self.text or self.title]
        return "" if value is None else str(value)


def table_lines(columns: Sequence[Column], rows: Sequence[Row]) -> Iterator[str]:
    """The lines of a table, as wide as its rows where there is no terminal; empty columns are left out."""
    from rich.console import Console

    texts = [[printable(column.of(row)) for row in rows] for column in columns]
    shown = [(column, cells) for column, cells in zip(columns, texts, strict=True) if any(cells)]
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = 1_000_000
    widths = [_least(column, cells) for column, cells in shown]
    for padding in _PADDINGS:
        if sum(widths) + (len(widths) - 1) * (sum(padding) + 1) <= console.width:
            with console.capture() as capture:
                console.print(_table(shown, widths, padding))
            # Cells are padded to the width of their column: no line needs blanks at its end.
            yield from (line.rstrip() for line in capture.get().splitlines())
            return
    yield from _row_by_row(shown, console.width)


def _least(column: Column, cells: Sequence[str]) -> int:
    """How narrow a column may become."""
    from rich.cells import cell_len

    longest = max(cell_len(text) for text in (column.title, *cells))
    return min(longest, READABLE) if column.fold else longest


def _table(shown: Sequence[tuple[Column, list[str]]], widths: Sequence[int], padding: tuple[int, int]) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    left, right = padding
    built = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False, padding=(0, right, 0, left))
    for (column, _), width in zip(shown, widths, strict=True):
        built.add_column(
            Text(column.title),
            justify="right" if column.right else "left",
            no_wrap=not column.fold,
            overflow="fold",
            min_width=width,
        )
    for texts in zip(*(cells for _, cells in shown), strict=True):
        built.add_row(*(Text(text) for text in texts))
    return built


def _row_by_row(shown: Sequence[tuple[Column, list[str]]], width: int) -> Iterator[str]:
    """Each row a few lines, a line a field: where a terminal is too narrow for columns."""
    titles = max(len(column.title) for column, _ in shown)
    room = max(width - titles - 2, READABLE)
    for number, texts in enumerate(zip(*(cells for _, cells in shown), strict=True)):
        if number:
            yield ""
        for (column, _), text in zip(shown, texts, strict=True):
            for at, part in enumerate(textwrap.wrap(text, room, break_on_hyphens=False)):
                yield f"{column.title if not at else '':<{titles}}  {part}"
