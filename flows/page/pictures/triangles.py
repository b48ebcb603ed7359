"""The revision triangle of one series as a Markdown table, which one can read, search and copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from flows.page.words import cell, figure_of, in_words
from schemas.periods import months
from schemas.release_dates import release_order

#: A wider or longer table is unreadable; the latest releases and periods stand in it.
RELEASES: Final = 8
PERIODS: Final = 12


def triangle(title: str, versions: Sequence[Mapping[str, Any]]) -> str:
    """A row a release, a column a period, each cell the figure as printed and its change to the one before.

    ``versions``: rows with ``period``, ``released``, ``value`` (decimal text or None), ``step`` (decimal text).
    """
    known: dict[str, dict[str, tuple[Fraction, int]]] = {}
    for row in versions:
        if row["value"] not in (None, ""):
            known.setdefault(row["released"], {})[row["period"]] = figure_of(row["value"], row["step"])
    releases = sorted(known, key=release_order)[-RELEASES:]
    periods = sorted({period for release in releases for period in known[release]}, key=months)[-PERIODS:]
    lines = [f"### {cell(title)}", "", f"| released | {' | '.join(periods)} |", f"|---|{'---:|' * len(periods)}"]
    lines += [
        f"| {release} | {' | '.join(_cell(known, releases, at, period) for period in periods)} |"
        for at, release in enumerate(releases)
    ]
    return "\n".join(lines)


def _cell(
    known: Mapping[str, Mapping[str, tuple[Fraction, int]]], releases: Sequence[str], at: int, period: str
) -> str:
    figure = known[releases[at]].get(period)
    if figure is None:
        return ""
    value = figure[0]
    earlier = next((known[r][period][0] for r in reversed(releases[:at]) if period in known[r]), None)
    if earlier is None or earlier == value or not earlier:
        return in_words(figure)
    change = f"{float((value / earlier - 1) * 100):+.1f}%".replace("-", "−")
    return f"{in_words(figure)} ({change})"
