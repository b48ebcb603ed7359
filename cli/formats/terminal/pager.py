"""What is longer than the screen goes to a pager, as in git: ``PAGER``, else ``less`` that leaves its text there."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import IO, Final, cast

#: As git sets it: end where all fits on a screen, pass colours on, leave the text there.
_LESS: Final = "FRX"


@contextlib.contextmanager
def paged() -> Iterator[Callable[[str], object]]:
    """What writes lines: to standard output; from a terminal, once they are more than its screen has, to a pager."""
    command = _pager() if _is_terminal() else []
    if not command:
        yield sys.stdout.write
        return
    pages = _Pages(command, shutil.get_terminal_size().lines - 1)
    try:
        with contextlib.suppress(BrokenPipeError):  # the reader has seen enough
            yield pages.write
    finally:  # what was said before something went wrong is shown, and the terminal given back
        pages.close()


def _is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _pager() -> list[str]:
    """The command; empty where a person wants none, or there is none."""
    words = shlex.split(os.environ.get("PAGER", "less"))
    return words if words and words[0] != "cat" and shutil.which(words[0]) else []


class _Pages:
    """Lines that are kept until they are more than fit, then handed to the pager as they come."""

    def __init__(self, command: list[str], room: int) -> None:
        self.command, self.room = command, room
        self.kept: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    def write(self, line: str) -> None:
        """Take a line; BrokenPipeError where nobody reads any more."""
        self.kept.append(line)
        if len(self.kept) <= self.room and self.process is None:
            return
        if self.process is None:
            sys.stdout.flush()
            self.process = subprocess.Popen(  # noqa: S603 - the user's own
                self.command,
                stdin=subprocess.PIPE,
                text=True,
                encoding=sys.stdout.encoding or "utf-8",
                errors="backslashreplace",
                env={"LESS": _LESS, **os.environ},
            )
        cast("IO[str]", self.process.stdin).writelines(self.kept)
        self.kept.clear()

    def close(self) -> None:
        """Write what fits, or wait until the person has read."""
        if self.process is None:
            sys.stdout.writelines(self.kept)
            return
        with contextlib.suppress(BrokenPipeError):
            cast("IO[str]", self.process.stdin).close()
        while self.process.poll() is None:
            with contextlib.suppress(KeyboardInterrupt):  # for the pager, which has its own ideas of it
                self.process.wait()
