"""Figures as Parquet, written by DuckDB; every figure a decimal string, as everywhere: a double would round it."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from cli.formats.output import Row
from schemas.extras import need

#: Columns that are no text.
TYPES: Final = {"run": "BIGINT", "accepted": "BOOLEAN"}


def write(rows: Iterable[Row], fields: Sequence[str], stream: BinaryIO) -> None:
    """The ``fields`` of each row, "" as null. By way of a file of lines, so that memory does not grow with the rows."""
    duckdb = need("duckdb", "parquet", "Parquet")

    with tempfile.TemporaryDirectory(prefix="tradeledger-") as folder:
        lines, target = Path(folder) / "lines.csv", Path(folder) / "figures.parquet"
        with lines.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(fields)
            writer.writerows([row[name] for name in fields] for row in rows)
        columns = "{" + ", ".join(f"'{name}': '{TYPES.get(name, 'VARCHAR')}'" for name in fields) + "}"
        with duckdb.connect() as database:
            database.execute(
                f"COPY (SELECT * FROM read_csv(?, header=true, auto_detect=false, delim=',', quote='\"', escape='\"', "  # noqa: S608
                f"nullstr='', columns={columns})) TO '{_quoted(target)}' (FORMAT parquet, COMPRESSION zstd)",
                [str(lines)],
            )
        with target.open("rb") as whole:
            shutil.copyfileobj(whole, stream)


def _quoted(path: Path) -> str:
    """A path inside a literal of SQL: COPY takes no parameter there."""
    return str(path).replace("'", "''")
