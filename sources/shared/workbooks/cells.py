"""What readers of workbooks find in a sheet, cell by cell, and the table that its page shows.

Only cells that hold something are kept, so that one a million rows away costs nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import pairwise
from math import isfinite
from typing import Any, Final

from schemas.errors import ParseError
from schemas.positions import place_text
from schemas.texts import one_line
from sources.shared.workbooks.looks import PLAIN, Look, Rule, why_unseen
from sources.shared.workbooks.number_formats import show, show_text

#: Refs to cells that one sheet may take, its empty ones included.
AREA: Final = 4_000_000
#: Rows and cells that merged cells and conditional formats of one sheet may lie on, each counted.
STEPS: Final = 4_000_000
#: Empty rows or columns behind which a cell is far from the table: first the larger ones are tried.
GAPS: Final = (1000, 100, 10, 2)
_RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_FIGURE = re.compile(r"[-−–+(]?\s*[$£€]?\s*\d[\d,. ]*%?\)?\s*")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as its page shows it: None, text, int or float; ``decimals`` as its number format prints them.

    ``decimals`` is None where the format says nothing of them. ``power``: the format shows the value times ten to that
    power (``0,`` in thousands). ``hidden`` is the text that the workbook hides, None where it shows the cell: headings
    may be understood by it, no figure is read from it.
    """

    value: object
    decimals: int | None = None
    power: int = 0
    hidden: str | None = None

    @property
    def text(self) -> str:
        """The cell as text on one line, without float noise of whole numbers (years are often 2019.0)."""
        return _text(self.value)

    @property
    def heading(self) -> str:
        """The text, hidden or not."""
        return self.text or self.hidden or ""

    @property
    def number(self) -> int | float | None:
        """The numeric value; None for text, empty cells, truth values and dates."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            return None
        return self.value

    @property
    def shown(self) -> int | float | Decimal | None:
        """The numeric value as its number format shows it, rounded where the format rounds it."""
        if self.number is None or (self.decimals is None and not self.power):
            return self.number
        scaled = Decimal(str(self.number)).scaleb(self.power)
        try:
            return scaled.quantize(Decimal(1).scaleb(-(self.decimals or 0)), ROUND_HALF_UP)
        except InvalidOperation:  # more digits than a figure has: whoever takes it says so
            return scaled


Row = tuple[Cell, ...]
EMPTY: Final = Cell(None)
_UNSEEN: Final = Cell(None, hidden="")
_BY_FORMAT: Final = ("hidden by its number format", "warning")


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return one_line(str(value))


@dataclass(frozen=True)
class LeftOut:
    """What of a sheet is not read: where (row and column, 0 where all of them), how many figures, and why."""

    row: int
    column: int
    figures: int
    why: str
    severity: str = "warning"
    seen: str = ""


class Sheet(list[Row]):
    """The rows of a sheet from its first on, equally long; ``left_out`` is what is not read of them.

    ``concealed`` is where something is hidden, be it a figure or not; ``merged`` are cells that are one.
    """

    left_out: tuple[LeftOut, ...] = ()
    concealed: tuple[str, ...] = ()
    merged: tuple[tuple[int, int, int, int], ...] = ()  # first row and column, last row and column, from 1


Place = tuple[int, int]
Range = tuple[int, int, int, int]  # first row and column, last row and column


@dataclass
class Grid:
    """A sheet as a reader finds it; rows and columns count from 1."""

    title: str
    visible: bool = True
    cells: dict[tuple[int, int], tuple[Any, str]] = field(default_factory=dict)  # value and number format
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    shown_columns: list[tuple[int, int]] = field(default_factory=list)
    columns_hidden: bool = False  # those of which nothing is said
    merged: list[Range] = field(default_factory=list)
    looks: dict[tuple[int, int], Look] = field(default_factory=dict)  # of figures that are not plain
    rules: list[tuple[Range, Rule]] = field(default_factory=list)

    def put(self, row: int, column: int, value: object, code: str, look: Look = PLAIN) -> None:
        """Add a cell; two different ones in one place are nobody's to choose from."""
        if look != PLAIN:
            self.looks[row, column] = look
        if self.cells.setdefault((row, column), (value, code)) != (value, code):
            raise ParseError(f": sheet {self.title!r} says the cell in row {row}, column {column} twice: refused")

    def figures(self) -> int:
        """How many figures it holds, shown or not."""
        return sum(is_figure(value) for value, _ in self.cells.values())

    def _hides(self, column: int) -> bool:
        if any(first <= column <= last for first, last in self.hidden_columns):
            return True
        return self.columns_hidden and not any(first <= column <= last for first, last in self.shown_columns)

    def sheet(self, as_date: Callable[[float], object]) -> Sheet:
        """The table that the page shows."""
        last_row, last_column, far = self._extent()
        sheet, left_out = Sheet(), []
        hidden = {column for column in range(1, last_column + 1) if self._hides(column)}
        within = _Within(self, last_row, last_column)
        covered, rules = self._show_merged(hidden, within), self._rules(within)
        template = [_UNSEEN if column in hidden else EMPTY for column in range(1, last_column + 1)]
        blank, unseen = tuple(template), (_UNSEEN,) * last_column
        rows: dict[int, list[tuple[int, Any, str]]] = {}
        for (row, column), (value, code) in self.cells.items():
            if row <= last_row and column <= last_column:
                rows.setdefault(row, []).append((column, value, code))
        by_column: dict[int, int] = {}
        by_why: dict[tuple[str, str], list[Place]] = {}
        gone = [place_text(row) for row in sorted(rows) if row in self.hidden_rows]
        gone += [f"column {at}" for at in sorted({column for _, column in self.cells} & hidden)]
        for number in range(1, last_row + 1):
            concealed = number in self.hidden_rows
            if number not in rows:
                sheet.append(unseen if concealed else blank)
                continue
            made = list(unseen if concealed else template)
            for column, value, code in rows[number]:
                cell = _cell(value, code, as_date)
                if concealed or column in hidden:
                    made[column - 1] = Cell(None, hidden=cell.heading)
                    if not concealed and is_figure(value):
                        by_column[column] = by_column.get(column, 0) + 1
                    continue
                cell, why = self._seen((number, column), cell, covered, rules.get((number, column), ()))
                made[column - 1] = cell
                if why and is_figure(value):
                    by_why.setdefault(why, []).append((number, column))
                elif why:
                    gone.append(place_text(number, column))
            sheet.append(tuple(made))
            if concealed and (count := sum(is_figure(value) for _, value, _ in rows[number])):
                left_out.append(LeftOut(number, 0, count, "hidden in the workbook"))
        left_out += [LeftOut(0, at, count, "hidden in the workbook") for at, count in sorted(by_column.items())]
        for why, places in by_why.items():
            left_out += (groups := list(_groups(places, *why)))
            gone += [place_text(group.row, group.column) for group in groups]
        left_out += self._beyond(far, last_row, last_column)
        sheet.left_out, sheet.concealed, sheet.merged = tuple(left_out), tuple(gone), tuple(self.merged)
        return sheet

    def _rules(self, within: _Within) -> dict[Place, tuple[Rule, ...]]:
        rules: dict[Place, tuple[Rule, ...]] = {}
        for area, rule in self.rules:
            for place in within(area):
                rules[place] = (*rules.get(place, ()), rule)
        return rules

    def _seen(
        self, place: Place, cell: Cell, covered: set[Place], rules: tuple[Rule, ...]
    ) -> tuple[Cell, tuple[str, str] | None]:
        """A cell as it is seen, and where that is no figure, why, with the severity of it."""
        if place in covered:
            return _UNSEEN, ("hidden under merged cells", "warning")
        value, code = self.cells[place]
        if cell.hidden:
            return cell, _BY_FORMAT
        look = self.looks.get(place, PLAIN)
        if (look is PLAIN and not rules and "[" not in code) or not is_figure(value):  # nearly all of them
            return cell, None
        why = why_unseen(value, code, look, rules)
        return (cell if why is None else Cell(None, hidden=cell.heading)), why

    def _show_merged(self, hidden: set[int], within: _Within) -> set[Place]:
        """A heading over several columns is shown in the first of them that is not hidden; what it covers is returned.

        A page shows the first of merged cells over all of them, whatever is stored in the others.
        """
        covered: set[Place] = set()
        for top, left, bottom, right in self.merged:
            seen = (
                (row, column)
                for row in range(top, min(bottom, within.last_row) + 1)
                if row not in self.hidden_rows
                for column in range(left, min(right, within.last_column) + 1)
                if column not in hidden
            )
            covered.update(place for place in within((top, left, bottom, right)) if place != (top, left))
            first = next(seen, None) if (top, left) in self.cells else None
            if first and (first not in self.cells or first in covered):
                self.cells[first] = self.cells.pop((top, left))
                covered.discard(first)
        return covered

    def _extent(self) -> tuple[int, int, list[tuple[int, int]]]:
        """Last row and last column of the table, and the cells that stand far from it."""
        near = list(self.cells)
        for gap in GAPS:
            near = _connected(near, gap)
            rows, columns = max((row for row, _ in near), default=0), max((column for _, column in near), default=0)
            if rows * columns <= min(AREA, 10_000 + 50 * len(near)) or not near:
                far = set(self.cells) - set(near)
                return rows, columns, sorted(place for place in far if place[0] > rows or place[1] > columns)
        raise ParseError(
            f": sheet {self.title!r} spreads {len(near)} cells over {rows} rows and {columns} columns, expected a table"
        )

    def _beyond(self, far: list[tuple[int, int]], last_row: int, last_column: int) -> Iterable[LeftOut]:
        lost = [place for place in far if is_figure(self.cells[place][0])]
        if lost:
            why = f"far beyond the table, which ends in row {last_row}, column {last_column}"
            yield LeftOut(*lost[0], len(lost), why, "error", _text(self.cells[lost[0]][0]))


