"""Publishing 100,000 figures on a ledger that holds 100,000, beside plain sqlite3 doing the least that could work.

Three batches: nothing changed, 1 % changed, all changed. The floor keeps the same integers in one table WITHOUT ROWID:
rows of a staging table that differ from the last version are inserted by one statement; it neither judges nor folds
nor records which document printed what. Ours is measured in two parts: context and publish (what the store does), and
the judgement between them, which is the rules' time. Both sync to disk. Run: ``python -m benchmarks.ledger``; with the
group ``bench`` installed, dlt's SCD2 merge of the same rows stands beside them (once, it takes its time).
"""

from __future__ import annotations

import importlib.util
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import dlt_peer
from schemas.documents import Document, Parsed
from schemas.judge import judge
from schemas.observations import combine, readings
from storage.ledger import Batch, Ledger

Ints = np.ndarray


def figures(size: int, changed: float) -> Ints:
    """Mantissas, of which a share differs from the first release's."""
    mantissa = np.arange(size) % 9973 + 1
    mantissa[: int(size * changed)] += 1
    return mantissa


def batch(mantissa: Ints, released: str) -> Batch:
    """One document of exports: 250 products by as many months as it takes."""
    size = len(mantissa)
    months = -(-size // 250)
    number = np.arange(size)
    product = np.array([f"p{at}" for at in range(250)])[number // months]
    period = np.array([f"{1970 + at // 12}-{at % 12 + 1:02d}" for at in range(months)])[number % months]
    document = Document("bench", f"{released} {mantissa.sum()}".encode(), released)
    frame = readings(
        {
            "dataset": "bench", "reporter": "USA", "flow": "X", "unit": "USD", "product": product, "period": period,
            "released": released, "mantissa": mantissa, "exponent": np.full(size, 6), "position": number + 1,
            "document": document.sha256,
        }
    )  # fmt: skip
    return Batch("bench", [document], Parsed(frame), 1)


def disk(path: Path) -> int:
    """Bytes of a database, its log included, once the log is written back."""
    with sqlite3.connect(path) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    return path.stat().st_size


def ours(path: Path, size: int, changed: float) -> tuple[float, float, int, int]:
    """Seconds of the store, seconds of the judgement, versions written, bytes grown."""
    with Ledger.open(f"sqlite:///{path}", create=True) as ledger:
        first = batch(figures(size, 0), "2021-01-01")
        context = ledger.context(first)
        ledger.publish(first, context, judge(first.parsed.readings))
    before = disk(path)
    with Ledger.open(f"sqlite:///{path}", create=True) as ledger:
        one = batch(figures(size, changed), "2021-02-01")
        start = time.perf_counter()
        context = ledger.context(one)
        seen = time.perf_counter()
        judgement = judge(combine([context.readings, one.parsed.readings]))
        judged = time.perf_counter()
        run = ledger.publish(one, context, judgement)
        end = time.perf_counter()
    return end - judged + seen - start, judged - seen, run.counts["published"], disk(path) - before


def floor(path: Path, size: int, changed: float) -> tuple[float, int]:
    """Seconds and bytes grown of the best plain SQL: staging, then INSERT … SELECT of what differs."""
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=FULL")
    conn.execute(
        "CREATE TABLE version (series INT, period INT, released INT, run INT, mantissa INT, packed INT, document INT, "
        "position INT, PRIMARY KEY (series, period, released, run)) WITHOUT ROWID"
    )
    conn.execute("CREATE TEMP TABLE staging (series INT, period INT, mantissa INT, packed INT, position INT, "
                 "PRIMARY KEY (series, period)) WITHOUT ROWID")  # fmt: skip
    months = -(-size // 250)

    def publish(mantissa: Ints, run: int) -> float:
        number = np.arange(size)
        columns = (number // months, number % months, mantissa, np.full(size, 148), number)
        start = time.perf_counter()
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("DELETE FROM staging")
        rows = zip(*(column.tolist() for column in columns), strict=True)
        conn.executemany("INSERT INTO staging VALUES (?, ?, ?, ?, ?)", rows)
        conn.execute(
            """INSERT INTO version SELECT s.series, s.period, :run, :run, s.mantissa, s.packed, :run, s.position
            FROM staging s WHERE NOT EXISTS (SELECT 1 FROM version v WHERE v.series = s.series AND v.period = s.period
              AND v.mantissa = s.mantissa AND v.packed = s.packed AND v.released = (SELECT max(w.released)
              FROM version w WHERE w.series = s.series AND w.period = s.period))""",
            {"run": run},
        )
        conn.execute("COMMIT")
        return time.perf_counter() - start

    publish(figures(size, 0), 1)
    before = disk(path)
    seconds = publish(figures(size, changed), 2)
    conn.close()
    return seconds, disk(path) - before


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    peer = importlib.util.find_spec("dlt") is not None
    print(f"{size:,} figures on {size:,}; best of 3, seconds; bytes grown")
    for name, changed in (("unchanged", 0.0), ("1 % changed", 0.01), ("all changed", 1.0)):
        with tempfile.TemporaryDirectory() as folder:
            mine = min(ours(Path(folder) / f"ours{at}.db", size, changed) for at in range(3))
            base = min(floor(Path(folder) / f"floor{at}.db", size, changed) for at in range(3))
            if peer:
                seconds, more = dlt_peer.merge(Path(folder), figures(size, 0), figures(size, changed))
        store, rules, versions, grown = mine
        each = f", {grown / versions:.0f} bytes a version" if versions else ""
        print(
            f"{name:12}  store {store:.3f}  floor {base[0]:.3f}  ratio {store / base[0]:.1f}x  judgement {rules:.3f}  "
            f"{versions:,} versions, {grown:,} bytes (floor {base[1]:,}){each}"
        )
        if peer:
            print(f"{'':12}  dlt {seconds:.1f}, {seconds / store:.0f}x ours; {more:,} bytes")


if __name__ == "__main__":
    main()
