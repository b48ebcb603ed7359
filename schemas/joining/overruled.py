"""What a person accepted in the place of what stood, beside what came of its release since.

An acceptance covers what the person saw. What an address, or another document, says afterwards of the block is news:
where it contradicts what was accepted it waits, and the accepted figure stays in force meanwhile. What says the same
as was seen is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from schemas.findings import Finding
from schemas.intervals.grid import Codes, Flags
from schemas.joining.failing import Failing, Judge, Judged
from schemas.joining.found import of_each
from schemas.joining.turns import Joining, instead, joining
from schemas.observations import combine
from schemas.release_dates import split_release
from schemas.vocabulary import SERIES_KEY

_FIGURE = ("mantissa", "exponent", "qualifier", "rounding", "status")


@dataclass(frozen=True)
class Overruling:
    """``readings`` in force that a person accepted in the place of others, one a cell, of the last sequence of their
    date; by block and that release ``when`` it was decided last.
    """

    readings: pd.DataFrame
    when: Mapping[tuple[str, str], int]


def joined(judgement: Judged, came: Codes, accepted: Flags, judge: Judge, overruling: Overruling | None) -> Joining:
    """Who contradicts whom (``joining``), and first who contradicts what a person accepted in the place of others."""
    beside = None if overruling is None else _Beside.of(judgement, came, overruling)
    if beside is None:
        return joining(judgement, came, accepted, judge)
    waits, sound, own = beside.contradicting(judge)
    if not waits.any():
        return joining(judgement, came, accepted, judge)
    left, frame = ~waits, judgement.cells.frame
    rest = joining(judge(frame[left].reset_index(drop=True)), came[left], accepted[left], judge)
    contested = np.isin(beside.pairs, beside.pairs[waits])
    for all_of, some in ((waits, rest.waits), (sound, rest.sound), (contested, rest.contested)):
        all_of[left] |= some
    for document, found in rest.own.items():
        own.setdefault(document, []).extend(found)
    return Joining(waits, sound, contested, rest.standing, own, rest.everything)


@dataclass(frozen=True)
class _Beside:
    """Readings of a judgement and those accepted ones that take the place of some.

    ``pairs`` number block and release of each reading; ``unseen`` are those of documents with something in a decided
    block that nobody saw when it was decided; ``replaced`` are others of the accepted cells.
    """

    judgement: Judged
    accepted: pd.DataFrame
    pairs: Codes
    unseen: Flags
    replaced: Flags

    @classmethod
    def of(cls, judgement: Judged, came: Codes, overruling: Overruling) -> _Beside | None:
        """None where nothing came since that was not seen."""
        frame, blocks = judgement.cells.frame, judgement.blocks.tolist()
        if not blocks:  # all that is left of the release was accepted in the place of others
            return None
        names = list(zip(blocks, frame["released"].astype(str).tolist(), strict=True))
        pairs = np.asarray(pd.factorize(pd.MultiIndex.from_tuples(names))[0], dtype=np.int64)
        decided = {(block, split_release(released)[0]): run for (block, released), run in overruling.when.items()}
        about = [(block, split_release(released)[0]) for block, released in names]
        near = np.flatnonzero([one in decided for one in about])
        cells, figures = _said(frame.iloc[near])
        known, shown = _said(overruling.readings)
        seen = {figure for figure, at in zip(figures, near, strict=True) if came[at] < decided[about[at]]} | set(shown)
        documents = frame["document"].cat.codes.to_numpy()
        last = [
            (at, cell, figure)
            for at, cell, figure in zip(near.tolist(), cells, figures, strict=True)
            if names[at] in overruling.when
        ]
        news = {
            (pairs[at], documents[at])
            for at, _, figure in last
            if came[at] >= decided[about[at]] and figure not in seen
        }
        unseen, replaced = (np.zeros(len(frame), dtype=bool) for _ in range(2))
        for at, cell, _ in last:
            unseen[at] = (pairs[at], documents[at]) in news
            replaced[at] = not unseen[at] and cell in known
        return cls(judgement, overruling.readings, pairs, unseen, replaced) if unseen.any() else None

    def contradicting(self, judge: Judge) -> tuple[Flags, Flags, dict[str, list[Finding]]]:
        """Which unseen readings contradict what was accepted, which are sound in its place, and what is found."""
        frame, here = self.judgement.cells.frame, np.flatnonzero(~self.replaced)
        everything = combine([frame.iloc[here], self.accepted])
        size = len(here)
        guests = np.arange(len(everything)) >= size
        now = np.concatenate([self.unseen[here], np.zeros(len(everything) - size, dtype=bool)])
        waits, sound = np.zeros(len(everything), dtype=bool), np.zeros(len(everything), dtype=bool)
        together = judge(everything)
        while True:
            rows = np.flatnonzero(~waits)
            found = Failing.of(judge(everything[~waits].reset_index(drop=True)), rows, len(waits))
            against = found.against(guests, now & ~waits, found.about(guests))
            if not against.any():
                break
            waits |= against
        documents = everything["document"].cat.codes.to_numpy()
        for document in np.unique(documents[waits]).tolist():
            own = now & (documents == document)
            sound |= waits & own & ~instead(together, judge, ~now, own, waits & own)
        own_findings = of_each(together, judge, waits, judge(everything[~waits].reset_index(drop=True)))
        back = [np.zeros(len(frame), dtype=bool) for _ in range(2)]
        for flags, one in zip(back, (waits, sound), strict=True):
            flags[here] = one[:size]
        return back[0], back[1], own_findings


def _said(frame: pd.DataFrame) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Of each reading its cell, and the cell with the figure."""
    cells = list(zip(*(frame[name].astype(str).tolist() for name in (*SERIES_KEY, "period")), strict=True))
    said = zip(*(frame[name].astype(str).tolist() for name in _FIGURE), strict=True)
    return cells, [(*cell, *figure) for cell, figure in zip(cells, said, strict=True)]
