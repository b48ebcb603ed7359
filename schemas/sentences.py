"""Numbers and subjects as a person reads them; one sentence a finding, the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Final

from schemas.figures import Interval, decimal_text, figure_text, power_of_ten

_SCALES: Final = (0, 3, 6, 9, 12)
#: Powers of ten that are said as a word, the greatest first; below a million a figure is printed in full.
WORDS: Final = {12: "tn", 9: "bn", 6: "mn"}
_DIGITS_MORE: Final = 6
_QUALIFIED: Final = {"=": "", ">": "over ", "<": "under ", "≥": "at least ", "≤": "at most ", "~": "about "}


def scale_of(exponents: list[int]) -> int:
    """The power of a thousand in which figures of these steps are read: 111.45 of a step of 10^7 is in 10^9."""
    largest = max(exponents, default=0)
    return next((scale for scale in _SCALES if scale >= largest), largest)


def said_in(number: Decimal | float) -> tuple[int, str]:
    """The power of ten in which a number is said, and its word: ``(9, "bn")``, ``(0, "")``."""
    return next(((power, word) for power, word in WORDS.items() if abs(number) >= 10**power), (0, ""))


def grouped(text: str) -> str:
    """``-1234.50`` → ``−1,234.50``."""
    sign, digits = ("−", text[1:]) if text.startswith("-") else ("", text)
    whole, point, fraction = digits.partition(".")
    return f"{sign}{int(whole):,}{point}{fraction}" if whole.isdigit() else text


def printed_text(mantissa: int, exponent: int, scale: int, qualifier: str = "=") -> str:
    """A published figure in its scale, trailing zeros kept, "over" and "about" said."""
    return _QUALIFIED[qualifier] + grouped(figure_text(mantissa, exponent - scale))


def number(value: Fraction, scale: int = 0) -> str:
    """A computed number in its scale."""
    if not scale:
        return grouped(decimal_text(value))
    if value.denominator == 1 and scale > 0:  # as nearly always: a point set among digits, no fraction
        return grouped(figure_text(value.numerator, -scale).rstrip("0").rstrip("."))
    return grouped(decimal_text(value / power_of_ten(scale)))


def rounded(value: Fraction, exponent: int, to: Callable[[Fraction], int] = round) -> Fraction:
    """The nearest multiple of ``10^exponent``, half to even (or that above or below): for showing endless fractions."""
    if value.denominator == 1 and (exponent <= 0 or not value.numerator % 10**exponent):
        return value
    step = power_of_ten(exponent)
    return to(value / step) * step


def rounded_span(interval: Interval, exponent: int) -> Interval:
    """An interval with its ends rounded, for showing."""
    return Interval(
        None if interval.low is None else rounded(interval.low, exponent),
        None if interval.high is None else rounded(interval.high, exponent),
        interval.low_open,
        interval.high_open,
    )


def inner_span(interval: Interval, exponent: int) -> Interval:
    """The multiples of ``10^exponent`` within an interval, for showing: what does not fit is not said to.

    With more digits where it is too narrow to hold any; a narrower one, and one that is empty, is only rounded.
    """
    for finer in range(exponent, exponent - _DIGITS_MORE, -1):
        low = None if interval.low is None else rounded(interval.low, finer, ceil)
        high = None if interval.high is None else rounded(interval.high, finer, floor)
        if low is None or high is None or low <= high:
            return Interval(low, high, interval.low_open, interval.high_open)
    return rounded_span(interval, exponent)


def range_text(interval: Interval, scale: int = 0) -> str:
    """``111.445–111.475``, ``−5 to 3``, ``more than 80``."""
    low = None if interval.low is None else number(interval.low, scale)
    high = None if interval.high is None else number(interval.high, scale)
    if low is None and high is None:
        return "any figure"
    if low is None:
        return f"{'less than' if interval.high_open else 'at most'} {high}"
    if high is None:
        return f"{'more than' if interval.low_open else 'at least'} {low}"
    if low == high:
        return low
    return f"{low} to {high}" if "−" in low + high else f"{low}–{high}"


def unit_text(scale: int, unit: str) -> str:
    """What stands behind figures read in a scale: ``bn USD``, ``thousand EUR``, ``%``."""
    word = {**WORDS, 3: "thousand", 0: ""}.get(scale, f"10^{scale}")
    return f"{word} {unit}".strip()


def product_text(product: str) -> str:
    """What is traded, in words: ``trade``, ``goods trade``, ``cultural products``."""
    if product == "total":
        return "trade"
    return f"{product} trade" if product in ("goods", "services") else product.replace("-", " ")


def subject(period: str, product: str, partner: str, breakdown: str, reporter: str = "") -> str:
    """``2019 cultural products``, ``2021-03 USA trade with JPN (regime=processing)``."""
    text = " ".join(part for part in (period, reporter, product_text(product)) if part)
    if partner != "WLD":
        text += f" with {partner}"
    return text if breakdown == "_T" else f"{text} ({breakdown})"
