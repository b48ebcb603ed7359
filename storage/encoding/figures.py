"""The fields in which every answer prints a series and a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from schemas.figures import Figure, decimal_text, figure_text
from schemas.vocabulary import SERIES_KEY
from storage.encoding import codes


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
#: A mantissa → value, low, high, as decimal strings in units of 1; "" for none.
Numbers = Callable[[int | None], tuple[str, str, str]]


def figure_fields(mantissa: int | None, packed: int) -> dict[str, str]:
    """value, step, low, high (decimal strings in units of 1, "" for none), qualifier, status."""
    value, low, high = numbers(packed)(mantissa)
    return {"value": value, "step": "", "low": low, "high": high, **marks(packed)}


@lru_cache(maxsize=4096)
def marks(packed: int) -> Mapping[str, str]:
    """What many figures have in common: step ("" where there is no value), qualifier, status."""
    exponent, qualifier, _, status = codes.unpack(packed)
    return {"step": "" if codes.absent(packed) else figure_text(1, exponent), "qualifier": qualifier, "status": status}


@lru_cache(maxsize=4096)
def numbers(packed: int) -> Numbers:
    """What prints figures that have everything but the mantissa in common; made once, as there may be millions."""
    exponent, qualifier, rounding, _ = codes.unpack(packed)
    nothing = ("", "", "")
    if codes.absent(packed):
        return lambda mantissa: nothing
    if qualifier != "=" or rounding != "nearest":
        return lambda mantissa: (
            nothing if mantissa is None else _bounded(Figure(mantissa, exponent, qualifier, rounding))
        )
    if exponent <= 0:  # half a step is five of the next power of ten

        def decimal(mantissa: int | None) -> tuple[str, str, str]:
            if mantissa is None:
                return nothing
            low, high = _plain(mantissa * 10 - 5, exponent - 1), _plain(mantissa * 10 + 5, exponent - 1)
            return figure_text(mantissa, exponent), low, high

        return decimal
    step = 10**exponent
    half = step // 2

    def whole(mantissa: int | None) -> tuple[str, str, str]:
        if mantissa is None:
            return nothing
        value = mantissa * step
        return str(value), str(value - half), str(value + half)

    return whole


def _bounded(figure: Figure) -> tuple[str, str, str]:
    interval = figure.interval
    low = "" if interval.low is None else decimal_text(interval.low)
    high = "" if interval.high is None else decimal_text(interval.high)
    return figure_text(figure.mantissa, figure.exponent), low, high


def _plain(mantissa: int, exponent: int) -> str:
    """A decimal string without zeros at its end, as ``decimal_text`` writes it."""
    printed = figure_text(mantissa, exponent)
    return printed.rstrip("0").rstrip(".") if "." in printed else printed
