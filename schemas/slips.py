"""The slip that explains a wrong figure, if one does: what a person or a program did to the right digits."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from schemas.figures import Interval

_FACTORS: Final = (1, 2, 3)
_UNITS: Final = (4, 5, 6, 7, 8, 9)  # between units of pages: thousand, 10 thousand, million, 100 million, billion


def slip(mantissa: int, exponent: int, fits: Interval, base: tuple[Fraction, str] | None = None) -> str:
    """The slip that turns a figure into one that fits; empty where none does.

    ``fits`` are the printed values that would fit, ``base`` last year's figure and its period. The likelier come
    first: a figure repeated, its sign, a factor of ten, then its digits, then the unit of the page.
    """
    step = Fraction(10) ** exponent
    value = mantissa * step
    if base is not None and base[0] == value:
        return f"the figure of {base[1]} repeated?"
    if mantissa and fits.contains(-value):
        return "sign?"
    for power in _FACTORS:
        found = _factor(value, power, fits)
        if found:
            return f"{found}?"
    digits = _digits(str(abs(mantissa)), -step if mantissa < 0 else step, fits) if mantissa else ""
    if digits:
        return f"{digits}?"
    for power in _UNITS:
        found = _factor(value, power, fits)
        if found:
            return f"{found}: unit of the page?"
    return ""


def _factor(value: Fraction, power: int, fits: Interval) -> str:
    if value and fits.contains(value / 10**power):
        return f"{10**power:,} times too large"
    if value and fits.contains(value * 10**power):
        return f"{10**power:,} times too small"
    return ""


def _digits(text: str, step: Fraction, fits: Interval) -> str:
    """What may have happened to the digits: two neighbours swapped, one printed twice, one left out."""
    near, far = (fits.low, fits.high) if step > 0 else (fits.high, fits.low)
    least = float("-inf") if near is None else float(near / step) - 1
    most = float("inf") if far is None else float(far / step) + 1

    def fit(candidate: str) -> bool:
        # the floats only pass over what is far away
        return bool(candidate) and least <= int(candidate) <= most and fits.contains(int(candidate) * step)

    for at in range(len(text) - 1):
        one, other = text[at], text[at + 1]
        if one != other and fit(text[:at] + other + one + text[at + 2 :]):
            return f"digits {other} and {one} swapped"
    for at in range(len(text) - 1):
        if text[at] == text[at + 1] and fit(text[:at] + text[at + 1 :]):
            return f"digit {text[at]} repeated"
    for at in range(len(text) + 1):
        for digit in "0123456789"[at == 0 :]:
            if fit(text[:at] + digit + text[at:]):
                return f"digit {digit} dropped"
    return ""
