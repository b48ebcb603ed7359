"""The schema of a ledger: opening one that has today's, making it, migrating an older one.

Light: Alembic and the models are imported only where a schema is created or migrated.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import URL

from schemas.errors import LedgerError
from storage.database.connection import is_sqlite, make_engine, tuples, writing
from storage.database.failures import translated
from storage.database.place import file_of, parse_url, place, require_file, require_room

#: Every schema ever released, oldest first; the last is today's.
SCHEMAS: Final = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011")


def schema_of(conn: Connection) -> str | None:
    """The schema's revision, None for an empty database; raises LedgerError for somebody else's."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if is_sqlite(conn)
        else "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
    )
    tables = {row[0] for row in tuples(conn, query)}
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
    path = file_of(parsed)
    if path is not None:
        require_file(path, create=create)
    engine = make_engine(parsed, create=create)
    try:
        with translated(parsed):
            with engine.connect() as conn:
                found = schema_of(conn)
            if create and path is not None:
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
    path = file_of(parsed)
    if path is not None:
        if not os.path.lexists(path):
            require_room(path)
            return False
        require_file(path, create=False)
    engine = make_engine(parsed, create=False)
    try:
        with translated(parsed), engine.connect() as conn:
            return schema_of(conn) is not None
    finally:
        engine.dispose()


def _write_ahead(engine: Engine) -> None:
    """Readers never wait for a writer. Kept in the file, so it is said only once the file is known to be ours."""
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA journal_mode=WAL").close()


def migrate(engine: Engine, url: URL, to: str = SCHEMAS[-1]) -> None:
    """Bring the schema to ``to``, in one transaction; several processes may try at once."""
    from alembic import command
    from alembic.config import Config

    from storage.database.copies import keep_before

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.with_name("migrations")))
    with writing(engine, url) as conn:
        found = schema_of(conn)
        if found != to:
            if found is not None and (path := file_of(url)) is not None:
                keep_before(path, found, to)
            config.attributes["connection"] = conn
            command.upgrade(config, to)
