"""The processes of the system: each in a session of its own, ended in order, and found where their ``up`` was killed.

All of them, flow runs too, carry the token of their ``up`` in their environment: by it what is left of one is found.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Set
from pathlib import Path
from typing import Final

from schemas.errors import TradeledgerError

#: The variable that has the token.
MARK: Final = "TRADELEDGER_UP"
#: Seconds until a server that does not answer is given up; a cold start under load takes 25.
PATIENCE: Final = 180
#: Seconds a process has to end by itself.
GRACE: Final = 15
_POLL: Final = 0.1
_PR_SET_PDEATHSIG: Final = 1


class UpError(TradeledgerError):
    """The system could not be started on this machine."""


Child = subprocess.Popen[bytes]


@contextlib.contextmanager
def process(
    command: list[str], env: Mapping[str, str], folder: Path, log: int, *, speaks: bool = False
) -> Iterator[Child]:
    """A child in a session of its own: Ctrl-C and a closed terminal reach only us, and we stop things in order.

    One that ``speaks`` says on its standard output when it is ready; everything else goes to its log.
    """
    child = subprocess.Popen(  # noqa: S603 — our own interpreter
        [sys.executable, "-m", *command],
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if speaks else log,
        stderr=log,
        start_new_session=True,
        preexec_fn=_end_with_us(),  # noqa: PLW1509 — we have one thread
    )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _end_with_us() -> Callable[[], object] | None:
    """What makes a child end where its parent is killed (Linux): nobody is left to end it in order."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def marked(token: str, but: Set[int] = frozenset()) -> set[int]:
    """The processes that carry a token, as /proc tells; none where there is no /proc."""
    mark = f"{MARK}={token}".encode()
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.add(int(folder.name))
    return found - but - {os.getpid()}


def end(token: str, but: Set[int] = frozenset(), grace: float | None = None) -> int:
    """End what carries a token, which has ``grace`` seconds (GRACE) for it; how many processes that were."""
    left = first = marked(token, but)
    for number, seconds in ((signal.SIGTERM, GRACE if grace is None else grace), (signal.SIGKILL, GRACE)):
        for pid in left if seconds else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        until = time.monotonic() + seconds
        while (left := marked(token, but)) and time.monotonic() < until:
            time.sleep(_POLL)
    return len(first)


def wait(parts: Mapping[str, Child], done: Callable[[], bool], logs: Path, patience: float | None = PATIENCE) -> None:
    """Wait until ``done``; raises UpError where a part ends or patience does."""
    deadline = time.monotonic() + (patience or float("inf"))
    while not done():
        for name, part in parts.items():
            if part.poll() is not None:
                said = _last_line(logs / f"prefect-{name}.log")
                raise UpError(f"the {name} ended by itself with status {part.returncode}: {said}")
        if time.monotonic() > deadline:
            raise UpError(f"Prefect is not ready after {patience} s: see {logs}/prefect-*.log")
        time.sleep(_POLL if patience else 1)


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"{lines[-1].strip()} (more in {log})" if lines else f"see {log}"
