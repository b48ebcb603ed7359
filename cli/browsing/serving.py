"""The server: of this machine alone, until Ctrl-C."""

from __future__ import annotations

import socket
import threading
import webbrowser
from collections.abc import Callable
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import uvicorn
from datasette.plugins import pm

from cli.browsing import hooks
from cli.browsing.about import metadata
from cli.browsing.site import HOST, Site
from schemas.errors import UsageError

if TYPE_CHECKING:
    from storage.served import Served


def site(served: Served) -> Site:
    """Datasette with our plugin on what is served."""
    if not pm.is_registered(hooks):
        pm.register(hooks, "tradeledger")
    return Site(served, metadata(served))


def listening(port: int) -> socket.socket:
    """A socket of this machine alone; 0 is any port that is free. Raises UsageError where the port is taken."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
    except OSError as exc:
        found.close()
        raise UsageError(f"port {port} cannot be had ({exc.strerror}): give another with --port, or 0 for any") from exc
    return found


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, site: Site, ready: Callable[[], None]) -> None:
        super().__init__(uvicorn.Config(site.app(), log_level="warning", access_log=False, timeout_graceful_shutdown=5))
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def _show(address: str) -> None:
    with suppress(webbrowser.Error):  # none there
        browser = webbrowser.get()
        if type(browser) is not webbrowser.GenericBrowser:  # one of texts, which would take our terminal
            browser.open(address)


def serve(served: Served, port: int, say: Callable[[str], None], *, open_browser: bool) -> None:
    """Serve until Ctrl-C; says its address once it answers."""
    with listening(port) as found:
        address = f"http://{HOST}:{found.getsockname()[1]}/"

        def ready() -> None:
            say(address)
            if open_browser:
                threading.Thread(target=_show, args=(address,), daemon=True).start()  # it may wait for the page

        with suppress(KeyboardInterrupt), closing(site(served)) as made:
            _Server(made, ready).run([found])
