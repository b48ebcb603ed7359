"""Documents of one release that contradict each other: which readings stand, and which join and contradict those.

A release comes from several documents, one after the other. What stands in it is never held back by what joins later:
of a block in which everything together fails, the readings of the document that came later wait for a person, and what
was there before stays. Where what came first contradicts itself, the block fails as a whole.

Everything is found from the readings and the order in which their documents came, whatever was held before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.findings import Finding
from schemas.intervals.grid import Codes, Flags
from schemas.joining.failing import Failing, Judge, Judged, judged
from schemas.joining.found import of_each
from schemas.vocabulary import SEVERITIES


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
        left = [one for one in union if one.is_error and (one.block, one.released) not in about]
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
    failing = [Failing.of(judgement, np.arange(size))]
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
        found = judged(judge, frame, here | now)
        while (against := found.against(older, now & ~waits & ~firm)).any():
            waits |= against
            found = judged(judge, frame, here | (now & ~waits))
        late = now & waits
        for document in np.unique(documents[late]).tolist():
            own = now & (documents == document)
            sound |= late & own & ~instead(judgement, judge, here, own, late & own)
        here |= now & ~waits
        whole |= found.rows_of_blocks(~found.touching(older | (now & firm))) & here & meant
    standing = judge(frame[~waits].reset_index(drop=True)) if waits.any() else judgement
    contested = none if not waits.any() else _contested(failing, waits)
    own = of_each(judgement, judge, waits, standing) if waits.any() else {}
    return Joining(waits, sound, contested, standing, own, judgement)


def _chosen(judgement: Judged, judge: Judge, several: Flags, came: Codes) -> list[Failing]:
    """What fails where one document's readings stand alone in the cells in which documents do not meet, for each.

    A cell whose readings do not meet is no term of anything: what else one of them breaks, in whatever block, is seen
    only where it is chosen.
    """
    cells, found = judgement.cells, list[Failing]()
    of_row, clash = cells.of_row, cells.clash | ~cells.all_meet
    if not several.any() or not clash.any() or np.isin(cells.block, cells.block[clash]).all():
        return found  # nothing stands outside of the blocks that fail anyhow
    documents = cells.frame["document"].cat.codes.to_numpy()
    for document in np.unique(documents[clash[of_row]]).tolist():
        own = documents == document
        others = ~own & np.isin(of_row, of_row[own & clash[of_row]])
        if len(np.unique(came[others | (own & clash[of_row])])) > 1:
            found.append(judged(judge, cells.frame, ~others))
    return found


def _contested(failing: Sequence[Failing], waits: Flags) -> Flags:
    """Readings of the blocks in which one that waits has a part, whichever of several is chosen."""
    found: Flags = np.logical_or.reduce([one.rows_of_blocks(one.touching(waits)) for one in failing])
    return found


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


def instead(judgement: Judged, judge: Judge, here: Flags, own: Flags, late: Flags) -> Flags:
    """Readings of ``late`` in blocks that fail even if their document takes the place of what stands of its cells."""
    cell: npt.NDArray[Any] = judgement.cells.of_row
    found = judged(judge, judgement.cells.frame, (here & ~np.isin(cell, cell[late])) | own)
    return found.rows_of_blocks(found.touching(late)) & late
