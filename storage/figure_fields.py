"""The fields in which every answer prints a series and a figure."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

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


#: What ``figure_fields`` gives, in its order.
FIGURE: Final = ("value", "step", "low", "high", "qualifier", "status")


def figure_fields(mantissa: int | None, packed: int) -> dict[str, str]:
    """value, step, low, high (decimal strings in units of 1, "" for none), qualifier, status."""
    value, low, high = numbers(mantissa, packed)
    return {"value": value, "step": "", "low": low, "high": high} | marks(packed)


def marks(packed: int) -> dict[str, str]:
    """What many figures have in common: step ("" where there is no value), qualifier, status."""
    _, qualifier, _, status, absent, step, _ = _parts(packed)
    return {"step": "" if absent else step, "qualifier": qualifier, "status": status}


def numbers(mantissa: int | None, packed: int) -> tuple[str, str, str]:
    """value, low, high."""
    exponent, qualifier, rounding, _, absent, _, half = _parts(packed)
    if mantissa is None or absent:
        return "", "", ""
    if half:  # nearly all: rounded to the nearest, to tens or more, so that half a step is a whole number too
        value = mantissa * 2 * half
        return str(value), str(value - half), str(value + half)
    if qualifier == "=" and rounding == "nearest":  # half a step is five of the next power of ten
        low, high = _plain(mantissa * 10 - 5, exponent - 1), _plain(mantissa * 10 + 5, exponent - 1)
    else:
        interval = Figure(mantissa, exponent, qualifier, rounding).interval
        low = "" if interval.low is None else decimal_text(interval.low)
        high = "" if interval.high is None else decimal_text(interval.high)
    return figure_text(mantissa, exponent), low, high


@lru_cache(maxsize=4096)
def _parts(packed: int) -> tuple[int, str, str, str, bool, str, int]:
    """Exponent, qualifier, rounding, status, whether there is no value, the step, half of it where ends are whole."""
    exponent, qualifier, rounding, status = codes.unpack(packed)
    absent = codes.STATUSES.index(status) >= codes.FIRST_ABSENT
    whole = qualifier == "=" and rounding == "nearest" and exponent > 0
    return exponent, qualifier, rounding, status, absent, figure_text(1, exponent), 10**exponent // 2 if whole else 0


def _plain(mantissa: int, exponent: int) -> str:
    """A decimal string without zeros at its end, as ``decimal_text`` writes it."""
    printed = figure_text(mantissa, exponent)
    return printed.rstrip("0").rstrip(".") if "." in printed else printed
