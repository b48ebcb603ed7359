"""Arithmetic of single intervals in fractions, for what a finding shows; verdicts are taken in ``intervals``."""

from __future__ import annotations

from fractions import Fraction

from schemas.figures import Interval

ANY = Interval(None, None)
FROM_ZERO = Interval(Fraction(0), None)


def sign(one: Interval) -> int:
    """1 where nothing lies below 0, −1 where something does and nothing above, else 0: the sign of a base.

    0 alone is no negative number. Where a base must not be 0, ask ``contains(0)`` too. ``Ends.sign`` for many at once.
    """
    if one.low is not None and one.low >= 0:
        return 1
    return -1 if one.high is not None and one.high <= 0 else 0


def plus(one: Interval, other: Interval) -> Interval:
    """The sum."""
    return Interval(
        None if one.low is None or other.low is None else one.low + other.low,
        None if one.high is None or other.high is None else one.high + other.high,
        one.low_open or other.low_open,
        one.high_open or other.high_open,
    )


def times(one: Interval, factor: Fraction | int) -> Interval:
    """A multiple, by any factor but 0."""
    if factor == 1:
        return one
    if factor == -1:
        low, high = None if one.high is None else -one.high, None if one.low is None else -one.low
        return Interval(low, high, one.high_open, one.low_open)
    low = None if one.low is None else one.low * factor
    high = None if one.high is None else one.high * factor
    if factor > 0:
        return Interval(low, high, one.low_open, one.high_open)
    return Interval(high, low, one.high_open, one.low_open)


def product(one: Interval, other: Interval) -> Interval:
    """``{a · b}``: extreme at the corners; a factor 0 makes a corner 0, closed if that factor's end is."""
    corners: list[tuple[Fraction | None, bool, int]] = []  # value (None: endless), open, sign of the endless
    for a, a_open, a_side in ((one.low, one.low_open, -1), (one.high, one.high_open, 1)):
        for b, b_open, b_side in ((other.low, other.low_open, -1), (other.high, other.high_open, 1)):
            a_sign = a_side if a is None else (a > 0) - (a < 0)
            b_sign = b_side if b is None else (b > 0) - (b < 0)
            if not a_sign or not b_sign:
                closed = (not a_sign and not a_open) or (not b_sign and not b_open)
                corners.append((Fraction(0), not closed, 0))
            elif a is None or b is None:
                corners.append((None, True, a_sign * b_sign))
            else:
                corners.append((a * b, a_open or b_open, 0))
    finite = [(value, is_open) for value, is_open, _ in corners if value is not None]
    signs = {sign for _, _, sign in corners}
    low = None if -1 in signs else min(value for value, _ in finite)
    high = None if 1 in signs else max(value for value, _ in finite)
    return Interval(
        low,
        high,
        low is not None and all(is_open for value, is_open in finite if value == low),
        high is not None and all(is_open for value, is_open in finite if value == high),
    )


def inverse(one: Interval) -> Interval:
    """``{1 / a}`` of an interval without 0 (0 may be an open end)."""

    def over(value: Fraction | None) -> Fraction | None:
        return Fraction(0) if value is None else None if value == 0 else 1 / value

    return Interval(over(one.high), over(one.low), one.high is None or one.high_open, one.low is None or one.low_open)


def hull(one: Interval, other: Interval) -> Interval:
    """The smallest interval that holds both."""
    return Interval(
        None if one.low is None or other.low is None else min(one.low, other.low),
        None if one.high is None or other.high is None else max(one.high, other.high),
        one.low_open and other.low_open,
        one.high_open and other.high_open,
    )


def half_width(one: Interval) -> Fraction:
    """Half of what lies between the ends; 0 for an endless or empty interval, which allows no symmetric difference."""
    return Fraction(0) if one.low is None or one.high is None or one.empty else (one.high - one.low) / 2


def middle(one: Interval) -> Fraction | None:
    """The middle; the one end there is of an endless interval."""
    if one.low is None or one.high is None:
        return one.low if one.high is None else one.high
    return (one.low + one.high) / 2


def printable(printed: Fraction, known: Interval, target: Interval) -> Interval:
    """Which printed values would meet ``target``, when ``printed`` stands for ``known``."""
    low = None if target.low is None or known.high is None else target.low - (known.high - printed)
    high = None if target.high is None or known.low is None else target.high - (known.low - printed)
    return Interval(low, high, target.low_open or known.high_open, target.high_open or known.low_open)


def compounded(factor: Interval, years: int) -> Interval:
    """The power of a factor that is not negative (what lies below 0 by its rounding is cut off)."""
    low, low_open = factor.low, factor.low_open
    if low is None or low < 0:
        low, low_open = Fraction(0), False
    return Interval(low**years, None if factor.high is None else factor.high**years, low_open, factor.high_open)


def root(ratio: Interval, years: int) -> Interval:
    """The ``years``-th root, for showing: rational for one year, close for more."""
    if years == 1:
        return ratio

    def of(value: Fraction | None) -> Fraction | None:
        return None if value is None else Fraction(float(max(value, Fraction(0))) ** (1 / years))

    return Interval(of(ratio.low), of(ratio.high), ratio.low_open, ratio.high_open)
