"""Whose figures they are: what an export says of each source that occurs in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cli.formats.output import Row

#: What is said of a source.
FIELDS: Final = ("id", "title", "publisher", "licence", "landing_page")


def cited(sources: Iterable[str]) -> list[Row]:
    """The sources of these ids, in order; of one that is no more only the id is known."""
    from sources.registry import load_sources

    known = load_sources()
    return [{name: getattr(known.get(one), name, "") for name in FIELDS} | {"id": one} for one in sorted(set(sources))]
