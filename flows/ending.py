"""What ends a command that goes on until it is told: in order, whoever tells it. Light."""

from __future__ import annotations

import contextlib
import signal
from typing import Final

#: Ctrl-C, a service manager, a terminal that is closed.
ENDS: Final = tuple(one for one in signal.Signals if one.name in ("SIGINT", "SIGTERM", "SIGHUP"))


def listen(stack: contextlib.ExitStack) -> None:
    """Let each of ``ENDS`` interrupt us, once: what is being stopped is not interrupted again.

    Behind a shell's ``&`` SIGINT is ignored, which children would inherit: Prefect's worker passes a SIGTERM on as
    SIGINT. Who ignores SIGHUP (``nohup``) means to stay.
    """

    def end(*_: object) -> None:
        for number in ENDS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in ENDS:
        if number.name != "SIGHUP" or signal.getsignal(number) != signal.SIG_IGN:
            stack.callback(signal.signal, number, signal.signal(number, end))
