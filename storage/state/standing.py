"""Where the readings of each document stand, in the releases of a batch that have several sequences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from schemas.release_dates import SEQUENCES
from storage.encoding import codes
from storage.encoding.columns import Flags, Ints, Readings, distinct, ints
from storage.encoding.tables import released_codes

#: A dataset and the first code of a date.
Family = tuple[str, int]
#: The id of a document, or its SHA-256 in the batch.
Name = int | str
#: More than any code of a release.
_APART: Final = 2**34


@dataclass(frozen=True)
class Standing:
    """Of families with several sequences how many there are, and in which each answer stands; others in all.

    ``renumbered`` are stored documents that begin another sequence than they did, whose printings are to be written
    anew, with the version of the parser that read them. ``instead`` are sequences after those, of what was accepted in
    place of others: the release each was and is, and ``moved`` the documents of those that changed.
    """

    sequences: Mapping[Family, int] = field(default_factory=dict)
    stands: Mapping[Family, Mapping[Name, tuple[int, int]]] = field(default_factory=dict)
    renumbered: Mapping[int, int] = field(default_factory=dict)
    instead: Mapping[Family, Mapping[int, int]] = field(default_factory=dict)
    moved: Mapping[int, int] = field(default_factory=dict)

    def begins(self, dataset: str, released: int, document: int) -> int:
        """The release that a document begins of a date."""
        first = int(codes.base(released))
        return first + self.stands.get((dataset, first), {}).get(document, (1, 1))[0] - 1

    def frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Readings as parsed, under the sequence they begin, then once more for each further one they stand in."""
        if not len(frame):
            return frame
        names = frame["document"].cat
        released = released_codes(frame)
        of = {
            (dataset, first): ints(np.flatnonzero((frame["dataset"] == dataset).to_numpy() & (released == first)))
            for dataset, first in self.sequences
        }
        places, dates = self._placed(released, of, names.codes.to_numpy(), names.categories)
        found = frame.iloc[places].reset_index(drop=True)
        used, back = np.unique(dates, return_inverse=True)
        texts = pd.Index([codes.release_text(int(one)) for one in used], dtype="str")
        return found.assign(released=pd.Categorical.from_codes(back, categories=texts))

    def readings(self, dataset: str, readings: Readings) -> Readings:
        """The same of readings of the ledger."""
        if not (self.sequences or self.renumbered) or not len(readings):
            return readings
        dates, names = codes.base(readings.released), distinct(readings.document)
        of = {one: ints(np.flatnonzero(dates == one[1])) for one in self.sequences if one[0] == dataset}
        places, released = self._placed(dates, of, np.searchsorted(names, readings.document), names.tolist())
        return replace(readings.take(places), released=released)

    def _placed(self, released: Ints, of: Mapping[Family, Ints], who: Any, names: Iterable[Name]) -> tuple[Ints, Ints]:
        """Places and releases of rows: all at their first sequence, then those of further ones; ``of`` are families."""
        released, listed = released.copy(), list(names)
        more: list[tuple[Ints, Ints]] = []
        for family, at in of.items():
            stands = self.stands.get(family, {})
            first, last = np.array([stands.get(one, (1, SEQUENCES)) for one in listed], dtype=np.int64).T
            begins, ends = first[who[at]], last[who[at]]
            released[at] = family[1] + begins - 1
            for one in range(2, self.sequences[family] + 1):
                again = at[(begins < one) & (one <= ends)]
                more.append((again, np.full(len(again), family[1] + one - 1, dtype=np.int64)))
        places = np.concatenate([np.arange(len(released)), *(again for again, _ in more)])
        return ints(places), np.concatenate([released, *(dates for _, dates in more)])


def begun(readings: Readings) -> Flags:
    """Which readings stand in the sequence that their document begins; those in further ones are the same readings."""
    if not len(readings) or int(codes.sequence(readings.released).max()) == 1:
        return np.ones(len(readings), dtype=bool)
    _, which = np.unique(readings.document * _APART + codes.base(readings.released), return_inverse=True)
    first = np.full(int(which.max()) + 1, codes.NO_BOUND, dtype=np.int64)
    np.minimum.at(first, which, readings.released)
    found: Flags = readings.released == first[which]
    return found
