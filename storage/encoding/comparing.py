"""Figures beside each other, many at once: which reading says most, which figure is news."""

from __future__ import annotations

from typing import Final

import numpy as np

from schemas.vocabulary import QUALIFIERS
from storage.encoding import codes
from storage.encoding.columns import Flags, Ints, Readings, ints, is_absent

_REVISED: Final = codes.STATUSES.index("R")
_INEQUALITY: Final = 2
#: Place in QUALIFIERS, of three bits → how far a figure is from one that is certain.
_KINDS: Final[Ints] = np.array([0 if at == 0 else 1 if at == QUALIFIERS.index("~") else _INEQUALITY for at in range(8)])


def _rank(packed: Ints) -> Ints:
    """How narrow a figure is: values before absence, ``=`` before others, a small step before a large one."""
    rank: Ints = (is_absent(packed) << 2 | _KINDS[codes.qualifier_of(packed)]) << 8
    rank += codes.exponent_of(packed) + codes.EXPONENT_OFFSET
    return rank


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
