"""Which runs count at an instant."""

from __future__ import annotations

from sqlalchemy import Connection

from storage.database.connection import tuples
from storage.encoding import codes


def last_run(conn: Connection, as_of: str | None) -> int:
    """The last run recorded by ``as_of``."""
    if as_of is None:
        return codes.NO_BOUND
    ((last,),) = tuples(conn, "SELECT max(id) FROM run WHERE recorded_at <= :at", {"at": codes.instant(as_of)})
    return last or 0
