"""Sums that look like a partition and are declared nowhere: what a person may declare, never judged until then.

Figures in floating point only say where to look; whether a sum holds is counted as the rule ``parts`` counts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from schemas.cells.cells import Cells
from schemas.datasets import DIMENSIONS, Dataset, Partition
from schemas.errors import DeclarationError
from schemas.intervals.grid import Codes
from schemas.keys import one_key
from schemas.periods import KINDS
from schemas.rules import parts

Floats = npt.NDArray[np.float64]
#: A sum must hold in so many figures of so many periods, and in 19 of 20 that could be judged.
_FIGURES: Final = 8
_PERIODS: Final = 4
#: By chance it would hold so less often than once in a million, all sums that were tried counted.
_CHANCE: Final = -6.0
#: More names than that are not tried in all pairs, and than that in all triples; work is bounded.
_PAIRS: Final = 120
_TRIPLES: Final = 30
#: Rows that are looked at before all are counted.
_LOOKED_AT: Final = 1000
#: Proposals of one dataset, and sums of one dimension that are counted.
_MOST: Final = 5
_COUNTED: Final = 60
#: What everybody means by these names, however few figures there are.
_KNOWN: Final = (Partition("product", "total", ("goods", "services")),)
_WHOLES: Final = {"product": "total", "partner": "WLD", "breakdown": "_T"}


@dataclass(frozen=True)
class Proposal:
    """A partition that a dataset may be declared to have, and in how many of its figures the sum holds."""

    dataset: str
    partition: Partition
    holds: int
    of: int

    @property
    def sentence(self) -> str:
        """``goods + services is the total in 58 of 60 figures (my-trade): declare it?``."""
        one = self.partition
        many = one.children if len(one.children) <= 4 else (*one.children[:3], f"{len(one.children) - 3} more")
        made = f"{' + '.join(many)} is {'the total' if one.parent == 'total' else one.parent}"
        made = f"{one.children[0]}s make up the {one.parent}" if one.dimension == "period" else made
        return f"{made} in {self.holds:,} of {self.of:,} figures ({self.dataset}): declare it?"

    @property
    def toml(self) -> str:
        """What declares it, for ``tradeledger.toml``."""
        one = self.partition
        children = ", ".join(f'"{child}"' for child in one.children)
        head = f'[[datasets.{self.dataset}.partitions]]\ndimension = "{one.dimension}"\nparent = "{one.parent}"'
        return f"{head}\nchildren = [{children}]"


def proposals(cells: Cells, declared: Mapping[str, Dataset]) -> list[Proposal]:
    """What may be declared of each dataset, the most certain first; nothing along a dimension that is declared."""
    found: list[Proposal] = []
    for code, name in enumerate(cells.texts["dataset"]):
        known = {one.dimension for one in declared[name].partitions} if name in declared else set()
        own = np.flatnonzero((cells.codes["dataset"] == code) & cells.is_level & cells.usable & cells.is_plain)
        of_dataset: list[Proposal] = []
        for dimension in DIMENSIONS:
            if dimension not in known and len(own):
                of_dataset += _along(cells, name, own, dimension)
        found += of_dataset[:_MOST]
    return found


def _along(cells: Cells, dataset: str, own: Codes, dimension: str) -> list[Proposal]:
    if dimension == "period":
        kinds = [kind for kind, length in KINDS.items() if length]
        pairs = [(parent, child) for parent, child in combinations(kinds, 2) if parent != "half-year"]
        made = (_counted(cells, dataset, Partition("period", parent, (child,))) for parent, child in pairs)
        return [one for one in made if one is not None and _is_meant(one)][:1]
    table = _Table.of(cells, own, dimension)
    found = []
    for parent, children in dict.fromkeys(table.sums()):
        if _may_be(dimension, children) and table.is_no_chance(parent, children):
            one = _counted(cells, dataset, Partition(dimension, parent, children))
            found += [one] if one is not None and 20 * one.holds >= 19 * one.of else []
    sure = [one for one in found if not _follows(one, found)]
    named = {(one.partition.parent, one.partition.children) for one in sure}
    for known in _KNOWN:
        if known.dimension == dimension and (known.parent, known.children) not in named:
            one = _counted(cells, dataset, known)
            sure += [one] if one is not None and _is_meant(one) else []
    return sure


def _is_meant(one: Proposal) -> bool:
    """Of what names alone say, whether the figures do not deny it: as many hold as of any other, or there are few."""
    return 20 * one.holds >= 19 * one.of or one.of < _FIGURES


def _may_be(dimension: str, children: tuple[str, ...]) -> bool:
    """Whether they may be declared at all: of partners none twice."""
    try:
        return bool(Partition(dimension, "", children))
    except DeclarationError:
        return False


def _counted(cells: Cells, dataset: str, partition: Partition) -> Proposal | None:
    """In how many figures the sum holds, as the rule has it; None where none could be judged."""
    done = parts.evaluate(cells, {dataset: Dataset(dataset, partitions=(partition,))})
    judged = [part.excess[(part.reason == 0) & cells.is_level[part.anchor]] for part in done]
    excess = np.concatenate([*judged, np.empty(0, dtype=np.int64)])
    return Proposal(dataset, partition, int((excess <= 0).sum()), len(excess)) if len(excess) else None


def _follows(one: Proposal, others: Iterable[Proposal]) -> bool:
    """Whether it only says again what a shorter sum and a sum of one of its children say."""
    said, mine = {other.partition.parent: set(other.partition.children) for other in others}, one.partition
    shorter = [other.partition for other in others if other.partition.parent == mine.parent and other != one]
    return any(
        len(other.children) < len(mine.children)
        and set(mine.children) == {leaf for child in other.children for leaf in said.get(child, {child})}
        for other in shorter
    )


@dataclass(frozen=True)
class _Table:
    """Figures by context (row) and name along a dimension (column), NaN for none; steps likewise; periods of rows."""

    names: list[str]
    values: Floats
    steps: Floats
    periods: npt.NDArray[Any]

    @classmethod
    def of(cls, cells: Cells, own: Codes, dimension: str) -> _Table:
        beside = ("released", "reporter", "partner", "product", "breakdown", "flow", "unit", "basis", "period")
        columns = [(cells.codes[name][own], len(cells.texts[name])) for name in beside if name != dimension]
        context, rows = np.unique(one_key(columns), return_inverse=True)
        texts = np.array(cells.texts[dimension], dtype=str)
        codes, places = np.unique(np.argsort(np.argsort(texts))[cells.codes[dimension][own]], return_inverse=True)
        if len(context) * len(codes) > 20_000_000:
            rows, places, codes, own, context = (found[:0] for found in (rows, places, codes, own, context))
        mantissa, exponent = cells.printed
        values = np.full((len(context), len(codes)), np.nan)
        steps, periods = values.copy(), np.zeros(len(context), dtype=np.int64)
        power = 10.0 ** exponent[own].astype(np.float64)
        values[rows, places], steps[rows, places] = mantissa[own] * power, power
        periods[rows] = cells.codes["period"][own]
        return cls(np.sort(texts)[codes].tolist(), values, steps, periods)

    def sums(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """What may be sums, by a look at the rows with the most figures: parent and children."""
        many = len(self.names)
        if many < 3 or len(self.values) < _FIGURES:
            return
        order = np.argsort(np.isnan(self.values).sum(axis=1), kind="stable")[: 2 * _FIGURES]
        values, steps = self.values[order], self.steps[order]
        found: list[tuple[int, tuple[int, ...]]] = []
        sizes = [size for size, most in ((2, _PAIRS), (3, _TRIPLES)) if many <= most]
        for size in sizes:
            sets = np.array(list(combinations(range(many), size)))
            sums, around = values[:, sets].sum(axis=2), steps[:, sets].sum(axis=2)
            for parent in range(many):
                near = np.abs(sums - values[:, [parent]]) <= (around + steps[:, [parent]]) / 2
                there = ~np.isnan(sums) & ~np.isnan(values[:, [parent]])
                good = (near.sum(axis=0) * 4 >= there.sum(axis=0) * 3) & (near.sum(axis=0) >= _FIGURES // 2)
                good &= ~(sets == parent).any(axis=1)
                found += [(parent, tuple(one)) for one in sets[good][:_COUNTED].tolist()]
        found = found[:_COUNTED]
        parents, inner = {parent for parent, _ in found}, {child for _, children in found for child in children}
        for parent in [at for at in range(many) if self.names[at] in _WHOLES.values() or many <= _PAIRS]:
            others = [at for at in range(many) if at != parent]
            leaves = [at for at in others if at not in parents]
            tops = [at for at in others if at not in inner]
            for some in (others, leaves, tops):
                apart = np.abs(values[:, some].sum(axis=1) - values[:, parent])
                near = apart <= steps[:, [parent, *some]].sum(axis=1) / 2
                if len(some) > 3 and 2 * near.sum() >= max(len(near) - np.isnan(apart).sum(), _FIGURES):
                    found.append((parent, tuple(some)))
        for parent, children in found:
            yield self.names[parent], tuple(self.names[at] for at in children)

    def is_no_chance(self, parent: str, children: tuple[str, ...]) -> bool:
        """Whether the sum holds in enough figures and periods, would not with those of another time, nor by chance."""
        at, own = self.names.index(parent), [self.names.index(child) for child in children]
        whole = self.values[:, [at, *own]]
        rows = np.flatnonzero(~np.isnan(whole).any(axis=1))
        rows = rows[:: len(rows) // _LOOKED_AT + 1]
        _, first = np.unique(whole[rows], axis=0, return_index=True)
        rows = rows[np.sort(first)]  # what is printed alike once more says nothing
        if len(rows) < _FIGURES or len(np.unique(self.periods[rows])) < _PERIODS:
            return False
        total, parts_, steps = whole[rows, 0], whole[rows, 1:], self.steps[rows][:, [at, *own]].sum(axis=1)
        if ((np.abs(parts_) > steps[:, None]).sum(axis=0) * 2 < len(rows)).any():
            return False  # a part that is nothing most of the time
        made = parts_.sum(axis=1)
        holds = np.abs(made - total) <= steps / 2 * (1 + 1e-9)
        other = np.abs(np.roll(made, 1) - total) <= steps / 2
        chance = np.log10(np.clip(steps / np.maximum(np.abs(total), steps), 1e-6, 1.0))[holds].sum()
        tried = 3 * np.log10(len(self.names) + 1)
        return bool(other.sum() * 2 < holds.sum() and chance + tried < _CHANCE)
