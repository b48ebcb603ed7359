"""Collects what a parser of a small document reads, row by row, and turns it into ``Parsed`` at the end.

For pages and workbooks of a few thousand figures; what comes by the million builds its columns itself.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from schemas.documents import Document, Notice, Parsed, Unreadable
from schemas.errors import FigureError
from schemas.figures import MAX_MANTISSA, parse_printed
from schemas.positions import LAST_COLUMN, pack, place_text
from schemas.texts import one_line
from schemas.units import parse_unit

if TYPE_CHECKING:
    from sources.shared.pages.grid import Grid
    from sources.shared.workbooks.cells import Cell
    from sources.shared.workbooks.workbook import Workbook

Place = tuple[int, int, int]  # row and column, from 1, and table
Facts = dict[str, str]  # of a figure: field → text
#: What agencies print where there is no figure to print.
NOT_APPLICABLE = ("-", "–", "—", "−", "..", "n/a", "N/A")


class Readout:
    """Figures of one document; ``common`` is what all of them share (dataset, reporter, released …)."""

    def __init__(self, document: Document, **common: str) -> None:
        self.document = document
        self.common = common
        self.rows: list[dict[str, Any]] = []
        self.faults: list[Unreadable] = []
        self.notices: list[Notice] = []

    def printed(self, text: str, unit: str, at: Place, **cell: str) -> None:
        """A figure printed as text in ``unit`` (with multiplier) at (row, column, table)."""
        shown = one_line(text)
        if unit == "%":
            shown = shown.removesuffix("%").rstrip()
        if shown in NOT_APPLICABLE:
            self.absent(shown, unit, at, **{**cell, "status": "NA"})
            return
        try:
            mantissa, exponent = parse_printed(shown)
        except FigureError:
            self.unreadable(at, shown, "expected a figure, or - where there is none")
            return
        self._add(mantissa, exponent, unit, at, shown, cell)

    def absent(self, text: str, unit: str, at: Place, **cell: str) -> None:
        """Where a mark stands instead of a figure; ``cell`` has the status that says so."""
        self._add(None, 0, unit, at, text, cell)

    def number(self, value: float | Decimal, step: int, unit: str, at: Place, **cell: str) -> None:
        """A numeric cell, whose digits are those its source declares: a multiple of 10^``step`` of ``unit``."""
        try:
            scaled = Decimal(str(value)).scaleb(-step).to_integral_value(ROUND_HALF_UP)
        except InvalidOperation:
            scaled = Decimal(MAX_MANTISSA) + 1
        if not scaled.is_finite() or abs(scaled) > MAX_MANTISSA:
            self.unreadable(at, str(value), "expected a finite figure of at most 19 digits")
            return
        mantissa = int(scaled)
        self._add(mantissa, step, unit, at, f"{mantissa * Decimal(1).scaleb(step):,f}", cell)

    def cell(self, cell: Cell, unit: str, at: Place, facts: Facts, step: int | None = None, symbol: str = "") -> None:
        """A cell of a workbook: a figure with the decimals that its number format shows, or a multiple of 10^``step``.

        ``symbol`` is that of its currency. A hidden cell is no figure of the page: ``left_out`` has said so.
        """
        if cell.hidden is not None:
            return
        shown, least = cell.shown, -(cell.decimals or 0)
        if shown is None and cell.text:
            text = cell.text.rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹")  # raised digits behind a figure are a note's
            self.printed(text.replace(symbol, "", 1) if symbol else text, unit, at, **facts)
        elif shown is None:
            self.unreadable(at, "", "an empty cell beside figures: expected a figure")
        elif step is None and cell.decimals is None and shown % 1:
            self.unreadable(at, cell.text, "expected a whole number, or a number format that says its decimals")
        elif step is None:
            self.number(shown, least, unit, at, **facts)
        elif abs((scaled := Decimal(str(shown)).scaleb(-step)) - round(scaled)) < Decimal("1e-6"):
            # Coarser where the page shows fewer digits than the source declares.
            self.number(shown, step if cell.decimals is None else max(step, least), unit, at, **facts)
        else:
            expected = "a whole number, or - for nil" if step == 0 else f"{-step} decimal" + "s" * (step < -1)
            self.unreadable(at, cell.text, f"expected {expected}")

    def left_out(self, book: Workbook, read: dict[str, int]) -> None:
        """Say what ``book`` hides of the sheets that are read (title → part), and which sheets."""
        for title, part in read.items():
            for left in book[title].left_out:
                where = _place(left.row, left.column, part)
                hint = (
                    "unhide it and save if they are published"
                    if left.severity == "warning"
                    else "expected one table"
                    if left.seen
                    else "expected figures in plain type"
                )
                count = "1 figure in it is" if left.figures == 1 else f"{left.figures} figures in it are"
                self.unreadable(where, left.seen, f"{left.why}, {count} not read; {hint}", left.severity)
        for title, figures in book.hidden.items():
            why = f"hidden in the workbook, {figures} figures in it are not read"
            self.unreadable(f"sheet {title!r}", "", why, "warning")

    def _add(self, mantissa: int | None, exponent: int, unit: str, at: Place, text: str, cell: Facts) -> None:
        code, power = parse_unit(unit)
        row, column, part = at
        if column > LAST_COLUMN:
            self.unreadable(at, text, f"a figure beyond column {LAST_COLUMN}, the last one that is read")
            return
        self.rows.append(
            {
                "mantissa": mantissa,
                "exponent": 0 if mantissa is None else exponent + power,
                "unit": code,
                "text": text,
                "position": pack(row, column, part),
                **cell,
            }
        )

    def unreadable(self, at: Place | str, seen: str, expected: str, severity: str = "error") -> None:
        """A figure that could not be read; of severity "warning", one that the publisher does not show."""
        where = at if isinstance(at, str) else place_text(*at)
        dataset = self.common.get("dataset", "")
        self.faults.append(Unreadable(where, seen[:200], expected, self.document.sha256, dataset, severity))

    def unshown_of(self, grid: Grid) -> None:
        """What the table of a page does not show; a class hides only where its style sheet says so: it may be shown."""
        for gone in grid.unshown:
            severity = "error" if gone.reason.startswith("class") else "warning"
            expected = f"hidden on the page ({gone.reason}), not read"
            self.unreadable((gone.row, gone.column, 0), gone.text, expected, severity)

    def notice(self, rule: str, sentence: str, position: str = "") -> None:
        """Something wrong with the document itself: it holds all of it."""
        self.notices.append(Notice(rule, sentence, position))

    def parsed(self) -> Parsed:
        """All of it."""
        import pandas as pd

        from schemas.observations import DEFAULTS, combine, readings

        if not self.rows:
            return Parsed(combine(()), tuple(self.faults), tuple(self.notices))
        names = {name for row in self.rows for name in row} - {"mantissa"}
        columns: dict[str, Any] = {
            name: [row.get(name, self.common.get(name, DEFAULTS.get(name))) for row in self.rows] for name in names
        }
        columns.update({name: text for name, text in self.common.items() if name not in names})
        columns["mantissa"] = pd.array([row["mantissa"] for row in self.rows], dtype="Int64")
        columns["document"] = self.document.sha256
        return Parsed(readings(columns), tuple(self.faults), tuple(self.notices))


def _place(row: int, column: int, part: int) -> str:
    if row:
        return place_text(row, column, part)
    return f"table {part}, column {column}" if part else f"column {column}"
