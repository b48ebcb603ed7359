"""From a frame of readings to coded cells: one interval a cell, and where its block, series and base are.

A cell is (dataset, released, reporter, partner, product, breakdown, flow, measure, unit, basis, period); since dataset
and release are part of it, groups are judged by themselves. Everything is integer codes from here on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas import vocabulary
from schemas.cells.narrowing import column_of, meet
from schemas.findings import block_id
from schemas.intervals import grid as intervals
from schemas.intervals.grid import Codes, Ends, Flags, Integers
from schemas.keys import counted, first_places, one_key
from schemas.units import is_currency

FAMILY: Final = ("dataset", "released", "reporter", "partner", "product", "breakdown")
#: Flows that an identity relates, in the order of a block's row of ``Cells.block_cells``.
BALANCING: Final = ("T", "X", "M", "B")
_NO_CURRENCY: Final = ("count", "%", "_Z", "")


def among(texts: Sequence[str], codes: npt.NDArray[Any], *wanted: str) -> Flags:
    """Where a code stands for one of the wanted texts."""
    flags: Flags = np.array([text in wanted for text in texts] or [False], dtype=bool)[codes]
    return flags


@dataclass(frozen=True)
class Cells:
    """The cells of a frame of readings, as arrays with one entry a cell (``of_row``: one a reading).

    ``figure`` is the row of the published reading (−1: no value), ``ends`` the intersection of the readings, valid
    where ``usable``; ``clash`` marks cells whose readings do not meet, ``rough`` those known only as "about".
    """

    frame: pd.DataFrame
    texts: dict[str, list[str]]
    codes: dict[str, npt.NDArray[Any]]  # per cell: dataset, released, …, flow, measure, period
    family: Codes
    families: int
    currency: Codes  # of the level, or of the level a growth rate is about; codes of texts["currency"]
    block: Codes
    blocks: int
    of_row: Codes
    figure: Codes
    first: Codes  # row of the first reading, value or not
    readings: Codes  # with a value
    ends: Ends
    usable: Flags
    clash: Flags
    rough: Flags
    all_meet: Flags  # the rough readings included
    block_currency: Codes  # of a share: the only currency with levels beside it

    def __len__(self) -> int:
        return len(self.family)

    @cached_property
    def is_amount(self) -> Flags:
        """Levels and counts: what a growth rate or a share is about."""
        return among(self.texts["measure"], self.codes["measure"], "level", "count")

    @cached_property
    def is_level(self) -> Flags:
        """Levels."""
        return among(self.texts["measure"], self.codes["measure"], "level")

    def measured(self, measure: str) -> Codes:
        """The cells of one measure."""
        if measure not in self.texts["measure"]:
            return np.empty(0, dtype=np.int64)
        return np.flatnonzero(self.codes["measure"] == self.texts["measure"].index(measure))

    @cached_property
    def block_cells(self) -> Codes:
        """The level cell of each block and flow of BALANCING, −1 for none; shape (4, blocks)."""
        return self.level_cells(BALANCING)

    def level_cells(self, flows: Sequence[str]) -> Codes:
        """The level cell of each block and flow, −1 for none; shape (flows, blocks)."""
        place = np.full(len(self.texts["flow"]), -1, dtype=np.int64)
        for at, flow in enumerate(flows):
            if flow in self.texts["flow"]:
                place[self.texts["flow"].index(flow)] = at
        level, plain = self.measured("level"), self.texts["basis"]
        if len(plain) > 1 or plain != ["_Z"]:
            level = level[self.codes["basis"][level] == (plain.index("_Z") if "_Z" in plain else -1)]
        slot = place[self.codes["flow"][level]]
        level, slot = level[slot >= 0], slot[slot >= 0]
        cells = np.full((len(flows), self.blocks), -1, dtype=np.int64)
        cells[slot, self.block[level]] = level
        return cells

    @cached_property
    def _amounts(self) -> tuple[Codes, pd.Index[Any]]:
        cells = np.flatnonzero(self.is_amount)
        level = self.texts["measure"].index("level") if "level" in self.texts["measure"] else -1
        cells = cells[np.argsort(self.codes["measure"][cells] != level, kind="stable")]
        index = pd.Index(
            self._key(self.family[cells], self.currency[cells], self.codes["flow"][cells], self.codes["period"][cells])
        )
        first = ~index.duplicated()  # a number of things may be printed as a level and as a count
        return cells[first], index[first]

    def _key(self, family: Codes, currency: Codes, flow: npt.NDArray[Any], period: npt.NDArray[Any]) -> Codes:
        sizes = (self.families, *(len(self.texts[name]) for name in ("currency", "flow", "period")))
        if np.prod([float(size) for size in sizes]) >= 2**62:
            raise OverflowError("more series and periods than can be coded")  # 4·10^18 cells
        return one_key(list(zip((family, currency, flow, period), sizes, strict=True)))

    def amount(self, family: Codes, currency: Codes, flow: npt.NDArray[Any], period: Codes) -> Codes:
        """The level (or count) cell of each family, currency, flow and period; −1 where the release has none."""
        cells, index = self._amounts
        at = index.get_indexer(pd.Index(self._key(np.maximum(family, 0), currency, flow, np.maximum(period, 0))))
        if not len(cells):
            return np.full(len(family), -1, dtype=np.int64)
        found: Codes = np.where((at >= 0) & (period >= 0) & (family >= 0), cells[at], -1)
        return found

    @cached_property
    def _period_codes(self) -> dict[str, int]:
        return {text: code for code, text in enumerate(self.texts["period"])}

    def same_at(self, cell: int, period: str) -> int:
        """The level (or count) cell of the same series in another period; −1 where the release has none."""
        code = self._period_codes.get(period, -1)
        if code < 0:
            return -1
        at, (cells, index) = [cell], self._amounts
        key = self._key(self.family[at], self.currency[at], self.codes["flow"][at], np.array([code]))[0]
        return int(cells[index.get_loc(key)]) if key in index else -1

    @cached_property
    def families_index(self) -> tuple[dict[str, npt.NDArray[Any]], pd.Index[Any]]:
        """The codes of FAMILY of each family, and an index of their keys."""
        at = first_places(self.family, self.families)
        codes = {name: self.codes[name][at].astype(np.int64) for name in FAMILY}
        return codes, pd.Index(self._family_key(codes))

    def _family_key(self, codes: Mapping[str, npt.NDArray[Any]]) -> Codes:
        return one_key([(codes[name], len(self.texts[name])) for name in FAMILY])  # few texts: far from 2^62

    def other_family(self, family: Codes, dimension: str, value: Codes) -> Codes:
        """The family that differs in one dimension, by the code of its text (−1: none occurs); −1 where none is."""
        codes, index = self.families_index
        wanted = {name: codes[name][family] for name in FAMILY}
        wanted[dimension] = np.maximum(value, 0)
        found: Codes = index.get_indexer(pd.Index(self._family_key(wanted)))
        return np.where((value >= 0) & (family >= 0), found, -1)

    @cached_property
    def block_ids(self) -> npt.NDArray[np.object_]:
        """The readable id of each block."""
        return self.ids_at(first_places(self.block, self.blocks))

    def ids_at(self, cells: Codes) -> npt.NDArray[np.object_]:
        """The readable ids of the blocks of some cells."""
        parts = [
            [self.texts[name][code] for code in self.codes[name][cells].tolist()]
            for name in ("dataset", "reporter", "partner", "product", "breakdown", "period")
        ]
        names, own = self.texts["currency"], self.block_currency[cells].tolist()
        parts.append(["-" if names[code] in _NO_CURRENCY else names[code] for code in own])
        ids = np.empty(len(cells), dtype=object)
        ids[:] = [block_id(*texts) for texts in zip(*parts, strict=True)]
        return ids

    @cached_property
    def printed(self) -> tuple[Integers, Codes]:
        """Mantissa and exponent of the published reading of each cell (of no meaning where there is no value)."""
        rows = np.maximum(self.figure, 0)
        mantissa = self.frame["mantissa"].to_numpy(dtype=np.int64, na_value=0)[rows]
        return mantissa, self.frame["exponent"].to_numpy(dtype=np.int64)[rows]

    @cached_property
    def is_plain(self) -> Flags:
        """Where the published reading is a plain figure (qualifier ``=``)."""
        codes, names = column_of(self.frame, "qualifier")
        plain = codes[np.maximum(self.figure, 0)] == (names.index("=") if "=" in names else -1)
        flags: Flags = plain & (self.figure >= 0)
        return flags

    @cached_property
    def group(self) -> Codes:
        """Per cell, its dataset and release, counted from 0."""
        key = one_key([(self.codes[name], len(self.texts[name])) for name in ("dataset", "released")])
        return counted(key)[0]

    def block_id_of(self, cell: int) -> str:
        """The readable id of a cell's block."""
        return str(self.ids_at(np.array([cell]))[0])

    def text(self, name: str, cell: int) -> str:
        """The text of a coded column for one cell."""
        return self.texts[name][int(self.codes[name][cell])]

    def value(self, name: str, cell: int) -> Any:
        """What a column of the frame says of the published reading (of the first, where none has a value)."""
        row = self.figure[cell] if self.figure[cell] >= 0 else self.first[cell]
        return self.frame[name].iat[int(row)]


