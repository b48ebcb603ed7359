"""What all tests share: temporary homes, Hypothesis profiles, one Prefect harness, no skip taken for a pass; and who
runs together where two processes share the work."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Hashable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from ledger_fixtures import backend, database, ledger  # noqa: F401
from sqlalchemy import Engine, event
from xdist.scheduler import LoadScopeScheduling

from flows import environment

ROOT = Path(__file__).resolve().parent.parent
#: Of the names of tests: chunks of random histories.
HISTORIES = "::test_histories"

# Before anything reads a home: no test may touch the user's own ledger or Prefect database.
_HOME = Path(tempfile.mkdtemp(prefix="tradeledger-tests-"))
os.environ["PREFECT_HOME"] = str(_HOME / "prefect")
os.environ["TRADELEDGER_HOME"] = str(_HOME / "tradeledger")
for _name in [name for name in os.environ if name.startswith("TRADELEDGER_")]:
    if _name not in ("TRADELEDGER_HOME", "TRADELEDGER_REQUIRE", "TRADELEDGER_KILLS", "TRADELEDGER_HISTORIES"):
        del os.environ[_name]
environment.prepare(quiet=True)

settings.register_profile("dev", max_examples=30, deadline=None)
settings.register_profile("ci", max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger's home of each test's own; nothing exists there yet."""
    folder = tmp_path / "home"
    monkeypatch.setenv("TRADELEDGER_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """What makes a home by a function that prepares it: the first time so, then by copies of what came of it."""
    made: dict[Hashable, Path] = {}

    def copied(home: Path, prepare: Callable[..., object], *arguments: str) -> Path:
        if (prepare, arguments) not in made:
            folder = tmp_path_factory.mktemp("once") / "home"
            with pytest.MonkeyPatch.context() as there:
                there.setenv("TRADELEDGER_HOME", str(folder))
                prepare(*arguments)
            made[prepare, arguments] = folder
        return shutil.copytree(made[prepare, arguments], home)

    return copied


@pytest.fixture(scope="session", autouse=True)
def no_power_cut() -> Iterator[None]:
    """Nobody waits for a disk: tests kill processes, not machines. test_ledger_places.py tries that all others wait."""

    def careless(connection: object, _: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "connect", careless)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", os.fstat)
        yield
    event.remove(Engine, "connect", careless)


@pytest.fixture(scope="session")
def prefect_harness() -> Iterator[None]:
    """One temporary Prefect server and database for all tests that run a flow in this process."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    # A run waits up to a second at its end for the thread of its heartbeat: who dies has a process of its own.
    with (
        prefect_test_harness(server_startup_timeout=120),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two processes for all tests; one where some are named, which end before a second process has begun."""
    return 2 if config.args_source is pytest.Config.ArgsSource.TESTPATHS else 0


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """One process runs all that is ``together``, one test after the other."""

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return together(nodeid)

    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First come those that wait most; the histories, any of which may run anywhere, fill up."""
    order = {"ui": 0, "prefect": 1}
    items.sort(key=lambda item: order.get(together(item.nodeid), 3 if HISTORIES in item.nodeid else 2))


def together(nodeid: str) -> str:
    """What a test shares with others: the system of the UI, Prefect's server, or what its module makes once."""
    path = nodeid.partition("::")[0]
    if "/ui/" in path:
        return "ui"
    if HISTORIES in nodeid:
        return nodeid
    return "prefect" if _needs_prefect(path) else path


@cache
def _needs_prefect(path: str) -> bool:
    return "prefect_harness" in (ROOT / path).read_text(encoding="utf-8")


def pytest_collection_finish() -> None:
    """Leave the modules that are imported by now out of every later search for garbage."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Leave nothing behind."""
    shutil.rmtree(_HOME, ignore_errors=True)
