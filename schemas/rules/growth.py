"""``growth`` and ``growth-average``: levels of one release and the rates it prints of them.

# growth

For `growth_yoy` the base is the same period a year earlier, for `growth_prev` the preceding period of equal length.
Whole intervals are propagated; growth is never recomputed from rounded levels, since that would contradict many true
rates.

The currency matters: exports of one year may have grown 7.1 % in yuan and 5.9 % in dollars. `basis` says which levels a
rate is about. What growth of a balance means, on the signed or on the absolute base, the dataset declares.

A rate below −100 % of a positive base is judged like any other, and fails unless the figure itself turned negative (as
a balance may): mostly its decimal point or its sign is lost.

Not evaluable, with its reason: the base or the level is not in the release, a figure has no value, the base may be
zero, the series has a break there or in between (any printed period of it after the base that is marked `B`). A base
that only an earlier release prints is [growth-base](growth-base.md).

# growth-average

A rate for `2009/2021` is about twelve years: n = end − base. An agency's "average growth 2013–2021" mostly has its base
in 2012 and is written `2012/2021`. The rule is evaluated without roots, as V(end) = V(base) · (1 + rate)^n in whole
numbers, with the interval of each.

Not evaluable where end or base is not in the release, the base may be zero, or the figure changed its sign between
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from schemas.rules.shared.statements import Ratio, Rule
from schemas.sentences import scale_of

if TYPE_CHECKING:
    from schemas.cells.cells import Cells
    from schemas.cells.reader import Reader, Said
    from schemas.datasets import Dataset
    from schemas.rules.shared.evaluation import Evaluated

_GROWTH: Final = Rule(
    "growth",
    "V(t) / V(base) − 1 = published growth, the base printed in the same release",
    "error",
    "release",
    order=5,
)
_AVERAGE: Final = Rule(
    "growth-average",
    "(V(end) / V(base))^(1/n) − 1 = published average growth, both in this release",
    "error",
    "release",
    order=7,
)
RULES: Final = (_GROWTH, _AVERAGE)


def evaluate(cells: Cells, datasets: Mapping[str, Dataset]) -> list[Evaluated]:
    """Every printed rate of growth, every average one."""
    from schemas.rules.shared.ratios import judge_rates

    return [
        *judge_rates(cells, datasets, _GROWTH, ("growth_yoy", "growth_prev")),
        *judge_rates(cells, datasets, _AVERAGE, ("growth_avg",)),
    ]


def fails(reader: Reader, done: Evaluated, at: int) -> Said:
    """``growth of exports 8.0 % is not 108.2 over 99.1 in 2018 (9.18 % ± 0.16)``."""
    from schemas.rules.shared.ratios import base_period, missed

    judged, level, base = (int(cell) for cell in done.terms[:, at])
    scale = scale_of([reader.exponent(level), reader.exponent(base)])
    flow, years = reader.flow(level) or "the figure", int(cast("Ratio", done.condition).years[at])
    if years == 1:
        made_of = f"{reader.text(level, scale)} over {reader.text(base, scale)} in {base_period(reader.cells, judged)}"
        name = f"growth of {flow}"
    else:
        made_of = f"from {reader.text(base, scale)} to {reader.text(level, scale)} in {years} years"
        name = f"average growth of {flow}"
    return missed(reader, done, at, f"{name} {reader.text(judged, 0)} % is not {made_of}")


def holds(reader: Reader, done: Evaluated, at: int) -> str:
    """``exports from 99.1 to 108.2 is 9.2 %, within rounding``."""
    judged, level, base = (int(cell) for cell in done.terms[:, at])
    scale, years = scale_of([reader.exponent(level), reader.exponent(base)]), cast("Ratio", done.condition).years[at]
    change = f"from {reader.text(base, scale)} to {reader.text(level, scale)} is {reader.text(judged, 0)} %"
    over = f" a year over {years} years" if years > 1 else ""
    return f"{reader.flow(level) or 'the figure'} {change}{over}, within rounding"


def not_evaluable(reader: Reader, done: Evaluated, at: int) -> Said:
    """What a rate lacks."""
    from schemas.cells.reader import Said, period_text
    from schemas.rules.shared.rates import base_and_end
    from schemas.rules.shared.ratios import REASONS

    cell, cells = int(done.anchor[at]), reader.cells
    measure = cells.text("measure", cell)
    base, end, _ = base_and_end(measure, cells.text("period", cell))
    name = "average growth" if measure == "growth_avg" else "growth"
    why = REASONS[int(done.reason[at])].format(base=period_text(base), level=period_text(end), zero="the base")
    words = f"{name} of {reader.flow(cell) or 'the figure'} {reader.text(cell, 0)} % cannot be judged, because {why}"
    return Said(reader.value(cell) if cells.figure[cell] >= 0 else None, None, None, words)
