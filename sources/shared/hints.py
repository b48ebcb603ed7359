"""The way out for a text that is no figure, or no tidy CSV: what it looks like, and where that belongs."""

from __future__ import annotations

import re
from typing import Final

_MISSING = re.compile(r"[-–—−.…:/*]+|n\.?/?a\.?|#n/a|nan|null|none|nil|missing|confidential|c|x", re.IGNORECASE)
_QUALIFIED = re.compile(
    r"(?:[<>≥≤~≈≧≦±]|over|about|around|some|nearly|almost|more than|less than|under|at least|at most)\s*=?\s*[-−\d].*",
    re.IGNORECASE,
)
_DECIMAL_COMMA = re.compile(r"[-−+]?(?:\d{1,3}(?:[. '’]\d{3})+|\d+),\d+")
_FLOAT = re.compile(r"[-+]?\d+(?:\.\d*)?e[-+]?\d+", re.IGNORECASE)
_MARKED = re.compile(
    r"(?P<figure>[-−+(]?\d[\d,. ]*\d\)?|\d)\s*(?P<mark>[a-z*†‡§#]|\([a-z]{1,3}\)|\[\w+\])", re.IGNORECASE
)

#: What a value looks like → the way out.
_HINTS: Final = (
    (_MISSING, "where there is none leave it empty, with status M, C or NA"),
    (_QUALIFIED, "'>', '<' or '~' goes into the column qualifier"),
    (re.compile(r".*[%％]"), "% goes into the column unit"),
    (_DECIMAL_COMMA, "write a decimal point"),
    (_FLOAT, "a float has lost its precision"),
    (_MARKED, "a mark beside a figure goes into the column status or cite"),
)


def figure_hint(text: str, why: str) -> str:
    """``why`` a value could not be read, and the way out where ``text`` says it."""
    if len(text) > 40 or "beyond" in why:
        return why
    hint = next((hint for pattern, hint in _HINTS if pattern.fullmatch(text.strip())), "")
    return f"{why}; {hint}" if hint else why


def separator_hint(header: str) -> str:
    """Of a header line without commas: that something else separates its columns."""
    marks = {";": "semicolons", "\t": "tabs", "|": "bars"}
    seen = next((name for mark, name in marks.items() if mark in header), "")
    return f" (the columns seem to be separated by something else than a comma: {seen})" if seen else ""


def utf16_hint(content: bytes) -> str:
    """Of bytes with NULs: that they look like UTF-16 without its mark."""
    looks = any(content[at:16:2] == b"\0" * 8 for at in (0, 1))
    return ", it looks like UTF-16: save the file as UTF-8" if looks else ""
