"""A process of its own for what must not happen to the tests' process: limits, mounts."""

from __future__ import annotations

import ctypes
import os
import pickle
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
_NEW_MOUNTS, _NEW_USER = 0x0002_0000, 0x1000_0000  # CLONE_NEWNS, CLONE_NEWUSER of sched.h
_PRIVATE = 0x0004_0000 | 0x4000  # MS_PRIVATE | MS_REC of mount.h


class NotAllowed(Exception):
    """This machine lets nobody do that."""


def _fork(do: Callable[[], object]) -> tuple[int, int]:
    """A process that does this, and the end of a pipe on which it says what came of it."""
    ours, theirs = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forked while threads may live: the child uses none
        child = os.fork()
    if child == 0:
        os.close(ours)
        with os.fdopen(theirs, "wb") as pipe:
            try:
                said: tuple[str, object] = ("returned", do())
            except NotAllowed as exc:
                said = ("not allowed", str(exc))
            except BaseException:  # noqa: BLE001 - told to the parent
                said = ("raised", traceback.format_exc())
            pickle.dump(said, pipe)
            pipe.flush()
            os._exit(0)
    os.close(theirs)
    return child, ours


def _told(child: int, ours: int) -> tuple[str, Any]:
    with os.fdopen(ours, "rb") as pipe:
        told = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return pickle.loads(told) if told else ("raised", f"the child ended with {code} and said nothing")


def apart(do: Callable[[], T]) -> T:
    """What ``do`` returns in a forked process; raises AssertionError with its traceback, or NotAllowed."""
    kind, value = _told(*_fork(do))
    if kind == "not allowed":
        raise NotAllowed(value)
    assert kind == "returned", value
    return value  # type: ignore[no-any-return]


def at_once(*several: Callable[[], object]) -> list[Any]:
    """What these return, each in a forked process, all let go at the same moment; raises AssertionError for any."""
    wait, go = os.pipe()

    def waiting(do: Callable[[], object]) -> Callable[[], object]:
        def start() -> object:
            os.close(go)
            os.read(wait, 1)
            return do()

        return start

    children = [_fork(waiting(do)) for do in several]
    os.close(go)
    os.close(wait)
    told = [_told(*child) for child in children]
    assert not [value for kind, value in told if kind != "returned"], "\n".join(
        str(v) for k, v in told if k != "returned"
    )
    return [value for _, value in told]


def small_disk(folder: Path, size: str) -> None:
    """Mount a tmpfs that this process alone sees, and that ends with it; raises NotAllowed where that is forbidden."""
    libc = ctypes.CDLL(None, use_errno=True)
    user = os.getuid()
    if libc.unshare(_NEW_MOUNTS) and libc.unshare(_NEW_MOUNTS | _NEW_USER) == 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    folder.mkdir(exist_ok=True)
    if libc.mount(None, b"/", None, _PRIVATE, None) or libc.mount(
        b"tmpfs", os.fsencode(folder), b"tmpfs", 0, f"size={size}".encode()
    ):
        raise NotAllowed(f"no tmpfs can be mounted here: {os.strerror(ctypes.get_errno())}")
