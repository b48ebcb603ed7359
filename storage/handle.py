"""The handle of an open ledger: what every query takes, and all it needs."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL

from storage.database.connection import reading, writing
from storage.encoding.words import Words


class Handle:
    """A ledger that is open; a context manager that closes its connections."""

    def __init__(self, engine: Engine, url: URL) -> None:
        self.engine, self.url = engine, url
        self.words = Words()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one state of the ledger; a writer never makes it wait."""
        return reading(self.engine, self.url)

    def writing(self) -> AbstractContextManager[Connection]:
        """The one writing transaction there is at a time."""
        return writing(self.engine, self.url)
