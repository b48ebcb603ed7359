"""The fields in which every answer prints a series and a figure."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from schemas.figures import Figure, decimal_text, figure_text
from schemas.vocabulary import SERIES_KEY
from storage import codes


def series_fields(words: tuple[str, ...], period: str) -> dict[str, Any]:
    """Texts of SERIES_KEY and the period, in the order of the contract."""
    return _series_fields(words) | {"period": period}


@lru_cache(maxsize=256)
def _series_fields(words: tuple[str, ...]) -> dict[str, Any]:
    fields = dict(zip(SERIES_KEY, words, strict=True))
    unit = fields.pop("unit")
    return {**fields, "period": "", "unit": unit}


def figure_fields(mantissa: int | None, packed: int) -> dict[str, Any]:
    """value, step, low, high (decimal strings in units of 1, "" for none), qualifier, status."""
    exponent, qualifier, rounding, status, absent = _parts(packed)
    if mantissa is None or absent:
        low = high = value = step = ""
    else:
        value, step = figure_text(mantissa, exponent), _step(exponent)
        if qualifier == "=" and rounding == "nearest":  # nearly all: half a step is five of the next power of ten
            low, high = _plain(mantissa * 10 - 5, exponent - 1), _plain(mantissa * 10 + 5, exponent - 1)
        else:
            interval = Figure(mantissa, exponent, qualifier, rounding).interval
            low = "" if interval.low is None else decimal_text(interval.low)
            high = "" if interval.high is None else decimal_text(interval.high)
    return {"value": value, "step": step, "low": low, "high": high, "qualifier": qualifier, "status": status}


@lru_cache(maxsize=4096)
def _parts(packed: int) -> tuple[int, str, str, str, bool]:
    exponent, qualifier, rounding, status = codes.unpack(packed)
    return exponent, qualifier, rounding, status, codes.STATUSES.index(status) >= codes.FIRST_ABSENT


@lru_cache(maxsize=128)
def _step(exponent: int) -> str:
    return figure_text(1, exponent)


def _plain(mantissa: int, exponent: int) -> str:
    """A decimal string without zeros at its end, as ``decimal_text`` writes it."""
    printed = figure_text(mantissa, exponent)
    return printed.rstrip("0").rstrip(".") if "." in printed else printed
