"""Rows told apart by several columns of codes: one integer each, counted, and where each stands first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.intervals.grid import Codes, constant


def one_key(columns: Sequence[tuple[npt.NDArray[Any], int]]) -> Codes:
    """One integer key from several columns of codes (codes, number of codes), compressed where it would overflow."""
    codes, size = columns[0]
    key, span = codes.astype(np.int64), size  # a copy, which grows in place
    for codes, size in columns[1:]:
        if size == 1 and constant(codes) and codes[0] == 0:
            continue  # says nothing
        if span * max(size, 1) >= 2**62:
            key, distinct = pd.factorize(key)
            key, span = key.astype(np.int64), len(distinct)
        key *= max(size, 1)
        key += codes
        span *= max(size, 1)
    return key


def counted(key: Codes) -> tuple[Codes, int]:
    """Distinct keys counted from 0, and how many there are: by a table where keys are dense, else by hashing."""
    largest = int(key.max(initial=0))
    if largest >= 4 * len(key) + 1000:
        codes, distinct = pd.factorize(key)
        return codes, len(distinct)
    seen = np.zeros(largest + 1, dtype=bool)
    seen[key] = True
    number = np.cumsum(seen) - 1
    return number[key], int(number[-1]) + 1 if len(key) else 0


def first_places(codes: Codes, count: int) -> Codes:
    """Where each code stands first."""
    first = np.zeros(count, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return first
