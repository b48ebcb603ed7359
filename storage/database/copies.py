"""A copy of a SQLite ledger in one consistent state, and the one that is kept before each migration."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from itertools import chain, count
from pathlib import Path

from schemas.errors import LedgerError
from storage import private


def keep_before(path: Path, schema: str, to: str) -> None:
    """Copy a SQLite ledger of an older ``schema`` beside it, before it is migrated, and say so in one line."""
    marks = chain([""], (f"-{number}" for number in count(2)))
    names = (path.with_name(f"{path.stem}.schema-{schema}{mark}{path.suffix}") for mark in marks)
    target = next(one for one in names if not os.path.lexists(one))
    try:
        private.clear(path.parent, private.BACKUP)
        with private.scratch_file(path.parent, private.BACKUP) as copy:
            copy_database(path, copy)
            os.link(copy, target)
    except OSError as exc:
        raise LedgerError(f"{path} is not migrated: no copy could be kept as {target}: {exc.strerror or exc}") from exc
    sys.stderr.write(f"tradeledger: the ledger is migrated from schema {schema} to {to}; kept as it was: {target}\n")


def copy_database(path: Path, copy: Path) -> None:
    """Copy a database in one consistent state, whoever writes meanwhile; the copy is one file, without a log."""
    source = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    with closing(source), closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        ((pages,),) = target.execute("PRAGMA integrity_check(1)").fetchall()
    if pages != "ok":
        raise LedgerError(f"{path} is damaged, and no copy was made: {' '.join(str(pages).split())}")
