"""The tidy form as a Pandera schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandera.pandas as pa


def tidy_schema() -> pa.DataFrameSchema:
    """A Pandera schema of a frame in the tidy form (``docs/tidy-csv.md``), all of whose values are texts.

    ``tidy_schema().validate(frame, lazy=True)`` in a pipeline of your own says what ``check`` would say of each column;
    its errors are those of Pandera. `tradeledger schema` writes the same as JSON Schema, for programs without Python.
    """
    from sources.shared.tables.schema import pandera_schema

    return pandera_schema()
