"""What may be asked of a figure or a finding: several values of a filter, with commas, and periods from and to.

Every answer takes its filters from here, so that each means the same everywhere. Light.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from schemas.errors import FigureError, UsageError
from schemas.periods import months, spellings, within
from schemas.vocabulary import FLOWS, MEASURES, SERIES_KEY
from storage.database.connection import tuples
from storage.encoding.period_names import numbers_of
from storage.handle import Handle

Filters = Mapping[str, str | None]
#: What may be asked of a figure; ``first`` and ``last`` are periods in which its own must lie.
FILTERS: Final = (*SERIES_KEY, "period", "first", "last", "source")
_WORDS: Final = {"flow": tuple(FLOWS), "measure": tuple(MEASURES)}


def several(value: str) -> tuple[str, ...]:
    """The values of ``USA,CHN``, each of which is asked for."""
    return tuple(dict.fromkeys(word.strip() for word in value.split(",")))


def check_filters(filters: Filters, known: tuple[str, ...] = FILTERS) -> None:
    """Raise UsageError for a filter there is not, and for a value no figure can have."""
    if unknown := sorted(set(filters) - set(known)):
        raise UsageError(f"there is no filter {unknown[0]!r}: expected one of {', '.join(known)}")

    def asked(name: str) -> tuple[str, ...]:
        return () if (value := filters.get(name)) is None else several(value)

    for name, words in _WORDS.items():
        for word in asked(name):
            if word not in words:
                raise UsageError(f"there is no {name} {word!r}: expected one of {', '.join(words)}")
    bounds = []
    try:
        for period in asked("period"):
            months(period)
        bounds = [months(one) for name in ("first", "last") if (one := filters.get(name)) is not None]
    except FigureError as exc:
        raise UsageError(str(exc)) from None
    if len(bounds) == 2 and bounds[0].start >= bounds[1].end:
        raise UsageError(f"from {filters['first']} to {filters['last']} is no time: the first comes after the last")


def among(column: str, name: str, value: str) -> tuple[str, dict[str, str]]:
    """The condition that a column is one of several values, and its parameters."""
    words = {f"{name}_{at}": word for at, word in enumerate(several(value))}
    return f"{column} IN ({', '.join(f':{one}' for one in words)})", words


def of_series(filters: Filters) -> tuple[str, dict[str, str]]:
    """Conditions on a series ``s``, and their parameters."""
    asked = [among(f"s.{name}", name, value) for name in SERIES_KEY if (value := filters.get(name)) is not None]
    values = {name: word for _, words in asked for name, word in words.items()}
    return " AND ".join(condition for condition, _ in asked) or "1 = 1", values


def of_periods(conn: Connection, filters: Filters, column: str = "v.period") -> str:
    """Conditions on the number of a period."""
    conditions = []
    if (period := filters.get("period")) is not None:
        numbers = sorted({number for one in several(period) for number in numbers_of(conn, one)})
        conditions.append(f"{column} IN ({', '.join(map(str, numbers)) or '0'})")
    first, last = filters.get("first"), filters.get("last")
    limits = [f"start >= {months(first).start}"] if first is not None else []
    limits += [f"start + length <= {months(last).end}"] if last is not None else []
    if limits:
        conditions.append(f"{column} IN (SELECT id FROM period WHERE {' AND '.join(limits)})")  # noqa: S608 - numbers
    return " AND ".join(conditions) or "1 = 1"


def says(row: Mapping[str, Any], filters: Filters) -> bool:
    """Whether an answer is one of those asked for."""
    if not within(row["period"], filters.get("first"), filters.get("last")):
        return False
    for name, value in filters.items():
        if value is None or name in ("first", "last"):
            continue
        known = spellings(row[name]) if name == "period" else (row.get(name),)
        if not set(several(value)) & {*known, row.get(name)}:
            return False
    return True


def words_of(ledger: Handle, dimension: str) -> list[str]:
    """All words of a dimension of the ledger's series."""
    query = f"SELECT DISTINCT {SERIES_KEY[SERIES_KEY.index(dimension)]} FROM series"  # noqa: S608 - one of SERIES_KEY
    with ledger.reading() as conn:
        return [word for (word,) in tuples(conn, query)]


def is_known(ledger: Handle, dimension: str, word: str) -> bool:
    """Whether some series of the ledger has that word in that dimension."""
    query = f"SELECT 1 FROM series s WHERE s.{dimension} = :word LIMIT 1"  # noqa: S608 - a name of SERIES_KEY
    with ledger.reading() as conn:
        return bool(list(tuples(conn, query, {"word": word})))