def _recoded(texts: list[str], into: list[str]) -> npt.NDArray[np.int64]:
    """Code in ``texts`` → code in ``into``, which grows."""
    for text in texts:
        if text not in into:
            into.append(text)
    return np.array([into.index(text) for text in texts] or [0], dtype=np.int64)


def find_cells(frame: pd.DataFrame) -> Cells:
    """Code a frame of readings (``schemas.observations.READING_COLUMNS``) by its cells."""
    raw = {name: column_of(frame, name) for name in (*FAMILY, "flow", "measure", "unit", "basis", "period")}
    texts = {name: names for name, (_, names) in raw.items()}
    family, families = counted(one_key([(raw[name][0], len(texts[name])) for name in FAMILY]))
    within = [(raw[name][0], len(texts[name])) for name in ("flow", "measure", "unit", "basis", "period")]
    of_row, count = counted(one_key([(family, families), *within]))
    first = first_places(of_row, count)
    codes = {name: intervals.taken(column, first) for name, (column, _) in raw.items()}
    family = family[first]

    texts["currency"] = currencies = ["-"]
    of_unit, of_basis = _recoded(texts["unit"], currencies), _recoded(texts["basis"], currencies)
    growth = among(texts["measure"], codes["measure"], *vocabulary.GROWTH_MEASURES)
    currency = np.where(growth, of_basis[codes["basis"]], of_unit[codes["unit"]])
    block_currency = _block_currency(texts, codes, family, families, currency)
    of_block = [(family, families), (codes["period"], len(texts["period"])), (block_currency, len(currencies))]
    block, blocks = counted(one_key(of_block))
    return Cells(
        frame=frame,
        texts=texts,
        codes=codes,
        family=family,
        families=families,
        currency=currency,
        block=block,
        blocks=blocks,
        of_row=of_row,
        first=first,
        **meet(frame, of_row, first),
        block_currency=block_currency,
    )


def _block_currency(
    texts: dict[str, list[str]], codes: dict[str, npt.NDArray[Any]], family: Codes, families: int, currency: Codes
) -> Codes:
    names = texts["currency"]
    own = np.where(among(names, currency, *_NO_CURRENCY), 0, currency)
    share = among(texts["measure"], codes["measure"], "share")
    if not share.any():
        return own
    money = np.array([is_currency(name) for name in names], dtype=bool)
    level = among(texts["measure"], codes["measure"], "level") & money[own]
    key = one_key([(family, families), (codes["period"], len(texts["period"]))])
    levels = pd.DataFrame({"key": key[level], "own": own[level]}).groupby("key")["own"].agg(["min", "max"])
    at = levels.index.get_indexer(pd.Index(key[share]))
    low, high = levels["min"].to_numpy(), levels["max"].to_numpy()
    own[share] = np.where((at >= 0) & (low[at] == high[at]), low[at], 0) if len(levels) else 0
    return own
