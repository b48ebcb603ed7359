"""Whose figures they are: what an export says of each source that occurs in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from cli.formats.output import Row

#: What is said of a source.
FIELDS: Final = ("id", "title", "publisher", "licence", "landing_page")


class Noted:
    """Rows as they come, counted; from which ``sources`` they are."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.number, self.sources = 0, set[str]()
        self._rows = rows

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.number += 1
            self.sources.add(row["source"])
            yield row

    def cited(self) -> list[Row]:
        """The sources of the rows so far."""
        return cited(self.sources)


def cited(sources: Iterable[str]) -> list[Row]:
    """The sources of these ids, in order; of one that is no more only the id is known."""
    from sources.registry import load_sources

    known = load_sources()
    return [{name: getattr(known.get(one), name, "") for name in FIELDS} | {"id": one} for one in sorted(set(sources))]


def dataset_titles() -> dict[str, str]:
    """What the declared datasets are called."""
    from sources.registry import load_sources

    return {one.id: one.title for source in load_sources().values() for one in source.datasets}
