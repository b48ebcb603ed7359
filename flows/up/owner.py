"""Whose server it is: one ledger's. Two homes on one server would share a queue, and run each other's collections.

A variable in Prefect says which ledger a server, and the database below it, belongs to. A home whose ledger is the same
PostgreSQL is the same system.
"""

from __future__ import annotations

import errno
import os
import socket
import urllib.error
from pathlib import Path
from typing import Final

from flows import environment
from flows.system import System
from flows.up import variables
from flows.up.parts import UpError

#: The variable's name.
NAME: Final = "tradeledger"
#: Ports tried beside one that is taken.
_NEAR: Final = 100


def served(here: System, host: str, port: int) -> bool:
    """Whether a server of this ledger answers there already, and is to be used.

    Raises UpError where another one does, or anything else has the port, with a port that is free.
    """
    if environment.answers(here.api, within=2):
        try:
            of = _owner(here.api)
        except OSError:
            of = None
        if of and of["ledger"] == here.ledger:
            return True
        whose = f"belongs to the ledger {of['ledger']} of {of['home']}" if of else "belongs to nobody we know"
        raise UpError(f"the Prefect server at {here.url} {whose}, not to {here.ledger}: {_elsewhere(host, port)}")
    wrong = _taken(host, port)
    if wrong:
        raise UpError(f"port {port} of {host} cannot be had ({wrong}): {_elsewhere(host, port)}")
    return False


def claim(api: str, ledger: str, home: str) -> None:
    """Make the server this ledger's; raises UpError where it, or the database that it uses, is another's.

    A home that is gone owns nothing: it was moved or removed.
    """
    try:
        of = _owner(api)
    except OSError as exc:  # whose it is must be known before it is taken
        raise UpError(f"the Prefect server at {api} does not say whose it is ({exc}): try again") from exc
    if of and of["ledger"] != ledger and Path(of["home"]).exists():
        raise UpError(
            f"Prefect's database belongs to the ledger {of['ledger']} of {of['home']}, not to {ledger}: give this home "
            "one of its own, by a PREFECT_HOME that is unset or another, or by PREFECT_API_DATABASE_CONNECTION_URL"
        )
    if not of or of["ledger"] != ledger:
        variables.write(api, NAME, {"ledger": ledger, "home": home})


def _owner(api: str) -> dict[str, str] | None:
    """The ledger and home a server says it is of; None where it says none. Raises OSError where it does not answer."""
    try:
        said = variables.read(api, NAME)
        return {name: str(said[name]) for name in ("ledger", "home")}
    except urllib.error.HTTPError as exc:
        if exc.code == 401:
            raise UpError(f"the Prefect server at {api} wants its password: PREFECT_API_AUTH_STRING") from None
        raise
    except (ValueError, TypeError, KeyError):
        return None


def _elsewhere(host: str, port: int) -> str:
    free = next((one for one in range(port + 1, min(port + _NEAR, 65536)) if not _taken(host, one)), None)
    return f"tradeledger up --port {free}" if free else "give another --port"


def _taken(host: str, port: int) -> str:
    """Why a port cannot be listened on, "" where it can."""
    try:
        family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except OSError as exc:
        return "something else listens there" if exc.errno == errno.EADDRINUSE else os.strerror(exc.errno or 0)
    return ""
