"""Readings of one figure that do not meet: which of them the rest of their release contradicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from schemas.cells import spans
from schemas.cells.reader import Printed, Reader
from schemas.figures import Figure, decimal_text, figure_text
from schemas.findings import Suspect
from schemas.rules.shared.evaluation import FAILS, Evaluated
from schemas.rules.shared.statements import Same
from schemas.sentences import rounded
from schemas.suspects.fits import Place
from schemas.suspects.slips import slip
from schemas.suspects.suspects import Explanation


def contradicted(
    reader: Reader, done: Sequence[Evaluated], judge_again: Callable[[Any], Any]
) -> dict[Place, Explanation]:
    """Of each cell whose readings clash, the one that the rest contradicts while another agrees with it."""
    cells = reader.cells
    clashing = [int(cell) for cell in np.flatnonzero(cells.clash)]
    printed = {cell: reader.printings(cell) for cell in clashing}
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
    return {
        (number, at): _explanation(reader, cell, int(part.condition.others[at]), printed[cell], wrong[cell])
        for number, part in enumerate(done)
        if isinstance(part.condition, Same)
        for at, cell in enumerate(part.anchor.tolist())
        if wrong.get(cell)
    }


def _failing(again: Any) -> list[list[int]]:
    return [
        part.terms[:, at].tolist()
        for part, results in zip(again.done, again.results, strict=True)
        for at in np.flatnonzero(results == FAILS)
        if not isinstance(part.condition, Same)
    ]


def _explanation(
    reader: Reader, cell: int, other: int, printed: Mapping[Printed, list[int]], wrong: set[Printed]
) -> Explanation:
    target = spans.ANY
    for one in printed:
        target = target if one in wrong else target.meet(Figure(one[1], one[0], one[2], one[3]).interval)
    if target == spans.ANY or target.empty:
        return Explanation()
    suspects, fits = [], []
    flow, measure, period = (reader.cells.text(name, cell) for name in ("flow", "measure", "period"))
    for exponent, mantissa, qualifier, rounding in (one for one in printed if one in wrong):
        figure = Figure(mantissa, exponent, qualifier, rounding)
        fit = spans.printable(figure.value, figure.interval, target)
        ends = ["" if end is None else decimal_text(rounded(end, exponent - 3)) for end in (fit.low, fit.high)]
        said = slip(mantissa, exponent, target, None, rounding)
        suspects.append(Suspect(flow, measure, period, figure_text(mantissa, exponent), ends[0], ends[1], said))
        fits.append(fit)
    named = [
        reader.row_text(rows[0], reader.scale_of_printings(cell, other))
        for (exponent, mantissa, _, _), rows in printed.items()
        if figure_text(mantissa, exponent) in {suspect.value for suspect in suspects}
    ]
    words = "; ".join(filter(None, (f"the rest contradicts {', '.join(named)}", suspects[0].slip)))
    return Explanation(tuple(suspects), (cell,) * len(suspects), tuple(fits), together=True, words=words)
