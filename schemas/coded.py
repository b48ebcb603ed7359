"""The identities on rows that are coded already: block and flow as integers, figures as mantissa and exponent.

The way in for many millions of plain figures (printed to the nearest digit, one reading a cell); everything else goes
through ``schemas.judge``, with the same kernel underneath.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.cells import BALANCING
from schemas.identities import misses, places
from schemas.intervals import Codes, Ends, closed_ends
from schemas.intervals import power as power_of_ten
from schemas.rules import IDENTITIES
from schemas.suspects import block_suspects

_NO_FIGURE = 127  # no exponent of a figure
_BITS = np.array([[8], [4], [2], [1]])
_NAMES = np.array(
    ["".join(flow for flow, bit in zip(BALANCING, (8, 4, 2, 1), strict=True) if code & bit) for code in range(16)],
    dtype=object,
)
_CHUNK = 1 << 15  # blocks at a time, so that the arrays of a pass stay in the cache


def failing_blocks(
    block: npt.NDArray[Any],
    flow: npt.NDArray[Any],
    mantissa: npt.NDArray[np.int64],
    exponent: npt.NDArray[Any],
    blocks: int,
) -> pd.DataFrame:
    """What does not hold, one row per rule and block.

    ``flow`` is the place of the flow in T, X, M, B; ``blocks`` the number of blocks. Columns: ``block``, ``rule``,
    ``left``, ``right``, ``difference``, ``allowed`` and ``low``, ``high`` (which printed values would fit), all in
    quarters of ``10^exponent``, and ``suspects``, the flows whose change alone explains the block. Incomplete
    identities have no row: they are not evaluable.
    """
    at = np.multiply(flow, blocks, dtype=np.int64)
    at += block
    value = np.zeros((4, blocks), dtype=np.int64)
    power = np.full((4, blocks), _NO_FIGURE, dtype=np.int8)
    value.ravel()[at] = mantissa
    power.ravel()[at] = exponent
    large = bool(len(mantissa)) and int(max(mantissa.max(), -mantissa.min())) >= 2**60
    failing = np.zeros((4, blocks), dtype=bool)
    for start in range(0, blocks, _CHUNK):
        here = slice(start, start + _CHUNK)
        failing[:, here] = _failing(value[:, here], power[:, here], large)
    wrong = np.flatnonzero(failing.any(axis=0))
    return _described(wrong, failing[:, wrong], value[:, wrong], power[:, wrong])


def _ends(value: npt.NDArray[np.int64], power: npt.NDArray[np.int8], large: bool) -> Ends:
    twice = (value.astype(object) if large else value) * 2
    return closed_ends(twice - 1, twice + 1, cast(Codes, power))


def _failing(value: npt.NDArray[np.int64], power: npt.NDArray[np.int8], large: bool) -> npt.NDArray[np.bool_]:
    present = power != _NO_FIGURE
    flows = [_ends(value[row], power[row], large) for row in range(4)]
    excess = misses(flows, list(present))
    complete = present.all()
    return np.vstack(
        [
            (miss > 0) if complete else (miss > 0) & present[places(rule)].all(axis=0)
            for rule, miss in zip(IDENTITIES, excess, strict=True)
        ]
    )


def _described(
    wrong: Codes, failing: npt.NDArray[np.bool_], value: npt.NDArray[np.int64], power: npt.NDArray[np.int8]
) -> pd.DataFrame:
    suspects = _NAMES[(block_suspects(failing) * _BITS).sum(axis=0)]
    grid = np.where(power == _NO_FIGURE, _NO_FIGURE, power).min(axis=0).astype(np.int64)
    shift = np.where(power == _NO_FIGURE, 0, power - grid)
    kind: Any = np.int64
    if len(wrong) and (shift.max() > 15 or np.abs(value).max() >= 2**56 // 10 ** min(int(shift.max()), 15)):
        kind = object
    scale = power_of_ten(shift, np.empty(0, dtype=kind))
    figures, steps = value.astype(kind) * scale * 4, scale * 2
    parts: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in ("left", "right", "allowed")}
    for number, rule in enumerate(IDENTITIES):
        here = failing[number]
        judged, one, other = places(rule)
        sign, times = rule.right[1][1], rule.left[1]
        parts["left"].append(figures[judged, here])
        parts["right"].append((figures[one, here] + sign * figures[other, here]) // times)
        parts["allowed"].append(steps[judged, here] + (steps[one, here] + steps[other, here]) // times)
    left, right, allowed = (np.concatenate(values) for values in parts.values())
    rule_at, column = np.nonzero(failing)
    return pd.DataFrame(
        {
            "block": wrong[column],
            "rule": pd.Categorical.from_codes(rule_at, categories=pd.Index([rule.id for rule in IDENTITIES])),
            "left": left,
            "right": right,
            "difference": left - right,
            "allowed": allowed,
            "low": right - allowed,
            "high": right + allowed,
            "exponent": grid[column],
            "suspects": suspects[column],
        }
    )
