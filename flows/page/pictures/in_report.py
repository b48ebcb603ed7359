"""Pictures of a report: charts of figures that are wrong, the triangle of what was revised most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flows.page.pictures.triangles import triangle
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
    """Charts of the first suspects that have a history: where they can be drawn."""
    if not installed("matplotlib"):
        return []
    drawn: dict[tuple[str, ...], str] = {}
    for row in failing:
        for one in row["suspects"]:
            about = (*(row[name] for name in SERIES[:5]), one["flow"], one["measure"], one["period"])
            if about not in drawn and sum(map(bool, drawn.values())) < CHARTS:
                drawn[about] = _odd_figure(ledger, row, one)
    return [picture for picture in drawn.values() if picture]


def _odd_figure(ledger: Ledger, row: Row, one: Row) -> str:
    """The chart of one suspect: its series, the odd figure, what would fit, what it was in earlier releases."""
    from flows.page.pictures import charts  # matplotlib: only where there is something to draw

    asked: dict[str, Any] = {name: row[name] for name in SERIES[:5]} | {name: one[name] for name in ("flow", "measure")}
    level = one["measure"] == "level"
    asked["unit"] = row["unit"] if level else "%"
    series = list(queries.show(ledger, **asked))
    if not level:
        # Of a rate the finding says the currency of its block; where a rate is of something else, there is but one.
        bases = {known["basis"] for known in series}
        basis = row["unit"] if row["unit"] in bases or len(bases) != 1 else bases.pop()
        series = [known for known in series if known["basis"] == basis]
        asked["basis"] = basis
    was = {known["released"]: known["value"] for known in series if known["period"] == one["period"]}
    for change in queries.revisions(ledger, **asked, period=one["period"]):
        was[change["previous_released"]] = change["previous"]
    partner = "" if row["partner"] == "WLD" else f" with {row['partner']}"
    title = f"{row['reporter']} {row['product']}{partner}, {suspect(one)}"
    other = {released: value for released, value in was.items() if value not in (None, "", one["value"])}
    drawing = charts.odd_figure(title, asked["unit"], series, Suspect(**one), other)
    return f"![{escaped(title)}]({drawing})" if drawing else ""


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
