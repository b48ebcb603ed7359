"""Bytes damaged on purpose, at random positions: reported in one line, never taken for what a source said."""

from __future__ import annotations

import json
import random
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from archives import lies
from hypothesis import given
from hypothesis import strategies as st
from test_cli_reading import keep_three, rows

from cli.main import run
from schemas.errors import LedgerError
from storage.archive import Archive
from tests.demands import HEAVY

READING = (["show"], ["show", "--trace"], ["revisions"], ["findings", "--all"], ["runs"], ["documents"], ["review"])


@given(
    size=st.integers(0, 3000),
    at=st.integers(0, 10**6),
    put=st.binary(max_size=40),
    cut=st.integers(0, 40),
)
def test_a_document_is_what_it_was_or_reported(size: int, at: int, put: bytes, cut: int) -> None:
    """Some bytes overwritten, put in or taken out anywhere; putting the document again heals it."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(Path(folder))
        content = random.Random(size).choices(b"0123456789,.\n", k=size)
        sha = archive.put(bytes(content))
        whole = lies(archive, sha).read_bytes()
        place = at % (len(whole) + 1)
        lies(archive, sha).write_bytes(whole[:place] + put + whole[place + cut :])
        try:
            assert archive.get(sha) == bytes(content)
        except LedgerError as exc:
            said = str(exc)
            assert lies(archive, sha).read_bytes() != whole
            assert sha in said
            assert "\n" not in said
        assert archive.put(bytes(content)) == sha
        assert archive.get(sha) == bytes(content)


@pytest.fixture
def kept(home: Path, once: Callable[..., Path]) -> Path:
    """The database of a ledger with revisions and a held block, at rest."""
    path = once(home, keep_three) / "ledger.db"
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    return path


def test_reading_a_damaged_database_is_one_line(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run of bytes overwritten somewhere where something stood."""
    with sqlite3.connect(kept) as conn:  # the views are nearly all of a small ledger: there each command would find it
        for (view,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
            conn.execute(f"DROP VIEW {view}")
    conn.execute("VACUUM")
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    chance, whole, outcomes = random.Random(7), kept.read_bytes(), Counter[str]()
    used = [at for at in range(100, len(whole) - 200) if whole[at]]
    for number in range(40 if HEAVY else 15):
        content = bytearray(whole)
        at, length = chance.choice(used), chance.choice((1, 8, 64, 200))
        content[at : at + length] = chance.randbytes(length)
        kept.write_bytes(content)
        for command in READING if HEAVY else [READING[number % len(READING)], READING[0]]:
            capsys.readouterr()
            status = run(command)
            seen = capsys.readouterr()
            outcomes["reported" if status else "answered"] += 1
            assert status in (0, 1)
            assert "Traceback" not in seen.out + seen.err
            assert status == 0 or seen.err.count("\n") == 1, seen.err
        for more in kept.parent.glob("ledger.db-*"):
            more.unlink()
    kept.write_bytes(whole)
    assert outcomes["reported"] > 2, outcomes
    assert outcomes["answered"] > 2, outcomes
    assert len(rows(capsys, "show")) == 3


def _verified(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    """Exit status of ``verify``, and what it says of each damaged part."""
    capsys.readouterr()
    status = run(["verify", "--format", "json"])
    seen = capsys.readouterr()
    assert "Traceback" not in seen.err
    assert "unexpected" not in seen.err
    rows = json.loads(seen.out) if seen.out else [{"part": "", "state": "damaged", "sentence": seen.err}]
    return status, {row["part"]: row["sentence"] for row in rows if row["state"] == "damaged"}


def test_no_bit_flips_unseen(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One bit flipped anywhere: either verify says so, or every answer is what it was."""
    chance, whole = random.Random(11), kept.read_bytes()
    used = [at for at in range(100, len(whole)) if whole[at]]
    true = [rows(capsys, *command) for command in READING]
    assert _verified(capsys) == (0, {})
    reported = 0
    for _ in range(300 if HEAVY else 40):
        content = bytearray(whole)
        content[chance.choice(used)] ^= 1 << chance.randrange(8)
        kept.write_bytes(content)
        status, damaged = _verified(capsys)
        assert status == (1 if damaged else 0)
        reported += status
        if not damaged:
            assert [rows(capsys, *command) for command in READING] == true
        for more in kept.parent.glob("ledger.db-*"):
            more.unlink()
    assert reported > 10


@pytest.mark.parametrize(
    ("sql", "part", "said"),
    [
        ("UPDATE version SET mantissa = mantissa + 1 WHERE mantissa = 9989", "version", "not what was written"),
        ("UPDATE period SET text = '2018' WHERE text = '2019'", "period", "among 1 rows something is not"),
        ("DELETE FROM held_figure WHERE number = 0", "held_figure", "rows, expected the"),
        ("DROP TABLE unreadable", "database", "its tables are not those of a ledger: ('add_table'"),
        ("ALTER TABLE held_end RENAME why TO wHz", "database", "its tables are not those of a ledger: ('add_column'"),
        ("DROP INDEX finding_dataset", "database", "its tables are not those of a ledger: ('add_index'"),
        ("UPDATE document SET released_not_after = 1 - released_not_after", "document", "not what was written"),
    ],
)
def test_verify_says_which_table(
    kept: Path, capsys: pytest.CaptureFixture[str], sql: str, part: str, said: str
) -> None:
    with sqlite3.connect(kept) as conn:
        conn.execute(sql)
    conn.close()
    status, damaged = _verified(capsys)
    assert status == 1
    assert next(iter(damaged)) == part
    assert said in damaged[part]


@pytest.mark.parametrize("table", ["document", "run", "finding", "held_block", "period", "series", "printing"])
def test_a_row_that_lost_its_place_is_one_line(kept: Path, capsys: pytest.CaptureFixture[str], table: str) -> None:
    """The pointer to a cell of a page flipped to nowhere: SQLite answers with a row of nothing, whatever is asked."""
    with sqlite3.connect(kept) as conn:
        (page,) = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchone()
        (size,) = conn.execute("PRAGMA page_size").fetchone()
    conn.close()
    content = bytearray(kept.read_bytes())
    content[(page - 1) * size + 8 : (page - 1) * size + 10] = bytes(2)
    kept.write_bytes(content)
    status, damaged = _verified(capsys)
    assert status == 1
    assert {table, "database"} & set(damaged)
    for command in (*READING, ["export"], ["show", "--implied"], ["findings", "--history", "--all"]):
        status = run(command)
        seen = capsys.readouterr()
        assert status in (0, 1)
        assert "unexpected" not in seen.err
        assert status == 0 or (seen.err.count("\n") == 1 and "damaged" in seen.err), seen.err


def test_verify_names_a_damaged_document(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole, cut = sorted(kept.parent.glob("documents/*/*.zlib"))[:2]
    cut.write_bytes(cut.read_bytes()[:-3])
    status, damaged = _verified(capsys)
    assert status == 1
    assert list(damaged) == ["documents"]
    assert cut.stem in damaged["documents"]
    assert whole.stem not in damaged["documents"]


def test_a_figure_damaged_in_the_database_is_found_in_its_document(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """SQLite cannot know a figure that became another one; reading the kept documents again shows it and heals it."""
    true = [row["value"] for row in rows(capsys, "show")]
    before = kept.read_bytes()
    with sqlite3.connect(kept) as conn:
        (changed,) = conn.execute("UPDATE version SET mantissa = mantissa + 2 WHERE mantissa = 9989 RETURNING released")
    conn.close()
    assert kept.read_bytes() != before
    capsys.readouterr()
    assert run(["reparse"]) == 0
    seen = capsys.readouterr()
    assert "99.89" in seen.out
    assert "99.91" in seen.out
    assert run(["reparse", "--yes"]) in (0, 3)
    capsys.readouterr()
    assert [row["value"] for row in rows(capsys, "show", "--released-by", "2020-12-31", "--flow", "X")] == [
        "99890000000"
    ]
    assert [row["value"] for row in rows(capsys, "show")] == true
    assert changed
    assert run(["reparse"]) == 0
    assert "no figure would change" in capsys.readouterr().err
