"""Many intervals at once, exactly: integer ends on a grid of half steps, open, closed or infinite.

The arrays are int64 where the numbers are known to fit, and Python integers (dtype ``object``) otherwise; every
function here works on either, so there is one way to compute and none wraps round. ``schemas.figures.Interval`` is the
same thing for one figure, in fractions; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[Any]  # int64, or Python integers as objects
Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Magnitudes below this, in half steps, may enter sums of a block as int64.
SUMMABLE: Final = 2**52
#: "Unbounded" among packed ends: beyond every sum of finite ones, and three of them still fit int64.
INFINITE: Final = 2**60
#: The same among Python integers.
ENDLESS: Final = 10**100
_POWERS: Final = np.array([10**k for k in range(19)], dtype=np.int64)
_BIG_POWERS: Final = np.array([10**k for k in range(400)], dtype=object)


def power(exponent: Codes, like: Integers) -> Integers:
    """10^exponent for exponents ≥ 0, as integers of the kind of ``like``."""
    powers: Integers = _BIG_POWERS[exponent] if like.dtype == object else _POWERS[exponent]
    return powers


def bits(values: Integers) -> npt.NDArray[np.float64]:
    """An upper bound of the bits of each magnitude, to decide where int64 is enough."""
    if values.dtype == object:
        return np.array([float(int(value).bit_length()) for value in values.ravel()]).reshape(values.shape)
    magnitude: npt.NDArray[np.float64] = np.log2(np.abs(values.astype(np.float64)) + 1) + 1e-6
    return magnitude


def constant(values: npt.NDArray[Any]) -> bool:
    """Whether an array is one value broadcast, as the codes of columns with one text are."""
    return values.strides == (0,) and len(values) > 0


def shrunk(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array, or where all its values are the same that value broadcast: nothing to gather, little to read."""
    if len(values) and not constant(values) and values[0] == values[-1] and values.min() == values.max():
        return np.broadcast_to(values[:1].copy()[0], values.shape)
    return values


def taken(values: npt.NDArray[Any], at: Any) -> npt.NDArray[Any]:
    """``values[at]`` for places, broadcast where the values are."""
    if constant(values) and isinstance(at, np.ndarray) and at.dtype == np.int64:
        return np.broadcast_to(values[0], at.shape)
    found: npt.NDArray[Any] = values[at]
    return found


@dataclass(frozen=True)
class Ends:
    """Intervals ``low…high``, in half steps of ``10^exponent``; an infinite end has any number and its flag."""

    low: Integers
    high: Integers
    exponent: Codes
    low_open: Flags
    high_open: Flags
    low_inf: Flags
    high_inf: Flags

    def __len__(self) -> int:
        return len(self.low)

    @cached_property
    def closed(self) -> bool:
        """Whether every end is finite and closed, as nearly all are."""
        return not any(getattr(self, name).any() for name in ("low_open", "high_open", "low_inf", "high_inf"))

    def take(self, at: Any) -> Ends:
        """The intervals at these places."""
        if self.closed:
            return closed_ends(self.low[at], self.high[at], taken(self.exponent, at))
        return Ends(*(getattr(self, name)[at] for name in self.__dataclass_fields__))

    def exactly(self) -> Ends:
        """The same with Python integers."""
        return replace(self, low=self.low.astype(object), high=self.high.astype(object))

    @property
    def holds_zero(self) -> Flags:
        """Where 0 may be the true value."""
        below = self.low_inf | np.asarray(self.low < 0, dtype=bool) | (np.asarray(self.low == 0, bool) & ~self.low_open)
        above = (
            self.high_inf | np.asarray(self.high > 0, dtype=bool) | (np.asarray(self.high == 0, bool) & ~self.high_open)
        )
        either: Flags = below & above
        return either

    @property
    def sign(self) -> npt.NDArray[np.int8]:
        """1 where nothing lies below 0, −1 where something does and nothing above, else 0; ``spans.sign`` for many."""
        up = ~self.low_inf & np.asarray(self.low >= 0, dtype=bool)
        down = ~self.high_inf & np.asarray(self.high <= 0, dtype=bool)
        return np.where(up, 1, np.where(down, -1, 0)).astype(np.int8)

    def packed(self, exponent: Codes, parts: int = 8) -> tuple[Integers, Integers]:
        """Ends on the (finer or equal) grid ``10^exponent / 2``, each half step in 8 parts, where 1 stands for "open".

        An open low end is just above its value, so it counts 1 of 8 parts of a half step; sums of at most four ends
        keep at most 4 < 8, hence two packed sums compare as the open and closed ends they stand for. Where all ends are
        closed, ``parts`` may be 1.
        """
        shift = self.exponent - exponent
        endless = ENDLESS if self.low.dtype == object else INFINITE
        low, high = self.low, self.high
        if shift.any():
            scale = power(shift, low) * parts
            low, high = low * scale, high * scale
        elif parts > 1:
            low, high = low * parts, high * parts
        if self.closed:
            return low, high
        if self.low_open.any() or self.high_open.any():
            low, high = low + self.low_open, high - self.high_open
        if self.low_inf.any() or self.high_inf.any():
            low, high = np.where(self.low_inf, -endless, low), np.where(self.high_inf, endless, high)
        return low, high

    def summable(self, exponent: Codes) -> Flags:
        """Where ``packed(exponent)`` and sums of four of them fit int64."""
        if self.low.dtype == object or not len(self.low):
            return np.zeros(len(self.low), dtype=bool)
        shift = self.exponent - exponent
        if int(shift.max()) < 16:
            most = SUMMABLE // int(_POWERS[int(shift.max())])
            if int(self.low.min()) >= -most and int(self.high.max()) <= most:
                return np.ones(len(self.low), dtype=bool)
        limit = SUMMABLE // _POWERS[np.minimum(shift, 18)]
        fits: Flags = (shift < 16) & np.asarray(np.maximum(np.abs(self.low), np.abs(self.high)) <= limit, dtype=bool)
        return fits


