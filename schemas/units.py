"""Units: an ISO 4217 code, ``count`` or ``%``, with a multiplier that becomes a power of ten."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from schemas.errors import FigureError

_WORDS: Final = {"": 0, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_UNIT = re.compile(r"(?P<code>[A-Z]{3}|count|%)(?: (?P<ten>10+))?(?: (?P<word>[a-z]+))?")


@cache
def _currencies() -> frozenset[str]:
    import pycountry  # 0.1 s: only when a unit is read

    return frozenset(c.alpha_3 for c in pycountry.currencies)


def is_currency(code: str) -> bool:
    """Whether ``code`` is an ISO 4217 code in force."""
    return code in _currencies()


@cache
def parse_unit(text: str) -> tuple[str, int]:
    """``"USD 100 million"`` → ``("USD", 8)``: the unit without multiplier and the power of ten.

    Raises FigureError when the text is no unit of the contract.
    """
    seen = " ".join(text.split())
    match = _UNIT.fullmatch(seen)
    if match:
        code, ten, word = match["code"], match["ten"], match["word"] or ""
        known = code in ("count", "%") or is_currency(code)
        if known and word in _WORDS and not (code == "%" and (ten or word)):
            return code, (len(ten) - 1 if ten else 0) + _WORDS[word]
    raise FigureError(
        f"unit {text!r} is unknown: expected an ISO 4217 code and a multiplier "
        "('USD billion', 'CNY 100 million'), 'count' with the same multipliers, or '%'"
    )
