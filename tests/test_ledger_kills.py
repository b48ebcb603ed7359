"""Publishes killed at random moments: the state before or after, never between, and the next run goes on.

``TRADELEDGER_KILLS=1000 uv run pytest -s tests/test_ledger_kills.py`` kills a thousand and says where they fell.
"""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from pathlib import Path
from statistics import median

import pytest
from deaths import early_checkpoints, in_a_child, publishing, state
from ledger_fixtures import server
from ledgers import batch, release, shown

from schemas.documents import Unreadable
from schemas.judge import judge
from schemas.observations import combine
from storage import queries
from storage.ledger import Batch, Ledger
from tests.demands import HEAVY

#: How many publishes are killed on SQLite; on PostgreSQL, where the server outlives its clients, a fifth of them.
KILLS = int(os.environ.get("TRADELEDGER_KILLS", "120" if HEAVY else "15"))
YEARS = range(1960, 2020)


def figures(more: int) -> dict[tuple[str, str], str]:
    """Twelve months of 60 years: exports, imports, total."""
    months = [f"{year}-{month:02d}" for year in YEARS for month in range(1, 13)]
    return {
        (flow, month): str(value + more * (1 + (flow == "T")))
        for at, month in enumerate(months)
        for flow, value in (("X", 6 + at), ("M", 4 + at), ("T", 10 + 2 * at))
    }


def revision() -> Batch:
    """All figures revised by one, a block that contradicts itself, a figure that cannot be read."""
    fault = Unreadable("row 9, column 2", "?", "digits as printed", dataset="trade")
    bad = {("T", "2020"): "20", ("X", "2020"): "6", ("M", "2020"): "4"}
    return batch(("second", "2020-02-10", figures(1) | bad), unreadable=[fault])


class Ledgers:
    """Copies of one ledger, one at a time, made anew where the last was published to."""

    def __init__(self, backend: str, folder: Path) -> None:
        self.folder, self.server = folder, server() if backend == "postgres" else None
        self.url = self.server.database() if self.server else f"sqlite:///{folder / 'ledger.db'}"
        with Ledger.open(self.url, create=True) as ledger:
            release(ledger, "first", "2020-01-10", figures(0))
        self.last = ""

    def copy(self) -> str:
        if self.server:
            if self.last:
                self.server.drop(self.last)
            self.last = self.server.database(template=self.url)
            return self.last
        for path in self.folder.glob("copy.db*"):
            path.unlink()
        shutil.copy(self.folder / "ledger.db", self.folder / "copy.db")
        return f"sqlite:///{self.folder / 'copy.db'}"


@pytest.mark.parametrize("backend", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_publishes_killed_at_random_moments(backend: str, tmp_path: Path) -> None:
    """Each is killed after a random share of the time a publish takes; some die again where one died before."""
    kills = KILLS if backend == "sqlite" else max(KILLS // 5, 12)
    ledgers, brought, chance = Ledgers(backend, tmp_path), revision(), random.Random(KILLS)
    with Ledger.open(ledgers.url, create=True) as ledger:
        before, context = state(ledger), ledger.context(brought)
        judgement = judge(combine([context.readings, brought.parsed.readings]))
    publish = publishing(brought, context, judgement)
    whole = [in_a_child(url := ledgers.copy(), publish).seconds for _ in range(3)]
    with Ledger.open(url, create=True) as ledger:
        after = state(ledger)
        assert ledger.context(brought).unchanged
    moments: Counter[str] = Counter()
    url = ledgers.copy()
    for number in range(kills):
        slow = early_checkpoints if number % 2 and backend == "sqlite" else None
        death = in_a_child(url, publish, prepare=slow, kill_after=chance.uniform(0, 1.2 * median(whole)))
        with Ledger.open(url, create=True) as ledger:
            found = state(ledger)
            assert found in (before, after), f"neither before nor after: {[n for n in after if found[n] != after[n]]}"
            name = "before" if found == before else "after"
            moments[f"{death.moment}, {name}"] += 1
            assert (death.moment, name) not in (("late", "before"), ("early", "after"), ("inside", "after"))
            if name == "before" and chance.random() < 0.3:
                continue  # the next one dies where this one died
            if name == "before":
                publish(ledger)
                assert state(ledger) == after
            assert len(list(queries.held(ledger))) == 1
            assert ledger.publish(brought, ledger.context(brought), None).outcome == "unchanged"
        url = ledgers.copy()
    with Ledger.open(url, create=True) as ledger:
        publish(ledger)
        assert shown(ledger) == figures(1)
    said = f"{backend}: {kills} kills of a publish of {median(whole) * 1000:.0f} ms: {dict(moments)}"
    print(f"\n{said}")  # noqa: T201 - what -s is for
    assert moments["inside, before"] > kills // 10
    assert moments["commit, before"] + moments["commit, after"] or kills < 200, moments
