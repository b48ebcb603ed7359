"""Records of JSON as columns: a field of all rows coded, and computed values cut to the digits that mean something.

Feeds that print doubles carry float noise behind those.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas import vocabulary
from schemas.figures import MAX_EXPONENT
from schemas.printed import parse_texts
from sources.shared.tables.columns import Column, Faults, Flags, Ints

if TYPE_CHECKING:
    import numpy.typing as npt

_SCIENTIFIC = re.compile(r"-?\d+(\.\d+)?[eE][-+]?\d{1,3}", re.ASCII)


def coded(rows: Sequence[dict[str, Any]], pick: Callable[[dict[str, Any]], str]) -> Column:
    """One field of all rows."""
    place: dict[str, int] = {}
    codes = np.fromiter((place.setdefault(pick(row), len(place)) for row in rows), dtype=np.int32, count=len(rows))
    return Column(list(place), codes)


def optional(key: str) -> Callable[[dict[str, Any]], str]:
    """Picks a field that a row may lack, "" then."""
    return lambda row: str(row.get(key) or "")


@dataclass(frozen=True)
class Values:
    """Values of all rows, as text and as figures, and their status; ``missing`` where there is none."""

    status: Column
    texts: list[str]
    missing: Flags
    mantissa: Ints
    exponent: npt.NDArray[Any]
    unread: Flags

    @classmethod
    def of(cls, values: Sequence[object], status: Column, digits: int) -> Values:
        """Numbers as the texts they came as, cut to ``digits`` significant ones."""
        missing = np.fromiter((value is None for value in values), dtype=bool, count=len(values))
        texts = ["0" if value is None else str(value) for value in values]
        mantissa, exponent, failed = significant(texts, digits)
        unread = np.zeros(len(texts), dtype=bool)
        unread[failed] = True
        return cls(status, texts, missing, mantissa, exponent, unread)

    def check(self, faults: Faults, column: str, beside: str) -> None:
        """Reject rows whose value is no number or out of reach, or whose status is unknown or denies the value."""
        known = self.status.where(lambda text: vocabulary.status_of(text) == text)
        faults.add(~known, beside, self.status.__getitem__, "expected an SDMX observation status")
        faults.add(self.unread, column, self._seen, "expected a number")
        out_of_reach = ~self.missing & (np.abs(self.exponent) > MAX_EXPONENT)
        faults.add(out_of_reach, column, self._seen, f"a step of 10^±{MAX_EXPONENT} at most")
        faults.add(
            self._absent & ~self.missing, beside, self.status.__getitem__, "a value stands beside: expected null"
        )

    def figures(self, rows: Ints) -> dict[str, Any]:
        """The columns of figures that readings carry, at these rows."""
        import pandas as pd

        # A missing value of which no status says why is "M".
        codes = np.where(self.missing & ~self._absent, len(self.status.texts), self.status.codes)
        return {
            "mantissa": pd.arrays.IntegerArray(self.mantissa[rows], self.missing[rows]),
            "exponent": np.where(self.missing, 0, self.exponent)[rows],
            "text": np.where(self.missing, "", np.array(self.texts, dtype=object))[rows],
            "status": np.array([*self.status.texts, "M"], dtype=object)[codes][rows],
        }

    @property
    def _absent(self) -> Flags:
        return self.status.where(vocabulary.says_absent)

    def _seen(self, row: int) -> str:
        return self.texts[row][:60]


def significant(texts: Sequence[str], digits: int) -> tuple[Ints, Ints, list[int]]:
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
    round_to(mantissa, exponent, digits)
    return mantissa, exponent, list(faults)


def round_to(mantissa: Ints, exponent: npt.NDArray[Any], kept: int) -> None:
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
