"""The fields of the answers' rows, in the order in which JSON, CSV and DataFrames have them: part of the contract."""

from __future__ import annotations

from typing import Final

#: What a cell is, as answers begin with it.
CELL: Final = (
    *("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis", "period", "unit"),
)
FIGURES: Final = (
    *(*CELL, "value", "step", "low", "high", "qualifier", "status", "released", "recorded_at", "pending"),
    *("source", "run", "document", "accepted"),
)
VINTAGES: Final = (
    *(*CELL, "vintage", "released", "value", "step", "qualifier", "status", "since", "kind", "document"),
)
REVISIONS: Final = (
    *(*CELL, "kind", "value", "previous", "change", "step", "status", "released", "previous_released"),
    *("recorded_at", "source", "run", "document"),
)
FINDINGS: Final = (
    *("rule", "severity", "state", "dataset", "reporter", "partner", "product", "period", "unit"),
    *("left", "right", "difference", "allowed", "suspects", "block", "source", "run", "document", "position"),
    *("sentence", "breakdown", "released", "result", "ended", "case"),
)
#: Days of a figure's period and release, for programs that have dates.
DAYS: Final = ("first_day", "last_day", "released_day")
#: What the fields of a figure mean, in a line each.
ABOUT: Final = {
    "dataset": "what the agency puts side by side, such as ft900-bop-sa",
    "reporter": "who reports: ISO 3166 alpha-3, WLD or an area of our list",
    "partner": "with whom; WLD for the world",
    "product": "in what; total for all",
    "breakdown": "what the other columns do not say, such as regime=processing; _T for none",
    "flow": "X exports, M imports, T total trade, B balance, DX, RX, RM, _Z not applicable",
    "measure": "level, growth_yoy, growth_prev, growth_avg, share or count",
    "basis": "of a rate: the unit of the level it is about, or its whole; _Z for none",
    "period": "ISO 8601: 2019, 2019-Q3, 2019-03; a span as 2025-01/2025-02",
    "unit": "of value, without multiplier: an ISO 4217 code, % or count",
    "value": "the printed figure in units of 1, exact; none where status says why",
    "step": "size of the last printed digit",
    "low": "least value that is printed so; none for no bound",
    "high": "greatest value that is printed so; none for no bound",
    "qualifier": "= or, as printed, > < ≥ ≤ ~ (about)",
    "status": "SDMX OBS_STATUS, and M missing, C confidential, NA; several joined by ;",
    "released": "the release: date, time if known, +2 for its second sequence",
    "recorded_at": "when this ledger published it, UTC",
    "pending": "held or rejected where another figure is kept back, unreadable where it cannot be read any more",
    "source": "the source of the run that published it",
    "run": "the run that published it",
    "document": "SHA-256 of the document it stood in",
    "accepted": "whether a person accepted it though it contradicts others",
    "cite": "document, position and address in one line; what the source cites stands there",
    "first_day": "first day of the period; of base/end the first of its base",
    "last_day": "last day of the period",
    "released_day": "the date of the release",
}
