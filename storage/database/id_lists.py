"""A list of ids as one bound parameter, on both databases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from storage.database.connection import is_sqlite

if TYPE_CHECKING:
    from numpy.typing import NDArray


def id_list(conn: Connection, name: str) -> str:
    """SQL that yields the ids bound as ``:name`` by ``id_value``."""
    if is_sqlite(conn):
        return f"(SELECT value FROM json_each(:{name}))"  # noqa: S608 - the name of a parameter
    return f"(SELECT unnest(CAST(:{name} AS bigint[])))"


def id_value(conn: Connection, values: NDArray[Any] | Sequence[int]) -> Any:
    """What to bind for ``id_list``."""
    listed: list[int] = list(values) if isinstance(values, Sequence) else values.tolist()
    return json.dumps(listed) if is_sqlite(conn) else listed
