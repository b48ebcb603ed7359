"""What the database says when it fails, in the words of a person: one line of a LedgerError."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, NoSuchModuleError

from schemas.errors import LedgerError, LedgerLocked, LedgerUnreadable
from storage.database.place import place

#: Seconds a writer waits for another one to finish.
BUSY_SECONDS: Final = 120
_FULL: Final = "the disk is full: nothing was recorded; make room and run again"
_LOCKED: Final = f"another program has kept the ledger locked for {BUSY_SECONDS} seconds: try again when it is done"
_DAMAGED: Final = "the database is damaged: restore a copy, or collect again into a new ledger from the kept documents"
#: Signs that the system does not give out what is there → what that means to a person.
_WITHHELD: Final = {
    "SQLITE_IOERR_SHMSIZE": _FULL,  # no room for the index of the log, which a reader needs too
    "disk I/O error": "the disk refused to read or write: nothing was recorded",
    "unable to open": "the database cannot be opened: check the path and who may read and write it",
    "locked": _LOCKED,
    "lock timeout": _LOCKED,  # as PostgreSQL says it
    "connection": "no connection to the database: check that the server runs and the URL is right",
    "interrupted": "that took too long, and was ended: ask for less",
    "permission denied": "this user may not read the database: check the rights that it was granted",
}
#: Other signs, which are looked for first.
_MEANINGS: Final = {
    "disk is full": _FULL,
    "No space left": _FULL,
    "readonly database": "the database is read-only: expected one this user may write",
    "malformed": _DAMAGED,
    "decode": _DAMAGED,  # a text that is no longer one
    "no such": _DAMAGED,  # its revision says that there is such a table or column
    "depend on it": "a view of the ledger is to be made anew, one of yours is made of it: drop that, and make it after",
    "not a database": "not a database: expected an SQLite file made by tradeledger",
    **_WITHHELD,
}


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Errors of the database as LedgerError, one line."""
    try:
        yield
    except Exception as exc:
        ours = isinstance(exc, (DBAPIError, sqlite3.Error, NoSuchModuleError, UnicodeDecodeError))
        # psycopg is not imported for a ledger in SQLite; its errors carry a state of SQL.
        if not ours and not hasattr(exc, "sqlstate"):
            raise
        cause = exc.orig or exc if isinstance(exc, DBAPIError) else exc
        seen = " ".join(str(cause).split())
        signs = f"{seen} {getattr(cause, 'sqlite_errorname', '')}"
        meaning = next((f"{words} ({seen})" for sign, words in _MEANINGS.items() if sign in signs), seen)
        kind = LedgerUnreadable if any(sign in signs for sign in _WITHHELD) else LedgerError
        kind = LedgerLocked if _LOCKED in meaning else kind
        raise kind(f"{place(url)}: {meaning}") from exc
