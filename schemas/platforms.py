"""What one operating system has and another has not: locks, folders that can be synced, signals that only ask.

Everything else is written for all of them; what only some have is imported here and nowhere else. On Windows all
commands but ``up`` run: without locks, so that nothing is cleared there that a killed process left half written.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import IO, Final

from schemas.errors import UsageError

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

WINDOWS: Final = os.name == "nt"
#: Whether files can be locked.
LOCKS: Final = fcntl is not None


def lock(file: int | IO[bytes], *, shared: bool = False, wait: bool = False) -> None:
    """Lock a file until it is closed; raises OSError where somebody else has it, and where there are no locks."""
    if not LOCKS:
        raise OSError(errno.ENOTSUP, "there are no locks here")
    fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))


def sync_folder(path: Path) -> None:
    """Wait until names in a folder are on the disk. Windows opens no folder: there a name lasts as it makes it last."""
    if WINDOWS:
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def may_run(pid: int) -> bool:
    """Whether a process runs, or cannot be told not to: Windows has no signal that only asks, it would end it."""
    if WINDOWS:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's that lives
        return True
    return True


def require_signals(what: str) -> None:
    """Raises UsageError where processes cannot be ended in order: on Windows."""
    if WINDOWS or not LOCKS:
        raise UsageError(
            f"{what} wants locks and signals that this system has not: run it in WSL 2 or by compose.yaml; all other "
            "commands run here, and Prefect's server and worker by hand (docs/operation.md)"
        )
