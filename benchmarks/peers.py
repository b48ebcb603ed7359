"""Other tools that compute the signed sum of each block: total less exports and imports.

Less than ours: no precision of each figure, no joint feasibility, no findings. Those that are not installed
(``uv sync --group bench``) are left out.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

ROOT = Path(__file__).resolve().parent.parent


def _cases(schema: pa.DataFrameSchema, frame: pd.DataFrame) -> Callable[[], Any]:
    def work() -> Any:
        try:
            schema.validate(frame, lazy=True)
        except SchemaErrors as errors:
            return errors.failure_cases
        raise AssertionError("something is wrong in these rows")

    return work


def _pandera_by_flow(table: pd.DataFrame) -> Callable[[], Any]:
    """Pandera's ``groupby`` as its documentation shows it: one group a flow, aligned by block."""

    def adds_up(groups: dict[str, pd.Series[int]]) -> Any:
        t, x, m = (groups[flow].sort_index() for flow in "TXM")
        return (t - x - m).abs() <= 1

    check = pa.Check(adds_up, groupby="flow")
    schema = pa.DataFrameSchema({"flow": pa.Column(), "mantissa": pa.Column(int, check)})
    return _cases(schema, table.set_index(["product", "period"]))


def _pandera_by_block(table: pd.DataFrame) -> Callable[[], Any]:
    """One group a block."""
    signed = table["mantissa"] * table["flow"].map({"T": 1, "X": -1, "M": -1, "B": 0})

    def adds_up(groups: dict[tuple[str, str], pd.Series[int]]) -> bool:
        return all(abs(int(group.to_numpy().sum())) <= 1 for group in list(groups.values()))

    check = pa.Check(adds_up, groupby=["product", "period"])
    schema = pa.DataFrameSchema({"product": pa.Column(), "period": pa.Column(), "signed": pa.Column(int, check)})
    return _cases(schema, table.assign(signed=signed))


def vtlengine(rows: int) -> float | None:
    """Milliseconds, measured by ``benchmarks.vtl_peer`` in its own process; ``None`` where uv cannot bring it."""
    if shutil.which("uv") is None:
        return None
    command = ["uv", "run", "--no-project", "--with", "vtlengine", "python", "-m", "benchmarks.vtl_peer", str(rows)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def peers(table: pd.DataFrame) -> dict[str, Callable[[], Any]]:
    sign = {"T": 1, "X": -1, "M": -1, "B": 0}

    def with_pandas() -> Any:
        codes = table.groupby(["product", "period"], sort=False).ngroup().to_numpy()
        signed = table["mantissa"].to_numpy() * table["flow"].map(sign).to_numpy()
        return (np.abs(np.bincount(codes, weights=signed)) > 1.5).sum()

    found: dict[str, Callable[[], Any]] = {
        "pandas group and sum": with_pandas,
        "Pandera, groups by flow": _pandera_by_flow(table),
        "Pandera, groups by block": _pandera_by_block(table),
    }
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

        def from_python() -> Any:
            return with_polars(pl.DataFrame({name: table[name].tolist() for name in table}))()

        found["polars from the same Python strings"] = from_python
        found["polars from strings of its own"] = with_polars(frame)
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