class _Within:
    """The cells of a sheet that lie in a range; raises ParseError where all ranges together ask for too many."""

    def __init__(self, grid: Grid, last_row: int, last_column: int) -> None:
        self.title, self.last_row, self.last_column, self.steps = grid.title, last_row, last_column, 0
        self.rows: dict[int, list[int]] = {}
        for row, column in sorted(grid.cells if grid.merged or grid.rules else ()):
            self.rows.setdefault(row, []).append(column)
        self.numbers = list(self.rows)

    def __call__(self, area: Range) -> list[tuple[int, int]]:
        top, left, bottom, right = area
        numbers = self.numbers[bisect_left(self.numbers, top) : bisect_right(self.numbers, bottom)]
        found: list[tuple[int, int]] = []
        for row in numbers:
            columns = self.rows[row]
            found += ((row, at) for at in columns[bisect_left(columns, left) : bisect_right(columns, right)])
            self.steps += 1
            if self.steps + len(found) > STEPS:
                raise ParseError(f": sheet {self.title!r} merges or formats more than {STEPS} rows and cells: refused")
        self.steps += len(found)
        return found


def _connected(places: list[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    """The cells up to the first gap of more than ``gap`` empty rows, or columns."""
    for axis in (0, 1):
        used = sorted({place[axis] for place in places})
        ends = (at for at, after in pairwise(used) if after - at > gap + 1)
        if (end := next(ends, None)) is not None:
            places = [place for place in places if place[axis] <= end]
    return places


def raised(text: str) -> str:
    """``text`` with raised digits, as a run of a cell may print them: a note's, never a figure's."""
    return text.translate(_RAISED)


def is_figure(value: object) -> bool:
    """Whether a stored value is a number, or a text that prints one."""
    if isinstance(value, str):
        return len(value) < 40 and _FIGURE.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: object, code: str, as_date: Callable[[float], object]) -> Cell:
    if isinstance(value, str):
        said = show_text(value, code)
        return Cell(said) if said.strip() or not value.strip() else Cell(None, hidden=_text(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Cell(value)
    if not isfinite(value):
        return Cell(str(value))
    shown = show(value, code)
    if shown.date:
        return Cell(as_date(value))
    if shown.text is None:
        return Cell(value, shown.decimals, shown.power)
    return Cell(shown.text) if shown.text else Cell(None, hidden=_text(value))


def _groups(places: list[tuple[int, int]], why: str, severity: str) -> Iterable[LeftOut]:
    """Cells that are left out for one reason: neighbours in a row are one group, and the same ones in rows below."""
    runs: list[list[int]] = []  # row, first and last column
    for row, column in sorted(places):
        if runs and runs[-1][0] == row and runs[-1][2] == column - 1:
            runs[-1][2] = column
        else:
            runs.append([row, column, column])
    blocks: list[list[int]] = []  # first row, first and last column, last row
    open_: dict[tuple[int, int], list[int]] = {}
    for row, first, last in runs:
        block = open_.get((first, last))
        if block and block[3] == row - 1:
            block[3] = row
        else:
            open_[first, last] = block = [row, first, last, row]
            blocks.append(block)
    for top, first, last, bottom in blocks:
        count = (bottom - top + 1) * (last - first + 1)
        upto = f", as all to row {bottom}, column {last}" if count > 1 else ""
        yield LeftOut(top, first, count, f"{why}{upto}", severity)
