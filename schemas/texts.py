"""Text that came from elsewhere: harmless to keep and to show, and never a figure that was not printed.

Controls, marks of direction, characters of no width and half characters are shown as their escapes, in every error and
every listed text; a line break within a figure stays visible, so that ``1⏎234`` is not read as 1,234.
"""

from __future__ import annotations

import re
from typing import Final

#: C0 and C1 controls, zero-width and bidirectional marks, line and paragraph separators, lone surrogates, tags.
UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
_SPACES = re.compile(r"[\t\n\v\f\r]+")
_BLANKS = re.compile(r"[^\S\x1c-\x1f]+")  # white space, less the controls that Python takes for it
#: What a line break or tabulator within a figure becomes: on paper these are two texts.
APART: Final = " / "
_WITHIN = re.compile(r"(?<=[\d.,(+\-−–])[^\S\x1c-\x1f]*[\t\n\v\f\r\x85\u2028\u2029]\s*(?=[\d.,)])")


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def printable(text: str) -> str:
    """``text`` on one line, every character that a terminal would act on shown as its escape."""
    if text.isprintable():  # nearly all, and in C: says no of every character that is looked for here
        return text
    return UNPRINTABLE.sub(_escape, _SPACES.sub(" ", text))


def failure(reason: str, way_out: str = "", address: str = "") -> str:
    """``reason; way out: address``: lists cut a message after some 60 letters; an address is copied from its end."""
    said = "; ".join(part for part in (reason, way_out) if part)
    return f"{said}: {address}" if address else said


def one_line(text: str) -> str:
    """A cell or label with its white space made single spaces; what stands on two lines is never one figure."""
    if text.isprintable():
        return " ".join(text.split())
    return UNPRINTABLE.sub(_escape, _BLANKS.sub(" ", _WITHIN.sub(APART, text)).strip())
