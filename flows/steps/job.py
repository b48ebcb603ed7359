"""What the steps hand to each other: the job, what is to be published, what a collection came to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from schemas.judge import Judgement
from schemas.settings import Settings
from sources.registry import find_source
from sources.source import Source
from storage.archive import Archive
from storage.ledger import Batch, Context, Ledger, Run

Progress = Callable[[int, int], None]


def untold(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Collected:
    """What a collection came to: the run as the ledger recorded it, and what was judged."""

    run: Run
    documents: Sequence[Document] = ()
    checked: Sequence[str] = field(default=())  # sentences of rules that hold
    releases: Sequence[str] = field(default=())  # release dates, latest first

    @property
    def quarantined(self) -> bool:
        """Whether the run holds something new."""
        return self.run.outcome == "quarantined"

    @property
    def contradicted(self) -> bool:
        """Whether it met what does not hold, be it settled at once: by a decision, or by a later release."""
        return bool(self.run.counts.get("held")) or any(one.result == "fails" for one in self.run.findings)


@dataclass(frozen=True)
class Job:
    """One collection of one source, by whom and with which settings; ``kind`` as ``run.kind`` has it."""

    source_id: str
    settings: Settings
    prefect_run: str = ""
    kind: str = "collect"

    @cached_property
    def source(self) -> Source:
        """The source; raises UsageError naming those there are."""
        return find_source(self.source_id)

    @cached_property
    def archive(self) -> Archive:
        """Where documents are kept; what killed runs left half written there is cleared."""
        archive = Archive.of(self.settings)
        archive.clear()
        return archive

    def ledger(self) -> Ledger:
        """The ledger, made or migrated if need be."""
        return Ledger.open(self.settings.ledger_url, create=True)


@dataclass(frozen=True)
class Fed:
    """Files fed by hand as they were read before the run; ``wrong`` where they are not of their source's shape.

    Then a run is to keep them, and to say so.
    """

    documents: Sequence[Document] = ()
    parsed: Parsed | None = None
    wrong: ParseError | None = None


@dataclass(frozen=True)
class Asked:
    """What one run is to collect; without ``files`` the source is asked. ``fed`` is what was read of them before."""

    files: Sequence[str] = ()
    released: str = ""
    since: date | None = None
    year: int | None = None
    replaces: str = ""
    whole: bool = False
    how: str = ""  # how the files are to be read, TOML; "" as the maps beside them say, or as they are understood
    fed: Fed = field(default=Fed())

    @property
    def kind(self) -> str:
        """The kind of run this is, as ``run.kind`` has it."""
        return "transcription" if self.replaces else "collect"


@dataclass(frozen=True)
class Validated:
    """What is to be published: a batch, what the ledger held of its releases when it was judged, the judgement of both.

    ``brought`` is the batch as it was parsed; ``batch`` has what it leaves out besides (``schemas.history.coverage``).
    """

    brought: Batch
    batch: Batch
    context: Context
    judgement: Judgement
