"""Export of many figures, beside DuckDB's COPY of the same rows; and its memory.

A ledger (two releases of every cell) is filled by bulk SQL and exported to Parquet in this process. DuckDB copies the
rows it reads from that file, of a table in its memory, to a file of the same kind and compression: it reads no ledger,
so it has less to do. The two take turns, since a machine's clock wanders; on one that others use too the time of
processors says more. Memory is the peak of ``tradeledger export`` in a process of its own, which counts from that of
this one: it is measured first. Run: ``python -m benchmarks.exports [FIGURES …]``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.generated import fill

FORMATS = ("csv", "sdmx-csv", "parquet", "arrow", "vintages")


def main() -> None:
    for figures in [int(argument) for argument in sys.argv[1:]] or [100_000, 1_000_000]:
        with tempfile.TemporaryDirectory() as folder:
            ledger = Path(folder) / "ledger.db"
            fill(ledger, 2 * figures, 2)
            for form in FORMATS:
                measure(ledger, figures, form, Path(folder) / "figures")
            beside_duckdb(ledger, figures, Path(folder))


def beside_duckdb(path: Path, figures: int, folder: Path) -> None:
    """One line: seconds of both, by the clock and of all processors, and their ratios."""
    import duckdb

    from cli.formats.exports.columnar import described, write_parquet
    from cli.shared.cited import cited
    from storage.figure_arrow import figure_tables
    from storage.ledger import Ledger

    ours, theirs = folder / "ours.parquet", folder / "theirs.parquet"

    def export() -> None:
        with figure_tables(ledger, every=False) as found, ours.open("wb") as stream:
            assert write_parquet(described(found.schema, cited(found.sources)), found.tables, stream) == figures

    with Ledger.open(f"sqlite:///{path}", create=False) as ledger, duckdb.connect() as database:
        export()
        database.execute(f"CREATE TABLE figures AS SELECT * FROM read_parquet('{ours}')")
        assert database.execute("SELECT count(*) FROM figures").fetchone() == (figures,)
        copy = f"COPY figures TO '{theirs}' (FORMAT parquet, COMPRESSION zstd)"
        ours_took, theirs_took = best(5, export, lambda: database.execute(copy))
    clock, cpu = (mine / least for mine, least in zip(ours_took, theirs_took, strict=True))
    print(
        f"{figures:>9,} figures  Parquet {ours_took[0]:.2f} s ({ours_took[1]:.2f} s of processors)  DuckDB COPY "
        f"{theirs_took[0]:.2f} s ({theirs_took[1]:.2f} s)  ratio {clock:.2f}x by the clock, {cpu:.2f}x of processors  "
        f"{ours.stat().st_size / 1e6:.1f} MB beside {theirs.stat().st_size / 1e6:.1f} MB"
    )


def best(times: int, *works: Callable[[], object]) -> list[tuple[float, float]]:
    """The least seconds by the clock and of processors of some tries of each."""
    taken: list[list[tuple[float, float]]] = [[] for _ in works]
    for _ in range(times):
        for work, own in zip(works, taken, strict=True):
            start = time.perf_counter(), time.process_time()
            work()
            own.append((time.perf_counter() - start[0], time.process_time() - start[1]))
    return [(min(clock for clock, _ in own), min(cpu for _, cpu in own)) for own in taken]


def measure(path: Path, figures: int, form: str, target: Path) -> None:
    """One line: seconds and peak memory of the command."""
    environment = {**os.environ, "TRADELEDGER_DATABASE_URL": f"sqlite:///{path}"}
    command = [str(Path(sys.executable).with_name("tradeledger")), "export", "--format", form, "--output", str(target)]
    start = time.perf_counter()
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        process.returncode = 0
    peak = used.ru_maxrss / 1024
    print(f"{figures:>9,} figures  {form:<9} {time.perf_counter() - start:6.2f} s  peak {peak:.0f} MB")


if __name__ == "__main__":
    main()
