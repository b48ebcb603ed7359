"""Making the views of this version, and dropping those of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import Connection, inspect

from schemas.errors import LedgerError
from storage.database.connection import is_sqlite, tuples
from storage.encoding.sql import Sql
from storage.views import deciding, figures, findings, records, revisions
from storage.views.definitions import Column, View

_MADE: Final[Sequence[Callable[[Sql], View]]] = (
    *(figures.figures, figures.vintages, revisions.revisions),
    *(findings.findings, findings.cases, deciding.held, deciding.decisions),
    *(records.runs, records.documents, records.datasets),
)
#: Where SQLite, which keeps no comments, and whoever asks in SQL, finds what columns mean.
_DESCRIBED: Final = "view_columns"


def views(*, sqlite: bool) -> list[View]:
    """All views of the contract, and that of their descriptions."""
    found = [one(Sql(sqlite=sqlite)) for one in _MADE]
    return [*found, _descriptions(found)]


def _descriptions(described: Sequence[View]) -> View:
    columns = (
        Column("view", "c.v", "a view"),
        Column("number", "c.n", "the place of the column, from 1", "integer"),
        Column("name", "c.name", "the name of the column"),
        Column("kind", "c.kind", "text, integer, number, boolean, date or instant"),
        Column("refers", "c.refers", "the column of a view whose rows it names, NULL for none"),
        Column("description", "c.about", "what it means"),
    )
    about = "What the columns of the views mean."
    of = [*described, View(_DESCRIBED, about, columns, "")]
    rows = [
        ", ".join((_quoted(view.name), str(at), *map(_quoted, (one.name, one.kind, one.refers, one.about))))
        for view in of
        for at, one in enumerate(view.columns, start=1)
    ]
    names = ("v", "n", "name", "kind", "refers", "about")
    nothing = ", ".join(f"{0 if name == 'n' else repr('')} AS {name}" for name in names)
    listed = "\n  UNION ALL SELECT ".join([f"{nothing} WHERE 1 = 0", *rows])
    return View(_DESCRIBED, about, columns, f"FROM (SELECT {listed}) c")


def _quoted(words: str) -> str:
    return "NULL" if not words else "'" + words.replace("'", "''") + "'"


def drop(conn: Connection) -> None:
    """Drop the views of whatever version made them, so that tables may change."""
    if _DESCRIBED not in inspect(conn).get_view_names():
        return
    ours = {row[0] for row in tuples(conn, f"SELECT DISTINCT view FROM {_DESCRIBED}")}  # noqa: S608 - a fixed name
    listed = [f'"{name}"' for name in sorted(ours)]
    for some in listed if is_sqlite(conn) else [", ".join(listed)]:  # together, as one may be made of another
        _execute(conn, f"DROP VIEW {some}")


def make(conn: Connection) -> None:
    """Make the views of this version; raises LedgerError where a name is taken."""
    inspected = inspect(conn)
    taken = {*inspected.get_table_names(), *inspected.get_view_names()}
    for view in views(sqlite=is_sqlite(conn)):
        if view.name in taken:
            raise LedgerError(
                f"the ledger has a table or view {view.name!r} that is not ours, where a view of the ledger is to be: "
                "give it another name"
            )
        _execute(conn, view.sql(sqlite=is_sqlite(conn)))
        if not is_sqlite(conn):
            _execute(conn, f'COMMENT ON VIEW "{view.name}" IS {_quoted(view.about)}')
            for one in view.columns:
                _execute(conn, f'COMMENT ON COLUMN "{view.name}"."{one.name}" IS {_quoted(one.about)}')


def _execute(conn: Connection, statement: str) -> None:
    """As it stands: to SQLAlchemy a colon is a parameter."""
    cursor = conn.connection.cursor()
    cursor.execute(statement)
    cursor.close()
