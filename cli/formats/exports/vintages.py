"""A table of vintages as ALFRED lays it out: a row a period, a column a series and release, ``GDP_20210128``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TextIO

from cli.formats.output import Row, write_csv
from schemas.periods import months
from schemas.release_dates import release_order

#: Columns before those of vintages: the first day of the period, as ALFRED has it, and its name.
PERIOD: Final = ("observation_date", "period")
#: Words of a series that go without saying.
_USUAL: Final = {"partner": "WLD", "product": "total", "breakdown": "_T", "measure": "level", "basis": "_Z"}
_SERIES: Final = ("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "unit", "basis")


def series_id(row: Row) -> str:
    """A series in one word, which is that of no other: ``us-trade.USA.X.USD``."""
    return ".".join(row[name] for name in _SERIES if row[name] != _USUAL.get(name))


def write(rows: Iterable[Row], stream: TextIO) -> dict[str, str]:
    """Write what was known after each release, ``rows`` as of ``storage.revision_analysis.triangle``.

    An empty cell says that there was no figure of the period yet, or none with a value. What each column of a vintage
    is, in words.
    """
    columns: dict[tuple[str, str], None] = {}
    known: dict[str, dict[str, str]] = {}
    for row in rows:
        column = (series_id(row), row["released"])
        columns[column] = None
        start = months(row["period"]).start
        day = f"{start // 12:04d}-{start % 12 + 1:02d}-01"
        line = known.setdefault(row["period"], {"observation_date": day, "period": row["period"]})
        line[_name(*column)] = row["value"]
    order: dict[str, int] = {}
    for name, _ in columns:
        order.setdefault(name, len(order))
    sorted_columns = sorted(columns, key=lambda one: (order[one[0]], release_order(one[1])))
    names = [_name(*one) for one in sorted_columns]
    blank = dict.fromkeys(names, "")
    lines = sorted(known.values(), key=lambda line: months(line["period"]))
    write_csv((blank | line for line in lines), (*PERIOD, *names), stream)
    return {_name(*one): f"{one[0]} as it stood after the release of {one[1]}" for one in sorted_columns}


def _name(series: str, released: str) -> str:
    """A vintage as ALFRED names it: the time and sequence of a release, where it has them, follow its date."""
    return f"{series}_{released.replace('-', '').replace(':', '')}"
