"""A flow run that kills in the middle of its publish, started by a real worker in place of Prefect's own command.

    python -m tests.ui.dying WHERE [PID…]

``WHERE`` is the number of a statement within the publish, ``commit`` (all is written, nothing committed) or ``after``
(committed, and nobody knows). The processes are killed in order; 0 is this one. Without any it stays there for ever.
"""

from __future__ import annotations

import itertools
import os
import runpy
import signal
import sys
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, event

from storage.ledger import Ledger


def arm(where: str, pids: Sequence[int]) -> None:
    """Kill ``pids`` once this process's publish comes to ``where``."""
    publish = Ledger.publish
    count = itertools.count(1)

    def strike(*_: object) -> None:
        for pid in pids:
            os.kill(pid or os.getpid(), signal.SIGKILL)
        while not pids:
            signal.pause()

    def statement(*_: object) -> None:
        if str(next(count)) == where:
            strike()

    def deadly(*arguments: Any, **named: Any) -> Any:
        if where == "commit":
            event.listen(Engine, "commit", strike)
        elif where != "after":
            event.listen(Engine, "before_cursor_execute", statement)
        done = publish(*arguments, **named)
        if where == "after":
            strike()
        return done

    Ledger.publish = deadly  # type: ignore[method-assign]


if __name__ == "__main__":
    arm(sys.argv[1], [int(pid) for pid in sys.argv[2:]])
    sys.argv = ["prefect.engine"]
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)
