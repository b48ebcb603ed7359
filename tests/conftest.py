"""What all tests share: temporary homes, Hypothesis profiles, one Prefect harness, no skip taken for a pass."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from ledger_fixtures import database, ledger  # noqa: F401

from flows import environment

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
def prefect_harness() -> Iterator[None]:
    """One temporary Prefect server and database for all tests that run a flow in this process."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


def pytest_sessionfinish() -> None:
    """Leave nothing behind."""
    shutil.rmtree(_HOME, ignore_errors=True)
