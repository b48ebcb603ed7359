"""A figure, exactly: printed text ↔ ``mantissa × 10^exponent``, and the interval of what the agency knew.

Nothing here is a float. Interval ends are ``fractions.Fraction``; the vectorised rules in ``schemas.judge`` use
integers on a common grid and are tested against this module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final

from schemas.errors import FigureError

#: The largest mantissa that can be held: int64, as the store keeps it.
MAX_MANTISSA: Final = 2**63 - 1
#: Powers of ten a figure may have; beyond, it is no trade statistic.
MAX_EXPONENT: Final = 30

# Agencies print U+2212, dashes and hyphens of other kinds, and as group separators spaces of many widths and both
# apostrophes.
_SAME: Final = str.maketrans(
    {
        **dict.fromkeys("−–\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{SMALL HYPHEN-MINUS}\N{FULLWIDTH HYPHEN-MINUS}", "-"),
        **dict.fromkeys("\N{NO-BREAK SPACE}\N{FIGURE SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}", " "),
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    }
)
# No group begins with 0: "0,234" is a decimal comma, and a thousand times less than 234.
_NUMBER = re.compile(
    r"(?:(?P<plain>\d+)|(?P<grouped>[1-9]\d{0,2}(?:(?P<sep>[, '])\d{3})(?:(?P=sep)\d{3})*))?(?:\.(?P<frac>\d+))?"
)


def parse_printed(text: str) -> tuple[int, int]:
    """``"1,234.0"`` → ``(12340, -1)``: mantissa and exponent of a figure printed as text, sign included.

    Thousands separators, a Unicode minus, a leading plus and accounting parentheses are read. Raises FigureError for
    anything else, and for a mantissa beyond int64.
    """
    # Only blanks are no part of a figure: a control character within it or beside it is no space, and joins no digits.
    body = text.translate(_SAME).strip(" \t\r\n")
    negative = False
    if body.startswith("(") and body.endswith(")"):
        negative, body = True, body[1:-1].strip(" ")
    elif body[:1] in ("-", "+"):
        negative, body = body[0] == "-", body[1:].lstrip(" ")
    match = _NUMBER.fullmatch(body) if body.isascii() else None
    if match is None or not body:
        shown = text if len(text) <= 40 else f"{text[:40]}… ({len(text)} characters)"
        raise FigureError(f"{shown!r} is no figure: expected digits as printed, such as 111.45, 1,234.0, -5 or (5)")
    whole = match["plain"] or re.sub(r"\D", "", match["grouped"] or "")
    fraction = match["frac"] or ""
    digits = (whole + fraction).lstrip("0")
    if len(digits) > 19 or int(digits or "0") > MAX_MANTISSA:
        raise FigureError(f"a figure of {len(digits)} digits is beyond what can be held exactly (19 digits)")
    mantissa = int(digits or "0")
    return (-mantissa if negative else mantissa), -len(fraction)


@cache
def power_of_ten(exponent: int) -> Fraction:
    """10^exponent; there are some sixty, and every finding needs a few."""
    return Fraction(10) ** exponent


def decimal_text(value: Fraction | int) -> str:
    """A number as a decimal string without exponent; a fraction that does not end is cut to 12 digits and ``…``."""
    if isinstance(value, int) or value.denominator == 1:
        return str(int(value))
    sign, value = ("-", -value) if value < 0 else ("", value)
    whole, rest = divmod(value.numerator, value.denominator)
    if not rest:
        return f"{sign}{whole}"
    digits = ""
    while rest and len(digits) < 12:
        digit, rest = divmod(rest * 10, value.denominator)
        digits += str(digit)
    return f"{sign}{whole}.{digits}{'…' if rest else ''}"


def unpadded(text: str) -> str:
    """``"8.0"`` → ``"8"``: two decimal strings of one number alike; any other text as it is."""
    whole, point, digits = text.partition(".")
    if not point or not digits.isdecimal() or not whole.lstrip("-").isdecimal():
        return text
    return f"{whole}.{digits}".rstrip("0").rstrip(".")


def figure_text(mantissa: int, exponent: int) -> str:
    """``(11145, 7)`` → ``"111450000000"``, ``(890, -2)`` → ``"8.90"``: the decimal string, trailing zeros kept."""
    if exponent >= 0:
        return str(mantissa * 10**exponent)
    sign, digits = ("-" if mantissa < 0 else ""), str(abs(mantissa)).rjust(1 - exponent, "0")
    return f"{sign}{digits[:exponent]}.{digits[exponent:]}"


@dataclass(frozen=True)
class Interval:
    """What the true value may be: ends as fractions, ``None`` for unbounded; each end open or closed."""

    low: Fraction | None
    high: Fraction | None
    low_open: bool = False
    high_open: bool = False

    def contains(self, value: Fraction | int) -> bool:
        """Whether ``value`` may be the true value."""
        above = self.low is None or value > self.low or (value == self.low and not self.low_open)
        below = self.high is None or value < self.high or (value == self.high and not self.high_open)
        return above and below

    @property
    def empty(self) -> bool:
        """Whether no value is left."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def meet(self, other: Interval) -> Interval:
        """The values in both."""
        low, low_open = self.low, self.low_open
        if other.low is not None and (low is None or other.low > low or (other.low == low and other.low_open)):
            low, low_open = other.low, other.low_open
        high, high_open = self.high, self.high_open
        if other.high is not None and (high is None or other.high < high or (other.high == high and other.high_open)):
            high, high_open = other.high, other.high_open
        return Interval(low, high, low_open, high_open)

    def wider_than(self, other: Interval) -> bool:
        """Whether it leaves more open: a greater width; of two without an end, whether it holds the other and more."""
        if self.low is not None and self.high is not None:
            return other.low is not None and other.high is not None and self.high - self.low > other.high - other.low
        if other.low is not None and other.high is not None:
            return True
        return self != other and self.meet(other) == other

    def __str__(self) -> str:
        low = "−∞" if self.low is None else decimal_text(self.low)
        high = "∞" if self.high is None else decimal_text(self.high)
        return f"{low}–{high}"


@dataclass(frozen=True)
class Figure:
    """One printed figure: ``mantissa × 10^exponent`` in units of 1, how it was rounded and qualified."""

    mantissa: int
    exponent: int
    qualifier: str = "="
    rounding: str = "nearest"

    @property
    def value(self) -> Fraction:
        """The printed value."""
        return self.mantissa * self.step

    @property
    def step(self) -> Fraction:
        """The size of the last printed digit."""
        return power_of_ten(self.exponent)

    @property
    def interval(self) -> Interval:
        """design.md, "A figure, exactly": closed half steps; truncated figures are open away from zero."""
        value, step = self.value, self.step
        match self.qualifier:
            case ">":
                return Interval(value, None, low_open=True)
            case "≥":
                return Interval(value, None)
            case "<":
                return Interval(None, value, high_open=True)
            case "≤":
                return Interval(None, value)
            case "~":
                return Interval(value - 5 * step, value + 5 * step)
        if self.rounding == "truncated":
            if self.mantissa > 0:
                return Interval(value, value + step, high_open=True)
            if self.mantissa < 0:
                return Interval(value - step, value, low_open=True)
            return Interval(-step, step, low_open=True, high_open=True)
        return Interval(value - step / 2, value + step / 2)
