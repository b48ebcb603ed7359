"""Readings and versions as columns of int64, and what stands of them.

A cell is one integer, ``key = series << 20 | period``. An absent figure has mantissa 0 here and NULL in the tables; its
status in ``packed`` says that it is absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from storage.encoding import codes

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

PERIOD_BITS: Final = 20
#: More than runs there will be, and bits of ``packed``.
_RUN_BITS: Final = 26
_PACKED_BITS: Final = 32
#: SQL: a row of ``version``, less its position, in four integers that are never NULL, as each that is fetched takes
#: its time; ``unfold`` takes them apart.
FOLDED: Final = f"""series * {1 << PERIOD_BITS} + period, released * {1 << _RUN_BITS} + run, coalesce(mantissa, 0),
    CAST(document AS bigint) * {1 << _PACKED_BITS} + packed"""
_NO_VALUE: Final[Flags] = np.array([mark in codes.ABSENT for mark in range(1 << codes.MARK_BITS)])


def ints(values: Iterable[int] | npt.NDArray[Any] = ()) -> Ints:
    """An array of int64."""
    return np.asarray(values if isinstance(values, np.ndarray) else list(values), dtype=np.int64)


def distinct(values: Ints) -> Ints:
    """The different ones among ``values``, sorted: what is sorted already, as cells mostly are, is not sorted again."""
    if len(values) > 1 and not (values[1:] >= values[:-1]).all():
        values = np.sort(values)  # NumPy's own unique hashes first, which takes several times as long
    return values[last_of(values)]


def make_key(series: Ints, period: Ints) -> Ints:
    """Cells of series and periods."""
    return (series << PERIOD_BITS) | period


def split_key(key: Ints) -> tuple[Ints, Ints]:
    """Series and periods of cells."""
    return key >> PERIOD_BITS, key & ((1 << PERIOD_BITS) - 1)


@dataclass(frozen=True)
class _Rows:
    """Arrays of equal length, an element of each a row."""

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def columns(self) -> tuple[Ints, ...]:
        """All columns, in order."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def take(self, index: npt.NDArray[Any]) -> Self:
        """Those at ``index`` (places or flags)."""
        return type(self)(*(column[index] for column in self.columns))

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """Several as one, in order; none as an empty one."""
        nothing = [ints() for _ in fields(cls)]
        return cls(*map(np.concatenate, zip(nothing, *(part.columns for part in parts), strict=True)))


@dataclass(frozen=True)
class Readings(_Rows):
    """Readings, one an element: cell, release, figure (``packed`` without flags), document and position in it."""

    key: Ints
    released: Ints
    mantissa: Ints
    packed: Ints
    document: Ints
    position: Ints


@dataclass(frozen=True)
class Versions(_Rows):
    """Rows of ``version``: like readings, with the run that recorded each; ``packed`` with flags."""

    key: Ints
    released: Ints
    run: Ints
    mantissa: Ints
    packed: Ints
    document: Ints
    position: Ints


def unfold(key: Ints, when: Ints, mantissa: Ints, what: Ints, position: Ints | None = None) -> Versions:
    """Rows of the columns FOLDED; positions are 0 where they were not asked for."""
    run, packed = when & ((1 << _RUN_BITS) - 1), what & ((1 << _PACKED_BITS) - 1)
    place = np.zeros_like(key) if position is None else position
    return Versions(key, when >> _RUN_BITS, run, mantissa, packed, what >> _PACKED_BITS, place)


def last_of(*columns: Ints) -> Flags:
    """In sorted columns: whether a row is the last with its values."""
    last = np.ones(len(columns[0]), dtype=bool)
    for column in columns:
        if len(column) > 1:
            last[:-1] &= column[1:] == column[:-1]
    if len(last):
        last[:-1] = ~last[:-1]
    return last


def effective(rows: Versions, run: int | None = None, released: int | None = None) -> Versions:
    """What stands of rows sorted by (key, released, run): of each cell and release the last run's, unless withdrawn.

    ``run`` and ``released`` bound what is looked at.
    """
    if run is not None:
        rows = rows.take(rows.run <= run)
    if released is not None:
        rows = rows.take(rows.released <= released)
    rows = rows.take(last_of(rows.key, rows.released))
    return rows.take(~codes.withdrawn(rows.packed))


def in_force(rows: Versions) -> Versions:
    """Of effective rows the latest release of each cell."""
    return rows.take(last_of(rows.key))


def find(sorted_keys: Ints, wanted: Ints) -> tuple[Ints, Flags]:
    """Places of ``wanted`` in ``sorted_keys`` and whether they are there."""
    at = np.searchsorted(sorted_keys, wanted)
    if not len(sorted_keys):
        return at, np.zeros(len(wanted), dtype=bool)
    inside = np.minimum(at, len(sorted_keys) - 1)
    return inside, (sorted_keys[inside] == wanted) & (at < len(sorted_keys))


def is_absent(packed: Ints) -> Flags:
    """Whether there is no value."""
    status = codes.status_of(packed)
    if not len(status) or int(status.max()) >> codes.MARK_BITS == 0:
        return np.asarray(_NO_VALUE[status], dtype=bool)
    first, second, third = codes.status_marks(status)
    found: Flags = _NO_VALUE[first] | _NO_VALUE[second] | _NO_VALUE[third]
    return found
