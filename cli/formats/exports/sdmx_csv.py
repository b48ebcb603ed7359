"""Figures as SDMX-CSV 2.0 (SDMX 3.0): one row an observation, the standard's own columns first, RFC 4180 line ends."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Final, TextIO

from cli.formats.exports.sdmx_words import AGENCY, ATTRIBUTES, DIMENSIONS, LISTED, TIME, VALUE, VERSION, code
from cli.formats.output import Row
from schemas.periods import months
from schemas.vocabulary import ABSENT

#: A structure of our own (``sdmx_structure``); docs/export.md says what its columns mean.
STRUCTURE_ID: Final = f"{AGENCY}:FIGURES({VERSION})"
COLUMNS: Final = (
    *("STRUCTURE", "STRUCTURE_ID", "ACTION", *(one.id for one in DIMENSIONS), TIME.id, VALUE.id),
    *(one.id for one in ATTRIBUTES),
)
#: Our field → their column.
_FIELDS: Final = {
    "DATASET": "dataset",
    "REF_AREA": "reporter",
    "COUNTERPART_AREA": "partner",
    "PRODUCT": "product",
    "BREAKDOWN": "breakdown",
    "FLOW": "flow",
    "MEASURE": "measure",
    "UNIT_MEASURE": "unit",
    "BASIS": "basis",
    "OBS_MARKS": "status",
    "OBS_STEP": "step",
    "OBS_LOW": "low",
    "OBS_HIGH": "high",
    "OBS_QUALIFIER": "qualifier",
    "RELEASE_DATE": "released",
    "RECORDED_AT": "recorded_at",
    "PENDING": "pending",
    "DATA_SOURCE": "source",
    "DOCUMENT": "document",
}
_SERIES: Final = tuple(_FIELDS[one.id] for one in DIMENSIONS if one.id in _FIELDS)
_REST: Final = tuple(_FIELDS[one.id] for one in ATTRIBUTES if one.id in _FIELDS)
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


def obs_status(status: str) -> str:
    """OBS_STATUS, of which there is one: the mark that says why there is no value, else the first; ``A`` of none."""
    marks = status.split(";")
    said = (_STATUS.get(mark, mark) for mark in [mark for mark in marks if mark in ABSENT] or marks)
    return next(filter(None, said), "A")


def write(rows: Iterable[Row], stream: TextIO) -> dict[str, set[str]]:
    """A header and a line a row, as the rows come; what occurs in the columns of which the codes are listed."""
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        frequency, period = time_period(row["period"])
        status = row["status"]
        series = tuple(code(row[name]) for name in _SERIES)
        seen.add(series)
        writer.writerow([
            *("dataflow", STRUCTURE_ID, "I", frequency, *series, period, row["value"]),
            *("0", obs_status(status), "C" if "C" in status.split(";") else "F"),
            *(row[name] for name in _REST),
        ])  # fmt: skip
    places = [one.id for one in DIMENSIONS if one.id in _FIELDS]
    return {name: {series[places.index(name)] for series in seen} for name in LISTED}
