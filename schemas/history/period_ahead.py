"""``period-ahead``: a figure cannot be older than what it is about.

A figure for 2999, or for March in a release of February, is mostly a slip of a year or a wrong `--released`. Nothing is
held: agencies estimate a month before it ends. A figure with the status `F` is a forecast and passes; one without a
value says nothing. A count or a share may be of what has passed of its period ("25 festivals in 2022", said in July):
there the period must have begun. Where no release date is known (`check`), the day of the check counts: it cannot have
been released later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from schemas.periods import months
from schemas.rules.shared.statements import Rule

if TYPE_CHECKING:
    import pandas as pd

    from schemas.findings import Finding
    from schemas.intervals.grid import Codes

RULE: Final = Rule(
    "period-ahead", "a release comes when its periods are over, unless it is a forecast", "warning", "block", order=18
)


def periods_ahead(readings: pd.DataFrame, today: str) -> list[Finding]:
    """One warning for each block of a release that is of a month before its period is over.

    ``today`` (an ISO date) stands for a release date that is not known: it cannot be later.
    """
    import numpy as np

    from schemas.cells.reader import period_text
    from schemas.explain import finding_about

    if not len(readings):
        return []
    over = _numbers(readings["period"], lambda text: months(text).end)
    begun = _numbers(readings["period"], lambda text: months(text).start)
    # What is counted, and the share of a whole, may be of what has passed of a period: "25 festivals in 2022" in July.
    so_far = _numbers(readings["measure"], lambda text: int(text in ("count", "share"))) == 1
    released = _numbers(readings["released"], lambda text: _month(text or today))
    forecast = _numbers(readings["status"], lambda text: int("F" in text.split(";")))
    ahead = (
        np.where(so_far, begun > released, over > released) & (forecast == 0) & readings["mantissa"].notna().to_numpy()
    )
    found: dict[tuple[str, str], Finding] = {}
    for at in np.flatnonzero(ahead):
        row = readings.iloc[int(at)]
        day = str(row["released"]) or f"{today} at the latest"
        words = (
            f"released on {day}, before {period_text(str(row['period']))} was over: expected a later release, or "
            "status F for a forecast"
        )
        one = finding_about(RULE, row, words, None, None)
        found.setdefault((one.block, one.released), one)
    return list(found.values())


def _month(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7]) - 1


def _numbers(column: pd.Series[Any], number: Callable[[str], int]) -> Codes:
    import numpy as np

    texts = [number(str(text)) for text in column.cat.categories]
    return np.array(texts or [0], dtype=np.int64)[column.cat.codes.to_numpy()]
