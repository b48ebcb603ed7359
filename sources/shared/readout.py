"""Collects what a parser of a small document reads, row by row, and turns it into ``Parsed`` at the end.

For pages and workbooks of a few thousand figures; what comes by the million builds its columns itself.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from schemas.documents import Document, Notice, Parsed, Unreadable
from schemas.errors import FigureError
from schemas.figures import MAX_MANTISSA, parse_printed
from schemas.positions import pack, position_text
from schemas.texts import one_line
from schemas.units import parse_unit

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

    def printed(self, text: str, unit: str, at: tuple[int, int, int], **cell: str) -> None:
        """A figure printed as text in ``unit`` (with multiplier) at (row, column, table)."""
        shown = one_line(text)
        if unit == "%":
            shown = shown.removesuffix("%").rstrip()
        if shown in NOT_APPLICABLE:
            self._add(None, 0, unit, at, shown, {**cell, "status": "NA"})
            return
        try:
            mantissa, exponent = parse_printed(shown)
        except FigureError:
            self.unreadable(at, shown, "expected a figure, or - where there is none")
            return
        self._add(mantissa, exponent, unit, at, shown, cell)

    def number(self, value: float | Decimal, step: int, unit: str, at: tuple[int, int, int], **cell: str) -> None:
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

    def _add(
        self, mantissa: int | None, exponent: int, unit: str, at: tuple[int, int, int], text: str, cell: dict[str, str]
    ) -> None:
        code, power = parse_unit(unit)
        row, column, part = at
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

    def unreadable(self, at: tuple[int, int, int], seen: str, expected: str) -> None:
        """A figure that could not be read."""
        dataset = self.common.get("dataset", "")
        self.faults.append(Unreadable(position_text(pack(*at)), seen[:200], expected, self.document.sha256, dataset))

    def unshown(self, at: tuple[int, int, int], seen: str, why: str, *, certain: bool = True) -> None:
        """What the publisher does not show and is not read; not ``certain``: it may be shown, and may be missed."""
        dataset, severity = self.common.get("dataset", ""), "warning" if certain else "error"
        expected = f"hidden on the page ({why}), not read"
        position = position_text(pack(*at))
        self.faults.append(Unreadable(position, seen[:200], expected, self.document.sha256, dataset, severity))

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
