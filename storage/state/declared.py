"""What persons declared of datasets of their own: by which declarations a run judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from storage.database.connection import tuples
from storage.database.inserts import insert

#: The row that is in force, of each dataset.
LAST: Final = """
    SELECT d.dataset, d.said FROM declaration d
    WHERE d.run = (SELECT max(e.run) FROM declaration e WHERE e.dataset = d.dataset)
"""


def declared(conn: Connection) -> dict[str, str]:
    """What was declared last, by dataset; of those of which something is."""
    return {str(dataset): str(said) for dataset, said in tuples(conn, LAST) if said}


def keep_declared(conn: Connection, run: int, said: Mapping[str, str]) -> None:
    """Record what is declared from this run on, where it is another thing than before; "" is nothing."""
    before = declared(conn)
    rows = [(name, run, text) for name, text in sorted(said.items()) if text != before.get(name, "")]
    if rows:
        insert(conn, "declaration", ("dataset", "run", "said"), rows)
