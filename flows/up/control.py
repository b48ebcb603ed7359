"""``tradeledger up --status`` and ``--stop``: what runs of this home, and an end of it, from another terminal."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from flows import environment, system
from flows.up import parts, start, work
from schemas.errors import TradeledgerError
from schemas.settings import Settings

#: Seconds that an ``up`` may take to stop: its worker, then its server, and what they left.
STOPPING: Final = 4 * parts.GRACE
_POLL: Final = 0.1


def status(settings: Settings, say: Callable[[str], None]) -> int:
    """Say where the system of this home runs; 0 if it is up: its server answers and a worker is there. Else 1."""
    found = system.find(settings.home)
    if found is None:
        say(f"nothing runs for {settings.home.resolve()}")
        return 1
    here = found.system
    if not found.alive:
        say(f"nothing runs: the system of {here.since} at {here.url} was killed; `tradeledger up` starts it again")
        return 1
    answers = environment.answers(here.api)
    workers = _workers(here.api) if answers else "not yet"
    say(f"address   {here.url}{'' if answers else ' (does not answer yet)'}")
    say(f"          PREFECT_API_URL={here.api}")
    say(f"since     {here.since}, process {here.pid}")
    say(f"home      {here.home}")
    say(f"ledger    {here.ledger}")
    say(f"worker    {workers}")
    return 0 if "online" in workers else 1


def _workers(api: str) -> str:
    if not environment.admits(api):
        return "behind a password: PREFECT_API_AUTH_STRING"
    try:
        found = environment.ask(api, f"/work_pools/{work.POOL}/workers/filter", {})
    except (OSError, ValueError) as exc:
        return f"not known ({exc})"
    states = Counter(str(one["status"]).lower() for one in found)
    return ", ".join(f"{number} {state}" for state, number in sorted(states.items(), reverse=True)) or "none yet"


def stop(settings: Settings, say: Callable[[str], None]) -> None:
    """End the system of this home in order, and wait for it. Raises TradeledgerError where it does not end."""
    found = system.find(settings.home)
    if found is None:
        say(f"nothing runs for {settings.home.resolve()}")
        return
    here = found.system
    if not found.alive:
        with system.hold(settings, here):
            start.clear(here, say)
        return
    try:
        os.kill(here.pid, signal.SIGTERM)
    except (ProcessLookupError, PermissionError) as exc:
        raise TradeledgerError(
            f"the system at {here.url} cannot be stopped: process {here.pid}: {exc.strerror}"
        ) from exc
    say(f"stopping the system at {here.url}")
    until = time.monotonic() + STOPPING
    while (now := system.find(settings.home)) and now.alive and now.system == here:
        if time.monotonic() > until:
            raise TradeledgerError(f"the system at {here.url} has not ended after {STOPPING} s: process {here.pid}")
        time.sleep(_POLL)
    say("stopped")
