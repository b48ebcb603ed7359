"""``level``: a figure far from its own series.

Thirty months near 100 billion, then 107.1 in million: a release that agrees with itself, and is a thousand times too
small. Levels and counts are judged by what the series itself did before, in the release and in the releases before it;
what an earlier release said already is not judged again.

Beside a figure stand the last three of its series and those of the same season, of the three years before it. It is far
where it lies outside of what they span (less one odd figure at either end, two where there are six) by more than four
times, and by more than the series itself is wont to: 8/3 as far, in orders of magnitude, as the second largest of its
own last 36 distances, and one less large for every twelve of them. So a crisis that halves trade is nothing, nor is a
season, nor growth; a figure ten times too large is, unless the series leaps like that.

| before | figure | |
|---|---|---|
| 102.4, 103.7, 106.3, … bn | 107.1 mn | far: 1,000 times too small? |
| 102.4, 103.7, 106.3, … bn | 0.0 bn | far, where none of them was near 0 |
| 102.4, 103.7, 106.3, … bn | 41.0 bn | as in April 2020 |

A figure with fewer than eight before it is judged by those after it, if there are as many; with neither, by all others
of its series, at least four: there five times is the least that is far. With fewer it is not judged, nor where what
stands beside it is nil or has both signs. Beside figures printed in two digits ten times is the least that is far,
beside those of one digit a hundred times. Across a break in the series nothing is compared.

A balance is never judged: it crosses zero, and where it is small it is a small difference of large figures; a block
in another unit is told by its exports and imports. Rates and shares have no unit to be mistaken.

Where most figures of a period are out by the same factor, their release is in another unit: that is one case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from schemas.rules.shared.statements import Rule

if TYPE_CHECKING:
    from schemas.datasets import Dataset
    from schemas.findings import Finding
    from schemas.history.shared.known import Flags, Ints, Known

RULE: Final = Rule("level", "a figure is near what its own series was before", "warning", "ledger")
#: One release is enough: it prints the months before.
ALONE: Final = True
#: What is held is judged too: that a figure is far from its series tells what an error does not.
ALWAYS: Final = True


def compare(known: Known, datasets: Mapping[str, Dataset]) -> list[Finding]:
    """Figures of each release being judged that are far from those beside them in their series."""
    import numpy as np

    found: list[Finding] = []
    amounts: Flags | None = None
    for _, _, rows, before in known.judged():
        if not known.current[rows].any():
            continue
        amounts = _amounts(known) if amounts is None else amounts
        now = known.plainest(rows, amounts)
        before = before[np.isin(known.series[before], known.series[now])]
        past = known.plainest(known.latest(before), amounts)
        new = now[~_repeated(known, now, past)]
        every = np.concatenate([now, known.lacking(past, now)])
        found += _of_release(known, every[np.isin(known.series[every], known.series[new])], new)
    return found


def _amounts(known: Known) -> Flags:
    """Which rows are levels or counts with a plain value, other than balances."""
    amount = known.where(measure="level") | known.where(measure="count")
    there: Flags = known.frame["mantissa"].notna().to_numpy()
    return amount & known.where(qualifier="=") & ~known.where(flow="B") & there


def _repeated(known: Known, now: Ints, past: Ints) -> Flags:
    """Which of the rows say what rows of before said of their cells (one row a cell, in both)."""
    import numpy as np

    if not len(past):
        return np.zeros(len(now), dtype=bool)
    past = past[np.argsort(known.cell[past])]
    was = past[np.minimum(np.searchsorted(known.cell[past], known.cell[now]), len(past) - 1)]
    same: Flags = (known.cell[was] == known.cell[now]) & (known.exponent[was] == known.exponent[now])
    same &= known.mantissa[was] == known.mantissa[now]
    return same


def _of_release(known: Known, rows: Ints, new: Ints) -> list[Finding]:
    """What is found of the ``new`` ones of the rows of one release, with what it left as it was before."""
    import numpy as np

    from schemas.history.shared.apart import Telling
    from schemas.history.shared.magnitudes import HISTORY, Figures, far
    from schemas.history.shared.short import far_from_all

    start, length = known.months
    rows = rows[length[rows] > 0]
    rows = rows[np.lexsort((start[rows], length[rows], known.series[rows]))]
    if not len(rows):
        return []
    breaks = known.marked("B")[rows]
    other = (np.diff(known.series[rows]) != 0) | (np.diff(length[rows]) != 0) | breaks[1:]
    run = np.concatenate([[0], np.cumsum(other)]).astype(np.int64)
    figures = Figures(run, start[rows], known.mantissa[rows], known.exponent[rows])
    judged = np.isin(rows, new)
    behind, could = far(figures, judged)
    ahead, could_too = far(figures.back(), (judged & (figures.before(HISTORY) < 0))[::-1])
    could |= could_too[::-1]
    around, could_at_all = far_from_all(figures, judged & ~could)
    found = {"before": behind, "after": ahead.back(len(rows)), "beside it": around}
    return Telling(known, RULE, rows, figures).findings(found, could | could_at_all)
