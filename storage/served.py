"""A ledger for those who ask it in SQL over the web: a file of SQLite, and connections to it that cannot write.

Of a ledger in PostgreSQL a copy is made, table by table in one state, as a ledger of SQLite: all that reads the one
reads the other.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import event

from storage.database.connection import for_anyone, is_sqlite, tuples
from storage.ledger import Ledger

#: Seconds after which a question of our own is ended.
LONGEST: Final = 60.0


@dataclass(frozen=True)
class Served:
    """The file that is served; ``copied`` is when it was copied, None for the ledger itself, which goes on."""

    path: Path
    copied: datetime | None = None

    def connect(self) -> sqlite3.Connection:
        """A connection for SQL of anyone."""
        return for_anyone(self.path)

    def ledger(self) -> Ledger:
        """The same for our own questions: nothing can be written through it either, and what takes too long ends."""
        end = time.monotonic() + LONGEST

        def bound(connection: sqlite3.Connection, _: object) -> None:
            connection.execute("PRAGMA query_only=1")
            connection.set_progress_handler(lambda: time.monotonic() > end, 100_000)

        ledger = Ledger.open(f"sqlite:///{self.path}", create=False)
        ledger.engine.dispose()  # the connection by which it was opened may write
        event.listen(ledger.engine, "connect", bound)
        return ledger


@contextmanager
def served(url: str, note: Callable[[str], None] = lambda _: None) -> Iterator[Served]:
    """What is served of a ledger, as long as it is needed; raises LedgerError where there is none.

    ``note`` is told that a copy is made, which takes a while.
    """
    with Ledger.open(url, create=False) as ledger:
        if is_sqlite(ledger.engine):
            yield Served(Path(str(ledger.url.database)).absolute())
            return
        with tempfile.TemporaryDirectory(prefix="tradeledger-copy-") as folder:
            copied = Served(Path(folder) / "ledger.db", datetime.now(UTC))
            note(f"copying the ledger in PostgreSQL, as of {copied.copied:%Y-%m-%d %H:%M} UTC: start again for news")
            _copy(ledger, copied.path)
            ledger.close()
            yield copied


def _copy(ledger: Ledger, to: Path) -> None:
    from storage.database.models import METADATA

    Ledger.open(f"sqlite:///{to}", create=True).close()
    with ledger.reading() as conn, closing(sqlite3.connect(to)) as target, target:
        target.execute("PRAGMA synchronous=OFF")
        for table in METADATA.sorted_tables:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            marks = ", ".join("?" * len(table.columns))
            rows = tuples(conn, f"SELECT {names} FROM {table.name}", streamed=True)  # noqa: S608 - names of ours
            target.execute(f"DELETE FROM {table.name}")  # noqa: S608 - sums of an empty ledger
            target.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608
