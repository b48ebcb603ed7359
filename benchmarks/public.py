"""``tradeledger.figures`` of a million cells, and of one series among many, beside what the command asks of the ledger.

Run: ``python -m benchmarks.public [CELLS [VERSIONS]]``; best of 3, seconds, and those of the processor.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import tradeledger
from benchmarks.generated import fill
from storage import queries
from storage.ledger import Ledger


def best(work: Callable[[], object]) -> str:
    """Of three tries the quickest, after one that imports."""
    work()
    took = []
    for _ in range(3):
        start, cpu = time.perf_counter(), time.process_time()
        work()
        took.append((time.perf_counter() - start, time.process_time() - cpu))
    return f"{min(took)[0]:.3f} s, {min(one for _, one in took):.3f} s of the processor"


def ask(product: str, path: Path) -> object:
    return tradeledger.figures(product=product, ledger=path)


def show(product: str, path: Path) -> object:
    with Ledger.open(f"sqlite:///{path}", create=False) as ledger:
        return list(queries.show(ledger, product=product))


def main() -> None:
    cells, versions = (int(word) for word in (*sys.argv[1:], "1000000", "1000000")[:2])
    with tempfile.TemporaryDirectory() as folder:
        path, product = Path(folder) / "cells.db", "p0000007"
        fill(path, cells, 1)
        print(f"figures() of {cells:,} cells: {best(lambda: tradeledger.figures(ledger=path))}")
        many = Path(folder) / "versions.db"
        fill(many, versions)
        print(f"one series among {versions:,} versions, by figures(): {best(lambda: ask(product, many))}")
        print(f"one series among {versions:,} versions, by show: {best(lambda: show(product, many))}")


if __name__ == "__main__":
    main()
