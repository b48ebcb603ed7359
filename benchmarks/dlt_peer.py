"""dlt's SCD2 merge into DuckDB: the peer of ``benchmarks.ledger`` that is a product, from the group ``bench``.

Rows are given as dicts, as dlt's sources yield them; making them is not counted, nor are imports and the first load.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np


def merge(folder: Path, before: np.ndarray, after: np.ndarray) -> tuple[float, int]:
    """Seconds and bytes grown of a load of mantissas ``after`` on one of ``before``, 250 series of them."""
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    import dlt

    database = folder / "dlt.duckdb"
    pipeline = dlt.pipeline(
        "ledger", destination=dlt.destinations.duckdb(str(database)), dataset_name="kept", pipelines_dir=str(folder)
    )

    def load(mantissa: np.ndarray) -> float:
        months = -(-len(mantissa) // 250)
        given = [
            {"series": at // months, "period": at % months, "mantissa": value, "packed": 148, "position": at}
            for at, value in enumerate(mantissa.tolist())
        ]

        @dlt.resource(name="figure", write_disposition={"disposition": "merge", "strategy": "scd2"})
        def figures() -> Iterator[Any]:
            yield given

        start = time.perf_counter()
        pipeline.run(figures())
        return time.perf_counter() - start

    load(before)
    kept = database.stat().st_size
    return load(after), database.stat().st_size - kept
