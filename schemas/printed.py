"""A whole column of printed figures at once: plain numbers by integer arithmetic on their characters.

Everything that is not plain (separators, parentheses, more than 18 digits) goes through ``figures.parse_printed``, one
by one; a test holds both to the same answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.errors import FigureError
from schemas.figures import parse_printed

_WIDTH = 18  # characters; 18 digits always fit int64
_CHUNK = 1 << 18  # rows at a time, so that the matrix of characters stays small


def _plain(
    block: npt.NDArray[Any], lengths: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Mantissa, exponent and whether the text was plain (``-?digits[.digits]``), for texts of at most _WIDTH."""
    width = max(min(_WIDTH, int(lengths.max(initial=1))), 1)
    chars = np.ascontiguousarray(block.astype(f"U{width}")).view(np.uint32).reshape(len(block), width)
    mantissa = np.zeros(len(block), dtype=np.int64)
    decimals = np.zeros(len(block), dtype=np.int64)
    digits = np.zeros(len(block), dtype=np.int64)
    point = np.zeros(len(block), dtype=bool)
    negative = chars[:, 0] == ord("-")
    good = np.ones(len(block), dtype=bool)
    for at in range(width):
        char = chars[:, at]
        is_digit = (char >= ord("0")) & (char <= ord("9"))
        is_point = char == ord(".")
        np.multiply(mantissa, 10, out=mantissa, where=is_digit)
        np.add(mantissa, char.astype(np.int64) - ord("0"), out=mantissa, where=is_digit)
        digits += is_digit
        decimals += is_digit & point
        # NUL is what numpy fills up with; one of the text itself is no end of it, and joins no digits.
        good &= is_digit | ((char == 0) & (at >= lengths)) | (is_point & ~point)
        if at == 0:
            good |= negative
        point |= is_point
    good &= (digits > 0) & (~point | (decimals > 0))
    np.negative(mantissa, out=mantissa, where=negative)
    return mantissa, -decimals, good


def parse_column(
    values: npt.NDArray[np.object_],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], dict[int, str]]:
    """Mantissas and exponents of an object array of printed texts, and why some could not be read (by index).

    What could not be read has mantissa 0 and exponent 0.
    """
    mantissa = np.zeros(len(values), dtype=np.int64)
    exponent = np.zeros(len(values), dtype=np.int64)
    faults: dict[int, str] = {}
    for start in range(0, len(values), _CHUNK):
        block = values[start : start + _CHUNK]
        lengths = np.fromiter(map(len, block), dtype=np.int64, count=len(block))
        short = lengths <= _WIDTH
        here, power, good = _plain(np.where(short, block, ""), np.where(short, lengths, 0))
        mantissa[start : start + len(block)] = np.where(good, here, 0)
        exponent[start : start + len(block)] = np.where(good, power, 0)
        for at in np.flatnonzero(~good) + start:
            try:
                mantissa[at], exponent[at] = parse_printed(values[at])
            except FigureError as exc:
                faults[int(at)] = str(exc)
    return mantissa, exponent, faults


def parse_texts(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], dict[int, str]]:
    """``parse_column`` for any sequence of texts."""
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return parse_column(array)
