"""Figures as Parquet or Arrow, with decimals and dates; what each column means, and whose figures they are, within."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO, Final

from cli.formats.output import Row
from schemas.extras import need
from schemas.fields import ABOUT

#: Each makes a table of an answer, in whatever thread.
Tables = Iterator[Callable[[], Any]]
#: What any export is.
TITLE: Final = "Published trade figures, with what each was printed with and where it comes from"


def described(schema: Any, sources: Sequence[Row]) -> Any:
    """The schema with what each column means, and under "tradeledger" all that, and the sources, as JSON."""
    arrow = need("pyarrow", "arrow", "Arrow")
    about = {name: ABOUT[name] for name in schema.names}
    said = json.dumps({"title": TITLE, "fields": about, "sources": list(sources)}, ensure_ascii=False)
    fields = [field.with_metadata({"description": about[field.name]}) for field in schema]
    return arrow.schema(fields, metadata={"tradeledger": said})


def write_parquet(schema: Any, tables: Tables, stream: BinaryIO) -> int:
    """Write the tables as they come, compressed by Zstandard; how many rows they have."""
    parquet = need("pyarrow.parquet", "parquet", "Parquet")
    number = 0
    with parquet.ParquetWriter(stream, schema, compression="zstd") as writer, ThreadPoolExecutor(1) as thread:

        def write(table: Callable[[], Any]) -> int:
            made = table().cast(schema)
            writer.write_table(made)
            return len(made)

        written: Future[int] | None = None
        for table in tables:
            number += written.result() if written is not None else 0
            written = thread.submit(write, table)  # the next part is read from the ledger meanwhile
        number += written.result() if written is not None else 0
    return number


def write_arrow(schema: Any, tables: Tables, stream: BinaryIO) -> int:
    """Write an Arrow file (Feather 2), compressed by Zstandard; all rows are in memory, as its words are coded once."""
    arrow, ipc = need("pyarrow", "arrow", "Arrow"), need("pyarrow.ipc", "arrow", "Arrow")
    table = arrow.concat_tables([table() for table in tables]).unify_dictionaries().cast(schema)
    with ipc.new_file(stream, schema, options=ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return len(table)
