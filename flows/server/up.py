"""``tradeledger up``: Prefect's server, the work pool, every deployment and a worker, on one machine.

It does what three documented commands do by hand (docs/operation.md) and keeps to Prefect's own settings: host and port
are ``PREFECT_SERVER_API_HOST`` and ``PREFECT_SERVER_API_PORT``, a password is ``PREFECT_SERVER_API_AUTH_STRING``, a
PostgreSQL for Prefect is ``PREFECT_API_DATABASE_CONNECTION_URL``. Run as a module it is the worker's process, which
imports while the server is still starting.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final, cast
from uuid import uuid4

from flows import environment, system
from schemas.errors import SettingsError, TradeledgerError
from schemas.settings import Settings
from storage import private

POOL: Final = "tradeledger"
#: Seconds until a server that does not answer is given up; a cold start under load takes 25.
PATIENCE: Final = 180
#: Seconds a process has to end by itself.
GRACE: Final = 15
#: Flow runs at once, each a process of 217 MB and more; more cores take one a core. A suspended review is none.
MOST: Final = 4
#: Who holds a deployment's slot is kept on disk: a server that starts again would never take back what it forgot.
LEASES: Final = {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem"}
_POLL: Final = 0.1
#: Tells the worker's process which file to deploy from.
_FILE: Final = "TRADELEDGER_UP_DEPLOYS"


class UpError(TradeledgerError):
    """The system could not be started on this machine."""


def deployments() -> Path:
    """The ``prefect.yaml`` to deploy from: the working directory's, that of the checkout around this file, the wheel's.

    Raises SettingsError where there is none.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (Path.cwd(), package.parent):
        if (folder / "prefect.yaml").is_file() and (folder / "flows").is_dir():
            return folder / "prefect.yaml"
    if (package / "prefect.yaml").is_file():
        return package / "prefect.yaml"
    raise SettingsError("no prefect.yaml here nor beside the package: install tradeledger anew")


def address() -> str:
    """The server's address, without ``/api``; loopback unless Prefect's own settings say otherwise."""
    host = os.environ.get("PREFECT_SERVER_API_HOST", "127.0.0.1")
    return f"http://{host}:{os.environ.get('PREFECT_SERVER_API_PORT', '4200')}"


def children_environment(settings: Settings, url: str) -> dict[str, str]:
    """The environment of server and worker: one home, whatever directory a flow runs in."""
    home = settings.home.resolve()
    said = {"TRADELEDGER_HOME": str(home), "PREFECT_API_URL": f"{url}/api", "PYTHONUNBUFFERED": "1"}
    if settings.database_url:
        said["TRADELEDGER_DATABASE_URL"] = settings.database_url
    auth = os.environ.get("PREFECT_SERVER_API_AUTH_STRING")
    if auth and "PREFECT_API_AUTH_STRING" not in os.environ:
        said["PREFECT_API_AUTH_STRING"] = auth
    return {**environment.SETTINGS, **LEASES, **os.environ, **said}


def _ledger(settings: Settings) -> str:
    """The ledger, as two homes that share it both name it; without who asks for it."""
    from sqlalchemy import make_url

    url = make_url(settings.ledger_url)
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{Path(url.database or '').resolve()}"
    return f"{url.get_backend_name()}://{url.host or 'localhost'}:{url.port or 5432}/{url.database}"


def up(settings: Settings, say: Callable[[str], None]) -> None:
    """Start everything, say where the UI is, wait for Ctrl-C (or SIGTERM), stop everything.

    Returns at once where it runs already. Raises UpError where a part does not start or ends by itself.
    """
    file = deployments()
    # Runs work in the checkout; those of an installed package in its home, since nobody writes beside a package.
    folder = settings.home.resolve() if file.parent.name == "flows" else file.parent
    now = datetime.now(UTC).isoformat(timespec="seconds")
    here = system.System(address(), os.getpid(), now, str(settings.home.resolve()), _ledger(settings), uuid4().hex)
    with system.hold(settings, here) as found:
        if found and found.alive:
            say(f"tradeledger is up already: {found.system.url}")
            return
        with contextlib.ExitStack() as stack:
            # SIGTERM ends it like Ctrl-C does, so that a service manager leaves nothing running. Behind a shell's
            # `&` SIGINT is ignored, which children would inherit: Prefect's worker passes a SIGTERM on as SIGINT.
            for number in (signal.SIGTERM, signal.SIGINT):
                stack.callback(signal.signal, number, signal.signal(number, signal.default_int_handler))
            with contextlib.suppress(KeyboardInterrupt):
                _start(settings, file, folder, say, stack)
            say("stopping")


