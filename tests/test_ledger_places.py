"""Where a ledger may be, and what is said of places where it cannot: one clear line each, nothing written."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from apart import at_once
from ledger_fixtures import server
from ledgers import batch, collect, release, shown
from sqlalchemy import text

from schemas.errors import LedgerError
from storage import queries
from storage.archive import Archive
from storage.database import connection
from storage.database import place as db
from storage.database.schema import SCHEMAS
from storage.ledger import Ledger
from storage.verify import damage

GOOD = {("T", "2019"): "10", ("X", "2019"): "6", ("M", "2019"): "4"}


def fingerprint(folder: Path) -> dict[str, str]:
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def refused(url: str, *, create: bool = True) -> str:
    with pytest.raises(LedgerError) as caught:
        Ledger.open(url, create=create)
    said = str(caught.value)
    assert "\n" not in said
    return said


@pytest.mark.parametrize("create", [True, False])
def test_what_is_no_ledger_is_left_alone(tmp_path, create):
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.db").write_text("some notes of mine")
    with sqlite3.connect(tmp_path / "other.db") as conn:
        conn.execute("CREATE TABLE mine (id INTEGER)")
    conn.close()
    with sqlite3.connect(tmp_path / "newer.db") as conn:
        conn.execute("CREATE TABLE alembic_version (version_num TEXT)")
        conn.execute("INSERT INTO alembic_version VALUES ('9999')")
    conn.close()
    before = fingerprint(tmp_path)
    said = {name: refused(f"sqlite:///{tmp_path / name}", create=create) for name in
            ("folder", "notes.db", "other.db", "newer.db")}  # fmt: skip
    assert "is a folder, expected the ledger's database file" in said["folder"]
    assert "is not a database" in said["notes.db"]
    assert "no ledger: it has a table 'mine'" in said["other.db"]
    assert "has schema 9999, this tradeledger knows up to" in said["newer.db"]
    assert "upgrade tradeledger" in said["newer.db"]
    assert fingerprint(tmp_path) == before


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "cannot be read: expected sqlite:///path/ledger.db or postgresql://"),
        ("mysql://localhost/x", "no place for a ledger"),
        ("sqlite://", "no place for a ledger"),
        ("sqlite:///:memory:", "no place for a ledger"),
        ("postgresql://nobody@127.0.0.1:1/none", "no connection to the database"),
    ],
)
def test_wrong_urls(url, said):
    assert said in refused(url)


def test_a_password_is_never_shown():
    assert "hunter2" not in refused("postgresql://me:hunter2@127.0.0.1:1/none")
    assert "hunter2" not in refused("oracle://me:hunter2@db/none")


def test_a_missing_database_server_names_the_database():
    made = server().database()
    assert "does not exist" in refused(made.rsplit("/", 1)[0] + "/missing")


def test_reading_never_creates_anything(tmp_path):
    assert "run tradeledger collect first" in refused(f"sqlite:///{tmp_path}/home/ledger.db", create=False)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "empty.db").touch()
    assert "run tradeledger collect first" in refused(f"sqlite:///{tmp_path}/empty.db", create=False)
    assert fingerprint(tmp_path) == {str(tmp_path / "empty.db"): hashlib.sha256(b"").hexdigest()}


def test_the_home_is_made_when_something_is_collected(tmp_path):
    with Ledger.open(f"sqlite:///{tmp_path}/a/b/ledger.db", create=True) as ledger:
        release(ledger, "first", "2020-01-10", GOOD)
    with Ledger.open(f"sqlite:///{tmp_path}/a/b/ledger.db", create=False) as ledger:
        assert len(shown(ledger)) == 3


def test_a_read_only_database(tmp_path, monkeypatch):
    path = tmp_path / "ledger.db"
    with Ledger.open(f"sqlite:///{path}", create=True) as ledger:
        release(ledger, "first", "2020-01-10", GOOD)
    # Root may write anything, so the connection is opened as SQLite opens what it may not write.
    real = sqlite3.connect
    monkeypatch.setattr(
        "storage.database.connection.sqlite3.connect", lambda name, **k: real(name.rsplit("?", 1)[0] + "?mode=ro", **k)
    )
    with Ledger.open(f"sqlite:///{path}", create=False) as ledger:
        assert len(shown(ledger)) == 3
        with pytest.raises(LedgerError, match="the database is read-only"):
            release(ledger, "second", "2020-02-10", GOOD)


@pytest.mark.skipif(os.getuid() != 0, reason="becomes another user, which only root may")
def test_a_ledger_of_somebody_else_can_be_read(tmp_path):
    folder = Path(tempfile.mkdtemp(prefix="tradeledger-shared-"))
    try:
        with Ledger.open(f"sqlite:///{folder}/ledger.db", create=True) as ledger:
            release(ledger, "first", "2020-01-10", GOOD)
        os.chmod(folder, 0o755)
        os.chmod(folder / "ledger.db", 0o644)
        code = f"""if True:
            import os, sys
            from storage import queries
            from storage.ledger import Ledger
            with Ledger.open("sqlite:///{folder}/ledger.db", create=False) as ledger:
                list(queries.show(ledger))  # everything is imported: the other user may not read our Python
            os.setgid(65534); os.setuid(65534)
            with Ledger.open("sqlite:///{folder}/ledger.db", create=False) as ledger:
                print(len(list(queries.show(ledger))))
            try:
                with Ledger.open("sqlite:///{folder}/ledger.db", create=True) as ledger:
                    ledger.fail("x", "y")
            except Exception as exc:
                print(type(exc).__name__, exc)
        """
        env = {**os.environ, "PYTHONPATH": str(Path(db.__file__).parents[1])}
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env)
        assert ran.stdout.splitlines()[0] == "3", ran.stderr
        assert ran.stdout.splitlines()[1].startswith("LedgerError"), ran.stdout
        assert "Traceback" not in ran.stderr
    finally:
        shutil.rmtree(folder)


MOUNTS = r"""
22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 22 0:35 / /mnt/share\040of\040all rw - nfs4 server:/share rw
41 22 0:36 / /mnt/win rw - cifs //server/win rw
42 40 0:37 / /mnt/share\040of\040all/local rw - xfs /dev/vdb rw
43 22 0:38 / /mnt/twice rw - nfs server:/x rw
44 22 0:39 / /mnt/twice rw - ext4 /dev/vdc rw
""".strip()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/data", ""),
        ("/mnt/share of all/data/ledger.db", "nfs4"),
        ("/mnt/share of allsorts/ledger.db", ""),
        ("/mnt/win/x", "cifs"),
        ("/mnt/share of all/local/ledger.db", ""),
        ("/mnt/twice/ledger.db", ""),
    ],
)
def test_network_file_systems_are_told_from_local_ones(path, kind):
    assert db.network_file_system(Path(path), MOUNTS) == kind


def test_a_home_on_a_network_file_system_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(db, "network_file_system", lambda path, mounts=None: "nfs4")
    said = refused(f"sqlite:///{tmp_path}/home/ledger.db")
    assert "network file system (nfs4)" in said
    assert "several hosts mean PostgreSQL" in said
    with pytest.raises(LedgerError, match="network file system"):
        Archive(tmp_path / "home" / "documents").put(b"x")
    assert list(tmp_path.iterdir()) == []


# ── damage ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_all(path: Path) -> None:
    with Ledger.open(f"sqlite:///{path}", create=False) as ledger:
        list(queries.show(ledger))
        list(queries.documents(ledger))


def test_damaged_pages_are_reported(tmp_path):
    path = tmp_path / "ledger.db"
    with Ledger.open(f"sqlite:///{path}", create=True) as ledger:
        for at in range(6):
            figures = {
                ("X", f"{1950 + year}-{month:02d}"): str(100 + at) for year in range(60) for month in range(1, 13)
            }
            release(ledger, f"d{at}", f"2020-0{at + 1}-10", figures)
    with sqlite3.connect(path) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    content = bytearray(path.read_bytes())
    for start in range(20 * 4096, len(content) - 4096, 4096):
        content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"ledger\.db: the database is damaged: restore a copy"):
        read_all(path)


def test_a_damaged_printing_is_reported(database):
    with Ledger.open(database, create=True) as ledger:
        release(ledger, "first", "2020-01-10", GOOD)
        with ledger.writing() as conn:
            conn.execute(text("UPDATE printing SET cells = :cells"), {"cells": b"\x03\x00\x00\x00\x00\xff"})
        with pytest.raises(LedgerError, match="the ledger is damaged: the cells of a printing cannot be read"):
            collect(ledger, batch(("second", "2020-01-10", GOOD)))
        assert [name for name, wrong, _ in damage(ledger) if wrong] == ["printing"]


def test_a_document_that_cannot_be_kept_leaves_nothing_behind(tmp_path, monkeypatch):
    archive = Archive(tmp_path / "documents")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("storage.private.os.fsync", full)
    with pytest.raises(LedgerError, match=r"cannot be kept in .*No space left"):
        archive.put(b"figures")
    assert [p for p in Path(archive.place).rglob("*") if p.is_file()] == []


def test_what_is_kept_is_on_the_disk_before_it_is_told(tmp_path, monkeypatch):
    """A power cut takes nothing back: a document's bytes, then its name, and each commit wait for the disk."""
    synced = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(stat.S_ISDIR(os.fstat(file).st_mode)))
    Archive(tmp_path / "documents").put(b"figures")
    assert synced == [False, True]
    made = connection._sqlite_connection(tmp_path / "ledger.db", create=True)
    assert made.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    made.close()


