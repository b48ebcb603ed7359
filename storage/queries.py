"""What the ledger answers: rows as flat dicts with the fields of the contract, streamed; figures as decimal strings.

Light: neither pandas nor Pandera nor Prefect is imported. ``as_of`` and ``released_by`` are dates or times; each answer
has exactly one row a cell: of what was recorded by then and not withdrawn, the latest release.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, text

from schemas.errors import UsageError
from schemas.figures import decimal_text, figure_text
from schemas.vocabulary import SERIES_KEY
from storage import codes
from storage.database import reading
from storage.ledger import Ledger

#: What may be asked of a series, and of its period.
FILTERS: Final = (*SERIES_KEY, "period", "source")


def _where(filters: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    parts, values = [], {}
    for name, value in filters.items():
        if name not in FILTERS:
            raise UsageError(f"there is no filter {name!r}: expected one of {', '.join(FILTERS)}")
        if value is None:
            continue
        column = "p.text" if name == "period" else "d.source" if name == "source" else f"s.{name}"
        parts.append(f"{column} = :{name}")
        values[name] = value
    return "".join(f" AND {part}" for part in parts), values


def _last_run(conn: Connection, as_of: str | None) -> int:
    if as_of is None:
        return codes.NO_BOUND
    query = text("SELECT coalesce(max(id), 0) FROM run WHERE recorded_at <= :at")
    return int(conn.execute(query, {"at": codes.instant(as_of)}).scalar_one())


#: Of each cell and release the last run's row, unless withdrawn; of these the latest release of each cell.
_IN_FORCE: Final = """
WITH bounded AS (
    SELECT v.series, v.period, v.released, v.run, v.mantissa, v.packed, v.document, v.position,
           row_number() OVER (PARTITION BY v.series, v.period, v.released ORDER BY v.run DESC) AS turn
    FROM version v WHERE v.run <= :run AND v.released <= :released
), standing AS (
    SELECT bounded.*, row_number() OVER (PARTITION BY series, period ORDER BY released DESC) AS place
    FROM bounded WHERE turn = 1 AND packed % 2 = 0
)
"""
_COLUMNS: Final = ", ".join(f"s.{name}" for name in SERIES_KEY)


def show(
    ledger: Ledger,
    *,
    as_of: str | None = None,
    released_by: str | None = None,
    with_held: bool = False,
    limit: int | None = None,
    **filters: Any,
) -> Iterator[dict[str, Any]]:
    """Published figures, one row a cell; ``pending`` is "held" where a newer figure waits for a decision.

    With ``with_held`` a held figure answers in place of the published one.
    """
    where, values = _where(filters)
    with reading(ledger.engine, ledger.url) as conn:
        run = _last_run(conn, as_of)
        values |= {"run": run, "released": codes.release_bound(released_by)}
        held = _held_figures(conn, run, values["released"])
        query = f"""{_IN_FORCE}
            SELECT {_COLUMNS}, p.text AS period, p.start, v.series AS series_id, v.period AS period_id, v.mantissa,
                   v.packed, v.released, v.run, v.position, d.sha256, d.source, r.recorded_at
            FROM standing v JOIN series s ON s.id = v.series JOIN period p ON p.id = v.period
            JOIN run r ON r.id = v.run JOIN document d ON d.id = v.document
            WHERE v.place = 1{where}
            ORDER BY s.dataset, s.reporter, s.partner, s.product, s.breakdown, p.start, p.text, s.measure, s.flow, s.unit
        """  # noqa: S608 - names from FILTERS only
        count = 0
        for row in conn.execute(text(query), values):
            if limit is not None and count >= limit:
                return
            count += 1
            waiting = held.pop((row.series_id, row.period_id), None)
            newer = waiting is not None and waiting.released >= row.released
            yield _figure_row(waiting if newer and with_held else row, row, "held" if newer else "")
        for waiting in held.values():
            if (limit is None or count < limit) and _matches(waiting, filters) and with_held:
                count += 1
                yield _figure_row(waiting, waiting, "held")


def _matches(row: Any, filters: dict[str, Any]) -> bool:
    return all(value is None or getattr(row, name) == value for name, value in filters.items())


def _held_figures(conn: Connection, run: int, released: int) -> dict[tuple[int, int], Any]:
    """The latest held figure of each cell, by series and period."""
    query = f"""
        SELECT {_COLUMNS}, p.text AS period, p.start, f.series AS series_id, f.period AS period_id, f.mantissa, f.packed,
               h.released, h.run, f.position, d.sha256, d.source, r.recorded_at
        FROM held_block h JOIN held_figure f ON f.held = h.id JOIN series s ON s.id = f.series
        JOIN period p ON p.id = f.period JOIN document d ON d.id = f.document JOIN run r ON r.id = h.run
        WHERE h.run <= :run AND h.released <= :released
          AND NOT EXISTS (SELECT 1 FROM held_end e WHERE e.held = h.id AND e.run <= :run)
        ORDER BY h.released, h.id
    """  # noqa: S608 - fixed names
    found: dict[tuple[int, int], Any] = {}
    for row in conn.execute(text(query), {"run": run, "released": released}):
        found.setdefault((row.series_id, row.period_id), row)
    return found


def _figure_row(row: Any, about: Any, pending: str) -> dict[str, Any]:
    exponent, qualifier, _, status = codes.unpack(row.packed)
    figure = codes.figure(row.mantissa, row.packed)
    interval = figure.interval if figure else None
    end = {
        "low": decimal_text(interval.low) if interval and interval.low is not None else "",
        "high": decimal_text(interval.high) if interval and interval.high is not None else "",
    }
    return {name: getattr(about, name) for name in SERIES_KEY if name != "unit"} | {
        "period": about.period,
        "unit": about.unit,
        "value": figure_text(row.mantissa, exponent) if figure else "",
        "step": figure_text(1, exponent) if figure else "",
        **end,
        "qualifier": qualifier,
        "status": status,
        "released": codes.release_text(row.released),
        "recorded_at": codes.instant_text(row.recorded_at),
        "pending": pending,
        "source": row.source,
        "run": row.run,
        "document": row.sha256,
    }


def revisions(
    ledger: Ledger,
    *,
    as_of: str | None = None,
    released_by: str | None = None,
    run: int | None = None,
    limit: int | None = None,
    **filters: Any,
) -> Iterator[dict[str, Any]]:
    """Every change of a published figure: from what, to what, by how much; ordered by cell and release."""
    where, values = _where(filters)
    with reading(ledger.engine, ledger.url) as conn:
        values |= {"run": _last_run(conn, as_of), "released": codes.release_bound(released_by), "only": run}
        query = f"""{_IN_FORCE}
            SELECT * FROM (
            SELECT {_COLUMNS}, p.text AS period, p.start, v.mantissa, v.packed, v.released, v.run, v.place,
                   lag(v.mantissa) OVER cell AS old_mantissa, lag(v.packed) OVER cell AS old_packed,
                   lag(v.released) OVER cell AS old_released, d.sha256, d.source, r.recorded_at
            FROM standing v JOIN series s ON s.id = v.series JOIN period p ON p.id = v.period
            JOIN run r ON r.id = v.run JOIN document d ON d.id = v.document WHERE 1 = 1{where}
            WINDOW cell AS (PARTITION BY v.series, v.period ORDER BY v.released)) AS c
            WHERE c.old_packed IS NOT NULL{" AND c.run = :only" if run is not None else ""}
            ORDER BY c.dataset, c.reporter, c.partner, c.product, c.breakdown, c.start, c.period, c.measure, c.flow, c.released
        """  # noqa: S608 - names from FILTERS only
        if run is None:
            values.pop("only")
        for count, row in enumerate(conn.execute(text(query), values)):
            if limit is not None and count >= limit:
                return
            yield _revision_row(row)


def _revision_row(row: Any) -> dict[str, Any]:
    new, old = codes.figure(row.mantissa, row.packed), codes.figure(row.old_mantissa, row.old_packed)
    exponent, old_exponent = codes.unpack(row.packed)[0], codes.unpack(row.old_packed)[0]
    status, old_status = codes.unpack(row.packed)[3], codes.unpack(row.old_packed)[3]
    kind = "revision"
    if new is None or old is None or (new == old and status != old_status):
        kind = "status"
    elif new.step < old.step and not new.interval.meet(old.interval).empty:
        kind = "precision"
    return {name: getattr(row, name) for name in SERIES_KEY if name != "unit"} | {
        "period": row.period,
        "unit": row.unit,
        "kind": kind,
        "value": figure_text(row.mantissa, exponent) if new else "",
        "previous": figure_text(row.old_mantissa, old_exponent) if old else "",
        "change": decimal_text(new.value - old.value) if new and old else "",
        "step": figure_text(1, exponent) if new else "",
        "status": status,
        "released": codes.release_text(row.released),
        "previous_released": codes.release_text(row.old_released),
        "recorded_at": codes.instant_text(row.recorded_at),
        "source": row.source,
        "run": row.run,
        "document": row.sha256,
    }


def findings(
    ledger: Ledger,
    *,
    run: int | None = None,
    all_: bool = False,
    as_of: str | None = None,
    limit: int | None = None,
    **filters: Any,
) -> Iterator[dict[str, Any]]:
    """What does not hold, now or as a run left it; ``all_``: also what was resolved and what could not be evaluated.

    ``state`` is relative to the run asked for, else to the last run of the finding's source.
    """
    wanted = {name: value for name, value in filters.items() if value is not None}
    if unknown := set(wanted) - {"dataset", "reporter", "partner", "product", "breakdown", "period", "source"}:
        raise UsageError(f"findings have no filter {min(unknown)!r}")
    with reading(ledger.engine, ledger.url) as conn:
        bound = run if run is not None else _last_run(conn, as_of)
        last = {r.source: r.last for r in conn.execute(
            text("SELECT source, max(id) AS last FROM run WHERE id <= :bound AND kind = 'collect' GROUP BY source"), {"bound": bound})}  # fmt: skip
        query = """
            SELECT f.*, r.source, d.sha256, e.run AS ended FROM finding f JOIN run r ON r.id = f.run
            LEFT JOIN document d ON d.id = f.document LEFT JOIN finding_end e ON e.finding = f.id AND e.run <= :bound
            WHERE f.run <= :bound ORDER BY f.id
        """
        count = 0
        only = None
        if run is not None:
            only = conn.execute(text("SELECT source FROM run WHERE id = :run"), {"run": run}).scalar()
            if only is None:
                raise UsageError(f"there is no run {run}: tradeledger runs lists them")
        for row in conn.execute(text(query), {"bound": bound}):
            latest = run if run is not None else last.get(row.source, 0)
            state = "resolved" if row.ended is not None else "new" if row.run == latest else "still"
            if only is not None and row.source != only:
                continue
            if state == "resolved" and not (all_ or (run is not None and row.ended == run)):
                continue
            if row.result != "fails" and not all_:
                continue
            if any(str(getattr(row, name)) != value for name, value in wanted.items()):
                continue
            if limit is not None and count >= limit:
                return
            count += 1
            yield _finding_row(row, state)


def _finding_row(row: Any, state: str) -> dict[str, Any]:
    names = ("rule", "severity")
    facts = ("dataset", "reporter", "partner", "product", "period", "unit", "left", "right", "difference", "allowed")
    return {name: getattr(row, name) for name in names} | {"state": state} | {name: getattr(row, name) for name in facts} | {
        "suspects": json.loads(row.suspects),
        "block": row.block,
        "source": row.source,
        "run": row.run,
        "document": row.sha256 or "",
        "position": row.position,
        "sentence": row.sentence,
        "breakdown": row.breakdown,
        "released": codes.release_text(row.released) if row.released is not None else "",
        "result": row.result,
    }  # fmt: skip


def runs(ledger: Ledger, *, source: str | None = None, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Every recorded run, latest first, with its counts."""
    names = ("parsed", "published", "unchanged", "held", "rejected", "repeated", "unreadable")
    with reading(ledger.engine, ledger.url) as conn:
        query = "SELECT * FROM run" + (" WHERE source = :source" if source else "") + " ORDER BY id DESC"
        for count, row in enumerate(conn.execute(text(query), {"source": source} if source else {})):
            if limit is not None and count >= limit:
                return
            counts = json.loads(row.counts)
            yield {
                "run": row.id, "kind": row.kind, "source": row.source, "outcome": row.outcome,
                "recorded_at": codes.instant_text(row.recorded_at), **{name: counts.get(name, 0) for name in names},
                "still_held": row.still_held, "prefect_run": row.prefect_run, "message": row.message,
            }  # fmt: skip


