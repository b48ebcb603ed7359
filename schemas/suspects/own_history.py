"""How far a figure is from its own history: which of several suspects is likelier, never whether a rule holds.

The history of a series are its published figures of earlier releases. A figure that an earlier release printed too is
as far as it moved; a new one as far as it is from the nearest earlier period of the kind, in usual steps of its series.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import Final, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.cells.cells import Cells
from schemas.cells.reader import Reader
from schemas.figures import power_of_ten
from schemas.periods import months
from schemas.vocabulary import SERIES_KEY

#: So many usual steps away, and so many times further than every other suspect, makes one likelier than they are.
_FAR: Final = 5
#: A step no smaller than this share of a figure counts as usual, where a series hardly moves or is not known to.
_LEAST_STEP: Final = Fraction(1, 100)


class OwnHistory:
    """The published figures of earlier releases (READING_COLUMNS), looked at only for cells that are asked for."""

    def __init__(self, earlier: pd.DataFrame | None) -> None:
        self.earlier = earlier
        self._known: dict[tuple[str, ...], Mapping[str, Fraction]] = {}

    def far(self, reader: Reader, cells: Sequence[int]) -> int | None:
        """The one of several cells that is far from its history while the others are not; None where there is none."""
        if len(cells) < 2:
            return None
        ordered = sorted(((self.distance(reader, cell), cell) for cell in cells), reverse=True)
        (most, cell), (next_, _) = ordered[:2]
        return cell if most >= _FAR and most >= _FAR * next_ else None

    def distance(self, reader: Reader, cell: int) -> Fraction:
        """How far a cell is from its history, in usual steps of its series; 0 where nothing is known of it."""
        cells = reader.cells
        figures = self._series(cells, cell)
        value, period = reader.value(cell), cells.text("period", cell)
        before = figures.get(period)
        if before is not None:
            return _apart(value, before) / _LEAST_STEP
        same = {one: at for one, at in figures.items() if _is_earlier(one, period)}
        if not same:
            return Fraction(0)
        ordered = [same[one] for one in sorted(same, key=lambda one: months(one).start)]
        steps = [_apart(later, sooner) for sooner, later in pairwise(ordered)]
        return _apart(value, ordered[-1]) / max(median(steps) if steps else _LEAST_STEP, _LEAST_STEP)

    def _series(self, cells: Cells, cell: int) -> Mapping[str, Fraction]:
        """Period → latest figure of the cell's series in releases before the cell's."""
        released = cells.text("released", cell)
        series = tuple(cells.text(name, cell) for name in SERIES_KEY)
        if (*series, released) not in self._known:
            self._known[*series, released] = self._read(series, released)
        return self._known[*series, released]

    @cached_property
    def _places(self) -> Mapping[tuple[str, ...], npt.NDArray[np.int64]]:
        """Rows of each series: found once, since a broken release asks for many."""
        if self.earlier is None or not len(self.earlier):
            return {}
        groups = self.earlier.groupby(list(SERIES_KEY), observed=True, sort=False).indices
        return cast("Mapping[tuple[str, ...], npt.NDArray[np.int64]]", groups)

    @cached_property
    def _columns(self) -> tuple[list[str], list[str], dict[str, npt.NDArray[np.int64]]]:
        """Texts of periods and releases, and of each row their codes and what makes its figure."""
        rows = self.earlier
        if rows is None:
            return [], [], {}
        plain = (rows["qualifier"] == "=") & rows["mantissa"].notna()
        columns = {
            "plain": plain.to_numpy(),
            "period": rows["period"].cat.codes.to_numpy(),
            "released": rows["released"].cat.codes.to_numpy(),
            "mantissa": rows["mantissa"].to_numpy(dtype=np.int64, na_value=0),
            "exponent": rows["exponent"].to_numpy(dtype=np.int64),
        }
        return list(rows["period"].cat.categories), list(rows["released"].cat.categories), columns

    def _read(self, series: tuple[str, ...], released: str) -> dict[str, Fraction]:
        periods, releases, columns = self._columns
        rows = self._places.get(series, np.array([], dtype=np.int64))
        found = zip(*(columns[name][rows].tolist() for name in columns), strict=True)
        figures = [
            (releases[release], periods[period], mantissa * power_of_ten(exponent))
            for plain, period, release, mantissa, exponent in found
            if plain and releases[release] < released
        ]
        return {period: value for _, period, value in sorted(figures, key=lambda one: one[0])}


def _apart(value: Fraction, before: Fraction) -> Fraction:
    """The change as a share of what it was (of what it is, where it was 0)."""
    size = abs(before) or abs(value)
    return abs(value - before) / size if size else Fraction(0)


def _is_earlier(period: str, other: str) -> bool:
    """Whether a period of the same kind ends before another begins; spans compare with nothing."""
    if "/" in period or "/" in other:
        return False
    one, two = months(period), months(other)
    return one.length == two.length and one.start < two.start
