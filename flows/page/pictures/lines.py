"""What a chart shows, as values: lines of figures in one scale, and what is marked beside them. Nothing is drawn here.

A chart is a help to the eye: it may use floats, nothing is decided by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from schemas.periods import Months, months, name
from schemas.sentences import said_in, unit_text

#: How a line is drawn: figures in force, an older vintage of them, what a revision replaced, what is held.
Kind = Literal["published", "earlier", "was", "held"]
#: Points below which there is no shape to see: their figures are read faster.
LEAST: Final = 3


@dataclass(frozen=True)
class Line:
    """Figures by period, in the scale of the picture; joined by a line where they are ``published`` or ``earlier``."""

    label: str
    points: Mapping[str, float]
    kind: Kind = "published"
    of: str = ""  # the label of the line beside which it stands, of several


@dataclass(frozen=True)
class Fit:
    """Between which two values a figure of a period would fit."""

    period: str
    low: float
    high: float


@dataclass(frozen=True)
class Picture:
    """A chart; ``unit`` is that of its values, as said: ``bn USD``."""

    title: str
    unit: str
    lines: Sequence[Line]
    fit: Fit | None = None
    notes: Sequence[str] = field(default=())

    @property
    def worth_drawing(self) -> bool:
        """Whether some line has a shape."""
        return any(len(line.points) >= LEAST for line in self.lines if line.kind == "published")

    @property
    def periods(self) -> list[str]:
        """All periods in order of time."""
        found = {period for line in self.lines for period in line.points} | ({self.fit.period} if self.fit else set())
        return sorted(found, key=months)


def place(period: str) -> float:
    """Where a period stands on the axis of time: the middle of its months, counted from year 0."""
    covered = months(period)
    return covered.start + covered.length / 2


def ticks(picture: Picture, most: int) -> list[str]:
    """Periods to be named on the axis, evenly spaced, at most so many: those of the length that there is most of."""
    lengths = [months(period).length for period in picture.periods]
    usual = max(sorted(set(lengths)), key=lengths.count)
    starts = [months(period).start for period in picture.periods if months(period).length == usual]
    first, last = min(starts), max(starts)
    step = usual
    while (last - first) // step >= most:
        # A year's months are named by twos, threes, sixes; years and more by decimal steps.
        step = next((one for one in _STEPS if one > step and one % usual == 0), step * 2)
    return [name(Months(start, usual)) for start in range(first, last + 1, step)]


_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)


def scaled(unit: str, values: Iterable[float]) -> tuple[int, str]:
    """The power of ten in which these values are drawn, and what their axis says: ``(9, "bn USD")``."""
    power, _ = said_in(max(map(abs, values), default=0.0))
    return (0, unit) if unit == "%" else (power, unit_text(power, unit))


def number(text: str | None) -> float | None:
    """A decimal text as a number for the eye; None for what is none."""
    try:
        return float((text or "").rstrip("…"))
    except ValueError:
        return None


def points(rows: Iterable[Mapping[str, Any]], power: int, length: int | None = None) -> dict[str, float]:
    """Period → value in units of ten to that power, of rows with ``period`` and ``value``; of that length alone."""
    found = {}
    for row in rows:
        value = number(row["value"])
        if value is not None and length in (None, months(row["period"]).length):
            found[row["period"]] = value / 10**power
    return found