def documents(ledger: Ledger, *, source: str | None = None, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Every document kept, latest first."""
    with reading(ledger.engine, ledger.url) as conn:
        query = "SELECT * FROM document" + (" WHERE source = :source" if source else "") + " ORDER BY id DESC"
        for count, row in enumerate(conn.execute(text(query), {"source": source} if source else {})):
            if limit is not None and count >= limit:
                return
            yield {
                "document": row.sha256, "source": row.source, "name": row.name, "url": row.url,
                "media_type": row.media_type, "size": row.size, "fetched_at": codes.instant_text(row.fetched_at),
                "released": row.released, "run": row.run,
            }  # fmt: skip


def held(ledger: Ledger, *, source: str | None = None) -> Iterator[dict[str, Any]]:
    """Blocks that wait for a decision, oldest first."""
    with reading(ledger.engine, ledger.url) as conn:
        query = """
            SELECT h.*, r.source, r.recorded_at, (SELECT count(*) FROM held_figure f WHERE f.held = h.id) AS figures
            FROM held_block h JOIN run r ON r.id = h.run
            WHERE NOT EXISTS (SELECT 1 FROM held_end e WHERE e.held = h.id) ORDER BY h.id
        """
        for row in conn.execute(text(query)):
            if source is None or row.source == source:
                yield {
                    "block": row.block, "released": codes.release_text(row.released), "source": row.source,
                    "run": row.run, "recorded_at": codes.instant_text(row.recorded_at), "figures": row.figures,
                }  # fmt: skip
