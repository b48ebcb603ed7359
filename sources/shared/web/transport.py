"""Below ``requests``: work on a connection with an end in time, and a look at what came after an answer.

A time-out of a socket is between two bytes: names that do not resolve, several dead addresses, headers or a body that
drip are all within it. So an exchange runs beside, and who asked waits for it no longer than it should.
"""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from http.client import HTTPResponse
from typing import Any, NamedTuple, TypeVar

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

T = TypeVar("T")
_thread = threading.local()


class NotReached(Exception):
    """No connection was made in time, or not a byte came back."""


class NotDone(Exception):
    """The exchange did not end in time."""


class Waits(NamedTuple):
    """Seconds from the beginning of an exchange."""

    reach: float  # until its host is connected to
    silence: float  # until a first byte comes
    whole: float  # until its end


class Watch:
    """What is known of an exchange while it runs: how far it is, and what came after its answer."""

    def __init__(self) -> None:
        self.connected = threading.Event()  # and the request sent
        self.heard = threading.Event()
        self.answered = False  # a first byte of the answer came
        self.over = threading.Event()
        self.connection: Any = None  # of http.client
        self.reader: _Reader | None = None

    @property
    def surplus(self) -> bool:
        """Whether bytes came that are no part of the answer."""
        return self.reader is not None and self.reader.surplus

    def abandon(self) -> None:
        """Let go of it: what still reads from the connection finds it closed."""
        self.over.set()
        sock = self.connection and self.connection.sock
        if sock:
            with contextlib.suppress(OSError, ValueError):
                sock.shutdown(socket.SHUT_RDWR)


def within(work: Callable[[Watch], T], waits: Waits) -> T:
    """What ``work`` returns or raises; NotReached without its host or a first byte in time, NotDone without its end."""
    watch, done = Watch(), Future[T]()
    begun = time.monotonic()

    def run() -> None:
        _thread.watch = watch
        try:
            done.set_result(work(watch))
        except BaseException as exc:  # noqa: BLE001 - for who waits
            done.set_exception(exc)
        finally:
            watch.connected.set()  # or there is nothing more to wait for
            watch.heard.set()

    def left(patience: float) -> float:
        return max(0.0, begun + min(patience, waits.whole) - time.monotonic())

    threading.Thread(target=run, name="exchange", daemon=True).start()
    try:
        if not (watch.connected.wait(left(waits.reach)) and watch.heard.wait(left(waits.silence))):
            raise NotReached
        with contextlib.suppress(TimeoutError):
            done.exception(left(waits.whole))
        if not done.done():
            raise NotDone
        return done.result()
    finally:
        if not done.done():  # an interrupted one too
            watch.abandon()


class _Reader(io.BufferedReader):
    """Reads a socket; once closed it knows whether more had come than was asked for."""

    surplus = False

    def __init__(self, raw: Any, sock: socket.socket) -> None:
        super().__init__(raw)
        self._sock = sock

    def close(self) -> None:
        if not self.closed:
            with contextlib.suppress(OSError, ValueError):
                patience = self._sock.gettimeout()
                self._sock.settimeout(0)
                try:
                    self.surplus = bool(self.peek(1))
                finally:
                    self._sock.settimeout(patience)
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp: _Reader = _Reader(self.fp.detach(), sock)
        _thread.watch.reader = self.fp

    def begin(self) -> None:
        """Read the head, once something of it is there; what a proxy says of a tunnel it made is read elsewhere."""
        if self.fp.peek(1):
            _thread.watch.answered = True
            _thread.watch.heard.set()
        super().begin()


class _Reached:
    """A connection that tells its exchange when it is made and the request sent, whether it is a new one or not."""

    def getresponse(self) -> Any:
        _thread.watch.connection = self
        _thread.watch.connected.set()
        return super().getresponse()  # type: ignore[misc]


class _Plain(_Reached, HTTPConnection):
    response_class = _Response


class _Secure(_Reached, HTTPSConnection):
    response_class = _Response


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class Adapter(HTTPAdapter):
    """How a session of ``requests`` gets these connections, through a proxy too. It retries nothing."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Called by ``requests`` once."""
        super().init_poolmanager(*args, **kwargs)
        self._told(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Called by ``requests`` where the environment names a proxy."""
        return self._told(super().proxy_manager_for(*args, **kwargs))

    def _told(self, manager: Any) -> Any:
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
        return manager
