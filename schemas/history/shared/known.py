"""All that is known of releases, coded: which readings are of one series, cell and release, as integers.

Rules that compare releases ask this of up to millions of readings; texts are looked at only where something is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.errors import FigureError
from schemas.figures import power_of_ten
from schemas.findings import Finding
from schemas.observations import combine
from schemas.periods import months
from schemas.positions import position_text
from schemas.release_dates import release_order, split_release
from schemas.sentences import number
from schemas.units import is_currency
from schemas.vocabulary import SERIES_KEY

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_BLOCK: Final = ("dataset", "reporter", "partner", "product", "breakdown", "period")


@dataclass(frozen=True)
class Known:
    """Readings (READING_COLUMNS) of earlier releases and of those being judged, with codes for each row.

    ``released`` is a place in ``dates``, which are sorted; of releases judged at once the first is earlier than the
    second.
    """

    frame: pd.DataFrame
    series: Ints
    cell: Ints
    released: Ints
    dates: Sequence[str]
    current: Flags

    @classmethod
    def of(cls, earlier: pd.DataFrame, current: pd.DataFrame) -> Known:
        """Code both frames as one."""
        frame = combine([earlier, current])
        series = as_ints(frame.groupby(list(SERIES_KEY), observed=True, sort=False).ngroup())
        periods = frame["period"].cat
        dates = sorted(frame["released"].cat.categories, key=release_order)
        released = as_ints(frame["released"].cat.set_categories(dates).cat.codes)
        cell = series * len(periods.categories) + as_ints(periods.codes)
        return cls(frame, series, cell, released, dates, np.arange(len(frame)) >= len(frame) - len(current))

    @cached_property
    def mantissa(self) -> Ints:
        """Mantissas, 0 where there is no value."""
        return as_ints(self.frame["mantissa"].to_numpy(dtype=np.int64, na_value=0))

    @cached_property
    def exponent(self) -> Ints:
        """Exponents."""
        return as_ints(self.frame["exponent"])

    @cached_property
    def block(self) -> Ints:
        """Rows of one block, less its currency, have one code."""
        return as_ints(self.frame.groupby(list(_BLOCK), observed=True, sort=False).ngroup())

    @cached_property
    def plain(self) -> Flags:
        """Which rows are levels in a currency with a plain value."""
        unit = self.frame["unit"].cat
        money = np.array([is_currency(text) for text in unit.categories] or [False])
        there: Flags = self.frame["mantissa"].notna().to_numpy() & money[unit.codes.to_numpy()]
        return self.where(measure="level", qualifier="=") & there

    @cached_property
    def months(self) -> tuple[Ints, Ints]:
        """Of each row the month its period starts with (since year 0) and how many it has; 0 for what has none."""
        covered = [self._covered(text) for text in self.frame["period"].cat.categories]
        start, length = (as_ints([one[at] for one in covered] or [0]) for at in (0, 1))
        codes = self.frame["period"].cat.codes.to_numpy()
        return start[codes], length[codes]

    @staticmethod
    def _covered(period: str) -> tuple[int, int]:
        try:
            return months(period)
        except FigureError:
            return 0, 0

    def marked(self, mark: str) -> Flags:
        """Rows whose status has that mark."""
        marks = np.array([mark in text.split(";") for text in self.frame["status"].cat.categories] or [False])
        found: Flags = marks[self.frame["status"].cat.codes.to_numpy()]
        return found

    def value(self, row: int) -> Fraction:
        """The printed value of a row, in units of 1."""
        return int(self.mantissa[row]) * power_of_ten(int(self.exponent[row]))

    def where(self, **words: str) -> Flags:
        """Rows whose columns have these texts."""
        found = np.ones(len(self.frame), dtype=bool)
        for name, word in words.items():
            found &= (self.frame[name] == word).to_numpy()
        return found

    def judged(self) -> Iterator[tuple[str, int, Ints, Ints]]:
        """Dataset, release, its rows, and all rows of earlier releases of the dataset: of each release being judged.

        The dataset's last release too, where one being judged came after it though it is older (none of its rows are
        current); of releases between them it is not known what they printed once more.
        """
        for name in sorted(self.frame["dataset"][self.current].unique()):
            of = self.where(dataset=name)
            for released in sorted({*self.released[of & self.current].tolist(), int(self.released[of].max())}):
                rows = np.flatnonzero(of & (self.released == released))
                yield name, released, as_ints(rows), as_ints(np.flatnonzero(of & (self.released < released)))

    def latest(self, rows: Ints) -> Ints:
        """Of ``rows`` those of the last release of each cell, all readings, in their order."""
        cells, places = np.unique(self.cell[rows], return_inverse=True)
        last = np.full(len(cells), -1, dtype=np.int64)
        np.maximum.at(last, places, self.released[rows])
        return as_ints(rows[self.released[rows] == last[places]])

    def lacking(self, rows: Ints, there: Ints) -> Ints:
        """Of ``rows`` those whose cell is not among the rows ``there``."""
        return rows[~np.isin(self.cell[rows], self.cell[there])]

    def take(self, *rows: Ints, released: str = "") -> pd.DataFrame:
        """Some rows as a frame of their own; with ``released`` as if they were of that one release."""
        found = self.frame.iloc[np.concatenate(rows)].reset_index(drop=True)
        if released:
            found["released"] = pd.Categorical([released] * len(found), categories=[released])
        return found

    def figures(self, rows: Ints) -> pd.DataFrame:
        """Those of ``rows`` that are plain levels in a currency, one a cell and release, the value as a fraction."""
        rows = self.plainest(rows)
        frame = self.frame.iloc[rows].astype(dict.fromkeys((*SERIES_KEY, "period", "released", "document"), str))
        value = [self.value(at) for at in rows.tolist()]
        return frame.assign(value=pd.Series(value, index=frame.index, dtype=object))

    def plainest(self, rows: Ints, among: Flags | None = None) -> Ints:
        """Levels in a currency with a plain value (or ``among`` those): of each cell and release the finest printed."""
        rows = rows[(self.plain if among is None else among)[rows]]
        exponent = self.exponent
        order = rows[np.lexsort((exponent[rows], self.released[rows], self.cell[rows]))]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (self.cell[order][1:] != self.cell[order][:-1]) | (
            self.released[order][1:] != self.released[order][:-1]
        )
        return np.sort(order[first])


def percent(share: Fraction) -> str:
    """A share in %, two digits."""
    return number(Fraction(round(share * 10000), 100))


def dated_back(known: Known, finding: Finding, place: int) -> Finding:
    """A finding of a later release, as one of the release being judged: of its figure in that row."""
    row = known.frame.iloc[place]
    where = position_text(int(row["position"]))
    return replace(finding, released=str(row["released"]), document=str(row["document"]), position=where)


def by_date(frame: pd.DataFrame) -> pd.DataFrame:
    """The same readings, all sequences of a date as the one release that they are for what vanishes or is overdue."""
    names = frame["released"].cat.categories
    dates = [split_release(name)[0] if "+" in name else name for name in names]
    if dates == list(names):
        return frame
    distinct = pd.Index(dict.fromkeys(dates), dtype="str")
    places = distinct.get_indexer(pd.Index(dates, dtype="str"))[frame["released"].cat.codes.to_numpy()]
    return frame.assign(released=pd.Categorical.from_codes(places, categories=distinct))


def as_ints(values: npt.ArrayLike) -> Ints:
    """As int64."""
    return np.asarray(values, dtype=np.int64)
