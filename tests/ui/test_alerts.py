"""The automation of docs/howto/alerts.md, as it stands there, against a receiver of our own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.ui.system import ROOT, System, table

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
DOCUMENTED = "https://chat.example.org/hooks/tradeledger"


class Receiver(ThreadingHTTPServer):
    """Keeps what is posted to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[bytes] = []


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.got.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_the_documented_automation_tells_of_what_is_held(system: System, receiver: Receiver, tmp_path: Path) -> None:
    page = (ROOT / "docs/howto/alerts.md").read_text(encoding="utf-8")
    (code,) = (part for part in page.split("```python\n")[1:] if DOCUMENTED in part)
    code = code.partition("```")[0].replace(DOCUMENTED, f"http://127.0.0.1:{receiver.server_port}/")
    subprocess.run([sys.executable, "-c", code], env=system.env, cwd=ROOT, check=True)
    path = table(tmp_path, "alerting.csv", "alerting", "X 2019 95.99\nM 2019 11.57\nT 2019 111.45")
    system.cli("ingest", "table", str(path), status=3)
    # Other tests' runs may be held meanwhile, and are told of too.
    mine = system.until(lambda: [one for one in receiver.got if b"95.99" in one], 60, "the webhook")
    said = json.loads(mine[0])
    assert list(said) == ["text"]
    assert said["text"].startswith(
        "tradeledger.block.held: 2019 goods trade of China (alerting), in bn USD: total 111.45"
    )
    assert "exports 95.99 + imports 11.57" in said["text"]

    (block,) = [row["block"] for row in system.query("held") if row["block"].startswith("alerting/")]
    system.cli("review", block, "reject", "--reason", "a slip", "--who", "Ada")
    wanted = {"filter": {"event": {"name": ["tradeledger.block.decided"]}}}

    def decided() -> list[dict[str, str]]:
        events = system.ask("/events/filter", wanted)["events"]
        return [one["payload"] for one in events if one["payload"]["block"] == block]

    assert [(one["verdict"], one["who"]) for one in system.until(decided, 30, "the decision's event")] == [
        ("reject", "Ada")
    ]
