"""Reading single cells of a judged frame, exactly, for the few that findings are about."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.cells.cells import BALANCING, Cells
from schemas.figures import Interval, power_of_ten
from schemas.sentences import printed_text, scale_of, subject
from schemas.vocabulary import FLOWS


@cache
def _half_step(exponent: int) -> Fraction:
    return power_of_ten(exponent) / 2


_RANKED = ("measure", "product", "partner", "breakdown", "flow", "unit", "basis", "reporter", "dataset", "released")


Printed = tuple[int, int, str, str]  # exponent, mantissa, qualifier, rounding


@dataclass(frozen=True)
class Said:
    """The figures of a finding, and what its sentence says after the subject."""

    left: Fraction | None
    right: Fraction | None
    allowed: Fraction | None
    words: str
    fits: str = ""  # what printed values of the judged figure would fit


class Reader:
    """Reads single cells of a frame, for the few that findings are about."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self._values: dict[int, Fraction] = {}  # what was read: the figures of a broken block are asked for often
        self._intervals: dict[int, Interval] = {}
        self._ranks: dict[int, tuple[object, ...]] = {}
        self._blocks: dict[int, str] = {}

    @cached_property
    def _columns(self) -> dict[str, npt.NDArray[Any]]:
        frame = self.cells.frame
        return {
            "mantissa": frame["mantissa"].to_numpy(dtype=np.int64, na_value=0),
            "exponent": frame["exponent"].to_numpy(dtype=np.int64),
            "position": frame["position"].to_numpy(dtype=np.int64),
            **{name: frame[name].astype(object).to_numpy() for name in ("qualifier", "document", "rounding", "status")},
        }

    def rank(self, cell: int) -> tuple[object, ...]:
        """What a cell is, to sort by, the later period first: the same in every order of rows."""
        if cell not in self._ranks:
            text = self.cells.text
            flow = text("flow", cell)
            self._ranks[cell] = (
                tuple(-ord(letter) for letter in text("period", cell)),
                BALANCING.index(flow) if flow in BALANCING else len(BALANCING),
                *(text(name, cell) for name in _RANKED),
            )
        return self._ranks[cell]

    def block(self, cell: int) -> str:
        """The id of a cell's block."""
        number = int(self.cells.block[cell])
        if number not in self._blocks:
            self._blocks[number] = self.cells.block_id_of(cell)
        return self._blocks[number]

    def row(self, cell: int) -> int:
        """The row of the published reading, or the first where none has a value."""
        return int(self.cells.figure[cell] if self.cells.figure[cell] >= 0 else self.cells.first[cell])

    def at(self, name: str, row: int) -> Any:
        """One entry of a column."""
        return self._columns[name][row]

    def value(self, cell: int) -> Fraction:
        """The published value."""
        if cell not in self._values:
            row = self.row(cell)
            self._values[cell] = int(self.at("mantissa", row)) * power_of_ten(int(self.at("exponent", row)))
        return self._values[cell]

    def exponent(self, cell: int) -> int:
        """The step of the published reading, as a power of ten."""
        return int(self.at("exponent", self.row(cell)))

    def interval(self, cell: int) -> Interval:
        """What the cell's readings leave."""
        if cell not in self._intervals:
            ends = self.cells.ends
            half = _half_step(int(ends.exponent[cell]))
            self._intervals[cell] = Interval(
                None if ends.low_inf[cell] else int(ends.low[cell]) * half,
                None if ends.high_inf[cell] else int(ends.high[cell]) * half,
                bool(ends.low_open[cell]),
                bool(ends.high_open[cell]),
            )
        return self._intervals[cell]

    def text(self, cell: int, scale: int) -> str:
        """The published figure in its scale."""
        return self.row_text(self.row(cell), scale)

    def row_text(self, row: int, scale: int) -> str:
        """One reading in its scale."""
        mantissa, exponent = int(self.at("mantissa", row)), int(self.at("exponent", row))
        return printed_text(mantissa, exponent, scale, str(self.at("qualifier", row)))

    def printings(self, cell: int) -> dict[Printed, list[int]]:
        """The readings of a cell by what is printed, and their rows in order of document and position."""
        rows = np.flatnonzero(self.cells.of_row == cell)
        rows = rows[~self.cells.frame["mantissa"].isna().to_numpy()[rows]]
        names = ("exponent", "mantissa", "qualifier", "rounding", "document", "position")
        found = dict[Printed, list[int]]()
        for *printed, _, _, row in sorted((*(self.at(name, row) for name in names), row) for row in rows.tolist()):
            exponent, mantissa, qualifier, rounding = printed
            found.setdefault((int(exponent), int(mantissa), str(qualifier), str(rounding)), []).append(row)
        return found

    def scale_of_printings(self, cell: int, other: int) -> int:
        """The scale in which all printings of a cell are said: that of the published reading and of ``other``."""
        if self.cells.text("measure", cell) not in ("level", "count"):
            return 0
        return scale_of([int(self.at("exponent", row)) for row in (self.row(cell), other)])

    def flow(self, cell: int) -> str:
        """The flow in words; empty for what has none."""
        return FLOWS[self.cells.text("flow", cell)]


def period_text(period: str) -> str:
    """A period in a sentence: a span reads ``2009–2021``."""
    return period.replace("/", "–")


def subject_of(cells: Cells, cell: int) -> str:
    """What a finding is about: period, product, partner, breakdown; the reporter where the product names none."""
    product = cells.text("product", cell)
    named = product in ("total", "goods", "services") or cells.text("partner", cell) != "WLD"
    return subject(
        period_text(cells.text("period", cell)),
        product,
        cells.text("partner", cell),
        cells.text("breakdown", cell),
        cells.text("reporter", cell) if named else "",
    )
