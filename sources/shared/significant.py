"""Computed figures to their significant digits: feeds that print doubles carry float noise behind them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.printed import parse_texts

_SCIENTIFIC = re.compile(r"-?\d+(\.\d+)?[eE][-+]?\d{1,3}", re.ASCII)


def significant(texts: Sequence[str], digits: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], list[int]]:
    """Mantissas and exponents to ``digits`` significant digits, and the indices of texts that are no number.

    Rounded half away from zero, in integers; ``1.5e-05``, as JSON writes small numbers, is read.
    """
    mantissa, exponent, faults = parse_texts(texts)
    for at in [at for at in faults if _SCIENTIFIC.fullmatch(texts[at])]:
        sign, read, power = Decimal(texts[at]).as_tuple()
        whole = int("".join(map(str, read)))
        if len(str(whole)) <= 18:
            mantissa[at], exponent[at] = (-whole if sign else whole), power
            del faults[at]
    _round(mantissa, exponent, digits)
    return mantissa, exponent, list(faults)


def _round(mantissa: npt.NDArray[np.int64], exponent: npt.NDArray[Any], kept: int) -> None:
    """Round to ``kept`` significant digits, in place."""
    size = np.abs(mantissa)
    digits = np.zeros(len(size), dtype=np.int64)
    for power in range(19):
        digits += size >= 10**power
    drop = np.maximum(digits - kept, 0)
    divisor = 10**drop
    rounded = size // divisor + (size % divisor >= (divisor + 1) // 2)
    mantissa[:] = np.where(mantissa < 0, -rounded, rounded)
    exponent += drop
    # A whole number has lost its zeros, not gained any: 23315080560000 is printed to the unit, known to ``kept``.
    short = (mantissa != 0) & (digits < kept)
    add = np.where(short, np.minimum(kept - digits, 17), 0)
    mantissa *= 10**add
    exponent -= add
