"""A home is its owner's alone; what is not yet whole is cleared once its writer is gone; unreadable is not damaged."""

from __future__ import annotations

import grp
import json
import os
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from test_cli_reading import FIRST, SECOND, keep

from cli.formats.files import whole_file as for_people
from cli.main import run
from schemas.errors import LedgerError, LedgerUnreadable, SettingsError
from storage import private
from storage.archive import Archive
from storage.database.failures import translated
from storage.ledger import Ledger


def modes(folder: Path) -> dict[str, str]:
    """Path → modes of a folder and all that is in it; those of folders begin with d."""
    return {str(path.relative_to(folder)): stat.filemode(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}


def with_log(home: Path) -> dict[str, str]:
    """The modes of a home while its ledger is open, so that the log beside it is there."""
    Ledger.open(f"sqlite:///{home / 'ledger.db'}", create=True).close()
    with sqlite3.connect(home / "ledger.db") as conn:
        conn.execute("SELECT count(*) FROM run").fetchall()
        found = modes(home)
    conn.close()
    assert {"ledger.db", "ledger.db-wal", "ledger.db-shm", "documents"} < set(found)
    return found


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
@pytest.mark.parametrize(
    ("group", "folders", "files"), [("", "drwx------", "-rw-------"), ("true", "drwxrws---", "-rw-rw----")]
)
def test_a_new_home_is_its_owners_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch, umask: int, group: str, folders: str, files: str
) -> None:
    monkeypatch.setenv("TRADELEDGER_GROUP", group)
    before = os.umask(umask)
    try:
        keep("table", FIRST)
        found = with_log(home)
    finally:
        os.umask(before)
    assert {mode for mode in found.values() if mode.startswith("d")} == {folders}
    assert {mode for mode in found.values() if mode.startswith("-")} == {files}


def test_what_exists_keeps_its_modes(home: Path) -> None:
    before = os.umask(0o022)
    try:
        keep("table", FIRST)
        for path in (home, *home.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        old = modes(home)
        keep("table", SECOND)
    finally:
        os.umask(before)
    now = modes(home)
    assert {name: now[name] for name in old} == old
    assert set(now) - set(old)


def test_a_group_is_named_or_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = grp.getgrgid(os.getgid()).gr_name
    monkeypatch.setenv("TRADELEDGER_GROUP", own)
    private.make_folder(home)
    assert home.stat().st_gid == os.getgid()
    assert stat.filemode(home.stat().st_mode) == "drwxrws---"
    monkeypatch.setenv("TRADELEDGER_GROUP", "nobody-knows-it")
    with pytest.raises(SettingsError, match="TRADELEDGER_GROUP cannot be used: this system has no group"):
        private.make_folder(home / "more")


def test_what_a_killed_run_was_about_to_write_is_cleared_beside_a_running_one(home: Path) -> None:
    sha = Archive(home / "documents").put(b"figures")
    folder = (home / "documents" / sha[:2]).resolve()
    dead = folder / ".part-dead"
    dead.write_bytes(b"half a docu")
    with private.whole_file(folder / "other.zlib") as file:
        file.write(b"being written")
        keep("table", FIRST)
        assert not dead.exists()
        assert len(list(folder.glob(".part-*"))) == 1
    assert (folder / "other.zlib").read_bytes() == b"being written"
    assert not list(home.rglob(".part-*"))


def test_an_export_clears_what_killed_ones_left_of_the_same_file(tmp_path: Path) -> None:
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    left, live = tmp_path / f".figures.csv.{pid}.part", tmp_path / f".figures.csv.{os.getppid()}.part"
    for path in (left, live):
        path.write_bytes(b"half")
    with for_people(tmp_path / "figures.csv") as file:
        file.write(b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [live.name, "figures.csv"]


def refuse(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def no(*_: object, **__: object) -> bytes:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("pathlib.Path.read_bytes", no)


@pytest.mark.parametrize("number", [5, 13])
def test_what_cannot_be_read_is_unreadable_and_not_damaged(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    keep("table", FIRST)
    with monkeypatch.context() as patched:
        refuse(patched, number)
        status = run(["verify", "--format", "json"])
    seen = capsys.readouterr()
    (row,) = [row for row in json.loads(seen.out) if row["state"] != "intact"]
    assert status == 1
    assert row["state"] == "unreadable"
    assert os.strerror(number) in row["sentence"]
    assert "damaged" not in seen.out + seen.err
    assert "1 unreadable" in seen.err


@pytest.mark.parametrize(
    ("said", "unreadable"),
    [("disk I/O error", True), ("unable to open database file", True), ("database disk image is malformed", False)],
)
def test_a_database_that_the_system_does_not_give_out_is_unreadable(said: str, unreadable: bool) -> None:
    url = create_engine("sqlite:////nowhere/ledger.db").url
    with pytest.raises(LedgerError) as error, translated(url):
        raise sqlite3.OperationalError(said)
    assert isinstance(error.value, LedgerUnreadable) is unreadable
    assert ("damaged" in str(error.value)) is not unreadable


def test_documents_that_an_older_ledger_does_not_know_are_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A ledger put back over documents that came after it: their bytes are there, and the way back in is said."""
    keep("table", FIRST)
    old = (home / "ledger.db").read_bytes()
    keep("table", SECOND)
    (newer,) = {path.stem for path in home.rglob("*.zlib")} - {Archive(home / "x").put(FIRST.encode())}
    for path in home.glob("ledger.db*"):
        path.unlink()
    (home / "ledger.db").write_bytes(old)
    assert run(["verify", "--format", "json"]) == 1
    seen = capsys.readouterr()
    assert [row["sentence"][:73] for row in json.loads(seen.out) if row["state"] == "unknown"] == [f"document {newer}"]
    assert "damaged" not in seen.out + seen.err
    assert "ingest" in seen.err
    assert run(["documents", newer, "--extract", "-o", str(home / "back.csv")]) == 0
    assert (home / "back.csv").read_text() == SECOND
