"""A full disk: one line that says so, the state before, and with room again the run goes through."""

from __future__ import annotations

import errno
import itertools
import os
import random
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from apart import NotAllowed, apart, small_disk
from archives import lies
from deaths import complaint, early_checkpoints, state
from ledger_fixtures import Server, need_postgres
from ledgers import batch, collect, release, shown
from sqlalchemy import event

from cli.main import run
from storage.archive import Archive
from storage.database import connection as database
from storage.ledger import Batch, Ledger
from tests.demands import HEAVY, need

MONTHS = [f"{year}-{month:02d}" for year in range(1960, 2020) for month in range(1, 13)]
FULL = "the disk is full: nothing was recorded; make room and run again"


def figures(more: int) -> dict[tuple[str, str], str]:
    return {(flow, month): str(at + more) for at, month in enumerate(MONTHS) for flow in "XM"}


def revision() -> Batch:
    return batch(("second", "2020-02-10", figures(1)))


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A ledger with one release, at rest."""
    path = tmp_path / "template.db"
    with Ledger.open(f"sqlite:///{path}", create=True) as ledger:
        release(ledger, "first", "2020-01-10", figures(0))
    return path


def on_a_small_disk(folder: Path, size: str, do: Callable[[], None]) -> None:
    """Run ``do`` in a process that sees a disk of this size at ``folder``; skips where nothing can be mounted."""

    def inside() -> None:
        small_disk(folder, size)
        do()

    try:
        apart(inside)
    except NotAllowed as exc:
        need("mount", False, str(exc))


def fill(folder: Path, leave: int) -> Path:
    """A file that leaves so many bytes of a disk free."""
    disk = os.statvfs(folder)
    filler = folder / "filler"
    filler.write_bytes(bytes(disk.f_bavail * disk.f_frsize - leave))
    return filler


def publishes(url: str, prepare: Callable[[Ledger], None] | None = None) -> str:
    """Publish the revision; "" if it went through, else the one line that was said."""

    def publish() -> None:
        with Ledger.open(url, create=True) as ledger:
            if prepare is not None:
                prepare(ledger)
            assert collect(ledger, revision()).counts["published"] == len(figures(1))

    return complaint(publish)


def may_have(pages: int) -> Callable[[Ledger], None]:
    """Connections that refuse to let the database grow beyond so many pages."""

    def prepare(ledger: Ledger) -> None:
        ledger.engine.dispose()
        event.listen(ledger.engine, "connect", lambda conn, _: conn.execute(f"PRAGMA max_page_count = {pages}"))

    return prepare


@pytest.mark.parametrize("prepare", [None, early_checkpoints], ids=["", "early checkpoints"])
def test_a_publish_on_a_full_disk(tmp_path: Path, template: Path, prepare: Callable[[Ledger], None] | None) -> None:
    """With less or more room left, down to the last page; what could be read before can be read now."""
    disk = tmp_path / "disk"
    url, step = f"sqlite:///{disk / 'ledger.db'}", 8192 if HEAVY else 24576

    def publish() -> None:
        with Ledger.open(f"sqlite:///{template}", create=True) as ledger:
            before = state(ledger)
        for tried in itertools.count():
            leave = tried * step
            shutil.copy(template, disk / "ledger.db")
            filler = fill(disk, leave)
            said = publishes(url, prepare)
            if not said:
                break
            assert FULL in said
            if leave > 1 << 16:
                with Ledger.open(url, create=False) as ledger:
                    assert shown(ledger) == figures(0)
            filler.unlink()
            with Ledger.open(url, create=True) as ledger:
                assert state(ledger) == before
            assert publishes(url) == ""
            for path in disk.glob("ledger.db*"):
                path.unlink()
        assert tried > 3
        filler.unlink()
        with Ledger.open(url, create=True) as ledger:
            assert collect(ledger, revision()).outcome == "unchanged"
            assert shown(ledger) == figures(1)

    on_a_small_disk(disk, "3m", publish)


def test_a_database_that_may_not_grow(template: Path) -> None:
    """The same where nothing can be mounted: SQLite itself refuses each further page in turn."""
    url = f"sqlite:///{template}"
    with Ledger.open(url, create=True) as ledger:
        before = state(ledger)
        with ledger.reading() as conn:
            pages = int(conn.exec_driver_sql("PRAGMA page_count").scalar_one())
    for tried in itertools.count():
        said = publishes(url, may_have(pages + tried))
        if not said:
            break
        assert FULL in said
        with Ledger.open(url, create=True) as ledger:
            assert state(ledger) == before
    assert tried > 5
    with Ledger.open(url, create=False) as ledger:
        assert shown(ledger) == figures(1)


def test_a_file_that_may_not_grow(template: Path) -> None:
    """A quota or limit says something else than a full disk, and comes to the same."""
    url = f"sqlite:///{template}"

    def publish() -> None:
        with Ledger.open(url, create=True) as ledger:
            before = state(ledger)
            hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (template.stat().st_size // 4, hard))
            assert "the disk refused to read or write: nothing was recorded" in publishes(url)
            assert state(ledger) == before

    apart(publish)
    assert publishes(url) == ""


@pytest.mark.postgres
@pytest.mark.skipif(os.getuid() != 0, reason="a server sees another user's disk only where root mounted it")
def test_a_server_whose_disk_is_full() -> None:
    """A server of its own, which sees the small disk; the ledger's tables lie there, its log does not."""
    need_postgres()
    disk = Path(tempfile.mkdtemp(prefix="tradeledger-disk-"))

    def publish() -> None:
        own = Server()
        try:
            (space := disk / "space").mkdir()
            shutil.chown(space, own.user)
            url = own.database(tablespace=space)
            with Ledger.open(url, create=True) as ledger:
                release(ledger, "first", "2020-01-10", figures(0))
                before = state(ledger)
            for leave in (8192, 32768, 65536):
                filler = fill(disk, leave)
                assert FULL in publishes(url)
                with Ledger.open(url, create=True) as ledger:
                    assert state(ledger) == before
                filler.unlink()
            assert publishes(url) == ""
        finally:
            own.stop()

    try:
        disk.chmod(0o711)
        on_a_small_disk(disk, "32m", publish)
    finally:
        disk.rmdir()


