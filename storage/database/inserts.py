"""Many rows into a table at once, on both databases. Light: no numpy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from storage.database.connection import is_sqlite
from storage.database.sums import summed


def insert(conn: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert tuples of all of a table's columns: by one prepared statement on SQLite, by COPY on PostgreSQL."""
    rows = summed(conn, table, columns, rows)
    names = ", ".join(f'"{name}"' for name in columns)
    if is_sqlite(conn):
        marks = ", ".join("?" * len(columns))
        cursor = conn.connection.cursor()
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # type: ignore[arg-type]  # noqa: S608
        cursor.close()
        return
    cursor = conn.connection.cursor()
    with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.close()
