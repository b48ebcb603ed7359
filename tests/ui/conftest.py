"""One running system and one browser for all tests of the UI."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demands import need
from tests.ui import driver
from tests.ui.driver import Browser, Page
from tests.ui.system import System, running

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Server, deployments and worker, as ``tradeledger up`` starts them."""
    with running(tmp_path_factory.mktemp("system")) as system:
        yield system


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
