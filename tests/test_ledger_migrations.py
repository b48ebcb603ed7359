"""The schema: migrations make what the models say, and a ledger of every schema ever released is brought to today's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from ledgers import batch, collect, release, shown
from sqlalchemy import text
from test_ledger_places import GOOD, fingerprint, refused

from storage import queries
from storage.database import schema as db
from storage.database.connection import make_engine, writing
from storage.database.models import METADATA
from storage.database.place import parse_url
from storage.database.sums import seal
from storage.decisions import decide
from storage.encoding import codes
from storage.ledger import Ledger
from storage.state.accepted import accepted_cells, accepted_releases
from storage.verify import damage

LEDGERS = sorted((Path(__file__).parent / "released_schemas").glob("*.db"))


def test_migrations_make_what_the_models_say(ledger):
    with ledger.reading() as conn:
        migrations = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(migrations, METADATA) == []


def test_the_schemas_named_are_those_of_the_migrations():
    script = ScriptDirectory(str(Path(db.__file__).parent.with_name("migrations")))
    assert tuple(one.revision for one in reversed(list(script.walk_revisions()))) == db.SCHEMAS


def test_a_ledger_of_every_released_schema_is_kept():
    assert tuple(path.stem for path in LEDGERS) == db.SCHEMAS


@pytest.mark.parametrize("path", LEDGERS, ids=lambda path: path.stem)
def test_a_ledger_of_a_released_schema_is_migrated(tmp_path, path):
    copy = tmp_path / "ledger.db"
    copy.write_bytes(path.read_bytes())
    with Ledger.open(f"sqlite:///{copy}", create=True) as ledger:
        assert shown(ledger) == {("T", "2019"): "11", ("X", "2019"): "7", ("M", "2019"): "4"}
        assert [row["state"] for row in queries.held(ledger, all_=True)] == ["held"]
        assert len(list(queries.revisions(ledger))) == 2
        assert release(ledger, "third", "2020-04-10", GOOD).counts["published"] == 2
        assert [one for one in damage(ledger) if one.wrong] == []


def test_an_older_schema_is_not_migrated_by_reading(tmp_path, monkeypatch):
    path = tmp_path / "ledger.db"
    with Ledger.open(f"sqlite:///{path}", create=True):
        pass
    monkeypatch.setattr(db, "SCHEMAS", (*db.SCHEMAS, "9998"))
    before = fingerprint(tmp_path)
    assert "older than 9998: the next tradeledger collect migrates it" in refused(f"sqlite:///{path}", create=False)
    assert fingerprint(tmp_path) == before


def test_compact_tables_have_no_row_id(tmp_path):
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", create=True) as ledger, ledger.reading() as conn:
        made = dict(conn.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")).fetchall())
        assert conn.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    for name in (
        "version",
        "reading",
        "held_figure",
        "held_end",
        "finding_end",
        "dataset_run",
        "digest",
        "accepted_cell",
        "decision_end",
        "contested_cell",
        "finding_case",
        "case_line",
        "declaration",
        "reading_map",
    ):
        assert "WITHOUT ROWID" in made[name]


def accepted_now(ledger: Ledger) -> dict[str, int]:
    """How many cells of each release are accepted."""
    with ledger.reading() as conn:
        return {
            codes.release_text(released): len(accepted_cells(conn, "trade", released))
            for released in accepted_releases(conn, "trade")
        }


def test_what_was_accepted_is_known_after_the_migration(tmp_path):
    """Accepted figures with a row of their own, those that were in force already, and a release that is sound since."""
    bad = {**GOOD, ("T", "2019"): "20"}
    apart = {("T", "2020"): "20", ("X", "2020"): "6", ("M", "2020"): "4"}
    with Ledger.open(f"sqlite:///{tmp_path}/new.db", create=True) as ledger:
        release(ledger, "first", "2020-01-10", GOOD)
        release(ledger, "second", "2020-02-10", bad)
        release(ledger, "third", "2020-03-10", apart)
        for row in list(queries.held(ledger)):
            decide(ledger, row["block"], "accept", why="as printed")
        assert accepted_now(ledger) == {"2020-02-10": 3, "2020-03-10": 3}
        again = batch(("third", "2020-03-10", {**apart, ("X", "2020"): "16"}), version=2)
        collect(ledger, again, kind="reparse")
        assert accepted_now(ledger) == {"2020-02-10": 3, "2020-03-10": 0}
    url = parse_url(f"sqlite:///{tmp_path}/old.db")
    engine = make_engine(url, create=True)
    db.migrate(engine, url, "0002")
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "old.db", isolation_level=None)) as conn:
        conn.execute("ATTACH ? AS new", [str(tmp_path / "new.db")])
        names = [row[0] for row in conn.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
        for name in sorted({*names} - {"alembic_version"}):
            # What has a column or a table of its own since was summed up with it.
            only = (
                " WHERE name NOT IN ('accepted_cell', 'printing', 'finding_case', 'case_line')"
                if name == "digest"
                else ""
            )
            columns = ", ".join(f'"{row[1]}"' for row in conn.execute(f"PRAGMA main.table_info({name})"))
            conn.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM new.{name}{only}")
    engine = make_engine(url, create=True)
    with writing(engine, url) as conn:
        seal(conn, ["printing"])
    engine.dispose()
    with Ledger.open(f"sqlite:///{tmp_path}/old.db", create=True) as ledger:
        assert accepted_now(ledger) == {"2020-02-10": 3}
        assert [one for one in damage(ledger) if one.wrong] == []
