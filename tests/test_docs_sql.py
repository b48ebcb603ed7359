"""docs/sql.md: its tables are the views, and every query in it runs as it stands, on both databases."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ledgers import release
from test_ledger_places import GOOD
from views_say import AS_OF, BOTH, RELEASED_BY, asked

from storage import views
from storage.ledger import Ledger

PAGE = (Path(__file__).resolve().parent.parent / "docs/sql.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


def test_columns_are_the_same_ones_on_both():
    """The page is written from those of SQLite (tests/test_docs.py)."""
    told = [
        [(view.name, one.name, one.kind, one.about) for view in views.views(sqlite=both) for one in view.columns]
        for both in (True, False)
    ]
    assert told[0] == told[1]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: " ".join(query.split())[:40])
def test_every_query_runs(ledger, query):
    release(ledger, "first", "2020-01-10", GOOD)
    asked(ledger, query)


def test_queries_by_instant_and_day_are_those_that_are_compared_with_commands():
    at, day = "2022-07-07T23:59:59.999999Z", "2022-07-07"
    said = [" ".join(query.split()) for query in QUERIES]
    compared = (f"SELECT * FROM vintages WHERE {one}".format(at=at, day=day) for one in (AS_OF, RELEASED_BY))
    assert {*compared} < {*said}
    assert " ".join(BOTH.format(at=at, day=day).split()).replace("( ", "(") in {one.replace("( ", "(") for one in said}


@pytest.mark.postgres
def test_a_role_that_only_reads_reads_the_views_of_the_next_version_too():
    """As docs/howto/postgresql.md gives it its rights, which views that are made anew would be without."""
    import psycopg
    from ledger_fixtures import server

    page = (Path(__file__).resolve().parent.parent / "docs/howto/postgresql.md").read_text(encoding="utf-8")
    url = server().database()
    with Ledger.open(url, create=True) as ledger, psycopg.connect(url, autocommit=True) as conn:
        conn.execute(page.split("```sql\n")[1].split("```")[0])
        with ledger.engine.begin() as owner:
            views.drop(owner)
            views.make(owner)
        conn.execute("SET ROLE analyst")
        assert conn.execute("SELECT count(*) FROM figures").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("DELETE FROM run")
