"""What the ledger answers and how fast, beside the same question in bare SQL by plain sqlite3.

A ledger of many versions (ten releases of every cell, then two) is filled by bulk SQL. Asked are one series as of a
day, and a snapshot of every cell. The bare query fetches the rows that answer and looks up nothing: no texts, no dates,
no intervals. The two take turns, since a machine's clock wanders. Memory is the peak of ``tradeledger show --format
csv`` in a process of its own: of a process so far, so name the ledgers in growing order. Run: ``python -m
benchmarks.answers [VERSIONS …]``.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.generated import PERIODS, RELEASES, fill
from storage import queries
from storage.encoding import codes
from storage.ledger import Ledger

_SERIES = """
    SELECT period, max(released), run, mantissa, packed, document, position
    FROM version WHERE series = :series AND run <= :run AND released <= :released GROUP BY period
"""
_SNAPSHOT = """
    SELECT series, period, max(released), run, mantissa, packed, document, position
    FROM version WHERE run <= :run AND released <= :released GROUP BY series, period
"""


def best(times: int, *works: Callable[[], object]) -> list[float]:
    """Seconds of the fastest of some tries of each."""
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, taken in zip(works, seconds, strict=True):
            start = time.perf_counter()
            work()
            taken.append(time.perf_counter() - start)
    return [min(taken) for taken in seconds]


def main() -> None:
    for versions in [int(argument) for argument in sys.argv[1:]] or [100_000, 1_000_000]:
        for releases in (RELEASES, 2):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "ledger.db"
                fill(path, versions, releases)
                measure(path, versions, releases)


def measure(path: Path, versions: int, releases: int) -> None:
    """One line a question."""
    count = versions // (PERIODS * releases)
    run = max(releases - 2, 2)
    bounds = {"run": run, "released": codes.release_bound("2017-06-01")}
    asked = {"as_of": codes.instant_text(run * 1_000_000), "released_by": "2017-06-01"}
    head = f"{versions:>11,} versions, {releases:>2} a cell "
    bare = sqlite3.connect(path)
    with Ledger.open(f"sqlite:///{path}", create=False) as ledger:
        product = f"p{count // 2:07d}"
        one = bounds | {"series": count // 2 + 1}
        rows = list(queries.show(ledger, product=product, **asked))
        told = bare.execute(_SERIES, one).fetchall()
        assert [int(row["value"]) for row in rows] == [row[3] * 10**6 for row in told]
        assert len(rows) == PERIODS
        ours, floor = best(
            200,
            lambda: list(queries.show(ledger, product=product, **asked)),
            lambda: bare.execute(_SERIES, one).fetchall(),
        )
        print(
            f"{head} one series as of a day  ours {ours * 1e6:7.0f} µs  bare {floor * 1e6:5.0f} µs  "
            f"ratio {ours / floor:.1f}x"
        )
        ours, floor = best(
            3,
            lambda: sum(1 for _ in queries.show(ledger, **asked)),
            lambda: sum(1 for _ in bare.execute(_SNAPSHOT, bounds)),
        )
        print(f"{head} {count * PERIODS:,} cells  ours {ours:.2f} s  bare {floor:.2f} s  ratio {ours / floor:.1f}x")
    bare.close()
    environment = {**os.environ, "TRADELEDGER_DATABASE_URL": f"sqlite:///{path}"}
    command = [str(Path(sys.executable).with_name("tradeledger")), "show", "--format", "csv"]
    start = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{head} show --format csv  {time.perf_counter() - start:.2f} s  peak {peak:.0f} MB")


if __name__ == "__main__":
    main()
