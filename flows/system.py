"""Where the system of a home runs: a file there says it, and is locked for as long as its ``up`` lives.

``tradeledger up`` holds the lock and writes; every other command only asks. What stands in a file that nobody holds was
left behind by a kill.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

from schemas import platforms
from schemas.errors import SettingsError
from schemas.settings import Settings
from storage import private

FILE: Final = "up.lock"
#: Seconds that who asks may hold the lock.
_ASKS: Final = 0.2
#: Seconds that who has it takes to write.
_WRITES: Final = 1.0
_POLL: Final = 0.02


@dataclass(frozen=True)
class System:
    """One ``up``, as it was started."""

    url: str  # without /api
    pid: int
    since: str
    home: str
    ledger: str  # without a password
    token: str  # in the environment of all its processes

    @property
    def api(self) -> str:
        """What PREFECT_API_URL is set to."""
        return f"{self.url}/api"


@dataclass(frozen=True)
class Found:
    """What the file of a home says; not ``alive``: its ``up`` was killed."""

    system: System
    alive: bool


def ledger_name(settings: Settings) -> str:
    """The ledger, as each home that shares it names it; without who asks for it."""
    from sqlalchemy import make_url

    url = make_url(settings.ledger_url)
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{Path(url.database or '').resolve()}"
    return f"{url.get_backend_name()}://{url.host or 'localhost'}:{url.port or 5432}/{url.database}"


@contextlib.contextmanager
def hold(settings: Settings, system: System) -> Iterator[Found | None]:
    """Holds this home's lock and says where its system runs.

    Yields the ``up`` that has the lock already, one that was killed, or None. The lock goes with the process, however
    that ends; what is written is taken back only by an end in order.
    """
    private.make_folder(settings.home)
    with open(settings.home / FILE, "a+b", opener=private.opener) as file:
        if not _locked(file):
            found = find(settings.home)
            if found is None or not found.alive:
                raise SettingsError(f"{file.name} is held by a process that does not say where it runs: end it first")
            yield found
            return
        left = _read(file)
        _write(file, json.dumps(asdict(system)) + "\n")
        try:
            yield Found(left, alive=False) if left else None
        finally:
            _write(file, "")


def find(home: Path) -> Found | None:
    """The system of a home that runs, or was killed; None where none was started, or it ended in order."""
    until = time.monotonic() + _WRITES
    while True:
        try:
            with (home / FILE).open("rb") as file:
                alive = not _locked(file, shared=True, within=0)
                said = _read(file)
        except OSError:
            return None
        if said:
            return Found(said, alive)
        if not alive or time.monotonic() > until:
            return None
        time.sleep(_POLL)  # who holds it is about to write


def _locked(file: IO[bytes], *, shared: bool = False, within: float = _ASKS) -> bool:
    until = time.monotonic() + within
    while True:
        try:
            platforms.lock(file, shared=shared)
        except OSError:
            if time.monotonic() >= until:
                return False
            time.sleep(_POLL)
        else:
            return True


def _read(file: IO[bytes]) -> System | None:
    file.seek(0)
    try:
        return System(**json.loads(file.read()))
    except (ValueError, TypeError):
        return None


def _write(file: IO[bytes], text: str) -> None:
    file.truncate(0)
    file.write(text.encode())
    file.flush()
    os.fsync(file.fileno())
