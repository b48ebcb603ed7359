"""What ``queries.show`` answers as Arrow tables: exact decimals, dates, coded words; part by part, a million at once.

Of one question all tables have one schema: its decimals are wide enough for every figure that is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from schemas.errors import UsageError
from schemas.extras import need
from schemas.fields import DAYS, FIGURES
from schemas.periods import months
from storage.doubles import reaches
from storage.encoding import codes
from storage.encoding.columns import Flags, Ints, is_absent
from storage.figure_parts import Asked, Part, asked

if TYPE_CHECKING:
    from storage.handle import Handle

#: Rows of a table: enough to be fast, few enough for memory.
AT_ONCE: Final = 200_000
#: Most digits of Arrow's decimals: of 128 bits, which every reader has, and of 256 (of which it computes with 76).
_DIGITS: Final = 38
_WIDE_DIGITS: Final = 72
_INT64_DIGITS: Final = 19


class Tables(NamedTuple):
    """An answer: the ``schema`` of its ``tables``, and from which ``sources`` figures of its series came."""

    schema: Any
    sources: list[str]
    tables: Iterator[Any]


@contextmanager
def figure_tables(ledger: Handle, **question: Any) -> Iterator[Tables]:
    """The answer to a question, which is that of ``figure_parts.asked``, as it is read.

    Columns: ``FIGURES``, then ``DAYS``; "" is null. Raises SettingsError without pyarrow, UsageError where the digits
    of all figures together do not fit a decimal.
    """
    arrow = need("pyarrow", "arrow", "Arrow")
    need("pyarrow.compute", "arrow", "Arrow")
    with asked(ledger, **question) as one:
        packed, sources = one.kinds()
        schema = _schema(arrow, one, packed)
        yield Tables(schema, sources, (_table(arrow, part, schema) for part in one.parts(AT_ONCE)))


def _schema(arrow: Any, one: Asked, kinds: Iterable[int]) -> Any:
    exponents = [int(codes.exponent_of(packed)) for packed in kinds if not codes.absent(packed)] or [0]
    after, before = max(0, -min(exponents)), max(0, *exponents)
    digits = before + _INT64_DIGITS + after + 1  # half a step has one more
    if digits > _DIGITS:
        digits = before + len(str(one.largest())) + after + 1
    if digits > _WIDE_DIGITS:
        raise UsageError(
            f"these figures have {digits} digits before and after the point, expected at most {_WIDE_DIGITS} in a "
            "column of decimals: --format csv has them all, or ask for fewer datasets at a time"
        )

    def decimal(scale: int) -> Any:
        return arrow.decimal128(_DIGITS, scale) if digits <= _DIGITS else arrow.decimal256(_WIDE_DIGITS + 4, scale)

    types = dict.fromkeys(FIGURES, arrow.dictionary(arrow.int32(), arrow.string()))
    types |= {"value": decimal(after), "step": decimal(after), "low": decimal(after + 1), "high": decimal(after + 1)}
    types |= {"recorded_at": arrow.timestamp("us", "UTC"), "run": arrow.int64(), "accepted": arrow.bool_()}
    return arrow.schema([*types.items(), *((name, arrow.date32()) for name in DAYS)])


def _table(arrow: Any, part: Part, schema: Any) -> Any:
    rows, about = part.rows, part.about
    known, exponent = ~is_absent(rows.packed), codes.exponent_of(rows.packed)
    (low, has_low), (high, has_high) = reaches(rows.mantissa, rows.packed)
    figures = {
        "value": (rows.mantissa, None, exponent, known),
        "step": (np.ones_like(rows.mantissa), None, exponent, known),
        "low": (rows.mantissa, low, exponent, has_low),
        "high": (rows.mantissa, high, exponent, has_high),
    }
    columns: dict[str, Any] = {}
    for name in FIGURES:
        if name in figures:
            columns[name] = _decimals(arrow, *figures[name], schema.field(name).type)
        elif isinstance(about[name].dtype, pd.CategoricalDtype):
            columns[name] = _words(arrow, about[name])
        else:
            columns[name] = arrow.array(about[name], type=schema.field(name).type)
    first, last = zip(*(_days(text) for text in about["period"].cat.categories), strict=True) if len(rows) else ((), ())
    released = [date.fromisoformat(text[:10]) for text in about["released"].cat.categories]
    for name, of, days in zip(DAYS, ("period", "period", "released"), (first, last, released), strict=True):
        columns[name] = arrow.array(days, type=arrow.date32()).take(arrow.array(about[of].cat.codes))
    return arrow.table(columns, schema=schema)


def _decimals(arrow: Any, mantissa: Ints, away: Ints | None, exponent: Ints, known: Flags, kind: Any) -> Any:
    """``mantissa × 10^exponent``, ``away`` tenths of a step off, null where it is not ``known``."""
    compute, wide = arrow.compute, arrow.decimal256
    parts, places = [arrow.array([], type=kind)], [np.empty(0, dtype=np.int64)]
    for power in np.unique(exponent).tolist():
        at = np.flatnonzero(exponent == power)
        number = arrow.array(mantissa[at], mask=~known[at]).cast(wide(_INT64_DIGITS, 0))
        if away is not None:
            tenths = compute.multiply(number, arrow.scalar(Decimal(10), wide(2, 0)))
            number, power = compute.add(tenths, arrow.array(away[at]).cast(wide(_INT64_DIGITS, 0))), power - 1
        # Not wider than it is, since a product of decimals is as wide as both together.
        most = len(str(int(np.abs(mantissa[at]).max()))) + 2
        size = max(0, power + kind.scale)
        number = compute.multiply(number.cast(wide(most, 0)), arrow.scalar(Decimal(10**size), wide(size + 1, 0)))
        # Now it is a whole number of the last digits there is room for, which is how decimals are kept.
        number = arrow.Array.from_buffers(wide(number.type.precision, kind.scale), len(number), number.buffers())
        parts.append(number.cast(kind))
        places.append(at)
    back = np.argsort(np.concatenate(places), kind="stable")
    return arrow.concat_arrays(parts).take(arrow.array(back))


def _words(arrow: Any, column: pd.Series[str]) -> Any:
    """A coded column, "" as null."""
    words = column.cat.categories
    there = np.flatnonzero(words != "")
    place = np.full(len(words), -1)
    place[there] = np.arange(len(there))
    coded = place[column.cat.codes].astype(np.int32)
    return arrow.DictionaryArray.from_arrays(
        arrow.array(coded, mask=coded < 0), arrow.array(words[there], arrow.string())
    )


def _days(period: str) -> tuple[date, date]:
    """The first and the last day of a period, as the views of a ledger say them."""
    start, length = months(period)
    end = start + length
    return date(start // 12, start % 12 + 1, 1), date(end // 12, end % 12 + 1, 1) - timedelta(days=1)
