"""Charts for the report, as PNG in a data URI: Prefect's page shows images in Markdown and drops SVG.

A chart is a help to the eye: it may use floats, nothing is decided by it. Imports matplotlib; import it only where
there is something to draw.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from schemas.findings import Suspect
from schemas.sentences import said_in

#: A line of more periods is unreadable at this size; the last ones are drawn.
PERIODS: Final = 36
#: Letters of a title that fit beside each other.
_TITLE: Final = 90
_INK, _ODD, _FITS = "#334155", "#dc2626", "#16a34a"


def data_uri(figure: Figure) -> str:
    """The drawing as ``data:image/png;base64,…``."""
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=110, metadata={"Software": None})
    return f"data:image/png;base64,{base64.b64encode(target.getvalue()).decode()}"


def _plain(text: str) -> str:
    """Text of a source for a drawing: ``$`` would begin a formula, and a font has no control characters."""
    # The font that comes with matplotlib has Latin, Greek and Cyrillic.
    drawable = "".join(sign if sign.isprintable() and ord(sign) < 0x2E80 else "·" for sign in text[:120])
    return drawable.replace("$", r"\$")


def _number(value: float) -> str:
    """``226.5 bn``; short, for an axis."""
    power, word = said_in(value)
    return " ".join((f"{value / 10**power:,.2f}".rstrip("0").rstrip(".").replace("-", "−"), word)).rstrip()


def odd_figure(title: str, unit: str, series: Sequence[Mapping[str, Any]], suspect: Suspect) -> str:
    """The series of a suspect with the odd figure marked, and the interval in which it would fit.

    ``series``: rows with ``period`` and ``value`` (decimal text or None), of one series, in any order.
    """
    points = {row["period"]: float(row["value"]) for row in series if row["value"] not in (None, "")}
    points = {period: value for period, value in points.items() if len(period) == len(suspect.period)}
    points.pop(suspect.period, None)
    before = sorted(period for period in points if period < suspect.period)[-PERIODS:]
    after = sorted(period for period in points if period > suspect.period)[: PERIODS // 3]
    periods = [*before, suspect.period, *after]
    at = len(before)
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes = figure.subplots()
    known = [place for place, period in enumerate(periods) if period in points]
    axes.plot(known, [points[periods[place]] for place in known], "o-", color=_INK, ms=4, lw=1, label="published")
    if _is_number(suspect.value):
        axes.plot([at], [float(suspect.value)], "x", color=_ODD, ms=9, mew=2.5, label=f"{suspect.period}, held")
    low, high = (float(end.rstrip("…")) if _is_number(end) else None for end in (suspect.low, suspect.high))
    if low is not None and high is not None:
        # As tall as what would fit, yet never thinner than the eye sees, and beside the cross where both are close.
        axes.vlines(at, low, high, color=_FITS, lw=9, alpha=0.5)
        axes.plot([at], [(low + high) / 2], "_", color=_FITS, ms=34, mew=2.5, label="would fit")
    step = max(1, len(periods) // 12)
    shown = sorted({*range(0, len(periods), step), at})
    shown = [place for place in shown if place == at or abs(place - at) >= step or step == 1]
    turned = len(periods) > 8
    axes.set_xticks(
        shown, [periods[place] for place in shown], rotation=30 if turned else 0, ha="right" if turned else "center"
    )
    _entitle(axes, title)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _number(value)))
    axes.set_ylabel(_plain(unit))
    axes.margins(x=0.05, y=0.15)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8, frameon=False, loc="best")
    return data_uri(figure)


def _entitle(axes: Axes, title: str) -> None:
    """A title in as many lines as it needs: one that is too long would be cut off, and what comes last is the slip."""
    axes.set_title(fill(_plain(title), _TITLE), fontsize=10, loc="left")


def _is_number(text: str) -> bool:
    try:
        float(text.rstrip("…"))
    except ValueError:
        return False
    return True
