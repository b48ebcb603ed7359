"""Units: an ISO 4217 code, a quantity, ``count`` or ``%``, with a multiplier that becomes a power of ten."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from schemas.errors import FigureError
from schemas.periods import months

_WORDS: Final = {"": 0, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
#: The standard units of quantity of the World Customs Organization, and what is a power of ten of one of them: each
#: mass is in kg, so that tonnes and kilograms of one thing are one series.
QUANTITIES: Final = {
    "kg": ("kg", 0),
    "g": ("kg", -3),
    "t": ("kg", 3),
    "tonne": ("kg", 3),
    "l": ("l", 0),
    "litre": ("l", 0),
    "m": ("m", 0),
    "m2": ("m2", 0),
    "m3": ("m3", 0),
    "kWh": ("kWh", 0),
    "carat": ("carat", 0),
    "piece": ("piece", 0),
    "pair": ("pair", 0),
}
_MEASURED: Final = frozenset(code for code, _ in QUANTITIES.values())
_UNIT = re.compile(rf"(?P<code>[A-Z]{{3}}|count|%|{'|'.join(QUANTITIES)})(?: (?P<ten>10+))?(?: (?P<word>[a-z]+))?")


@cache
def _currencies() -> frozenset[str]:
    import pycountry  # 0.1 s: only when a unit is read

    return frozenset(c.alpha_3 for c in pycountry.currencies)


@cache
def _years() -> dict[str, tuple[str, str]]:
    """Currency → the months from and to which CLDR knows it as money of some territory; "" where it names none."""
    from babel.core import get_global  # only where a code is no ISO 4217 of today, or money of another time

    found: dict[str, list[tuple[str, str]]] = {}
    for territory in get_global("territory_currencies").values():
        for code, start, end, _ in territory:
            found.setdefault(code, []).append((_month(start), _month(end)))
    return {
        code: (min(start for start, _ in times), "" if any(not end for _, end in times) else max(e for _, e in times))
        for code, times in found.items()
    }


def _month(day: tuple[int, int, int] | None) -> str:
    return f"{day[0]:04d}-{day[1]:02d}" if day else ""


@cache
def is_currency(code: str) -> bool:
    """Whether ``code`` is an ISO 4217 code, of today or of a currency that was in force once.

    Codes never leave: what ISO drops CLDR keeps, with its years.
    """
    return code in _currencies() or (len(code) == 3 and code.isupper() and bool(_years().get(code, ("", ""))[1]))


def is_quantity(code: str) -> bool:
    """Whether ``code`` is a unit of quantity, without multiplier."""
    return code in _MEASURED


def is_amount(code: str) -> bool:
    """Whether ``code`` is money or a quantity: a level is in it, and a rate of growth about it."""
    return is_quantity(code) or is_currency(code)


def changes_money(code: str) -> bool:
    """Whether that money came or went within living memory, so that dates matter."""
    start, end = _years().get(code, ("", ""))
    return start > "1990" or (bool(end) and code not in _currencies())


@cache
def out_of_force(code: str, period: str, released: str) -> str:
    """Why a figure of ``period`` published on ``released`` ("" if unknown) cannot be in that money; "" if it can be.

    Money that was over before the period began, and before the release, is none of its time; nor is money that came
    in a later year than the release. In between an agency restates the past in the money of its day.
    """
    start, end = _years().get(code, ("", ""))
    if start and released and released[:4] < start[:4]:
        return f"{code} came into force in {start}, after the release: expected the money of that time"
    over = end and code not in _currencies() and (not released or end < released[:7])
    if over and months(end).start < months(period).start:
        return f"{code} was in force until {end}: expected the money of that time"
    return ""


@cache
def parse_unit(text: str) -> tuple[str, int]:
    """``"USD 100 million"`` → ``("USD", 8)``: the unit without multiplier and the power of ten.

    Raises FigureError when the text is no unit of the contract.
    """
    seen = " ".join(text.split())
    match = _UNIT.fullmatch(seen)
    if match:
        ten, word = match["ten"], match["word"] or ""
        code, power = QUANTITIES.get(match["code"], (match["code"], 0))
        known = code in ("count", "%") or is_amount(code)
        if known and word in _WORDS and not (code == "%" and (ten or word)):
            return code, power + (len(ten) - 1 if ten else 0) + _WORDS[word]
    raise FigureError(
        f"unit {text!r} is unknown: expected an ISO 4217 code and a multiplier "
        "('USD billion', 'CNY 100 million'), 'count', 'kg', 't', 'piece' with the same multipliers, or '%'"
    )