def content(size: int) -> bytes:
    """Bytes that do not compress."""
    return random.Random(size).randbytes(size)


def cannot_be_kept(archive: Archive, why: str) -> None:
    """A document that is refused leaves neither a name nor half a file."""
    said = complaint(lambda: archive.put(content(300_000)))
    assert said == f"a document cannot be kept in {archive.place}: {why}"
    assert [path for path in Path(archive.place).rglob("*") if path.is_file()] == [lies(archive, archive.put(b"first"))]


def test_a_document_on_a_full_disk(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "disk" / "documents")

    def keep() -> None:
        archive.put(b"first")
        for leave in (0, 4096, 100_000, 250_000):
            filler = fill(tmp_path / "disk", leave)
            cannot_be_kept(archive, "No space left on device")
            filler.unlink()
        assert archive.get(archive.put(content(300_000))) == content(300_000)

    on_a_small_disk(tmp_path / "disk", "1m", keep)


def test_a_document_beyond_a_limit(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "documents")

    def keep() -> None:
        archive.put(b"first")
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        cannot_be_kept(archive, "File too large")

    apart(keep)
    assert archive.get(archive.put(content(300_000))) == content(300_000)


def no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_harness")
@pytest.mark.parametrize("what", ["database", "documents"])
def test_a_run_on_a_full_disk(
    what: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the command line: one line, exit status 1, nothing kept in part; with room again the same run goes through."""
    lines = ["dataset,reporter,flow,period,value,unit,released"]
    lines += [f"goods,CHN,X,{month},{at + 100},USD,2020-03-17" for at, month in enumerate(MONTHS)]
    table = tmp_path / "table.csv"
    table.write_text("\n".join(lines) + "\n")
    (first := tmp_path / "first.csv").write_text("\n".join(lines[:2]) + "\n")
    assert run(["ingest", "table", str(first)]) == 0
    with monkeypatch.context() as patched:
        if what == "database":
            pages = (home / "ledger.db").stat().st_size // 4096
            connect = database._sqlite_connection

            def limited(path: Path, *, create: bool) -> sqlite3.Connection:
                conn = connect(path, create=create)
                conn.execute(f"PRAGMA max_page_count = {pages}")
                return conn

            patched.setattr(database, "_sqlite_connection", limited)
        else:
            patched.setattr("storage.private.os.fsync", no_space)
        capsys.readouterr()
        assert run(["ingest", "table", str(table)]) == 1
        seen = capsys.readouterr()
        (line,) = [
            line for line in seen.err.splitlines() if line.startswith("tradeledger: ") and "starting" not in line
        ]
        assert (FULL if what == "database" else "No space left on device") in line
        assert "Traceback" not in seen.out + seen.err
    with Ledger.open(f"sqlite:///{home / 'ledger.db'}", create=False) as ledger:
        assert len(shown(ledger)) == 1
    assert run(["ingest", "table", str(table)]) == 0
    assert f"{len(MONTHS) - 1} published, 1 unchanged" in capsys.readouterr().out
