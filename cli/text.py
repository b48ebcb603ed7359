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
