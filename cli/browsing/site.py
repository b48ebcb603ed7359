"""Datasette on a ledger: what it may do. Nobody can write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from datasette.app import Datasette
from datasette.database import Database, QueryInterrupted
from datasette.views.base import DatasetteError

if TYPE_CHECKING:
    import sqlite3

    from cli.browsing.verdict import Verdict
    from storage.ledger import Ledger
    from storage.served import Served

T = TypeVar("T")
Row = dict[str, Any]
#: What the ledger is called in addresses, whatever its file is.
DATABASE: Final = "ledger"
HOST: Final = "127.0.0.1"
#: Of what is asked of the ledger in SQL, in milliseconds.
TIME_LIMIT: Final = 2000
_HERE: Final = Path(__file__).parent
_SETTINGS: Final = {
    "sql_time_limit_ms": TIME_LIMIT,
    "facet_time_limit_ms": 200,
    "suggest_facets": False,  # a look at all rows for every column
    "allow_download": False,
    "allow_csv_stream": False,  # page after page of a ledger that goes on: some rows twice, some never
    "default_cache_ttl": 0,
    "truncate_cells_html": 300,
}


class _LedgerFile(Database):  # type: ignore[misc]
    """The file of a ledger, in use or a copy; Datasette's own ``mode=ro`` takes a name with ``?`` or ``%`` apart."""

    def __init__(self, site: Site) -> None:
        super().__init__(site, path=str(site.served.path), is_mutable=True)

    def connect(self, write: bool = False) -> sqlite3.Connection:
        if write:
            raise PermissionError("the ledger is served read-only")
        connection: sqlite3.Connection = self.ds.served.connect()
        self._all_file_connections.append(connection)
        return connection


class Site(Datasette):  # type: ignore[misc]
    """Datasette with one database, the ledger that is ``served``, and our pages."""

    def __init__(self, served: Served, metadata: Mapping[str, Any]) -> None:
        self.served = served
        self.verdicts: dict[tuple[object, ...], Verdict] = {}
        super().__init__(
            [],
            settings=_SETTINGS,
            metadata=dict(metadata),
            template_dir=str(_HERE / "templates"),
            static_mounts=[("-/tradeledger", str(_HERE / "static"))],
        )
        self.remove_database("_memory")
        self.add_database(_LedgerFile(self), name=DATABASE)

    def close(self) -> None:
        """Let go of the ledger."""
        self.executor.shutdown()
        self.get_database(DATABASE).close()

    async def rows(self, sql: str, values: Mapping[str, Any] | Collection[Any] = ()) -> list[Row]:
        """The rows of a query, what is NULL as ""; takes no longer than SQL of anyone may."""
        try:
            found = await self.get_database(DATABASE).execute(sql, values if isinstance(values, Mapping) else [*values])
        except QueryInterrupted:
            raise DatasetteError(
                f"the ledger took longer than {TIME_LIMIT / 1000:g} s to answer: try again, or ask for less", status=503
            ) from None
        return [
            {name: "" if said is None else said for name, said in zip(found.columns, row, strict=True)} for row in found
        ]

    async def ask(self, question: Callable[[Ledger], T]) -> T:
        """The answer to a question of our own, in a thread; in a transaction of its own, with words of its own."""

        def answer() -> T:
            with self.served.ledger() as ledger:
                return question(ledger)

        return await asyncio.get_running_loop().run_in_executor(self.executor, answer)
