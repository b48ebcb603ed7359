"""A table of a month's figures: headings that say measure, month and flow, and rows that are areas, or flows.

Which row is the first below the header, what a row and a column are, and what of them is no figure, is told from what
is printed, not from where it stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from schemas.errors import ParseError
from sources.shared.headings import Column, read_columns
from sources.shared.pages.markup import FIGURE
from sources.shared.pages.unit_lines import UNIT_LINE

if TYPE_CHECKING:
    from sources.shared.pages.about import About
    from sources.shared.pages.grid import Grid
    from sources.shared.readout import Readout

#: Marks of footnotes and revisions beside a figure.
_MARK = re.compile(r"(\s*(\*+|[(\[](\d|[a-z])[)\]]|\[([\d,]{1,5}|[*†‡§#]+)\]))+$", re.IGNORECASE)
#: A figure at the end of a row of one cell: a row of the table that lost its columns.
_FULL_ROW = re.compile(r"\s[-−–+]?(?:[\d,]*\d\.\d+|\d{1,3}(?:,\d{3})+)$")
_HEADED = re.compile(r"year|month|export destination|item", re.IGNORECASE)
_NOTE = re.compile("note", re.IGNORECASE)
#: Said of a table of which no figure was read.
_NO_FIGURE: Final = "has a table without a figure that can be read"


@dataclass(frozen=True)
class MonthlyTable:
    """How a table is read: ``unit`` is currency and unit, ``flows`` the agency's words → flow.

    Rows are areas where ``area_of`` says which (None for a label it does not know), else flows of all partners.
    """

    about: About
    unit: tuple[str, str]
    flows: Mapping[str, str]
    area_of: Callable[[str], str | None] | None = None

    def read(self, grid: Grid, readout: Readout) -> None:
        """Read the figures row by row, and list what is none. Raises ParseError where the header is not understood."""
        rows = [(at, row) for at, row in enumerate(grid.cells) if any(row) and not grid.full[at]]
        rows = [(at, row) for at, row in rows if not any(map(UNIT_LINE.match, row))]
        if not rows:
            raise ParseError(f"{readout.document.name} ({self.about.title!r}) {_NO_FIGURE}")
        width = Counter(len(row) for _, row in rows).most_common(1)[0][0]
        top = next((n for n, (_, row) in enumerate(rows) if self._is_body(row)), len(rows))
        heads = [row for _, row in rows[:top]]
        columns = self._columns(heads, width, readout.document.name)
        for at, text in grid.lines():
            if at > rows[0][0] and _FULL_ROW.search(text) and not _NOTE.match(text):
                readout.unreadable((at + 1, 1, 0), text, f"one cell, expected {width} as in the header")
        for at, row in rows[top:]:
            if row in heads:  # printed again further down
                continue
            if len(row) != width:
                expected = f"{len(row)} cells, expected {width} as in the header"
                readout.unreadable((at + 1, 1, 0), " | ".join(row), expected)
                continue
            shown = [None if (at, index) in grid.blanked else text for index, text in enumerate(row)]
            self._row(at + 1, row[0], list(zip(columns, shown[1:], strict=True)), readout)
        if not readout.rows:
            raise ParseError(f"{readout.document.name} ({self.about.title!r}) {_NO_FIGURE}")

    def _is_body(self, row: list[str]) -> bool:
        """Whether a row is below the header: it has figures, or the name of an area where names of areas belong."""
        if any(map(_HEADED.search, row)):
            return False
        return any(map(FIGURE.fullmatch, row[1:])) or (self.area_of is not None and self.area_of(row[0]) is not None)

    def _columns(self, heads: Sequence[list[str]], width: int, name: str) -> list[Column]:
        """What the columns hold, by the rows above the figures."""
        if not heads or any(len(row) != width for row in heads):
            raise ParseError(f"{name}: the header of the table cannot be told from its figures: {heads[:2]}")
        columns = read_columns(heads, self.about.month, self.flows, name)
        if twice := next((column for column, times in Counter(columns).items() if times > 1), None):
            raise ParseError(
                f"{name}: two columns are headed as {twice.measure} of {twice.period} {twice.flow}".rstrip()
                + ": refusing to guess, a part of the header may be lost or hidden"
            )
        return columns

    def _row(self, number: int, label: str, cells: list[tuple[Column, str | None]], readout: Readout) -> None:
        """The figures of one row."""
        if self.area_of is None:
            partner, said = "WLD", self.flows.get(re.sub(r"\s+values?\b|:$", "", label.lower()), "")
        else:
            partner, said = self.area_of(label) or "", ""
        for index, (column, text) in enumerate(cells, 2):
            if text is None:
                continue  # hidden, and said so
            if not partner or not (said or column.flow):
                expected = "one of the areas" if not partner else "a flow such as Total Export"
                why = f"an unknown row label, expected {expected} of docs/sources/{readout.document.source}.md"
                readout.unreadable((number, index, 0), f"{label}: {text}", why)
                continue
            rate = column.measure != "level"
            readout.printed(
                _MARK.sub("", text),
                "%" if rate else self.unit[1],
                (number, index, 0),
                flow=said or column.flow,
                partner=partner,
                measure=column.measure,
                period=column.period,
                basis=self.unit[0] if rate else "_Z",
                cite=f"{self.about.title}: {label}",
            )
