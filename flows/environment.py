"""What must be said to Prefect before it is imported: patience with its temporary server, no telemetry, few words.

``flows`` prepares itself; who wants fewer words calls ``prepare(quiet=True)`` before anything imports ``prefect``.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from typing import Final

#: A cold start of Prefect's temporary server under load took 20.8 s; its own limit is 20.
SETTINGS: Final = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",  # flows/recovery.py counts on it
}
#: Only its console: what a run logs still reaches the UI, tracebacks included.
QUIET: Final = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL", "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL"}


def prepare(*, quiet: bool = False) -> None:
    """Set what is not set; ``quiet`` keeps Prefect's own log lines off a person's terminal."""
    wanted = SETTINGS | (QUIET if quiet else {})
    for name, value in wanted.items():
        os.environ.setdefault(name, value)


def has_server() -> bool:
    """Whether a Prefect API is configured; else each run from here starts a temporary server."""
    if os.environ.get("PREFECT_API_URL"):
        return True
    import prefect.settings  # takes two seconds: only asked when a flow is about to run

    return bool(prefect.settings.PREFECT_API_URL.value())


def answers(api: str, within: float = 5) -> bool:
    """Whether a Prefect server answers at that address of its API, asked without importing Prefect."""
    try:
        with urllib.request.urlopen(f"{api.rstrip('/')}/health", timeout=within) as answer:  # noqa: S310 — as configured
            return bool(answer.status == 200 and json.load(answer) is True)
    except urllib.error.HTTPError as exc:
        return exc.code == 401  # it is there and wants its password
    except (OSError, ValueError):
        return False
