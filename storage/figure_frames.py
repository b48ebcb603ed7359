"""What ``queries.show`` answers, as columns: the same figures, a million of them at once.

Nothing here goes figure by figure but what waits for a decision, which is little, and figures too large for a double.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from schemas.fields import FIGURES
from storage.doubles import bounds, doubles, steps
from storage.encoding import codes
from storage.encoding.columns import Ints, Readings, Versions, effective, find, in_force, ints, make_key, split_key
from storage.encoding.figures import marks, numbers, series_fields
from storage.encoding.rows import id_list, id_value, int_rows
from storage.encoding.tables import categories, decode
from storage.queries.cells import DIMENSIONS, last_query
from storage.queries.filters import Filters, check_filters, of_periods, of_series, says, several
from storage.queries.runs import last_run
from storage.state.pending import CONTESTED, HELD, REJECTED, UNREADABLE, Waiting, in_doubt, waiting

if TYPE_CHECKING:
    from storage.handle import Handle

#: By their codes in an array.
_PENDING: Final = ("", HELD, REJECTED, UNREADABLE)
_COLUMNS: Final = "series, period, released, run, coalesce(mantissa, 0), packed, document"
#: Of what waits, by cell.
_Back = dict[tuple[int, int], list[Waiting]]


def figure_frame(
    ledger: Handle,
    *,
    as_of: str | None = None,
    released_by: str | None = None,
    with_held: bool = False,
    **filters: str | None,
) -> tuple[pd.DataFrame, Versions, int]:
    """The rows of ``queries.show`` (``every`` reading that is held) in its order, as columns ``FIGURES``.

    Words are coded, their categories sorted; value, step, low and high the nearest doubles, NaN for none;
    ``recorded_at`` in UTC. Beside it the rows themselves, for who wants exact figures, and how many readings of cells
    wait of which nothing is in force.
    """
    check_filters(filters)
    with ledger.reading() as conn:
        run, released = last_run(conn, as_of), codes.release_bound(released_by)
        doubted, back = in_doubt(conn, run), waiting(conn, run, released)
        rows = _last(conn, run, released, filters, placed=bool(doubted))
        pending = np.zeros(len(rows), dtype=np.int8)
        for at in np.flatnonzero(np.isin(rows.document, list(doubted))) if doubted else ():
            if int(rows.position[at]) in doubted[int(rows.document[at])]:
                pending[at] = _PENDING.index(UNREADABLE)
        held = _mark(rows, pending, back)
        places = _in_order(ledger, conn, rows, filters)
        left = _left(ledger, conn, back, filters)
        if with_held:
            rows, pending, places = _with_held(rows, pending, places, held, left)
        rows, pending = rows.take(places), pending[places]
        about = {number: ledger.words.run(conn, number) for number in sorted(pd.unique(rows.run).tolist())}
        if (source := filters.get("source")) is not None:
            kept = np.isin(rows.run, [number for number, said in about.items() if said[0] in several(source)])
            rows, pending = rows.take(kept), pending[kept]
        frame = decode(conn, Readings(*(getattr(rows, field.name) for field in fields(Readings))))
    return _frame(frame, rows, pending, about), rows, 0 if with_held else sum(map(len, left))


def _last(conn: Connection, run: int, released: int, filters: Filters, *, placed: bool) -> Versions:
    """The last of what stands of each cell, sorted by cell; positions are 0 where they are not asked for."""
    where, values = of_series(filters)
    among = "1 = 1" if where == "1 = 1" else f"series IN (SELECT s.id FROM series s WHERE {where})"  # noqa: S608
    within = f"{among} AND run <= {int(run)} AND released <= {int(released)} AND {of_periods(conn, filters)}"
    columns, width = (f"{_COLUMNS}, position", 8) if placed else (_COLUMNS, 7)

    def versions(query: str, values: Mapping[str, Any]) -> Versions:
        series, period, *others = int_rows(conn, query, dict(values), width)
        return Versions(make_key(series, period), *others, *[np.zeros_like(series)] * (8 - width))

    found = versions(last_query(conn, within, columns), values)
    gone = codes.withdrawn(found.packed)
    if not gone.any():
        return found
    # An earlier release answers: rare, so all rows of the series are looked at.
    behind = np.unique(split_key(found.key[gone])[0])
    query = f"""
        SELECT {columns} FROM version v WHERE {within} AND series IN {id_list(conn, "behind")}
        ORDER BY series, period, released, run
    """  # noqa: S608 - whole numbers
    stands = in_force(effective(versions(query, {**values, "behind": id_value(conn, behind)})))
    known = found.take(~np.isin(split_key(found.key)[0], behind))
    both = Versions.concatenate([known, stands])
    return both.take(np.argsort(both.key, kind="stable"))


def _mark(rows: Versions, pending: Any, back: _Back) -> dict[int, list[Waiting]]:
    """Mark cells of which something newer waits or was rejected; those are taken from ``back``.

    By place among the rows what answers instead, where held figures are asked for.
    """
    held = {}
    at, there = find(rows.key, make_key(ints([cell[0] for cell in back]), ints([cell[1] for cell in back])))
    for cell, place in [
        (cell, int(place)) for cell, place, is_there in zip(list(back), at, there, strict=True) if is_there
    ]:
        date, packed = int(rows.released[place]), int(rows.packed[place])
        mantissa = None if codes.absent(packed) else int(rows.mantissa[place])
        newer = [one for one in back.pop(cell) if one.pending(date, mantissa, packed)]
        if newer:
            waits = {one.state for one in newer} & {HELD, CONTESTED}
            pending[place] = _PENDING.index(HELD if waits else REJECTED)
        if readings := [one for one in newer if one.state == HELD]:
            held[place] = readings
    return held


def _in_order(ledger: Handle, conn: Connection, rows: Versions, filters: Filters) -> Ints:
    """The places of the rows in the order of answers: series by their texts, periods in time."""
    where, values = of_series(filters)
    query = f"SELECT s.id FROM series s WHERE {where} ORDER BY {DIMENSIONS}"  # noqa: S608 - fixed words
    (ordered,) = int_rows(conn, query, values, 1)
    series, period = split_key(rows.key)
    known = sorted(pd.unique(period).tolist())
    ledger.words.learn(conn, "period", known)
    in_time = sorted(known, key=lambda number: (*ledger.words.period(conn, number)[::-1], number))
    by_time = ints([*in_time, 0])
    place = np.zeros(int(ordered.max(initial=0)) + 1, dtype=np.int64)
    place[ordered] = np.arange(len(ordered))
    when = np.zeros(int(by_time.max()) + 1, dtype=np.int64)
    when[in_time] = np.arange(len(in_time))
    return ints(np.argsort(place[series] * len(by_time) + when[period], kind="stable"))


def _left(ledger: Handle, conn: Connection, back: _Back, filters: Filters) -> list[list[Waiting]]:
    """What is held of cells of which nothing is published, cell by cell."""
    found = []
    for readings in back.values():
        own = []
        for one in (one for one in readings if one.state == HELD):
            words, period = ledger.words.series(conn, one.series), ledger.words.period(conn, one.period)[0]
            answer = series_fields(words, period) | {"source": ledger.words.run(conn, one.run)[0]}
            own += [one] if says(answer, filters) else []
        found += [own] if own else []
    return found


def _with_held(
    rows: Versions, pending: Any, places: Ints, held: Mapping[int, Sequence[Waiting]], left: Sequence[Sequence[Waiting]]
) -> tuple[Versions, Any, Ints]:
    """The rows with those that are held in their places, and at the end those of cells that have no other."""
    more = [one for readings in (*held.values(), *left) for one in readings]
    if not more:
        return rows, pending, places
    last = max(len(rows), 1)
    # The places of a row's own readings follow it, before the next row's.
    order = np.empty(len(rows), dtype=np.int64)
    order[places] = np.arange(len(rows))
    of = [*(int(order[place]) for place, own in held.items() for _ in own), *(last for own in left for _ in own)]
    columns = [ints(one) for one in zip(*((one.released, one.run, one.mantissa or 0, one.packed, one.document,
                                           one.position) for one in more), strict=True)]  # fmt: skip
    key = make_key(ints([one.series for one in more]), ints([one.period for one in more]))
    every = Versions.concatenate([rows, Versions(key, *columns)])
    marks = np.concatenate([pending, np.full(len(more), _PENDING.index(HELD), dtype=np.int8)])
    kept = np.argsort(np.concatenate([order, ints(of)]), kind="stable")
    return every, marks, ints(kept[~np.isin(kept, list(held))])


def _frame(frame: pd.DataFrame, rows: Versions, pending: Any, about: Mapping[int, tuple[str, int]]) -> pd.DataFrame:
    """Columns ``schemas.fields.FIGURES``, of readings and what else is known of them."""
    runs = ints(sorted(about))
    run = np.searchsorted(runs, rows.run)
    instants = np.array([about[number][1] for number in runs.tolist()], dtype="datetime64[us]")
    low, high = bounds(rows.mantissa, rows.packed)
    data: dict[str, Any] = {name: frame[name] for name in frame if name in FIGURES}
    data |= {
        "value": doubles(rows.mantissa, rows.packed),
        "step": steps(rows.packed),
        "low": low,
        "high": high,
        "recorded_at": pd.DatetimeIndex(instants).tz_localize("UTC").take(run),
        "pending": categories(pending, list(_PENDING)),
        "source": categories(run, [about[number][0] for number in runs.tolist()]),
        "run": rows.run,
        "accepted": codes.accepted(rows.packed),
    }
    return pd.DataFrame({name: _sorted(data[name]) for name in FIGURES}, copy=False)


def _sorted(column: Any) -> Any:
    """A coded column with the words that occur as categories, in order: so is what is sorted by it."""
    coded: Any = column.array if isinstance(column, pd.Series) else column
    if not isinstance(coded, pd.Categorical):
        return column
    used = np.flatnonzero(np.bincount(coded.codes + 1)[1:])
    words = coded.categories.take(used)
    order = words.argsort()
    place = np.zeros(len(coded.categories) + 1, dtype=np.int64)
    place[used[order]] = np.arange(len(used))
    return pd.Categorical.from_codes(place[coded.codes], categories=words.take(order))


def exact(rows: Versions) -> dict[str, list[Decimal | None]]:
    """Value, step, low and high of rows, exactly and with the digits that were printed; None for none."""
    names = ("value", "low", "high")
    found: dict[str, list[Decimal | None]] = {name: [] for name in (*names, "step")}
    for mantissa, packed in zip(rows.mantissa.tolist(), rows.packed.tolist(), strict=True):
        for name, text in zip(names, numbers(packed)(mantissa), strict=True):
            found[name].append(Decimal(text) if text else None)
        step = marks(packed)["step"]
        found["step"].append(Decimal(step) if step else None)
    return found
