"""The ledger on both databases: a test that takes ``ledger`` or ``database`` runs on each."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest
from views_say import now_differs

from storage.ledger import Ledger
from storage.verify import damage

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
_numbers = count(1)


class Server:
    """A PostgreSQL server of our own, in a temporary folder, on a free port of this machine."""

    def __init__(self) -> None:
        self.user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self.bin = _BINARIES[-1].parent
        self.folder = Path(tempfile.mkdtemp(prefix="tradeledger-pg-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        if os.getuid() == 0:
            shutil.chown(self.folder, self.user)
        data = str(self.folder / "data")
        self._run(str(self.bin / "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
        self.start()
        atexit.register(self.stop)

    def start(self) -> None:
        """Start it, or start it again where it was before."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._ctl("-w", "-o", options, "-l", str(self.folder / "log"), "start")

    def halt(self) -> None:
        """Stop it at once, as a machine that loses power does."""
        self._ctl("-m", "immediate", "stop")

    def _ctl(self, *arguments: str) -> None:
        self._run(str(self.bin / "pg_ctl"), "-D", str(self.folder / "data"), *arguments)

    def _run(self, *command: str) -> None:
        more = {"user": self.user} if os.getuid() == 0 else {}
        subprocess.run(command, check=True, cwd=self.folder, capture_output=True, timeout=120, **more)

    def database(self, template: str = "", tablespace: Path | None = None) -> str:
        """The URL of a new database: empty, or a copy of the one at ``template``, which nobody may have open.

        Its tables lie in the folder ``tablespace``, if one is given.
        """
        name = f"ledger{os.getpid()}_{next(_numbers)}"
        like = f" TEMPLATE {template.rsplit('/', 1)[1]}" if template else ""
        with psycopg.connect(f"postgresql://postgres@127.0.0.1:{self.port}/postgres", autocommit=True) as conn:
            if tablespace:
                conn.execute(f"CREATE TABLESPACE {name} LOCATION '{tablespace}'")
                like += f" TABLESPACE {name}"
            conn.execute(f"CREATE DATABASE {name}{like}")
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def drop(self, url: str) -> None:
        """Remove a database, whoever is connected to it."""
        with psycopg.connect(f"postgresql://postgres@127.0.0.1:{self.port}/postgres", autocommit=True) as conn:
            conn.execute(f"DROP DATABASE {url.rsplit('/', 1)[1]} WITH (FORCE)")

    def disconnect(self, url: str) -> None:
        """Cut all connections to a database, as a server that falls over does."""
        with psycopg.connect(f"postgresql://postgres@127.0.0.1:{self.port}/postgres", autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (url.rsplit("/", 1)[1],)
            )

    def stop(self) -> None:
        """Stop the server and remove its files."""
        atexit.unregister(self.stop)
        try:
            self.halt()
        except subprocess.SubprocessError:
            time.sleep(0.1)
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def _server() -> Server:
    return Server()


def server() -> Server:
    """The server, started once; skips where PostgreSQL is not installed."""
    need_postgres()
    return _server()


def need_postgres() -> None:
    """Skip where PostgreSQL is not installed."""
    from tests.demands import need

    need("postgres", bool(_BINARIES), "PostgreSQL's initdb is not in /usr/lib/postgresql/*/bin")


@cache
def _empty(backend: str, folder: Path) -> str:
    """A ledger without a run, made once: migrating an empty database takes longer than copying one."""
    url = server().database() if backend == "postgres" else f"sqlite:///{folder / 'empty.db'}"
    Ledger.open(url, create=True).close()
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def backend(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    return str(request.param)


@pytest.fixture
def database(backend: str, tmp_path: Path) -> str:
    """The URL of an empty database, in which no ledger was made yet, on each database in turn."""
    return server().database() if backend == "postgres" else f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def ledger(backend: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """An empty ledger, on each database in turn; whatever a test does to it, every row is the one that was written.

    And the views say what the commands say.
    """
    empty = _empty(backend, tmp_path_factory.getbasetemp())
    if backend == "postgres":
        url = server().database(template=empty)
    else:
        url = f"sqlite:///{shutil.copy(empty.removeprefix('sqlite:///'), tmp_path / 'ledger.db')}"
    with Ledger.open(url, create=False) as opened:
        yield opened
        assert [one for one in damage(opened) if one.wrong] == []
        now_differs(opened)
