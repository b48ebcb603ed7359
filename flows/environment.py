"""What must be said to Prefect before it is imported: where its server is, patience, no telemetry, few words.

``flows`` prepares itself; who wants fewer words calls ``prepare(quiet=True)`` before anything imports ``prefect``.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final

from flows import system

#: A cold start of Prefect's temporary server under load took 20.8 s; its own limit is 20.
SETTINGS: Final = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",  # flows/recovery.py counts on it
}
#: Only its console: what a run logs still reaches the UI, tracebacks included.
QUIET: Final = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL", "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL"}
#: Seconds that a system of this home which is starting is waited for.
STARTING: Final = 120


def prepare(*, quiet: bool = False) -> None:
    """Set what is not set; ``quiet`` keeps Prefect's own log lines off a person's terminal."""
    wanted = SETTINGS | (QUIET if quiet else {})
    for name, value in wanted.items():
        os.environ.setdefault(name, value)


def find_server(home: Path, tell: Callable[[str], None], within: float = STARTING) -> bool:
    """Whether flows of this home have a server to run on: a PREFECT_API_URL that is set, else its own ``up``.

    Asked before Prefect is imported, which is then told. An ``up`` that is starting is waited for, one that was killed
    is said. Without a server each run from here starts a temporary one.
    """
    if has_server():
        return True
    waits = False
    until = time.monotonic() + within
    while (found := system.find(home)) and found.alive:
        if answers(found.system.api):
            os.environ["PREFECT_API_URL"] = found.system.api
            return True
        if time.monotonic() > until:
            tell(f"the system at {found.system.url} does not answer and is not used: `tradeledger up --stop` ends it")
            return False
        if not waits:
            tell(f"the system at {found.system.url} is starting: waiting for it …")
            waits = True
        time.sleep(0.2)
    if found:
        tell(f"the system at {found.system.url} was killed and is not used: `tradeledger up` starts it again")
    return False


def has_server() -> bool:
    """Whether a Prefect API is configured; else each run from here starts a temporary server."""
    return bool(configured())


def configured() -> str:
    """The address of the API that is set: in the environment, or where else Prefect reads settings; "" for none."""
    said = os.environ.get("PREFECT_API_URL", "")
    if said or ("prefect" not in sys.modules and not _said_elsewhere()):
        return said
    import prefect.settings  # takes two seconds

    return prefect.settings.PREFECT_API_URL.value() or ""


def _said_elsewhere() -> bool:
    """Whether a file that Prefect reads mentions an address; which one counts, Prefect knows."""
    prefect_home = Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()
    profiles = Path(os.environ.get("PREFECT_PROFILES_PATH") or prefect_home / "profiles.toml")
    mentions = {profiles: "prefect_api_url", Path(".env"): "prefect_", Path("prefect.toml"): "url"}
    for file, word in {**mentions, Path("pyproject.toml"): "[tool.prefect"}.items():
        with contextlib.suppress(OSError):
            if word in file.read_text(encoding="utf-8", errors="replace").lower():
                return True
    return False


def answers(api: str, within: float = 5) -> bool:
    """Whether a Prefect server answers at that address of its API, asked without importing Prefect."""
    try:
        with urllib.request.urlopen(f"{api.rstrip('/')}/health", timeout=within) as answer:  # noqa: S310 — as configured
            return bool(answer.status == 200 and json.load(answer) is True)
    except urllib.error.HTTPError as exc:
        return exc.code == 401  # it is there and wants its password
    except (OSError, ValueError):
        return False
