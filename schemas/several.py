"""The smallest sets of figures whose change would make a component hold, by mixed-integer programming.

Every figure may lie in its interval, or anywhere if it is marked as changed; the number of marks is minimised, figures
that are provisional counting a little less. Where a rate relates two figures, its interval gives two linear bounds.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import scipy  # its parts, half a second, come where first used: most runs need none

from schemas import spans
from schemas.cells import BALANCING
from schemas.evaluations import Evaluated
from schemas.figures import Interval
from schemas.fits import Fitting
from schemas.periods import average_base
from schemas.rules import IDENTITIES, Identity
from schemas.vocabulary import is_tentative

_ALTERNATIVES = 6  # so many equally small sets are told apart
_LARGEST = 300  # figures in a component, at most
_FINEST = 1e-5  # the narrowest interval a solver's tolerance cannot hide, relative to the largest figure
_ALLOWANCE = 1e-9  # of a row, relative to its figures: solvers work in floats, verdicts do not


@dataclass
class System:
    """Linear conditions ``low ≤ Σ factor · variable ≤ high`` between figures; ``marks`` switch a row off."""

    fitting: Fitting
    variables: dict[object, int] = field(default_factory=dict)
    rows: list[tuple[dict[int, float], float, float, int | None]] = field(default_factory=list)

    def variable(self, name: object) -> int:
        """The column of a cell or of an unprinted figure."""
        return self.variables.setdefault(name, len(self.variables))

    def equal(self, terms: Sequence[object], factors: Sequence[int]) -> None:
        """``Σ factor · figure = 0``."""
        row = {self.variable(term): float(factor) for term, factor in zip(terms, factors, strict=True)}
        self.rows.append((row, 0.0, 0.0, None))

    def between(self, level: object, base: object, factor: Interval, rate: int, positive: bool) -> None:
        """``level`` within ``factor · base``, unless the rate is marked; which bound is which depends on the sign."""
        lower, upper = (factor.low, factor.high) if positive else (factor.high, factor.low)
        if lower is not None:
            self.rows.append(({self.variable(level): 1.0, self.variable(base): -float(lower)}, 0.0, np.inf, rate))
        if upper is not None:
            self.rows.append(({self.variable(level): 1.0, self.variable(base): -float(upper)}, -np.inf, 0.0, rate))

    def add(self, done: Evaluated, at: int) -> None:
        """The conditions of one evaluation."""
        terms = [int(term) for term in done.terms[:, at]]
        reader = self.fitting.reader
        if isinstance(done.rule, Identity):
            self.equal(terms, [-done.rule.left[1], *(factor for _, factor in done.rule.right)])
        elif done.rule.id == "parts":
            self.equal(terms, [-1] + [1] * (len(terms) - 1))
        elif done.rule.id in ("share", "growth", "growth-average"):
            rate, level, base = terms
            years = average_base(reader.cells.text("period", rate))[2] if done.rule.id == "growth-average" else 1
            positive = (self.fitting.known(base).low or Fraction(-1)) >= 0
            turn = -1 if done.rule.id == "growth" and done.detail[at] and not positive else 1
            factor = self.fitting.factor(rate, Fraction(0 if done.rule.id == "share" else 100), turn)
            self.between(level, base, spans.compounded(factor, years) if years > 1 else factor, rate, positive)
            self.variable(rate)
        elif done.rule.id == "growth-implied":
            self._implied(terms, bool(done.detail[at][2]))

    def _implied(self, terms: list[int], absolute: bool) -> None:
        there: dict[str, object] = {}
        for row, flow in enumerate(BALANCING):
            level, rate, base = terms[row], terms[4 + row], terms[8 + row]
            name: object = base if base >= 0 else ("base", level)
            if level >= 0 and rate >= 0:
                positive = (self.fitting.known(level).low or Fraction(-1)) >= 0
                turn = -1 if absolute and flow == "B" and not positive else 1
                self.between(level, name, self.fitting.factor(rate, Fraction(100), turn), rate, positive)
                self.variable(rate)
            if base >= 0 or (level >= 0 and rate >= 0):
                there[flow] = name
        for identity in IDENTITIES[:2]:
            flows = [identity.left[0], *(flow for flow, _ in identity.right)]
            if all(flow in there for flow in flows):
                factors = [-identity.left[1], *(factor for _, factor in identity.right)]
                self.equal([there[flow] for flow in flows], factors)
        for identity in IDENTITIES[2:]:
            flows = [identity.left[0], *(flow for flow, _ in identity.right)]
            if all(flow in there for flow in flows) and len(there) == 3:
                factors = [-identity.left[1], *(factor for _, factor in identity.right)]
                self.equal([there[flow] for flow in flows], factors)


def smallest_sets(
    fitting: Fitting, done: Sequence[Evaluated], places: Sequence[tuple[int, int]], seconds: float
) -> list[tuple[int, ...]]:
    """Equally small sets of cells that explain a component; empty where none was found in time."""
    system = System(fitting)
    for number, at in places:
        system.add(done[number], at)
    cells = {name: column for name, column in system.variables.items() if isinstance(name, int)}
    if not cells or len(cells) > _LARGEST:
        return []
    deadline = time.monotonic() + seconds
    problem = _Problem(system, cells)
    if not problem.sound:
        return []
    found: list[tuple[int, ...]] = []
    while len(found) < _ALTERNATIVES:
        left = deadline - time.monotonic()
        if left <= 0:
            return []  # not all alternatives are known: nothing is claimed
        chosen = problem.solve(found, left)
        if chosen is None or (found and len(chosen) > len(found[0])):
            break
        found.append(chosen)
    return [one for one in found if problem.explains(one)]


class _Problem:
    """Scaled matrices of a system: figures first, then one mark a cell."""

    def __init__(self, system: System, cells: dict[int, int]) -> None:
        self.cells, self.count = cells, len(system.variables)
        reader = system.fitting.reader
        known = {cell: system.fitting.known(cell) for cell in cells}
        ends = [abs(end) for one in known.values() for end in (one.low, one.high) if end is not None]
        self.scale = float(max(ends, default=Fraction(1))) or 1.0
        widths = [width for one in known.values() if (width := spans.half_width(one))]
        self.sound = float(min(widths, default=Fraction(1))) > _FINEST * self.scale
        self.low, self.high = np.full(self.count, -np.inf), np.full(self.count, np.inf)
        for cell, column in cells.items():
            one = known[cell]
            self.low[column] = -np.inf if one.low is None else float(one.low) / self.scale
            self.high[column] = np.inf if one.high is None else float(one.high) / self.scale
        self.rows = system.rows
        self.mark = {cell: self.count + at for at, cell in enumerate(cells)}
        self.rates = {cell for cell in cells if reader.cells.text("measure", cell) not in ("level", "count")}
        status = {cell: str(reader.cells.value("status", cell)) for cell in cells}
        self.cost = np.array([0.0] * self.count + [0.99 if is_tentative(status[cell]) else 1.0 for cell in cells])

    def _matrix(self, freed: set[int] | None) -> tuple[scipy.sparse.coo_array, np.ndarray, np.ndarray]:
        """Rows of the system; with marks (``freed`` None), or with the rows of freed rates left out."""
        big = 20.0
        at: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        low: list[float] = []
        high: list[float] = []
        for row, least, most, rate in self.rows:
            if freed is not None and rate in freed:
                continue
            number = len(low)
            for column, factor in row.items():
                at.append(number)
                columns.append(column)
                values.append(factor)
            slack = _ALLOWANCE * (1 + max(abs(factor) for factor in row.values()))
            low.append(least - slack)
            high.append(most + slack)
            if freed is None and rate is not None:
                at.append(number)
                columns.append(self.mark[rate])
                values.append(big if most == np.inf else -big)
        if freed is None:
            for cell, column in self.cells.items():
                if cell in self.rates:
                    continue
                for end, factor, bound in ((self.low[column], big, "low"), (self.high[column], -big, "high")):
                    if np.isfinite(end):
                        number = len(low)
                        at += [number, number]
                        columns += [column, self.mark[cell]]
                        values += [1.0, factor]
                        low.append(end if bound == "low" else -np.inf)
                        high.append(end if bound == "high" else np.inf)
        width = self.count + (len(self.cells) if freed is None else 0)
        return scipy.sparse.coo_array((values, (at, columns)), shape=(len(low), width)), np.array(low), np.array(high)

    def solve(self, known: Sequence[tuple[int, ...]], seconds: float) -> tuple[int, ...] | None:
        """The smallest set that is none of the known ones, nor holds one."""
        matrix, low, high = self._matrix(None)
        constraints = [scipy.optimize.LinearConstraint(matrix, low, high)]
        for one in known:
            row = np.zeros(self.count + len(self.cells))
            row[[self.mark[cell] for cell in one]] = 1.0
            constraints.append(scipy.optimize.LinearConstraint(row, -np.inf, len(one) - 1))
        result = scipy.optimize.milp(
            self.cost,
            integrality=np.array([0] * self.count + [1] * len(self.cells)),
            bounds=scipy.optimize.Bounds(
                np.array([-np.inf] * self.count + [0.0] * len(self.cells)),
                np.array([np.inf] * self.count + [1.0] * len(self.cells)),
            ),
            constraints=constraints,
            options={"time_limit": seconds},
        )
        if result.x is None or result.status != 0:
            return None
        return tuple(sorted(cell for cell, column in self.mark.items() if result.x[column] > 0.5))

    def explains(self, chosen: tuple[int, ...]) -> bool:
        """Whether the figures can agree once these are free: a linear programme without large constants."""
        freed = set(chosen)
        matrix, low, high = self._matrix(freed)
        least, most = self.low.copy(), self.high.copy()
        free = [self.cells[cell] for cell in freed | self.rates]
        least[free], most[free] = -np.inf, np.inf
        result = scipy.optimize.milp(
            np.zeros(self.count),
            bounds=scipy.optimize.Bounds(least, most),
            constraints=[scipy.optimize.LinearConstraint(matrix, low, high)],
        )
        return bool(result.status == 0)
