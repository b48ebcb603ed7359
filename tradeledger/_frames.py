"""Answers as DataFrames: periods as periods, decimal texts as numbers, units beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal

import pandas as pd

from schemas.errors import UsageError
from schemas.extras import need
from schemas.periods import months

#: False: float64; True: ``decimal.Decimal``; "pyarrow": Arrow's decimals.
Exact = bool | Literal["pyarrow"]
#: Kinds of calendar periods by their months, as pandas names them, and how many months one has.
_FREQUENCIES: Final = {12: "Y", 3: "Q", 1: "M"}
_YEAR: Final = 1970
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?…?", re.ASCII)


def check_exact(exact: Exact) -> None:
    """Raise UsageError for what is none, SettingsError where Arrow is not installed."""
    if exact not in (False, True, "pyarrow") or (isinstance(exact, int) and not isinstance(exact, bool)):
        raise UsageError(f"exact={exact!r} is unknown: expected False (float64), True (Decimal) or 'pyarrow'")
    if exact == "pyarrow":
        need("pyarrow", "arrow", "exact='pyarrow'")


def period_column(texts: pd.Categorical) -> Any:
    """Periods of one kind as ``period[Y-DEC]``, ``period[Q-DEC]`` or ``period[M]``, NaT for none.

    Of several kinds a column of objects: a Period each, and as text what is no calendar year, quarter or month
    (half-years, spans, base and end of an average growth rate).
    """
    known = [_period(text) for text in texts.categories]
    kinds = {getattr(one, "freqstr", "") for one in known if one is not pd.NaT}
    if len(kinds) == 1 and "" not in kinds:
        return pd.PeriodIndex(known, freq=kinds.pop()).take(texts.codes)
    return pd.Series(known, dtype=object).take(texts.codes).array


def _period(text: str) -> Any:
    if not text:
        return pd.NaT
    covered = months(text)
    kind = _FREQUENCIES.get(covered.length)
    if "/" in text or kind is None:
        return text
    return pd.Period(ordinal=(covered.start - _YEAR * 12) // covered.length, freq=kind)


def period_text(value: Any) -> str:
    """A value as our texts have it: ``2019-Q3`` of a Period, where it is one."""
    if not isinstance(value, pd.Period):
        return str(value)
    names = {
        "Y": f"{value.year:04d}",
        "Q": f"{value.year:04d}-Q{value.quarter}",
        "M": f"{value.year:04d}-{value.month:02d}",
    }
    return names.get(value.freqstr[0], str(value))


def numbers(texts: Iterable[str], exact: Exact) -> Any:
    """Decimal texts as numbers, none for "" and for what is no number; a decimal cut with … as far as it goes."""
    read = [text.rstrip("…") if _NUMBER.fullmatch(text) else None for text in texts]
    if not exact:
        return pd.array([float("nan") if text is None else float(text) for text in read], dtype="float64")
    return decimals([None if text is None else Decimal(text) for text in read], exact)


def decimals(values: Sequence[Decimal | None], exact: Exact) -> Any:
    """Decimals as a column of objects, or of Arrow."""
    if exact != "pyarrow":
        return pd.Series(list(values), dtype=object).array
    import pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore]

    return pd.arrays.ArrowExtensionArray(pyarrow.array(list(values), type=_decimal_type(pyarrow, values)))


def _decimal_type(pyarrow: Any, values: Sequence[Decimal | None]) -> Any:
    """A type in which each of them is held exactly."""
    exponents = [(len(one.as_tuple().digits), int(one.as_tuple().exponent)) for one in values if one is not None]
    scale = max((-exponent for _, exponent in exponents), default=0)
    whole = max((digits + exponent for digits, exponent in exponents), default=1)
    width = max(1, scale + max(whole, 0))
    return pyarrow.decimal128(38, scale) if width <= 38 else pyarrow.decimal256(76, scale)


#: What is read, not grouped by; other words are coded.
_TEXTS: Final = frozenset(("sentence", "position", "block", "case"))
_WHOLE: Final = frozenset(("run", "vintage", "findings"))


def from_rows(
    rows: Iterable[Mapping[str, Any]], fields: Sequence[str], counted: Sequence[str], exact: Exact
) -> pd.DataFrame:
    """Rows of an answer as a frame: ``counted`` fields as numbers, instants in UTC, words coded."""
    known = list(rows)
    data: dict[str, Any] = {}
    for name in fields:
        values = [row[name] for row in known]
        if name in counted:
            data[name] = numbers(values, exact)
        elif name.endswith("_at"):
            data[name] = pd.DatetimeIndex(pd.to_datetime(values, utc=True, format="ISO8601")).as_unit("us")
        elif name in _WHOLE:
            data[name] = pd.array(values, dtype="int64")
        elif name in _TEXTS:
            data[name] = pd.array(values, dtype="str")
        elif values and not isinstance(values[0], str):
            data[name] = pd.Series(values, dtype=object)
        else:
            data[name] = coded(values)
    return finished(pd.DataFrame(data, index=range(len(known))))


def coded(words: Sequence[str]) -> Any:
    """Words as a column of few different ones, in order."""
    return pd.Categorical(pd.Series(list(words), dtype="str"))


def finished(frame: pd.DataFrame) -> pd.DataFrame:
    """With its periods as such where they are of one kind, and its units in ``attrs``."""
    if "period" in frame:
        frame["period"] = period_column(frame["period"].array)
    units = sorted(word for word in frame["unit"].unique() if word) if "unit" in frame else []
    frame.attrs["units"] = units
    if len(units) == 1:
        frame.attrs["unit"] = units[0]
    return frame
