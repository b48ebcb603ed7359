"""The smallest sets of figures whose change would make a component hold: minimum hitting sets, confirmed exactly.

Every failing evaluation needs one of its figures changed. A set that hits them all is tried in fractions: what each
evaluation leaves for the figures that are freed. Where two of them leave nothing in common, one of the figures that
they took as printed must be wrong too: another clause to hit (the implied edits of Fellegi and Holt), and so on until
every smallest set is confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from schemas.cells import spans
from schemas.cells.reader import Reader
from schemas.figures import Interval
from schemas.suspects.fits import Fitting, Network, Place
from schemas.suspects.hitting import Factors, OutOfSteps, Steps, factored, minimum
from schemas.suspects.joint import narrowed

#: Alternatives of one choice that are told apart; beyond, the answer is "more than so many".
ALTERNATIVES: Final = 20
#: Steps for the failures that hang together, at most, and for those of all releases that are judged together.
STEPS, STEPS_OF_ALL = 20_000, 200_000
_ROUNDS: Final = 4  # how often what is left for freed figures is narrowed by what is left for the others


@dataclass(frozen=True)
class Sets:
    """``forced`` figures are in every smallest set, of each choice one alternative is; and where each would fit.

    ``cut``: some choice has more than ALTERNATIVES. Nothing at all where no set was confirmed within the steps
    (``spent``).
    """

    forced: frozenset[int] = frozenset()
    choices: tuple[tuple[frozenset[int], ...], ...] = ()
    fits: dict[int, Interval] = field(default_factory=dict)
    cut: bool = False
    spent: bool = False


class _Contradiction(Exception):
    """What is left for a freed figure is nothing, as long as these others stand as printed."""

    def __init__(self, clause: frozenset[int]) -> None:
        super().__init__(clause)
        self.clause = clause


def smallest_sets(reader: Reader, network: Network, failing: Iterable[Place], steps: Steps, narrowings: Steps) -> Sets:
    """The smallest sets of figures that explain failing evaluations: all at once, or else each by itself."""
    clauses = {network.cells_of(place) for place in failing}
    involved = frozenset[int]().union(*clauses)
    trial, each = _Trial(reader, network), Sets()
    try:
        while True:
            ranks = _Ranks(clauses, reader)
            one = minimum(ranks.clauses, steps, None)
            if one is None:
                return each
            more, _ = trial.of(ranks.cells_of(one), steps)
            if not more:
                factors = ranks.factors(steps)
                sets, more = _confirmed(factors, trial, steps)
            if not more:
                if factors.cut:
                    return each if each.forced or each.choices else sets
                each = each if each.forced or each.choices else sets
                fewer, more = narrowed(factors, reader, network, involved, narrowings)
                if not more:
                    return sets if fewer == factors else _confirmed(fewer, trial, steps)[0]
            clauses |= more
    except OutOfSteps:
        return each if each.forced or each.choices else Sets(spent=True)


class _Ranks:
    """Clauses of ranks: figures are ranked by what they are, not by where they stand."""

    def __init__(self, clauses: set[frozenset[int]], reader: Reader) -> None:
        self._cells = sorted(frozenset[int]().union(*clauses), key=reader.rank)
        rank = {cell: at for at, cell in enumerate(self._cells)}
        self.clauses = frozenset(frozenset(rank[cell] for cell in clause) for clause in clauses)

    def cells_of(self, ranks: frozenset[int]) -> frozenset[int]:
        """The cells with these ranks."""
        return frozenset(self._cells[at] for at in ranks)

    def factors(self, steps: Steps) -> Factors:
        """All smallest sets, as cells."""
        found = factored(self.clauses, steps, ALTERNATIVES) or Factors(frozenset())
        choices = tuple(tuple(self.cells_of(one) for one in choice) for choice in found.choices)
        return Factors(self.cells_of(found.forced), choices, found.cut)


def _confirmed(factors: Factors, trial: _Trial, steps: Steps) -> tuple[Sets, set[frozenset[int]]]:
    """The sets with what fits, each tried; or the clauses that those which fail have broken."""
    more: set[frozenset[int]] = set()
    fits: dict[int, Interval] = {}
    first = factors.first
    for chosen in _each(factors):
        steps.take()
        clauses, left = trial.of(chosen, steps)
        more |= clauses
        for cell, one in left.items():
            fits[cell] = spans.hull(fits[cell], one) if cell in fits else one
        if more and chosen == first:
            break  # the others differ from it little
    return Sets(factors.forced, factors.choices, fits, factors.cut), more


def _each(factors: Factors) -> Iterator[frozenset[int]]:
    """Sets in which each alternative occurs, the first of every choice together."""
    first = factors.first
    yield first
    for choice in factors.choices:
        for alternative in choice[1:]:
            yield (first - choice[0]) | alternative


class _Trial:
    """Tries sets of freed figures, and remembers what evaluations of only one of them leave."""

    def __init__(self, reader: Reader, network: Network) -> None:
        self.reader, self.network, self.fitting = reader, network, Fitting(reader)
        self.known: dict[tuple[Place, int], Interval | None] = {}

    def of(self, chosen: frozenset[int], steps: Steps) -> tuple[set[frozenset[int]], dict[int, Interval]]:
        """The clauses that a set breaks, or else what is left for each of its figures."""
        left = _Left(dict.fromkeys(chosen, spans.ANY))
        clauses: set[frozenset[int]] = set()
        shared: list[tuple[Place, frozenset[int]]] = []
        for cell in sorted(chosen, key=self.reader.rank):
            try:
                for place in self.network.places_of(cell):
                    inside = self.network.cells_of(place) & chosen
                    if len(inside) == 1:
                        left.narrow(cell, self._alone(place, cell), self.network.cells_of(place) - chosen)
                    elif cell == min(inside):
                        shared.append((place, inside))
            except _Contradiction as found:
                clauses.add(found.clause)
        if clauses:
            return clauses, {}
        try:
            self._narrow(left, shared)
        except _Contradiction as found:
            return {found.clause}, {}
        linked = sorted({cell for _, inside in shared for cell in inside}, key=self.reader.rank)
        if linked and not self._witness(left, shared, linked, steps):
            raise OutOfSteps  # neither refuted nor confirmed: nothing is claimed
        return clauses, left.intervals

    def _alone(self, place: Place, cell: int) -> Interval | None:
        if (place, cell) not in self.known:
            self.known[place, cell] = self.fitting.fit(self.network.done[place[0]], place[1], cell)
        return self.known[place, cell]

    def _narrow(self, left: _Left, shared: list[tuple[Place, frozenset[int]]]) -> None:
        """What evaluations of several freed figures leave for each, the others being where they may."""
        for _ in range(_ROUNDS):
            before = dict(left.intervals)
            fitting = Fitting(self.reader, left.intervals)
            for place, inside in shared:
                printed = self.network.cells_of(place).difference(left.intervals)
                for cell in inside:
                    why = printed.union(*(left.reasons(other) for other in inside - {cell}))
                    left.narrow(cell, fitting.fit(self.network.done[place[0]], place[1], cell), why)
            if left.intervals == before:
                return

    def _witness(
        self, left: _Left, shared: list[tuple[Place, frozenset[int]]], linked: Sequence[int], steps: Steps
    ) -> bool:
        """Whether points within what is left satisfy the evaluations that several of them take part in."""
        if not linked:
            return True
        cell, *others = linked
        for point in _points(left.intervals[cell], self.reader.value(cell)):
            steps.take()
            trial = left.at(cell, point)
            try:
                self._narrow(trial, shared)
            except _Contradiction:
                continue
            if self._witness(trial, shared, others, steps):
                return True
        return False


class _Left:
    """What is left for freed figures, and the printed figures each end of it is due to."""

    def __init__(self, intervals: dict[int, Interval]) -> None:
        self.intervals = intervals
        self.low: dict[int, frozenset[int]] = {}
        self.high: dict[int, frozenset[int]] = {}

    def reasons(self, cell: int) -> frozenset[int]:
        """The printed figures that bound a freed one."""
        return self.low.get(cell, frozenset()) | self.high.get(cell, frozenset())

    def narrow(self, cell: int, fit: Interval | None, why: frozenset[int]) -> None:
        """Leave only what fits; raises _Contradiction where that is nothing."""
        if fit is None or fit == spans.ANY:
            return
        if fit.empty:
            raise _Contradiction(why)
        mine = self.intervals[cell]
        met = mine.meet(fit)
        if (met.low, met.low_open) != (mine.low, mine.low_open):
            self.low[cell] = why
        if (met.high, met.high_open) != (mine.high, mine.high_open):
            self.high[cell] = why
        if met.empty:
            raise _Contradiction(self.reasons(cell))
        self.intervals[cell] = met

    def at(self, cell: int, point: Fraction) -> _Left:
        """The same with one figure at a point."""
        other = _Left(self.intervals | {cell: Interval(point, point)})
        other.low, other.high = dict(self.low), dict(self.high)
        return other


def _points(interval: Interval, printed: Fraction) -> list[Fraction]:
    """Values to try within an interval: its middle or the value nearest to what was printed, then its ends."""
    if interval.low is not None and interval.high is not None:
        ends = [
            end
            for end, is_open in ((interval.low, interval.low_open), (interval.high, interval.high_open))
            if not is_open
        ]
        return list(dict.fromkeys([(interval.low + interval.high) / 2, *ends]))
    if interval.contains(printed):
        return [printed]
    return [interval.low + 1 if interval.low is not None else (interval.high or Fraction(0)) - 1]
