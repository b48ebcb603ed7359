"""The frame of readings every parser returns, and the Pandera schema that says what a figure is.

One row a reading (one printing of a cell). Imports pandas and pandera: import it only where a frame is at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final, cast

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandas.api.types import union_categoricals

from schemas import areas, vocabulary
from schemas.errors import FigureError
from schemas.figures import MAX_EXPONENT
from schemas.periods import canonical, is_average, months
from schemas.units import is_amount

#: Columns with few distinct texts, coded once when a document is parsed.
CODED: Final = (*vocabulary.SERIES_KEY, "period", "released", "rounding", "qualifier", "status", "document")
#: Columns of a frame of readings, in order, with their dtypes.
#: ``mantissa`` is absent exactly where ``status`` says so (B, J and S stand beside both).
#: ``released`` is ISO 8601 ("" where unknown).
#: ``position`` is packed by ``schemas.positions``; ``text`` is the figure as printed; ``document`` a SHA-256.
READING_DTYPES: Final = {
    **dict.fromkeys((*vocabulary.SERIES_KEY, "period", "released"), "category"),
    "mantissa": "Int64",
    "exponent": "int64",
    "rounding": "category",
    "qualifier": "category",
    "status": "category",
    "text": "str",
    "cite": "str",
    "position": "int64",
    "document": "category",
}
READING_COLUMNS: Final = tuple(READING_DTYPES)
#: What a column holds where a parser does not say.
DEFAULTS: Final[Mapping[str, Any]] = {
    "partner": "WLD",
    "product": "total",
    "breakdown": "_T",
    "measure": "level",
    "basis": "_Z",
    "released": "",
    "rounding": "nearest",
    "qualifier": "=",
    "status": "",
    "text": "",
    "cite": "",
    "position": 0,
    "document": "",
}


def readings(columns: Mapping[str, Any]) -> pd.DataFrame:
    """A frame of readings from columns (sequences of equal length, or one value for all); DEFAULTS fill the rest."""
    lengths = {len(values) for values in columns.values() if not isinstance(values, str | int)}
    if len(lengths) > 1:
        raise ValueError(f"columns of different lengths: {sorted(lengths)}")
    index = range(lengths.pop() if lengths else 1)
    data: dict[str, Any] = {}
    for name, dtype in READING_DTYPES.items():
        values = columns[name] if name in columns else DEFAULTS[name]
        if isinstance(values, pd.Categorical):
            data[name] = pd.Categorical.from_codes(
                values.codes, categories=values.categories.astype("str")
            )  # coded already
        elif dtype == "category" and isinstance(values, str):
            data[name] = pd.Categorical.from_codes(np.zeros(len(index), dtype="int8"), categories=pd.Index([values]))
        elif dtype == "category":
            data[name] = pd.Categorical(pd.Series(np.asarray(values, dtype=object), dtype="str"))
        else:
            data[name] = pd.Series(values, index=index, dtype=cast(Any, dtype))
    data["period"] = _by_one_name(data["period"], data["measure"])
    return pd.DataFrame(data, index=index)


def _by_one_name(period: pd.Categorical, measure: pd.Categorical) -> pd.Categorical:
    """Periods with one name for the same months; ``growth_avg`` has base and end instead."""
    texts = [str(text) for text in period.categories]
    names = [canonical(text) for text in texts]
    if names == texts:
        return period
    known = list(dict.fromkeys([*names, *texts]))
    place = {text: at for at, text in enumerate(known)}
    own, new = (np.array([*(place[text] for text in of), -1]) for of in (texts, names))
    averages = measure.categories.get_indexer(pd.Index(["growth_avg"]))[0]
    codes = np.where((measure.codes == averages) & (averages >= 0), own[period.codes], new[period.codes])
    return pd.Categorical.from_codes(codes, categories=pd.Index(known, dtype="str")).remove_unused_categories()


def combine(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Several frames of readings as one, still coded (``pd.concat`` would decode columns whose categories differ)."""
    parts = [frame for frame in frames if len(frame)]
    if not parts:
        return _nothing()
    if len(parts) == 1 and list(parts[0].columns) == list(READING_COLUMNS):
        return parts[0].reset_index(drop=True)  # shares its columns: nobody changes a frame of readings in place
    return pd.DataFrame(
        {
            name: union_categoricals([part[name] for part in parts])
            if name in CODED
            else pd.concat([part[name] for part in parts], ignore_index=True)
            for name in READING_COLUMNS
        }
    )


