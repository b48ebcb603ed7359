"""How documents of a person's own were read: the map in force of each is the last one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

from storage.database.inserts import insert

#: The map in force of a document ``d``, NULL for none.
LAST: Final = """
    (SELECT m.said FROM reading_map m WHERE m.document = d.id
     AND m.run = (SELECT max(n.run) FROM reading_map n WHERE n.document = d.id))
"""


def keep_maps(conn: Connection, run: int, maps: Mapping[str, str], documents: Mapping[str, int]) -> None:
    """Record how documents (SHA-256 → id) were read, where that is another way than before."""
    query = text(f"SELECT {LAST} FROM document d WHERE d.id = :id")  # noqa: S608 - fixed words
    new = [(documents[sha], run, said) for sha, said in sorted(maps.items()) if sha in documents]
    rows = [row for row in new if conn.execute(query, {"id": row[0]}).scalar() != row[2]]
    if rows:
        insert(conn, "reading_map", ("document", "run", "said"), rows)
