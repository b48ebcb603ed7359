"""The four identities on many rows, beside bare numpy and other tools, in one run.

    python -m benchmarks.identities [rows]

One row in four is each of T, X, M, B of a block; one block in a hundred is wrong. What a user runs is timed: ``judge``
on categoricals, with every rule and Pandera's schema. Times of the process (all its threads) in turns, so that a busy
machine falls on ours and polars' alike. What the peers do, and why it is less, is said in ``benchmarks.peers``. DuckDB
and polars come with ``uv sync --group bench``, vtlengine by uv alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.peers import peers, vtlengine
from benchmarks.simulated import best, simulate, texts
from schemas.judge import judge
from schemas.observations import OBSERVATIONS, readings


def bare_numpy(data: dict[str, Any]) -> int:
    """The same scatter and comparison, nothing else."""
    blocks = data["blocks"]
    at = data["flow"].astype(np.int64) * blocks + data["block"]
    value, step = np.zeros(4 * blocks, dtype=np.int64), np.zeros(4 * blocks, dtype=np.int64)
    value[at], step[at] = data["mantissa"], 1
    (t, x, m, b), (st, sx, sm, sb) = value.reshape(4, blocks), step.reshape(4, blocks)
    wrong = 2 * np.abs(t - x - m) > st + sx + sm
    wrong |= 2 * np.abs(b - x + m) > sb + sx + sm
    wrong |= 2 * np.abs(t + b - 2 * x) > st + sb + 2 * sx
    wrong |= 2 * np.abs(t - b - 2 * m) > st + sb + 2 * sm
    return int(wrong.sum())


def coded(table: pd.DataFrame) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for name in ("product", "period", "flow"):
        codes, distinct = pd.factorize(table[name].to_numpy())
        columns[name] = pd.Categorical.from_codes(codes, categories=pd.Index(distinct))
    fixed = {"dataset": "d", "reporter": "USA", "unit": "USD", "released": "2020-01-01", "exponent": 6}
    return readings(columns | fixed | {"mantissa": table["mantissa"].to_numpy()})


def ours_from_texts(table: pd.DataFrame) -> int:
    """Code, validate every column, judge by all rules, with both Pandera schemas."""
    return len(judge(OBSERVATIONS.validate(coded(table), lazy=True, inplace=True)).held)


def in_turns(works: dict[str, Callable[[], object]], times: int = 5) -> dict[str, float]:
    """The best process time of each, in milliseconds, one after the other in every round."""
    best_of = dict.fromkeys(works, float("inf"))
    for _ in range(times):
        for name, work in works.items():
            start = time.process_time()
            work()
            best_of[name] = min(best_of[name], time.process_time() - start)
    return {name: spent * 1000 for name, spent in best_of.items()}


def main(rows: int = 1_000_000) -> None:
    data = simulate(rows)
    table = texts(data)
    frame = coded(table)
    judgement = judge(frame)
    assert len(judgement.held) == bare_numpy(data)
    others = peers(table)
    ours = "ours from categoricals, every rule, Pandera"
    turns = {"bare numpy, scatter and comparison": lambda: bare_numpy(data), ours: lambda: judge(frame)}
    turns |= {name: work for name, work in others.items() if name.startswith("polars")}
    print(f"{rows:,} rows, {data['blocks']:,} blocks, {len(judgement.held):,} of them wrong; process times in turns\n")
    for name, spent in in_turns(turns).items():
        print(f"{name:48}{spent:10.1f} ms")

    def line(name: str, spent: float) -> None:
        print(f"{name:48}{spent:10.1f} ms")

    print("\nwall clock, the best of some")
    line("ours from strings, every column checked, Pandera", best(lambda: ours_from_texts(table), 3))
    few = judge(coded(texts(simulate(400_000))))
    started = time.process_time()
    count = len(few.findings)
    print(f"{'a finding with suspects, process time':48}{(time.process_time() - started) * 1000 / count:10.3f} ms")
    for name, work in others.items():
        line(name, best(work, 1 if name.startswith("Pandera") else 3))
    spent = vtlengine(rows)
    if spent is None:
        print(f"{'vtlengine':48}  could not be installed by uv here")
    else:
        line("vtlengine, in a process of its own", spent)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
