"""``tradeledger up``: the scheduled system on one machine."""

from __future__ import annotations

from cli.formats.output import say


def up() -> None:
    """Start Prefect's server, the deployments and a worker on this machine, until Ctrl-C.

    Prints the address of the UI when it answers; a second `up` finds the first.
    """
    from flows.server import up as system
    from schemas.settings import load_settings

    system.up(load_settings(), say)
