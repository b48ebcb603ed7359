"""What one run brings, and what the ledger holds of the releases it touches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from schemas.documents import Document, Parsed

if TYPE_CHECKING:
    import pandas as pd

    from schemas.joining import Overruling
    from storage.encoding.columns import Flags, Ints, Readings
    from storage.state.standing import Standing

#: The SHA-256 of a document, the name of a release, and where in the document a figure of it stands.
Place = tuple[str, str, int]
#: Later than every run there was: when a document came that is new.
_NOW: Final = 2**63 - 1


@dataclass(frozen=True)
class Batch:
    """What one run brings: documents of one source, and all they say.

    ``replaced`` are documents that the ledger has, whose place these take: they say nothing any more.
    """

    source: str
    documents: Sequence[Document]
    parsed: Parsed
    parser_version: int
    prefect_run: str = ""
    replaced: Sequence[Document] = ()
    declared: Mapping[str, str] = field(default_factory=dict)  # dataset → what a person declares of it, "" for nothing

    @property
    def concerned(self) -> Sequence[Document]:
        """All documents whose readings it changes."""
        return [*self.documents, *self.replaced]


@dataclass(frozen=True)
class Context:
    """What the ledger holds of the releases a batch touches, besides what the batch's own documents say.

    ``readings`` is a frame of READING_COLUMNS to be judged before ``news`` of the batch. ``unchanged``: the ledger has
    everything the batch brings, no judgement is needed. ``token`` is the last run that changed these datasets.
    """

    readings: pd.DataFrame
    unchanged: bool
    token: int
    datasets: Sequence[str]
    touched: Mapping[str, frozenset[int]]
    stored: Readings
    stored_datasets: Sequence[str]
    stored_in: Ints  # places among stored_datasets
    replaced: Mapping[str, Readings]  # what documents of the batch, read before, were read to say
    showings: Mapping[str, int]  # by SHA-256, those that the ledger has (``storage.state.showings``)
    same: frozenset[str] = frozenset()  # documents whose readings the ledger has already
    #: Those of them with a part in something a person rejected, or accepted in place of others. They stand as they are,
    #: and so does the decision: what was published since of their release would contradict them.
    stand: frozenset[str] = frozenset()
    mended: frozenset[str] = frozenset()  # documents of which something can be read again that could not for a while
    standing: Standing | None = None  # in which sequences readings stand
    aside: Mapping[str, Readings] = field(default_factory=dict)  # of renumbered documents what is not judged
    instead: Mapping[str, Sequence[Readings]] = field(default_factory=dict)  # what each sequence after others says
    #: Dataset, first code of a date and document → the sequence that it began, where that is not the first.
    begins: Mapping[tuple[str, int, int], int] = field(default_factory=dict)
    first_read: Mapping[int, int] = field(default_factory=dict)  # by document, the run that read it first
    overruling: Overruling | None = None  # what a person accepted in the place of what these releases say
    stored_accepted: Flags | None = None  # which of ``stored`` a person accepted, None for none of them
    accepted_again: frozenset[Place] = frozenset()  # what of documents that are the ``same`` a person accepted

    def begun(self, dataset: str, readings: Readings) -> Readings:
        """Readings as parsed, of documents that the ledger has, under the sequence that each began."""
        released = readings.released.copy()
        for (name, first, document), begun in self.begins.items():
            if name == dataset:
                released[(readings.released == first) & (readings.document == document)] = begun
        return replace(readings, released=released)

    def news(self, batch: Batch) -> Parsed:
        """What is to be judged of a batch, after ``readings``: what its documents say but those that ``stand``.

        In each sequence in which it stands, first in that which its document begins.
        """
        parsed = self._news(batch)
        if self.standing is None or not self.standing.sequences:
            return parsed
        return replace(parsed, readings=self.standing.frame(parsed.readings))

    @property
    def renumbered(self) -> Mapping[int, int]:
        """Stored documents that begin another sequence than they did, with the version of the parser that read them."""
        return self.standing.renumbered if self.standing else {}

    @property
    def moved(self) -> Mapping[int, int]:
        """The same of those that stand in place of others."""
        return self.standing.moved if self.standing else {}

    def _news(self, batch: Batch) -> Parsed:
        parsed = batch.parsed
        if not self.stand:
            return parsed
        frame = parsed.readings
        left = frame[~frame["document"].isin(self.stand)].reset_index(drop=True)
        only = batch.documents[0].sha256  # what names no document is about the only one
        unreadable = [one for one in parsed.unreadable if (one.document or only) not in self.stand]
        notices = [one for one in parsed.notices if (one.document or only) not in self.stand]
        return replace(parsed, readings=left, unreadable=unreadable, notices=notices)

    def came(self, news: pd.DataFrame) -> tuple[Ints, Flags]:
        """Of what is stored and then ``news``: when each reading's document came, and whether a person accepted it."""
        import numpy as np

        codes = news["document"].cat
        of_news = [self.first_read.get(self.showings.get(str(sha), 0), _NOW) for sha in codes.categories]
        of_stored = [self.first_read.get(number, _NOW) for number in self.stored.document.tolist()]
        came = np.array(of_stored + [of_news[at] for at in codes.codes.tolist()], dtype=np.int64)
        accepted = np.zeros(len(came), dtype=bool)
        if self.stored_accepted is not None:
            accepted[: len(of_stored)] = self.stored_accepted
        if self.accepted_again:
            places = zip(*(news[name].tolist() for name in ("document", "released", "position")), strict=True)
            accepted[len(of_stored) :] = [place in self.accepted_again for place in places]
        return came, accepted

    def new_documents(self, ids: Mapping[str, int]) -> set[int]:
        """Documents whose readings are to be stored."""
        return {number for sha, number in ids.items() if sha not in self.same}
