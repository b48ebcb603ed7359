"""The end of a finding's sentence: what would fit, and which figure is suspected of what."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.cells.cells import Cells
from schemas.cells.reader import Reader, period_text
from schemas.figures import Interval
from schemas.sentences import inner_span, range_text, scale_of
from schemas.suspects.several import ALTERNATIVES
from schemas.suspects.suspects import Explanation

_NAMES = {
    "growth_yoy": "growth of ",
    "growth_prev": "growth of ",
    "growth_avg": "average growth of ",
    "share": "share of ",
}
_SHOWN = 4  # suspects named in a sentence


def name_of(reader: Reader, cell: int, anchor: int) -> str:
    """A figure beside another: ``exports``, ``growth of imports``, ``goods exports``, ``2018 exports``."""
    cells = reader.cells
    differs = [period_text(cells.text("period", cell))] if _differs(cells, "period", cell, anchor) else []
    differs += [
        cells.text(column, cell).replace("-", " ") if column == "product" else cells.text(column, cell)
        for column in ("product", "partner", "breakdown")
        if _differs(cells, column, cell, anchor)
    ]
    words = _NAMES.get(cells.text("measure", cell), "") + (reader.flow(cell) or "the figure")
    return " ".join([*differs, words])


def _differs(cells: Cells, column: str, cell: int, anchor: int) -> bool:
    return cells.text(column, cell) != cells.text(column, anchor)


def fit_text(reader: Reader, cell: int, fits: Interval, scale: int) -> str:
    """The printed values that would fit, in the scale of their sentence."""
    exponent = reader.exponent(cell)
    rate = reader.cells.text("measure", cell) not in ("level", "count")
    return range_text(inner_span(fits, exponent - 2), 0 if rate else scale) + (" %" if rate else "")


def scale_at(reader: Reader, terms: Iterable[int]) -> int:
    """The scale of a sentence about these cells (−1 for none), as its figures are said in."""
    amounts = [cell for cell in terms if cell >= 0 and reader.cells.text("measure", cell) in ("level", "count")]
    return scale_of([reader.exponent(cell) for cell in amounts])


def clause(reader: Reader, anchor: int, fits: str, explanation: Explanation | None, scale: int) -> str:
    """What follows the statement of a finding: ``; 111.445–111.475 would fit; digits 4 and 5 swapped?``."""
    end = f"; {fits} would fit" if fits else ""
    if explanation is None or not explanation.suspects:
        return f"{end}; undetermined, not searched further" if explanation is not None and explanation.spent else end
    if explanation.words:
        return f"; {explanation.words}"
    named = [
        f"{name_of(reader, cell, anchor)}{f' ({suspect.slip})' if suspect.slip else ''}"
        for cell, suspect in zip(explanation.cells, explanation.suspects, strict=True)
    ]
    if len(named) == 1:
        (cell,), (suspect,), (fit,) = explanation.cells, explanation.suspects, explanation.fits
        slip = f"; {suspect.slip}" if suspect.slip else ""
        if cell == anchor and end:
            return f"{end}{slip}"
        return f"; {name_of(reader, cell, anchor)} {fit_text(reader, cell, fit, scale)} would fit{slip}"
    if explanation.together:
        slips = {suspect.slip for suspect in explanation.suspects}
        if len(slips) == 1 and (slip := slips.pop()):
            return f"; {slip}"
        return f"; {' and '.join(named)} would have to change"
    listed = ", ".join(named[:_SHOWN]) + (f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else "")
    far = f"; likelier {named[0]}, far from its own history" if explanation.far is not None else ""
    if explanation.cut:
        return f"{end}; undetermined, more than {ALTERNATIVES} sets are equally small, with one of {listed}{far}"
    return f"{end}; undetermined, one of {listed}{far}"
