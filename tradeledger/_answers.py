"""What the commands answer, as DataFrames with the same rows in the same order."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from schemas.errors import UsageError
from schemas.fields import CELL, FINDINGS, REVISIONS, VINTAGES
from tradeledger._frames import Exact, check_exact, decimals, finished, from_rows, period_text
from tradeledger._opening import OpenLedger, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Words = str | Sequence[str] | None
_Period = str | int | pd.Period | None
_When = str | date | None
_Place = str | os.PathLike[str] | OpenLedger | None


def figures(
    *,
    dataset: _Words = None,
    reporter: _Words = None,
    partner: _Words = None,
    product: _Words = None,
    breakdown: _Words = None,
    flow: _Words = None,
    measure: _Words = None,
    unit: _Words = None,
    basis: _Words = None,
    period: _Period = None,
    first: _Period = None,
    last: _Period = None,
    source: _Words = None,
    as_of: _When = None,
    released_by: _When = None,
    with_held: bool = False,
    exact: Exact = False,
    ledger: _Place = None,
) -> pd.DataFrame:
    """Published figures, one row a cell: the latest, or what was known on a day; what ``tradeledger show`` answers.

    Filters are its options, a word or several: ``reporter="CHN"``, ``flow=["X", "M"]``, ``period="2019-03"`` (or
    ``2019``, or a ``pandas.Period``), ``first`` and ``last``: periods that lie between these. ``as_of``: as this
    ledger had it at that instant (a date means its end, UTC); ``released_by``: as the agency had published it by that
    date. ``with_held``: held figures in the places of those published, every reading that waits.

    Columns: dataset, reporter, partner, product, breakdown, flow, measure, basis, period, unit; ``value``, ``step``
    (the size of the last printed digit), ``low`` and ``high`` (between which the true value lies); qualifier, status,
    released, recorded_at, pending, source, run, document, accepted.

    ``value``, ``step``, ``low`` and ``high`` are in units of 1 of ``unit`` (USD, not billions; of ``%`` percent):
    float64, each the double nearest to what was printed, NaN for none; with ``exact=True`` ``decimal.Decimal`` with
    the digits that were printed, None for none; with ``exact="pyarrow"`` Arrow's decimals. Floats are to compute with:
    whether figures agree is for ``check`` and ``findings``, which use the precision of each.

    ``period`` is ``period[Y-DEC]``, ``period[Q-DEC]`` or ``period[M]`` where all rows are of that kind
    (``set_index("period")`` has a PeriodIndex); of several kinds objects, a ``pandas.Period`` each, half-years, spans
    and the base/end of an average growth rate as text. ``recorded_at`` is in UTC, ``released`` a text (a release may
    have a time, and a sequence ``+2``). Words are categories, in order.

    ``attrs["units"]`` lists the units, ``attrs["unit"]`` is the only one; ``attrs["waiting"]`` is how many readings of
    cells wait for a decision of which no figure is in force.

    Raises TradeledgerError: no ledger, no such filter or source, a date that is none; ``exact="pyarrow"`` without
    the extra ``arrow``.
    """
    from storage.figure_frames import exact as exactly
    from storage.figure_frames import figure_frame

    asked = _asked(locals(), (*CELL, "first", "last", "source"))
    check_exact(exact)
    with opened(ledger, asked) as handle:
        frame, rows, waiting = figure_frame(handle, with_held=with_held, **asked)
    if exact:
        for name, values in exactly(rows).items():
            frame[name] = decimals(values, exact)
    frame.attrs["waiting"] = waiting
    return finished(frame)


def vintages(
    *,
    dataset: _Words = None,
    reporter: _Words = None,
    partner: _Words = None,
    product: _Words = None,
    breakdown: _Words = None,
    flow: _Words = None,
    measure: _Words = None,
    unit: _Words = None,
    basis: _Words = None,
    period: _Period = None,
    first: _Period = None,
    last: _Period = None,
    source: _Words = None,
    as_of: _When = None,
    released_by: _When = None,
    exact: Exact = False,
    ledger: _Place = None,
) -> pd.DataFrame:
    """What was known of each cell after each release of its series; what ``revisions --triangle`` answers.

    The revision triangle in long form: ``pivot(index="period", columns="released", values="value")`` is the triangle
    of one series. ``vintage`` counts from 1, the cell's first release; a figure that a release left alone is carried
    on, and ``since`` says of which release it is; ``kind`` is how it differs from the vintage before (revision,
    correction, precision, status), "" where it does not.

    Columns: dataset, reporter, partner, product, breakdown, flow, measure, basis, period, unit, vintage, released,
    ``value`` and ``step`` (numbers and units as of ``figures``), qualifier, status, since, kind, document.

    Filters, ``exact``, ``ledger``, periods, ``attrs`` and errors are those of ``figures``.
    """
    from storage.revision_analysis import triangle

    asked = _asked(locals(), (*CELL, "first", "last", "source"))
    return _answer(triangle, asked, VINTAGES, ("value", "step"), exact, ledger)


def revisions(
    *,
    dataset: _Words = None,
    reporter: _Words = None,
    partner: _Words = None,
    product: _Words = None,
    breakdown: _Words = None,
    flow: _Words = None,
    measure: _Words = None,
    unit: _Words = None,
    basis: _Words = None,
    period: _Period = None,
    first: _Period = None,
    last: _Period = None,
    source: _Words = None,
    as_of: _When = None,
    released_by: _When = None,
    exact: Exact = False,
    ledger: _Place = None,
) -> pd.DataFrame:
    """Every change of a published figure: from what, to what, by how much; what ``tradeledger revisions`` answers.

    ``kind``: revision (the agency's), correction (ours), precision (the same, finer), status. ``previous`` is NaN
    where there was no value, ``value`` where it was withdrawn, ``change`` where either is.

    Columns: dataset, reporter, partner, product, breakdown, flow, measure, basis, period, unit, kind, ``value``,
    ``previous``, ``change`` and ``step`` (numbers and units as of ``figures``), status, released, previous_released,
    recorded_at (UTC), source, run, document.

    Filters, ``exact``, ``ledger``, periods, ``attrs`` and errors are those of ``figures``.
    """
    from storage.queries import revisions as changes

    asked = _asked(locals(), (*CELL, "first", "last", "source"))
    return _answer(changes, asked, REVISIONS, ("value", "previous", "change", "step"), exact, ledger)


def findings(
    *,
    dataset: _Words = None,
    reporter: _Words = None,
    partner: _Words = None,
    product: _Words = None,
    breakdown: _Words = None,
    period: _Period = None,
    first: _Period = None,
    last: _Period = None,
    source: _Words = None,
    run: int | None = None,
    all: bool = False,
    as_of: _When = None,
    released_by: _When = None,
    exact: Exact = False,
    ledger: _Place = None,
) -> pd.DataFrame:
    """What does not hold, one row a finding; what ``tradeledger findings --rules`` answers.

    ``run``: as that run left them; ``all``: also those that are resolved, and what could not be evaluated (``result``
    says which). ``case`` is the name of the case that one cause explains: ``groupby("case")``.

    Columns: rule, severity (error, warning, information), state (new, still, resolved), dataset, reporter, partner,
    product, period, unit; ``left``, ``right`` (both sides), ``difference`` and ``allowed`` as numbers in units of 1 of
    ``unit``, NaN where a rule has none, or a text (which ``sentence`` quotes), with ``exact=True`` decimals cut after
    twelve digits where they do not end; ``suspects``, a list of {flow, measure, period, value, low, high, slip} with
    figures as decimal strings; block, source, run, document, position, sentence, breakdown, released, result, ended,
    case.

    Filters, ``ledger``, periods, ``attrs`` and errors are those of ``figures``; a run there is not is an error.
    """
    from storage.queries import findings as found

    asked = _asked(locals(), (*CELL[:5], "period", "first", "last", "source"))
    asked |= {"run": run, "all_": all}
    return _answer(found, asked, FINDINGS, ("left", "right", "difference", "allowed"), exact, ledger)


def _answer(
    ask: Callable[..., Iterator[dict[str, Any]]],
    asked: Mapping[str, Any],
    columns: tuple[str, ...],
    counted: tuple[str, ...],
    exact: Exact,
    ledger: _Place,
) -> pd.DataFrame:
    check_exact(exact)
    with opened(ledger, asked) as handle:
        return from_rows(ask(handle, **asked), columns, counted, exact)


def _asked(given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """What was asked, as texts; raises UsageError for what is none."""
    asked: dict[str, Any] = {name: given[name] for name in names}
    asked |= {name: _period(asked[name]) for name in ("period", "first", "last")}
    for name, value in asked.items():
        if value is None:
            continue
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words) or not words:
            raise UsageError(f"{name}={value!r} is no filter: expected a word, or several as in ['USA', 'CHN']")
        asked[name] = ",".join(words)
    return asked | {name: _when(name, given[name]) for name in ("as_of", "released_by")}


def _period(value: Any) -> Any:
    number = isinstance(value, int) and not isinstance(value, bool)
    return period_text(value) if number or isinstance(value, pd.Period) else value


def _when(name: str, value: Any) -> str | None:
    if isinstance(value, datetime) and name == "released_by":
        return value.strftime("%Y-%m-%dT%H:%M") if (value.hour, value.minute) != (0, 0) else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str | None):
        return value
    raise UsageError(f"{name}={value!r} is no date: expected a text such as '2022-07-07', or a datetime.date")
