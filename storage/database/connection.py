"""Connections to a ledger's database and what is asked over them: SQLite in WAL mode or PostgreSQL, one write lock."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import QueuePool

from storage.database.failures import BUSY_SECONDS, translated
from storage.database.place import file_of

#: Key of the advisory lock of writers on PostgreSQL.
_LOCK: Final = 0x7472_6C65_6467_6572 & 0x7FFF_FFFF_FFFF_FFFF
#: The longest text or blob that SQL of anyone may make, in bytes; none of ours comes near.
_LONGEST: Final = 2**26


def is_sqlite(conn: Connection | Engine) -> bool:
    """Whether the ledger lives in SQLite (else PostgreSQL)."""
    return conn.dialect.name == "sqlite"


def _sqlite_connection(path: Path, *, create: bool, write: bool = True) -> sqlite3.Connection:
    mode = "rwc" if create else "rw" if write else "ro"
    log = path.with_name(f"{path.name}-wal")
    if not create and not os.access(path.parent, os.W_OK) and not (log.exists() and log.stat().st_size):
        mode = "ro&immutable=1"  # no log to read, and none could be made: somebody else's ledger, at rest
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,  # transactions begin where we say, see _begin
        check_same_thread=False,
    )
    connection.execute("PRAGMA synchronous=FULL")  # what was reported as published survives a power cut too
    connection.execute("PRAGMA cache_size=-32768")
    return connection


def for_anyone(path: Path) -> sqlite3.Connection:
    """A connection to a file for SQL of anyone: it cannot write, nor look into another file."""
    connection = _sqlite_connection(path, create=False, write=False)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    return connection


def make_engine(url: URL, *, create: bool) -> Engine:
    """An engine whose transactions begin as ours must: IMMEDIATE where they write."""
    path = file_of(url)
    if path is None:
        return create_engine(url, pool_pre_ping=True)
    # A pool as for files, whatever SQLAlchemy makes of a URL without one: an answer may be asked for amid another.
    engine = create_engine(
        "sqlite+pysqlite://", creator=lambda: _sqlite_connection(path, create=create), poolclass=QueuePool
    )

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        writes = conn.get_execution_options().get("ledger_write")
        driver: Any = conn.connection.driver_connection
        driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def reading(engine: Engine, url: URL) -> Iterator[Connection]:
    """A transaction that sees one state of the ledger from its first to its last statement."""
    options: dict[str, Any] = {}
    if not is_sqlite(engine):
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with translated(url), engine.connect().execution_options(**options) as conn, conn.begin():
        yield conn


@contextmanager
def writing(engine: Engine, url: URL) -> Iterator[Connection]:
    """The one writing transaction there is at a time; committed at its end, rolled back if anything is raised."""
    options = {"ledger_write": True}
    with translated(url), engine.connect().execution_options(**options) as conn, conn.begin():
        if not is_sqlite(conn):
            patience = {"patience": f"{max(1, int(BUSY_SECONDS * 1000))}ms"}  # 0 would be for ever
            conn.execute(text("SELECT set_config('lock_timeout', :patience, true)"), patience)
            conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        conn.info["sums"] = {}  # see storage.database.sums
        yield conn
        if conn.info["sums"]:
            raise AssertionError(f"a transaction inserted after it had recorded its run: {sorted(conn.info['sums'])}")


def streamed(conn: Connection, query: str, values: Mapping[str, Any]) -> Iterator[Any]:
    """The rows of a query as they are asked for: what is held in memory does not grow with the answer."""
    result = conn.execute(text(query), values, execution_options={"stream_results": True, "yield_per": 2048})
    try:
        yield from result
    finally:
        result.close()


def tuples(
    conn: Connection, query: str, values: Mapping[str, Any] | None = None, *, streamed: bool = False
) -> Iterator[tuple[Any, ...]]:
    """The rows of a query with ``:name`` parameters, as plain tuples from the driver.

    For what is asked often or in great numbers: SQLAlchemy's Result takes ten times as long as SQLite for a question
    about one row. ``streamed`` where the answer may be large (SQLite always streams).
    """
    driver: Any = conn.connection.driver_connection
    if is_sqlite(conn):
        return iter(driver.execute(query, values or {}))
    if streamed:
        return _by_portions(driver, _percent(query), values or {})
    return iter(driver.execute(_percent(query), values or {}))


def _by_portions(driver: Any, query: str, values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    with driver.cursor(name="by_portions") as cursor:
        yield from cursor.execute(query, values)


@lru_cache(maxsize=64)
def _percent(query: str) -> str:
    """A query as psycopg wants it."""
    return re.sub(r"(?<![:\w]):(\w+)", r"%(\1)s", query.replace("%", "%%"))
