"""Documents of one release that contradict each other: which readings stand, and which join and contradict those.

A release comes from several documents, one after the other. What stands in it is never held back by what joins later:
of a block in which everything together fails, the readings of the document that came later wait for a person, and what
was there before stays. Where what came first contradicts itself, the block fails as a whole.

Everything is found from the readings and the order in which their documents came, whatever was held before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.cells.cells import Cells
from schemas.findings import Finding
from schemas.intervals.grid import Codes, Flags
from schemas.positions import position_text
from schemas.rules.shared.evaluation import FAILS, Evaluated
from schemas.rules.shared.statements import Same
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
    def held(self) -> frozenset[tuple[str, str]]:
        """Blocks in which an error rule fails, with their release."""

    @property
    def findings(self) -> Sequence[Finding]:
        """What does not hold, in words."""

    def failures(self, wanted: Callable[[Evaluated], bool]) -> Iterator[tuple[Evaluated, int, Finding]]:
        """Every failure among some evaluations: the evaluation, where in it, and the finding."""


Judge = Callable[[pd.DataFrame], Judged]


@dataclass(frozen=True)
class Joining:
    """What becomes of the readings of a judgement, one entry a reading.

    ``waits``: it joined later and contradicts what stands. ``sound`` of those: with it in the place of what stands of
    its cells, everything holds. ``contested``: of a block in which one waits, or in which one that waits is meant.
    ``standing`` judges what does not wait: what fails there fails as a whole. ``own`` is what each document that waits
    contradicts of that, by its SHA-256, whatever others wait; ``everything`` judges all readings at once.
    """

    waits: Flags
    sound: Flags
    contested: Flags
    standing: Judged
    own: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    everything: Judged | None = None

    @property
    def any(self) -> bool:
        """Whether documents contradict each other at all."""
        return bool(self.waits.any())

    @property
    def told(self) -> list[Finding]:
        """What is found, the worst first: of what stands, and of each document that waits beside it.

        Of all readings at once only what nothing of that is about.
        """
        union = self.everything.findings if self.everything else ()
        apart = [finding for found in self.own.values() for finding in found]
        about = {(one.block, one.released) for one in (*apart, *self.standing.findings) if one.result == "fails"}
        left = [one for one in union if _is_error(one) and (one.block, one.released) not in about]
        found = [*apart, *left, *self.standing.findings]
        return sorted(found, key=lambda one: (one.result != "fails", SEVERITIES.index(one.severity)))


def joining(judgement: Judged, came: Codes, accepted: Flags, judge: Judge) -> Joining:
    """Who contradicts whom; ``came`` says of each reading when its document came, those of one run at once.

    What a person ``accepted`` stands whatever it contradicts. ``judge`` judges a part of the frame as ``judgement``
    judged all of it.
    """
    frame, size = judgement.cells.frame, len(came)
    none = np.zeros(size, dtype=bool)
    # Of evaluations that fail all the blocks they are about: only there can anything wait.
    failing = [_Failing.of(judgement, np.arange(size))]
    failing += _chosen(judgement, judge, failing[0].of_several(came), came)
    meant = np.logical_or.reduce([one.rows_of_blocks(one.of_several(came)) for one in failing])
    if not meant.any():
        return Joining(none, none, none, judgement)
    waits, sound, whole, firm = none.copy(), none.copy(), none.copy(), accepted
    here, documents = ~meant, frame["document"].cat.codes.to_numpy()
    for turn in np.unique(came[meant]).tolist():
        now = meant & (came == turn)
        older = here & meant & ~whole
        firm = firm | _repeating(judgement, firm & older, now)  # what says the same as an accepted block is part of it
        found = _judged(judge, frame, here | now)
        while (against := found.against(older, now & ~waits & ~firm)).any():
            waits |= against
            found = _judged(judge, frame, here | (now & ~waits))
        late = now & waits
        for document in np.unique(documents[late]).tolist():
            own = now & (documents == document)
            sound |= late & own & ~_instead(judgement, judge, here, own, late & own)
        here |= now & ~waits
        whole |= found.rows_of_blocks(~found.touching(older | (now & firm))) & here & meant
    standing = judge(frame[~waits].reset_index(drop=True)) if waits.any() else judgement
    contested = none if not waits.any() else _contested(failing, waits)
    own = _of_each(judgement, judge, waits, standing) if waits.any() else {}
    return Joining(waits, sound, contested, standing, own, judgement)


def _of_each(judgement: Judged, judge: Judge, waits: Flags, standing: Judged) -> dict[str, list[Finding]]:
    """What each document that waits contradicts: what fails with it beside what stands, at the place of its reading."""
    frame, found = judgement.cells.frame, dict[str, list[Finding]]()
    documents, stood = frame["document"].cat.codes.to_numpy(), {_about(one) for one in standing.findings}
    for document in np.unique(documents[waits]).tolist():
        own = waits & (documents == document)
        here = ~waits | own
        alone = judgement if here.all() else judge(frame[here].reset_index(drop=True))
        place = _places(alone, own[here])
        sha = str(frame["document"].cat.categories[document])
        for done, at, one in alone.failures(lambda _: True):
            if _is_error(one) and _about(one) not in stood:
                rows = (place[cell] for cell in (int(done.anchor[at]), *done.terms[:, at].tolist()) if cell >= 0)
                row = next((row for row in rows if row >= 0), -1)
                where = position_text(int(alone.cells.frame["position"].array[row])) if row >= 0 else one.position
                found.setdefault(sha, []).append(replace(one, document=sha, position=where))
    return found


def _places(judgement: Judged, own: Flags) -> npt.NDArray[np.int64]:
    """Of each cell the row of a document's reading: one that does not meet the others, else the first; -1 for none."""
    rows = np.flatnonzero(own)
    rows = rows[np.argsort(-judgement.cells.frame["position"].to_numpy()[rows], kind="stable")]
    found = np.full(len(judgement.cells.block), -1, dtype=np.int64)
    found[judgement.cells.of_row[rows]] = rows
    for done in judgement.done:
        if isinstance(done.condition, Same):
            others = done.condition.others
            mine = (others >= 0) & own[np.maximum(others, 0)]
            found[done.anchor[mine]] = others[mine]
    return found


