"""Which figure is wrong: the smallest set of figures whose change would make everything hold (Fellegi and Holt, 1976).

Evaluations that fail and share figures form a component. A single figure explains a component when all its failures
involve the figure and what every evaluation of that figure leaves for it has a common point. Where none does,
``schemas.suspects.several`` looks for the smallest sets. If several explanations are equally small the answer is
"undetermined, one of …". Nothing depends on the order of rows: figures are ranked by what they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.cells import spans
from schemas.cells.cells import BALANCING, Cells
from schemas.cells.reader import Reader
from schemas.figures import Interval, decimal_text, figure_text
from schemas.findings import Suspect
from schemas.intervals.grid import Codes, Flags
from schemas.periods import year_before
from schemas.rules.shared.evaluation import FAILS, Evaluated
from schemas.rules.shared.statements import Same, Sum
from schemas.sentences import inner_span
from schemas.suspects.fits import Fitting, Place
from schemas.suspects.hitting import Steps
from schemas.suspects.joint import NARROWINGS, NARROWINGS_OF_ALL
from schemas.suspects.own_history import OwnHistory
from schemas.suspects.several import STEPS, STEPS_OF_ALL, Sets, smallest_sets
from schemas.suspects.slips import slip
from schemas.vocabulary import is_tentative

EXCHANGED: Final = "exports and imports exchanged?"


@dataclass(frozen=True)
class Explanation:
    """What would make a component hold: one of ``suspects``, or all of them together (``together``).

    ``far`` is the one of several cells that is far from its own history: likelier than the others, no more. ``cut``:
    the suspects are of some of the smallest sets, of which there are more than are told apart. ``spent``: the steps
    ran out before any was known. ``words`` say it otherwise than figures that would have to change. ``alone``: the
    cells of which any one explains the failure, and every other that has the same, ranked.
    """

    suspects: tuple[Suspect, ...] = ()
    cells: tuple[int, ...] = ()
    fits: tuple[Interval, ...] = ()
    together: bool = False
    far: int | None = None
    cut: bool = False
    spent: bool = False
    words: str = ""
    alone: tuple[int, ...] = ()


@dataclass(frozen=True)
class Component:
    """Failing evaluations connected by the figures they share."""

    failing: list[Place] = field(default_factory=list)
    cells: set[int] = field(default_factory=set)


def explanations(
    cells: Cells,
    reader: Reader,
    done: Sequence[Evaluated],
    results: Sequence[npt.NDArray[np.int8]],
    history: OwnHistory,
) -> dict[Place, Explanation]:
    """The explanation of every failing evaluation of a rule that relates figures; likelier suspects first."""
    found: dict[Place, Explanation] = {}
    places = _Places(cells, done, results)
    larger: list[Component] = []
    for component in places.components():
        explanation = _single(cells, reader, done, places, component)
        if explanation.suspects:
            found.update(dict.fromkeys(component.failing, _weighed(reader, explanation, history)))
            continue
        larger.append(component)
    left, narrowings = STEPS_OF_ALL, NARROWINGS_OF_ALL
    for component in sorted(larger, key=lambda one: min(map(reader.rank, one.cells))):
        steps = Steps(min(left, STEPS))
        jointly = Steps(min(narrowings, NARROWINGS))
        sets = smallest_sets(reader, places, component.failing, steps, jointly)
        left -= min(left, STEPS) - max(steps.left, 0)
        narrowings -= min(narrowings, NARROWINGS) - max(jointly.left, 0)
        for place in component.failing:
            found[place] = _weighed(reader, _several(cells, reader, places, sets, place), history)
    return found | _beside(done, results, found)


def _beside(
    done: Sequence[Evaluated], results: Sequence[npt.NDArray[np.int8]], found: Mapping[Place, Explanation]
) -> dict[Place, Explanation]:
    """Failures of rules that can be solved for no figure, and in which one stands that is wrong for certain."""
    certain = {one.alone[0] for one in found.values() if len(one.alone) == 1}
    return {
        (number, int(at)): Explanation(alone=(wrong[0],))
        for number, part in enumerate(done)
        if part.condition is None and certain
        for at in np.flatnonzero(results[number] == FAILS)
        if (wrong := [cell for cell in part.terms[:, at].tolist() if cell in certain])
    }


def _weighed(reader: Reader, explanation: Explanation, history: OwnHistory) -> Explanation:
    """An undetermined explanation with the suspect first that is far from its own history."""
    if explanation.together:
        return explanation
    far = history.far(reader, explanation.cells)
    if far is None:
        return explanation
    order = sorted(range(len(explanation.cells)), key=lambda at: explanation.cells[at] != far)
    return replace(
        explanation,
        suspects=tuple(explanation.suspects[at] for at in order),
        cells=tuple(explanation.cells[at] for at in order),
        fits=tuple(explanation.fits[at] for at in order),
        far=far,
    )


class _Places:
    """Which evaluations involve which cells."""

    def __init__(self, cells: Cells, done: Sequence[Evaluated], results: Sequence[npt.NDArray[np.int8]]) -> None:
        self.done = done
        self.rules = [number for number, part in enumerate(done) if not isinstance(part.condition, Same | None)]
        self.failing = [(number, int(at)) for number in self.rules for at in np.flatnonzero(results[number] == FAILS)]
        involved = np.zeros(len(cells), dtype=bool)
        for number, place in self.failing:
            involved[self.terms(number, place)] = True
        self.of_cell: dict[int, list[Place]] = {int(cell): [] for cell in np.flatnonzero(involved)}
        self._add(involved)
        self._of_place: dict[Place, frozenset[int]] = {}

    def _add(self, wanted: Flags) -> None:
        for number in self.rules:
            part = self.done[number]
            near = ((part.terms >= 0) & wanted[np.maximum(part.terms, 0)]).any(axis=0) & (part.reason == 0)
            for at in np.flatnonzero(near):
                for cell in self.terms(number, int(at)):
                    if wanted[cell]:
                        self.of_cell[int(cell)].append((number, int(at)))

    def terms(self, number: int, at: int) -> Codes:
        """The cells that take part in one evaluation."""
        terms = self.done[number].terms[:, at]
        return terms[terms >= 0]

    def cells_of(self, place: Place) -> frozenset[int]:
        """The cells that take part in one evaluation, as a set."""
        if place not in self._of_place:
            self._of_place[place] = frozenset(self.terms(*place).tolist())
        return self._of_place[place]

    def places_of(self, cell: int) -> Sequence[Place]:
        """The evaluations of a cell."""
        if cell not in self.of_cell:
            self.of_cell[cell] = [
                (number, int(at))
                for number in self.rules
                for at in np.flatnonzero(
                    (self.done[number].terms == cell).any(axis=0) & (self.done[number].reason == 0)
                )
            ]
        return self.of_cell[cell]

    def components(self) -> Iterator[Component]:
        """Failing evaluations that share figures, in order of appearance."""
        of_cell: dict[int, list[int]] = {}
        for number, (part, at) in enumerate(self.failing):
            for cell in self.terms(part, at):
                of_cell.setdefault(int(cell), []).append(number)
        seen: set[int] = set()
        for start in range(len(self.failing)):
            if start in seen:
                continue
            component, ahead = Component(), [start]
            seen.add(start)
            while ahead:
                number = ahead.pop()
                component.failing.append(self.failing[number])
                for cell in map(int, self.terms(*self.failing[number])):
                    component.cells.add(cell)
                    new = [other for other in of_cell[cell] if other not in seen]
                    seen.update(new)
                    ahead += new
            yield component

    def fit(self, fitting: Fitting, cell: int) -> Interval:
        """What all evaluations of a cell leave for it."""
        target = spans.ANY
        for number, at in self.of_cell[cell]:
            here = fitting.fit(self.done[number], at, cell)
            target = target if here is None else target.meet(here)
        return target

    def unsaid(self, cell: int, target: Interval) -> str | None:
        """No slip where a condition has one side only: nearly all would explain the figure."""
        endless = target.low is None or target.high is None
        conditions = [self.done[number].condition for number, _ in self.places_of(cell)] if endless else []
        return "" if any(isinstance(one, Sum) and one.floored for one in conditions) else None


def _single(
    cells: Cells, reader: Reader, done: Sequence[Evaluated], places: _Places, component: Component
) -> Explanation:
    """Single figures that explain a component, and exports and imports exchanged."""
    shared = set.intersection(
        *({int(cell) for cell in done[number].terms[:, at] if cell >= 0} for number, at in component.failing)
    )
    fitting = Fitting(reader)
    targets = {cell: places.fit(fitting, cell) for cell in sorted(shared, key=reader.rank)}
    found = [
        (cell, *_suspect(cells, reader, cell, target, places.unsaid(cell, target)))
        for cell, target in targets.items()
        if not target.empty
    ]
    together = False
    if all(suspect.slip in ("", "sign?") for _, suspect, _ in found):
        pair = _exchanged(cells, reader, done, places, component)
        if pair:
            found = [one for one in found if one[1].slip]  # a balance whose sign is wrong looks just like it
            together = not found
            for cell, other in (pair, pair[::-1]):
                found.append((cell, *_suspect(cells, reader, cell, reader.interval(other), EXCHANGED)))
    found.sort(key=lambda one: (not one[1].slip, not _provisional(reader, one[0])))
    return Explanation(
        tuple(suspect for _, suspect, _ in found),
        tuple(cell for cell, _, _ in found),
        tuple(fit for _, _, fit in found),
        together,
        alone=tuple(sorted((cell for cell, _, _ in found), key=reader.rank)),
    )


def _provisional(reader: Reader, cell: int) -> bool:
    return is_tentative(str(reader.at("status", reader.row(cell))))


def _exchanged(
    cells: Cells, reader: Reader, done: Sequence[Evaluated], places: _Places, component: Component
) -> tuple[int, int] | None:
    """Exports and imports of one block whose exchange makes everything hold that involves them."""
    for cell in sorted(component.cells):
        row = BALANCING.index("X")
        block = int(cells.block[cell])
        exports, imports = int(cells.block_cells[row, block]), int(cells.block_cells[row + 1, block])
        if cell != exports or imports not in component.cells:
            continue
        fitting = Fitting(reader, {exports: reader.interval(imports), imports: reader.interval(exports)})
        involving = {*places.of_cell[exports], *places.of_cell[imports]}
        if not set(component.failing) <= involving:
            continue
        if all(_holds(fitting, done, place) for place in involving):
            return exports, imports
    return None


def _holds(fitting: Fitting, done: Sequence[Evaluated], place: Place) -> bool:
    number, at = place
    cell = next(int(term) for term in done[number].terms[:, at] if term >= 0)
    target = fitting.fit(done[number], at, cell)
    return target is None or not target.meet(fitting.known(cell)).empty


def _several(cells: Cells, reader: Reader, places: _Places, sets: Sets, place: Place) -> Explanation:
    """What the smallest sets say of one failure: what all of them change in it, or else what some do."""
    terms = places.cells_of(place)
    named, together = terms & sets.forced, True
    if not named:
        alternatives = frozenset().union(*(one for choice in sets.choices for one in choice))
        named, together = terms & alternatives, False
    found = [
        (cell, *_suspect(cells, reader, cell, target, places.unsaid(cell, target)))
        for cell, target in ((cell, sets.fits[cell]) for cell in sorted(named, key=reader.rank))
    ]
    found.sort(key=lambda one: not _provisional(reader, one[0]))
    return Explanation(
        tuple(suspect for _, suspect, _ in found),
        tuple(cell for cell, _, _ in found),
        tuple(fit for _, _, fit in found),
        together=together and bool(found),
        cut=sets.cut and not together,
        spent=sets.spent,
        alone=_alone(cells, reader, sets, terms, int(places.done[place[0]].anchor[place[1]])),
    )


def _alone(cells: Cells, reader: Reader, sets: Sets, terms: frozenset[int], anchor: int) -> tuple[int, ...]:
    """Which figures explain a failure: one that every smallest set has, its own block's first, or else a choice's.

    Where it takes several of a choice together, those that stand in one block say at least where they are.
    """
    forced = sorted(terms & sets.forced, key=lambda cell: (cells.block[cell] != cells.block[anchor], reader.rank(cell)))
    if forced:
        return (forced[0],)
    choices = [sorted(frozenset[int]().union(*choice), key=reader.rank) for choice in sets.choices]
    singles = [all(len(one) == 1 for one in choice) for choice in sets.choices]
    found = [choice for choice, single in zip(choices, singles, strict=True) if single and terms.issuperset(choice)]
    if found:
        return tuple(min(found, key=lambda choice: list(map(reader.rank, choice))))
    left = sorted(terms & frozenset[int]().union(*choices), key=reader.rank)
    return tuple(left) if len({int(cells.block[cell]) for cell in left}) == 1 else ()


def _suspect(
    cells: Cells, reader: Reader, cell: int, target: Interval, said: str | None = None
) -> tuple[Suspect, Interval]:
    """A suspect with the printed values that would fit, and the slip that explains it."""
    value, exponent = reader.value(cell), reader.exponent(cell)
    fits = spans.printable(value, reader.interval(cell), target)
    if said is None:
        row = reader.row(cell)
        mantissa, rounding = int(reader.at("mantissa", row)), str(reader.at("rounding", row))
        last = _last_year(cells, reader, cell)
        said = "" if target == spans.ANY else slip(mantissa, exponent, target, last, rounding)

    shown = inner_span(fits, exponent - 3)

    def text(end: Fraction | None) -> str:
        return "" if end is None else decimal_text(end)

    return (
        Suspect(
            cells.text("flow", cell),
            cells.text("measure", cell),
            cells.text("period", cell),
            figure_text(int(reader.at("mantissa", reader.row(cell))), exponent),
            text(shown.low),
            text(shown.high),
            said,
        ),
        fits,
    )


def _last_year(cells: Cells, reader: Reader, cell: int) -> tuple[Fraction, str] | None:
    """The figure of the same series a year earlier, where the release prints it."""
    if cells.text("measure", cell) not in ("level", "count"):
        return None
    base = year_before(cells.text("period", cell))
    at = cells.same_at(cell, base)
    return (reader.value(at), base) if at >= 0 and cells.figure[at] >= 0 else None
