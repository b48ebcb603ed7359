"""The four identities on many rows, beside bare numpy and other tools, in one run.

    python -m benchmarks.identities [rows]

One row in four is each of T, X, M, B of a block; one block in a hundred is wrong. The peers (``uv sync --group bench``)
compute signed sums per block, which is less: no precision of each figure, no joint feasibility, no findings.
"""

from __future__ import annotations

import importlib.util
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from schemas.coded import failing_blocks
from schemas.judge import judge
from schemas.observations import OBSERVATIONS, readings

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


def coded(table: pd.DataFrame) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for name in ("product", "period", "flow"):
        codes, distinct = pd.factorize(table[name].to_numpy())
        columns[name] = pd.Categorical.from_codes(codes, categories=pd.Index(distinct))
    fixed = {"dataset": "d", "reporter": "USA", "unit": "USD", "released": "2020-01-01", "exponent": 6}
    return readings(columns | fixed | {"mantissa": table["mantissa"].to_numpy()})


def ours_from_texts(table: pd.DataFrame) -> int:
    """Code, validate every column, judge by all rules, with both Pandera schemas."""
    return len(judge(OBSERVATIONS.validate(coded(table), lazy=True)).held)


def peers(table: pd.DataFrame) -> dict[str, Callable[[], Any]]:
    sign = {"T": 1, "X": -1, "M": -1, "B": 0}

    def with_pandas() -> Any:
        codes = table.groupby(["product", "period"], sort=False).ngroup().to_numpy()
        signed = table["mantissa"].to_numpy() * table["flow"].map(sign).to_numpy()
        return (np.abs(np.bincount(codes, weights=signed)) > 1.5).sum()

    found: dict[str, Callable[[], Any]] = {"pandas group and sum": with_pandas}
    if importlib.util.find_spec("polars"):
        import polars as pl

        frame = pl.DataFrame({name: table[name].tolist() for name in table})
        categories = frame.with_columns(pl.col("product", "period", "flow").cast(pl.Categorical))

        def with_polars(frame: Any) -> Callable[[], Any]:
            signed = pl.col("mantissa") * pl.col("flow").cast(pl.String).replace_strict(sign, return_dtype=pl.Int64)
            return lambda: (
                frame.lazy()
                .group_by("product", "period")
                .agg(signed.sum().alias("miss"))
                .filter(pl.col("miss").abs() > 1)
                .collect()
            )

        found["polars from strings"] = with_polars(frame)
        found["polars from categoricals"] = with_polars(categories)
    if importlib.util.find_spec("duckdb"):
        import duckdb

        connection = duckdb.connect()
        connection.register("source", table.astype({"product": "category", "period": "category", "flow": "category"}))
        connection.execute("create table figures as select * from source")
        found["DuckDB SQL"] = lambda: connection.execute(
            "select product, period, sum(case flow when 'T' then mantissa when 'B' then 0 else -mantissa end) as miss "
            "from figures group by all having abs(miss) > 1"
        ).fetchall()
    return found


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
    for name, work in peers(table).items():
        line(name, best(work, 3))
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
