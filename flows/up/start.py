"""``tradeledger up``: Prefect's server, the work pool, every deployment and a worker, on one machine: one system.

It does what three documented commands do by hand (docs/operation.md) and keeps to Prefect's own settings: host and port
are ``PREFECT_SERVER_API_HOST`` and ``PREFECT_SERVER_API_PORT``, a password is ``PREFECT_SERVER_API_AUTH_STRING``, a
PostgreSQL for Prefect is ``PREFECT_API_DATABASE_CONNECTION_URL``.
"""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final, cast
from uuid import uuid4

from flows import ending, environment, system
from flows.up import deploying, owner, parts, work
from flows.up.parts import UpError
from schemas.settings import Settings
from storage import private

#: Who holds a deployment's slot is kept on disk: a server that starts again would never take back what it forgot.
LEASES: Final = {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem"}
#: The key of the artifact that has all sources.
_OVERVIEW: Final = "tradeledger"

Say = Callable[[str], None]


def up(settings: Settings, say: Say, port: int | None = None) -> None:
    """Start everything, say where the UI is, wait for an end (``ending.ENDS``), stop everything.

    Returns at once where it runs already. Raises UpError where a part does not start or ends by itself, and where the
    port is taken.
    """
    file = deploying.prefect_file()
    host = os.environ.get("PREFECT_SERVER_API_HOST", "127.0.0.1")
    port = port or int(os.environ.get("PREFECT_SERVER_API_PORT", "4200"))
    here = system.System(
        url=f"http://{f'[{host}]' if ':' in host else host}:{port}",
        pid=os.getpid(),
        since=datetime.now(UTC).isoformat(timespec="seconds"),
        home=str(settings.home.resolve()),
        ledger=system.ledger_name(settings),
        token=uuid4().hex,
    )
    environment.own_password()
    with system.hold(settings, here) as found, contextlib.ExitStack() as stack:
        if found and found.alive:
            say(f"tradeledger is up already: {found.system.url}")
            return
        with contextlib.suppress(KeyboardInterrupt):
            ending.listen(stack)
            if found:
                clear(found.system, say)
            _run(settings, here, owner.served(here, host, port), file, say, stack)
        with contextlib.suppress(OSError):  # the terminal may be gone
            say("stopping")


def clear(left: system.System, say: Say) -> None:
    """End what is left of a system whose ``up`` was killed, and say so."""
    number = parts.end(left.token)
    what = f"{number} of its processes went on: ended" if number else "nothing of it is left"
    say(f"the system of {left.since} at {left.url} was killed; {what}")


def _run(
    settings: Settings, here: system.System, served: bool, file: Path, say: Say, stack: contextlib.ExitStack
) -> None:
    # Runs work in the checkout; those of an installed package in its home, since nobody writes beside a package.
    folder = settings.home.resolve() if file.parent.name == "flows" else file.parent
    env = children_environment(settings, here) | {work.FILE: str(file)}
    children: dict[str, parts.Child] = {}

    def start(name: str, *command: str, speaks: bool = False) -> parts.Child:
        path = settings.home / f"prefect-{name}.log"
        log = stack.enter_context(open(path, "ab", opener=private.opener))  # noqa: SIM115
        child = parts.process([*command], env, folder, log.fileno(), speaks=speaks)
        children[name] = stack.enter_context(child)
        return children[name]

    if served:
        say(f"a Prefect server of this ledger answers at {here.url} already: using it")
    else:
        host, _, port = here.url.removeprefix("http://").rpartition(":")
        say(f"starting Prefect's server and a worker; their logs are in {here.home}")
        start("server", "prefect", "server", "start", "--host", host.strip("[]"), "--port", port)
    # A flow run is a child of the worker: one that outlives it would write under nobody's eyes.
    stack.callback(parts.end, here.token, but={child.pid for child in children.values()}, grace=0)
    worker = start("worker", "flows.up.work", speaks=True)
    parts.wait(children, lambda: environment.answers(here.api), settings.home)
    say(f"Prefect UI: {here.url}")
    word = cast(IO[bytes], worker.stdout)
    ready = select.poll()
    ready.register(word, select.POLLIN)
    parts.wait(children, lambda: bool(ready.poll(0)), settings.home)
    said = word.readline().decode().strip()
    if said.startswith(work.REFUSED):
        raise UpError(said.removeprefix(work.REFUSED))
    say(said or "the worker ends")
    say(f"runs that hold something: {here.url}/runs?state=Quarantined")
    say(f"every source at a glance: {here.url}/artifacts/key/{_OVERVIEW}")
    say("commands of this home find it by themselves; Prefect's own want:")
    say(f"  export PREFECT_API_URL={here.api}")
    if (other := environment.configured()) not in ("", here.api):
        say(f"here they do not: PREFECT_API_URL is set to {other}, which comes first")
    say("Ctrl-C stops everything")
    parts.wait(children, lambda: False, settings.home, patience=None)


def children_environment(settings: Settings, here: system.System) -> dict[str, str]:
    """The environment of server and worker: one home, whatever directory a flow runs in."""
    environment.prepare(home=settings.home)
    said = {
        "TRADELEDGER_HOME": here.home,
        "PREFECT_API_URL": here.api,
        "PREFECT_SERVER_API_PORT": here.url.rpartition(":")[2],
        "PYTHONUNBUFFERED": "1",
        parts.MARK: here.token,
    }
    places = {"TRADELEDGER_DATABASE_URL": settings.database_url, "TRADELEDGER_ARCHIVE_URL": settings.archive_url}
    said |= {name: url for name, url in places.items() if url}
    return {**LEASES, **os.environ, **said}
