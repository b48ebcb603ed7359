"""Opening a ledger's database: SQLite in WAL mode or PostgreSQL, its schema, its one write lock, its errors in words.

Light: Alembic and the models are imported only where a schema is created or migrated.
"""

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
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import QueuePool

from schemas.errors import LedgerError, LedgerUnreadable
from schemas.extras import need

#: Every schema ever released, oldest first; the last is today's.
SCHEMAS: Final = ("0001", "0002", "0003", "0004", "0005")
#: Seconds a writer waits for another one to finish.
BUSY_SECONDS: Final = 120
#: Key of the advisory lock of writers on PostgreSQL.
_LOCK: Final = 0x7472_6C65_6467_6572 & 0x7FFF_FFFF_FFFF_FFFF
#: File systems that several hosts may share, on which SQLite's write-ahead log cannot work.
_NETWORK: Final = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "lustre",
     "gpfs", "beegfs", "ncpfs", "davfs", "fuse.davfs2", "fuse.s3fs", "fuse.rclone", "ocfs2", "gfs2")
)  # fmt: skip


def parse_url(url: str) -> URL:
    """The URL of a ledger; raises LedgerError for what is neither SQLite nor PostgreSQL."""
    expected = "expected sqlite:///path/ledger.db or postgresql://user@host/name"
    try:
        parsed = make_url(url)
    except ArgumentError as exc:
        raise LedgerError(f"database URL {url!r} cannot be read: {expected}") from exc
    backend = parsed.drivername.split("+")[0]
    if backend in ("postgresql", "postgres"):
        need("psycopg", "postgres", "a ledger in PostgreSQL")
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite") or not parsed.database or parsed.database == ":memory:":
        shown = parsed.render_as_string(hide_password=True)
        raise LedgerError(f"database URL {shown!r} is no place for a ledger: {expected}")
    return parsed


def network_file_system(path: Path, mounts: str | None = None) -> str:
    """The type of the network file system ``path`` lies on, "" if it is local (or the system does not say)."""
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text()
        except OSError:
            return ""
    where, best, kind = os.path.realpath(path), -1, ""
    for line in mounts.splitlines():
        fields, _, rest = line.partition(" - ")
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields.split(" ")[4])
        inside = where == point or where.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:  # the last mount of a point hides the earlier ones
            best, kind = len(point), rest.split(" ")[0]
    return kind if kind in _NETWORK else ""


def require_local(path: Path) -> None:
    """Raises LedgerError where ``path`` lies on a network file system."""
    kind = network_file_system(path)
    if kind:
        raise LedgerError(
            f"{path} lies on a network file system ({kind}): SQLite's write-ahead log needs one host and a local disk; "
            "several hosts mean PostgreSQL (TRADELEDGER_DATABASE_URL)"
        )


def _require_sqlite_file(path: Path, *, create: bool) -> None:
    from storage.private import make_file, make_folder

    if os.path.isdir(path):
        raise LedgerError(f"{path} is a folder, expected the ledger's database file")
    try:
        os.stat(path)
    except FileNotFoundError:
        if not create:
            raise LedgerError(f"no ledger at {path}: run tradeledger collect first") from None
        require_local(path)
        try:
            make_folder(path.parent)
            make_file(path)  # before SQLite does, with modes of its own
        except OSError as exc:
            raise LedgerError(f"{path} cannot be made: {exc.strerror}") from exc
        return
    except NotADirectoryError as exc:
        raise LedgerError(f"{path} cannot be made: {exc.strerror}") from exc
    except OSError as exc:
        raise LedgerUnreadable(f"{path} cannot be read: {exc.strerror}") from exc
    require_local(path)
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as exc:
        raise LedgerUnreadable(f"{path} cannot be read: {exc.strerror}") from exc
    if head and head != b"SQLite format 3\0":
        raise LedgerError(f"{path} is not a database: expected an SQLite file made by tradeledger")


def _sqlite_connection(path: Path, *, create: bool) -> sqlite3.Connection:
    mode = "rwc" if create else "rw"
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


def _write_ahead(engine: Engine) -> None:
    """Readers never wait for a writer. Kept in the file, so it is said only once the file is known to be ours."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode=WAL").close()
    finally:
        connection.close()


def make_engine(url: URL, *, create: bool) -> Engine:
    """An engine whose transactions begin as ours must: IMMEDIATE where they write."""
    if url.drivername.startswith("postgresql"):
        return create_engine(url, pool_pre_ping=True)
    path = Path(str(url.database))
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


def is_sqlite(conn: Connection | Engine) -> bool:
    """Whether the ledger lives in SQLite (else PostgreSQL)."""
    return conn.dialect.name == "sqlite"


def place(url: URL) -> str:
    """Where a ledger is, for a message, without password."""
    return str(url.database) if url.drivername.startswith("sqlite") else url.render_as_string(hide_password=True)


_FULL: Final = "the disk is full: nothing was recorded; make room and run again"
_DAMAGED: Final = "the database is damaged: restore a copy, or collect again into a new ledger from the kept documents"
#: What the database says → what it means to a person.
_MEANINGS: Final = (
    ("disk is full", _FULL),
    ("No space left", _FULL),
    ("SQLITE_IOERR_SHMSIZE", _FULL),  # no room for the index of the log, which a reader needs too
    ("disk I/O error", "the disk refused to read or write: nothing was recorded"),
    ("readonly database", "the database is read-only: expected one this user may write"),
    ("unable to open", "the database cannot be opened: check the path and who may read and write it"),
    ("malformed", _DAMAGED),
    ("decode", _DAMAGED),  # a text that is no longer one
    ("no such", _DAMAGED),  # its revision says that there is such a table or column
    ("not a database", "not a database: expected an SQLite file made by tradeledger"),
    ("locked", f"another program has kept the ledger locked for {BUSY_SECONDS} seconds: try again when it is done"),
    ("connection", "no connection to the database: check that the server runs and the URL is right"),
    ("permission denied", "this user may not read the database: check the rights that it was granted"),
)
#: Signs that the system does not give out what is there.
_WITHHELD: Final = (
    *("SQLITE_IOERR_SHMSIZE", "disk I/O error", "unable to open", "locked", "connection"),
    "permission denied",
)


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Errors of the database as LedgerError, one line."""
    try:
        yield
    except (OperationalError, InterfaceError, DBAPIError) as exc:
        raise _in_words(url, exc.orig or exc) from exc
    except (sqlite3.Error, NoSuchModuleError, UnicodeDecodeError) as exc:
        raise _in_words(url, exc) from exc
    except Exception as exc:  # psycopg is not imported for a ledger in SQLite; its errors carry this
        if hasattr(exc, "sqlstate"):
            raise _in_words(url, exc) from exc
        raise


