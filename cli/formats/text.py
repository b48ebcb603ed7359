"""Text for a terminal: what came from a source never moves the cursor, and figures are scaled for people."""

from __future__ import annotations

import re
from decimal import Context, Decimal

from schemas.sentences import said_in
from schemas.texts import UNPRINTABLE, printable

__all__ = ["escape_json", "printable", "scaled"]

_EXACT = Context(prec=200)


def escape_json(text: str) -> str:
    """JSON text with what a terminal would act on escaped the JSON way: the same data, harmless to look at."""
    if text.isprintable():
        return text

    def escape(match: re.Match[str]) -> str:
        units = match[0].encode("utf-16-be", "surrogatepass").hex()
        return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))

    return UNPRINTABLE.sub(escape, text)


#: A step of more zeros is one of figures in millions.
_THOUSANDS = 3


def scaled(value: str, step: str, unit: str, like: str = "") -> str:
    """A figure as people say it: ``("111450000000", "10000000", "USD")`` → ``"111.45 bn USD"``, digits as printed.

    ``step`` is the size of the last printed digit, empty where it does not matter; both are decimal strings. ``like``
    is a figure in whose scale it is said; 0 is said in that of its step.
    """
    shift, word, decimals = scale(value, step, unit, like)
    number = Decimal(value).scaleb(-shift, _EXACT)
    return " ".join(part for part in (f"{number:,.{decimals}f}", word, unit) if part)


def scale(value: str, step: str, unit: str, like: str = "") -> tuple[int, str, int]:
    """The power of ten in which ``scaled`` says a figure, its word, and the digits after the point."""
    number = Decimal(value)
    beside = Decimal(like or value)
    if not like and not number and step and (digits := -_decimals(step)) > _THOUSANDS:
        beside = Decimal(10) ** (digits + (-digits) % 3)
    shift, word = said_in(beside) if unit != "%" else (0, "")
    return shift, word, max(0, shift + _decimals(step or value))


def _decimals(step: str) -> int:
    """Digits after the point of a step: ``"0.1"`` → 1, ``"1000"`` → −3; of a value: those it has."""
    whole, point, fraction = step.partition(".")
    return len(fraction) if point else -(len(whole) - len(whole.rstrip("0")))
