"""The rule ``level`` beside the plain peer, figures more than so many MADs from the median of the 24 before them.

Run: ``python -m benchmarks.level [FIGURES]``; series with season, growth, crises (a fall of 30 to 60 % in one month, up
to a year long) and noise, one figure in a hundred planted. Prints false alarms in 1,000 sound figures, planted ones
found in %, and the time of so many figures.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from schemas.history import apart, judge_history
from schemas.observations import readings
from schemas.periods import Months, name

#: Season, noise, growth a year, size, months of a period; the first four as logarithms.
KINDS = {
    "steady": (0.10, 0.05, 0.05, 9.0, 1),
    "seasonal": (0.30, 0.08, 0.05, 9.0, 1),
    "growing": (0.10, 0.08, 0.40, 9.0, 1),
    "yearly": (0.00, 0.06, 0.08, 9.0, 12),
    "noisy": (0.20, 0.35, 0.05, 9.0, 1),
    "small": (0.20, 0.40, 0.00, 4.0, 1),
}
SLIPS = {"x10": (10, 1), "x100": (100, 1), "x1000": (1000, 1), "/1000": (1, 1000), "zero": (0, 1)}
PERIODS = 180


def series(kind: str, many: int, chance: np.random.Generator) -> np.ndarray:
    season, noise, growth, size, months = KINDS[kind]
    at = np.arange(PERIODS // (3 if months == 12 else 1))
    log = chance.normal(size, 1, (many, 1)) + growth * months / 12 * at
    log = log + np.tile(chance.normal(0, season, (many, 12)), PERIODS // 12)[:, : len(at)]
    log = log + np.cumsum(chance.normal(0, noise / 3, log.shape), axis=1) + chance.normal(0, noise, log.shape)
    for row in log:
        for start in chance.integers(12, len(at), 2):
            row[start : start + chance.integers(1, 13 if months == 1 else 2)] += np.log(1 - chance.uniform(0.3, 0.6))
    return np.rint(np.exp(log)).astype(np.int64)


def frame(values: np.ndarray, months: int, released: str = "2021-08-01") -> pd.DataFrame:
    periods = [name(Months(24000 + months * at, months)) for at in range(values.shape[1])]
    codes, products = np.tile(np.arange(len(periods)), len(values)), [f"p{at}" for at in range(len(values))]
    return readings(
        {
            "dataset": "d",
            "reporter": "KOR",
            "flow": "X",
            "unit": "USD",
            "exponent": 6,
            "released": released,
            "product": pd.Categorical.from_codes(np.repeat(np.arange(len(values)), len(periods)), products),
            "period": pd.Categorical.from_codes(codes, periods),
            "mantissa": values.ravel(),
            "position": np.arange(values.size),
        }
    )


def rule(values: np.ndarray, months: int) -> np.ndarray:
    table = frame(values, months)
    places = {
        (f"p{at}", one): (at, place)
        for at in range(len(values))
        for place, one in enumerate(table["period"][: values.shape[1]])
    }
    out = np.zeros(values.shape, dtype=bool)
    for one in apart(table, {}):
        out[places[one.product, one.period]] = True
    return out


def mads(times: float) -> Callable[[np.ndarray, int], np.ndarray]:
    def peer(values: np.ndarray, _months: int) -> np.ndarray:
        log, out = np.log(np.maximum(values, 0.5)), np.zeros(values.shape, dtype=bool)
        for at in range(8, values.shape[1]):
            before = log[:, max(0, at - 24) : at]
            middle = np.median(before, axis=1, keepdims=True)
            spread = np.median(np.abs(before - middle), axis=1)
            out[:, at] = np.abs(log[:, at] - middle[:, 0]) > times * np.maximum(spread, 0.01)
        return out

    return peer


def compared(kind: str, many: int) -> None:
    chance = np.random.default_rng(20261127)
    values, months = series(kind, many, chance), KINDS[kind][4]
    where = chance.random(values.shape) < 0.01
    for said, judge in (("level", rule), ("3 MAD", mads(3)), ("10 MAD", mads(10))):
        false = judge(values, months)
        told = []
        for slip, (times, over) in SLIPS.items():
            found = judge(np.where(where, values * times // over, values), months)
            told.append(f"{slip} {100 * found[where & ~false].mean():.1f} %")
        print(f"{kind:9} {said:7} false in 1,000: {1000 * false.mean():6.2f}; found: {', '.join(told)}")


def timed(figures: int) -> None:
    chance = np.random.default_rng(1)
    table = frame(np.tile(series("steady", 100, chance), (figures // PERIODS // 100, 1)), 1)
    start = time.perf_counter()
    apart(table, {})
    print(f"{len(table):,} figures of one release: {time.perf_counter() - start:.2f} s")
    last = table[table["period"] == table["period"].iloc[-1]].assign(
        released=pd.Categorical(["2021-09-01"] * (len(table) // PERIODS))
    )
    start = time.perf_counter()
    judge_history(last.assign(exponent=3).reset_index(drop=True), table)
    print(f"{len(last):,} in another unit beside {len(table):,} published before: {time.perf_counter() - start:.2f} s")


def main() -> None:
    for kind in KINDS:
        compared(kind, 200)
    timed(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)


if __name__ == "__main__":
    main()
