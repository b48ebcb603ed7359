"""The shorthand of the UK Government Statistical Service: marks in square brackets, beside a figure or instead of one.

Source: "Symbols in tables" (Government Analysis Function), which all departments follow: ``-300 [r]``, ``[x]``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas.vocabulary import says_absent, status_of

if TYPE_CHECKING:
    from sources.shared.readout import Facts, Place, Readout
    from sources.shared.workbooks.cells import Cell

#: Mark → status.
_MARKS: Final = {**{mark.lower(): mark for mark in "BCEFPRU"}, "x": "M", "z": "NA"}  # not available, not applicable
_LOW: Final = "low"  # rounds to nothing, and is not nil
_MARK = r"\[[^\[\]]*\]"
_MARKED = re.compile(rf"((?:{_MARK}\s*)*)([^\[\]]*?)((?:\s*{_MARK})*)")
_PRINTED = re.compile(r"[-−(]?[£]?[-−(]?\d[\d,]*(\.\d+)?\)?%?[⁰¹²³⁴⁵⁶⁷⁸⁹]*")
_NOTE = re.compile(r"notes? ?[\d, ]*", re.IGNORECASE)


class Printed(NamedTuple):
    """A text without its marks ("" where they stand instead of a figure, ``-`` for ``[low]``), and their status."""

    text: str
    status: str


def shorthand(text: str) -> Printed:
    """What marks make of a text; it comes back as it is where they are unknown, or say two things at once."""
    match = _MARKED.fullmatch(text.strip()) if "[" in text else None
    if match is None:
        return Printed(text, "")
    said = [mark.strip().lower() for mark in re.findall(r"\[([^\[\]]*)\]", match[1] + match[3])]
    marks = [mark for mark in said if not _NOTE.fullmatch(mark)]
    status = status_of(";".join(_MARKS[mark] for mark in marks if mark in _MARKS))
    figure, low = match[2].strip(), _LOW in marks
    if status is None or not set(marks) <= {_LOW, *_MARKS}:
        return Printed(text, "")
    if says_absent(status) == bool(figure or low):  # neither a figure nor why there is none, or both
        return Printed(text, "")
    return Printed(figure or "-" * low, status)


def read_marked(cell: Cell, unit: str, at: Place, facts: Facts, step: int, readout: Readout) -> None:
    """A cell in sterling, a multiple of 10^``step``, with the marks beside its figure; or why it has none."""
    text, status = shorthand(cell.text)
    facts = {**facts, "status": status}
    if not text and status:
        readout.absent(cell.text, unit, at, **facts)
    elif text in ("-", "–"):  # nil, or less than half a unit
        readout.number(0, step, unit, at, **facts)
    elif cell.number is None and text and not _PRINTED.fullmatch(text):
        readout.unreadable(at, cell.text, "expected a figure, or - for nil")
    else:
        shown = cell if text == cell.text else replace(cell, value=text)
        readout.cell(shown, unit, at, facts, step, symbol="£")
