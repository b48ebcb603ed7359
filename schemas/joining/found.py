"""What is found of each document that contradicts what stands: by itself, at the place of its reading."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from schemas.findings import Finding
from schemas.intervals.grid import Flags
from schemas.joining.failing import Judge, Judged
from schemas.positions import position_text
from schemas.rules.shared.statements import Same


def of_each(judgement: Judged, judge: Judge, waits: Flags, standing: Judged) -> dict[str, list[Finding]]:
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
            if one.is_error and _about(one) not in stood:
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