@cache
def _nothing() -> pd.DataFrame:
    return readings(dict.fromkeys(READING_COLUMNS, ()))


def _each(check: Callable[[str], bool]) -> Callable[[pd.Series[Any]], pd.Series[bool]]:
    """Judge each distinct text once: a frame of a million rows has a few hundred periods and areas."""

    def vectorised(column: pd.Series[Any]) -> pd.Series[bool]:
        codes = column.cat.codes.to_numpy()
        good = np.array([*(check(text) for text in column.cat.categories), False], dtype=bool)
        return pd.Series(codes >= 0 if good[:-1].all() else good[codes], index=column.index)

    return vectorised


def _is_period(text: str) -> bool:
    try:
        months(text)
    except FigureError:
        return False
    return True


def _is_unit(code: str) -> bool:
    return code in ("%", "count") or is_amount(code)


def _is_status(text: str) -> bool:
    return vocabulary.status_of(text) == text


def _is_word(text: str) -> bool:
    return bool(text) and text == text.strip() and "/" not in text


def _coded(check: Callable[[str], bool], expected: str) -> pa.Column:
    return pa.Column("category", pa.Check(_each(check), error=expected))


OBSERVATIONS: Final = pa.DataFrameSchema(
    {
        "dataset": _coded(_is_word, "a word without slash"),
        "reporter": _coded(areas.is_area, "an area code"),
        "partner": _coded(areas.is_area, "an area code"),
        "product": _coded(_is_word, "a word without slash"),
        "breakdown": _coded(_is_word, "a word without slash"),
        "flow": _coded(vocabulary.FLOWS.__contains__, f"one of {', '.join(vocabulary.FLOWS)}"),
        "measure": _coded(vocabulary.MEASURES.__contains__, f"one of {', '.join(vocabulary.MEASURES)}"),
        "unit": _coded(_is_unit, "an ISO 4217 code, a quantity (kg, l, piece), count or %, without multiplier"),
        "basis": _coded(bool, "not empty"),
        "period": _coded(_is_period, "a period such as 2019, 2019-Q3, 2019-03, 2025-01/2025-02"),
        "released": pa.Column("category"),
        "mantissa": pa.Column("Int64", nullable=True),
        "exponent": pa.Column("int64", pa.Check.in_range(-MAX_EXPONENT, MAX_EXPONENT)),
        "rounding": _coded(vocabulary.ROUNDINGS.__contains__, f"one of {', '.join(vocabulary.ROUNDINGS)}"),
        "qualifier": _coded(vocabulary.QUALIFIERS.__contains__, f"one of {' '.join(vocabulary.QUALIFIERS)}"),
        "status": _coded(_is_status, "codes of OBS_STATUS, joined by ;"),
        "text": pa.Column("str"),
        "cite": pa.Column("str"),
        "position": pa.Column("int64"),
        "document": pa.Column("category"),
    },
    # Without ignore_na=False, Pandera looks for gaps in every column once more, texts included.
    checks=[
        pa.Check(
            lambda frame: _each(vocabulary.may_lack)(frame["status"]).where(
                frame["mantissa"].isna(), ~_each(vocabulary.says_absent)(frame["status"])
            ),
            error="a value is absent exactly where its status says so",
            ignore_na=False,
        ),
        pa.Check(
            lambda frame: ~_each("growth_avg".__eq__)(frame["measure"]) | _each(is_average)(frame["period"]),
            error="an average growth rate has a base/end period",
            ignore_na=False,
        ),
    ],
    strict=True,
    ordered=True,
    name="Observations",
)