def _about(one: Finding) -> tuple[str, ...]:
    return one.rule, one.block, one.period, one.released, one.left, one.right


def _is_error(one: Finding) -> bool:
    return one.result == "fails" and one.severity == "error"


@dataclass(frozen=True)
class _Failing:
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
    def of(judgement: Judged, rows: npt.NDArray[np.int64], size: int | None = None) -> _Failing:
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
        return _Failing(
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

    def against(self, older: Flags, now: Flags) -> Flags:
        """Those of ``now`` that contradict ``older``: in the block that fails, or where they are meant elsewhere."""
        both = self.touching(older) & self.touching(now)
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


def _chosen(judgement: Judged, judge: Judge, several: Flags, came: Codes) -> list[_Failing]:
    """What fails where one document's readings stand alone in the cells in which documents do not meet, for each.

    A cell whose readings do not meet is no term of anything: what else one of them breaks, in whatever block, is seen
    only where it is chosen.
    """
    cells, found = judgement.cells, list[_Failing]()
    of_row, clash = cells.of_row, cells.clash | ~cells.all_meet
    if not several.any() or not clash.any() or np.isin(cells.block, cells.block[clash]).all():
        return found  # nothing stands outside of the blocks that fail anyhow
    documents = cells.frame["document"].cat.codes.to_numpy()
    for document in np.unique(documents[clash[of_row]]).tolist():
        own = documents == document
        others = ~own & np.isin(of_row, of_row[own & clash[of_row]])
        if len(np.unique(came[others | (own & clash[of_row])])) > 1:
            found.append(_judged(judge, cells.frame, ~others))
    return found


def _contested(failing: Sequence[_Failing], waits: Flags) -> Flags:
    """Readings of the blocks in which one that waits has a part, whichever of several is chosen."""
    found: Flags = np.logical_or.reduce([one.rows_of_blocks(one.touching(waits)) for one in failing])
    return found


def _judged(judge: Judge, frame: pd.DataFrame, where: Flags) -> _Failing:
    rows = np.flatnonzero(where)
    return _Failing.of(judge(frame[where].reset_index(drop=True)), rows, len(frame))


def _repeating(judgement: Judged, firm: Flags, now: Flags) -> Flags:
    """Readings of ``now`` in blocks in which all of them say the same as one that stands firm."""
    if not firm.any():
        return firm
    frame, cells = judgement.cells.frame, judgement.cells
    said = frame[["mantissa", "exponent", "qualifier", "rounding", "status"]].astype(str)
    said.insert(0, "cell", cells.of_row)
    names = pd.factorize(pd.MultiIndex.from_frame(said))[0]
    alike = now & np.isin(names, names[firm])
    block = cells.block[cells.of_row]
    found: Flags = now & np.isin(block, block[firm]) & ~np.isin(block, block[now & ~alike])
    return found


def _instead(judgement: Judged, judge: Judge, here: Flags, own: Flags, late: Flags) -> Flags:
    """Readings of ``late`` in blocks that fail even if their document takes the place of what stands of its cells."""
    cell: npt.NDArray[Any] = judgement.cells.of_row
    found = _judged(judge, judgement.cells.frame, (here & ~np.isin(cell, cell[late])) | own)
    return found.rows_of_blocks(found.touching(late)) & late
