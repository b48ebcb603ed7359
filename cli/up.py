"""``tradeledger up``: the scheduled system on one machine."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.formats.output import say
from schemas.errors import UsageError


def up(
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="N", min=1, max=65535, help="The server's port (PREFECT_SERVER_API_PORT, 4200)."
        ),
    ] = None,
    status: Annotated[
        bool, typer.Option("--status", help="Say where it runs: exit status 0 if it is up, 1 if not.")
    ] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End the one that runs, in order, and wait for it.")] = False,
) -> int:
    """Start Prefect's server, the deployments and a worker on this machine, until Ctrl-C or the terminal is closed.

    Prints the address of the UI when it answers; other commands of the same home find it by themselves, a second `up`
    too.
    """
    from schemas import platforms
    from schemas.settings import load_settings

    if status + stop + (port is not None) > 1:
        raise UsageError("say one of --status, --stop and --port")
    platforms.require_signals("tradeledger up")
    from flows.up import control, start

    settings = load_settings()
    if status:
        return control.status(settings, say)
    if stop:
        control.stop(settings, say)
    else:
        start.up(settings, say, port)
    return 0
