"""Smallest sets that every evaluation allows by itself, but no choice of true values allows all at once.

One true value explains a figure in all that is said of it: exports of "about 5" that a total leaves at most 7 cannot be
the 9 that a rate of growth needs. What evaluations leave for the figures around a set is narrowed, freed and printed
ones alike; where nothing is left the set is refuted, in fractions, and another figure around it must be wrong too. What
is not refuted stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from schemas.cells import spans
from schemas.cells.reader import Reader
from schemas.figures import Interval
from schemas.rules.shared.evaluation import Evaluated
from schemas.rules.shared.statements import BaseIdentities, Ratio
from schemas.suspects.fits import Fitting, Network, Place
from schemas.suspects.hitting import Factors, OutOfSteps, Steps

#: Narrowings for the failures that hang together, at most, and for all; beyond, what was found stands.
NARROWINGS: Final = 5_000
NARROWINGS_OF_ALL: Final = 50_000
_TERMS: Final = 5_000  # of one round: narrowing one figure of a sum reads all the others
_ROUNDS: Final = 10


def narrowed(
    factors: Factors, reader: Reader, network: Network, involved: frozenset[int], steps: Steps
) -> tuple[Factors, set[frozenset[int]]]:
    """Factors without the alternatives that are refuted, or clauses where nothing is left of them.

    ``involved``: the figures of the failures. Raises OutOfSteps.
    """
    forced, choices, clauses = factors.forced, [], set[frozenset[int]]()
    every = forced.union(*(one for choice in factors.choices for one in choice))
    for choice in factors.choices or ((forced,),):
        mine = frozenset[int]().union(*choice)
        near = _near(network, mine, involved)
        # Of other choices all alternatives are freed at once: what is refuted even then is in no set.
        freed = {one: (every - mine) | one for one in choice}
        kept = tuple(one for one in choice if not _refuted(reader, network, near, freed[one], steps))
        if not kept:
            around = frozenset[int]().union(*map(network.cells_of, near))
            clauses |= {around - one for one in freed.values()}
            continue
        common = frozenset.intersection(*kept)
        forced |= common
        if len(kept) > 1:
            choices.append(tuple(one - common for one in kept))
    return Factors(forced, tuple(choices)), clauses


def _near(network: Network, cells: frozenset[int], involved: frozenset[int]) -> list[Place]:
    """The evaluations of some figures, and of those that stand beside them in an evaluation. Raises OutOfSteps."""
    beside = {other for cell in cells for place in network.places_of(cell) for other in network.cells_of(place)}
    places = {place for cell in (beside & involved) | cells for place in network.places_of(cell)}
    if sum(len(network.cells_of(place)) ** 2 for place in places) > _TERMS:
        raise OutOfSteps
    return [place for place in places if not _signed(network.done[place[0]], place[1])]


def _signed(part: Evaluated, at: int) -> bool:
    """Whether what it says depends on the sign of a base, which is not known of a freed one."""
    return isinstance(part.condition, Ratio | BaseIdentities) and bool(part.condition.turns[at])


def _refuted(reader: Reader, network: Network, places: Sequence[Place], freed: frozenset[int], steps: Steps) -> bool:
    """Whether narrowing leaves some figure nothing; round by round, so that no order of figures decides anything."""
    known: dict[int, Interval] = dict.fromkeys(freed, spans.ANY)
    changed: set[int] | None = None
    for _ in range(_ROUNDS):
        fitting, left = Fitting(reader, known), dict[int, Interval]()
        for number, at in places:
            cells = network.cells_of((number, at))
            if changed is not None and cells.isdisjoint(changed):
                continue
            part = network.done[number]
            for cell in cells:
                steps.take()
                if isinstance(part.condition, Ratio) and part.condition.years[at] > 1 and cell == part.terms[0, at]:
                    continue  # a root, which is exact for no interval
                fit = fitting.fit(part, at, cell)
                if fit is not None:
                    left[cell] = left.get(cell, fitting.known(cell)).meet(fit)
        if any(one.empty for one in left.values()):
            return True
        changed = {cell for cell, one in left.items() if one != fitting.known(cell)}
        if not changed:
            return False
        known |= {cell: left[cell] for cell in changed}
    return False
