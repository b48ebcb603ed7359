"""What operation costs beyond Prefect's own: a run over an unchanged document, and ``tradeledger up``.

A ``collect`` over bulletins that are in the ledger already, beside a Prefect flow of as many tasks that do nothing, in
turn, on one server. ``up`` until the UI answers and until the worker works, beside ``prefect server start`` until it
answers, each in a home of its own, in turn. Run: ``python -m benchmarks.operation [RUNS [STARTS]]``.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from flows import environment

ROOT = Path(__file__).resolve().parent.parent
#: Tasks of a collection: fetch, archive, parse, validate, publish, report.
TASKS = 6


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def runs(number: int) -> tuple[list[float], list[float]]:
    """Seconds of ``number`` unchanged collections, and of as many empty flows, in turn."""
    from prefect import flow, task
    from prefect.cache_policies import NO_CACHE
    from prefect.testing.utilities import prefect_test_harness

    from flows.collect import collect

    nothing = [
        task(name=f"nothing {at}", cache_policy=NO_CACHE, persist_result=False)(lambda: None) for at in range(TASKS)
    ]

    @flow(name="empty", persist_result=False)
    def empty() -> None:
        for one in nothing:
            one()

    ours, floor = [], []
    with prefect_test_harness(server_startup_timeout=120):
        for _ in range(2):  # the first fills the ledger, the second finds everything imported
            collect("bulletins", return_state=True)
            empty()
        for _ in range(number):
            ours.append(timed(lambda: collect("bulletins", return_state=True)))
            floor.append(timed(empty))
    return ours, floor


def start(command: list[str], words: list[str]) -> list[float]:
    """Seconds until each of ``words`` is printed, or until the server answers for ""; then everything is stopped."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        homes = {"HOME": folder, "TRADELEDGER_HOME": f"{folder}/home", "PREFECT_HOME": f"{folder}/prefect"}
        env = {**os.environ, **environment.SETTINGS, **homes, "PREFECT_SERVER_API_PORT": port}
        env.pop("PREFECT_API_URL", None)
        log = Path(folder) / "log"
        found: list[float] = []
        with log.open("wb") as out:
            begun = time.perf_counter()
            process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=env, stdout=out, stderr=out)
            try:
                for word in words:
                    while not (
                        word in log.read_text() if word else environment.answers(f"http://127.0.0.1:{port}/api")
                    ):
                        if process.poll() is not None:
                            raise RuntimeError(log.read_text())
                        time.sleep(0.05)
                    found.append(time.perf_counter() - begun)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(60)
        return found


def main() -> None:
    """Print both comparisons."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    starts = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"TRADELEDGER_HOME": f"{folder}/home", "PREFECT_HOME": f"{folder}/prefect"}
        environment.prepare(quiet=True)
        ours, floor = runs(number)
    print(
        f"unchanged collection {median(ours):.2f} s, empty flow of {TASKS} tasks {median(floor):.2f} s: "
        f"ratio {median(ours) / median(floor):.2f} (median of {number}, in turn)"
    )
    up, alone = [], []
    for _ in range(starts):
        alone.append(start(["-m", "prefect", "server", "start"], [""])[0])
        up.append(start(["-c", "from cli.main import main; main()", "up"], ["", "the worker starts"]))
    answer, work, server = median(one[0] for one in up), median(one[1] for one in up), median(alone)
    print(
        f"up: UI answers after {answer:.1f} s, worker works after {work:.1f} s; Prefect's server alone {server:.1f} s: "
        f"ratios {answer / server:.2f} and {work / server:.2f} (median of {starts}, in turn)"
    )


if __name__ == "__main__":
    main()
