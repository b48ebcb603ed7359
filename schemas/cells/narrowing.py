"""Several readings of one cell: the one that is published, and the interval in which all of them meet."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.intervals import grid as intervals
from schemas.intervals.grid import Codes, Ends, Flags, Integers

#: What is said for certain goes before what is said roughly, a bound comes last.
_RANK: Final = {"=": 0, "~": 1}


def column_of(frame: pd.DataFrame, name: str) -> tuple[npt.NDArray[Any], list[str]]:
    """The codes of a column of texts, and the texts."""
    column = frame[name]
    if not isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype("category")
    return intervals.shrunk(column.cat.codes.to_numpy()), [str(text) for text in column.cat.categories]


def meet(frame: pd.DataFrame, of_row: Codes, first: Codes) -> dict[str, Any]:
    """The published reading of each cell, and the intersection of all its readings."""
    mantissa: Integers = frame["mantissa"].to_numpy(dtype=np.int64, na_value=0)
    absent = frame["mantissa"].isna().to_numpy()
    exponent = intervals.shrunk(frame["exponent"].to_numpy(dtype=np.int64))
    qualifier, qualifiers = column_of(frame, "qualifier")
    rounding, roundings = column_of(frame, "rounding")
    if len(mantissa) and np.abs(mantissa).max() >= 2**60:
        mantissa = mantissa.astype(object)  # half steps would not fit
    truncated = intervals.shrunk(rounding == (roundings.index("truncated") if "truncated" in roundings else -1))
    names = {text: at for at, text in enumerate(qualifiers)}
    count = len(first)
    if count == len(of_row) and not absent.any():  # one reading a cell, each with a value
        power, kind, cut = (intervals.taken(column, first) for column in (exponent, qualifier, truncated))
        ends = intervals.figure_ends(mantissa[first], power, kind, cut, names)
        yes, rough = np.ones(count, dtype=bool), kind == names.get("~", -1)
        return _fields(first, np.ones(count, dtype=np.int64), ends, yes, ~yes, rough, yes)
    rows = figure_rows = np.arange(len(of_row)) if not absent.any() else np.flatnonzero(~absent)
    cell = of_row if not absent.any() else of_row[rows]
    many = np.bincount(cell, minlength=count)
    figure = np.full(count, -1, dtype=np.int64)
    figure[cell[::-1]] = figure_rows[::-1]
    each = intervals.figure_ends(mantissa, exponent, qualifier, truncated, names)
    ends = each.take(np.maximum(figure, 0))
    rough = np.zeros(count, dtype=bool)
    if "~" in names:
        rough[cell[qualifier[rows] == names["~"]]] = True
    usable = figure >= 0
    clash, all_meet = np.zeros(count, dtype=bool), np.ones(count, dtype=bool)
    if many.max(initial=0) > 1:
        several = np.flatnonzero(many[cell] > 1)
        about = qualifier[rows[several]] == names.get("~", -1)
        rank = np.array([_RANK.get(text, 2) for text in qualifiers])[qualifier[rows[several]]]
        # Ties go by what is printed, not by which came first: the order of documents decides nothing.
        below = [at for text, at in names.items() if text in (">", "≥")]  # the greater, the narrower
        printed = mantissa[rows[several]] * np.where(np.isin(qualifier[rows[several]], below), -1, 1)
        places = _places(frame.iloc[rows[several]])  # of equal printings
        best = several[np.lexsort((*places, printed, exponent[rows[several]], rank))][::-1]
        figure[cell[best]] = rows[best]
        ends, clash, all_meet, rough = _intersect(
            each.take(rows[several]), cell[several], about, (ends, clash, all_meet, rough)
        )
        usable &= ~clash
    return _fields(figure, many, ends, usable, clash, rough, all_meet)


def _fields(*columns: Any) -> dict[str, Any]:
    """What is said of each cell, by the names that ``Cells`` has for it."""
    return dict(zip(("figure", "readings", "ends", "usable", "clash", "rough", "all_meet"), columns, strict=True))


def _places(printed: pd.DataFrame) -> list[Codes]:
    """Where readings stand and how they are marked, to sort by, the last first: nothing that their order decides."""
    keys = [pd.factorize(printed[name].astype(str), sort=True)[0] for name in ("status", "document")]
    return [printed["position"].to_numpy(dtype=np.int64), *reversed(keys)]


def _intersect(
    each: Ends, cell: Codes, about: Flags, so_far: tuple[Ends, Flags, Flags, Flags]
) -> tuple[Ends, Flags, Flags, Flags]:
    """Intersect the readings of cells that have several; "about" counts only where nothing firmer is said."""
    ends, clash, all_meet, rough = so_far
    order = np.argsort(cell, kind="stable")
    each, cell, about = each.take(order), cell[order], about[order]
    starts = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]])
    which, sizes = cell[starts], np.diff(np.r_[starts, len(cell)])
    grid = np.minimum.reduceat(each.exponent, starts)
    wide = np.repeat(grid, sizes)
    if not each.summable(wide).all():
        each = each.exactly()
    low, high = each.packed(wide)
    all_meet[which] = np.asarray(np.maximum.reduceat(low, starts) <= np.minimum.reduceat(high, starts), dtype=bool)
    only_about = np.logical_and.reduceat(about, starts)
    ignored = about & ~np.repeat(only_about, sizes)
    endless = intervals.INFINITE if low.dtype != object else intervals.ENDLESS
    low = np.maximum.reduceat(np.where(ignored, -endless, low), starts)
    high = np.minimum.reduceat(np.where(ignored, endless, high), starts)
    clash[which] = np.asarray(low > high, dtype=bool)
    rough[which] = only_about
    low_inf, high_inf = np.asarray(low <= -endless, dtype=bool), np.asarray(high >= endless, dtype=bool)
    (low, low_open), (high, high_open) = intervals.unpack_low(low), intervals.unpack_high(high)
    new_low, new_high = ends.low, ends.high
    if low.dtype == object:
        new_low, new_high = new_low.astype(object), new_high.astype(object)
    before = (new_low, new_high, ends.exponent, ends.low_open, ends.high_open, ends.low_inf, ends.high_inf)
    now = (low, high, grid, low_open & ~low_inf, high_open & ~high_inf, low_inf, high_inf)
    met: list[Any] = [column.copy() for column in before]
    for target, values in zip(met, now, strict=True):
        target[which] = values
    return Ends(*met), clash, all_meet, rough
