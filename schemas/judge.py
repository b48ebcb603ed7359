"""Judge a frame of readings: every (dataset, released) group by itself, every rule at once, nothing in floats.

``judge`` finds what each rule has to say of each block, in three results: it holds, it fails, it could not be
evaluated. A missing figure is never a zero, and "not evaluable" never a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.cells.cells import Cells, find_cells
from schemas.cells.reader import Reader
from schemas.datasets import Dataset
from schemas.explain import Culprits, finding, holding
from schemas.findings import Finding
from schemas.intervals.grid import Codes, Flags
from schemas.joining import Joining, Overruling, joined
from schemas.rules.shared.evaluation import FAILS, HOLDS, RESULTS, Evaluated, assemble, failing, switched_on
from schemas.rules.shared.files import FILES
from schemas.suspects.own_history import OwnHistory
from schemas.suspects.readings import contradicted
from schemas.suspects.suspects import explanations
from schemas.vocabulary import SEVERITIES


@dataclass(frozen=True)
class Judgement:
    """What the rules say of a frame of readings."""

    cells: Cells
    frame: pd.DataFrame  # EVALUATIONS, results filled in
    done: Sequence[Evaluated]
    earlier: pd.DataFrame | None = None  # published readings of earlier releases: they weigh suspects, decide nothing
    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    beside: Sequence[Finding] = ()  # what earlier releases have to say (schemas.history); holds nothing
    joining: Joining | None = None  # documents that contradict what stands of their release (schemas.joining)

    def joined(self, came: Codes, accepted: Flags, overruling: Overruling | None = None) -> Judgement:
        """The same, with what documents that came later contradict of what stands (``schemas.joining``)."""
        if not self.held and overruling is None:
            return self
        found = joined(self, came, accepted, lambda frame: judge(frame, self.datasets, self.earlier), overruling)
        return replace(self, joining=found) if found.any else self

    @cached_property
    def evaluations(self) -> pd.DataFrame:
        """One row per rule and block: rule, severity, block, released, result, excess (0 or less holds)."""
        frame, cells = self.frame, self.cells
        released = cells.codes["released"][frame["cell"].to_numpy()]
        return pd.DataFrame(
            {
                "rule": frame["rule"],
                "severity": frame["severity"],
                "block": pd.Categorical.from_codes(frame["block"].to_numpy(), categories=self._labels[1])
                if self._labels[0]
                else cells.block_ids[frame["block"].to_numpy()],
                "released": pd.Categorical.from_codes(released, categories=pd.Index(cells.texts["released"])),
                "result": frame["result"],
                "excess": frame["excess"],
            }
        )

    @cached_property
    def _labels(self) -> tuple[bool, pd.Index[Any]]:
        """Whether block ids are unique (they are, within one release), and the ids."""
        ids = pd.Index(self.cells.block_ids)
        return ids.is_unique, ids

    @cached_property
    def results(self) -> Sequence[npt.NDArray[np.int8]]:
        """The results of each part of ``done``, as codes of RESULTS."""
        return self._split("result")

    def _split(self, column: str) -> Sequence[npt.NDArray[np.int8]]:
        ends = np.cumsum([len(done) for done in self.done])[:-1]
        return np.split(self.frame[column].cat.codes.to_numpy(), ends) if self.done else []

    @property
    def size(self) -> int:
        """The number of readings that were judged."""
        return len(self.cells.of_row)

    @cached_property
    def blocks(self) -> npt.NDArray[np.object_]:
        """The block id of each reading, aligned with the frame that was judged."""
        return self.cells.block_ids[self.cells.block[self.cells.of_row]]

    @cached_property
    def held(self) -> frozenset[tuple[str, str]]:
        """The (block id, release date) of every block in which a rule of severity "error" fails."""
        frame = self.frame
        wrong = frame[(frame["result"] == "fails") & (frame["severity"] == "error")]
        cells = wrong.drop_duplicates("block")["cell"].to_numpy(dtype=np.int64)
        dates, codes = self.cells.texts["released"], self.cells.codes["released"][cells]
        return frozenset(zip(self.cells.ids_at(cells), (dates[code] for code in codes), strict=True))

    @cached_property
    def findings(self) -> list[Finding]:
        """Every failure, and every evaluation that was meant and could not be made; worst first, in reading order.

        Of documents that contradict what stands in their release each by itself.
        """
        found = self.joining.told if self.joining else [found for _, _, found in self._found]
        return [*found, *self.beside]

    def failures(self, wanted: Callable[[Evaluated], bool]) -> Iterator[tuple[Evaluated, int, Finding]]:
        """Every failure among some evaluations: the evaluation, where in it, and the finding."""
        for done, at, found in self._found:
            if found.result == "fails" and wanted(done):
                yield done, at, found

    @cached_property
    def _found(self) -> list[tuple[Evaluated, int, Finding]]:
        reader, found = Reader(self.cells), []
        severities = self._split("severity")
        why = explanations(self.cells, reader, self.done, self.results, OwnHistory(self.earlier)) if self.done else {}
        why |= contradicted(reader, self.done, lambda frame: judge(frame, self.datasets))
        culprits = Culprits(reader)
        for number, done in enumerate(self.done):
            fails = self.results[number] == FAILS
            for at in np.flatnonzero(fails | done.meant):
                severity = SEVERITIES[severities[number][at]]
                because = why.get((number, int(at)))
                new = finding(reader, done, int(at), severity, bool(fails[at]), because, culprits.of(because))
                order = (not fails[at], SEVERITIES.index(severity), reader.row(int(done.anchor[at])))
                found.append((order, (done, int(at), new)))
        return [new for _, new in sorted(found, key=lambda pair: pair[0])]

    def checked(self, limit: int) -> list[str]:
        """Sentences of what holds, at most ``limit``, identities of a block first."""
        return [sentence for sentence, _ in zip(self._holding(), range(limit), strict=False)]

    def _holding(self) -> Iterator[str]:
        reader = Reader(self.cells)
        for done, results in zip(self.done, self.results, strict=True):
            rows = self.cells.first[done.anchor]
            for at in sorted(np.flatnonzero(results == HOLDS), key=rows.__getitem__):
                yield holding(reader, done, int(at))


def judge(
    readings: pd.DataFrame, datasets: Mapping[str, Dataset] | None = None, earlier: pd.DataFrame | None = None
) -> Judgement:
    """Judge readings (``schemas.observations.READING_COLUMNS``) by every rule that needs no history.

    ``datasets`` are the declarations, by id; a dataset without one is taken as rounded. ``earlier`` are published
    readings of earlier releases: where figures are suspected alike, the one far from its own history comes first.
    """
    declarations = datasets or {}
    cells = find_cells(readings)
    done: list[Evaluated] = []
    if len(cells):
        for file in dict.fromkeys(FILES.values()):
            found = [switched_on(cells, declarations, part) for part in file.evaluate(cells, declarations)]
            done += [part for part in found if len(part)]
    frame = assemble(cells, declarations, done)
    wrong = failing(frame)
    if len(wrong):
        codes = frame["result"].cat.codes.to_numpy().copy()
        codes[wrong] = FAILS
        frame["result"] = pd.Categorical.from_codes(codes, categories=pd.Index(RESULTS))
    return Judgement(cells, frame, done, earlier, declarations)
