"""A chart in a terminal, of characters; what it shows ``flows.page.pictures.lines`` says."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final

import plotille

from cli.formats.text import printable
from schemas.periods import Months, months, name

if TYPE_CHECKING:
    from flows.page.pictures.lines import Picture

#: Columns between two names on the axis of time, and before the first one, as plotille has them.
_APART: Final = 10
_BESIDE: Final = 13
#: Lines of text.
_HEIGHT: Final = 20
_LEAST: Final = 8
#: Columns behind the last name: a point on the edge would not be drawn.
_BEYOND: Final = 3
#: Tell lines apart where there are no colours.
_MARKS: Final = "abcdefghijkl"
_COLOURS: Final = ("blue", "yellow", "green", "magenta", "cyan", "white")
_POINTS: Final = {"held": "x", "was": "o"}


def drawing(picture: Picture, width: int, *, colours: bool = False) -> str:
    """The chart as lines of text, at most ``width`` columns wide; the unit stands behind the title."""
    from flows.page.pictures.lines import place

    figure = plotille.Figure()
    figure.color_mode, figure.with_colors, figure.origin = "names", colours, False
    figure.linesep = "\n"
    figure.x_label = figure.y_label = ""
    usual, first, parts, step = _axis(picture, max(1, (width - _BESIDE - _BEYOND) // _APART))
    figure.width = parts * _APART + _BEYOND
    figure.set_x_limits(min_=first, max_=first + figure.width / _APART * step)
    low, rise, figure.height = _rise([value for line in picture.lines for value in line.points.values()])
    figure.set_y_limits(min_=low, max_=low + figure.height * rise)
    figure.x_ticks_fkt = lambda value, _: name(Months(round(value - usual / 2), usual)).partition("/")[0]
    figure.y_ticks_fkt = lambda value, _: f"{value:,.6g}".replace("-", "−")
    marks: dict[str, tuple[str, str]] = {}
    for line in picture.lines:
        x, y = [place(period) for period in line.points], list(line.points.values())
        label = printable(line.label)
        if line.kind in _POINTS:
            mark, colour = marks.get(line.of, (_POINTS[line.kind], "red"))
            figure.scatter(x, y, lc=colour if colours else None, label=label, marker=mark.upper() if line.of else mark)
            continue
        mark, colour = marks[line.label] = _MARKS[len(marks) % len(_MARKS)], _COLOURS[len(marks) % len(_COLOURS)]
        lone = len(picture.lines) == 1
        figure.plot(x, y, lc=colour if colours else None, label=label, marker=None if lone else mark)
    _, *lines = figure.show(legend=len(picture.lines) > 1).replace("Legend:\n-------\n", "").split("\n")
    lines = [line.removesuffix("()").rstrip() for line in lines]
    return "\n".join([printable(f"{picture.title}, {picture.unit}"), *lines])


def _axis(picture: Picture, most: int) -> tuple[int, float, int, int]:
    """The usual length of a period, where the axis begins, its parts and their months: names stand at whole periods."""
    lengths = [months(period).length for period in picture.periods]
    usual = max(sorted(set(lengths)), key=lengths.count)
    starts = [months(period).start for period in picture.periods]
    first = min(starts) // usual * usual if usual in (1, 3, 6, 12) else min(starts)
    span = max(1, -(-(max(starts) - first) // usual))  # in periods
    step = -(-span // most)
    return usual, first + usual / 2, -(-span // step), step * usual


def _rise(values: Sequence[float]) -> tuple[float, float, int]:
    """Where the axis of figures begins, what a line of text is worth (1, 2, 5 times a power of ten), and how many."""
    low, high = min(values), max(values)
    power = 10.0 ** floor(log10((high - low or abs(high) or 1.0) / _HEIGHT))
    for rise in (power, 2 * power, 5 * power, 10 * power, 20 * power):
        begin = floor(low / rise) * rise
        if (lines := ceil((high - begin) / rise) + 1) <= _HEIGHT:
            return begin, rise, max(lines, _LEAST)
    raise AssertionError(f"{low} to {high} fit no axis")
