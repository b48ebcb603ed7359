"""The range of a linear form over linear conditions in fractions: found by HiGHS, confirmed exactly.

HiGHS works in floats and names the conditions that bind. Their multipliers are then solved for in fractions; if none is
negative they prove the bound (weak duality), whatever the floats were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

import numpy as np
import scipy  # its parts come where first used

#: The bounds are scaled to this, so that HiGHS's errors of 1e-7 are small beside the last digit of seven.
_LARGEST: Final = 1e6

Form = dict[int, Fraction]  # variable → factor


@dataclass
class Polyhedron:
    """``Σ factor · x ≤ bound`` for every row; two opposite rows are an equation."""

    variables: int = 0
    rows: list[tuple[Form, Fraction]] = field(default_factory=list)

    def variable(self) -> int:
        """A new variable."""
        self.variables += 1
        return self.variables - 1

    def at_most(self, form: Form, bound: Fraction) -> None:
        """``form ≤ bound``."""
        self.rows.append((form, bound))

    def at_least(self, form: Form, bound: Fraction) -> None:
        """``form ≥ bound``."""
        self.rows.append(({at: -factor for at, factor in form.items()}, -bound))

    def ranges(self, forms: Sequence[Form]) -> list[tuple[Fraction | None, Fraction | None]] | None:
        """Least and greatest of each form, ``None`` where endless; ``None`` for all where nothing satisfies the rows.

        An end that could not be confirmed in fractions is reported as endless: it is not claimed.
        """
        matrix = np.zeros((len(self.rows), self.variables))
        bounds = np.zeros(len(self.rows))
        for number, (form, bound) in enumerate(self.rows):
            bounds[number] = float(bound)
            for at, factor in form.items():
                matrix[number, at] = float(factor)
        by_row, by_variable = _scales(matrix)
        matrix *= by_row[:, np.newaxis] * by_variable
        bounds *= by_row
        bounds *= _LARGEST / (np.abs(bounds).max(initial=0.0) or 1.0)
        nothing = np.zeros(self.variables)
        if scipy.optimize.linprog(nothing, A_ub=matrix, b_ub=bounds, bounds=(None, None), method="highs").status != 0:
            return None
        found = []
        for form in forms:
            ends: list[Fraction | None] = []
            for sign in (-1, 1):
                wanted = {at: sign * factor for at, factor in form.items()}
                objective = np.zeros(self.variables)
                for at, factor in wanted.items():
                    objective[at] = -float(factor) * by_variable[at]
                result = scipy.optimize.linprog(
                    objective, A_ub=matrix, b_ub=bounds, bounds=(None, None), method="highs"
                )
                end = self._confirmed(wanted, result.ineqlin.marginals) if result.status == 0 else None
                ends.append(None if end is None else sign * end)
            found.append((ends[0], ends[1]))
        return found

    def _confirmed(self, wanted: Form, marginals: np.ndarray) -> Fraction | None:
        """The bound that the binding rows prove: multipliers ≥ 0 with ``Σ multiplier · row = wanted``."""
        order = np.argsort(marginals)  # HiGHS gives them negative
        binding = [int(at) for at in order if marginals[at] < -1e-9]
        variables = sorted({at for number in binding for at in self.rows[number][0]} | set(wanted))
        system = [
            [self.rows[number][0].get(at, Fraction(0)) for number in binding] + [wanted.get(at, Fraction(0))]
            for at in variables
        ]
        multipliers = _solved(system, len(binding))
        if multipliers is None or min(multipliers, default=Fraction(0)) < 0:
            return None
        return sum((m * self.rows[number][1] for m, number in zip(multipliers, binding, strict=True)), Fraction(0))


def _scales(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What to multiply rows and columns by, so that all factors are near 1 (geometric scaling).

    Beside a growth of a million per cent the base would be one of HiGHS's errors, and nothing would satisfy.
    """
    there = matrix != 0
    logs = np.log(np.abs(matrix), out=np.zeros_like(matrix), where=there)
    rows, columns = np.zeros(len(matrix)), np.zeros(matrix.shape[1])
    for _ in range(4):
        rows = -((logs + columns) * there).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
        columns = -((logs + rows[:, np.newaxis]) * there).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    return np.exp(rows), np.exp(columns)


def _solved(system: list[list[Fraction]], unknowns: int) -> list[Fraction] | None:
    """One solution of a linear system (rows with the right side last), by elimination; ``None`` where there is none."""
    pivots: list[tuple[int, int]] = []
    row = 0
    for column in range(unknowns):
        pivot = next((at for at in range(row, len(system)) if system[at][column]), None)
        if pivot is None:
            continue
        system[row], system[pivot] = system[pivot], system[row]
        factor = system[row][column]
        system[row] = [value / factor for value in system[row]]
        for at in range(len(system)):
            if at != row and system[at][column]:
                times = system[at][column]
                system[at] = [a - times * b for a, b in zip(system[at], system[row], strict=True)]
        pivots.append((row, column))
        row += 1
    if any(line[-1] for line in system[row:]):
        return None
    solution = [Fraction(0)] * unknowns
    for at, column in pivots:
        solution[column] = system[at][-1]
    return solution
