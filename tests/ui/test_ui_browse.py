"""The ledger in a browser, as its reader sees it: from the front to a series and a release, while a worker goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ledgers import release

from storage.ledger import Ledger
from tests.ui.driver import Page, expect

pytestmark = pytest.mark.browser

#: A name that would be an element, a command and a formula, where text were not text.
EVIL = "=1+1<img src=x onerror=alert(1)>"


@contextmanager
def browsing(home: Path) -> Iterator[str]:
    """The address of ``tradeledger browse``, which ends well when it is told to."""
    command = [sys.executable, "-c", "from cli.main import main; main()", "browse", "--no-open", "--port", "0"]
    environment = os.environ | {"TRADELEDGER_HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environment, cwd=home, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


def test_a_reader_finds_a_series_and_a_release(page: Page, home: Path):
    home.mkdir()
    months = {("X", f"2021-{month:02}"): f"{month}.5" for month in range(1, 9)}
    wrong = {("T", "2020"): "12", ("X", "2020"): "6", ("M", "2020"): "4"}
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.on("dialog", lambda dialog: seen.append(f"dialog {dialog.message}"))
    page.on("console", lambda message: seen.append(f"console {message.text}"))
    with Ledger.open(f"sqlite:///{home / 'ledger.db'}", create=True) as ledger:
        release(ledger, "one", "2021-10-01", months, dataset="trade")
        release(ledger, "two", "2021-11-01", months | {("X", "2021-03"): "9.5"} | wrong, dataset="trade")
        release(ledger, "odd", "2021-11-01", wrong, dataset=EVIL)
        with browsing(home) as address:
            page.goto(address)
            expect(page.get_by_role("heading", name="What does not hold")).to_be_visible()
            expect(page.get_by_role("link", name=EVIL).first).to_be_visible()
            page.get_by_role("link", name="trade", exact=True).first.click()
            page.get_by_role("link", name="CHN: exports", exact=True).first.click()
            line = page.locator("svg.chart path.line").bounding_box()
            assert line is not None
            assert line["width"] > 300
            assert line["height"] > 50
            assert page.locator("svg.chart circle.was").count() == 1
            page.get_by_role("link", name="2021-11-01").first.click()
            row = page.get_by_role("row", name="total T = X + M")
            expect(row.get_by_role("cell").nth(3)).to_have_text("1")  # fails
            light = page.evaluate("getComputedStyle(document.body).backgroundColor")
            page.emulate_media(color_scheme="dark")
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
            release(ledger, "three", "2021-12-01", months, dataset="later")
            page.goto(address)
            expect(page.get_by_role("link", name="later", exact=True)).to_be_visible()
            page.goto(f"{address}ledger/figures?dataset=later")
            expect(page.get_by_text("8 rows where dataset")).to_be_visible()
    assert [one for one in seen if not one.startswith(address)] == []
