"""Runs that are killed, writers and readers at once: the state before a publish or after it, never between."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Callable

import pytest
from deaths import in_a_child, publishing
from ledgers import batch, collect, release, shown
from sqlalchemy import event, make_url, text

from schemas.documents import Unreadable
from schemas.errors import LedgerError, LedgerMoved
from schemas.judge import judge
from schemas.observations import combine
from storage import queries
from storage.database.models import METADATA
from storage.ledger import Ledger

GOOD = {("T", "2019"): "10", ("X", "2019"): "6", ("M", "2019"): "4"}
REVISED = {("T", "2019"): "11", ("X", "2019"): "7", ("M", "2019"): "4"}
BAD = {("T", "2020"): "20", ("X", "2020"): "6", ("M", "2020"): "4"}


def dump(ledger: Ledger) -> dict[str, list[str]]:
    """Every row of every table."""
    with ledger.engine.connect() as conn:
        return {
            table.name: sorted(repr(tuple(row)) for row in conn.execute(table.select()))
            for table in METADATA.sorted_tables
        }


def dying_at(step: int) -> Callable[[Ledger], None]:
    """Make a process end (SIGKILL) at the n-th statement or commit of what it does next."""

    def prepare(ledger: Ledger) -> None:
        count = itertools.count(1)

        def pass_by(*_: object) -> None:
            if next(count) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(ledger.engine, "before_cursor_execute", pass_by)
        event.listen(ledger.engine, "commit", pass_by)

    return prepare


def test_a_run_that_is_killed_leaves_the_state_before_or_after(database: str) -> None:
    """Killed at each statement of a publish in turn, the commit among them; then the run goes through."""
    fault = Unreadable("row 9, column 2", "?", "digits as printed", dataset="trade")
    brought = batch(("second", "2020-02-10", REVISED | BAD), unreadable=[fault])
    with Ledger.open(database, create=True) as ledger:
        release(ledger, "first", "2020-01-10", GOOD)
        before, answer, context = dump(ledger), shown(ledger), ledger.context(brought)
        judgement = judge(combine([context.readings, brought.parsed.readings]))
    publish = publishing(brought, context, judgement)
    for step in itertools.count(1):
        if not in_a_child(database, publish, prepare=dying_at(step)).killed:
            break
        with Ledger.open(database, create=False) as ledger:
            assert dump(ledger) == before
            assert shown(ledger) == answer
    assert step > 10
    with Ledger.open(database, create=True) as ledger:
        assert collect(ledger, brought).outcome == "unchanged"
        assert shown(ledger) == REVISED
        assert len(list(queries.held(ledger))) == 1
        assert [row["outcome"] for row in queries.runs(ledger)] == ["unchanged", "quarantined", "published"]


def test_several_writers_at_once_take_turns(database: str) -> None:
    """Threads with a ledger each: like other processes they share nothing but the database."""
    Ledger.open(database, create=True).close()
    start, faults = threading.Barrier(4), []

    def write(number: int) -> None:
        try:
            with Ledger.open(database, create=True) as mine:
                start.wait(60)
                for year in ("2018", "2019", "2020"):
                    figures = {(flow, year): value for (flow, _), value in GOOD.items()}
                    brought = batch(
                        (f"{number} {year}", f"2021-01-0{number + 1}", figures), dataset=f"trade-{number % 2}"
                    )
                    for _ in range(200):
                        try:
                            collect(mine, brought)
                            break
                        except LedgerMoved:
                            continue
                    else:
                        raise AssertionError("never got its turn")
        except BaseException as exc:  # noqa: BLE001 - handed to the test's thread
            faults.append(exc)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with Ledger.open(database, create=False) as ledger:
        for dataset, first in (("trade-0", "2021-01-01"), ("trade-1", "2021-01-02")):
            rows = list(queries.show(ledger, dataset=dataset))
            assert len(rows) == 9
            assert {row["released"] for row in rows} == {first}  # the other two writers' releases only confirm
        listed = list(queries.runs(ledger))
        assert [row["run"] for row in listed] == list(range(12, 0, -1))
        times = [row["recorded_at"] for row in listed]
        assert times == sorted(set(times), reverse=True)


def test_a_reader_does_not_wait_for_a_writer_and_sees_one_state(database: str) -> None:
    with Ledger.open(database, create=True) as ledger, Ledger.open(database, create=True) as other:
        release(ledger, "first", "2020-01-10", GOOD)
        rows = queries.show(ledger)
        begun = next(rows)
        release(other, "second", "2020-02-10", REVISED)
        assert sorted([begun["value"], *(row["value"] for row in rows)]) == ["10", "4", "6"]
        assert shown(ledger) == REVISED


def _as_reader(ledger: Ledger, database: str) -> str:
    """The URL of somebody who may read the ledger only; root may write any file, so on SQLite it stays the same."""
    if database.startswith("sqlite"):
        return database
    name = make_url(database).database
    with ledger.engine.begin() as conn:
        conn.execute(text(f"CREATE ROLE reader_{name} LOGIN"))
        conn.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_{name}"))
    return database.replace("postgres@", f"reader_{name}@")


def test_a_ledger_that_may_not_be_written_can_be_read(database: str) -> None:
    with Ledger.open(database, create=True) as ledger:
        release(ledger, "first", "2020-01-10", GOOD)
        before = dump(ledger)
        with Ledger.open(_as_reader(ledger, database), create=False) as other:
            if database.startswith("sqlite"):
                other.engine.dispose()
                event.listen(other.engine, "connect", lambda conn, _: conn.execute("PRAGMA query_only = ON"))
            assert shown(other) == GOOD
            with pytest.raises(LedgerError, match=r"readonly|permission denied") as error:
                release(other, "second", "2020-02-10", REVISED)
        assert "\n" not in str(error.value)
        assert dump(ledger) == before
