"""``up`` is one system, with real processes: what finds it, what it refuses, a kill, a restart, a hang-up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows import system as whereabouts
from flows.up import parts
from tests.ui.system import ROOT, System, dying, free_port, surroundings, table

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
COMMAND = (sys.executable, "-c", "from cli.main import main; main()")


def without_address(system: System, **more: str) -> System:
    """The same system, as another terminal sees it that was told nothing."""
    env = {name: value for name, value in system.env.items() if name != "PREFECT_API_URL"} | more
    return System(system.url, system.home, env, system.process, system.log)


def test_commands_of_its_home_find_it_and_run_there(system: System, tmp_path: Path) -> None:
    told_nothing = without_address(system)
    told_nothing.cli("ingest", "table", str(table(tmp_path, "found.csv", "found", "X 2019 1.5")))
    here = [run for run in system.runs() if run["parameters"].get("files") == [str(tmp_path / "found.csv")]]
    assert [(run["state_name"], run["deployment_id"]) for run in here] == [("Completed", None)]
    status = told_nothing.cli("up", "--status")
    assert f"PREFECT_API_URL={system.url}/api" in status
    assert "1 online" in status


def test_a_second_home_beside_it_is_refused_and_told_a_free_port(system: System, tmp_path: Path) -> None:
    other = without_address(system, TRADELEDGER_HOME=str(tmp_path / "other"))
    done = subprocess.run([*COMMAND, "up"], cwd=ROOT, env=other.env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"{system.url} belongs to the ledger sqlite:///{system.home}/ledger.db" in line
    assert int(line.rpartition("tradeledger up --port ")[2]) != int(system.url.rpartition(":")[2])


def in_a_terminal(folder: Path, port: int) -> System:
    """``up --port`` in a terminal of its own; its process is the terminal: killing that closes it."""
    log = folder / "up.log"
    env = surroundings(folder, free_port())  # --port comes first
    emulator = [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])", *COMMAND, "up", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(emulator, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    return System(f"http://127.0.0.1:{port}", folder / "home", env, process, log)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[[], System]]:
    """Starts the system of one home, as often as asked; back once its worker works. Nothing is left in the end."""
    port = free_port()
    started: list[System] = []

    def start() -> System:
        one = in_a_terminal(tmp_path, port)
        started.append(one)
        one.until(lambda: "the worker starts" in one.log.read_text(), 150, "the worker")
        return one

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        if found := whereabouts.find(one.home):
            parts.end(found.system.token)


def lives(system: System) -> whereabouts.System:
    """Where a system says it runs."""
    found = whereabouts.find(system.home)
    assert found
    assert found.alive
    assert found.system.url == system.url
    return found.system


def stuck(system: System, tmp_path: Path) -> None:
    """A flow run at work that never ends by itself, of a deployment without a slot that it would hold on to."""
    path = table(tmp_path, "stuck.csv", "stuck", "X 2019 1.5")
    run = system.start("collect/year", dying("3"), source="table", files=[str(path)])
    system.until(lambda: system.run(run)["state_type"] == "RUNNING", 120, "a run at work")


def test_killed_started_again_and_hung_up(terminal: Callable[[], System], tmp_path: Path) -> None:
    first = terminal()
    killed = lives(first)
    by_agency = first.deployment("collect/bulletins")
    by_hand = first.deployment("collect/table")
    (paused,) = by_agency["schedules"]
    first.ask(f"/deployments/{by_agency['id']}/schedules/{paused['id']}", {"active": False}, "PATCH")
    added = [{"active": True, "schedule": {"cron": "1 1 1 1 *", "timezone": "Etc/UTC"}}]
    first.ask(f"/deployments/{by_hand['id']}/schedules", added)
    before = {name: first.deployment(f"collect/{name}")["schedules"] for name in ("bulletins", "table")}
    stuck(first, tmp_path)
    os.kill(killed.pid, signal.SIGKILL)
    first.process.wait(30)
    assert "was killed" in first.cli("up", "--status", status=1)

    again = terminal()
    assert "was killed; " in again.log.read_text()
    assert parts.marked(killed.token) == set()
    assert {name: again.deployment(f"collect/{name}")["schedules"] for name in before} == before
    assert [one["active"] for one in again.deployment("collect/gacc")["schedules"]] == [True]

    running = lives(again)
    stuck(again, tmp_path)
    assert len(parts.marked(running.token)) >= 3  # server, worker, run
    again.process.kill()
    deadline = time.monotonic() + 60
    while left := parts.marked(running.token) or whereabouts.find(again.home):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)
