"""A series as a picture in a page: where its marks stand. A template draws them as SVG in the page's own colours."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from flows.page.pictures.lines import Picture

Rows = Sequence[Mapping[str, Any]]
#: Releases whose figures are drawn beside those in force.
VINTAGES: Final = 4
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 14, 12, 26
_TICKS: Final = 9


@dataclass(frozen=True)
class Chart:
    """Texts with their places: those of the axes, a path through the figures in force, points with what they say."""

    unit: str
    values: Sequence[tuple[float, str]]
    periods: Sequence[tuple[float, str]]
    path: str
    points: Sequence[tuple[str, float, float, str]]
    width: int = 880
    height: int = 280
    left: int = _LEFT


def of_series(unit: str, figures: Rows, vintages: Rows, held: Rows) -> Chart | None:
    """The chart of a series: its figures, what its latest releases said otherwise, what waits; None for too few.

    Rows have ``period``, ``value`` and ``released``. Of periods of several lengths those there are most of.
    """
    from flows.page.pictures.lines import Line, Picture, points, scaled
    from schemas.periods import months
    from schemas.release_dates import release_order

    lengths = [months(row["period"]).length for row in figures]
    usual = max(sorted(set(lengths)), key=lengths.count, default=0)
    power, said = scaled(unit, points(figures, 0, usual).values())
    latest, lines = points(figures, power, usual), []
    for release in sorted({row["released"] for row in vintages}, key=release_order)[-VINTAGES - 1 :]:
        old = points([row for row in vintages if row["released"] == release], power, usual)
        changed = {period: value for period, value in old.items() if latest.get(period, value) != value}
        lines.append(Line(release, changed, "was"))
    lines += [Line("", latest), Line("held", points(held, power, usual), "held")]
    picture = Picture("", said, lines)
    return _placed(picture) if picture.worth_drawing else None


def _placed(picture: Picture) -> Chart:
    from flows.page.pictures.lines import place, ticks

    size = Chart(picture.unit, (), (), "", ())
    marks = _marks([value for line in picture.lines for value in line.points.values()])
    first, last = place(picture.periods[0]), place(picture.periods[-1])

    def x(period: str) -> float:
        return _LEFT + (place(period) - first) / ((last - first) or 1) * (size.width - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return size.height - _BOTTOM - (value - marks[0]) / (marks[-1] - marks[0]) * (size.height - _TOP - _BOTTOM)

    points = [
        (line.kind, x(period), y(value), f"{period}: {_text(value)} {picture.unit} {line.label}".strip())
        for line in picture.lines
        for period, value in line.points.items()
    ]
    named = [(x(period), period) for period in ticks(picture, _TICKS) if first <= place(period) <= last]
    path = _path(sorted((at, high) for kind, at, high, _ in points if kind == "published"))
    return Chart(picture.unit, [(y(mark), _text(mark)) for mark in marks], named, path, points)


def _path(points: Sequence[tuple[float, float]]) -> str:
    """A line, with a break where a period is missing: nothing is known there."""
    usual = min((after[0] - before[0] for before, after in pairwise(points)), default=0.0)
    steps = ["M", *("L" if after[0] - before[0] <= 1.5 * usual else "M" for before, after in pairwise(points))]
    return "".join(f"{step}{at:.1f},{high:.1f}" for step, (at, high) in zip(steps, points, strict=True))


def _marks(values: Sequence[float]) -> list[float]:
    """Some five round numbers from below the least to above the greatest value."""
    low, high = min(values), max(values)
    span = high - low or abs(high)
    span = span if span > 1e-300 else 1.0  # of what is less, a logarithm is none
    size = 10.0 ** math.floor(math.log10(span / 4))
    step = next(size * by for by in (1, 2, 2.5, 5, 10, 20) if size * by * 5 >= span)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [step * at for at in range(first, max(last, first + 1) + 1)]


def _text(value: float) -> str:
    return f"{value:,.6g}".replace("-", "−")
