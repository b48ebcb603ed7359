"""What a view is: its columns, each with what it means, and the rows it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: Kind of a column → its type on SQLite, where a column of a view has none unless it is cast.
KINDS: Final = {
    "text": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "boolean": "INTEGER",
    "date": "TEXT",
    "instant": "TEXT",
}


@dataclass(frozen=True)
class Column:
    """A column: SQL of it, for a person what it means; ``refers`` is the view and column that it is a key of."""

    name: str
    expression: str
    about: str
    kind: str = "text"
    refers: str = ""

    def selected(self, *, sqlite: bool) -> str:
        """The column in the list of a SELECT; one of a table stays bare, so that its index is seen."""
        plain = self.expression.replace(".", "").replace("_", "").isalnum()
        cast = self.expression if plain or not sqlite else f"CAST({self.expression} AS {KINDS[self.kind]})"
        return f'{cast} AS "{self.name}"'


@dataclass(frozen=True)
class View:
    """A view: for a person what its rows are; ``rows`` is SQL from FROM on."""

    name: str
    about: str
    columns: Sequence[Column]
    rows: str

    def sql(self, *, sqlite: bool) -> str:
        """The statement that makes it."""
        listed = ",\n  ".join(column.selected(sqlite=sqlite) for column in self.columns)
        return f'CREATE VIEW "{self.name}" AS\nSELECT\n  {listed}\n{self.rows}'
