"""What a rule is: a statement, and the condition that it puts on figures.

Light: no numpy, no pandas. Fits and suspects know conditions only, no rule by its id.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from schemas.intervals.grid import Codes, Flags

Term = tuple[str, int]


@dataclass(frozen=True)
class Condition:
    """What the terms of evaluations must satisfy."""

    def at(self, where: Flags) -> Self:
        """The condition of some of the evaluations: of what is known of each, an array, only theirs."""
        arrays = {name: said[where] for name, said in vars(self).items() if hasattr(said, "dtype")}
        return replace(self, **arrays)


@dataclass(frozen=True)
class Sum(Condition):
    """``Σ factor · figure = 0`` over the terms of an evaluation.

    Terms at the places ``floored`` are never below 0; where such a term is not known it may be anything from 0 on.
    """

    factors: tuple[int, ...]
    floored: tuple[int, ...] = ()


@dataclass(frozen=True)
class Ratio(Condition):
    """``level = base · ((whole + rate) / 100)^years``, terms being rate, level and base: growth has the whole of 100 %.

    Of each evaluation: ``years`` are 1 but for an average, and 0 where the series breaks between, so that nothing
    follows; a rate that ``turns`` counts the other way on a negative base.
    """

    whole: int
    years: Codes
    turns: Flags


@dataclass(frozen=True)
class BaseIdentities(Condition):
    """``sums`` of the base period are 0, of levels, rates and printed bases by flow; ``turns``: the balance's rate."""

    turns: Flags
    sums: tuple[tuple[Term, ...], ...]


@dataclass(frozen=True)
class Same(Condition):
    """The readings of one figure, the only term, have a point in common; ``others``: the row of one that has not."""

    others: Codes


@dataclass(frozen=True)
class Rule:
    """One statement that must hold.

    ``scope`` is ``block`` (figures of one block), ``release`` (several blocks of a release) or ``ledger`` (needs what
    earlier releases said). ``exact`` says whether a dataset may declare the rule exact. ``order`` is the place at which
    rules are listed and judged; the version of the rules depends on it, so a new one comes after those there are.
    ``paired``: it is about two blocks, in one order or the other.
    """

    id: str
    statement: str
    severity: str
    scope: str
    exact: bool = False
    order: int = 50
    paired: bool = False


@dataclass(frozen=True)
class Identity(Rule):
    """``left = right``, terms being (flow, coefficient): the judged figure, and what the others make of it."""

    left: Term = ("", 0)
    right: tuple[Term, Term] = (("", 0), ("", 0))

    @property
    def terms(self) -> tuple[Term, ...]:
        """The identity as a sum that is 0, the judged figure first."""
        return ((self.left[0], -self.left[1]), *self.right)

    @property
    def condition(self) -> Sum:
        """What the figures of its terms must satisfy."""
        return Sum(tuple(factor for _, factor in self.terms))
