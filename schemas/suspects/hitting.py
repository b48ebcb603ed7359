"""All minimum hitting sets: the smallest sets of elements that share one with every clause.

Exact, in whole numbers and in a number of steps: no clock and no solver takes part. Elements are ranked integers; what
is found depends on the clauses and the ranks alone. The answer is factored: elements that every smallest set has, and
independent choices between alternatives, since ten figures that are each one of three make 59,049 sets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Clauses = frozenset[frozenset[int]]


class OutOfSteps(Exception):
    """The budget is spent."""


@dataclass
class Steps:
    """A budget: the same for the same clauses, on every machine."""

    left: int

    def take(self) -> None:
        """Spend one step."""
        self.left -= 1
        if self.left < 0:
            raise OutOfSteps


@dataclass(frozen=True)
class Factors:
    """``forced`` with one of each choice's alternatives is a minimum hitting set, and every one is such.

    A choice with more alternatives than were asked for is cut off, and ``cut`` says so.
    """

    forced: frozenset[int]
    choices: tuple[tuple[frozenset[int], ...], ...] = ()
    cut: bool = False

    @property
    def first(self) -> frozenset[int]:
        """One of the sets."""
        return self.forced.union(*(choice[0] for choice in self.choices))


def factored(clauses: Iterable[frozenset[int]], steps: Steps, most: int) -> Factors | None:
    """Every minimum hitting set of the clauses, at most ``most`` alternatives a choice; ``None`` where there is none.

    Raises OutOfSteps.
    """
    wanted = frozenset(clauses)
    one = minimum(wanted, steps, None)
    if one is None:
        return None
    forced = frozenset(element for element in one if _needed(wanted, element, len(one), steps))
    rest = frozenset(clause for clause in wanted if not clause & forced)
    choices, cut = [], False
    for part in sorted(_components(rest), key=lambda part: min(map(min, part))):
        size = len(minimum(part, steps, None) or ())
        found = _all(part, size, steps, most + 1)
        cut |= len(found) > most
        choices.append(tuple(found[:most]))
    return Factors(forced, tuple(choices), cut)


def _needed(clauses: Clauses, element: int, size: int, steps: Steps) -> bool:
    """Whether no hitting set of that size does without the element."""
    (near,) = [part for part in _components(clauses) if any(element in clause for clause in part)]
    of_part = minimum(near, steps, None) or frozenset()
    without = frozenset(clause - {element} for clause in near)
    return frozenset() in without or minimum(without, steps, len(of_part)) is None


def minimum(clauses: Clauses, steps: Steps, limit: int | None) -> frozenset[int] | None:
    """One smallest hitting set, of at most ``limit`` elements; ``None`` where there is none."""
    steps.take()
    if frozenset() in clauses:
        return None
    reduced, taken = _reduced(clauses)
    if limit is not None and len(taken) > limit:
        return None
    if not reduced:
        return taken
    parts = _components(reduced)
    if len(parts) > 1:
        bounds = [_packed(part) for part in parts]
        for number, part in enumerate(parts):
            left = None if limit is None else limit - len(taken) - sum(bounds[number + 1 :])
            found = None if left is not None and left < bounds[number] else minimum(part, steps, left)
            if found is None:
                return None
            taken |= found
        return taken
    return _branched(reduced, taken, steps, limit)


def _branched(clauses: Clauses, taken: frozenset[int], steps: Steps, limit: int | None) -> frozenset[int] | None:
    """With or without the element that is in most clauses."""
    bound = _packed(clauses)
    room = None if limit is None else limit - len(taken)
    if room is not None and bound > room:
        return None
    in_clauses: dict[int, int] = {}
    for clause in clauses:
        for element in clause:
            in_clauses[element] = in_clauses.get(element, 0) + 1
    chosen = min(in_clauses, key=lambda element: (-in_clauses[element], element))
    best: frozenset[int] | None = None
    having = frozenset(clause for clause in clauses if chosen not in clause)
    found = minimum(having, steps, None if room is None else room - 1)
    if found is not None:
        best = found | {chosen}
        if len(best) <= bound:
            return taken | best
        room = len(best) - 1
    found = minimum(frozenset(clause - {chosen} for clause in clauses), steps, room)
    best = best if found is None else found
    return None if best is None else taken | best


def _all(clauses: Clauses, size: int, steps: Steps, most: int) -> list[frozenset[int]]:
    """The hitting sets of that size, the smallest there is, in the order of their ranks; at most ``most``."""
    found: list[frozenset[int]] = []

    def search(clauses: Clauses, taken: frozenset[int], size: int) -> None:
        if len(found) >= most:
            return
        steps.take()
        if not clauses:
            found.append(taken)  # of no greater size, since none is smaller than the minimum
            return
        if frozenset() in clauses or _packed(clauses) > size:
            return
        shortest = min(clauses, key=lambda clause: (len(clause), sorted(clause)))
        for element in sorted(shortest):
            search(frozenset(clause for clause in clauses if element not in clause), taken | {element}, size - 1)
            clauses = frozenset(clause - {element} for clause in clauses)

    search(clauses, frozenset(), size)
    return found


def _reduced(clauses: Clauses) -> tuple[Clauses, frozenset[int]]:
    """Clauses without what others say already, and elements that some smallest set has.

    A clause that holds another is hit with it; an element whose clauses another one hits too is not needed.
    """
    taken: frozenset[int] = frozenset()
    while True:
        before = clauses
        clauses = _least(clauses)
        of_element: dict[int, set[frozenset[int]]] = {}
        for clause in clauses:
            for element in clause:
                of_element.setdefault(element, set()).add(clause)
        needless = {element for element, mine in of_element.items() if _dominated(element, mine, of_element)}
        clauses = frozenset(clause - needless for clause in clauses)
        sole = frozenset(next(iter(clause)) for clause in clauses if len(clause) == 1)
        taken |= sole
        clauses = frozenset(clause for clause in clauses if not clause & sole)
        if clauses == before:
            return clauses, taken


def _dominated(element: int, mine: set[frozenset[int]], of_element: dict[int, set[frozenset[int]]]) -> bool:
    """Whether another element is in all its clauses, and in more or ranked before it."""
    beside = frozenset.intersection(*mine)
    return any(
        len(of_element[other]) > len(mine) or (len(of_element[other]) == len(mine) and other < element)
        for other in beside
        if other != element
    )


def _least(clauses: Clauses) -> Clauses:
    """The clauses that hold no other."""
    kept: list[frozenset[int]] = []
    of_element: dict[int, list[frozenset[int]]] = {}
    for clause in sorted(clauses, key=len):
        if any(other <= clause for element in clause for other in of_element.get(element, ())):
            continue
        kept.append(clause)
        for element in clause:
            of_element.setdefault(element, []).append(clause)
    return frozenset(kept)


def _packed(clauses: Clauses) -> int:
    """How many clauses without common elements were found: every hitting set has one element of each."""
    seen: set[int] = set()
    count = 0
    for clause in sorted(clauses, key=lambda clause: (len(clause), sorted(clause))):
        if seen.isdisjoint(clause):
            seen |= clause
            count += 1
    return count


def _components(clauses: Clauses) -> list[Clauses]:
    """Clauses connected by the elements they share."""
    of_element: dict[int, list[frozenset[int]]] = {}
    for clause in clauses:
        for element in clause:
            of_element.setdefault(element, []).append(clause)
    left, found = set(clauses), []
    while left:
        ahead = [left.pop()]
        part = set(ahead)
        while ahead:
            for element in ahead.pop():
                new = left.intersection(of_element.pop(element, ()))
                left -= new
                part |= new
                ahead += new
        found.append(frozenset(part))
    return found
