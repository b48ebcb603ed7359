"""The fields in which every answer prints a series and a figure."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from schemas.figures import decimal_text, figure_text
from schemas.vocabulary import SERIES_KEY
from storage import codes


def series_fields(words: tuple[str, ...], period: str) -> dict[str, Any]:
    """Texts of SERIES_KEY and the period, in the order of the contract."""
    fields = dict(zip(SERIES_KEY, words, strict=True))
    unit = fields.pop("unit")
    return {**fields, "period": period, "unit": unit}


def figure_fields(mantissa: int | None, packed: int) -> dict[str, Any]:
    """value, step, low, high (decimal strings in units of 1, "" for none), qualifier, status."""
    exponent, qualifier, rounding, status = _parts(packed)
    figure = codes.figure(mantissa, packed)
    if mantissa is None or figure is None:
        low = high = value = step = ""
    else:
        value, step = figure_text(mantissa, exponent), _step(exponent)
        if qualifier == "=" and rounding == "nearest":  # nearly all: half a step is five of the next power of ten
            low, high = _plain(mantissa * 10 - 5, exponent - 1), _plain(mantissa * 10 + 5, exponent - 1)
        else:
            interval = figure.interval
            low = "" if interval.low is None else decimal_text(interval.low)
            high = "" if interval.high is None else decimal_text(interval.high)
    return {"value": value, "step": step, "low": low, "high": high, "qualifier": qualifier, "status": status}


_parts = lru_cache(maxsize=4096)(codes.unpack)


@lru_cache(maxsize=128)
def _step(exponent: int) -> str:
    return figure_text(1, exponent)


def _plain(mantissa: int, exponent: int) -> str:
    """A decimal string without zeros at its end, as ``decimal_text`` writes it."""
    printed = figure_text(mantissa, exponent)
    return printed.rstrip("0").rstrip(".") if "." in printed else printed
