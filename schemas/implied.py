"""Implied figures: what a release pins down, printed or not, as the tightest interval that its figures leave.

Inside a block there are closed forms: the range of one flow over three strips is the intersection of what each two of
them make of it. Blocks that growth rates, shares or sums of parts connect are solved together by linear programming,
each end confirmed in fractions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from schemas.cells import spans
from schemas.cells.cells import BALANCING, Cells
from schemas.cells.reader import Reader
from schemas.figures import Interval, decimal_text
from schemas.intervals.polyhedron import Contradiction, Form, Polyhedron
from schemas.judge import judge
from schemas.periods import average_base, preceding, year_before
from schemas.rules.shared.evaluation import HOLDS, Evaluated
from schemas.rules.shared.statements import Identity, Ratio, Sum
from schemas.sentences import rounded
from schemas.suspects.fits import Fitting

if TYPE_CHECKING:
    import pandas as pd

    from schemas.datasets import Dataset

#: Blocks that are solved together, at most; larger connected sets fall back to their closed forms.
_LARGEST: Final = 60
_SHOWN_DIGITS: Final = 3

_Term = tuple[Fraction | int, str]
Key = tuple[int, int, str, str]  # family, currency, flow, period
Block = tuple[int, int, str]  # family, currency, period

_FORMS: Final = {"T": (1, 1), "X": (1, 0), "M": (0, 1), "B": (1, -1)}


@dataclass(frozen=True)
class Implied:
    """What a release leaves for one level: ``low`` to ``high``, in units of 1; ``None`` where it is not bounded.

    ``exponent`` is the step of the published figure, or of those that imply it.
    """

    dataset: str
    released: str
    reporter: str
    partner: str
    product: str
    breakdown: str
    flow: str
    period: str
    unit: str
    low: Fraction | None
    high: Fraction | None
    exponent: int
    published: bool

    @property
    def low_text(self) -> str:
        """The low end as a decimal string, three digits finer than the figures."""
        return "" if self.low is None else decimal_text(rounded(self.low, self.exponent - _SHOWN_DIGITS))

    @property
    def high_text(self) -> str:
        """The high end, in the same way."""
        return "" if self.high is None else decimal_text(rounded(self.high, self.exponent - _SHOWN_DIGITS))


@dataclass
class _Links:
    """What connects levels: figures by key, and linear conditions between them."""

    cells: Cells
    reader: Reader
    figures: dict[Key, int] = field(default_factory=dict)
    exponents: dict[Block, int] = field(default_factory=dict)
    bounds: list[tuple[Key, Key, Fraction | None, Fraction | None, bool]] = field(default_factory=list)
    sums: list[tuple[Key, list[Key]]] = field(default_factory=list)
    floored: list[Key] = field(default_factory=list)

    def key(self, cell: int) -> Key:
        """The key of a level."""
        cells = self.cells
        return int(cells.family[cell]), int(cells.currency[cell]), cells.text("flow", cell), cells.text("period", cell)

    def add(self, cell: int) -> Key:
        """Know a printed level."""
        key = self.key(cell)
        self.figures[key] = cell
        self.step(key, self.reader.exponent(cell))
        return key

    def step(self, key: Key, exponent: int) -> None:
        """Remember the finest step of a block."""
        block = block_of(key)
        self.exponents[block] = min(exponent, self.exponents.get(block, exponent))


def block_of(key: Key) -> Block:
    """The block of a figure."""
    return key[0], key[1], key[3]


def implied(readings: pd.DataFrame, datasets: Mapping[str, Dataset] | None = None) -> list[Implied]:
    """For every level that a release prints or pins down from both sides, the tightest interval its figures leave.

    Blocks in which something fails take no part, nor does what contradicts itself only as a whole.
    """
    judgement = judge(readings, datasets)
    cells, reader = judgement.cells, Reader(judgement.cells)
    links = _Links(cells, reader)
    results = judgement.frame["result"].cat.codes.to_numpy()
    broken: set[int] = set()
    offset = 0
    for done in judgement.done:
        wrong = done.terms[:, results[offset : offset + len(done)] == 1]
        broken |= set(np.unique(cells.block[wrong[wrong >= 0]]).tolist())
        offset += len(done)
    for cell in np.flatnonzero(cells.is_level & cells.usable):
        if int(cells.block[cell]) not in broken:
            links.add(int(cell))
    offset = 0
    for done in judgement.done:
        good = np.flatnonzero(results[offset : offset + len(done)] == HOLDS)
        offset += len(done)
        for at in good:
            _relate(links, done, int(at))
    _relate_growth(links, datasets or {}, broken)
    found: list[Implied] = []
    for blocks in _connected(links):
        found += _solve(links, blocks)
    return found


def _relate(links: _Links, done: Evaluated, at: int) -> None:
    """A sum or a share as linear conditions; identities are in the forms already, growth is related beyond blocks."""
    terms = [int(cell) for cell in done.terms[:, at]]
    match done.condition:
        case Sum((-1, *_), floored) if not isinstance(done.rule, Identity) and min(terms) >= 0:
            keys = [links.key(cell) for cell in terms]
            if all(key in links.figures for key in keys):
                links.sums.append((keys[0], keys[1:]))
                links.floored += [keys[place] for place in floored]
        case Ratio(0):
            share, part, whole = terms
            if links.key(part) not in links.figures or links.key(whole) not in links.figures:
                return
            factor = Fitting(links.reader).factor(share, Fraction(0))
            known = links.reader.interval(whole)
            if known.low is not None and known.low >= 0:
                links.bounds.append((links.key(part), links.key(whole), factor.low, factor.high, True))


def _relate_growth(links: _Links, datasets: Mapping[str, Dataset], broken: set[int]) -> None:
    """Levels and their base, printed or not, by every usable rate of growth."""
    cells, reader = links.cells, links.reader
    for measure in ("growth_yoy", "growth_prev", "growth_avg"):
        for rate in map(int, cells.measured(measure)):
            if not cells.usable[rate] or int(cells.block[rate]) in broken:
                continue
            period, years = cells.text("period", rate), 1
            if measure == "growth_avg":
                base, end, years = average_base(period)
            else:
                base, end = (year_before(period) if measure == "growth_yoy" else preceding(period)), period
            flow = cells.text("flow", rate)
            level = (int(cells.family[rate]), int(cells.currency[rate]), flow, end)
            if level not in links.figures:
                continue
            known = reader.interval(links.figures[level])
            name = cells.text("dataset", rate)
            absolute = flow == "B" and name in datasets and datasets[name].balance_growth == "absolute"
            negative = known.high is not None and known.high < 0
            factor = Fitting(reader).factor(rate, Fraction(100), -1 if absolute and negative else 1)
            positive = known.low is not None and known.low > 0
            if factor.low is None or factor.low <= 0 or not (positive or negative):
                continue
            if years > 1:
                factor = spans.compounded(factor, years)
            key = (level[0], level[1], flow, base)
            links.step(key, reader.exponent(links.figures[level]))
            links.bounds.append((level, key, factor.low, factor.high, positive))


def _connected(links: _Links) -> list[list[Block]]:
    """Blocks that conditions connect, in order of appearance."""
    beside: dict[Block, set[Block]] = {block_of(key): set() for key in links.figures}
    pairs = [(level, base) for level, base, *_ in links.bounds]
    pairs += [(parent, child) for parent, children in links.sums for child in children]
    for one, other in pairs:
        beside.setdefault(block_of(one), set()).add(block_of(other))
        beside.setdefault(block_of(other), set()).add(block_of(one))
    seen: set[Block] = set()
    found = []
    for start in beside:
        if start in seen:
            continue
        seen.add(start)
        blocks, ahead = [], [start]
        while ahead:
            block = ahead.pop()
            blocks.append(block)
            new = [other for other in sorted(beside[block]) if other not in seen]
            seen.update(new)
            ahead += new
        found.append(blocks)
    return found


def _solve(links: _Links, blocks: list[Block]) -> list[Implied]:
    within = any(block_of(parent) == blocks[0] for parent, _ in links.sums)
    if (len(blocks) == 1 and not within) or len(blocks) > _LARGEST:
        rows = [_row(links, key, found) for block in blocks for key, found in _closed(links, block)]
        return [row for row in rows if row is not None]
    here = set(blocks)
    space = Polyhedron()
    columns: dict[object, int] = {}

    def form(key: Key) -> Form:
        """A figure in exports and imports of its block, or as a variable of its own."""
        if key[2] not in _FORMS:
            return {columns[key] if key in columns else _new(columns, key, space): Fraction(1)}
        made: Form = {}
        for name, factor in zip("XM", _FORMS[key[2]], strict=True):
            if factor:
                place = (block_of(key), name)
                made[columns[place] if place in columns else _new(columns, place, space)] = Fraction(factor)
        return made

    for key, cell in links.figures.items():
        if block_of(key) in here:
            known = links.reader.interval(cell)
            if known.low is not None:
                space.at_least(form(key), known.low)
            if known.high is not None:
                space.at_most(form(key), known.high)
    for level, base, low, high, positive in links.bounds:
        if block_of(level) in here:
            lower, upper = (low, high) if positive else (high, low)
            if lower is not None:
                space.at_least(_minus(form(level), form(base), lower), Fraction(0))
            if upper is not None:
                space.at_most(_minus(form(level), form(base), upper), Fraction(0))
    for parent, children in links.sums:
        if block_of(parent) in here:
            total = form(parent)
            for child in children:
                total = _minus(total, form(child), Fraction(1))
            space.at_least(total, Fraction(0))
            space.at_most(total, Fraction(0))
    for key in links.floored:
        if block_of(key) in here:
            space.at_least(form(key), Fraction(0))
    keys = [(*block[:2], flow, block[2]) for block in blocks for flow in BALANCING]
    keys += [key for key in links.figures if key[2] not in _FORMS and block_of(key) in here]
    keys = [key for key in keys if key[2] not in _FORMS or all(place in columns for place in _places(key))]
    try:
        ranges = space.ranges([form(key) for key in keys])
    except Contradiction:
        return []
    # What the closed forms say is true whatever could be confirmed beyond.
    closed = {key: found for block in blocks for key, found in _closed(links, block)}
    rows = [
        _row(links, key, closed.get(key, spans.ANY).meet(Interval(*found)))
        for key, found in zip(keys, ranges, strict=True)
    ]
    return [row for row in rows if row is not None]


def _new(columns: dict[object, int], place: object, space: Polyhedron) -> int:
    columns[place] = space.variable()
    return columns[place]


def _places(key: Key) -> list[object]:
    return [(block_of(key), name) for name, factor in zip("XM", _FORMS[key[2]], strict=True) if factor]


def _minus(one: Form, other: Form, times: Fraction) -> Form:
    made = dict(one)
    for at, factor in other.items():
        made[at] = made.get(at, Fraction(0)) - times * factor
    return made


#: Each flow from each two of the others: (factor, flow), (factor, flow).
_FROM_TWO: Final[dict[str, tuple[tuple[_Term, _Term], ...]]] = {
    "T": (((1, "X"), (1, "M")), ((2, "X"), (-1, "B")), ((2, "M"), (1, "B"))),
    "B": (((1, "X"), (-1, "M")), ((2, "X"), (-1, "T")), ((1, "T"), (-2, "M"))),
    "X": (((1, "T"), (-1, "M")), ((1, "M"), (1, "B")), ((Fraction(1, 2), "T"), (Fraction(1, 2), "B"))),
    "M": (((1, "T"), (-1, "X")), ((1, "X"), (-1, "B")), ((Fraction(1, 2), "T"), (Fraction(-1, 2), "B"))),
}


def _closed(links: _Links, block: Block) -> list[tuple[Key, Interval]]:
    """What the printed figures of one block leave for each of its levels."""
    known = {}
    for flow in BALANCING:
        key = (*block[:2], flow, block[2])
        if key in links.figures:
            known[flow] = links.reader.interval(links.figures[key])
    found = []
    for flow in BALANCING:
        target = known.get(flow, spans.ANY)
        for (a, one), (b, other) in _FROM_TWO[flow]:
            if one in known and other in known:
                target = target.meet(spans.plus(spans.times(known[one], a), spans.times(known[other], b)))
        found.append(((*block[:2], flow, block[2]), target))
    others = [key for key in links.figures if block_of(key) == block and key[2] not in _FORMS]
    return found + [(key, links.reader.interval(links.figures[key])) for key in others]


def _row(links: _Links, key: Key, interval: Interval) -> Implied | None:
    published = key in links.figures
    if interval.empty or (not published and (interval.low is None or interval.high is None)):
        return None
    cells = links.cells
    codes, _ = cells.families_index
    family, currency, flow, period = key
    name = {column: cells.texts[column][int(codes[column][family])] for column in codes}
    exponent = links.reader.exponent(links.figures[key]) if published else links.exponents[block_of(key)]
    return Implied(
        **name,
        flow=flow,
        period=period,
        unit=cells.texts["currency"][currency],
        low=interval.low,
        high=interval.high,
        exponent=exponent,
        published=published,
    )
