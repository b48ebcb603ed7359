"""The worker's process: import, wait for the server, make the pool, deploy everything, work.

``python -m flows.up.work``: it imports while the server is still starting, and says on its standard output, in one
line, that it is ready, or why not.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flows import environment, system
from flows.up import deploying, owner
from flows.up.parts import UpError
from schemas import platforms
from schemas.settings import Settings, load_settings
from storage import private

POOL: Final = "tradeledger"
#: Flow runs at once, each a process of 217 MB and more; more cores take one a core. A suspended review is none.
MOST: Final = 4
#: Tells the worker's process which file to deploy from.
FILE: Final = "TRADELEDGER_UP_DEPLOYS"
#: How the line begins that says why not.
REFUSED: Final = "refused: "
_POLL: Final = 0.1
_PORT: Final = "PREFECT_WORKER_WEBSERVER_PORT"


def main() -> None:
    """Work, once the server answers."""
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
    api = os.environ["PREFECT_API_URL"]
    while not environment.answers(api):
        time.sleep(_POLL)
    settings = load_settings()
    with alone(settings.home):
        try:
            owner.claim(api, system.ledger_name(settings), str(settings.home.resolve()))
        except UpError as exc:
            os.write(said, f"{REFUSED}{exc}\n".encode())
            sys.exit(1)
        _prepare()
        file = Path(os.environ.get(FILE) or deploying.prefect_file())
        # A deployment that declares no schedules any more ends those it had.
        os.environ.setdefault("PREFECT_DEPLOYMENTS_CLEAR_SCHEDULES_ON_EMPTY", "true")
        number = deploying.deploy(
            api, file, lambda copy: _prefect("--no-prompt", "deploy", "--prefect-file", str(copy), "--all")
        )
        _catch_up(settings)
    os.write(said, f"{number} deployments; the worker starts\n".encode())
    os.close(said)
    _prefect("worker", "start", "--pool", POOL, *worker_options())


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """Of the workers of a home one at a time: of two that make the same deployment one fails."""
    private.make_folder(home)
    with open(home / "deploy.lock", "ab", opener=private.opener) as file:
        platforms.lock(file, wait=True)
        yield


def worker_options() -> list[str]:
    """How many runs at once; in a container, that it says how it is to who asks on the port set for that."""
    health = ["--with-healthcheck"] if os.environ.get(_PORT) else []
    return [*health, "--limit", str(max(MOST, os.cpu_count() or 1))]


def _prepare() -> None:
    """Make what the deployments need where it is missing: the pool, rate limits, what looks after runs that died."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists

    from flows import recovery
    from flows.server import limits

    with get_client(sync_client=True) as client, contextlib.suppress(ObjectAlreadyExists):
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
    limits.make(load_settings())
    recovery.make()


def _catch_up(settings: Settings) -> None:
    """Show what was done by hand while no server ran; whatever goes wrong with that, the system starts."""
    from flows.page import late
    from flows.server import alerts

    try:
        with late.written(settings) as told:
            alerts.after(settings, told)
    except Exception:  # noqa: BLE001 — a page, not a figure: the next run tries again
        traceback.print_exc()


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
    main()
