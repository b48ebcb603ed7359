"""The figures of a table as printed: decimal mark, marks beside them, precision where cells have lost theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from schemas.printed import parse_column
from sources.shared.files.grids import Grid, letters
from sources.shared.shapes.facets import Facets
from sources.shared.shapes.maps import Map
from sources.shared.shapes.roles import Role
from sources.shared.tables.columns import Flags, Ints
from sources.shared.tables.records import round_to
from sources.shared.wording.marks import decimal_mark, one

if TYPE_CHECKING:
    import numpy.typing as npt

_SWAP: Final = str.maketrans({",": ".", ".": ","})
_SIGNS: Final = {"€": "EUR", "£": "GBP", "$": "?dollars", "US$": "USD", "¥": "?yen or yuan"}
#: Headings in languages that write a comma where English writes a point.
_FOREIGN: Final = re.compile(
    r"ausfuhr|einfuhr|export(?:e\b|ation|aci)|import(?:e\b|ation|aci)|saldo|solde|mio\.|mrd|tsd|millones|milliard|wert|valeur|valor",
    re.IGNORECASE,
)
#: Doubles print as many digits: what computed them knew fewer.
_NOISE: Final = 15
_MEANT: Final = 12


@dataclass
class Read:
    """Figures column by column: ``where`` is the column, ``which`` the row of each."""

    texts: npt.NDArray[Any] = field(default_factory=lambda: np.zeros(0, dtype=object))
    status: npt.NDArray[Any] = field(default_factory=lambda: np.zeros(0, dtype=object))
    percent: Flags = field(default_factory=lambda: np.zeros(0, dtype=bool))
    mantissa: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    exponent: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    unparsed: Flags = field(default_factory=lambda: np.zeros(0, dtype=bool))
    where: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    which: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    loose: dict[str, str] = field(default_factory=dict)  # column → the step that is taken
    decimal: str = "."

    def check_units(
        self, cells: list[list[Facets]], kind: Ints, values: Sequence[Role], how: Map, asks: list[str]
    ) -> None:
        """What stands in % beside money is not read; rates that may be fractions are asked about."""
        if not self.percent.any() and all(one["unit"] != "%" for line in cells for one in line):
            return
        width = len(values)
        rate = np.array([[one["unit"] == "%" for one in line] for line in cells], dtype=bool).reshape(-1)
        of = rate[kind[self.which] * width + self.where]
        self.unparsed |= self.percent & ~of
        for at, role in enumerate(values):
            mine = of & (self.where == at) & ~self.percent & ~self.unparsed
            size = np.abs(self.mantissa[mine])
            small = size <= 10.0 ** -self.exponent[mine].clip(-18, 0)
            if how.percent == "fractions":
                self.exponent[mine] += 2
            elif (
                not how.percent and small.sum() > 2 and small.all() and (self.exponent[mine] <= -2).any() and size.any()
            ):
                asks.append(
                    f"column {role.heading!r} is in %, and all its figures are below 1: --percent fractions where "
                    "0.089 is 8.9 %, --percent points where it is 0.089 %"
                )


def read_figures(grid: Grid, rows: Ints, values: Sequence[Role], how: Map, asks: list[str]) -> Read:
    """The figures of the columns ``values``; empty cells are none."""
    columns = [grid.texts[rows, role.at] for role in values]
    done = Read()
    if grid.loose is not None:
        for at, role in enumerate(values):
            columns[at] = _finest(columns[at], grid.loose[rows, role.at], role, done)
    done.decimal = how.decimal or _decimal(columns, grid, [role.heading for role in values], asks)
    if done.decimal == ",":
        columns = [
            "\n".join(column).translate(_SWAP).split("\n") if _one_line(column) else column for column in columns
        ]
    parts = []
    for at, (role, cells) in enumerate(zip(values, columns, strict=True)):
        texts = cells if isinstance(cells, np.ndarray) else np.array(cells, dtype=object)
        filled = texts != ""
        which = np.flatnonzero(filled)
        parts.append(
            (*_parsed(texts if filled.all() else texts[which], role), np.full(len(which), at, dtype=np.int64), which)
        )
        _cut(parts[-1][3], parts[-1][4], role, done)
    if parts:
        fields = [np.concatenate(part) for part in zip(*parts, strict=True)]
        names = ("texts", "status", "percent", "mantissa", "exponent", "unparsed", "where", "which")
        for name, array in zip(names, fields, strict=True):
            setattr(done, name, array)
    return done


def _one_line(cells: npt.NDArray[Any]) -> bool:
    return "\n" not in "".join(cells)


def _decimal(columns: list[Any], grid: Grid, heads: Sequence[str], asks: list[str]) -> str:
    if not grid.commas and grid.separator in (",", "\t") and not _FOREIGN.search(" ".join(heads)):
        return "."
    whole = ["\n".join(column) for column in columns]
    foreign = _FOREIGN.search(" ".join(heads)) and grid.kind not in ("sheet", "records")
    if not any("," in text for text in whole) and grid.separator in (",", "", "\t") and not foreign:
        return "."
    texts = [
        figure
        for text in whole
        for cell in set(text.split("\n"))
        if "," in cell or "." in cell or len(cell) < 12
        for figure in [one(cell)[0]]
        if (figure and figure[-1:].strip(")").isdigit()) or figure.endswith(")")
    ]
    mark = decimal_mark(np.array(texts, dtype=object), ";" if foreign else grid.separator)
    if mark in (".", ","):
        return mark
    example = next((text for text in texts if "," in text or "." in text), "")
    why = (
        "figures have both a decimal comma and a decimal point"
        if mark == "?"
        else f"{example!r} may have a decimal mark or thousands"
    )
    asks.append(f"{why}: --decimal . or --decimal ,")
    return "."


def _parsed(texts: npt.NDArray[Any], role: Role) -> tuple[Any, ...]:
    """Texts, status, %, mantissa, exponent, unread of a column; what is not plain is looked at one by one."""
    mantissa, exponent, why = parse_column(texts)
    status = np.full(len(texts), "", dtype=object)
    percent = np.zeros(len(texts), dtype=bool)
    unparsed = np.zeros(len(texts), dtype=bool)
    again: list[int] = []
    for at in why:
        figure, status[at], percent[at], sign = one(texts[at])
        if (
            sign
            and _SIGNS.get(sign, "") != role.facets.setdefault("money", _SIGNS.get(sign, ""))
            and not (sign == "$" and role.facets["money"] == "USD")
        ):
            unparsed[at] = True
            continue
        if figure != texts[at]:
            texts[at] = figure
            if figure:
                again.append(at)
        else:
            unparsed[at] = True
    if again:
        more, power, still = parse_column(texts[again])
        mantissa[again], exponent[again] = more, power
        for at in still:
            unparsed[again[at]] = True
    return texts, status, percent, mantissa, exponent, unparsed


def _cut(mantissa: Ints, exponent: Ints, role: Role, done: Read) -> None:
    """Doubles printed with all their digits were computed: 12 of these mean something."""
    noise = (np.abs(mantissa) >= 10 ** (_NOISE - 1)) & (exponent < 0)
    if noise.any():
        round_to(mantissa, exponent, _MEANT)
        done.loose[role.heading or letters(role.at)] = f"{_MEANT} digits"


def _finest(cells: npt.NDArray[Any], loose: Flags, role: Role, done: Read) -> npt.NDArray[Any]:
    """Numbers without a precision of their own, with as many digits as the finest of their column."""
    at = np.flatnonzero(loose & (cells != ""))
    numbers = []
    for one_at in at:
        try:
            numbers.append(Decimal(cells[one_at]))
        except InvalidOperation:
            return cells
    if not numbers:
        return cells
    digits = max(-int(number.normalize().as_tuple().exponent) for number in numbers)
    if any(len(number.as_tuple().digits) >= _NOISE for number in numbers):  # computed: 12 digits mean something
        largest = max(abs(number) for number in numbers)
        digits = _MEANT - largest.adjusted() - 1
    digits = max(digits, 0)
    step = Decimal(1).scaleb(-digits)
    made = cells.copy()
    made[at] = [f"{number.quantize(step):f}" if abs(number) < 10**15 else f"{number:f}" for number in numbers]
    done.loose[f"{letters(role.at)}" if not role.heading else role.heading] = f"{step:f}"
    return made
