"""The slip that explains a wrong figure, if one does: what a person or a program did to the right digits."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from schemas.figures import Figure, Interval

_FACTORS: Final = (1, 2, 3)
_UNITS: Final = (4, 5, 6, 7, 8, 9)  # between units of pages: thousand, 10 thousand, million, 100 million, billion

Fits = Callable[[Fraction], bool]  # whether a mantissa (perhaps not whole) would fit


def slip(
    mantissa: int,
    exponent: int,
    target: Interval,
    base: tuple[Fraction, str] | None = None,
    rounding: str = "nearest",
) -> str:
    """The slip that turns a figure into one that fits; empty where none does.

    ``target`` is where the true value lies by all other figures, ``base`` last year's figure and its period. The
    likelier come first: a figure repeated, its sign, a factor of ten, its digits, then the unit of the page.
    """
    step = Fraction(10) ** exponent
    if base is not None and base[0] == mantissa * step:
        return f"the figure of {base[1]} repeated?"
    if not mantissa:
        return ""
    low = float("-inf") if target.low is None else float(target.low / step) - 2
    high = float("inf") if target.high is None else float(target.high / step) + 2

    def fits(candidate: Fraction) -> bool:
        if not low <= candidate <= high:  # far away; the floats decide nothing that is near
            return False
        whole = candidate.denominator == 1
        known = Figure(int(candidate), exponent, rounding=rounding).interval if whole else _around(candidate, step)
        return not known.meet(target).empty

    if fits(Fraction(-mantissa)):
        return "sign?"
    said = _factor(mantissa, _FACTORS, fits, whole=True) or _digits(mantissa, fits)
    said = said or _factor(mantissa, _FACTORS, fits, whole=False)
    if not said:
        unit = _factor(mantissa, _UNITS, fits, whole=False)
        said = f"{unit}: unit of the page" if unit else ""
    return f"{said}?" if said else ""


def _around(value: Fraction, step: Fraction) -> Interval:
    return Interval((value - Fraction(1, 2)) * step, (value + Fraction(1, 2)) * step)


def _factor(mantissa: int, powers: tuple[int, ...], fits: Fits, whole: bool) -> str:
    for power in powers:
        less, more = Fraction(mantissa, 10**power), Fraction(mantissa * 10**power)
        if fits(less) and (not whole or less.denominator == 1):
            return f"{10**power:,} times too large"
        if fits(more):
            return f"{10**power:,} times too small"
    return ""


def _digits(mantissa: int, fits: Fits) -> str:
    """What may have happened to the digits: two neighbours swapped, one printed twice, one left out."""
    text, sign = str(abs(mantissa)), -1 if mantissa < 0 else 1

    def fit(candidate: str) -> bool:
        return bool(candidate) and fits(Fraction(sign * int(candidate)))

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
    for zeros in range(1, 4):  # the first digit left out, and zeros behind it no longer printed
        for digit in "123456789":
            if fit(digit + "0" * zeros + text):
                return f"digit {digit} dropped"
    return ""
