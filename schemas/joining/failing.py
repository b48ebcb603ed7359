"""What fails in a judgement, paired with the readings of the blocks that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.cells.cells import Cells
from schemas.findings import Finding
from schemas.intervals.grid import Codes, Flags
from schemas.rules.shared.evaluation import FAILS, Evaluated
from schemas.vocabulary import SEVERITIES

_ERROR = SEVERITIES.index("error")


class Judged(Protocol):
    """What is asked of a judgement (``schemas.judge.Judgement``)."""

    @property
    def cells(self) -> Cells:
        """The readings as cells."""

    @property
    def frame(self) -> pd.DataFrame:
        """Every evaluation and what came of it."""

    @property
    def done(self) -> Sequence[Evaluated]:
        """The evaluations, by rule."""

    @property
    def blocks(self) -> npt.NDArray[np.object_]:
        """The block id of each reading."""

    @property
    def held(self) -> frozenset[tuple[str, str]]:
        """Blocks in which an error rule fails, with their release."""

    @property
    def findings(self) -> Sequence[Finding]:
        """What does not hold, in words."""

    def failures(self, wanted: Callable[[Evaluated], bool]) -> Iterator[tuple[Evaluated, int, Finding]]:
        """Every failure among some evaluations: the evaluation, where in it, and the finding."""


Judge = Callable[[pd.DataFrame], Judged]


@dataclass(frozen=True)
class Failing:
    """Evaluations that fail as errors: which readings of the whole frame (``rows``) they are about, and their blocks.

    ``cells`` and ``number`` are pairs: a cell, and the evaluation of which it is a term or the anchor. ``anchor`` has
    the anchor of each.
    """

    judgement: Judged
    rows: npt.NDArray[np.int64]  # of the whole frame, those that were judged
    size: int  # of the whole frame
    number: npt.NDArray[np.int64]
    cells: npt.NDArray[np.int64]
    anchor: npt.NDArray[np.int64]

    @property
    def count(self) -> int:
        """How many evaluations fail."""
        return len(self.anchor)

    @staticmethod
    def of(judgement: Judged, rows: npt.NDArray[np.int64], size: int | None = None) -> Failing:
        """What fails of a judgement of the ``rows`` of a whole frame of that ``size``."""
        frame = judgement.frame
        wrong = (frame["result"].cat.codes.to_numpy() == FAILS) & (frame["severity"].cat.codes.to_numpy() == _ERROR)
        numbers, cells, anchors, offset, count = [], [], [np.empty(0, dtype=np.int64)], 0, 0
        for done in judgement.done:
            at = np.flatnonzero(wrong[offset : offset + len(done)])
            offset += len(done)
            terms = np.concatenate([done.anchor[np.newaxis], done.terms])[:, at]
            numbers.append((np.arange(len(at)) + count + 0 * terms).ravel())
            cells.append(terms.ravel())
            anchors.append(done.anchor[at])
            count += len(at)
        number = np.concatenate([np.empty(0, dtype=np.int64), *numbers])
        cell = np.concatenate([np.empty(0, dtype=np.int64), *cells])
        there = cell >= 0
        return Failing(
            judgement, rows, len(rows) if size is None else size, number[there], cell[there], np.concatenate(anchors)
        )

    @cached_property
    def _pairs(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """(evaluation, row of the whole frame) of all readings of the blocks of its terms."""
        block_of_row = self.judgement.cells.block[self.judgement.cells.of_row]
        pairs = np.unique(np.stack([self.number, self.judgement.cells.block[self.cells]]), axis=1)
        order = np.argsort(block_of_row, kind="stable")
        ordered = block_of_row[order]
        first, last = np.searchsorted(ordered, pairs[1]), np.searchsorted(ordered, pairs[1], side="right")
        lengths = last - first
        at = np.repeat(first - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) + np.arange(lengths.sum())
        return np.repeat(pairs[0], lengths), self.rows[order[at]]

    def of_several(self, came: Codes) -> Flags:
        """Evaluations whose blocks have readings of several documents."""
        number, row = self._pairs
        first, last = np.full(self.count, np.iinfo(np.int64).max), np.full(self.count, np.iinfo(np.int64).min)
        np.minimum.at(first, number, came[row])
        np.maximum.at(last, number, came[row])
        found: Flags = first < last
        return found

    def about(self, rows: Flags) -> Flags:
        """Evaluations of which the cell of one of these readings is a term, or the anchor."""
        cells = np.unique(self.judgement.cells.of_row[np.flatnonzero(rows[self.rows])])
        found = np.zeros(self.count, dtype=bool)
        found[self.number[np.isin(self.cells, cells)]] = True
        return found

    def against(self, older: Flags, now: Flags, among: Flags | None = None) -> Flags:
        """Those of ``now`` that contradict ``older``: in the block that fails, or where they are meant elsewhere.

        Only by some evaluations (``among``), if they are given.
        """
        both = self.touching(older) & self.touching(now) & (True if among is None else among)
        number, row = self._pairs
        block = self.judgement.cells.block
        at = np.searchsorted(self.rows, row)
        in_anchor = block[self.judgement.cells.of_row[at]] == block[self.anchor[number]]
        own = np.zeros(self.count, dtype=bool)
        own[number[in_anchor & now[row]]] = True
        found = np.zeros(self.size, dtype=bool)
        found[row[both[number] & (in_anchor | ~own[number])]] = True
        return found & now

    def touching(self, rows: Flags) -> Flags:
        """Evaluations in whose blocks one of these readings stands."""
        number, row = self._pairs
        found = np.zeros(self.count, dtype=bool)
        found[number[rows[row]]] = True
        return found

    def rows_of_blocks(self, which: Flags) -> Flags:
        """Readings of the blocks of these evaluations."""
        number, row = self._pairs
        found = np.zeros(self.size, dtype=bool)
        found[row[which[number]]] = True
        return found


def judged(judge: Judge, frame: pd.DataFrame, where: Flags) -> Failing:
    """What fails among some readings of a frame."""
    rows = np.flatnonzero(where)
    return Failing.of(judge(frame[where].reset_index(drop=True)), rows, len(frame))
