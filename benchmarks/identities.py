"""The four identities on many rows, beside bare numpy and other tools, in one run.

    python -m benchmarks.identities [rows]

One row in four is each of T, X, M, B of a block; one block in a hundred is wrong. What the peers do, and why it is
less, is said in ``benchmarks.peers``. DuckDB and polars come with ``uv sync --group bench``, vtlengine by uv alone.
"""

from __future__ import annotations

import sys
import tracemalloc
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.peers import peers, vtlengine
from benchmarks.simulated import best, simulate, texts
from schemas.coded import failing_blocks
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


def main(rows: int = 1_000_000) -> None:
    data = simulate(rows)
    arguments = (data["block"], data["flow"], data["mantissa"], data["exponent"], data["blocks"])
    wrong = failing_blocks(*arguments)
    assert wrong["block"].nunique() == bare_numpy(data)
    base = best(lambda: bare_numpy(data))
    print(f"{rows:,} rows, {data['blocks']:,} blocks, {len(wrong):,} findings\n")

    def line(name: str, spent: float) -> None:
        print(f"{name:48}{spent:10.1f} ms {spent / base:8.2f} ×")

    line("bare numpy, scatter and comparison", base)
    line("ours from coded rows, findings as a frame", best(lambda: failing_blocks(*arguments)))
    table = texts(data)
    frame = coded(table)
    line("ours from categoricals, every rule, Pandera", best(lambda: judge(frame), 3))
    line("ours from strings, every column checked, Pandera", best(lambda: ours_from_texts(table), 3))
    line("ours from categoricals, findings with suspects", best(lambda: judge(frame).findings, 1))
    for name, work in peers(table).items():
        line(name, best(work, 1 if name.startswith("Pandera") else 3))
    spent = vtlengine(rows)
    if spent is None:
        print(f"{'vtlengine':48}  could not be installed by uv here")
    else:
        line("vtlengine, in a process of its own", spent)
    large = simulate(10 * rows)
    arguments = (large["block"], large["flow"], large["mantissa"], large["exponent"], large["blocks"])
    spent = best(lambda: failing_blocks(*arguments), 3)
    tracemalloc.start()
    failing_blocks(*arguments)
    peak = tracemalloc.get_traced_memory()[1]
    size = sum(array.nbytes for array in arguments[:4])
    print(f"\n{10 * rows:,} coded rows: {spent:.0f} ms, {peak / size:.1f} × the memory of the input beside it")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
