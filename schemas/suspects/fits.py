"""Where a figure would fit: what one evaluation leaves for one of its figures, the others being as they are.

An evaluation holds exactly when what it leaves for any one of its figures meets what was printed of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from schemas.cells import spans
from schemas.cells.cells import BALANCING
from schemas.cells.reader import Reader
from schemas.figures import Interval
from schemas.rules.shared import rates
from schemas.rules.shared.base_identities import bases
from schemas.rules.shared.evaluation import Evaluated
from schemas.rules.shared.statements import BaseIdentities, Ratio, Sum, Term

Place = tuple[int, int]  # which Evaluated, and where in it


class Network(Protocol):
    """Which figures take part in which evaluations."""

    done: Sequence[Evaluated]

    def cells_of(self, place: Place) -> frozenset[int]:
        """The figures of an evaluation."""

    def places_of(self, cell: int) -> Sequence[Place]:
        """The evaluations of a figure, those that hold too."""


@dataclass(frozen=True)
class Fitting:
    """Reads cells, some of them as if they had been printed otherwise (``instead``)."""

    reader: Reader
    instead: Mapping[int, Interval] = field(default_factory=dict)

    def known(self, cell: int) -> Interval:
        """What a cell stands for."""
        return self.instead[cell] if cell in self.instead else self.reader.interval(cell)

    def fit(self, done: Evaluated, at: int, cell: int) -> Interval | None:
        """What an evaluation leaves for one of its cells; ``None`` where it says nothing about it."""
        terms = [int(term) for term in done.terms[:, at]]
        place = terms.index(cell)
        match done.condition:
            case Sum(factors, floored):
                return self._solved(terms, factors, floored, place)
            case Ratio(whole, years, turns):
                return self._rate_fit(terms, place, bool(turns[at]), whole, int(years[at]))
            case BaseIdentities(turns, sums):
                return self._implied_fit(terms, place, bool(turns[at]), sums)
        return None

    def _solved(self, terms: list[int], factors: tuple[int, ...], floored: tuple[int, ...], place: int) -> Interval:
        """``Σ factor · figure = 0`` for one figure."""
        rest: Interval | None = None
        for at, (term, factor) in enumerate(zip(terms, factors, strict=True)):
            if at != place:
                one = spans.ANY if term < 0 else self.known(term)
                if at in floored and (one := one.meet(spans.FROM_ZERO)).empty:
                    return one
                one = spans.times(one, factor)
                rest = one if rest is None else spans.plus(rest, one)
        alone = factors[place]
        share = -alone if alone in (1, -1) else Fraction(-1, alone)
        found = spans.times(rest or Interval(Fraction(0), Fraction(0)), share)
        return found.meet(spans.FROM_ZERO) if place in floored else found

    def _rate_fit(self, terms: list[int], place: int, turns: bool, whole: int, years: int) -> Interval | None:
        """The rate (0), its level (1) or its base (2)."""
        rate, level, base = map(self.known, terms)
        if place == 0:
            return rates.rate_of(level, base, turns, whole, years)
        if place == 1:
            return rates.level_of(base, rate, turns, whole, years)
        return rates.base_of(level, rate, turns, whole, years)

    def _implied_fit(
        self, terms: list[int], place: int, turns: bool, sums: tuple[tuple[Term, ...], ...]
    ) -> Interval | None:
        """The level (0 to 3), rate (4 to 7) or printed base (8 to 11) of a flow."""
        row, kind = place % 4, place // 4
        flow = BALANCING[row]
        without = [-1 if at % 4 == row else term for at, term in enumerate(terms)]
        around = bases(without, self.known, turns)
        target = spans.ANY
        for one in sums:
            factors = dict(one)
            others = [(around[name], factor) for name, factor in one if name in around]
            rest = Interval(Fraction(0), Fraction(0))
            for interval, factor in others:
                rest = spans.plus(rest, spans.times(interval, factor))
            if len(others) == 3 and not rest.contains(0):
                return Interval(Fraction(1), Fraction(0))  # the others contradict each other already
            if len(others) == 2 and flow in factors:
                target = target.meet(spans.times(rest, Fraction(-1, factors[flow])))
        level, rate, base = terms[row], terms[4 + row], terms[8 + row]
        turns &= flow == "B"
        if kind == 2:
            implied = None if level < 0 or rate < 0 else rates.base_of(self.known(level), self.known(rate), turns)
            return target if implied is None else target.meet(implied)
        if base >= 0:
            target = target.meet(self.known(base))
        if target.empty:
            return target
        if kind == 0:
            return rates.level_of(target, self.known(rate), turns)
        return rates.rate_of(self.known(level), target, turns)
