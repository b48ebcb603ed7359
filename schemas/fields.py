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
