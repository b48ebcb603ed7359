"""``total``, ``balance`` and two more: one pair of exports and imports explains all four figures of a block.

# total

A figure printed as 111.45 billion stands for anything from 111.445 to 111.455 billion. The rule holds when *some*
exports and imports within their intervals add up to *some* total within its own.

| total | exports | imports | |
|---|---|---|---|
| 111.45 | 99.89 | 11.57 | holds: 111.46 ± 0.01 meets 111.45 ± 0.005 |
| 111.54 | 99.89 | 11.57 | does not hold: off by 0.08, 0.015 is allowed |

The intervals are closed, so agencies that round halves up and those that round them to even are both right. A figure
that was cut off and not rounded is declared `truncated` by its source.

## Why four rules

This rule, [balance](balance.md), [exports-from-total](exports-from-total.md) and
[imports-from-total](imports-from-total.md) hold together exactly when one pair of exports and imports explains all four
figures, [by Helly's theorem](../explanation/proofs.md); the first two alone let contradictions through.

# balance

The balance is printed with its sign: a deficit is negative. Both sides are intervals, as in [total](total.md).

| balance | exports | imports | |
|---|---|---|---|
| 88.32 | 99.89 | 11.57 | holds |
| −67.092 | 193.221 | 260.313 | holds: a deficit |
| 67.092 | 193.221 | 260.313 | does not hold: the sign is lost, and the finding says so |

# exports-from-total

Total and balance together say what exports are: (X + M) + (X − M) = 2X. Each of [total](total.md) and
[balance](balance.md) may hold by itself, with imports at opposite ends of their interval, while no single figure of
imports satisfies both. This rule and [imports-from-total](imports-from-total.md) find that; why the four are enough
stands in [total](total.md).

Total 111.54 and balance 88.32 make exports of 99.93 ± 0.005; a printed 99.89 ± 0.005 does not meet that.

# imports-from-total

Total less balance is twice the imports: (X + M) − (X − M) = 2M. It is the counterpart of
[exports-from-total](exports-from-total.md).

Total 111.54 and balance 88.32 make imports of 11.61 ± 0.005; a printed 11.57 ± 0.005 does not meet that.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

from schemas.cells import spans
from schemas.figures import Interval
from schemas.rules.shared.statements import Identity
from schemas.sentences import number, range_text, scale_of

if TYPE_CHECKING:
    from schemas.cells.cells import Cells
    from schemas.cells.reader import Reader, Said
    from schemas.datasets import Dataset
    from schemas.rules.shared.evaluation import Evaluated

RULES: Final = (
    Identity("total", "T = X + M", "error", "block", True, 1, False, ("T", 1), (("X", 1), ("M", 1))),
    Identity("balance", "B = X − M", "error", "block", True, 2, False, ("B", 1), (("X", 1), ("M", -1))),
    Identity("exports-from-total", "T + B = 2X", "error", "block", True, 3, False, ("X", 2), (("T", 1), ("B", 1))),
    Identity("imports-from-total", "T − B = 2M", "error", "block", True, 4, False, ("M", 2), (("T", 1), ("B", -1))),
)
_SIGN: Final = {1: "+", -1: "−"}  # of the second figure on the right; the first is always added


def evaluate(cells: Cells, datasets: Mapping[str, Dataset]) -> list[Evaluated]:
    """The four identities of every block in which at least two of an identity's three figures stand."""
    from schemas.rules.shared.strips import judge_identities

    return judge_identities(cells, datasets, RULES)


def fails(reader: Reader, done: Evaluated, at: int) -> Said:
    """``total 111.54 is not exports 99.89 + imports 11.57 (111.46 ± 0.015)``."""
    from schemas.cells.reader import Said

    rule = cast("Identity", done.rule)
    judged, *terms = (int(cell) for cell in done.terms[:, at])
    scale = scale_of([reader.exponent(cell) for cell in (judged, *terms)])
    left, known = reader.value(judged), reader.interval(judged)
    right, made = _others(reader, rule, terms, False)
    exact = bool(made.meet(known).empty is False)  # it fails though intervals meet: the dataset promises exact sums
    if exact:
        right, made = _others(reader, rule, terms, True)
        known = Interval(left, left)
    allowed = spans.half_width(made) + spans.half_width(known)
    fits = spans.printable(left, known, made)
    around = ""
    if allowed and spans.middle(made) == right and spans.middle(known) == left:
        around = f" ± {number(allowed, scale)}"
    made_of = f" {_SIGN[rule.right[1][1]]} ".join(f"{reader.flow(cell)} {reader.text(cell, scale)}" for cell in terms)
    words = (
        f"{reader.flow(judged)} {reader.text(judged, scale)} is not {'half of ' if rule.left[1] == 2 else ''}{made_of} "
        f"({number(right, scale)}{around}{', which this dataset promises exactly' if exact else ''})"
    )
    return Said(left, right, allowed, words, range_text(fits, scale))


def holds(reader: Reader, done: Evaluated, at: int) -> str:
    """``111.45 = 99.89 + 11.57 within rounding``."""
    judged, *terms = (int(cell) for cell in done.terms[:, at])
    scale = scale_of([reader.exponent(cell) for cell in (judged, *terms)])
    rule = cast("Identity", done.rule)
    right = f" {_SIGN[rule.right[1][1]]} ".join(reader.text(cell, scale) for cell in terms)
    right = f"half of ({right})" if rule.left[1] == 2 else right
    same = _others(reader, rule, terms, False)[0] == reader.value(judged)
    return f"{reader.text(judged, scale)} = {right}{'' if same else ' within rounding'}"


def not_evaluable(reader: Reader, done: Evaluated, at: int) -> Said:
    """Which of the three is missing."""
    from schemas.rules.shared.sums import not_evaluable

    return not_evaluable(reader, done, at, [flow for flow, _ in cast("Identity", done.rule).terms])


def _others(reader: Reader, rule: Identity, terms: list[int], exact: bool) -> tuple[Fraction, Interval]:
    """What the right side of an identity makes of the judged figure: from printed values, and as an interval."""
    one, other = (reader.value(cell) for cell in terms)
    sign = rule.right[1][1]
    value = one + other if sign > 0 else one - other
    known = [Interval(end, end) for end in (one, other)] if exact else [reader.interval(cell) for cell in terms]
    interval = spans.plus(known[0], spans.times(known[1], sign))
    if rule.left[1] == 1:
        return value, interval
    share = Fraction(1, rule.left[1])
    return value * share, spans.times(interval, share)
