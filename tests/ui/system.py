"""What the UI tests look at: server, worker and home, as ``tradeledger up`` starts them, and a way to ask."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
HEADER = (
    "dataset,reporter,partner,product,breakdown,flow,measure,basis,period,value,unit,qualifier,status,released,cite"
)


#: What is begun as soon as a system is there, by the name of the fixture that waits for it.
EARLY: dict[str, Callable[[System, Path], Any]] = {}


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class System:
    """A running system; ``ask`` is its API, ``query`` its ledger."""

    url: str
    home: Path
    env: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path

    def ask(self, path: str, body: Any = None, method: str = "") -> Any:
        """The answer of the Prefect API: GET without a body, else POST."""
        data = None if body is None else json.dumps(body).encode()
        how = method or ("GET" if body is None else "POST")
        request = urllib.request.Request(
            f"{self.url}/api{path}", data=data, method=how, headers={"Content-Type": "application/json"}
        )
        for _ in range(20):
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    text = answer.read()
                    return json.loads(text) if text else None
            except urllib.error.HTTPError as busy:
                if busy.code != 503:  # SQLite under another writer; Prefect's own client asks again too
                    raise
            except TimeoutError:
                if how != "GET" and not path.endswith("/filter"):  # an order may have been carried out
                    raise
            time.sleep(0.5)
        raise AssertionError(f"{path} stays busy")

    def deployment(self, name: str) -> dict[str, Any]:
        """One deployment, by ``flow/name``."""
        found: dict[str, Any] = self.ask(f"/deployments/name/{name}")
        return found

    def start(self, name: str, job: Mapping[str, str] | None = None, **parameters: Any) -> str:
        """Start a run of a deployment, its process as ``job`` has it; its id."""
        body = {"parameters": parameters, "state": {"type": "SCHEDULED"}, "job_variables": dict(job or {})}
        return str(self.ask(f"/deployments/{self.deployment(name)['id']}/create_flow_run", body)["id"])

    def run(self, run_id: str) -> dict[str, Any]:
        """One flow run."""
        found: dict[str, Any] = self.ask(f"/flow_runs/{run_id}")
        return found

    def runs(self, **wanted: Any) -> list[dict[str, Any]]:
        """Flow runs, the latest first."""
        found: list[dict[str, Any]] = self.ask("/flow_runs/filter", {"sort": "EXPECTED_START_TIME_DESC", **wanted})
        return found

    def finished(self, run_id: str, within: float = 90) -> dict[str, Any]:
        """The run once it is over."""
        over = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
        return self.until(lambda: run if (run := self.run(run_id))["state_type"] in over else None, within, run_id)

    def until(self, look: Callable[[], Any], within: float = 90, what: str = "") -> Any:
        """What ``look`` finds, as soon as it finds something."""
        deadline = time.monotonic() + within
        while not (found := look()):
            assert time.monotonic() < deadline, f"{what} after {within} s; {self.log.read_text()[-3000:]}"
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            time.sleep(0.5)
        return found

    def artifacts(self, run_id: str) -> dict[str, dict[str, Any]]:
        """The artifacts of a run, by key."""
        found = self.ask("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run_id]}}})
        return {one["key"]: one for one in found}

    def cli(self, *arguments: str, status: int = 0) -> str:
        """What the command line says, run beside the server; it ends with ``status``."""
        command = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True)
        assert done.returncode == status, done.stderr
        return done.stdout

    def query(self, name: str, **filters: Any) -> list[dict[str, Any]]:
        """Rows of ``storage.queries``, without a process of their own."""
        from storage import queries
        from storage.ledger import Ledger

        with Ledger.open(f"sqlite:///{self.home / 'ledger.db'}", create=False) as ledger:
            return list(getattr(queries, name)(ledger, **filters))


def surroundings(folder: Path, port: int) -> dict[str, str]:
    """The environment of a system in a home of its own: nothing of whoever runs the tests."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("TRADELEDGER_", "PREFECT_"))}
    return env | {
        "HOME": str(folder),
        "TRADELEDGER_HOME": str(folder / "home"),
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_SERVER_API_PORT": str(port),
        # How often a worker looks for runs, and a run for its slot (ten seconds early): tests wait for each.
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "12",
    }


@contextmanager
def running(folder: Path) -> Iterator[System]:
    """``tradeledger up`` in a home of its own, on a free port, until the worker works."""
    port, log = free_port(), folder / "up.log"
    url, env = f"http://127.0.0.1:{port}", surroundings(folder, port)
    with log.open("wb") as out:
        command = [sys.executable, "-c", "from cli.main import main; main()", "up"]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    system = System(url, folder / "home", {**env, "PREFECT_API_URL": f"{url}/api"}, process, log)
    try:
        system.until(lambda: "the worker starts" in log.read_text(), 150, "the worker")
        yield system
    finally:
        process.terminate()
        process.wait(60)


def dying(where: str, *pids: int) -> dict[str, str]:
    """The process of a run that kills, somewhere in its publish: ``tests.ui.dying``."""
    command = [sys.executable, "-m", "tests.ui.dying", where, *map(str, pids)]
    return {"command": " ".join(command), "working_dir": str(ROOT)}


def table(folder: Path, name: str, dataset: str, rows: str) -> Path:
    """A tidy CSV of one dataset: lines ``flow period value`` in billions of dollars, released 2022-07-07."""
    lines = []
    for line in rows.strip().splitlines():
        flow, period, value = line.split()
        lines.append(f"{dataset},CHN,WLD,goods,_T,{flow},level,,{period},{value},USD billion,,,2022-07-07,x")
    path = folder / name
    path.write_text("\n".join([HEADER, *lines, ""]))
    return path
