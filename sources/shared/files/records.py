"""Records, JSON and Parquet: their keys are headings; of numbers the last zeros are lost."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from schemas.documents import Document
from schemas.errors import ParseError
from schemas.extras import need
from sources.shared.files.grids import MOST, Grid, of_rows
from sources.shared.sniff import read_json

#: Types of Parquet that print as they are held.
_EXACT: Final = ("VARCHAR", "DECIMAL", "DATE", "TIMESTAMP", "BOOLEAN", "ENUM")


class _Number(str):
    """A number of JSON as the text it came as."""

    __slots__ = ()


def read_records(document: Document, content: bytes) -> Grid:
    """The one list of flat objects in a JSON document. Raises ParseError where there is none, or several."""
    answer = read_json(content, document.name, exact=_Number)
    lists = [answer] if isinstance(answer, list) else list(_lists(answer))
    found = [one for one in lists if one and all(isinstance(row, dict) for row in one)]
    if len(found) != 1:
        seen = f"{len(found)} lists of objects" if found else "no list of objects"
        raise ParseError(f"{document.name} is JSON with {seen}, expected one, of a figure or a period each")
    rows: list[dict[str, Any]] = found[0]
    names = list(dict.fromkeys(name for row in rows for name in row))
    if nested := [name for name in names if any(isinstance(row.get(name), dict | list) for row in rows)]:
        rows = [_flat(row) for row in rows]
        names = list(dict.fromkeys(name for row in rows for name in row))
        if any(isinstance(value, list) for row in rows for value in row.values()):
            raise ParseError(f"{document.name}: {nested[0]!r} of its objects holds a list, expected texts and numbers")
    texts = of_rows([names, *([_text(row.get(name)) for name in names] for row in rows)])
    loose = np.zeros(texts.shape, dtype=bool)
    for at, row in enumerate(rows, 1):
        loose[at] = [isinstance(row.get(name), _Number) for name in names]
    return Grid(texts, first=0, kind="records", loose=loose)


def _lists(answer: object) -> list[list[Any]]:
    return [one for one in answer.values() if isinstance(one, list)] if isinstance(answer, dict) else []


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """An object within one by its name or code: ``{"country": {"id": "FR", "value": "France"}}``."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{name} {key}" if key not in ("value", "name") else name: text for key, text in value.items()}
        else:
            flat[name] = value
    return flat


def _text(value: object) -> str:
    return "" if value is None else str(value)


def read_parquet(document: Document, content: bytes) -> Grid:
    """The columns of a Parquet file."""
    duckdb = need("duckdb", "parquet", "a Parquet file")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        path.write_bytes(content)
        try:
            with duckdb.connect() as connection:
                table = connection.read_parquet(str(path))
                names, types = list(table.columns), [str(one) for one in table.types]
                if table.shape[0] * max(len(names), 1) > MOST:
                    raise ParseError(
                        f"{document.name}: {table.shape[0]} rows of {len(names)} cells are too many: refused"
                    )
                columns = ", ".join(f'CAST("{name.replace(chr(34), chr(34) * 2)}" AS VARCHAR)' for name in names)
                rows = table.project(columns).fetchall()
        except duckdb.Error as exc:
            raise ParseError(f"{document.name} is a damaged Parquet file: {str(exc).splitlines()[0]}") from exc
    texts = of_rows([names, *([one or "" for one in row] for row in rows)])
    loose = np.zeros(texts.shape, dtype=bool)
    loose[1:] = [not kind.startswith(_EXACT) for kind in types]
    return Grid(texts, first=0, kind="records", loose=loose)
