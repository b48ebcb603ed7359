"""Runs, workers and servers that are killed in mid-run: figures as after one clean run, nothing stuck for ever."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows import environment, steps
from flows.up.parts import GRACE
from flows.up.start import LEASES
from schemas.settings import Settings
from tests.demands import HEAVY
from tests.ui.system import ROOT, System, dying, free_port, surroundings, table

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
FIGURES = "X 2019 99.88\nM 2019 11.57\nT 2019 111.45\nB 2019 88.31"


def test_runs_killed_inside_their_publish(system: System, tmp_path: Path) -> None:
    path = table(tmp_path, "killed.csv", "killed", FIGURES)

    def published() -> list[str]:
        return [row["flow"] for row in system.query("show", dataset="killed")]

    for where, left in (("3", []), ("commit", []), ("after", ["X", "M", "T", "B"])):
        run = system.finished(system.start("collect/table", dying(where, 0), files=[str(path)]), 240)
        assert (run["state_type"], run["state_name"]) == ("CRASHED", "Crashed"), where
        assert sorted(published()) == sorted(left), where
    run = system.finished(system.start("collect/table", files=[str(path)]), 240)
    assert (run["state_name"], run["state"]["message"]) == ("Completed", "4 unchanged")
    assert sorted(published()) == ["B", "M", "T", "X"]


def test_a_run_cancelled_inside_its_publish(system: System, tmp_path: Path) -> None:
    path = table(tmp_path, "cancelled.csv", "cancelled", FIGURES)
    run = system.start("collect/table", dying("3"), files=[str(path)])
    publishing = {"flow_runs": {"id": {"any_": [run]}}, "task_runs": {"name": {"like_": "publish"}}}
    system.until(lambda: system.ask("/task_runs/filter", publishing), 240, "the run comes to its publish")
    behind = system.start("collect/table", files=[str(path)])
    system.ask(f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})
    assert system.finished(run, 240)["state_type"] == "CANCELLED"
    assert system.finished(behind, 240)["state"]["message"] == "4 published"


class Parts(System):
    """Server and worker as ``tradeledger up`` starts them, each by itself, so that each can die alone."""

    worker: subprocess.Popen[bytes]

    def start_server(self) -> None:
        self.process = self._part("server", "prefect", "server", "start", "--port", self.url.rpartition(":")[2])

    def start_worker(self) -> None:
        """Start a worker; back once it works."""
        before = self.log.read_text().count("the worker starts")
        self.worker = self._part("worker", "flows.up.work")
        self.until(lambda: self.log.read_text().count("the worker starts") > before, 150, "the worker")

    def _part(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as out, self.log.with_name(f"{name}.log").open("ab") as noise:
            return subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=out if name == "worker" else noise,
                stderr=noise,
            )


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {**surroundings(tmp_path, port), **LEASES, "PREFECT_API_URL": f"{url}/api", "PYTHONUNBUFFERED": "1"}
    (tmp_path / "parts.log").touch()
    parts = Parts(url, tmp_path / "home", env, None, tmp_path / "parts.log")  # type: ignore[arg-type]
    parts.start_server()
    try:
        parts.start_worker()
        yield parts
    finally:
        for process in (parts.worker, parts.process):
            process.terminate()
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:  # as `up` does with a part that does not listen
                process.kill()
                process.wait()


def figures(system: System) -> list[tuple[str, ...]]:
    """What is published, without when and by which run."""
    keys = ("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis", "period", "value")
    return sorted(tuple(row[key] for key in keys) for row in system.query("show"))


def one_clean_run(home: Path, path: Path) -> System:
    """A ledger into which each source was collected once, by nothing but the steps."""
    for source, files in (("bulletins", []), ("table", [str(path)])):
        job = steps.Job(source, Settings(home=home))
        documents = steps.read_files(job, files) if files else steps.fetch(job)
        steps.archive(job, documents)
        steps.publish(job, steps.validate(job, documents, steps.parse(job, documents)))
    return System("", home, {}, None, home)  # type: ignore[arg-type]


@pytest.mark.skipif(not HEAVY, reason="silence counts as death after two minutes: HYPOTHESIS_PROFILE=ci waits for it")
def test_a_killed_worker_and_a_killed_server_hold_nothing_up(parts: Parts, tmp_path: Path) -> None:
    odd = table(tmp_path, "odd.csv", "odd", FIGURES.replace("99.88", "99.98"))
    path = table(tmp_path, "killed.csv", "killed", FIGURES)
    parts.start("collect/table", files=[str(odd)])
    suspended = {"flows": {"name": {"any_": ["review"]}}, "flow_runs": {"state": {"name": {"any_": ["Suspended"]}}}}
    parts.until(lambda: parts.runs(**suspended), 240, "a review that waits")
    killed = parts.start("collect/bulletins", dying("9", parts.worker.pid, 0))
    twice = parts.start("collect/bulletins")
    parts.worker.wait(240)
    parts.start_worker()
    outlived = parts.start("collect/table", dying("3", parts.process.pid), files=[str(path)])
    parts.process.wait(240)
    parts.start_server()
    parts.until(lambda: environment.answers(f"{parts.url}/api"), 150, "the server")
    again = parts.start("collect/table", files=[str(path)])

    runs: dict[str, dict[str, Any]] = {run: parts.finished(run, 400) for run in (killed, outlived, twice, again)}
    assert runs[killed]["state_type"] == "CRASHED"
    assert [runs[run]["state_name"] for run in (twice, again)] == ["Completed", "Completed"]
    assert figures(parts) == figures(one_clean_run(tmp_path / "clean", path))
    assert len(parts.runs(**suspended)) == 1, "who waits for a person is not dead, however silent"
    limits = parts.ask("/v2/concurrency_limits/filter", {})
    assert {one["name"]: one["active_slots"] for one in limits if one["active_slots"]} == {}
