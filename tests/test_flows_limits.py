"""A host is asked at the pace it was promised, by all workers together."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from prefect import get_client

from flows.server import limits
from schemas.settings import FetchSettings, Settings, SourceSettings

INTERVAL = 1.0


@pytest.mark.usefixtures("prefect_harness")
def test_turns_at_one_host_are_spaced_whoever_asks(tmp_path: Path) -> None:
    own = {"worldbank": SourceSettings(base_url="http://limited.example.org/v2/")}
    settings = Settings(home=tmp_path, fetch=FetchSettings(interval=INTERVAL), sources=own)
    limits.make(settings)
    limits.make(settings)  # leaves what is there
    with get_client(sync_client=True) as client:
        found = {one.name: one for one in client.read_global_concurrency_limits()}
    made = found["host-limited.example.org"]
    assert (made.limit, made.slot_decay_per_second) == (1, 1 / INTERVAL)

    limits.turn("unlimited.example.org")  # a host without a limit is asked at once
    turns: list[float] = []

    def ask() -> None:
        for _ in range(2):
            limits.turn("limited.example.org")
            turns.append(time.monotonic())

    workers = [threading.Thread(target=ask) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert len(turns) == 4
    assert max(turns) - min(turns) > 2 * INTERVAL
