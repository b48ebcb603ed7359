"""A lost PostgreSQL connection: one line that says so, the state before or after, and the next run goes on."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest
from deaths import complaint, state
from ledger_fixtures import Server, need_postgres, server
from ledgers import Figures, batch, collect, release, shown
from sqlalchemy import Connection, event

from schemas.documents import Unreadable
from schemas.judge import judge
from schemas.observations import combine
from storage import queries
from storage.ledger import Batch, Ledger
from tests.demands import HEAVY

pytestmark = pytest.mark.postgres
MONTHS = [f"{year}-{month:02d}" for year in range(1960, 2020) for month in range(1, 13)]
LOST = "no connection to the database: check that the server runs and the URL is right"


def figures(more: int) -> dict[tuple[str, str], str]:
    return {(flow, month): str(at + more) for at, month in enumerate(MONTHS) for flow in "XM"}


def revision(revised: Figures) -> Batch:
    """Figures revised, a block that contradicts itself, a figure that cannot be read."""
    fault = Unreadable("row 9, column 2", "?", "digits as printed", dataset="trade")
    bad = {("T", "2020"): "20", ("X", "2020"): "6", ("M", "2020"): "4"}
    return batch(("second", "2020-02-10", {**revised, **bad}), unreadable=[fault])


def terminate(url: str, pid: int) -> None:
    """End a server process, as an administrator or a failing network does."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


@pytest.fixture
def url() -> str:
    return server().database()


def test_a_connection_lost_at_each_statement(url: str) -> None:
    """Before each statement and before the commit, in turn; the same open ledger goes on by itself."""
    brought = revision({("X", "2019"): "7", ("M", "2019"): "4"})
    with Ledger.open(url, create=True) as ledger:
        release(ledger, "first", "2020-01-10", {("X", "2019"): "6", ("M", "2019"): "4"})
        before = state(ledger)
        context = ledger.context(brought)
        judgement = judge(combine([context.readings, brought.parsed.readings]))
        left = itertools.repeat(1)

        def cut(conn: Connection, *_: object) -> None:
            if next(left) == 0:
                terminate(url, conn.connection.driver_connection.info.backend_pid)  # type: ignore[union-attr]

        event.listen(ledger.engine, "before_cursor_execute", cut)
        event.listen(ledger.engine, "commit", cut)
        for step in itertools.count():
            left = itertools.count(step, -1)
            said = complaint(lambda: ledger.publish(brought, context, judgement))
            left = itertools.repeat(1)
            if not said:
                break  # it has fewer statements than that
            assert LOST in said
            assert state(ledger) == before
        assert step > 10
        assert collect(ledger, brought).outcome == "unchanged"
        assert len(list(queries.held(ledger))) == 1


def test_connections_lost_at_random_moments(url: str) -> None:
    """Also amid a statement that the server is about: before or after, and the same open ledger goes on."""
    chance, outcomes = random.Random(5), Counter[str]()
    tries = 40 if HEAVY else 12
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    postgres, _, name = url.rpartition("/")
    with Ledger.open(url, create=True) as ledger, psycopg.connect(f"{postgres}/postgres", autocommit=True) as other:
        release(ledger, "first", "2020-01-01", figures(99))
        one = batch(("other", "2020-01-01", figures(99)), dataset="other")
        context, judgement = ledger.context(one), judge(one.parsed.readings)
        began = time.perf_counter()
        ledger.publish(one, context, judgement)
        longest = time.perf_counter() - began
        for number in range(tries):
            brought = batch(
                (f"document {number}", f"2020-02-{1 + number // 24:02d}T{number % 24:02d}:00", figures(number))
            )
            before, context = state(ledger), ledger.context(brought)
            judgement = judge(combine([context.readings, brought.parsed.readings]))
            timer = threading.Timer(chance.uniform(0, 0.8 * longest), other.execute, (kill, (name,)))
            timer.start()
            said = complaint(lambda: ledger.publish(brought, context, judgement))  # noqa: B023 - called at once
            timer.join()
            assert not said or LOST in said
            outcomes["lost" if said else "through"] += 1
            if state(ledger) == before:
                collect(ledger, brought)
            assert ledger.context(brought).unchanged
            assert shown(ledger, dataset="trade") == figures(number)
    assert outcomes["lost"] > 1, outcomes


def test_a_connection_lost_while_reading(url: str) -> None:
    """Rows are read as they are asked for: what was answered is whole rows, the rest is an error."""
    with Ledger.open(url, create=True) as ledger:
        for at in range(3):  # more rows than are fetched at once
            collect(ledger, batch((f"document {at}", "2020-01-10", figures(at)), dataset=f"trade-{at}"))
        rows = queries.show(ledger)
        next(rows)
        server().disconnect(url)
        assert LOST in complaint(lambda: list(rows))
        assert len(list(queries.show(ledger))) == 3 * len(figures(0))


@pytest.fixture
def own() -> Iterator[Server]:
    need_postgres()
    started = Server()
    yield started
    started.stop()


def test_a_server_that_stops_and_starts_again(own: Server) -> None:
    """Stopped at once at random moments of a publish, as by a power cut; then everything works as before."""
    url, chance = own.database(), random.Random(9)
    with Ledger.open(url, create=True) as ledger:
        for number in range(10 if HEAVY else 3):
            brought = batch((f"document {number}", f"2020-01-{1 + number:02d}", figures(number)))
            before, context = state(ledger), ledger.context(brought)
            judgement = judge(combine([context.readings, brought.parsed.readings]))
            timer = threading.Timer(chance.uniform(0, 0.05), own.halt)
            timer.start()
            said = complaint(lambda: ledger.publish(brought, context, judgement))  # noqa: B023 - called at once
            timer.join()
            assert not said or LOST in said
            assert LOST in complaint(lambda: Ledger.open(url, create=True))
            assert LOST in complaint(lambda: shown(ledger))
            own.start()
            if state(ledger) == before:
                collect(ledger, brought)
            assert ledger.context(brought).unchanged
            assert shown(ledger) == figures(number)
