"""Simulated rows and the clock that the benchmarks of identities share; nothing of ours, so peers can run alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

PERIODS = 250


def best(work: Callable[[], Any], times: int = 5) -> float:
    """The best of several runs, in milliseconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found) * 1000


def simulate(rows: int) -> dict[str, Any]:
    chance = np.random.default_rng(20220707)
    blocks = rows // 4
    x, m = (chance.integers(10**4, 10**7, blocks) for _ in range(2))
    values = np.stack([x + m + chance.integers(-1, 2, blocks), x, m, x - m])
    values[0, ::100] += 500
    order = chance.permutation(4 * blocks)
    return {
        "blocks": blocks,
        "block": np.tile(np.arange(blocks), 4)[order],
        "flow": np.repeat(np.arange(4, dtype=np.int8), blocks)[order],
        "mantissa": values.ravel()[order],
        "exponent": np.full(4 * blocks, 6, dtype=np.int8),
    }


def texts(data: dict[str, Any]) -> pd.DataFrame:
    """The rows as a table of texts, as they come from a file."""
    products = np.array([f"p{at}" for at in range(data["blocks"] // PERIODS + 1)], dtype=object)
    periods = np.array([f"{2000 + at // 12}-{at % 12 + 1:02d}" for at in range(PERIODS)], dtype=object)
    return pd.DataFrame(
        {
            "product": products[data["block"] // PERIODS],
            "period": periods[data["block"] % PERIODS],
            "flow": np.array(["T", "X", "M", "B"], dtype=object)[data["flow"]],
            "mantissa": data["mantissa"],
        },
        dtype=object,
    ).astype({"mantissa": "int64"})
