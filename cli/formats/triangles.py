"""What was known of each period of a series after each release, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from cli.formats.figures import figure
from cli.formats.output import Row
from schemas.release_dates import release_order


def grid(rows: Sequence[Row], most: int) -> tuple[list[str], list[dict[str, str]], int]:
    """Release dates, at most the ``most`` latest (0: all), and a row a period; how many releases there are.

    ``rows`` as of ``storage.revision_analysis.triangle``, of one series; what was revised has an asterisk.
    """
    known: dict[str, dict[str, str]] = {}
    for row in rows:
        mark = "*" if row["kind"] == "revision" else ""
        known.setdefault(row["period"], {})[row["released"]] = f"{figure(row['value'], row)}{mark}"
    releases = sorted({row["released"] for row in rows}, key=release_order)
    shown = releases[-most:] if most else releases
    lines = [{"period": period} | {one: line.get(one, "") for one in shown} for period, line in known.items()]
    return shown, lines, len(releases)
