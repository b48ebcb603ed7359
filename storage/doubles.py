"""Figures as the nearest doubles, and the bounds of what was known: for answers to compute with, never for judging."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from schemas.figures import Figure, power_of_ten
from schemas.vocabulary import QUALIFIERS, ROUNDINGS
from storage.encoding import codes
from storage.encoding.columns import Flags, Ints, is_absent

Doubles = npt.NDArray[np.float64]

#: Whole numbers and powers of ten up to these are doubles themselves: one multiplication or division rounds once.
_WHOLE: Final = 2**53
_POWER: Final = 22
_TENS: Final[Doubles] = np.array([float(10**power) for power in range(_POWER + 1)])
#: In tenths of a step from the figure to its bounds, by qualifier (``schemas.figures.Figure.interval``); None: no end.
_REACH: Final = {"=": (-5, 5), "~": (-50, 50), ">": (0, None), "≥": (0, None), "<": (None, 0), "≤": (None, 0)}


def doubles(mantissa: Ints, packed: Ints) -> Doubles:
    """The value of each figure; NaN where it has none."""
    exponent = codes.exponent_of(packed)
    return _scaled(mantissa, exponent, ~is_absent(packed))


def steps(packed: Ints) -> Doubles:
    """The size of the last printed digit; NaN where there is no value."""
    return doubles(np.ones_like(packed), packed)


def bounds(mantissa: Ints, packed: Ints) -> tuple[Doubles, Doubles]:
    """The ends of what was known of each figure; NaN where there is none."""
    known, exponent = ~is_absent(packed), codes.exponent_of(packed) - 1
    large = np.abs(mantissa) >= _WHOLE // 10
    tenths = np.where(large, 0, mantissa) * 10
    ends = [_scaled(tenths + away, exponent, ~large & there) for away, there in reaches(mantissa, packed)]
    for at in np.flatnonzero(large & known):
        power, word, how, _ = codes.unpack(int(packed[at]))
        interval = Figure(int(mantissa[at]), power, word, how).interval
        for end, found in zip(ends, (interval.low, interval.high), strict=True):
            end[at] = np.nan if found is None else float(found)
    return ends[0], ends[1]


def reaches(mantissa: Ints, packed: Ints) -> list[tuple[Ints, Flags]]:
    """How far the lower and the upper end of each figure lie from it, in tenths of a step, and whether there is one."""
    known = ~is_absent(packed)
    qualifier, rounding = codes.qualifier_of(packed), codes.rounding_of(packed)
    cut = (rounding == ROUNDINGS.index("truncated")) & (qualifier == QUALIFIERS.index("="))
    found = []
    for side in (0, 1):
        reach = np.array([_REACH[word][side] or 0 for word in QUALIFIERS])[qualifier]
        ends_there = np.array([_REACH[word][side] is not None for word in QUALIFIERS])[qualifier]
        away = np.where(mantissa <= 0, -10, 0) if side == 0 else np.where(mantissa >= 0, 10, 0)
        found.append((np.where(cut, away, reach), known & ends_there))
    return found


def _scaled(mantissa: Ints, exponent: Any, known: Flags) -> Doubles:
    size = np.abs(exponent)
    exact = (np.abs(mantissa) <= _WHOLE) & (size <= _POWER)
    tens, number = _TENS[np.minimum(size, _POWER)], mantissa.astype(np.float64)
    found: Doubles = np.where(exponent < 0, number / tens, number * tens)
    for at in np.flatnonzero(known & ~exact):
        found[at] = float(int(mantissa[at]) * power_of_ten(int(exponent[at])))
    found[~known] = np.nan
    return found
