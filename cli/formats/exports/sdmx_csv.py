"""Figures as SDMX-CSV 2.0 (SDMX 3.0): one row an observation, the standard's own columns first, RFC 4180 line ends."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Final, TextIO

from cli.formats.output import Row
from schemas.periods import months

#: A structure of our own; docs/export.md says what its columns mean.
STRUCTURE_ID: Final = "TRADELEDGER:FIGURES(1.0.0)"
#: Our dimension → theirs.
DIMENSIONS: Final = {
    "dataset": "DATASET",
    "reporter": "REF_AREA",
    "partner": "COUNTERPART_AREA",
    "product": "PRODUCT",
    "breakdown": "BREAKDOWN",
    "flow": "FLOW",
    "measure": "MEASURE",
    "unit": "UNIT_MEASURE",
    "basis": "BASIS",
}
ATTRIBUTES: Final = {
    "step": "OBS_STEP",
    "low": "OBS_LOW",
    "high": "OBS_HIGH",
    "qualifier": "OBS_QUALIFIER",
    "released": "RELEASE_DATE",
    "recorded_at": "RECORDED_AT",
    "pending": "PENDING",
    "source": "DATA_SOURCE",
    "document": "DOCUMENT",
}
COLUMNS: Final = (
    *("STRUCTURE", "STRUCTURE_ID", "ACTION", "FREQ", *DIMENSIONS.values(), "TIME_PERIOD", "OBS_VALUE"),
    *("UNIT_MULT", "OBS_STATUS", "CONF_STATUS", *ATTRIBUTES.values()),
)
#: Our word → CL_OBS_STATUS, where M says that data cannot exist; others are SDMX's already. That a figure is marked as
#: revised is no status there.
_STATUS: Final = {"M": "O", "C": "Q", "NA": "M", "R": ""}


def time_period(period: str) -> tuple[str, str]:
    """Frequency (CL_FREQ) and TIME_PERIOD: a span becomes a time range, ``2025-01/2025-02`` → ``2025-01-01/P2M``."""
    if "/" in period:
        start, length = months(period)
        duration = f"P{length}M" if length % 12 else f"P{length // 12}Y"
        return "_O", f"{start // 12:04d}-{start % 12 + 1:02d}-01/{duration}"
    return {12: "A", 6: "S", 3: "Q", 1: "M"}[months(period).length], period


def _code(word: str) -> str:
    return "PC" if word == "%" else word  # % is no identifier of SDMX


def obs_status(status: str) -> str:
    """OBS_STATUS: several marks joined by ``;`` in their order, ``A`` where the agency marks nothing."""
    marks = (_STATUS.get(mark, mark) for mark in status.split(";"))
    return ";".join(dict.fromkeys(filter(None, marks))) or "A"


def write(rows: Iterable[Row], stream: TextIO) -> None:
    """A header and a line a row, as the rows come; values in units of 1 (UNIT_MULT 0)."""
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        frequency, period = time_period(row["period"])
        status = row["status"]
        writer.writerow([
            *("dataflow", STRUCTURE_ID, "I", frequency, *(_code(row[name]) for name in DIMENSIONS), period),
            row["value"],
            *("0", obs_status(status), "C" if "C" in status.split(";") else "F"),
            *(row[name] for name in ATTRIBUTES),
        ])  # fmt: skip
