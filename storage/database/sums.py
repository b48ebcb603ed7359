"""What every table held when it was written, so that a bit that flips on a disk does not become a published figure.

Nothing in a ledger is ever updated, so a table is the sum of what its runs inserted. Each run records, table by table,
how many rows it inserted and the sum of their CRC-32; ``damage`` reads everything again and compares. One changed row
always shows (a CRC-32 finds every burst of 32 bits), several cancel out once in four thousand million times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from zlib import crc32

from sqlalchemy import Boolean, Connection, inspect, text

from storage.database.connection import streamed

#: Tables that are not summed up: the sums, and Alembic's own.
OTHERS: Final = ("digest", "alembic_version")
#: The run under which ``seal`` records what a migration left.
_SEALED: Final = 0
_INSERT: Final = text("INSERT INTO digest VALUES (:run, :name, :count, :total)")


class Sum:
    """A number of rows and the sum of their CRC-32, over their values in the order of the columns' names."""

    def __init__(self) -> None:
        self.count = self.total = 0

    def over(self, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """The same rows, added on their way."""
        order = sorted(range(len(columns)), key=columns.__getitem__)
        for row in rows:
            self.count += 1
            self.total += crc32(repr([row[at] for at in order]).encode("utf-8", "surrogatepass"))
            yield row


def summed(
    conn: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Iterator[Sequence[Any]]:
    """Rows on their way into a table; ``columns`` are all it has. ``record`` writes what they came to."""
    sums: dict[str, Sum] = conn.info["sums"]
    return sums.setdefault(table, Sum()).over(columns, rows)


def write_sums(conn: Connection, run: int) -> None:
    """Record what this transaction inserted so far."""
    sums: dict[str, Sum] = conn.info["sums"]
    _write(conn, run, sums)
    sums.clear()


def _write(conn: Connection, run: int, sums: dict[str, Sum]) -> None:
    rows = [{"run": run, "name": name, "count": one.count, "total": one.total} for name, one in sums.items()]
    if rows:
        conn.execute(_INSERT, rows)


def seal(conn: Connection, tables: Iterable[str]) -> None:
    """Take what tables hold for what was written: for a migration, of those that have no sums yet."""
    names = sorted(set(tables) - set(OTHERS))
    _write(conn, _SEALED, {name: found for name in names if (found := read_sum(conn, name)).count})


def amend(conn: Connection, table: str, before: Sum, revision: int) -> None:
    """Record what a migration's new column did to the sum of a table, so that what was wrong ``before`` still shows."""
    after = read_sum(conn, table)
    conn.execute(_INSERT, {"run": -revision, "name": table, "count": 0, "total": after.total - before.total})


def read_sum(conn: Connection, table: str) -> Sum:
    """A table as it is now."""
    types = {column["name"]: column["type"] for column in inspect(conn).get_columns(table)}
    # With its table's name: SQLite takes a lone quoted name that is no column for a text.
    quoted = {name: f'"{table}"."{name}"' for name in types}
    listed = ", ".join(
        f"CAST({quoted[name]} AS integer)" if isinstance(kind, Boolean) else quoted[name]
        for name, kind in types.items()
    )
    found = Sum()
    for _ in found.over(list(types), streamed(conn, f'SELECT {listed} FROM "{table}"', {})):  # noqa: S608 - our tables
        pass
    return found
