"""The closed lists of the contract, as data: flows, measures, qualifiers, statuses, severities."""

from __future__ import annotations

import re
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
#: SDMX's cross-domain code list CL_OBS_STATUS (2.2, and X and _U of 2.3); ``M`` here is missing for whatever reason.
OBS_STATUS: Final = {
    "A": "normal",
    "P": "provisional",
    "E": "estimated",
    "F": "forecast",
    "B": "break in the series",
    "I": "imputed",
    "N": "not significant",
    "S": "strike or another special event",
    "U": "of low reliability",
    "D": "defined differently",
    "G": "experimental",
    "J": "derogation",
    "V": "not validated",
    "W": "includes another category",
    "X": "of another organisation",
    "_U": "status unknown",
    "M": "missing",
    "O": "missing",
    "L": "not collected",
    "H": "holiday or weekend",
    "Q": "suppressed",
    "K": "included in another category",
}
#: Marks of ours that the list lacks, or has under another letter.
OWN_STATUS: Final = {"C": "confidential", "NA": "not applicable", "R": "revised"}
#: Those that say by their own definition that there is no value.
ABSENT: Final = ("M", "C", "NA", "O", "L", "H", "Q", "K")
#: Those that stand beside a value or explain that there is none.
EITHER: Final = ("B", "J", "S")
STATUSES: Final = tuple(dict.fromkeys((*OBS_STATUS, *OWN_STATUS)))
#: Several marks of one figure stand side by side in the order of the source: ``P;E``.
MARKS_AT_MOST: Final = 3
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


def status_of(text: str) -> str | None:
    """A status as it is kept: codes of STATUSES, at most three, joined by ``;`` in their order; None for another text.

    A comma, a space or a bar may stand between them.
    """
    if text in ("", *STATUSES):
        return text
    marks = tuple(dict.fromkeys(re.split(r"\s*[;,|]\s*|\s+", text.strip())))
    known = all(mark in STATUSES for mark in marks) and len(marks) <= MARKS_AT_MOST
    return ";".join(marks) if known and marks else None


def says_absent(status: str) -> bool:
    """Whether a status says that there is no value."""
    return any(mark in ABSENT for mark in status.split(";"))


def may_lack(status: str) -> bool:
    """Whether a figure of this status may have no value."""
    marks = status.split(";")
    return says_absent(status) or (len(marks) < MARKS_AT_MOST and any(mark in EITHER for mark in marks))


def is_tentative(status: str) -> bool:
    """Whether the agency says that it will print the figure again: provisional, estimated or forecast."""
    return any(mark in ("P", "E", "F") for mark in status.split(";"))


def absence(status: str) -> str:
    """For a person: why there is no value; "" where the status does not say."""
    names = OBS_STATUS | OWN_STATUS
    said = [names[mark] for mark in status.split(";") if mark in ABSENT or mark in EITHER]
    return ", ".join(said)
