"""Publishing in a process of its own, which its parent may kill, and the state of a ledger to compare with."""

from __future__ import annotations

import hashlib
import os
import signal
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import event

from schemas.errors import LedgerError
from schemas.judge import Judgement
from storage.database.models import METADATA
from storage.ledger import Batch, Context, Ledger

Do = Callable[[Ledger], object]


def state(ledger: Ledger) -> dict[str, str]:
    """A hash of all rows of each table, less the time of a run, once no other transaction is under way."""
    found = {}
    with ledger.writing() as conn:  # the lock of writers: a dead client's transaction may still be ending on a server
        for table in METADATA.sorted_tables:
            columns = [column for column in table.columns if column.name != "recorded_at"]
            rows = conn.execute(table.select().with_only_columns(*columns)).all()
            if table.name == "digest":  # but for that of the rows with times
                rows = [row for row in rows if row.name != "run"]
            found[table.name] = hashlib.sha256("\n".join(sorted(repr(tuple(row)) for row in rows)).encode()).hexdigest()
    return found


def complaint(do: Callable[[], object]) -> str:
    """The one line of the LedgerError that ``do`` ends with, "" where it goes through."""
    said = ""
    try:
        do()
    except LedgerError as exc:
        said = str(exc) or "an error without words"
    assert "\n" not in said
    return said


@dataclass(frozen=True)
class Death:
    """How far a process came: ``trail`` has a ``.`` for each statement, ``c`` for a commit begun, ``d`` for done."""

    killed: bool
    trail: str
    seconds: float

    @property
    def moment(self) -> str:
        """Where it was killed: ``early`` before its transaction, ``inside`` of it, in its ``commit``, or ``late``."""
        if "d" in self.trail:
            return "late"
        return "commit" if "c" in self.trail else "inside" if self.trail.count(".") > 1 else "early"


def in_a_child(url: str, do: Do, *, prepare: Do | None = None, kill_after: float | None = None) -> Death:
    """Open the ledger and ``do`` it in a forked process, killed (SIGKILL) so many seconds after it began.

    Forked from a warm process it begins at once: what is measured is the publish, not the imports.
    """
    ours, theirs = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forked while threads may live: the child only publishes
        child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(ours)
            with Ledger.open(url, create=True) as ledger:
                if prepare is not None:
                    prepare(ledger)
                event.listen(ledger.engine, "before_cursor_execute", lambda *_: os.write(theirs, b"."))
                event.listen(ledger.engine, "commit", lambda *_: os.write(theirs, b"c"))
                os.write(theirs, b"b")
                do(ledger)
                os.write(theirs, b"d")
            status = 0
        finally:
            os._exit(status)
    os.close(theirs)
    with os.fdopen(ours, "rb", buffering=0) as pipe:
        assert pipe.read(1) == b"b", "the child did not get as far as beginning"
        began = time.perf_counter()
        if kill_after is None:
            trail = pipe.readall()
        else:
            time.sleep(kill_after)
            os.kill(child, signal.SIGKILL)
            trail = b""
        seconds = time.perf_counter() - began
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        trail += pipe.readall()
    assert code in (0, -signal.SIGKILL), "the child failed instead of being killed"
    return Death(code != 0, trail.decode(), seconds)


def publishing(brought: Batch, context: Context, judgement: Judgement) -> Do:
    """The publish of what was judged already."""
    return lambda ledger: ledger.publish(brought, context, judgement)


def early_checkpoints(ledger: Ledger) -> None:
    """Make SQLite write its log back with every commit, so that a kill may fall into that too."""
    ledger.engine.dispose()
    event.listen(ledger.engine, "connect", lambda conn, _: conn.execute("PRAGMA wal_autocheckpoint = 1"))
