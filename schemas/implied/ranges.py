"""The ranges of levels: closed forms inside a block, linear programmes over the blocks that conditions connect.

The range of one flow over three strips is the intersection of what each two of them make of it. Each end of a programme
is confirmed in fractions.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from schemas.cells import spans
from schemas.cells.cells import BALANCING
from schemas.figures import Interval
from schemas.implied.links import Block, Key, Links, block_of
from schemas.intervals.polyhedron import Contradiction, Form, Polyhedron
from schemas.rules.identities import RULES as IDENTITIES

#: Blocks that are solved together, at most; larger connected sets fall back to their closed forms.
_LARGEST: Final = 60
_FORMS: Final = {"T": (1, 1), "X": (1, 0), "M": (0, 1), "B": (1, -1)}


def ranges(links: Links, blocks: list[Block]) -> list[tuple[Key, Interval]]:
    """What is left for each level of connected blocks; nothing where they contradict each other only as a whole."""
    closed = [found for block in blocks for found in _closed(links, block)]
    within = any(block_of(parent) == blocks[0] for parent, _ in links.sums)
    if (len(blocks) == 1 and not within) or len(blocks) > _LARGEST:
        return closed
    space = _Space()
    space.restrict(links, set(blocks))
    keys = [(*block[:2], flow, block[2]) for block in blocks for flow in BALANCING]
    keys += [key for key in links.figures if key[2] not in _FORMS and block_of(key) in set(blocks)]
    keys = [key for key in keys if space.knows(key)]
    try:
        found = space.polyhedron.ranges([space.form(key) for key in keys])
    except Contradiction:
        return []
    # What the closed forms say is true whatever could be confirmed beyond.
    known = dict(closed)
    return [(key, known.get(key, spans.ANY).meet(Interval(*one))) for key, one in zip(keys, found, strict=True)]


class _Space:
    """Levels as linear forms: in exports and imports of their block, or as variables of their own."""

    def __init__(self) -> None:
        self.polyhedron = Polyhedron()
        self._columns: dict[object, int] = {}

    def form(self, key: Key) -> Form:
        """A level; variables come with the first form they are in."""
        return {self._column(place): factor for place, factor in _places(key).items()}

    def _column(self, place: object) -> int:
        if place not in self._columns:
            self._columns[place] = self.polyhedron.variable()
        return self._columns[place]

    def knows(self, key: Key) -> bool:
        """Whether anything is said of a level."""
        return all(place in self._columns for place in _places(key))

    def restrict(self, links: Links, here: set[Block]) -> None:
        """All that links say of some blocks."""
        space = self.polyhedron
        for key, cell in links.figures.items():
            if block_of(key) in here:
                known = links.reader.interval(cell)
                self._between(self.form(key), known.low, known.high)
        for level, base, low, high, positive in links.bounds:
            if block_of(level) in here:
                lower, upper = (low, high) if positive else (high, low)
                if lower is not None:
                    space.at_least(self._less(level, [base], lower), Fraction(0))
                if upper is not None:
                    space.at_most(self._less(level, [base], upper), Fraction(0))
        for parent, children in links.sums:
            if block_of(parent) in here:
                self._between(self._less(parent, children, Fraction(1)), Fraction(0), Fraction(0))
        for key in links.floored:
            if block_of(key) in here:
                space.at_least(self.form(key), Fraction(0))

    def _between(self, form: Form, low: Fraction | None, high: Fraction | None) -> None:
        if low is not None:
            self.polyhedron.at_least(form, low)
        if high is not None:
            self.polyhedron.at_most(form, high)

    def _less(self, key: Key, others: list[Key], times: Fraction) -> Form:
        """A level less some others, each so many times."""
        made = self.form(key)
        for other in others:
            for at, factor in self.form(other).items():
                made[at] = made.get(at, Fraction(0)) - times * factor
        return made


def _places(key: Key) -> dict[object, Fraction]:
    """What a level is the sum of, and how many times each."""
    if key[2] not in _FORMS:
        return {key: Fraction(1)}
    factors = zip("XM", _FORMS[key[2]], strict=True)
    return {(block_of(key), name): Fraction(factor) for name, factor in factors if factor}


def _closed(links: Links, block: Block) -> list[tuple[Key, Interval]]:
    """What the printed figures of one block leave for each of its levels."""
    known = {}
    for flow in BALANCING:
        key = (*block[:2], flow, block[2])
        if key in links.figures:
            known[flow] = links.reader.interval(links.figures[key])
    found = {flow: known.get(flow, spans.ANY) for flow in BALANCING}
    for identity in IDENTITIES:
        terms = list(
            zip((flow for flow, _ in (identity.left, *identity.right)), identity.condition.factors, strict=True)
        )
        for flow, alone in terms:
            others = [
                spans.times(known[one], Fraction(-by, alone)) for one, by in terms if one != flow and one in known
            ]
            if len(others) == 2:
                found[flow] = found[flow].meet(spans.plus(*others))
    own = [key for key in links.figures if block_of(key) == block and key[2] not in _FORMS]
    return [
        *(((*block[:2], flow, block[2]), one) for flow, one in found.items()),
        *((key, links.reader.interval(links.figures[key])) for key in own),
    ]