def closed_ends(low: Integers, high: Integers, exponent: Codes) -> Ends:
    """Intervals with finite, closed ends."""
    none = np.broadcast_to(np.False_, len(low))
    ends = Ends(low, high, exponent, none, none, none, none)
    ends.__dict__["closed"] = True
    return ends


def unpack_low(packed: Integers) -> tuple[Integers, Flags]:
    """A packed low end as its number of half steps and whether it is open."""
    return packed >> 3, np.asarray((packed & 7) != 0, dtype=bool)


def unpack_high(packed: Integers) -> tuple[Integers, Flags]:
    """A packed high end as its number of half steps and whether it is open."""
    return -((-packed) >> 3), np.asarray(((-packed) & 7) != 0, dtype=bool)


def figure_ends(
    mantissa: Integers, exponent: Codes, qualifier: npt.NDArray[Any], truncated: Flags, names: dict[str, int]
) -> Ends:
    """The interval of each printed figure (design.md, "A figure, exactly"); ``names`` codes the qualifiers."""
    twice = mantissa * 2
    plain = qualifier == names.get("=", -1)
    if plain.all() and not truncated.any():
        return closed_ends(twice - 1, twice + 1, exponent)
    rough = qualifier == names.get("~", -1)
    half = np.where(plain, 1, np.where(rough, 10, 0))
    above, below = qualifier == names.get(">", -1), qualifier == names.get("<", -1)
    positive = np.asarray(mantissa >= 0, dtype=bool) & truncated & plain  # 0 is the open (−step, +step)
    negative = np.asarray(mantissa <= 0, dtype=bool) & truncated & plain
    zero = positive & negative
    low = np.where(negative, twice - 2, np.where(positive, twice, twice - half))
    high = np.where(positive, twice + 2, np.where(negative, twice, twice + half))
    return Ends(
        low,
        high,
        exponent,
        above | (negative & ~positive) | zero,
        below | (positive & ~negative) | zero,
        below | (qualifier == names.get("≤", -1)),
        above | (qualifier == names.get("≥", -1)),
    )


def where_fits(
    fits: Flags, compute: Callable[..., tuple[Integers, ...]], *parts: Ends | Integers
) -> tuple[Integers, ...]:
    """``compute(*parts)`` in int64 where that ``fits`` and in Python integers elsewhere, put together again.

    Results are signs and codes, so they are clipped to int64.
    """

    def select(at: Any, exact: bool) -> list[Ends | Integers]:
        chosen: list[Ends | Integers] = []
        for part in parts:
            if isinstance(part, Ends):
                taken = part.take(at)
                chosen.append(taken.exactly() if exact else taken)
            else:
                chosen.append(part[at])
        return chosen

    if fits.all():
        return tuple(clipped(result) for result in compute(*parts))
    inside, outside = np.flatnonzero(fits), np.flatnonzero(~fits)
    small, large = compute(*select(inside, False)), compute(*select(outside, True))
    results = []
    for one, other in zip(small, large, strict=True):
        whole = np.zeros(len(fits), dtype=np.int64)
        whole[inside], whole[outside] = clipped(one), clipped(other)
        results.append(whole)
    return tuple(results)


def clipped(values: Integers) -> Codes:
    """Python integers as int64, those beyond held at its ends: their sign is what counts."""
    if values.dtype == object:
        values = np.array([max(-INFINITE, min(INFINITE, int(value))) for value in values], dtype=np.int64)
    return values.astype(np.int64, copy=False)
