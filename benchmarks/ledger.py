"""Publishing 100,000 figures on a ledger that holds 100,000, beside plain sqlite3 doing the least that could work.

Three batches: nothing changed, 1 % changed, all changed. The floor keeps the same integers in one table WITHOUT ROWID:
rows of a staging table that differ from the last version are inserted by one statement; it neither judges nor folds
nor records which document printed what. Ours is measured in two parts: context and publish (what the store does), and
the judgement between them, which is the rules' time. Both sync to disk. Run: ``python -m benchmarks.ledger``; with the
group ``bench`` installed, dlt's SCD2 merge of the same rows stands beside them (once, it takes its time).

``python -m benchmarks.ledger broken``: how long the ledger is locked, and for how many rows, where 1, 10 and 50 % of
10,000 blocks contradict themselves and all do, once and after three releases of the same kind. ``… vintages``: 200 of
5,000 figures, all changed; the time of the processor, since a vintage takes less than others on the machine.
``… beside``: how long a question takes alone, and while another process publishes 10,000 broken blocks.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import text

from benchmarks import dlt_peer
from schemas.documents import Document, Parsed
from schemas.history import judge_history
from schemas.judge import judge
from schemas.observations import combine, readings
from storage import queries
from storage.frames import other_releases
from storage.ledger import Batch, Ledger, Run
from storage.publish.brought import Brought
from storage.publish.publish import Publish

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


def blocks(count: int, share: float, released: str) -> Batch:
    """One document of exports, imports and total of so many blocks, a share of them with another total."""
    number, of = np.arange(count), batch(np.arange(count), released)
    exports, imports, wrong = number % 9973 + 100, number % 7919 + 50, np.arange(count) < count * share
    total = exports + imports + np.where(wrong, 40 + sum(released.encode()) % 97, 0)
    one = of.parsed.readings
    frames = [
        one.assign(flow=pd.Categorical([flow] * count), mantissa=pd.array(values, dtype="Int64"), position=number + at)
        for at, (flow, values) in enumerate((("X", exports), ("M", imports), ("T", total)))
    ]
    return replace(of, parsed=Parsed(combine(frames)))


@contextmanager
def temporary() -> Iterator[Ledger]:
    """An empty ledger."""
    with tempfile.TemporaryDirectory() as folder, Ledger.open(f"sqlite:///{folder}/ledger.db", create=True) as ledger:
        yield ledger


def published(ledger: Ledger, one: Batch) -> tuple[float, float, Run]:
    """Seconds of the processor for judging and explaining, seconds for which the ledger was locked; the run."""
    start = time.process_time()
    context = ledger.context(one)
    earlier = other_releases(ledger, context)
    judgement = judge(combine([context.readings, one.parsed.readings]), {}, earlier)
    judge_history(one.parsed.readings, earlier)
    brought = Brought.of(one, context, judgement)
    judged = time.process_time()
    with ledger.writing() as conn:
        run = Publish(conn, brought).record()
    return judged - start, time.process_time() - judged, run


def rows(ledger: Ledger, run: int) -> int:
    """Rows that a run wrote."""
    with ledger.reading() as conn:
        return int(conn.execute(text("SELECT sum(count) FROM digest WHERE run = :run"), {"run": run}).scalar_one())


def broken(count: int) -> None:
    print(f"{count:,} blocks of three figures; seconds of the processor")
    for share in (0.01, 0.1, 0.5, 1.0):
        with (
            tempfile.TemporaryDirectory() as folder,
            Ledger.open(f"sqlite:///{folder}/ledger.db", create=True) as ledger,
        ):
            published(ledger, blocks(count, 0, "2021-01-01"))
            for month, after in ((2, "after a sound one"), (3, ""), (4, ""), (5, "after three like it")):
                judged, locked, run = published(ledger, blocks(count, share, f"2021-{month:02d}-01"))
                wrote = rows(ledger, run.id)
                if after:
                    each = f"{wrote:,} rows, {locked / wrote * 1e6:.0f} µs each"
                    print(f"{share:4.0%} {after:20} judged {judged:6.2f}  locked {locked:6.2f}  {each}", flush=True)


def vintages(count: int, size: int) -> None:
    print(f"{count} vintages of {size:,} figures, all changed; seconds of the processor")
    with tempfile.TemporaryDirectory() as folder, Ledger.open(f"sqlite:///{folder}/ledger.db", create=True) as ledger:
        for at in range(count):
            judged, locked, _ = published(
                ledger, batch(figures(size, 0) + at, f"{1980 + at // 12}-{at % 12 + 1:02d}-01")
            )
            if at + 1 in (10, 20, 40, 80, 120, 160, count):
                print(f"{at + 1:4}th  judged {judged:.2f}  locked {locked:.2f}")


def publishing(url: str, count: int, locked: Any) -> None:
    """Publish so many broken blocks; ``locked`` is set as long as the ledger is."""
    with Ledger.open(url, create=False) as ledger:
        one = blocks(count, 1.0, "2021-02-01")
        context = ledger.context(one)
        brought = Brought.of(one, context, judge(combine([context.readings, one.parsed.readings])))
        with ledger.writing() as conn:
            locked.set()
            Publish(conn, brought).record()
            locked.clear()


def asked(ledger: Ledger, again: Callable[[], bool]) -> list[float]:
    """Seconds that a question about one product took, again and again."""
    found = []
    while not found or again():
        start = time.perf_counter()
        if not list(queries.show(ledger, product="p7")):
            raise AssertionError("nothing is answered")
        found.append(time.perf_counter() - start)
    return found


def beside(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/ledger.db"
        with Ledger.open(url, create=True) as ledger:
            published(ledger, blocks(count, 0, "2021-01-01"))
            end = time.perf_counter() + 3
            alone = asked(ledger, lambda: time.perf_counter() < end)
            locked = multiprocessing.get_context("spawn").Event()
            other = multiprocessing.get_context("spawn").Process(target=publishing, args=(url, count, locked))
            other.start()
            locked.wait()
            during = asked(ledger, locked.is_set)
            other.join()
    for name, times in (("alone", alone), ("while it is locked", during)):
        took = f"median {median(times) * 1e3:.1f} ms, longest {max(times) * 1e3:.1f} ms"
        print(f"{name:20} {len(times):5} questions, {took}")


def main() -> None:
    if sys.argv[1:] == ["broken"]:
        broken(10_000)
    elif sys.argv[1:] == ["vintages"]:
        vintages(200, 5_000)
    elif sys.argv[1:] == ["beside"]:
        beside(10_000)
    else:
        beside_plain_sql()


def beside_plain_sql() -> None:
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
