"""Text for a terminal: what came from a source never moves the cursor, and figures are scaled for people."""

from __future__ import annotations

import re
from decimal import Context, Decimal

from schemas.sentences import said_in

# C0 and C1 controls, zero-width and bidirectional marks, line and paragraph separators, lone surrogates, tags.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
_SPACES = re.compile(r"[\t\n\v\f\r]+")
_EXACT = Context(prec=200)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def printable(text: str) -> str:
    """``text`` on one line, every character that a terminal would act on shown as its escape."""
    if text.isprintable():  # nearly all, and in C: says no of every character that is looked for here
        return text
    return _UNPRINTABLE.sub(_escape, _SPACES.sub(" ", text))


def escape_json(text: str) -> str:
    """JSON text with what a terminal would act on escaped the JSON way: the same data, harmless to look at."""
    if text.isprintable():
        return text

    def escape(match: re.Match[str]) -> str:
        units = match[0].encode("utf-16-be", "surrogatepass").hex()
        return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))

    return _UNPRINTABLE.sub(escape, text)


def scaled(value: str, step: str, unit: str) -> str:
    """A figure as people say it: ``("111450000000", "10000000", "USD")`` → ``"111.45 bn USD"``, digits as printed.

    ``step`` is the size of the last printed digit, empty where it does not matter; both are decimal strings.
    """
    number = Decimal(value)
    shift, word = said_in(number) if unit != "%" else (0, "")
    number = number.scaleb(-shift, _EXACT)
    decimals = max(0, shift + _decimals(step or value))
    return " ".join(part for part in (f"{number:,.{decimals}f}", word, unit) if part)


def _decimals(step: str) -> int:
    """Digits after the point of a step: ``"0.1"`` → 1, ``"1000"`` → −3; of a value: those it has."""
    whole, point, fraction = step.partition(".")
    return len(fraction) if point else -(len(whole) - len(whole.rstrip("0")))
