"""``tradeledger browse``: the ledger in a browser, of this machine alone, read-only."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.formats.output import note, say


def browse(
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="The port; 0 takes any that is free.")
    ] = 8001,
    no_open: Annotated[bool, typer.Option("--no-open", help="Print the address, open no browser.")] = False,
) -> None:
    """Show the ledger in a browser: what there is, how fresh, what does not hold, each series, each release, SQL.

    Serves it read-only to this machine, until Ctrl-C; a collection beside it goes on, and is seen. Of a ledger in
    PostgreSQL it serves a copy, and says of when.
    """
    from schemas.extras import need

    need("datasette", "browse", "the ledger in a browser")
    from contextlib import ExitStack

    from cli.browsing.serving import serve
    from flows.ending import listen
    from schemas.settings import load_settings
    from storage.served import served

    with ExitStack() as stack:
        listen(stack)  # a copy goes with us, whoever ends us
        found = stack.enter_context(served(load_settings().ledger_url, note))
        serve(found, port, say, open_browser=not no_open)
