"""dlt's SCD2 merge into DuckDB, the usual way to keep every version of a table: seconds, bytes written and kept.

It judges nothing and knows one time axis. Not installed by default: ``uv sync --group bench``.
"""

from __future__ import annotations

import importlib.util
import os
import time
from pathlib import Path
from typing import Any

INSTALLED = importlib.util.find_spec("dlt") is not None and importlib.util.find_spec("duckdb") is not None


def bytes_written() -> int:
    """Bytes this process has handed to the system so far, wherever they went."""
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("wchar:"):
            return int(line.split()[1])
    raise AssertionError("Linux says wchar")


def scd2(folder: Path, first: Any, second: Any) -> tuple[float, int, int]:
    """Load two data frames one after the other: seconds of the second load, bytes written by it, bytes kept at first."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["RUNTIME__LOG_LEVEL"] = "CRITICAL"
    import dlt
    import pyarrow as pa

    file = folder / "dlt.duckdb"
    pipeline = dlt.pipeline(
        "bench", pipelines_dir=str(folder / "state"), destination=dlt.destinations.duckdb(str(file)), dataset_name="kept"
    )

    def load(frame: Any) -> None:
        how: Any = {"disposition": "merge", "strategy": "scd2", "row_version_column_name": "row_hash"}
        hashed = frame.assign(row_hash=[f"{row[0]}-{row[1]}-{row[2]}" for row in frame.itertuples(index=False)])
        table = pa.Table.from_pandas(hashed, preserve_index=False)
        pipeline.run(table, table_name="version", write_disposition=how).raise_on_failed_jobs()

    load(first)
    kept, written, start = file.stat().st_size, bytes_written(), time.perf_counter()
    load(second)
    return time.perf_counter() - start, bytes_written() - written, kept
