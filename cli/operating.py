"""``tradeledger up``: the scheduled system on one machine."""

from __future__ import annotations

import typer

from cli.output import say


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(up)


def up() -> None:
    """Start Prefect's server, the deployments and a worker on this machine, until Ctrl-C.

    Prints the address of the UI when it answers; a second `up` finds the first.
    """
    from flows import environment

    environment.prepare()
    from flows.up import up as start
    from schemas.settings import load_settings

    start(load_settings(), say)
