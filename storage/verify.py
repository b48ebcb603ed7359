"""Whether every row of a ledger is still the one that was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection, inspect, text

from schemas.errors import LedgerError, LedgerUnreadable
from storage.database.connection import is_sqlite
from storage.database.sums import OTHERS, read_sum
from storage.handle import Handle


class Part(NamedTuple):
    """A table and what is wrong with it, "" for nothing; ``unreadable`` where the system does not give it out."""

    name: str
    wrong: str
    unreadable: bool = False


def damage(ledger: Handle) -> Iterator[Part]:
    """Each table, and what is wrong with it: "" where it holds what its runs wrote. It always comes to an end.

    First, as ``database``, the structure: tables and columns; on SQLite pages and indexes too.
    """
    from storage.database.models import METADATA

    yield _looked_at(ledger, "database", _structure)
    for name in sorted(set(METADATA.tables) - set(OTHERS)):
        yield _looked_at(ledger, name, partial(_difference, table=name))


def _looked_at(ledger: Handle, name: str, look: Callable[[Connection], str]) -> Part:
    """What ``look`` finds wrong in one state of the ledger; whatever it stumbles over is damage too."""
    try:
        with ledger.reading() as conn:  # sums and rows of one moment: a run may publish meanwhile
            return Part(name, look(conn))
    except LedgerError as exc:
        return Part(name, str(exc), isinstance(exc, LedgerUnreadable))
    except Exception as exc:  # noqa: BLE001 - a flipped bit turns anything into anything
        return Part(name, f"what is there makes no sense ({type(exc).__name__}: {exc})")


def _difference(conn: Connection, table: str) -> str:
    if not inspect(conn).has_table(table):
        return "the table is gone"
    query = text("SELECT coalesce(sum(count), 0), coalesce(sum(total), 0) FROM digest WHERE name = :name")
    count, total = (int(value) for value in conn.execute(query, {"name": table}).one())
    found = read_sum(conn, table)
    if found.count != count:
        return f"{found.count:,} rows, expected the {count:,} that were written"
    return "" if found.total == total else f"among {count:,} rows something is not what was written"


def _structure(conn: Connection) -> str:
    """What is wrong with tables, columns, pages and indexes, "" for nothing."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from storage.database.models import METADATA

    differences = compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), METADATA)
    if differences:
        return f"its tables are not those of a ledger: {str(differences[0])[:300]}"
    pages = conn.execute(text("PRAGMA integrity_check(1)")).scalar() if is_sqlite(conn) else "ok"
    return "" if pages == "ok" else " ".join(str(pages).split())
