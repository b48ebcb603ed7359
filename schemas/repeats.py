"""Readings of one cell that do not meet: which of them the rest of their release contradicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from schemas.cells import spans
from schemas.cells.cells import Cells
from schemas.figures import Figure, decimal_text, figure_text
from schemas.findings import Suspect
from schemas.rules.shared.evaluation import FAILS
from schemas.sentences import rounded
from schemas.suspects.slips import slip
from schemas.suspects.suspects import Explanation

Printed = tuple[int, int, str, str]  # exponent, mantissa, qualifier, rounding


def printings(cells: Cells, cell: int) -> dict[Printed, list[int]]:
    """The readings of a cell by what is printed, and their rows in order of document and position."""
    frame, found = cells.frame, dict[Printed, list[int]]()
    rows = np.flatnonzero(cells.of_row == cell)
    rows = rows[~frame["mantissa"].isna().to_numpy()[rows]]
    names = ("exponent", "mantissa", "qualifier", "rounding", "document", "position")
    said = zip(*(frame[name].iloc[rows] for name in names), rows.tolist(), strict=True)
    ordered = sorted((int(e), int(m), str(q), str(r), str(d), int(p), row) for e, m, q, r, d, p, row in said)
    for exponent, mantissa, qualifier, rounding, _, _, row in ordered:
        found.setdefault((exponent, mantissa, qualifier, rounding), []).append(row)
    return found


def explained(cells: Cells, judge_again: Callable[[Any], Any]) -> Mapping[int, Explanation]:
    """Of each cell whose readings clash, the one that the rest contradicts while another agrees with it."""
    clashing = [int(cell) for cell in np.flatnonzero(cells.clash)]
    printed = {cell: printings(cells, cell) for cell in clashing}
    wrong: dict[int, set[Printed]] = {cell: set() for cell in clashing}
    for number in range(max((len(one) for one in printed.values()), default=0)):
        keep = ~np.isin(cells.of_row, clashing)
        chosen = {cell: list(one)[min(number, len(one) - 1)] for cell, one in printed.items()}
        for cell, one in chosen.items():
            keep[printed[cell][one]] = True
        again = judge_again(cells.frame[keep].reset_index(drop=True))
        place = np.cumsum(keep) - 1
        of = {int(again.cells.of_row[place[printed[cell][one][0]]]): cell for cell, one in chosen.items()}
        for terms in _failing(again):
            here = [of[term] for term in terms if term in of]
            if len(here) == 1:  # of two that clash the one may stand for the other
                wrong[here[0]].add(chosen[here[0]])
    return {cell: _explanation(cells, cell, printed[cell], wrong[cell]) for cell in clashing if wrong[cell]}


def _failing(again: Any) -> list[list[int]]:
    return [
        part.terms[:, at].tolist()
        for part, results in zip(again.done, again.results, strict=True)
        for at in np.flatnonzero(results == FAILS)
        if part.rule.id != "repeat"
    ]


def _explanation(cells: Cells, cell: int, printed: Mapping[Printed, list[int]], wrong: set[Printed]) -> Explanation:
    target = spans.ANY
    for one in printed:
        target = target if one in wrong else target.meet(Figure(one[1], one[0], one[2], one[3]).interval)
    if target == spans.ANY or target.empty:
        return Explanation()
    suspects, fits = [], []
    for exponent, mantissa, qualifier, rounding in (one for one in printed if one in wrong):
        figure = Figure(mantissa, exponent, qualifier, rounding)
        fit = spans.printable(figure.value, figure.interval, target)
        ends = ["" if end is None else decimal_text(rounded(end, exponent - 3)) for end in (fit.low, fit.high)]
        said = slip(mantissa, exponent, target, None, rounding)
        flow, measure, period = (cells.text(name, cell) for name in ("flow", "measure", "period"))
        suspects.append(Suspect(flow, measure, period, figure_text(mantissa, exponent), ends[0], ends[1], said))
        fits.append(fit)
    return Explanation(tuple(suspects), (cell,) * len(suspects), tuple(fits), together=True)
