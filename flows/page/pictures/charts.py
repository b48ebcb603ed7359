"""Pictures as PNG: Prefect's page shows images in Markdown and drops SVG; ``tradeledger plot`` writes files.

Imports matplotlib; import it only where there is something to draw.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import nan
from textwrap import fill
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import Bbox

from flows.page.pictures.lines import Fit, Line, Picture, number, place, points, scaled, ticks
from schemas.findings import Suspect
from schemas.periods import months

#: Periods of a series before and after the odd one that are drawn: more would hide it.
BEFORE: Final = 36
AFTER: Final = 12
#: Letters of a title that fit beside each other.
_TITLE: Final = 88
_TICKS: Final = 13
#: Letters of names that fit beside a chart and leave it room; longer ones stand below.
_BESIDE: Final = 24
#: Told apart by those who see no red or green too (Okabe and Ito).
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#7a5c00", "#56b4e9")
_INK, _ODD, _FITS, _PALE = "#334155", "#c2261d", "#16a34a", "#94a3b8"


def png(figure: Figure) -> bytes:
    """The drawing as a PNG."""
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=110, metadata={"Software": None})
    return target.getvalue()


def data_uri(figure: Figure) -> str:
    """The drawing as ``data:image/png;base64,…``."""
    return f"data:image/png;base64,{base64.b64encode(png(figure)).decode()}"


def draw(picture: Picture, height: float = 3.2) -> Figure:
    """A chart over time, as wide as the page of an artifact."""
    figure = Figure(figsize=(8, height), layout="constrained")
    axes = figure.subplots()
    colours: dict[str, str] = {}
    vintages = [line for line in picture.lines if line.kind == "earlier"]
    for line in picture.lines:
        at, values = [place(period) for period in line.points], list(line.points.values())
        order = sorted(range(len(at)), key=at.__getitem__)
        at, values = _apart([at[one] for one in order], [values[one] for one in order])
        label = _plain(line.label)
        if line.kind == "published":
            several = sum(one.kind == "published" for one in picture.lines) > 1
            colour = colours[line.label] = _COLOURS[len(colours) % len(_COLOURS)] if several else _INK
            size = 4 if len(at) <= BEFORE else 0
            axes.plot(at, values, "o-", color=colour, ms=size, lw=1.4, label=label, zorder=3)
        elif line.kind == "earlier":
            depth = 0.25 + 0.6 * (vintages.index(line) + 1) / len(vintages)
            axes.plot(at, values, "-", color=_COLOURS[0], alpha=depth, lw=1.1, label=label, zorder=2)
        elif line.kind == "was":
            marker = "so"[line is next(one for one in picture.lines if one.kind == "was")]
            axes.plot(at, values, marker, color=_PALE, mfc="none", ms=8, mew=1.5, label=label, zorder=4)
        else:
            axes.plot(at, values, "x", color=colours.get(line.of, _ODD), ms=9, mew=2.5, label=label, zorder=6)
    if picture.fit:
        _fit(axes, picture.fit)
    named = ticks(picture, _TICKS)
    turned = sum(map(len, named)) > 56
    axes.set_xticks(
        [place(one) for one in named], named, rotation=30 if turned else 0, ha="right" if turned else "center"
    )
    axes.set_title(fill(_plain(picture.title), _TITLE), fontsize=10, loc="left")
    axes.yaxis.set_major_formatter(FuncFormatter(_tick))
    axes.set_ylabel(_plain(picture.unit))
    axes.margins(x=0.05, y=0.15)
    axes.grid(axis="y", color="#e2e8f0", lw=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if len(picture.lines) > 1 or picture.fit:
        if max(len(line.label) for line in picture.lines) <= _BESIDE:
            axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
        else:
            figure.legend(fontsize=8, frameon=False, loc="outside lower left", ncols=2)
    return figure


def _fit(axes: Axes, fit: Fit) -> None:
    at = place(fit.period)
    # As tall as what would fit, yet never thinner than the eye sees, and beside the cross where both are close.
    axes.vlines(at, fit.low, fit.high, color=_FITS, lw=9, alpha=0.5, zorder=4)
    axes.plot([at], [(fit.low + fit.high) / 2], "_", color=_FITS, ms=26, mew=2.5, zorder=5)
    span = _tick(fit.low) if fit.low == fit.high else f"{_tick(fit.low)} to {_tick(fit.high)}"
    axes.plot([], [], "-", color=_FITS, lw=3, label=f"would fit: {span}")


def _apart(at: Sequence[float], values: Sequence[float]) -> tuple[list[float], list[float]]:
    """Points of a line with a break where a period is missing: nothing is known there."""
    usual = min((after - before for before, after in pairwise(at)), default=0.0)
    places, heights = list(at[:1]), list(values[:1])
    for before, after, value in zip(at, at[1:], values[1:], strict=False):
        if after - before > 1.5 * usual:
            places.append((before + after) / 2)
            heights.append(nan)
        places.append(after)
        heights.append(value)
    return places, heights


def odd_figure(
    title: str, unit: str, series: Sequence[Mapping[str, Any]], suspect: Suspect, was: Mapping[str, str] | None = None
) -> str:
    """The series of a suspect with the odd figure marked, where it would fit, and what it was before; "" for too few.

    ``series``: rows with ``period`` and ``value`` (decimal text or None), of one series, in any order. ``was``: release
    date → value, of the odd figure's own cell.
    """
    length, here = months(suspect.period).length, months(suspect.period)
    odd, low, high = (number(text) for text in (suspect.value, suspect.low, suspect.high))
    known = points(series, 0, length)
    periods = sorted(known, key=months)
    before = [period for period in periods if months(period) < here][-BEFORE:]
    after = [period for period in periods if months(period) > here][:AFTER]
    # Its size, since the sentence that names it says it so.
    power, said = scaled(unit, [odd] if odd is not None else [known[one] for one in (*before, *after)])
    lines = [Line("published", {one: known[one] / 10**power for one in (*before, *after)})]
    for on, text in sorted((was or {}).items())[-_REVISIONS:]:
        if (value := number(text)) is not None:
            value /= 10**power
            lines.append(Line(f"{on}: {_tick(value)}", {suspect.period: value}, "was"))
    if odd is not None:
        lines.append(Line(f"printed: {_tick(odd / 10**power)}", {suspect.period: odd / 10**power}, "held"))
    fit = Fit(suspect.period, low / 10**power, high / 10**power) if low is not None and high is not None else None
    picture = Picture(title, said, lines, fit)
    return data_uri(draw(picture)) if picture.worth_drawing else ""


#: Earlier releases of the odd figure that are shown.
_REVISIONS: Final = 2


def grid(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Figure:
    """A table as a picture, its first column the names of its rows; a text that ends in ``*`` stands out."""
    figure = Figure(figsize=(max(4.0, 1.05 * len(columns)), 1.0 + 0.28 * len(rows)), layout="constrained")
    axes = figure.subplots()
    axes.axis("off")
    axes.set_title(fill(_plain(title), 13 * len(columns)), fontsize=10, loc="left")
    cells = [[_plain(text) for text in row] for row in rows]
    drawn = axes.table(
        cells, colLabels=[_plain(one) for one in columns], bbox=Bbox.unit(), cellLoc="right", edges="horizontal"
    )
    drawn.auto_set_font_size(False)
    drawn.set_fontsize(8)
    for (row, column), cell in drawn.get_celld().items():
        cell.set_edgecolor("#cbd5e1")
        text = cell.get_text()
        if row == 0 or column == 0:
            text.set_fontweight("bold")
        elif text.get_text().endswith("*"):
            text.set_color(_COLOURS[1])
    return figure


def _plain(text: str) -> str:
    """Text of a source for a drawing: ``$`` would begin a formula, and a font has no control characters."""
    # The font that comes with matplotlib has Latin, Greek and Cyrillic.
    drawable = "".join(sign if sign.isprintable() and ord(sign) < 0x2E80 else "·" for sign in text[:160])
    return drawable.replace("$", r"\$").removeprefix("_")  # a label that begins with it is left out of the legend


def _tick(value: float, _: int | None = None) -> str:
    """``1,226.5``; its unit stands beside the axis."""
    text = f"{value:,.6g}" if abs(value) < _LONG else f"{value:,.0f}"
    return text.replace("-", "−")


_LONG: Final = 1e6
