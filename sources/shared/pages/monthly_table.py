"""A table of a month's figures: headings that say measure, month and flow, and rows that say all else.

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
from schemas.periods import months
from schemas.units import parse_unit
from sources.shared.headings import Column, read_columns
from sources.shared.pages.markup import FIGURE
from sources.shared.pages.unit_lines import UNIT_LINE
from sources.shared.readout import NOT_APPLICABLE, Facts

if TYPE_CHECKING:
    from sources.shared.months import Month
    from sources.shared.pages.about import About
    from sources.shared.pages.grid import Grid
    from sources.shared.readout import Readout

#: Marks of footnotes and revisions beside a figure.
_MARK = re.compile(r"(\s*(\*+|[(\[](\d|[a-z])[)\]]|\[([\d,]{1,5}|[*†‡§#]+)\]))+$", re.IGNORECASE)
#: A figure at the end of a row of one cell: a row of the table that lost its columns.
_FULL_ROW = re.compile(r"\s[-−–+]?(?:[\d,]*\d\.\d+|\d{1,3}(?:,\d{3})+)$")
_HEADED = re.compile(r"year|month|export destination|\bitem|quantity", re.IGNORECASE)
_NOTE = re.compile("note|注", re.IGNORECASE)
_DIGITS = re.compile(r"[-−–+]?\d[\d,]*(?:\.\d+)?")
#: The column of the units of quantities, where all rows lack it.
_LOST: Final = Column("", "", "lost")
#: Words of a row of rates below the row of a month.
_RATES: Final = {"year-on-year": "growth_yoy", "month-on-month": "growth_prev"}
#: What a row is, where each row of values has one of rates below it.
_VALUES, _RATES_BELOW = "values", "rates"
#: Said of a table of which no figure was read.
_NO_FIGURE: Final = "has a table without a figure that can be read"


@dataclass(frozen=True)
class Labels:
    """What row labels say: ``of`` gives the facts of a label, None for one it does not know (``expected`` says what).

    ``month_of`` says the month of a row, where rows are months; ``english`` what a heading is in English;
    ``quantity_unit`` what a cell of the column of units is; ``rates_below``: a row of rates stands below each row of
    values, in the same columns.
    """

    of: Callable[[str], Facts | None]
    expected: str
    month_of: Callable[[str], Month | None] | None = None
    english: Callable[[str], str] = str
    quantity_unit: Callable[[str], str | None] = lambda _: None
    rates_below: bool = False


@dataclass(frozen=True)
class _Line:
    """A row: its number, label, facts, and whether it holds the rates of the row above it."""

    number: int
    label: str
    facts: Facts | None
    columns: Sequence[Column]
    rates: bool = False
    fault: str = ""  # why no figure of it can be read


@dataclass(frozen=True)
class MonthlyTable:
    """How a table is read: ``unit`` is currency and unit, ``flows`` the agency's words for headings → flow."""

    about: About
    unit: tuple[str, str]
    flows: Mapping[str, str]
    labels: Labels

    def read(self, grid: Grid, readout: Readout) -> None:
        """Read the figures row by row, and list what is none. Raises ParseError where the header is not understood."""
        rows = [(at, row) for at, row in enumerate(grid.cells) if any(row) and not grid.full[at]]
        rows = [(at, row) for at, row in rows if not any(UNIT_LINE.match(self.labels.english(text)) for text in row)]
        if not rows:
            raise ParseError(f"{readout.document.name} ({self.about.title!r}) {_NO_FIGURE}")
        width = Counter(len(row) for _, row in rows).most_common(1)[0][0]
        top = next((n for n, (_, row) in enumerate(rows) if self._is_body(row)), len(rows))
        heads = [row for _, row in rows[:top]]
        name = readout.document.name
        if not heads or any(len(row) != width for row in heads):
            raise ParseError(f"{name}: the header of the table cannot be told from its figures: {heads[:2]}")
        columns = None if self.labels.month_of else self._columns(heads, name, self.about.month)
        columns = columns and self._without_units(columns, [row for _, row in rows[top:] if len(row) == width])
        for at, text in grid.lines():
            if at > rows[0][0] and _FULL_ROW.search(text) and not _NOTE.match(text):
                readout.unreadable((at + 1, 1, 0), text, f"one cell, expected {width} as in the header")
        above: _Line | None = None
        below = columns is not None and self.labels.rates_below and {one.measure for one in columns} <= {"level", ""}
        roles = _roles(rows[top:], width) if below else {}
        for at, row in rows[top:]:
            if row in heads:  # printed again further down
                continue
            if len(row) != width:
                expected = f"{len(row)} cells, expected {width} as in the header"
                readout.unreadable((at + 1, 1, 0), " | ".join(row), expected)
                continue
            if columns is not None:
                line = self._line(at + 1, row[0], columns, roles.get(at, _VALUES), above)
            else:
                line = self._month_line(at + 1, row[0], heads, above, name)
            above = line if not line.rates else above
            self._row(line, row, grid, readout)
        if not readout.rows:
            raise ParseError(f"{name} ({self.about.title!r}) {_NO_FIGURE}")

    def _is_body(self, row: list[str]) -> bool:
        """Whether a row is below the header: it has figures, or a label that is known."""
        if any(_HEADED.search(self.labels.english(text)) for text in row):
            return False
        known = self.labels.month_of(row[0]) if self.labels.month_of else self.labels.of(row[0])
        return known is not None or any(map(FIGURE.fullmatch, row[1:]))

    def _columns(self, heads: Sequence[list[str]], name: str, month: Month, unsaid_is: str = "") -> list[Column]:
        """What the columns hold, by the rows above the figures."""
        said = [[self.labels.english(text) for text in row] for row in heads]
        columns = read_columns(said, month, self.flows, name, unsaid_is)
        # January alone is January to date: there the headings tell the two apart.
        apart = list(zip(columns, list(zip(*said, strict=True))[1:] if month.month == 1 else columns, strict=True))
        if twice := next((column for (column, _), times in Counter(apart).items() if times > 1), None):
            raise ParseError(
                f"{name}: two columns are headed as {twice.measure} of {twice.period} {twice.flow}".rstrip()
                + ": refusing to guess, a part of the header may be lost or hidden"
            )
        return columns

    def _without_units(self, columns: list[Column], body: Sequence[list[str]]) -> list[Column]:
        """The columns, one to the left where all rows lack the unit of their quantities and end in an empty cell."""
        at = next((at for at, column in enumerate(columns, 1) if not column.measure), 0)
        if not at or not body or any(row[-1] or self.labels.quantity_unit(row[at]) for row in body):
            return columns
        return [*columns[: at - 1], *columns[at:], _LOST]

    def _line(self, number: int, label: str, columns: list[Column], role: str, above: _Line | None) -> _Line:
        """What a row is about; its ``role`` tells values from the rates below them, and both from what is neither."""
        if role == _RATES_BELOW and above is not None:
            rates = [Column("growth_yoy", one.period, one.flow, one.quantity) for one in columns]
            return _Line(number, above.label, above.facts, rates, rates=True)
        return _Line(number, label, self.labels.of(label), columns, fault="" if role == _VALUES else role)

    def _month_line(self, number: int, label: str, heads: Sequence[list[str]], above: _Line | None, name: str) -> _Line:
        """What a row is about, where rows are months: a month, or its rates below it."""
        month = self.labels.month_of(label) if self.labels.month_of else None
        if month is None:
            measure = next((measure for word, measure in _RATES.items() if word in self.labels.english(label)), "")
            found = above.columns if above else []
            rates = [Column(measure or one.measure, one.period, one.flow) for one in found]
            near = above is not None and bool(measure) and number - above.number <= len(_RATES)
            return _Line(number, f"{above.label if above else ''} {label}", {} if near else None, rates, rates=True)
        whole = month.to_date if re.fullmatch(r"\d{4}年?", label) else str(month)
        # As where one label stands beside a row of values and two of rates, which says of neither what it is.
        twice = "a second row of that month, expected 同比 or 环比" if above and above.label == label else ""
        return _Line(number, label, {}, self._columns(heads, name, month, whole), fault=twice)

    def _row(self, line: _Line, row: list[str], grid: Grid, readout: Readout) -> None:
        """The figures of one row."""
        if not any(row[1:]) and not any((line.number - 1, index) in grid.blanked for index in range(len(row))):
            return  # a heading, or a month to come
        fault, quantity = self._fault(line, row)
        for index, text in enumerate(row[1:], 1):
            if (line.number - 1, index) in grid.blanked:
                continue  # hidden, and said so
            place = (line.number, grid.column(index) + 1, 0)
            column = line.columns[index - 1] if line.columns else Column("level", "", "")
            if not column.measure:
                continue
            why = fault or self._why_not(line, column, quantity)
            if why or (column.quantity and quantity is None):
                if text and text not in NOT_APPLICABLE:
                    readout.unreadable(place, f"{line.label}: {text}", why)
                continue
            rate = column.measure != "level"
            unit = quantity if column.quantity and quantity else self.unit[1]
            facts = {
                **(line.facts or {}),
                "flow": (line.facts or {}).get("flow", "") or column.flow,
                "measure": column.measure,
                "period": column.period,
                "basis": parse_unit(unit)[0] if rate else "_Z",
                "cite": f"{self.about.title}: {line.label}",
            }
            if grid.sheet is not None:
                readout.cell(grid.sheet[line.number - 1][grid.column(index)], "%" if rate else unit, place, facts)
            else:
                readout.printed(_MARK.sub("", text), "%" if rate else unit, place, **facts)

    def _why_not(self, line: _Line, column: Column, quantity: str | None) -> str:
        """Why a column of a row is not read, "" where it is."""
        if not ((line.facts or {}).get("flow") or column.flow):
            return "an unknown row label, expected a flow such as Total Export"
        if column.quantity and quantity is None:
            return "the unit of its quantities is unknown, expected such as 万吨 or 10,000 Tons"
        if column.measure == "growth_prev" and months(column.period).length > 1:
            return f"a rate against the period before, of {column.period}: expected one of a month"
        return ""

    def _fault(self, line: _Line, row: list[str]) -> tuple[str, str | None]:
        """Why no figure of a row can be read ("" where they can), and the unit of its quantities."""
        if line.fault:
            return line.fault, None
        if line.facts is None:
            return f"an unknown row label, expected {self.labels.expected}", None
        at = next((at for at, column in enumerate(line.columns, 1) if not column.measure), 0)
        if not at:
            return "", None
        if line.columns[at - 1] == _LOST:
            return "", None
        unit = self.labels.quantity_unit(row[at])
        lacks = unit is None and (not row[at] or row[at] in NOT_APPLICABLE)
        counted = [row[at] for at, one in enumerate(line.columns, 1) if one.measure == "level" and one.quantity]
        if _DIGITS.fullmatch(row[at]) or (lacks and any(map(_DIGITS.fullmatch, counted))):
            return "no unit beside its quantities: a column may be lost", None
        return "", unit


def _roles(body: Sequence[tuple[int, list[str]]], width: int) -> dict[int, str]:
    """Row → what it is, where rows come in pairs of one label; of what is no pair, why that is not read."""
    groups: list[list[tuple[int, list[str]]]] = []
    for at, row in body:
        if groups and (not row[0] or row[0] == groups[-1][0][1][0]):
            groups[-1].append((at, row))
        else:
            groups.append([(at, row)])
    roles: dict[int, str] = {}
    for group in groups:
        paired = len(group) == 2 and all(len(row) == width for _, row in group)
        said = (
            (_VALUES, _RATES_BELOW) if paired else ("expected a row of values, and one of rates below it",) * len(group)
        )
        roles.update({at: role for (at, _), role in zip(group, said, strict=True)})
    return roles
