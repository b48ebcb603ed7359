"""What ``queries.show`` answers as Arrow tables: exact decimals, dates, coded words; part by part, a million at once.

Of one question all tables have one schema: its decimals are wide enough for every figure that is asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from schemas.errors import UsageError
from schemas.extras import need
from schemas.fields import DAYS, FIGURES
from schemas.periods import months
from storage.doubles import reaches
from storage.encoding import codes
from storage.encoding.columns import Flags, Ints, Versions, is_absent
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
    """An answer: the ``schema`` of its ``tables``, and from which ``sources`` figures of its series came.

    A table is made when it is called, in whatever thread: the next part can be read from the ledger meanwhile.
    """

    schema: Any
    sources: list[str]
    tables: Iterator[Callable[[], Any]]


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
        yield Tables(schema, sources, (partial(_table, arrow, part, schema) for part in one.parts(AT_ONCE)))


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
    about = part.about
    columns: dict[str, Any] = _decimals(arrow, part.rows, schema)
    for name in (name for name in FIGURES if name not in columns):
        if isinstance(about[name].dtype, pd.CategoricalDtype):
            columns[name] = _words(arrow, about[name])
        else:
            columns[name] = arrow.array(about[name], type=schema.field(name).type)
    ends = [_days(period) for period in about["period"].cat.categories]
    days = {
        "first_day": ("period", [first for first, _ in ends]),
        "last_day": ("period", [last for _, last in ends]),
        "released_day": ("released", [date.fromisoformat(text[:10]) for text in about["released"].cat.categories]),
    }
    for name, (of, known) in days.items():
        columns[name] = arrow.array(known, type=arrow.date32()).take(arrow.array(about[of].cat.codes))
    return arrow.table([columns[name] for name in schema.names], schema=schema)


def _decimals(arrow: Any, rows: Versions, schema: Any) -> dict[str, Any]:
    """Value, step and bounds; nothing goes figure by figure, as all of one exponent are the same multiple."""
    exponent = codes.exponent_of(rows.packed)
    powers, sizes = [int(exponent[0])] if len(exponent) else [], [len(exponent)]
    back = None
    if len(exponent) and (exponent != exponent[0]).any():
        order = np.argsort(exponent, kind="stable")
        rows, back = rows.take(order), arrow.array(np.argsort(order, kind="stable"))
        powers, sizes = (column.tolist() for column in np.unique(exponent, return_counts=True))
    known = ~is_absent(rows.packed)
    (low, has_low), (high, has_high) = reaches(rows.mantissa, rows.packed)
    kinds = {name: schema.field(name).type for name in ("value", "step", "low", "high")}
    finest = -kinds["step"].scale  # of no value the exponent may be any
    steps = arrow.array([Decimal(10) ** max(power, finest) for power in powers], type=kinds["step"])
    found = {"step": steps.take(arrow.array(np.repeat(np.arange(len(powers)), sizes[: len(powers)]), mask=~known))}
    for name, away, there in (("value", None, known), ("low", low, has_low), ("high", high, has_high)):
        parts, start = [arrow.array([], type=kinds[name])], 0
        for power, size in zip(powers, sizes, strict=False):
            some = slice(start, start := start + size)
            tenths = None if away is None else away[some]
            parts.append(_multiples(arrow, rows.mantissa[some], tenths, ~there[some], power, kinds[name]))
        found[name] = arrow.concat_arrays(parts)
    return found if back is None else {name: column.take(back) for name, column in found.items()}


def _multiples(arrow: Any, mantissa: Ints, tenths: Ints | None, absent: Flags, power: int, kind: Any) -> Any:
    """``mantissa × 10^power``, so many ``tenths`` of a step off; null where it is ``absent``."""
    compute = arrow.compute
    if absent.all():  # of no value the exponent says nothing
        return arrow.nulls(len(absent), kind)
    digits = len(str(int(np.abs(mantissa).max()))) + 2
    power -= tenths is not None
    size = power + kind.scale
    # Not wider than it is, since a product of decimals is as wide as both together.
    wide = arrow.decimal128 if digits + size + 2 <= _DIGITS else arrow.decimal256
    number = arrow.array(mantissa, mask=absent).cast(wide(_INT64_DIGITS, 0))
    if tenths is not None:
        number = compute.multiply(number, arrow.scalar(Decimal(10), wide(2, 0)))
        number = compute.add(number, arrow.array(tenths).cast(wide(_INT64_DIGITS, 0)))
    number = compute.multiply(number.cast(wide(digits, 0)), arrow.scalar(Decimal(10**size), wide(size + 1, 0)))
    # Now it is a whole number of the last digits there is room for, which is how decimals are kept.
    number = arrow.Array.from_buffers(wide(number.type.precision, kind.scale), len(number), number.buffers())
    return number.cast(kind)


def _words(arrow: Any, column: pd.Series[str]) -> Any:
    """A coded column, "" as null."""
    words = column.cat.categories
    there = np.flatnonzero(words != "")
    place = np.full(len(words), -1)
    place[there] = np.arange(len(there))
    coded = place[column.cat.codes].astype(np.int32)
    # Some readers look at the codes of nulls too.
    places = arrow.array(np.maximum(coded, 0), mask=coded < 0)
    return arrow.DictionaryArray.from_arrays(places, arrow.array(words[there], arrow.string()))


def _days(period: str) -> tuple[date, date]:
    """The first and the last day of a period, as the views of a ledger say them."""
    start, length = months(period)
    end = start + length
    return date(start // 12, start % 12 + 1, 1), date(end // 12, end % 12 + 1, 1) - timedelta(days=1)
