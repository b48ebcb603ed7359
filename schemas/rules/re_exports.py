"""``re-exports``: exports are domestic exports and re-exports.

What a country exports was produced there (domestic exports) or came from abroad and left again as it was (re-exports);
there is no third kind. The rule holds when *some* exports, domestic exports and re-exports within what is printed of
them add up, none of the domestic exports being below 0, so that re-exports are no more than exports.

| exports | domestic exports | re-exports | |
|---|---|---|---|
| 670.0 | 13.7 | 656.4 | holds: 670.1 ± 0.1 meets 670.0 ± 0.05 |
| 670.0 | 10.0 | 690.0 | does not hold: off by 30, 0.15 is allowed |
| 670.0 | | 656.4 | holds: re-exports are no more than exports |
| 670.0 | | 690.0 | does not hold: re-exports are more than exports |

Where domestic exports are not printed, only re-exports ≤ exports is judged. A release that prints them for other
periods, or without a value, leaves the sum not evaluable, unless re-exports are more than exports. Exports or
re-exports that are missing make it not evaluable too: a figure that is not there is never a zero.

Any of the three may be suspected, beside what [total](total.md), [balance](balance.md) and the other rules say of
exports.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from schemas.cells import spans
from schemas.figures import Interval
from schemas.rules.shared.statements import Rule, Sum
from schemas.sentences import number, range_text, scale_of

if TYPE_CHECKING:
    from schemas.cells.cells import Cells
    from schemas.cells.reader import Reader, Said
    from schemas.datasets import Dataset
    from schemas.rules.shared.evaluation import Evaluated

RULE: Final = Rule("re-exports", "X = DX + RX, RX ≤ X", "error", "block", exact=True)
_FLOWS: Final = ("X", "DX", "RX")
_CONDITION: Final = Sum((-1, 1, 1), floored=(1,))


def evaluate(cells: Cells, datasets: Mapping[str, Dataset]) -> list[Evaluated]:
    """One evaluation for each block that prints two of the three."""
    from schemas.rules.shared.sums import judge_flows

    return judge_flows(cells, datasets, RULE, _CONDITION, _FLOWS) if "RX" in cells.texts["flow"] else []


def fails(reader: Reader, done: Evaluated, at: int) -> Said:
    """``exports 670.0 is not domestic exports 10.0 + re-exports 690.0 (700 ± 0.1), and less than re-exports``."""
    from schemas.cells.reader import Said

    exports, domestic, again = (int(cell) for cell in done.terms[:, at])
    scale = scale_of([reader.exponent(cell) for cell in (exports, domestic, again) if cell >= 0])
    known, own, back = _intervals(reader, exports, domestic, again, False)
    less, promise = spans.plus(back, spans.FROM_ZERO).meet(known).empty, ""
    if not known.meet(spans.plus(own.meet(spans.FROM_ZERO), back)).empty and not own.meet(spans.FROM_ZERO).empty:
        promise = ", which this dataset promises exactly"
        known, own, back = _intervals(reader, exports, domestic, again, True)
        less = reader.value(again) > reader.value(exports)
    left, named = reader.value(exports), f"exports {reader.text(exports, scale)}"
    is_sum = domestic >= 0 and spans.plus(own, back).meet(known).empty
    right = reader.value(again) + (reader.value(domestic) if is_sum else 0)
    made = spans.plus(own, back) if is_sum else back
    allowed = spans.half_width(made) + spans.half_width(known)
    own = own.meet(spans.FROM_ZERO)
    fits = "" if own.empty else range_text(spans.printable(left, known, spans.plus(own, back)), scale)
    about = f"re-exports {reader.text(again, scale)}"
    if is_sum:
        around = f" ± {number(allowed, scale)}" if allowed and spans.middle(made) == right else ""
        words = (
            f"{named} is not domestic exports {reader.text(domestic, scale)} + {about} "
            f"({number(right, scale)}{around}{promise}){', and less than re-exports' if less else ''}"
        )
    else:
        words = f"{named} is less than {about}{promise}"
        if domestic >= 0 and own.empty:
            words = f"domestic exports {reader.text(domestic, scale)} is below 0, so that {named} is less than {about}"
    return Said(left, right, allowed, words, fits)


def _intervals(reader: Reader, exports: int, domestic: int, again: int, exact: bool) -> tuple[Interval, ...]:
    """What is known of the three; of domestic exports that are not printed, that they are not below 0."""

    def known(cell: int) -> Interval:
        value: Fraction = reader.value(cell)
        return Interval(value, value) if exact and reader.cells.is_plain[cell] else reader.interval(cell)

    return known(exports), known(domestic) if domestic >= 0 else spans.FROM_ZERO, known(again)


def holds(reader: Reader, done: Evaluated, at: int) -> str:
    """``670.0 = 13.7 + 656.4 within rounding``."""
    exports, domestic, again = (int(cell) for cell in done.terms[:, at])
    scale = scale_of([reader.exponent(cell) for cell in (exports, domestic, again) if cell >= 0])
    if domestic < 0:
        return f"re-exports {reader.text(again, scale)} are no more than exports {reader.text(exports, scale)}"
    same = reader.value(domestic) + reader.value(again) == reader.value(exports)
    printed = [reader.text(cell, scale) for cell in (exports, domestic, again)]
    return f"{printed[0]} = {printed[1]} + {printed[2]}{'' if same else ' within rounding'}"


def not_evaluable(reader: Reader, done: Evaluated, at: int) -> Said:
    """Which of the three is missing."""
    from schemas.rules.shared.sums import not_evaluable

    return not_evaluable(reader, done, at, _FLOWS)