def _in_words(url: URL, exc: BaseException) -> LedgerError:
    seen = " ".join(str(exc).split())
    signs = f"{seen} {getattr(exc, 'sqlite_errorname', '')}"
    meaning = next((words for sign, words in _MEANINGS if sign in signs), "")
    said = f"{place(url)}: {meaning} ({seen})" if meaning else f"{place(url)}: {seen}"
    return LedgerUnreadable(said) if any(sign in signs for sign in _WITHHELD) else LedgerError(said)


@contextmanager
def writing(engine: Engine, url: URL) -> Iterator[Connection]:
    """The one writing transaction there is at a time; committed at its end, rolled back if anything is raised."""
    options = {"ledger_write": True}
    with translated(url), engine.connect().execution_options(**options) as conn, conn.begin():
        if not is_sqlite(conn):
            conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        conn.info["sums"] = {}  # see storage.digests
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


@contextmanager
def reading(engine: Engine, url: URL) -> Iterator[Connection]:
    """A transaction that sees one state of the ledger from its first to its last statement."""
    options: dict[str, Any] = {}
    if not is_sqlite(engine):
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with translated(url), engine.connect().execution_options(**options) as conn, conn.begin():
        yield conn


def schema_of(conn: Connection) -> str | None:
    """The schema's revision, None for an empty database; raises LedgerError for somebody else's."""
    if is_sqlite(conn):
        tables = {row[0] for row in conn.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))}
    else:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        tables = {row[0] for row in conn.execute(text(query))}
    if "alembic_version" not in tables:
        if tables:
            raise LedgerError(f"the database is no ledger: it has a table {min(tables)!r} and no alembic_version")
        return None
    found = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found is not None and found not in SCHEMAS:
        raise LedgerError(
            f"the ledger has schema {found}, this tradeledger knows up to {SCHEMAS[-1]}: it was written by a newer "
            "version; upgrade tradeledger"
        )
    return found


def open_database(url: str, *, create: bool) -> tuple[Engine, URL]:
    """The engine of a ledger whose schema is today's.

    With ``create`` a missing ledger is made and an older one migrated; without it nothing is ever written. Raises
    LedgerError with one line for everything that may be wrong with the place.
    """
    parsed = parse_url(url)
    if parsed.drivername.startswith("sqlite"):
        _require_sqlite_file(Path(str(parsed.database)), create=create)
    engine = make_engine(parsed, create=create)
    try:
        with translated(parsed):
            with engine.connect() as conn:
                found = schema_of(conn)
            if create and is_sqlite(engine):
                _write_ahead(engine)
            if found == SCHEMAS[-1]:
                return engine, parsed
            if not create:
                if found is None:
                    raise LedgerError(f"no ledger at {place(parsed)}: run tradeledger collect first")
                raise LedgerError(
                    f"the ledger at {place(parsed)} has schema {found}, older than {SCHEMAS[-1]}: "
                    "the next tradeledger collect migrates it"
                )
        migrate(engine, parsed)
    except BaseException:
        engine.dispose()
        raise
    return engine, parsed


def try_database(url: str) -> bool:
    """Whether there is a ledger; raises LedgerError where ``open_database`` could neither open nor make one.

    Nothing is written.
    """
    parsed = parse_url(url)
    if parsed.drivername.startswith("sqlite"):
        path = Path(str(parsed.database))
        if not os.path.lexists(path):
            require_local(path)
            above = next(one for one in path.absolute().parents if os.path.lexists(one))
            if not os.path.isdir(above) or not os.access(above, os.W_OK | os.X_OK):
                raise LedgerError(f"{path} cannot be made: {above} is no folder this user may write")
            return False
        _require_sqlite_file(path, create=False)
    engine = make_engine(parsed, create=False)
    try:
        with translated(parsed), engine.connect() as conn:
            return schema_of(conn) is not None
    finally:
        engine.dispose()


def migrate(engine: Engine, url: URL, to: str = SCHEMAS[-1]) -> None:
    """Bring the schema to ``to``, in one transaction; several processes may try at once."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.with_name("migrations")))
    with writing(engine, url) as conn:
        found = schema_of(conn)
        if found != to:
            if found is not None and is_sqlite(conn):
                from storage.database.copies import keep_before

                keep_before(Path(str(url.database)), found, to)
            config.attributes["connection"] = conn
            command.upgrade(config, to)
