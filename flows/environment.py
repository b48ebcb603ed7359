"""What must be said to Prefect before it is imported: where its server is, patience, no telemetry, few words.

``flows`` prepares itself; who wants fewer words calls ``prepare(quiet=True)`` before anything imports ``prefect``.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from flows import system
from schemas.errors import SettingsError
from storage import private

#: A cold start of Prefect's temporary server under load took 20.8 s; its own limit is 20.
SETTINGS: Final = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",  # flows/recovery.py counts on it
}
#: Only its console: what a run logs still reaches the UI, tracebacks included.
QUIET: Final = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL", "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL"}
#: Of a server that ends with the command: nobody hears its events, none has an automation, no page watches it live.
TEMPORARY: Final = {
    "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
    "PREFECT_SERVER_EVENTS_STREAM_OUT_ENABLED": "false",
    "PREFECT_SERVER_LOGS_STREAM_OUT_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
}
_HEARTBEAT: Final = "PREFECT_FLOWS_HEARTBEAT_FREQUENCY"
#: Seconds that a system of this home which is starting is waited for.
STARTING: Final = 120


def prepare(*, quiet: bool = False, temporary: bool = False, home: Path | None = None) -> None:
    """Set what is not set; ``quiet`` keeps Prefect's own log lines off a person's terminal.

    What Prefect keeps is kept in the ``home`` too: two of them share no queue and no database.
    """
    wanted = SETTINGS | (QUIET if quiet else {}) | (TEMPORARY if temporary else {})
    if home is not None and not os.environ.get("PREFECT_HOME"):
        profiles = _profiles()
        wanted = {**wanted, "PREFECT_HOME": str(home.resolve() / "prefect")}
        if profiles.exists():  # a person's own, which stand where Prefect has its home by default
            wanted["PREFECT_PROFILES_PATH"] = str(profiles)
        private.make_folder(home / "prefect")
        private.make_file(home / "prefect" / "prefect.db")
    for name, value in wanted.items():
        os.environ.setdefault(name, value)
    if temporary and os.environ[_HEARTBEAT] == SETTINGS[_HEARTBEAT]:
        del os.environ[_HEARTBEAT]  # each run waits a second for its end


def own_password() -> None:
    """What this shell says to its own server as its password is what commands say to it too."""
    if password := os.environ.get("PREFECT_SERVER_API_AUTH_STRING"):
        os.environ.setdefault("PREFECT_API_AUTH_STRING", password)


def _profiles() -> Path:
    folder = os.environ.get("PREFECT_HOME") or "~/.prefect"
    return Path(os.environ.get("PREFECT_PROFILES_PATH") or f"{folder}/profiles.toml").expanduser()


def find_server(home: Path, tell: Callable[[str], None], within: float = STARTING) -> bool:
    """Whether flows of this home have a server to run on: a PREFECT_API_URL that is set, else its own ``up``.

    Asked before Prefect is imported, which is then told. An ``up`` that is starting is waited for, one that was killed
    is said. Without a server each run from here starts a temporary one. Raises SettingsError where it wants a password.
    """
    if has_server():
        return True
    waits = False
    until = time.monotonic() + within
    while (found := system.find(home)) and found.alive:
        if answers(found.system.api):
            if not admits(found.system.api):
                raise SettingsError(f"the system at {found.system.url} wants its password: set PREFECT_API_AUTH_STRING")
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
    mentions = {_profiles(): "prefect_api_url", Path(".env"): "prefect_", Path("prefect.toml"): "url"}
    for file, word in {**mentions, Path("pyproject.toml"): "[tool.prefect"}.items():
        with contextlib.suppress(OSError):
            if word in file.read_text(encoding="utf-8", errors="replace").lower():
                return True
    return False


def answers(api: str, within: float = 5) -> bool:
    """Whether a Prefect server answers at that address of its API, asked without importing Prefect."""
    try:
        return ask(api, "/health", within=within) is True
    except urllib.error.HTTPError as exc:
        return exc.code == 401  # it is there and wants its password
    except (OSError, ValueError):
        return False


def admits(api: str) -> bool:
    """Whether the server of one's own that answers there wants no password, or has been given the right one."""
    own_password()
    try:
        ask(api, "/admin/version")
    except (OSError, ValueError) as exc:  # what else is wrong, who talks to it next will say
        return getattr(exc, "code", None) != 401
    return True


def ask(api: str, path: str, body: Any = None, method: str = "", within: float = 30) -> Any:
    """What an API answers: GET without a body, else POST. Raises OSError (HTTPError of urllib too), ValueError."""
    headers = {"Content-Type": "application/json"}
    if password := os.environ.get("PREFECT_API_AUTH_STRING"):
        headers["Authorization"] = f"Basic {base64.b64encode(password.encode()).decode()}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 — as configured
        api.rstrip("/") + path, data=data, method=method or ("POST" if data else "GET"), headers=headers
    )
    try:
        with urllib.request.urlopen(request, timeout=within) as answer:  # noqa: S310
            text = answer.read()
    except http.client.HTTPException as exc:  # something answers that is no web server
        raise ValueError(f"{api} answers in no way we know: {exc}") from exc
    return json.loads(text) if text else None
