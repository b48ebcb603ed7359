"""The range of a linear form over linear conditions in fractions: found by HiGHS, confirmed exactly.

HiGHS works in floats and names the conditions that bind. Their multipliers are then solved for in fractions; if none is
negative they prove the bound (weak duality), whatever the floats were. That nothing satisfies the conditions is proved
in the same way (Farkas): by how much all of them would have to give way is at least what the multipliers say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import highspy

#: The bounds are scaled to this, so that HiGHS's errors of 1e-7 are small beside the last digit of seven.
_LARGEST: Final = 1e6

Form = dict[int, Fraction]  # variable → factor
Range = tuple[Fraction | None, Fraction | None]
Floats = npt.NDArray[np.float64]


class Contradiction(Exception):
    """Nothing satisfies the rows: proved in fractions."""


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

    def ranges(self, forms: Sequence[Form]) -> list[Range]:
        """Least and greatest of each form, ``None`` where endless; raises Contradiction where nothing satisfies.

        An end that could not be confirmed in fractions is reported as endless: it is not claimed.
        """
        solver = _Solver(self.rows, self.variables)
        if solver.least({}) is None:
            self._refute(solver.by_row)
        found = []
        for form in forms:
            ends: list[Fraction | None] = []
            for sign in (-1, 1):
                wanted = {at: sign * factor for at, factor in form.items()}
                multipliers = solver.least({at: -factor for at, factor in wanted.items()})
                end = None if multipliers is None else _confirmed(self.rows, wanted, multipliers)
                ends.append(None if end is None else sign * end)
            found.append((ends[0], ends[1]))
        return found

    def _refute(self, by_row: Floats) -> None:
        """Raise Contradiction if all rows must give way for something to satisfy them, by an amount above 0."""
        give = self.variables
        rows = [
            (form | {give: Fraction(-1) / Fraction(float(scale))}, bound)
            for (form, bound), scale in zip(self.rows, by_row, strict=True)
        ]
        multipliers = _Solver(rows, give + 1).least({give: Fraction(1)})
        most = None if multipliers is None else _confirmed(rows, {give: Fraction(-1)}, multipliers)
        if most is not None and most < 0:
            raise Contradiction


class _Solver:
    """HiGHS with rows scaled for it; only the objective changes."""

    def __init__(self, rows: list[tuple[Form, Fraction]], variables: int) -> None:
        matrix = np.zeros((len(rows), variables))
        bounds = np.zeros(len(rows))
        for number, (form, bound) in enumerate(rows):
            bounds[number] = float(bound)
            for at, factor in form.items():
                matrix[number, at] = float(factor)
        self.by_row, self.by_variable = _scales(matrix)
        matrix *= self.by_row[:, np.newaxis] * self.by_variable
        bounds *= self.by_row
        bounds *= _LARGEST / (np.abs(bounds).max(initial=0.0) or 1.0)
        with _silent():
            self.highs = _model(matrix, bounds)

    def least(self, objective: Form) -> Floats | None:
        """The multiplier of each row where the objective is least; ``None`` where HiGHS finds no such place."""
        import highspy

        costs = np.zeros(len(self.by_variable))
        for at, factor in objective.items():
            costs[at] = float(factor) * self.by_variable[at]
        with _silent():
            self.highs.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs)
            self.highs.run()
            if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                return None
            return np.array(self.highs.getSolution().row_dual)


def _model(matrix: Floats, bounds: Floats) -> highspy.Highs:
    import highspy  # late: most runs need none

    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("threads", 1), ("presolve", "off"), ("solver", "simplex")):
        solver.setOptionValue(option, value)
    at, columns = np.nonzero(matrix)
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_ = np.zeros(matrix.shape[1])
    model.col_lower_ = np.full(matrix.shape[1], -highspy.kHighsInf)
    model.col_upper_ = np.full(matrix.shape[1], highspy.kHighsInf)
    model.row_lower_ = np.full(matrix.shape[0], -highspy.kHighsInf)
    model.row_upper_ = bounds
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.searchsorted(at, np.arange(matrix.shape[0] + 1))
    model.a_matrix_.index_ = columns
    model.a_matrix_.value_ = matrix[at, columns]
    solver.passModel(model)
    return solver


@contextmanager
def _silent() -> Iterator[None]:
    """Nothing reaches the descriptor of standard output: a library in C does not ask ``sys.stdout``."""
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _confirmed(rows: list[tuple[Form, Fraction]], wanted: Form, marginals: Floats) -> Fraction | None:
    """The bound that the binding rows prove: multipliers ≥ 0 with ``Σ multiplier · row = wanted``."""
    order = np.argsort(marginals)  # HiGHS gives them negative
    binding = [int(at) for at in order if marginals[at] < -1e-9]
    variables = sorted({at for number in binding for at in rows[number][0]} | set(wanted))
    system = [
        [rows[number][0].get(at, Fraction(0)) for number in binding] + [wanted.get(at, Fraction(0))] for at in variables
    ]
    multipliers = _solved(system, len(binding))
    if multipliers is None or min(multipliers, default=Fraction(0)) < 0:
        return None
    return sum((m * rows[number][1] for m, number in zip(multipliers, binding, strict=True)), Fraction(0))


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
