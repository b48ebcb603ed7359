"""What a publish does while it keeps the ledger locked: nothing that could be done before, nothing block by block."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest
from ledgers import batch as batch_of
from ledgers import collect, release
from sqlalchemy import Connection, event

from flows import steps
from flows.steps.publishing import PATIENCE
from schemas.settings import Settings
from storage.database.connection import writing
from storage.decisions import decide
from storage.ledger import Ledger
from storage.publish import dataset, superseding
from storage.state.held import held_figures

#: Packages and modules that judge or explain.
_BEFORE = ("cells", "rules", "suspects", "explain", "history", "implied", "intervals", "judge")


def years(blocks: int, wrong: int = 0) -> dict[tuple[str, str], str]:
    """So many blocks of which T is not X + M."""
    figures = {}
    for at in range(blocks):
        period = str(1950 + at)
        figures |= {("X", period): "7", ("M", period): "4", ("T", period): str(11 + 10 * wrong)}
    return figures


@contextmanager
def selects(ledger: Ledger) -> Iterator[list[str]]:
    """The questions that transactions ask meanwhile."""
    seen: list[str] = []

    def begin(conn: Connection) -> None:
        conn.connection.driver_connection.set_trace_callback(seen.append)  # type: ignore[union-attr]

    event.listen(ledger.engine, "begin", begin)
    asked: list[str] = []
    try:
        yield asked
    finally:
        event.remove(ledger.engine, "begin", begin)
        asked += [said for said in seen if said.lstrip().startswith("SELECT")]


@pytest.fixture
def on_disk(tmp_path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", create=True) as opened:
        yield opened


def test_nothing_is_judged_or_explained_while_the_ledger_is_locked(on_disk, monkeypatch):
    """Wrong blocks, and one that a person decided."""
    entered: set[str] = set()

    def watch(frame: FrameType, what: str, _: object) -> None:
        parts = frame.f_globals.get("__name__", "").split(".")
        by = frame.f_back.f_globals.get("__name__", "") if frame.f_back else ""
        if what == "call" and by != "schemas.keys" and parts[0] == "schemas" and len(parts) > 1 and parts[1] in _BEFORE:
            entered.add(f"{'.'.join(parts)}.{frame.f_code.co_name}")

    @contextmanager
    def watched(*place):
        with writing(*place) as conn:
            sys.setprofile(watch)
            try:
                yield conn
            finally:
                sys.setprofile(None)

    monkeypatch.setattr("storage.handle.writing", watched)
    assert release(on_disk, "first", "2020-01-10", years(3)).outcome == "published"
    assert release(on_disk, "second", "2020-02-10", years(3, wrong=2)).findings
    assert decide(on_disk, "trade/CHN/WLD/total/_T/1950/USD", "accept", why="as printed").first
    assert release(on_disk, "third", "2020-03-10", years(3, wrong=2)).findings
    assert entered == set()


def publishes(ledger: Ledger, blocks: int) -> Iterator[int]:
    """How many questions each of some publishes asks: broken after sound, broken after broken, again, and mended."""
    release(ledger, "sound", "2020-01-10", years(blocks))
    for name, released, wrong in (
        *(("one", "2020-02-10", 1), ("two", "2020-03-10", 2), ("copy", "2020-03-10", 2)),
        *(("mended", "2020-04-10", 0), ("three", "2020-05-10", 3)),
    ):
        one = batch_of((name, released, years(blocks, wrong)))
        with selects(ledger) as asked:
            collect(ledger, one)
        yield len(asked)


def test_the_number_of_questions_does_not_grow_with_that_of_blocks(tmp_path):
    found = []
    for blocks in (2, 30):
        with Ledger.open(f"sqlite:///{tmp_path / str(blocks)}.db", create=True) as ledger:
            found.append(list(publishes(ledger, blocks)))
    assert found[0] == found[1]


def test_what_was_superseded_is_not_read_again(on_disk, monkeypatch):
    """However often a release was broken and the next one sound, a publish reads the held blocks of now."""
    read: list[int] = []

    def watched(conn, ids):
        read.append(len(ids))
        return held_figures(conn, ids)

    for module in (dataset, superseding):
        monkeypatch.setattr(module, "held_figures", watched)
    each = []
    for month in range(1, 9):
        read.clear()
        assert release(on_disk, f"bad {month}", f"2020-{month:02d}-10", years(4, month)).outcome == "quarantined"
        assert release(on_disk, f"good {month}", f"2020-{month:02d}-20", years(4)).outcome in ("published", "unchanged")
        each.append(sum(read))
    assert each[-1] == each[2] > 0


def test_a_ledger_that_stays_locked(tmp_path, monkeypatch):
    """A run tries again, and is recorded as failed where that is of no use; what it had is kept and named."""
    monkeypatch.setattr("storage.database.connection.BUSY_SECONDS", 0)
    job = steps.Job("bulletins", Settings(home=tmp_path))
    documents = steps.fetch(job)
    validated = steps.validate(job, documents, steps.parse(job, documents))
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    tried: list[int] = []
    publish = Ledger.publish

    def watched(*given, **more):
        tried.append(1)
        if len(tried) == 2 * PATIENCE:  # the other one is done while the second run waits
            other.execute("ROLLBACK")
        return publish(*given, **more)

    monkeypatch.setattr(Ledger, "publish", watched)
    with pytest.raises(steps.RECORDED, match="kept the ledger locked") as error:
        steps.publish(job, validated)
    assert len(tried) == PATIENCE
    assert steps.publish(job, validated).run.outcome in ("published", "quarantined")
    assert steps.fail(job, error.value, documents).outcome == "failed"
    other.close()
