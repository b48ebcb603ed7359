"""What a release pins down of each level, printed or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from schemas.figures import Interval, decimal_text
from schemas.implied.links import Key, Links, block_of
from schemas.implied.ranges import ranges
from schemas.judge import judge
from schemas.sentences import rounded

if TYPE_CHECKING:
    import pandas as pd

    from schemas.datasets import Dataset

_SHOWN_DIGITS: Final = 3


@dataclass(frozen=True)
class Implied:
    """What a release leaves for one level: ``low`` to ``high``, in units of 1; ``None`` where it is not bounded.

    ``exponent`` is the step of the published figure, or of those that imply it.
    """

    dataset: str
    released: str
    reporter: str
    partner: str
    product: str
    breakdown: str
    flow: str
    period: str
    unit: str
    low: Fraction | None
    high: Fraction | None
    exponent: int
    published: bool

    @property
    def low_text(self) -> str:
        """The low end as a decimal string, three digits finer than the figures."""
        return "" if self.low is None else decimal_text(rounded(self.low, self.exponent - _SHOWN_DIGITS))

    @property
    def high_text(self) -> str:
        """The high end, in the same way."""
        return "" if self.high is None else decimal_text(rounded(self.high, self.exponent - _SHOWN_DIGITS))


def implied(readings: pd.DataFrame, datasets: Mapping[str, Dataset] | None = None) -> list[Implied]:
    """For every level that a release prints or pins down from both sides, the tightest interval its figures leave.

    Blocks in which something fails take no part, nor does what contradicts itself only as a whole.
    """
    links = Links.of(judge(readings, datasets))
    found = (_row(links, key, one) for blocks in links.connected() for key, one in ranges(links, blocks))
    return [row for row in found if row is not None]


def _row(links: Links, key: Key, interval: Interval) -> Implied | None:
    published = key in links.figures
    if interval.empty or (not published and (interval.low is None or interval.high is None)):
        return None
    cells = links.reader.cells
    codes, _ = cells.families_index
    family, currency, flow, period = key
    name = {column: cells.texts[column][int(codes[column][family])] for column in codes}
    exponent = links.reader.exponent(links.figures[key]) if published else links.exponents[block_of(key)]
    return Implied(
        **name,
        flow=flow,
        period=period,
        unit=cells.texts["currency"][currency],
        low=interval.low,
        high=interval.high,
        exponent=exponent,
        published=published,
    )
