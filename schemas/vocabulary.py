"""The closed lists of the contract, as data: flows, measures, qualifiers, statuses, severities."""

from __future__ import annotations

from typing import Final

FLOWS: Final = {
    "X": "exports",
    "M": "imports",
    "T": "total",
    "B": "balance",
    "DX": "domestic exports",
    "RX": "re-exports",
    "RM": "re-imports",
    "_Z": "",
}
MEASURES: Final = {
    "level": "level",
    "growth_yoy": "growth on a year earlier",
    "growth_prev": "growth on the preceding period",
    "growth_avg": "average annual growth",
    "share": "share",
    "count": "count",
}
GROWTH_MEASURES: Final = ("growth_yoy", "growth_prev", "growth_avg")
QUALIFIERS: Final = ("=", ">", "<", "≥", "≤", "~")
#: Spellings that mean one of QUALIFIERS.
QUALIFIER_ALIASES: Final = {"": "=", ">=": "≥", "<=": "≤", "≈": "~"}
ROUNDINGS: Final = ("nearest", "truncated")
#: SDMX OBS_STATUS codes; those in ABSENT say that there is no value.
ABSENT: Final = ("M", "C", "NA")
STATUSES: Final = ("A", "P", "E", "F", "B", "I", "N", "O", "S", "U", "D", "R", *ABSENT)
SEVERITIES: Final = ("error", "warning", "information")
#: What identifies a series; with the period it identifies a cell.
SERIES_KEY: Final = (
    "dataset",
    "reporter",
    "partner",
    "product",
    "breakdown",
    "flow",
    "measure",
    "unit",
    "basis",
)
