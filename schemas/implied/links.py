"""What connects the levels of a release: figures by key, and linear conditions between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from schemas.cells.reader import Reader
from schemas.rules import Identity
from schemas.rules.shared import rates
from schemas.rules.shared.evaluation import FAILS, HOLDS, Evaluated
from schemas.rules.shared.statements import Ratio, Sum

if TYPE_CHECKING:
    from schemas.intervals.grid import Flags
    from schemas.judge import Judgement

Key = tuple[int, int, str, str]  # family, currency, flow, period
Block = tuple[int, int, str]  # family, currency, period


def block_of(key: Key) -> Block:
    """The block of a figure."""
    return key[0], key[1], key[3]


@dataclass
class Links:
    """Printed levels by key, the finest step of each block, and what must hold of levels.

    ``bounds``: a level is between two multiples of its base, of which it is known whether it is positive; ``sums``: a
    parent and its children; ``floored``: what is never below 0.
    """

    reader: Reader
    figures: dict[Key, int] = field(default_factory=dict)
    exponents: dict[Block, int] = field(default_factory=dict)
    bounds: list[tuple[Key, Key, Fraction | None, Fraction | None, bool]] = field(default_factory=list)
    sums: list[tuple[Key, list[Key]]] = field(default_factory=list)
    floored: list[Key] = field(default_factory=list)

    @classmethod
    def of(cls, judgement: Judgement) -> Links:
        """The links of what was judged, but for blocks in which something fails."""
        cells, broken = judgement.cells, set[int]()
        links = cls(Reader(cells))
        for done, result in zip(judgement.done, judgement.results, strict=True):
            wrong = done.terms[:, result == FAILS]
            broken |= set(np.unique(cells.block[wrong[wrong >= 0]]).tolist())
        for cell in map(int, np.flatnonzero(cells.is_level & cells.usable)):
            if int(cells.block[cell]) not in broken:
                key = links.key(cell)
                links.figures[key] = cell
                links.step(key, links.reader.exponent(cell))
        for done, result in zip(judgement.done, judgement.results, strict=True):
            _relate(links, done, result == HOLDS, broken)
        return links

    def key(self, cell: int) -> Key:
        """The key of a level."""
        cells = self.reader.cells
        return int(cells.family[cell]), int(cells.currency[cell]), cells.text("flow", cell), cells.text("period", cell)

    def step(self, key: Key, exponent: int) -> None:
        """Remember the finest step of a block."""
        block = block_of(key)
        self.exponents[block] = min(exponent, self.exponents.get(block, exponent))

    def connected(self) -> list[list[Block]]:
        """Blocks that conditions connect, in order of appearance."""
        beside: dict[Block, set[Block]] = {block_of(key): set() for key in self.figures}
        pairs = [(level, base) for level, base, *_ in self.bounds]
        pairs += [(parent, child) for parent, children in self.sums for child in children]
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


def _relate(links: Links, done: Evaluated, good: Flags, broken: set[int]) -> None:
    """What evaluations say as linear conditions; identities are in the forms already."""
    match done.condition:
        case Sum((-1, *_), floored) if not isinstance(done.rule, Identity):
            for at in np.flatnonzero(good & (done.terms >= 0).all(axis=0)):
                keys = [links.key(int(cell)) for cell in done.terms[:, at]]
                if all(key in links.figures for key in keys):
                    links.sums.append((keys[0], keys[1:]))
                    links.floored += [keys[place] for place in floored]
        case Ratio(0):
            for share, part, whole in done.terms[:, good].T.tolist():
                _share(links, share, part, whole)
        case Ratio(100, years, turns):
            # A base that is not printed follows from a rate that could not be evaluated without it.
            usable = links.reader.cells.usable[done.terms[0]] & (done.terms[1] >= 0) & (years > 0)
            for at in np.flatnonzero(usable & ~np.isin(links.reader.cells.block[done.terms[0]], list(broken))):
                _growth(links, int(done.terms[0, at]), int(done.terms[1, at]), int(years[at]), bool(turns[at]))


def _share(links: Links, share: int, part: int, whole: int) -> None:
    """A part by its whole, where that is not below 0."""
    if links.key(part) in links.figures and links.key(whole) in links.figures:
        factor, known = rates.factor(links.reader.interval(share), 0), links.reader.interval(whole)
        if known.low is not None and known.low >= 0:
            links.bounds.append((links.key(part), links.key(whole), factor.low, factor.high, True))


def _growth(links: Links, rate: int, cell: int, years: int, turns: bool) -> None:
    """A level by its base, printed or not, where the sign of either is known."""
    level, cells, reader = links.key(cell), links.reader.cells, links.reader
    if level not in links.figures:
        return
    known = reader.interval(cell)
    factor = rates.factor(rates.turned(reader.interval(rate), turns, known), 100, years)
    positive = known.low is not None and known.low > 0
    if not factor.empty and factor.low and factor.low > 0 and (positive or (known.high is not None and known.high < 0)):
        base = (*level[:3], rates.base_and_end(cells.text("measure", rate), cells.text("period", rate))[0])
        links.step(base, reader.exponent(cell))
        links.bounds.append((level, base, factor.low, factor.high, positive))
