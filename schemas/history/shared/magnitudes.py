"""How far figures are from their own series: magnitudes in thousandths of a decade, all series at once, in integers.

A magnitude is 1,000 · log₁₀ of the first four digits of a figure, rounded down: a whole number, so that nothing is
decided in floating point, and ten times a figure is exactly 1,000 more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np

from schemas.figures import power_of_ten
from schemas.history.shared.known import Flags, Ints, as_ints

#: Figures before one that make a history, and those of them whose own distance is known.
HISTORY: Final = 8
_DISTANCES: Final = HISTORY - 3
#: Beside it stand the last three, and those of the same season in three years, none of them older than that.
_NEAR: Final = 3
_LEAST: Final = 2
_YEARS: Final = 3
#: Of so many beside it, so many may be as odd as it is on either side.
_ODD: Final = as_ints([0, 0, 0, 1, 1, 1, 2])
#: No less is far: 10^0.6 = 4 times.
_FAR: Final = 600
#: Beside figures of fewer steps, which say less of a magnitude: 10 times, and 100 times.
_FEW: Final = ((100, 1000), (10, 2000))
#: Nor what is within so many times how far the series itself went: of so many distances before the greatest but one,
#: and but one more for every so many of them.
TIMES: Final = Fraction(8, 3)
WINDOW: Final = 36
_EVERY: Final = 12
_NONE: Final = 10**6
#: Figures that are looked at at once: memory does not grow with their number.
_CHUNK: Final = 100_000
_POWERS: Final = 10 ** np.arange(19, dtype=np.int64)
#: Of the numbers from 1000 to 9999, log₁₀(number / 1000) in thousandths, rounded down (a test has it in integers).
TABLE: Final = as_ints(np.floor(1000 * np.log10(np.arange(1000, 10000)) + 1e-9)) - 3000


def magnitudes(mantissa: Ints, exponent: Ints) -> Ints:
    """Of each figure but 0, whatever its sign; of a 0 that of half its step."""
    size = np.where(mantissa == 0, 5, np.abs(mantissa))
    digits = as_ints(np.searchsorted(_POWERS, size, side="right"))
    first = np.where(digits > 4, size // _POWERS[np.maximum(digits - 4, 0)], size * _POWERS[np.maximum(4 - digits, 0)])
    return as_ints(TABLE[first - 1000] + 1000 * (exponent + digits - 1 - (mantissa == 0)))


def least(magnitude: int) -> Fraction:
    """The least figure of four digits with at least that magnitude."""
    decade, rest = divmod(magnitude, 1000)
    first = int(np.searchsorted(TABLE, rest))
    return (1000 + first) * power_of_ten(decade - 3)


def most(magnitude: int) -> Fraction:
    """The greatest figure of four digits with at most that magnitude."""
    decade, rest = divmod(magnitude, 1000)
    return (999 + int(np.searchsorted(TABLE, rest, side="right"))) * power_of_ten(decade - 3)


@dataclass(frozen=True)
class Figures:
    """Figures by series and time: ``series`` numbers runs without a break of periods of one length, in order of
    ``start`` (in months).
    """

    series: Ints
    start: Ints
    mantissa: Ints
    exponent: Ints

    def back(self) -> Figures:
        """The same, time running backwards."""
        return Figures(self.series[::-1], -self.start[::-1], self.mantissa[::-1], self.exponent[::-1])

    def part(self, of: slice) -> Figures:
        """Some of them, whole series."""
        return Figures(*(column[of] for column in (self.series, self.start, self.mantissa, self.exponent)))

    def before(self, many: int) -> Ints:
        """The place of the figure so many before each, −1 where the series has none."""
        at = np.arange(len(self.series)) - many
        return np.where((at >= 0) & (self.series[np.maximum(at, 0)] == self.series), at, -1)

    def seasons(self) -> list[Ints]:
        """The places of the figures of the same month 1, 2 and 3 before each, −1 where there is none."""
        order = np.lexsort((self.start, self.start % 12, self.series))
        alike = Figures(self.series[order] * 12 + self.start[order] % 12, self.start, self.mantissa, self.exponent)
        found = []
        for many in range(1, _YEARS + 1):
            at, places = alike.before(many), np.empty(len(order), dtype=np.int64)
            places[order] = np.where(at >= 0, order[np.maximum(at, 0)], -1)
            found.append(places)
        return found


@dataclass(frozen=True)
class Apart:
    """Figures far from their series, by place: those beside them span magnitudes from ``low`` to ``high``, of one
    ``sign``; ``allowed`` is how far outside they may be.
    """

    place: Ints
    low: Ints
    high: Ints
    allowed: Ints
    sign: Ints

    def back(self, many: int) -> Apart:
        """The same among so ``many`` figures whose time ran backwards."""
        return replace(self, place=many - 1 - self.place)


def far(figures: Figures, judged: Flags) -> tuple[Apart, Flags]:
    """Which of the ``judged`` figures are far from those before them in their series; and which could be judged."""
    starts = np.flatnonzero(figures.before(1) < 0)
    cuts = np.unique(starts[np.searchsorted(starts, np.arange(0, len(judged), _CHUNK), side="right") - 1])
    ends = [*cuts[1:].tolist(), len(judged)]
    parts = [_far(figures.part(slice(at, end)), judged[at:end]) for at, end in zip(cuts.tolist(), ends, strict=True)]
    places = [found.place + at for (found, _), at in zip(parts, cuts, strict=True)]
    names = ("low", "high", "allowed", "sign")
    columns = {name: np.concatenate([getattr(found, name) for found, _ in parts]) for name in names}
    return Apart(place=np.concatenate(places), **columns), np.concatenate([could for _, could in parts])


def _far(figures: Figures, judged: Flags) -> tuple[Apart, Flags]:
    size = magnitudes(figures.mantissa, figures.exponent)
    beside = _beside(figures)
    there = beside >= 0
    many = there.sum(axis=1)
    signs = np.where(there, np.sign(figures.mantissa)[np.maximum(beside, 0)], 0)
    sign = signs.max(axis=1) + signs.min(axis=1)  # ±2 or ±1: one sign, 0: both
    low, high = _range(np.where(there, size[np.maximum(beside, 0)], _NONE), many)
    known = (many >= _LEAST) & (sign != 0)
    other = known & (figures.mantissa != 0) & (np.sign(figures.mantissa) != np.sign(sign))
    apart = np.where(other, _NONE, np.maximum(np.maximum(low - size, size - high), 0))
    digits = np.where(there, np.abs(figures.mantissa)[np.maximum(beside, 0)], _NONE)
    limit = np.full(len(many), _FAR)
    for steps, least_far in _FEW:
        limit[(digits < steps).sum(axis=1) > _ODD[many]] = least_far
    judged = judged & known & (figures.before(HISTORY) >= 0)
    places = np.flatnonzero(judged & (apart > limit))
    own, said = _own_limit(figures, np.where(known & ~other, apart, -1), places)
    allowed = np.maximum(own, limit[places])
    keep = (apart[places] > allowed) & said
    places, allowed = places[keep], allowed[keep]
    return Apart(places, low[places], high[places], allowed, np.sign(sign[places])), judged


def _beside(figures: Figures) -> Ints:
    """Of each figure the places of those that it stands beside: near ones, and those of its season, −1 for none."""
    near = [figures.before(many) for many in range(1, _NEAR + 1)]
    own = [np.where(np.logical_or.reduce([one == each for each in near]), -1, one) for one in figures.seasons()]
    found = np.stack([*near, *own], axis=1)
    at = np.maximum(found, 0)
    recent = figures.start[:, np.newaxis] - figures.start[at] <= 12 * _YEARS
    return np.where((found >= 0) & recent & (figures.mantissa[at] != 0), found, -1)


def _range(sizes: Ints, many: Ints) -> tuple[Ints, Ints]:
    """Within what most of the sizes lie that are known (``many`` of each row): without the odd ones at either end."""
    ordered, rows, odd = np.sort(sizes, axis=1), np.arange(len(sizes)), _ODD[many]
    return ordered[rows, odd], ordered[rows, np.maximum(many - 1 - odd, 0)]


def _own_limit(figures: Figures, apart: Ints, places: Ints) -> tuple[Ints, Flags]:
    """How far a figure may be by how far its series went before; and whether that is known, and a 0 no news to it."""
    at = places[:, np.newaxis] - np.arange(1, WINDOW + 1)
    same = (at >= 0) & (figures.series[np.maximum(at, 0)] == figures.series[places][:, np.newaxis])
    at = np.maximum(at, 0)
    before = np.where(same, apart[at], -1)
    many = (before >= 0).sum(axis=1)
    rank = np.minimum(1 + many // _EVERY, WINDOW - 1)
    usual = np.maximum(-np.sort(-before, axis=1)[np.arange(len(places)), rank], 0)
    nil = (same & (np.abs(figures.mantissa[at]) < _FEW[-1][0])).sum(axis=1) > rank
    known = (many >= _DISTANCES) & ~(nil & (figures.mantissa[places] == 0))
    return usual * TIMES.numerator // TIMES.denominator, known
