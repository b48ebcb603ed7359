"""``currency``: figures of one release in two currencies share one exchange rate.

Of one month, exports, imports and total are converted at one rate, so the intervals of their ratios meet. Over a longer
period each is an average of the monthly rates, so its ratio lies between the lowest and the highest of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from schemas.cells import spans
from schemas.cells.cells import Cells
from schemas.cells.reader import Reader
from schemas.datasets import Dataset
from schemas.errors import FigureError
from schemas.figures import Interval
from schemas.intervals.grid import Codes
from schemas.periods import months
from schemas.rules import rule
from schemas.rules.parts import sub_periods
from schemas.rules.shared.evaluation import Evaluated, declared

_POSITIVE = Interval(Fraction(0), None, low_open=True)
FLOWS = (1, 2, 0)  # rows of Cells.block_cells: exports, imports, total


def judge_currency(cells: Cells, datasets: Mapping[str, Dataset]) -> list[Evaluated]:
    """One evaluation for each two currencies of a series and period; ``terms``: X, M, T of one, then of the other."""
    pairs = _pairs(cells)
    if not len(pairs):
        return []
    reader = Reader(cells)
    table = cells.block_cells
    terms = np.vstack([table[list(FLOWS)][:, pairs[:, 0]], table[list(FLOWS)][:, pairs[:, 1]]])
    usable = (terms >= 0) & cells.usable[np.maximum(terms, 0)]
    terms = np.where(usable[:3] & usable[3:], terms.reshape(2, 3, -1), -1).reshape(6, -1)
    ratios = [
        [ratio(reader, int(terms[row, at]), int(terms[row + 3, at])) for row in range(3)] for at in range(len(pairs))
    ]
    anchors = np.where(terms[0] >= 0, terms[0], np.where(terms[1] >= 0, terms[1], terms[2]))
    keep = anchors >= 0
    monthly: dict[tuple[int, int, int, str], Interval] = {}
    period = [cells.text("period", int(cell)) if cell >= 0 else "" for cell in anchors]
    lengths = [months(text).length if text else 0 for text in period]
    key = [
        (int(cells.family[one]), int(cells.currency[one]), int(cells.currency[other]))
        for one, other in ((int(terms[:3, at].max()), int(terms[3:, at].max())) for at in range(len(pairs)))
    ]
    for at, length in enumerate(lengths):
        if length == 1:
            shared = common(ratios[at])
            if not shared.empty:
                monthly[(*key[at], period[at])] = shared
    excess = np.zeros(len(pairs), dtype=np.int64)
    for at, length in enumerate(lengths):
        known = [one for one in ratios[at] if one is not None]
        if length == 1:
            keep[at] &= len(known) > 1
            excess[at] = int(common(ratios[at]).empty)
        elif length:
            between = _between(monthly, key[at], period[at])
            keep[at] &= between is not None
            excess[at] = int(between is not None and any(one.meet(between).empty for one in known))
    chosen = rule("currency")
    done = Evaluated(
        chosen,
        np.maximum(anchors, 0),
        terms,
        excess,
        np.zeros(len(pairs), dtype=np.int8),
        np.asarray((cells.rough[np.maximum(terms, 0)] & (terms >= 0)).any(axis=0)),
        np.zeros(len(pairs), dtype=bool),
        np.zeros(len(pairs), dtype=bool),
    )
    how = declared(cells, datasets, chosen)[cells.codes["dataset"][done.anchor]]
    return [done.keep(keep & (how != "off"))]


def _pairs(cells: Cells) -> Codes:
    """Blocks that differ in their currency only, each two of them, by the code of their currency."""
    used = np.bincount(cells.block_currency[cells.is_level], minlength=1)
    if np.count_nonzero(used[1:]) < 2:  # code 0 is "none"
        return np.empty((0, 2), dtype=np.int64)
    levels = np.sort(cells.block_cells[cells.block_cells >= 0])
    beside: dict[tuple[int, int], list[int]] = {}
    names = cells.texts["currency"]
    for block in dict.fromkeys(cells.block[levels].tolist()):
        cell = int(cells.block_cells[:, block].max())
        if cells.block_currency[cell]:
            beside.setdefault((int(cells.family[cell]), int(cells.codes["period"][cell])), []).append(block)
    for blocks in beside.values():
        blocks.sort(key=lambda block: names[cells.block_currency[int(cells.block_cells[:, block].max())]])
    found = [(one, other) for blocks in beside.values() for at, one in enumerate(blocks) for other in blocks[at + 1 :]]
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)


def ratio(reader: Reader, one: int, other: int) -> Interval | None:
    """The rates at which ``one = rate · other`` may be true; ``None`` where a cell is missing, or where any rate may.

    Rates are positive, so that either end of the other figure bounds them, also where it may be 0: the same in either
    direction.
    """
    if one < 0 or other < 0:
        return None
    over, under = reader.interval(one), reader.interval(other)
    found = _POSITIVE
    for factor, end, bound, is_open in (
        (under.high, over.low, 1, under.high_open or over.low_open),
        (under.low, over.high, -1, under.low_open or over.high_open),
    ):
        if factor is None or end is None:
            continue
        scale, least = bound * factor, bound * end  # rate · scale ≥ least
        if scale:
            reached = (
                Interval(least / scale, None, is_open) if scale > 0 else Interval(None, least / scale, False, is_open)
            )
            found = found.meet(reached)
        elif least > 0 or (least == 0 and is_open):
            found = found.meet(Interval(None, Fraction(0)))
    return None if found == _POSITIVE else found


def common(ratios: Sequence[Interval | None]) -> Interval:
    """Where all ratios meet."""
    found = spans.ANY
    for one in ratios:
        if one is not None:
            found = found.meet(one)
    return found


def _between(
    monthly: dict[tuple[int, int, int, str], Interval], key: tuple[int, int, int], period: str
) -> Interval | None:
    """From the lowest to the highest monthly rate of a period; ``None`` where the release lacks a month."""
    try:
        kind = "span" if "/" in period else {12: "year", 6: "half-year", 3: "quarter"}[months(period).length]
        rates = [monthly[(*key, month)] for month in sub_periods(period, kind, "month")]
    except (KeyError, FigureError):
        return None
    if not rates:
        return None
    lows, highs = [one.low for one in rates], [one.high for one in rates]
    return Interval(
        None if None in lows else min(low for low in lows if low is not None),
        None if None in highs else max(high for high in highs if high is not None),
    )
