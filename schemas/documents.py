"""A document as it came, and what a parser made of it; shared by sources (which read) and storage (which keeps)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from schemas.release_dates import latest_day
from schemas.texts import printable

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Document:
    """The bytes a source answered with, and how they came. ``released`` is what the caller knows (``--released``).

    ``body`` is the bytes, or what reads them where they are kept: then ``digest`` and ``size`` are known without them.
    ``showing`` is the ledger's number of it (``storage.state.showings``), where it is known to be one that is kept; 0
    leaves that to the ledger.
    """

    source: str
    body: bytes | Callable[[], bytes] = field(repr=False)
    name: str
    url: str = ""
    media_type: str = ""
    fetched_at: datetime | None = None
    released: str = ""
    released_not_after: bool = False  # a live fetch without a date: the day it was fetched
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    size: int = -1
    showing: int = 0
    whole: bool = False  # a person says that nothing of it is missing
    declared: tuple[tuple[str, str], ...] = ()  # name and TOML of the file beside it that declares its datasets
    map: str = ""  # how a table of a person's own is to be read, TOML

    def __post_init__(self) -> None:
        # A file's name may be any bytes: what is kept and shown of it is text that moves no cursor.
        object.__setattr__(self, "name", printable(self.name))

    @property
    def content(self) -> bytes:
        """The bytes; of a kept document they are read anew each time, and verified."""
        return self.body if isinstance(self.body, bytes) else self.body()

    @property
    def length(self) -> int:
        """The number of bytes."""
        return self.size if self.size >= 0 else len(self.content)

    @property
    def is_kept(self) -> bool:
        """Whether the bytes are in the archive, not here."""
        return not isinstance(self.body, bytes)

    @cached_property
    def sha256(self) -> str:
        """The key of the document, for ever."""
        return self.digest or hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Unreadable:
    """A figure that could not be read: where it stands, what was seen, what was expected.

    Of ``severity`` "warning" it is what the publisher does not show (a hidden row, column or element) and what is left
    out for that: said, but no figure that anybody missed.
    """

    position: str
    seen: str
    expected: str
    document: str = ""
    dataset: str = ""
    severity: str = "error"
    #: More than one where one line stands for many: beyond a thousand in one document they are counted, not listed.
    figures: int = 1

    def __post_init__(self) -> None:
        for name in ("position", "seen", "expected"):  # kept and shown: what it quotes moves no cursor
            object.__setattr__(self, name, printable(getattr(self, name)))

    def __str__(self) -> str:
        if self.figures > 1:
            return f"{self.position}: {self.sentence}"
        return f"{self.position}: {self.expected if not self.seen else f'{self.seen!r}: {self.expected}'}"

    @property
    def sentence(self) -> str:
        """What is said of it beside its position."""
        if self.figures > 1:
            return f"… and {self.figures:,} more could not be read: {self.expected}"
        if self.severity != "error" and not self.seen:
            return self.expected
        said = "could not be read" if self.severity == "error" else "is not read"
        return f"{self.seen!r} {said}: {self.expected}"


@dataclass(frozen=True)
class Notice:
    """Something wrong with the document itself (unit, shape, coverage): it holds all of it.

    ``about`` is what a decision about it covers, where the same may be said of another document in other words ("" for
    the sentence).
    """

    rule: str
    sentence: str
    position: str = ""
    document: str = ""  # SHA-256; "" means the only document of the batch, or all of them
    about: str = ""
    figure: bool = False  # about the one figure at ``position``: it holds the block of that, not the whole document

    def __post_init__(self) -> None:
        for name in ("sentence", "position"):
            object.__setattr__(self, name, printable(getattr(self, name)))


@dataclass(frozen=True)
class Parsed:
    """What a parser returns: a frame of ``schemas.observations.READING_COLUMNS``, and what it could not read.

    Of tables of a person's own, ``reading`` says how they were read, and ``maps`` (SHA-256 → TOML) reads each so again;
    ``assumed`` are datasets whose figures came without their precision: nothing is held for what rests on it.
    """

    readings: pd.DataFrame
    unreadable: Sequence[Unreadable] = ()
    notices: Sequence[Notice] = ()
    reading: Sequence[str] = ()
    maps: Mapping[str, str] = field(default_factory=dict)
    assumed: frozenset[str] = frozenset()

    @property
    def lost(self) -> int:
        """The number of figures that could not be read, less what is left out because it is not shown."""
        return sum(fault.figures for fault in self.unreadable if fault.severity == "error")

    @property
    def releases(self) -> list[str]:
        """The release dates, latest first."""
        return sorted((text for text in self.readings["released"].unique() if text), reverse=True)

    @property
    def undated(self) -> bool:
        """Whether some reading has no release date: storing it needs ``--released``, judging it does not."""
        return bool((self.readings["released"] == "").any())

    @property
    def to_come(self) -> str:
        """The last release date where no clock on earth has that day yet, else ""."""
        last = max((str(text) for text in self.readings["released"].cat.categories), default="")
        return last if last[:10] > latest_day() else ""
