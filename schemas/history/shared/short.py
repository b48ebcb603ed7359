"""Figures of series too short to have a history: how far each is from all others of its series, before and after."""

from __future__ import annotations

from typing import Final

import numpy as np

from schemas.figures import power_of_ten
from schemas.history.shared.known import Flags
from schemas.history.shared.magnitudes import HISTORY, TIMES, Apart, Figures, magnitudes

#: So many others make a series of it; and the one odd figure at either end of them does not count.
_OTHERS: Final = 4
_ODD: Final = 1
#: No less is far: 10^0.7 = 5 times; beside figures of fewer steps 30 and 300 times.
_FAR: Final = 700
_FEW: Final = ((2, 1500), (1, 2500))
_NONE: Final = 10**6


def far_from_all(figures: Figures, judged: Flags) -> tuple[Apart, Flags]:
    """Which of the ``judged`` figures, with less than a history on either side, are far; which could be judged."""
    places = np.flatnonzero(judged)
    at = places[:, np.newaxis] + np.array([step for step in range(1 - HISTORY, HISTORY) if step])
    same = (at >= 0) & (at < len(judged))
    at = np.clip(at, 0, max(len(judged) - 1, 0))
    same &= figures.series[at] == figures.series[places][:, np.newaxis]
    size, value = magnitudes(figures.mantissa, figures.exponent), figures.mantissa[at]
    there = same & (value != 0)
    many, rows = there.sum(axis=1), np.arange(len(places))
    ordered = np.sort(np.where(there, size[at], _NONE), axis=1)
    low, high = ordered[rows, _ODD], ordered[rows, np.maximum(many - 1 - _ODD, 0)]
    signs = np.where(there, np.sign(value), 0)
    sign = np.sign(signs.max(axis=1, initial=0) + signs.min(axis=1, initial=0))
    could = (many >= _OTHERS) & (sign != 0)
    limit = np.full(len(places), _FAR)
    for digits, least in _FEW:
        limit[(there & (np.abs(value) < power_of_ten(digits).numerator)).sum(axis=1) > _ODD] = least
    limit = np.maximum(limit, (high - low) * TIMES.numerator // TIMES.denominator)
    own, of = figures.mantissa[places], size[places]
    apart = np.where(np.sign(own) * sign < 0, _NONE, np.maximum(low - of, of - high))
    nil = (same & (value == 0)).any(axis=1) & (own == 0)
    keep = could & (apart > limit) & ~nil
    found = Apart(places[keep], low[keep], high[keep], limit[keep], sign[keep])
    known = np.zeros(len(judged), dtype=bool)
    known[places[could]] = True
    return found, known
