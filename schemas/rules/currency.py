"""``currency``: figures of one release in two currencies share one exchange rate.

Figures of one month in yuan and in dollars were converted at one rate. So the ratios of exports, of imports and of
total, each an interval, must have a rate in common. Over a longer period each flow has its own mix of months, so its
ratio only has to lie between the lowest and the highest monthly rate of the release.

Rates are positive; a figure that may be 0 bounds them from one side.

A miss mostly means that one of the figures belongs to another month, or that its unit is wrong by a factor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Final

from schemas.cells import spans
from schemas.figures import Interval
from schemas.periods import months, sub_periods
from schemas.rules.shared.statements import Rule
from schemas.sentences import range_text, rounded, rounded_span
from schemas.units import is_currency

if TYPE_CHECKING:
    from schemas.cells.cells import Cells
    from schemas.cells.reader import Reader, Said
    from schemas.datasets import Dataset
    from schemas.intervals.grid import Codes
    from schemas.rules.shared.evaluation import Evaluated

RULE: Final = Rule(
    "currency",
    "X, M and T of one month in two currencies share one rate; over longer periods each lies between the monthly rates",
    "warning",
    "release",
    order=11,
    paired=True,
)
_POSITIVE: Final = Interval(Fraction(0), None, low_open=True)
_FLOWS: Final = (1, 2, 0)  # rows of Cells.block_cells: exports, imports, total
_RATE_DIGITS: Final = -6


def evaluate(cells: Cells, datasets: Mapping[str, Dataset]) -> list[Evaluated]:
    """One evaluation for each two currencies of a series and period; ``terms``: X, M, T of one, then of the other."""
    import numpy as np

    from schemas.cells.reader import Reader
    from schemas.rules.shared.evaluation import evaluated

    pairs = _pairs(cells)
    if not len(pairs):
        return []
    reader = Reader(cells)
    table = cells.block_cells
    terms = np.vstack([table[list(_FLOWS)][:, pairs[:, 0]], table[list(_FLOWS)][:, pairs[:, 1]]])
    usable = (terms >= 0) & cells.usable[np.maximum(terms, 0)]
    terms = np.where(usable[:3] & usable[3:], terms.reshape(2, 3, -1), -1).reshape(6, -1)
    ratios = [
        [_ratio(reader, int(terms[row, at]), int(terms[row + 3, at])) for row in range(3)] for at in range(len(pairs))
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
            shared = _common(ratios[at])
            if not shared.empty:
                monthly[(*key[at], period[at])] = shared
    excess = np.zeros(len(pairs), dtype=np.int64)
    for at, length in enumerate(lengths):
        known = [one for one in ratios[at] if one is not None]
        if length == 1:
            keep[at] &= len(known) > 1
            excess[at] = int(_common(ratios[at]).empty)
        elif length:
            between = _between(monthly, key[at], period[at])
            keep[at] &= between is not None
            excess[at] = int(between is not None and any(one.meet(between).empty for one in known))
    return [evaluated(cells, RULE, terms, excess, anchor=np.maximum(anchors, 0)).keep(keep)]


def _pairs(cells: Cells) -> Codes:
    """Blocks that differ in their currency only, each two of them, by the code of their currency."""
    import numpy as np

    used = np.bincount(cells.block_currency[cells.is_level], minlength=1)
    if np.count_nonzero(used[1:]) < 2:  # code 0 is "none"
        return np.empty((0, 2), dtype=np.int64)
    levels = np.sort(cells.block_cells[cells.block_cells >= 0])
    beside: dict[tuple[int, int], list[int]] = {}
    names = cells.texts["currency"]
    for block in dict.fromkeys(cells.block[levels].tolist()):
        cell = int(cells.block_cells[:, block].max())
        if is_currency(names[cells.block_currency[cell]]):  # a quantity has a price, not a rate
            beside.setdefault((int(cells.family[cell]), int(cells.codes["period"][cell])), []).append(block)
    for blocks in beside.values():
        blocks.sort(key=lambda block: names[cells.block_currency[int(cells.block_cells[:, block].max())]])
    found = [(one, other) for blocks in beside.values() for at, one in enumerate(blocks) for other in blocks[at + 1 :]]
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)


def _ratio(reader: Reader, one: int, other: int) -> Interval | None:
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


def _common(ratios: Sequence[Interval | None]) -> Interval:
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
    every = [monthly.get((*key, month)) for month in sub_periods(period, "span", "month")]
    rates = [one for one in every if one is not None]
    if not rates or len(rates) < len(every):
        return None
    lows, highs = [one.low for one in rates], [one.high for one in rates]
    return Interval(
        None if None in lows else min(low for low in lows if low is not None),
        None if None in highs else max(high for high in highs if high is not None),
    )


def fails(reader: Reader, done: Evaluated, at: int) -> Said:
    """``one rate must turn USD into CNY, but it is 7.09–7.11 by exports, 6.50–6.52 by imports``."""
    from schemas.cells.reader import Said

    terms = [int(cell) for cell in done.terms[:, at]]
    found = [(row, _ratio(reader, terms[row], terms[row + 3])) for row in range(len(_FLOWS))]
    rates = [(terms[row], terms[row + 3], one) for row, one in found if one is not None]
    said = ", ".join(f"{_rate_text(one)} by {reader.flow(cell)}" for cell, _, one in rates)
    # Both sides are the two rates that are furthest apart: others may agree.
    (first, under, span), (last, last_under, last_span) = max(combinations(rates, 2), key=_gap)
    left = _printed_rate(reader, first, under, span)
    one, other = reader.cells.text("unit", first), reader.cells.text("unit", under)
    if months(reader.cells.text("period", first)).length > 1:
        return Said(left, None, None, f"{one} per {other} is {said}, which is not between the rates of its months")
    right = _printed_rate(reader, last, last_under, last_span)
    allowed = rounded(spans.half_width(span) + spans.half_width(last_span), _RATE_DIGITS)
    return Said(left, right, allowed, f"one rate must turn {other} into {one}, but it is {said}")


def holds(reader: Reader, done: Evaluated, at: int) -> str:
    """``CNY and USD figures share one exchange rate``."""
    terms = [int(cell) for cell in done.terms[:, at]]
    row = next(row for row in range(len(_FLOWS)) if terms[row] >= 0)
    one, other = (reader.cells.text("unit", terms[place]) for place in (row, row + 3))
    return f"{one} and {other} figures share one exchange rate"


def _gap(pair: tuple[tuple[int, int, Interval], tuple[int, int, Interval]]) -> Fraction:
    """By how much two rates miss each other; below 0 where they meet."""
    (_, _, one), (_, _, other) = pair
    return max(
        (
            low - high
            for low, high in ((one.low, other.high), (other.low, one.high))
            if low is not None and high is not None
        ),
        default=Fraction(-(10**30)),
    )


def _rate_text(rate: Interval) -> str:
    return "none" if rate.empty else range_text(rounded_span(rate, _RATE_DIGITS))


def _printed_rate(reader: Reader, one: int, other: int, rate: Interval) -> Fraction | None:
    """The rate of two printed figures; where the one is 0, the middle of what the rate may be."""
    exact = reader.value(one) / reader.value(other) if reader.value(other) else spans.middle(rate)
    return None if exact is None else rounded(exact, _RATE_DIGITS)