def test_a_run_that_publishes_meanwhile_is_no_damage(ledger):
    release(ledger, "first", "2020-01-10", GOOD)
    looking = damage(ledger)
    assert [next(looking)[1], next(looking)[1]] == ["", ""]
    release(ledger, "second", "2020-02-10", {**GOOD, ("T", "2019"): "11", ("X", "2019"): "7"})
    assert [one for one in looking if one[1]] == []


def test_nothing_updates_or_deletes_a_row():
    sources = Path(db.__file__).parent
    for path in sources.rglob("*.py"):
        words = path.read_text().upper()
        assert "DELETE FROM" not in words, path
        assert "UPDATE " not in words.replace("NO ROW IS EVER UPDATED", ""), path


def test_several_processes_may_make_the_same_ledger_at_once(database):
    def make() -> str:
        with Ledger.open(database, create=True) as ledger, ledger.reading() as conn:
            return conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one()

    assert at_once(make, make, make) == [SCHEMAS[-1]] * 3


def test_a_ledger_that_is_opened_twice_keeps_its_locks(tmp_path):
    """POSIX: who closes a file lets go of all locks of its process. The next writer then removed the log in use."""
    path = tmp_path / "ledger.db"
    write = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA user_version = 7'); c.close()"
    Ledger.open(f"sqlite:///{path}", create=True).close()
    with Ledger.open(f"sqlite:///{path}", create=False) as one, one.reading() as conn:
        Ledger.open(f"sqlite:///{path}", create=False).close()
        assert conn.execute(text("PRAGMA user_version")).scalar() == 0
        subprocess.run([sys.executable, "-c", write, str(path)], check=True)
        assert path.with_name("ledger.db-wal").exists()
