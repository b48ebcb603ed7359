"""One running system and one browser for all tests of the UI."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.demands import need
from tests.ui import driver
from tests.ui.driver import Browser, Page
from tests.ui.system import EARLY, System, running

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


_ahead: dict[str, Future[Any]] = {}
_running = contextlib.ExitStack()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin what tests here will ask for, so that its minutes pass beside the tests that come before them.

    Of several processes only that begins which comes to run them: first of all, see tests/conftest.py.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ and not session.config.option.collectonly:
        _begin_all(session)


def _begin_all(session: pytest.Session) -> None:
    asked = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    if "system" not in asked:
        return
    folder = Path(_running.enter_context(tempfile.TemporaryDirectory(prefix="tradeledger-ui-")))
    pool = _running.enter_context(ThreadPoolExecutor(1, thread_name_prefix="ui"))
    _ahead["system"] = pool.submit(lambda: _running.enter_context(running(folder)))
    for name, kind in EARLY.items():
        if name in asked:
            (files := folder / name).mkdir()
            _ahead[name] = pool.submit(_begin, kind, files)


def _begin(kind: Callable[[System, Path], Any], folder: Path) -> Any:
    return kind(_ahead["system"].result(), folder)


def pytest_sessionfinish() -> None:
    """Stop the system, which may still be starting."""
    for one in _ahead.values():
        one.exception()
    _running.close()


@pytest.fixture(scope="session")
def begun(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """What was begun early under a name, once it is there."""
    if not _ahead:
        _begin_all(request.session)
    return lambda name: _ahead[name].result()


@pytest.fixture(scope="session")
def system(begun: Callable[[str], Any]) -> System:
    """Server, deployments and worker, as ``tradeledger up`` starts them."""
    made: System = begun("system")
    return made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, the system's own."""
    path = shutil.which("chromium")
    need("browser", path is not None, "there is no chromium")
    need("browser", driver.installed, "playwright is not installed (uv run --group ui pytest)")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of one test's own; what it looked like at its end lies in the test's folder."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(120_000)  # a loaded machine draws pages slowly
    yield page
    with contextlib.suppress(driver.PlaywrightError):  # a help to the eye, no proof
        page.screenshot(path=tmp_path / "page.png", full_page=True)
    context.close()
