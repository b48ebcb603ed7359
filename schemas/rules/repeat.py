"""``repeat``: a figure that is printed several times is one figure.

A release often prints one figure several times: 124.4 in a table, "more than 120" in a sentence, 124 in a headline.
Each reading is an interval, and all intervals of one cell in one release must have a point in common. The narrowest is
published, the others are counted as repeated.

"More than 120" is everything above 120; "about" is five steps to either side and never makes an error.

A finding names every printing with its place, and with its document where there are several. Suspected is the one
that the rest of the release contradicts while another agrees with it: of balances of −15,431 and −15,341 beside
exports of 101,843 and imports of 117,274 the second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

from schemas.figures import Figure, power_of_ten
from schemas.positions import position_text
from schemas.rules.shared.statements import Rule, Same
from schemas.sentences import scale_of

if TYPE_CHECKING:
    from schemas.cells.cells import Cells
    from schemas.cells.reader import Reader, Said
    from schemas.datasets import Dataset
    from schemas.rules.shared.evaluation import Evaluated

RULE: Final = Rule("repeat", "all readings of a cell in one release meet", "error", "block", order=9)
_NAMES: Final = {"level": "", "count": "", "share": "share of "}


def evaluate(cells: Cells, datasets: Mapping[str, Dataset]) -> list[Evaluated]:
    """Every cell that stands more than once."""
    import numpy as np

    from schemas.rules.shared.evaluation import evaluated

    several = np.flatnonzero(cells.readings > 1)
    fails = (cells.clash | ~cells.all_meet)[several]
    others = np.full(len(several), -1, dtype=np.int64)
    others[fails] = _contradicting(cells, several[fails].tolist())
    # Only what is said as "about" does not meet, where the other readings do.
    rough = ~cells.clash[several] | cells.rough[several]
    terms, excess = several[np.newaxis], fails.astype(np.int64)
    return [evaluated(cells, RULE, terms, excess, rough=rough, condition=Same(others))]


def _contradicting(cells: Cells, clashing: Sequence[int]) -> list[int]:
    """Of each cell a reading that does not meet the published one, or else any that another does not meet.

    Of several it goes by what is printed, not by which came first: a decision about it covers the same in any order.
    """
    import numpy as np
    from pandas import NA

    order = np.argsort(cells.of_row, kind="stable")
    first, last = (np.searchsorted(cells.of_row[order], clashing, side=side) for side in ("left", "right"))
    names = ("exponent", "mantissa", "qualifier", "rounding")
    found = []
    for cell, start, end in zip(clashing, first.tolist(), last.tolist(), strict=True):
        rows = order[start:end]
        printed = zip(*(cells.frame[name].array[rows] for name in names), rows.tolist(), strict=True)
        figures = sorted((int(e), int(m), str(q), str(r), row) for e, m, q, r, row in printed if m is not NA)
        known = {row: Figure(m, e, q, r).interval for e, m, q, r, row in figures}
        published = int(cells.figure[cell])
        others = [row for row in known if row != published]
        found.append(next((row for row in others if known[row].meet(known[published]).empty), others[0]))
    return found


def fails(reader: Reader, done: Evaluated, at: int) -> Said:
    """``balance stands twice and does not agree: −15,431 (row 4) and −15,341 (row 9)``."""
    from schemas.cells.reader import Said

    cell, other = int(done.anchor[at]), int(cast("Same", done.condition).others[at])
    readings = [(int(reader.at("mantissa", row)), int(reader.at("exponent", row))) for row in (reader.row(cell), other)]
    left, right = (mantissa * power_of_ten(exponent) for mantissa, exponent in readings)
    allowed = sum((power_of_ten(exponent) / 2 for _, exponent in readings), Fraction(0))
    measure, scale = reader.cells.text("measure", cell), reader.scale_of_printings(cell, other)
    percent = "" if measure in ("level", "count") else " %"
    printed = reader.printings(cell).values()
    several = len({str(reader.at("document", one)) for rows in printed for one in rows}) > 1
    shown = []
    for rows in printed:
        places = "; ".join(filter(None, (_place(reader, one, several) for one in rows)))
        shown.append(f"{reader.row_text(rows[0], scale)}{percent}" + (f" ({places})" if places else ""))
    count = sum(map(len, printed))
    times = "twice" if count == 2 else f"{count} times"
    name = f"{_NAMES.get(measure, 'growth of ')}{reader.flow(cell) or 'the figure'}"
    words = f"{name} stands {times} and does not agree: {', '.join(shown[:-1])} and {shown[-1]}"
    return Said(left, right, allowed, words)


def _place(reader: Reader, row: int, several: bool) -> str:
    """Where a reading stands, and in which of several documents, by the beginning of its SHA-256."""
    document = str(reader.at("document", row))[:12] if several else ""
    return ", ".join(filter(None, (position_text(int(reader.at("position", row))), document)))


def holds(reader: Reader, done: Evaluated, at: int) -> str:
    """``balance −15,431 stands 2 times and agrees``."""
    cell = int(done.anchor[at])
    rate = reader.cells.text("measure", cell) not in ("level", "count")
    text = f"{reader.text(cell, 0)} %" if rate else reader.text(cell, scale_of([reader.exponent(cell)]))
    return f"{reader.flow(cell) or 'the figure'} {text} stands {int(reader.cells.readings[cell])} times and agrees"
