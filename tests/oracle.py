"""What design.md says of a release, in fractions and in the plainest way; shares no code with what it judges.

An end of an interval is (value, side): 0 is closed, +1 just above, −1 just below it (compared as pairs).
Every verdict is taken twice, with and without the readings that say "about", since those never make an error.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

End = tuple[Any, int]
Range = tuple[End, End]
INF = math.inf
ALL: Range = ((-INF, 0), (INF, 0))
IDENTITIES = {
    "total": {"T": 1, "X": -1, "M": -1},
    "balance": {"B": 1, "X": -1, "M": 1},
    "exports-from-total": {"T": 1, "B": 1, "X": -2},
    "imports-from-total": {"T": 1, "B": -1, "M": -2},
}


class Row(NamedTuple):
    """One reading: what, when, how much and how precisely."""

    product: str
    flow: str
    measure: str
    basis: str
    unit: str
    period: str
    mantissa: int | None
    exponent: int
    qualifier: str = "="
    status: str = ""

    @property
    def cell(self) -> tuple[str, ...]:
        return self[:6]


def printed(row: Row, truncated: bool) -> Range:
    """What a printed figure leaves open, in units of 1 (rates as parts of 1)."""
    assert row.mantissa is not None
    step = Fraction(10) ** row.exponent / (100 if row.unit == "%" else 1)
    value = row.mantissa * step
    match row.qualifier:
        case ">":
            return (value, 1), (INF, 0)
        case "≥":
            return (value, 0), (INF, 0)
        case "<":
            return (-INF, 0), (value, -1)
        case "≤":
            return (-INF, 0), (value, 0)
        case "~":
            return (value - 5 * step, 0), (value + 5 * step, 0)
    if truncated:
        low = (value, 0) if value > 0 else (value - step, 1)
        return low, ((value, 0) if value < 0 else (value + step, -1))
    return (value - step / 2, 0), (value + step / 2, 0)


def meet(*ranges: Range) -> Range | None:
    low, high = max(one[0] for one in ranges), min(one[1] for one in ranges)
    return (low, high) if low <= high else None


def plus(a: Range, b: Range) -> Range:
    (low, high) = ((x[0] + y[0], x[1] or y[1]) for x, y in zip(a, b, strict=True))
    return low, high


def times(a: Range, b: Range) -> Range:
    """All products; one with a closed 0 is attained whatever stands on the other side."""
    corners = []
    for (x, i), (y, j) in product(a, b):
        zero = (x == 0 and not i) or (y == 0 and not j)
        corners.append((Fraction(0) if 0 in (x, y) else x * y, zero or not (i or j)))
    low, high = min(value for value, _ in corners), max(value for value, _ in corners)
    return (low, 0 if (low, True) in corners else 1), (high, 0 if (high, True) in corners else -1)


def inverse(a: Range) -> Range:
    """1/a of a range without 0."""
    (low, i), (high, j) = a
    sign = 1 if high > 0 else -1

    def turned(value: Any, side: int) -> End:
        if value in (INF, -INF):
            return Fraction(0), side
        return (1 / value if value else sign * INF), side

    return turned(high, int(bool(j) or high == INF)), turned(low, -int(bool(i) or low == -INF))


def scaled(a: Range, factor: int) -> Range:
    return times(a, ((Fraction(factor), 0), (Fraction(factor), 0)))


def has(a: Range, value: int = 0) -> bool:
    return a[0] <= (value, 0) <= a[1]


def add_up(terms: Iterable[tuple[int, Range]]) -> bool:
    """Some values within the ranges, each times its factor, add up to 0."""
    total: Range = ((Fraction(0), 0), (Fraction(0), 0))
    for factor, one in terms:
        total = plus(total, scaled(one, factor))
    return has(total)


def grown(level: Range, base: Range, rate: Range, years: int = 1, absolute: bool = False) -> bool:
    """level = base · (1 + rate)^years; on an absolute base the rate of a negative one counts the other way."""
    factor = plus(((Fraction(1), 0), (Fraction(1), 0)), scaled(rate, -1) if absolute and base[1] <= (0, 0) else rate)
    if years > 1:  # no figure changes its sign from year to year
        (low, i), (high, j) = max(factor[0], (Fraction(0), 0)), factor[1]
        factor = (low**years, i), (high**years, j)
        if high < 0:
            return False
    return meet(times(base, factor), level) is not None


def bases(level: Range, rate: Range, absolute: bool) -> Range:
    """What a level and its growth leave for the base: everything where the rate may be −100 % or as near as it likes.

    On an absolute base also where the level's sign may not be the base's, which then says how the rate counts.
    """
    one = (Fraction(1), 0)
    if absolute and (has(level) or rate[0] <= (-1, 0) or rate[1] >= (1, 0)):
        return ALL
    factor = plus((one, one), scaled(rate, -1) if absolute and level[1] < (0, 0) else rate)
    return times(level, inverse(factor)) if factor[0][0] > 0 or factor[1][0] < 0 else ALL


def year_before(period: str) -> str:
    return "/".join(f"{int(part[:4]) - 1}{part[4:]}" for part in period.split("/"))


def preceding(period: str) -> str:
    """The preceding period of equal length: of a year, quarter, month, or a span of months."""
    if "/" in period:
        start, end = (int(part[:4]) * 12 + int(part[5:]) for part in period.split("/"))
        return "/".join(f"{(at - 1) // 12}-{(at - 1) % 12 + 1:02d}" for at in (2 * start - end - 1, start - 1))
    year, _, part = period.partition("-")
    if not part:
        return str(int(year) - 1)
    if part[0] == "Q":
        return f"{year}-Q{int(part[1]) - 1}" if part != "Q1" else f"{int(year) - 1}-Q4"
    return f"{year}-{int(part) - 1:02d}" if part != "01" else f"{int(year) - 1}-12"


class Release:
    """All readings of one release; ``exact`` names identities, ``parts`` maps a whole product to its parts."""

    def __init__(
        self,
        rows: list[Row],
        truncated: bool = False,
        absolute: bool = False,
        exact: frozenset[str] = frozenset(),
        parts: dict[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.rows, self.truncated, self.absolute, self.exact, self.parts = rows, truncated, absolute, exact, parts or {}

    def figures(self, about: bool) -> dict[tuple[str, ...], Range | None]:
        """Each cell with a value, and what all its readings leave (None: they do not meet)."""
        found: dict[tuple[str, ...], list[Range]] = defaultdict(list)
        said = defaultdict(list)
        for row in self.rows:
            if row.mantissa is not None:
                said[row.cell].append(row)
        for cell, readings in said.items():
            firm = [printed(row, self.truncated) for row in readings if row.qualifier != "~"]
            rough = [printed(row, self.truncated) for row in readings if row.qualifier == "~"]
            if firm or about:
                found[cell] = firm or rough  # "about" says nothing beside what is said for certain
        return {cell: meet(*ranges) for cell, ranges in found.items()}

    def verdicts(self) -> dict[tuple[str, str, str, str], str]:
        """(rule, product, period, which) → holds, error or warning; what could not be evaluated is left out."""
        with_about, firm = dict(self.judged(True)), dict(self.judged(False))
        found = {}
        for key, holds in with_about.items():
            wrong = "warning" if key[0] in ("parts", "currency") or firm.get(key, True) else "error"
            found[key] = "holds" if holds else wrong
        return found

    def judged(self, about: bool) -> Iterator[tuple[tuple[str, str, str, str], bool]]:
        known = self.figures(about)
        good = {cell: one for cell, one in known.items() if one is not None}
        readings: dict[tuple[str, ...], list[Range]] = defaultdict(list)
        for row in self.rows:
            if row.mantissa is not None and (about or row.qualifier != "~"):
                readings[row.cell].append(printed(row, self.truncated))
        for cell, ranges in readings.items():
            if len(ranges) > 1:
                yield ("repeat", cell[0], cell[5], "/".join(cell[1:5])), meet(*ranges) is not None
        for what, period, unit in sorted({(cell[0], cell[5], cell[4]) for cell in good if cell[2] == "level"}):
            levels = {
                cell[1]: one
                for cell, one in good.items()
                if cell[0] == what and cell[2:] == ("level", "_Z", unit, period)
            }
            yield from self.identities(levels, what, period, unit)
            for flow, level in levels.items():
                yield from self.sums(good, flow, level, what, period, unit)
            for measure, before in (("growth_yoy", year_before), ("growth_prev", preceding)):
                yield from self.growth(good, measure, levels, what, period, unit, before(period))
        for cell, rate in good.items():
            yield from self.averages(good, cell, rate)
            yield from self.share(good, cell, rate)

    def identities(self, levels: dict[str, Range], what: str, period: str, unit: str) -> Iterator[Any]:
        for name, factors in IDENTITIES.items():
            if factors.keys() <= levels.keys():
                exact = name in self.exact
                terms = [
                    (
                        factor,
                        self.point((what, flow, "level", "_Z", unit, period), levels[flow]) if exact else levels[flow],
                    )
                    for flow, factor in factors.items()
                ]
                yield (name, what, period, unit), add_up(terms)

    def point(self, cell: tuple[str, ...], one: Range) -> Range:
        """A plain figure of an exact dataset is what it says: its finest printing, of several the least."""
        plain = [(row.exponent, row.mantissa) for row in self.rows if row.cell == cell and row.qualifier == "="]
        if not plain:
            return one
        exponent, mantissa = min((exponent, mantissa) for exponent, mantissa in plain if mantissa is not None)
        value = mantissa * Fraction(10) ** exponent
        return (value, 0), (value, 0)

    def sums(self, good: dict[Any, Range], flow: str, level: Range, what: str, period: str, unit: str) -> Iterator[Any]:
        cells = [(part, flow, "level", "_Z", unit, period) for part in self.parts.get(what, ())]
        if cells and all(cell in good for cell in cells):
            yield ("parts", what, period, f"{flow}/{unit}"), add_up([(1, level), *((-1, good[cell]) for cell in cells)])

    def broken(self, what: str, flow: str, unit: str, base: str, period: str) -> bool:
        """Whether the series has a break after the base."""
        return any(
            row.status == "B" and row.cell[:5] == (what, flow, "level", "_Z", unit) and base < row.period <= period
            for row in self.rows
        )

    def growth(
        self,
        good: dict[Any, Range],
        measure: str,
        levels: dict[str, Range],
        what: str,
        period: str,
        unit: str,
        base: str,
    ) -> Iterator[Any]:
        choices: dict[str, Range | None] = {}
        implied: set[str] = set()
        for flow in "TXMB":
            absolute = self.absolute and flow == "B"
            rate = good.get((what, flow, measure, unit, "%", period))
            under = good.get((what, flow, "level", "_Z", unit, base))
            level, broken = levels.get(flow), self.broken(what, flow, unit, base, period)
            made = ALL
            if level and rate and not broken:
                made = bases(level, rate, absolute)
                if under and not has(under):
                    yield ("growth", what, period, f"{flow}/{measure}/{unit}"), grown(level, under, rate, 1, absolute)
            if made != ALL:
                implied.add(flow)
            if made != ALL or under:
                choices[flow] = meet(made, under or ALL)
        rules = [one for one in IDENTITIES.values() if one.keys() <= choices.keys() and one.keys() & implied]
        if rules:
            terms = [[(factor, choices[flow]) for flow, factor in one.items()] for one in rules]
            holds = all(all(one for _, one in rule) and add_up(rule) for rule in terms)  # type: ignore[arg-type]
            yield ("growth-implied", what, period, f"{measure}/{unit}"), holds

    def averages(self, good: dict[Any, Range], cell: Any, rate: Range) -> Iterator[Any]:
        what, flow, measure, basis, _, period = cell
        if measure != "growth_avg":
            return
        start, end = period.split("/")
        level = good.get((what, flow, "level", "_Z", basis, end))
        base = good.get((what, flow, "level", "_Z", basis, start))
        if not (level and base) or has(base) or self.broken(what, flow, basis, start, end):
            return
        side = 1 if base[1][0] > 0 else -1
        if has(level) or side * level[0][0] > 0 or side * level[1][0] > 0:  # else the figure changed its sign
            absolute = self.absolute and flow == "B"
            holds = grown(level, base, rate, int(end) - int(start), absolute)
            yield ("growth-average", what, period, f"{flow}/{basis}"), holds

    def share(self, good: dict[Any, Range], cell: Any, rate: Range) -> Iterator[Any]:
        what, flow, measure, basis, _, period = cell
        if measure != "share":
            return
        whole = basis.partition("=")[2]
        for unit in sorted({other[4] for other in good if other[2] == "level"}):
            part, of = (good.get((product_, flow, "level", "_Z", unit, period)) for product_ in (what, whole))
            if part and of and not has(of):
                yield ("share", what, period, f"{flow}/{unit}"), meet(times(of, rate), part) is not None
