"""The rule ``period-ahead``: a figure cannot be older than what it is about.

A period that is to come, or a release dated before its period is over, is mostly a slip of a year or a wrong
``--released``. Forecasts (status F) are exempt, and so is what has no value. It holds nothing: agencies print
estimates of a month before it ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.cells.reader import period_text
from schemas.explain.reading import finding_about
from schemas.findings import Finding
from schemas.periods import months


def periods_ahead(readings: pd.DataFrame, today: str) -> list[Finding]:
    """One warning for each block of a release that is of a month before its period is over.

    ``today`` (an ISO date) stands for a release date that is not known: it cannot be later.
    """
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
        one = finding_about("period-ahead", row, words, None, None)
        found.setdefault((one.block, one.released), one)
    return list(found.values())


def _month(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7]) - 1


def _numbers(column: pd.Series[Any], number: Callable[[str], int]) -> npt.NDArray[np.int64]:
    texts = [number(str(text)) for text in column.cat.categories]
    return np.array(texts or [0], dtype=np.int64)[column.cat.codes.to_numpy()]
