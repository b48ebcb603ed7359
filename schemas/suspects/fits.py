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
from schemas.periods import average_base
from schemas.rules.identities import RULES as IDENTITIES
from schemas.rules.shared.evaluation import Evaluated
from schemas.rules.shared.statements import BaseIdentities, Ratio, Sum
from schemas.rules.shared.strips import places

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
            case Ratio(whole):
                average = self.reader.cells.text("measure", terms[0]) == "growth_avg"
                years = average_base(self.reader.cells.text("period", terms[0]))[2] if average else 1
                return self._rate_fit(terms, place, Fraction(whole), years, bool(done.detail[at]))
            case BaseIdentities():
                return self._implied_fit(terms, place, bool(done.detail[at][2]))
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

    def _rate_fit(self, terms: list[int], place: int, whole: Fraction, years: int, absolute: bool) -> Interval | None:
        """``level = base · ((whole + rate) / 100)^years`` for rate (0), level (1) or base (2)."""
        rate, level, base = terms
        turn = -1 if absolute and self._negative(base if place != 2 else level) else 1
        if place == 0:
            under = self.known(base)
            if under.contains(0):
                return None
            ratio = spans.root(spans.product(self.known(level), spans.inverse(under)), years)
            found = spans.plus(spans.times(ratio, 100), Interval(-whole, -whole))
            return spans.times(found, turn)
        factor = self.factor(rate, whole, turn)
        if years > 1:
            if factor.high is not None and factor.high < 0:
                return Interval(Fraction(1), Fraction(0))  # compounded, no rate below −100 % is true
            factor = spans.compounded(factor, years)
        if place == 1:
            return spans.product(self.known(base), factor)
        return None if factor.contains(0) else spans.product(self.known(level), spans.inverse(factor))

    def factor(self, rate: int, whole: Fraction, turn: int = 1) -> Interval:
        """``(whole + rate) / 100``."""
        moved = spans.plus(spans.times(self.known(rate), turn), Interval(whole, whole))
        return spans.times(moved, Fraction(1, 100))

    def _negative(self, cell: int) -> bool:
        return spans.sign(self.known(cell)) < 0

    def bases(self, terms: list[int], absolute: bool) -> dict[str, Interval]:
        """The base period of a ``growth-implied`` by flow: implied by level and rate, met with what is printed."""
        found: dict[str, Interval] = {}
        for row, flow in enumerate(BALANCING):
            level, rate, base = terms[row], terms[4 + row], terms[8 + row]
            here = None if base < 0 else self.known(base)
            if level >= 0 and rate >= 0:
                turn = -1 if absolute and flow == "B" and self._negative(level) else 1
                factor = self.factor(rate, Fraction(100), turn)
                if not factor.contains(0):
                    implied = spans.product(self.known(level), spans.inverse(factor))
                    here = implied if here is None else here.meet(implied)
            if here is not None:
                found[flow] = here
        return found

    def _implied_fit(self, terms: list[int], place: int, absolute: bool) -> Interval | None:
        row, kind = place % 4, place // 4
        flow = BALANCING[row]
        without = [-1 if at % 4 == row else term for at, term in enumerate(terms)]
        bases = self.bases(without, absolute)
        target = spans.ANY
        for identity in IDENTITIES:
            flows = [BALANCING[at] for at in places(identity)]
            factors = [-identity.left[1], *(factor for _, factor in identity.right)]
            others = [(bases[name], factor) for name, factor in zip(flows, factors, strict=True) if name in bases]
            rest = Interval(Fraction(0), Fraction(0))
            for interval, factor in others:
                rest = spans.plus(rest, spans.times(interval, factor))
            if len(others) == 3 and not rest.contains(0):
                return Interval(Fraction(1), Fraction(0))  # the others contradict each other already
            if len(others) == 2 and flow in flows:
                target = target.meet(spans.times(rest, Fraction(-1, factors[flows.index(flow)])))
        level, rate, base = terms[row], terms[4 + row], terms[8 + row]
        if kind == 2:
            if level < 0 or rate < 0:
                return target
            alone = [-1 if at % 4 != row or at == place else term for at, term in enumerate(terms)]
            return target.meet(self.bases(alone, absolute).get(flow, spans.ANY))
        if base >= 0:
            target = target.meet(self.known(base))
        turn = -1 if absolute and flow == "B" and self._negative(level) else 1
        if target.empty:
            return target
        if kind == 0:
            return spans.product(target, self.factor(rate, Fraction(100), turn)) if target != spans.ANY else spans.ANY
        if target.contains(0):
            return None
        ratio = spans.times(spans.product(self.known(level), spans.inverse(target)), 100)
        return spans.times(spans.plus(ratio, Interval(Fraction(-100), Fraction(-100))), turn)
