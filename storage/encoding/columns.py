"""Readings and versions as columns of int64, and what is computed of them: what stands, what differs, what to keep.

A cell is one integer, ``key = series << 20 | period``. An absent figure has mantissa 0 here and NULL in the tables; its
status in ``packed`` says that it is absent.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from schemas.errors import LedgerError
from schemas.vocabulary import QUALIFIERS
from storage.encoding import codes

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

PERIOD_BITS: Final = 20
_REVISED: Final = codes.STATUSES.index("R")
_INEQUALITY: Final = 2
#: Place in QUALIFIERS, of three bits → how far a figure is from one that is certain.
_KINDS: Final[Ints] = np.array([0 if at == 0 else 1 if at == QUALIFIERS.index("~") else _INEQUALITY for at in range(8)])
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


def _rank(packed: Ints) -> Ints:
    """How narrow a figure is: values before absence, ``=`` before others, a small step before a large one."""
    rank: Ints = (is_absent(packed) << 2 | _KINDS[codes.qualifier_of(packed)]) << 8
    rank += codes.exponent_of(packed) + codes.EXPONENT_OFFSET
    return rank


def is_absent(packed: Ints) -> Flags:
    """Whether there is no value."""
    status = codes.status_of(packed)
    if not len(status) or int(status.max()) >> codes.MARK_BITS == 0:
        return np.asarray(_NO_VALUE[status], dtype=bool)
    first, second, third = codes.status_marks(status)
    found: Flags = _NO_VALUE[first] | _NO_VALUE[second] | _NO_VALUE[third]
    return found


def narrowest(readings: Readings) -> Ints:
    """Places of the published reading of each cell, in order of cells: the narrowest, ``=`` before others.

    Ties go by what is printed, then by the first printed, so that the order of documents decides no figure.
    """
    order = np.lexsort((readings.packed, readings.mantissa, _rank(readings.packed), readings.key))
    key = readings.key[order]
    first = np.ones(len(key), dtype=bool)
    first[1:] = key[1:] != key[:-1]
    best = ints(order[first])
    if len(best) == len(order):
        return best
    starts = np.append(np.flatnonzero(first), len(order))
    # Few: cells of which a release says no more than "over 80" and "over 90".
    for at in np.flatnonzero(_rank(readings.packed[best]) >> 8 == _INEQUALITY):
        for other in order[starts[at] + 1 : starts[at + 1]]:
            if _wider(*((int(readings.mantissa[one]), int(readings.packed[one])) for one in (best[at], other))):
                best[at] = other
    return best


def _wider(one: tuple[int, int], other: tuple[int, int], *, meets: bool = False) -> bool:
    """Whether a figure leaves more open than another, and where it must meets it."""
    wide, narrow = codes.figure(*one), codes.figure(*other)
    if wide is None or narrow is None or not wide.interval.wider_than(narrow.interval):
        return False
    return not meets or not wide.interval.meet(narrow.interval).empty


def differs(mantissa: Ints, packed: Ints, old_mantissa: Ints, old_packed: Ints) -> Flags:
    """Whether a figure is news beside the one in force: neither the same nor a coarser one that meets it.

    A mark "(R)" belongs to the reading: beside the same figure without it it is none.
    """
    figure, old = _unmarked(packed), _unmarked(old_packed)
    news: Flags = (mantissa != old_mantissa) | (figure != old)
    # Same step, rounding and qualifier "=": another figure is news. Only the rest needs a closer look.
    plain = (figure ^ old) & ~(codes.STATUS_MASK << codes.STATUS_SHIFT) == 0
    plain &= codes.qualifier_of(figure) == 0
    absent = is_absent(packed) | is_absent(old_packed)
    for at in _coarser_and_plain(news & ~plain & ~absent, mantissa, figure, old_mantissa, old, news):
        fresh, known = (int(mantissa[at]), int(figure[at])), (int(old_mantissa[at]), int(old[at]))
        news[at] = not _wider(fresh, known, meets=True)
    return news


def _unmarked(packed: Ints) -> Ints:
    figure: Ints = codes.bare(packed)
    status, mask = figure >> codes.STATUS_SHIFT, codes.STATUS_MASK << codes.STATUS_SHIFT
    figure = np.where(status == _REVISED, figure & ~mask, figure)
    for at in np.flatnonzero(status >> codes.MARK_BITS):  # several marks: rare
        kept = [mark for mark in codes.status_marks(int(status[at])) if mark != _REVISED]
        marks = sum(mark << codes.MARK_BITS * place for place, mark in enumerate(kept))
        figure[at] = (figure[at] & ~mask) | marks << codes.STATUS_SHIFT
    return figure


def _coarser_and_plain(open_: Flags, mantissa: Ints, figure: Ints, old_mantissa: Ints, old: Ints, news: Flags) -> Ints:
    """Settle what int64 can settle (both ``=`` and rounded to nearest, few digits apart); places of the rest."""
    shape = (7 << codes.QUALIFIER_SHIFT) | (1 << codes.ROUNDING_SHIFT)
    apart = codes.exponent_of(figure) - codes.exponent_of(old)
    room = (1 << 60) // 10 ** np.clip(apart, 0, 8)  # everything twice, and a sum of two, stays within int64
    simple = open_ & (figure & shape == 0) & (old & shape == 0) & (apart <= 8)
    simple &= (np.abs(mantissa) < room) & (np.abs(old_mantissa) < 1 << 60)
    at = np.flatnonzero(simple & (apart > 0))  # a finer or equally fine figure that differs is news anyway
    factor = 10 ** apart[at]
    # |new − old| ≤ (new step + old step) / 2, everything twice and in the old figure's steps
    news[at] = 2 * np.abs(mantissa[at] * factor - old_mantissa[at]) > factor + 1
    return ints(np.flatnonzero(open_ & ~simple))


# ── the cells of a printing, compressed ──────────────────────────────────────────────────────────────────────────────

_WIDTHS: Final[tuple[np.dtype[Any], ...]] = (np.dtype("<i1"), np.dtype("<i2"), np.dtype("<i4"), np.dtype("<i8"))


def pack_cells(key: Ints, position: Ints) -> bytes:
    """Cells and positions, in order of position, as differences; a regular table shrinks to nearly nothing."""
    parts = [len(key).to_bytes(4, "little")]
    series, period = split_key(key)
    for column in (series, period, position):
        steps = np.diff(column, prepend=0)
        reach = int(np.abs(steps).max(initial=0))
        width = next(at for at, dtype in enumerate(_WIDTHS) if reach < 1 << 8 * dtype.itemsize - 1)
        packed = zlib.compress(steps.astype(_WIDTHS[width]).tobytes(), 1)
        parts += [width.to_bytes(1, "little"), len(packed).to_bytes(4, "little"), packed]
    return b"".join(parts)


def unpack_cells(blob: bytes) -> tuple[Ints, Ints]:
    """Cells and positions of ``pack_cells``; raises LedgerError where the bytes are damaged."""
    try:
        length, at = int.from_bytes(blob[:4], "little"), 4
        columns = []
        for _ in range(3):
            width, size = blob[at], int.from_bytes(blob[at + 1 : at + 5], "little")
            steps = np.frombuffer(zlib.decompress(blob[at + 5 : at + 5 + size]), dtype=_WIDTHS[width])
            if len(steps) != length:
                raise ValueError(f"{len(steps)} cells where {length} were written")
            columns.append(np.cumsum(steps.astype(np.int64)))
            at += 5 + size
    except (ValueError, IndexError, zlib.error) as exc:
        raise LedgerError(
            f"the ledger is damaged: the cells of a printing cannot be read ({exc}): restore a copy"
        ) from exc
    return make_key(columns[0], columns[1]), columns[2]
