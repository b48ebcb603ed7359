"""A table as texts: what every reader of a kind of file makes, and all that the one reader of shapes knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from schemas.documents import Unreadable
from schemas.errors import ParseError
from schemas.positions import LAST_COLUMN

if TYPE_CHECKING:
    from sources.shared.tables.columns import Flags

Texts = npt.NDArray[Any]  # of str, rows × columns
#: Cells of a table that is read at once.
MOST: Final = 40_000_000


@dataclass
class Grid:
    """Cells as printed; ``loose`` marks numbers of which no precision is known, ``spread`` those of merged cells.

    ``part`` is the sheet or table a position names, from 1, 0 where there is but one. ``title`` says which it is.
    ``lost`` is what is not shown of it, or cannot be read. ``first`` is the number of its first row in the document.
    """

    texts: Texts
    title: str = ""
    part: int = 0
    first: int = 1
    kind: str = ""
    loose: Flags | None = None
    merged: Sequence[tuple[int, int, int, int]] = ()  # first row and column, last row and column, from 0
    lost: list[Unreadable] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)  # said of the table beside it: a caption
    separator: str = ""
    commas: bool = True  # whether any cell may have one

    def __post_init__(self) -> None:
        if self.texts.shape[1] > LAST_COLUMN:
            raise ParseError(f": {self.texts.shape[1]} columns, more than {LAST_COLUMN}: refused")

    @property
    def named(self) -> str:
        """How a message calls it."""
        return self.title

    def place(self, row: int, column: int) -> str:
        """A cell as a spreadsheet calls it, or by its line."""
        if self.kind != "sheet":
            return f"row {row + self.first}, column {column + 1}"
        return f"{letters(column)}{row + self.first}"


def letters(column: int) -> str:
    """``0`` → ``A``, ``26`` → ``AA``."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def of_rows(rows: Sequence[Sequence[str]]) -> Texts:
    """Rows of any length as a grid of texts."""
    width = max(map(len, rows), default=0)
    if len(rows) * width > MOST:
        raise ParseError(f": {len(rows)} rows of up to {width} cells are more than {MOST} cells: refused")
    texts = np.full((len(rows), width), "", dtype=object)
    for at, row in enumerate(rows):
        texts[at, : len(row)] = row
    return texts
