"""The slip that explains a wrong figure, if one does: what a person or a program did to the right digits."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import Final

from schemas.figures import Interval, power_of_ten

_FACTORS: Final = (1, 2, 3)
_UNITS: Final = (4, 5, 6, 7, 8, 9)  # between units of pages: thousand, 10 thousand, million, 100 million, billion

Fits = Callable[[int], bool]  # whether a mantissa would fit


def slip(
    mantissa: int,
    exponent: int,
    target: Interval,
    base: tuple[Fraction, str] | None = None,
    rounding: str = "nearest",
) -> str:
    """The slip that turns a figure into one that fits; empty where none does.

    ``target`` is where the true value lies by all other figures (not empty), ``base`` last year's figure and its
    period. The likelier come first: a figure repeated, its sign, a factor of ten, its digits, then the unit of the
    page.
    """
    step = power_of_ten(exponent)
    if base is not None and base[0] == mantissa * step:
        return f"the figure of {base[1]} repeated?"
    if not mantissa:
        return ""
    fits, near = fitting(target, step, rounding), fitting(target, step, "nearest")
    if fits(-mantissa):
        return "sign?"
    said = _factor(mantissa, _FACTORS, fits) or _digits(mantissa, fits)
    said = said or _factor(mantissa, _FACTORS, fits, (target, step, near))
    if not said:
        unit = _factor(mantissa, _UNITS, fits, (target, step, near))
        said = f"{unit}: unit of the page" if unit else ""
    return f"{said}?" if said else ""


def _above(end: Fraction, is_open: bool) -> int:
    """The least whole number from an end on, without the end where it is open."""
    return floor(end) + 1 if is_open else ceil(end)


def _below(end: Fraction, is_open: bool) -> int:
    return ceil(end) - 1 if is_open else floor(end)


def fitting(target: Interval, step: Fraction, rounding: str) -> Fits:
    """Whether what a mantissa stands for meets the target, as bounds of whole numbers: many are tried."""
    half = Fraction(1, 2)
    low = None if target.low is None else target.low / step
    high = None if target.high is None else target.high / step
    if rounding != "truncated":
        least = None if low is None else _above(low - half, target.low_open)
        most = None if high is None else _below(high + half, target.high_open)
        return lambda one: (least is None or one >= least) and (most is None or one <= most)
    # Closed at the printed end, open at the other, away from zero; a printed 0 is open on both sides.
    near_low = None if low is None else _above(low, target.low_open)
    near_high = None if high is None else _below(high, target.high_open)
    far_low = None if low is None else _above(low - 1, True)
    far_high = None if high is None else _below(high + 1, True)

    def fits(one: int) -> bool:
        least, most = (far_low if one >= 0 else near_low), (near_high if one > 0 else far_high)
        return (least is None or one >= least) and (most is None or one <= most)

    return fits


def _around(value: Fraction, step: Fraction) -> Interval:
    return Interval((value - Fraction(1, 2)) * step, (value + Fraction(1, 2)) * step)


def _factor(
    mantissa: int, powers: tuple[int, ...], fits: Fits, parts: tuple[Interval, Fraction, Fits] | None = None
) -> str:
    """A factor that explains it; with ``parts`` (target, step, and ``near``) also one that leaves no whole mantissa."""
    for power in powers:
        less, rest = divmod(mantissa, 10**power)
        if fits(less) if not rest else parts is not None and _fits_between(Fraction(mantissa, 10**power), *parts):
            return f"{10**power:,} times too large"
        if fits(mantissa * 10**power):
            return f"{10**power:,} times too small"
    return ""


def _fits_between(mantissa: Fraction, target: Interval, step: Fraction, near: Fits) -> bool:
    """Whether a mantissa that is not whole would fit; ``near``: only if a whole one beside it does."""
    below = floor(mantissa)
    if not near(below) and not near(below + 1):
        return False
    return not _around(mantissa, step).meet(target).empty


def _digits(mantissa: int, fits: Fits) -> str:
    """What may have happened to the digits: two neighbours swapped, one printed twice, one left out."""
    text, sign = str(abs(mantissa)), -1 if mantissa < 0 else 1

    def fit(candidate: str) -> bool:
        return bool(candidate) and fits(sign * int(candidate))

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
