"""``share``: a published share of a whole that is published too.

A share names its whole in `basis`: `product=total`, `partner=WLD`, `GDP`. Part and whole are levels of the same
release, flow and period, and the printed share must meet the interval of their ratio.

| part | whole | share | |
|---|---|---|---|
| 11.57 | 111.45 | 10.4 % | holds: 10.376 to 10.386 % meets 10.35 to 10.45 % |
| 11.57 | 111.45 | 14.0 % | does not hold |

Not evaluable where part or whole is not in the release, or the whole may be zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from schemas.rules.shared.statements import Ratio, Rule
from schemas.sentences import scale_of

if TYPE_CHECKING:
    from schemas.cells.cells import Cells
    from schemas.cells.reader import Reader, Said
    from schemas.datasets import Dataset
    from schemas.rules.shared.evaluation import Evaluated

RULE: Final = Rule("share", "part / whole = published share, both in this release", "error", "release", order=8)
_WHOLES: Final = ("product", "partner", "breakdown", "flow")


def evaluate(cells: Cells, datasets: Mapping[str, Dataset]) -> list[Evaluated]:
    """Every published share that names its whole (``product=total``); ``terms``: share, part, whole."""
    import numpy as np

    from schemas.rules.shared.ratios import judge_ratios

    judged = cells.measured("share")
    if not len(judged):
        return []
    basis = cells.codes["basis"][judged]
    wanted = [text.partition("=") for text in cells.texts["basis"]]
    relevant = np.array([bool(sign) and dimension in _WHOLES for dimension, sign, _ in wanted] or [False])
    judged, basis = judged[relevant[basis]], basis[relevant[basis]]
    series = cells.block_currency[judged], cells.codes["flow"][judged], cells.codes["period"][judged].astype(np.int64)
    part = cells.amount(cells.family[judged], *series)
    whole = np.full(len(judged), -1, dtype=np.int64)
    for code, (dimension, _, value) in enumerate(wanted):
        here = np.flatnonzero(basis == code)
        if not len(here) or value not in cells.texts[dimension]:
            continue
        named = np.full(len(here), cells.texts[dimension].index(value), dtype=np.int64)
        flow, family = series[1][here], cells.family[judged[here]]
        if dimension == "flow":
            flow = named
        else:
            family = cells.other_family(family, dimension, named)
        whole[here] = cells.amount(family, series[0][here], flow, series[2][here])
    condition = Ratio(0, np.ones(len(judged), dtype=np.int64), np.zeros(len(judged), dtype=bool))
    return [judge_ratios(cells, RULE, np.vstack([judged, part, whole]), condition)]


def fails(reader: Reader, done: Evaluated, at: int) -> Said:
    """``share 12.0 % is not exports 20.1 of 110.0 (18.27 % ± 0.05); …``."""
    from schemas.rules.shared.ratios import missed

    judged, part, whole = (int(cell) for cell in done.terms[:, at])
    scale = scale_of([reader.exponent(part), reader.exponent(whole)])
    made_of = f"{reader.flow(part) or 'the figure'} {reader.text(part, scale)} of {reader.text(whole, scale)}"
    return missed(reader, done, at, f"share {reader.text(judged, 0)} % is not {made_of}")


def holds(reader: Reader, done: Evaluated, at: int) -> str:
    """``20.1 of 110.0 is 18.3 %, within rounding``."""
    judged, part, whole = (int(cell) for cell in done.terms[:, at])
    scale = scale_of([reader.exponent(part), reader.exponent(whole)])
    return f"{reader.text(part, scale)} of {reader.text(whole, scale)} is {reader.text(judged, 0)} %, within rounding"


def not_evaluable(reader: Reader, done: Evaluated, at: int) -> Said:
    """What a share lacks."""
    from schemas.cells.reader import Said
    from schemas.rules.shared.ratios import REASONS

    cell = int(done.anchor[at])
    why = REASONS[int(done.reason[at])].format(level="the part", base="the whole", zero="the whole")
    value = reader.value(cell) if reader.cells.figure[cell] >= 0 else None
    return Said(value, None, None, f"share {reader.text(cell, 0)} % cannot be judged, because {why}")
