"""Where a ledger is kept: schemas, wrong places and damaged bytes, each one line, and nothing written."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from schemas.errors import LedgerError
from storage.database.connection import make_engine
from storage.database.models import METADATA
from storage.database.place import parse_url
from storage.database.schema import SCHEMAS, migrate
from storage.ledger import Ledger


def refused(url: str, said: str, *, create: bool = True) -> None:
    with pytest.raises(LedgerError, match=said) as error:
        Ledger.open(url, create=create)
    assert "\n" not in str(error.value)


def run_sql(url: str, statement: str) -> None:
    engine = make_engine(parse_url(url), create=False)
    with engine.execution_options(ledger_write=True).begin() as conn:
        conn.execute(text(statement))
    engine.dispose()


def test_migrations_make_what_the_models_say(ledger: Ledger) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with ledger.engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), METADATA) == []
        assert MigrationContext.configure(conn).get_current_revision() == SCHEMAS[-1]


def test_migrating_again_changes_nothing(ledger: Ledger) -> None:
    migrate(ledger.engine, ledger.url)
    Ledger.open(str(ledger.url), create=True).close()
    with ledger.reading() as conn:
        assert conn.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


def test_a_newer_schema_is_left_alone(ledger: Ledger) -> None:
    run_sql(str(ledger.url), "UPDATE alembic_version SET version_num = '9999'")
    for create in (True, False):
        refused(str(ledger.url), r"schema 9999.*newer", create=create)
    with ledger.reading() as conn:
        assert conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"


def test_tables_of_somebody_else_are_left_alone(ledger: Ledger) -> None:
    run_sql(str(ledger.url), "DROP TABLE alembic_version")
    for create in (True, False):
        refused(str(ledger.url), "no ledger", create=create)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "cannot be read"),
        ("mysql://host/name", "no place for a ledger"),
        ("sqlite://", "no place for a ledger"),
        ("sqlite:///:memory:", "no place for a ledger"),
        ("postgresql://nobody:secret@127.0.0.1:1/none", "no connection"),
    ],
)
def test_a_wrong_url_is_one_line_without_password(url: str, said: str) -> None:
    with pytest.raises(LedgerError, match=said) as error:
        Ledger.open(url, create=True)
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)


def test_reading_makes_nothing(tmp_path: Path) -> None:
    refused(f"sqlite:///{tmp_path}/none/ledger.db", "no ledger at", create=False)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("create", [True, False])
def test_what_is_no_database_is_one_line(tmp_path: Path, create: bool) -> None:
    notes, broken = tmp_path / "notes.txt", tmp_path / "broken.db"
    notes.write_text("these are my notes, no database")
    Ledger.open(f"sqlite:///{broken}", create=True).close()
    content = bytearray(broken.read_bytes())
    content[100:4096] = b"\xa5" * 3996
    broken.write_bytes(content)
    refused(f"sqlite:///{tmp_path}", "is a folder", create=create)
    refused(f"sqlite:///{notes}", "is not a database", create=create)
    refused(f"sqlite:///{broken}", "damaged", create=create)
    assert notes.read_text() == "these are my notes, no database"
    assert broken.read_bytes() == bytes(content)


@pytest.mark.parametrize("create", [True, False])
def test_somebody_elses_file_is_left_alone(tmp_path: Path, create: bool) -> None:
    path = tmp_path / "photos.db"
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE photos (id INTEGER)")
    conn.close()
    before = path.read_bytes()
    refused(f"sqlite:///{path}", "'photos'", create=create)
    assert path.read_bytes() == before
