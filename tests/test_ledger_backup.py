"""A backup of a ledger in use: whole, verified, under a name of its own; and the copy kept before a migration."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from ledgers import release
from test_cli_reading import FIRST, keep, keep_three, rows
from test_ledger_places import GOOD

from cli.main import run
from schemas.errors import LedgerError
from storage import backup as copies
from storage.archive import Archive
from storage.database import schema as db
from storage.ledger import Ledger

OLD = Path(__file__).parent / "released_schemas" / f"{db.SCHEMAS[-2]}.db"
READING = (["show", "--with-held"], ["revisions"], ["findings", "--all"], ["review"], ["runs"], ["documents"])


@pytest.fixture
def kept(home: Path, once: Callable[..., Path]) -> Path:
    return once(home, keep_three)


def test_a_ledger_in_use_is_copied_and_restored(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    true, target = [rows(capsys, *command) for command in READING], tmp_path / "copy.tar"
    with sqlite3.connect(kept / "ledger.db", isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM version")  # what is not committed is not in it, and nobody waits for it
        assert run(["backup", str(target)]) == 0
        writer.execute("ROLLBACK")
    writer.close()
    assert "the ledger and 3 documents, read back and verified" in capsys.readouterr().out
    assert stat.filemode(target.stat().st_mode) == "-rw-------"
    keep("table", FIRST.replace("2020", "2024"))
    restored = tmp_path / "restored"
    restored.mkdir()
    with tarfile.open(target) as tar:
        tar.extractall(restored, filter="data")
    monkeypatch.setenv("TRADELEDGER_HOME", str(restored))
    assert [rows(capsys, *command) for command in READING] == true
    assert run(["verify"]) == 0
    assert keep("table", FIRST).run.outcome == "unchanged"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.tar", "home", "restored"]


def test_a_backup_takes_no_other_files_place(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "copy.tar"
    target.write_bytes(b"last week's")
    assert run(["backup", str(target)]) == 2
    assert "exists" in capsys.readouterr().err
    assert target.read_bytes() == b"last week's"
    assert run(["backup", str(tmp_path / "none" / "copy.tar")]) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_a_damaged_document_is_left_out_and_said(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (first, *_) = sorted(kept.rglob("*.zlib"))
    first.write_bytes(b"nothing compressed")
    assert run(["backup", str(tmp_path / "copy.tar")]) == 1
    seen = capsys.readouterr()
    assert f"left out: document {first.stem} is damaged" in seen.err
    assert "2 documents" in seen.out


def test_a_damaged_ledger_is_not_copied(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(kept / "ledger.db") as conn:
        conn.execute("UPDATE version SET mantissa = mantissa + 1 WHERE mantissa = 9989")
    conn.close()
    assert run(["backup", str(tmp_path / "copy.tar")]) == 1
    assert "the ledger is damaged, and no copy was made: version" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_what_does_not_read_back_gets_no_name(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(tar: tarfile.TarFile, name: str, stream: object, size: int) -> None:
        """A disk that lost what it was given."""

    monkeypatch.setattr(copies, "_add", short)
    with (
        Ledger.open(f"sqlite:///{kept / 'ledger.db'}", create=False) as ledger,
        pytest.raises(LedgerError, match="read back"),
    ):
        copies.backup(ledger, Archive(kept / "documents"), tmp_path / "copy.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


@pytest.mark.postgres
def test_of_postgres_the_documents_are_copied_and_the_way_out_is_said(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledger_fixtures import server

    monkeypatch.setenv("TRADELEDGER_DATABASE_URL", server().database())
    keep("table", FIRST)
    assert run(["backup", str(tmp_path / "copy.tar")]) == 0
    seen = capsys.readouterr()
    assert "1 documents" in seen.out
    assert "pg_dump" in seen.err
    with tarfile.open(tmp_path / "copy.tar") as tar:
        assert [name for name in tar.getnames() if name.endswith((".zlib", ".db"))] == [
            f"documents/{sha[:2]}/{sha}.zlib" for sha in Archive(home / "documents").hashes()
        ]


def test_before_a_migration_a_copy_is_kept_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, before = tmp_path / "ledger.db", f"ledger.schema-{OLD.stem}"
    for names in ([f"{before}.db"], [f"{before}.db", f"{before}-2.db"]):
        shutil.copy(OLD, path)
        capsys.readouterr()
        with Ledger.open(f"sqlite:///{path}", create=True) as ledger:
            release(ledger, "more", "2020-05-10", GOOD)
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert names[-1] in said
        assert sorted(one.name for one in tmp_path.iterdir()) == sorted([*names, "ledger.db"])
        with sqlite3.connect(tmp_path / names[-1]) as conn:
            assert conn.execute("SELECT version_num FROM alembic_version").fetchone() == (OLD.stem,)
        conn.close()
    Ledger.open(f"sqlite:///{path}", create=True).close()
    assert capsys.readouterr().err == ""