def _start(
    settings: Settings, file: Path, folder: Path, say: Callable[[str], None], stack: contextlib.ExitStack
) -> None:
    url = address()
    env = children_environment(settings, url) | {_FILE: str(file)}
    parts: dict[str, subprocess.Popen[bytes]] = {}

    def part(name: str, *command: str) -> subprocess.Popen[bytes]:
        path = settings.home / f"prefect-{name}.log"
        log = stack.enter_context(open(path, "ab", opener=private.opener))  # noqa: SIM115
        parts[name] = stack.enter_context(_process([sys.executable, "-m", *command], env, folder, log.fileno()))
        return parts[name]

    if environment.answers(f"{url}/api"):
        say(f"a Prefect server answers at {url} already: using it")
    else:
        host, _, port = url.removeprefix("http://").rpartition(":")
        say(f"starting Prefect's server and a worker; their logs are in {settings.home.resolve()}")
        part("server", "prefect", "server", "start", "--host", host, "--port", port)
    worker = part("worker", "flows.server.up")
    _wait(parts, lambda: environment.answers(f"{url}/api"), settings.home)
    say(f"Prefect UI: {url}")
    word = cast(IO[bytes], worker.stdout)
    ready = select.poll()
    ready.register(word, select.POLLIN)
    _wait(parts, lambda: bool(ready.poll(0)), settings.home)
    say(word.readline().decode().strip() or "the worker ends")
    say(f"runs that hold something: {url}/runs?state=Quarantined; Ctrl-C stops everything")
    _wait(parts, lambda: False, settings.home, patience=None)


def _wait(
    parts: dict[str, subprocess.Popen[bytes]], done: Callable[[], bool], logs: Path, patience: float | None = PATIENCE
) -> None:
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


@contextlib.contextmanager
def _process(command: list[str], env: dict[str, str], folder: Path, log: int) -> Iterator[subprocess.Popen[bytes]]:
    """A child in a session of its own, so that Ctrl-C reaches only us and we stop things in order."""
    child = subprocess.Popen(  # noqa: S603 — our own interpreter
        command,
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if command[-1] == "flows.server.up" else log,  # the worker says when it is ready
        stderr=log,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        below = _descendants(child.pid)
        child.terminate()
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        # A flow run is a child of the worker: one that outlives it would write under nobody's eyes.
        for pid in below:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _descendants(root: int) -> set[int]:
    """The processes below one, as /proc tells; none where there is no /proc."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found: set[int] = set()
    above = {root}
    while above:
        above = {pid for pid, parent in parents.items() if parent in above} - found
        found |= above
    return found


def _work() -> None:
    """The worker's process: import, wait for the server, make the pool, deploy everything, work."""
    said = os.dup(1)
    os.dup2(2, 1)  # Prefect's own words go to the log, ours to who started us
    # What `deploy` and `worker start` import: now, while the server is starting.
    for name in (
        "flows.collect",
        "flows.review",
        "prefect.cli.deploy",
        "prefect.cli.worker",
        "prefect.workers.process",
    ):
        importlib.import_module(name)
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists

    url = os.environ["PREFECT_API_URL"]
    while not environment.answers(url):
        time.sleep(_POLL)
    with get_client(sync_client=True) as client, contextlib.suppress(ObjectAlreadyExists):
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
    from flows import recovery
    from flows.server import limits
    from schemas.settings import load_settings

    limits.make(load_settings())
    recovery.make()
    _prefect("--no-prompt", "deploy", "--prefect-file", os.environ.get(_FILE) or str(deployments()), "--all")
    with get_client(sync_client=True) as client:
        number = len(client.read_deployments())
    os.write(said, f"{number} deployments; the worker starts\n".encode())
    os.close(said)
    _prefect("worker", "start", "--pool", POOL, "--limit", str(max(MOST, os.cpu_count() or 1)))


def _prefect(*arguments: str) -> None:
    """Prefect's own command line, in this process."""
    from prefect.cli import app

    sys.argv = ["prefect", *arguments]
    try:
        app()
    except SystemExit as exc:
        if exc.code:
            raise


if __name__ == "__main__":
    _work()
