"""Pictures of a report: charts of figures that are wrong, the triangle of what was revised most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flows.page.triangles import triangle
from flows.page.words import Row, escaped, suspect
from schemas.extras import installed
from schemas.findings import Suspect
from storage import queries
from storage.ledger import Ledger

#: Charts in one report.
CHARTS: Final = 2
#: The series whose revisions are drawn as a triangle.
SERIES: Final = ("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "unit", "basis")


def odd_figures(ledger: Ledger, failing: Sequence[Row]) -> list[str]:
    """Charts of the first suspects: their series, the odd figure, what would fit; where they can be drawn."""
    if not installed("matplotlib"):
        return []
    drawn: list[str] = []
    seen = set()
    for row in failing:
        for one in row["suspects"]:
            about = (row["dataset"], row["reporter"], row["partner"], row["product"], row["breakdown"], one["flow"])
            if len(drawn) >= CHARTS or one["measure"] != "level" or (*about, one["period"]) in seen:
                continue
            seen.add((*about, one["period"]))
            names = ("dataset", "reporter", "partner", "product", "breakdown", "flow")
            asked: dict[str, Any] = dict(zip(names, about, strict=True)) | {"measure": "level", "unit": row["unit"]}
            partner = "" if row["partner"] == "WLD" else f" with {row['partner']}"
            title = f"{row['reporter']} {row['product']}{partner}, {suspect(one)}"
            from flows.page import charts  # matplotlib: only where there is something to draw

            drawing = charts.odd_figure(title, row["unit"], list(queries.show(ledger, **asked)), Suspect(**one))
            drawn.append(f"![{escaped(title)}]({drawing})")
    return drawn


def most_revised(ledger: Ledger, revised: Sequence[Row]) -> list[str]:
    """The revision triangle of the series with the most revisions in this run."""
    levels = [tuple(row[name] for name in SERIES) for row in revised if row["measure"] == "level"]
    if not levels:
        return []
    most = max(dict.fromkeys(levels), key=levels.count)
    asked = dict(zip(SERIES, most, strict=True))
    versions = []
    for row in queries.revisions(ledger, **asked):
        versions += [{**row, "released": row["previous_released"], "value": row["previous"]}, row]
    title = f"Revisions of {asked['dataset']}, {asked['product']}, {asked['flow']}, {asked['unit']}"
    return [triangle(title, versions)]
