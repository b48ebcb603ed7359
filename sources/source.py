"""What a source is: a description, what to ask, and a pure ``parse`` from the bytes of a document to readings.

Light: source modules import pandas only inside ``parse``, so that ``tradeledger sources`` starts at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from schemas.datasets import Dataset

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Document:
    """The bytes a source answered with, and how they came. ``released`` is what the caller knows (``--released``)."""

    source: str
    content: bytes
    name: str
    url: str = ""
    media_type: str = ""
    fetched_at: datetime | None = None
    released: str = ""
    released_not_after: bool = False  # a live fetch without a date: the day it was fetched
    etag: str = ""
    last_modified: str = ""

    @cached_property
    def sha256(self) -> str:
        """The key of the document, for ever."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Unreadable:
    """A figure that could not be read: where it stands, what was seen, what was expected."""

    position: str
    seen: str
    expected: str
    document: str = ""
    dataset: str = ""

    def __str__(self) -> str:
        return f"{self.position}: {self.expected if not self.seen else f'{self.seen!r}: {self.expected}'}"


@dataclass(frozen=True)
class Notice:
    """Something wrong with the document itself (unit, shape, coverage): it holds all of it."""

    rule: str
    sentence: str
    position: str = ""


@dataclass(frozen=True)
class Parsed:
    """What a parser returns: a frame of ``schemas.observations.READING_COLUMNS``, and what it could not read."""

    readings: pd.DataFrame
    unreadable: Sequence[Unreadable] = ()
    notices: Sequence[Notice] = ()


@dataclass(frozen=True)
class Request:
    """One thing to ask of a source: an address below its base, with parameters."""

    url: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """One published product of one agency."""

    id: str
    title: str
    publisher: str
    licence: str
    landing_page: str
    cadence: str  # when the agency publishes, in words
    datasets: tuple[Dataset, ...]
    parse: Callable[[Document], Parsed]
    requests: Callable[[date | None], Iterable[Request]] | None = None  # None: fed by hand or bundled
    bundled: Callable[[], Iterable[Document]] | None = None
    base_url: str = ""
    parser_version: int = 1
    expected_rows: tuple[int, int | None] = (1, None)
