"""``figures``, what ``show`` answers, and ``vintages``, every version with the days and instants at which it does."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.fields import ABOUT
from schemas.vocabulary import SERIES_KEY
from storage.database.conditions import (
    SAME_CELL,
    last_of_release,
    last_read,
    open_finding,
    rejected,
    rejected_beside,
    unbounded,
    waits,
)
from storage.encoding import codes
from storage.encoding.sql import Sql, accepted, bare, decimals, qualifier, rounding, stands, status
from storage.views.definitions import Column, View


def series_columns(*, series: str = "s", period: str = "p") -> list[Column]:
    """What a figure is about."""
    return [
        Column("series", f"{series}.id", "number of the series, for joins", "integer"),
        *(Column(name, f"{series}.{name}", ABOUT[name]) for name in SERIES_KEY if name != "unit"),
        Column("period", f"{period}.text", ABOUT["period"]),
    ]


def days_columns(sql: Sql, period: str = "p") -> list[Column]:
    """A period as days, for whoever draws it."""
    start, length = f"{period}.start", f"{period}.length"
    return [
        Column("first_day", sql.first_day(start), ABOUT["first_day"], "date"),
        Column("last_day", sql.last_day(start, length), ABOUT["last_day"], "date"),
    ]


def figure_columns(sql: Sql, row: str) -> list[Column]:
    """How much, and how precisely: of a row with mantissa and packed."""
    m, p = f"{row}.mantissa", f"{row}.packed"
    how = "NUMERIC, exact, on PostgreSQL; the nearest double on SQLite"
    return [
        Column("unit", "s.unit", ABOUT["unit"]),
        Column("value", decimals.value(sql, m, p), "the printed figure in units of 1, exact, as a decimal text"),
        Column("number", decimals.number(sql, m, p), f"the same as a number: {how}", "number"),
        Column("step", decimals.step(sql, m, p), ABOUT["step"]),
        Column("low", decimals.low(sql, m, p), "least value that is printed so; NULL for no bound"),
        Column("high", decimals.high(sql, m, p), "greatest value that is printed so; NULL for no bound"),
        Column("qualifier", qualifier(p), ABOUT["qualifier"]),
        Column("rounding", rounding(p), "nearest, or truncated: then the end away from zero is open"),
        Column("status", status(p), ABOUT["status"]),
    ]


def _release_columns(sql: Sql, row: str) -> list[Column]:
    return [
        Column("released", sql.release(f"{row}.released"), ABOUT["released"]),
        Column("released_day", sql.release_day(f"{row}.released"), "its date", "date"),
    ]


def _origin_columns(sql: Sql, row: str, run: str) -> list[Column]:
    position = sql.position(f"{row}.position")
    where = "".join(f" || coalesce(', ' || {one}, '')" for one in (position, "nullif(d.url, '')"))
    return [
        Column(
            "accepted",
            accepted(f"{row}.packed"),
            ABOUT["accepted"],
            "boolean",
        ),
        Column("source", f"{run}.source", ABOUT["source"]),
        Column("run", f"{row}.run", ABOUT["run"], "integer", "runs.run"),
        Column("document", "d.sha256", ABOUT["document"]),
        Column("document_id", f"{row}.document", "the showing of that document", "integer", "documents.document_id"),
        Column("position", position, "where in the document: table, row, column"),
        Column("cite", f"d.name{where}", ABOUT["cite"]),
    ]


def _answers() -> str:
    """Whether a row ``v`` that stands is the answer of its cell: mostly the last of all rows says it."""
    deep = f"""{last_of_release("v", "w")} AND NOT EXISTS (SELECT 1 FROM version w WHERE {SAME_CELL.format("w", "v")}
        AND w.released > v.released AND {stands("w")} AND {last_of_release("w", "x")})"""  # noqa: S608
    return f"""CASE (SELECT CASE WHEN w.released = v.released AND w.run = v.run THEN 1 WHEN {stands("w")} THEN 0 END
      FROM version w WHERE {SAME_CELL.format("w", "v")} ORDER BY w.released DESC, w.run DESC LIMIT 1)
    WHEN 1 THEN 1 = 1 WHEN 0 THEN 1 = 0 ELSE {deep} END"""  # noqa: S608


def figures(sql: Sql) -> View:
    """What is published now."""
    pending = (
        "held or rejected where another figure is kept back, unreadable where it cannot be read any more; else NULL"
    )
    return View(
        "figures",
        "Published figures, one row a cell (series and period): of the latest release that says something.",
        [
            *series_columns(),
            *days_columns(sql),
            *figure_columns(sql, "v"),
            *_release_columns(sql, "v"),
            Column("recorded_at", sql.instant("r.recorded_at"), ABOUT["recorded_at"], "instant"),
            Column("pending", _pending(sql), pending),
            *_origin_columns(sql, "v", "r"),
        ],
        f"""FROM series s {sql.then} version v ON v.series = s.id
JOIN period p ON p.id = v.period JOIN run r ON r.id = v.run JOIN document d ON d.id = v.document
WHERE {stands("v")} AND {_answers()}""",
    )


def _pending(sql: Sql) -> str:
    """The mark of a figure ``v``: what ``storage.state.pending.Waiting.pending`` says."""
    first = sql.base("h.released")
    apart = f"""SELECT 1 FROM printing p WHERE p.dataset = h.dataset AND p.released = v.released
        AND p.released BETWEEN {first} AND {first} + {codes.MINUTE - 1} AND p.instead AND {last_read()}"""  # noqa: S608
    same = f"(h.released = v.released OR EXISTS ({apart}))"
    cell = "f.series = v.series AND f.period = v.period"
    since = f"(h.released > v.released OR {same})"
    again = f"""NOT EXISTS (SELECT 1 FROM held_figure g JOIN held_block k ON k.id = g.held
        WHERE g.series = f.series AND g.period = f.period AND k.id > h.id AND k.released = h.released
          AND g.packed = f.packed AND coalesce(g.mantissa, 0) = coalesce(f.mantissa, 0) AND g.document = f.document
          AND {waits("k")})"""  # noqa: S608
    back = f"FROM held_block h JOIN held_figure f ON f.held = h.id WHERE {cell} AND {waits()} AND {again}"
    differs = f"""coalesce(f.mantissa, 0) <> coalesce(v.mantissa, 0) OR {bare("f.packed")} <> {bare("v.packed")}"""
    other = f"""CASE WHEN {same} THEN ({differs}) AND NOT {rejected_beside()} ELSE h.released > v.released END"""
    contested = f"FROM held_block h JOIN contested_cell f ON f.held = h.id WHERE {cell} AND {waits()}"
    doubted = f"""FROM finding f WHERE f.document = v.document AND f.rule = 'readable' AND f.severity = 'error'
        AND {open_finding()} AND {sql.within("f.position", "v.position")}"""
    found = f"""(CASE WHEN EXISTS (SELECT 1 {back} AND NOT {rejected()} AND {since})
      OR EXISTS (SELECT 1 {contested} AND NOT {rejected()} AND {since}) THEN 'held'
      WHEN EXISTS (SELECT 1 {back} AND {rejected()} AND {other}) THEN 'rejected'
      WHEN EXISTS (SELECT 1 {doubted}) THEN 'unreadable' END)"""
    return unbounded(found, codes.NO_BOUND)


def vintages(sql: Sql) -> View:
    """Every version, and until when it answers on each axis."""
    in_force = f"""(SELECT x.released FROM version x WHERE {SAME_CELL.format("x", "e")} AND x.run <= e.run
    AND {stands("x")} AND {last_of_release("x", "y", "e.run")} ORDER BY x.released DESC LIMIT 1)"""  # noqa: S608
    of_run = f"""(SELECT max(x.run) FROM version x WHERE {SAME_CELL.format("x", "e")}
    AND x.released = v.released AND x.run <= e.run)"""  # noqa: S608
    above = f"""NOT EXISTS (SELECT 1 FROM version x WHERE {SAME_CELL.format("x", "e")}
    AND x.run = e.run AND x.released > e.released)"""  # noqa: S608
    own = stands("e")
    return View(
        "vintages",
        "Every version of every figure, with the instants and days at which it is the answer. One that is in force "
        "again, as a later one was withdrawn, has a further row.",
        [
            *series_columns(),
            *days_columns(sql),
            *figure_columns(sql, "v"),
            *_release_columns(sql, "v"),
            *_until_columns(sql, own),
            *_origin_columns(sql, "v", "o"),
        ],
        f"""FROM series s {sql.then} version e ON e.series = s.id
{sql.then} version v ON {SAME_CELL.format("v", "e")}
  AND v.released = CASE WHEN {own} THEN e.released ELSE {in_force} END
  AND v.run = CASE WHEN {own} THEN e.run ELSE {of_run} END
JOIN period p ON p.id = v.period JOIN run r ON r.id = e.run JOIN run o ON o.id = v.run
JOIN document d ON d.id = v.document
WHERE {stands("v")} AND ({own} OR (v.released < e.released AND v.run < e.run
    AND {above}))""",
    )


def _until_columns(sql: Sql, own: str) -> Sequence[Column]:
    """When a version ``v`` answers, of which the row ``e`` was recorded: itself, or the end of a later one."""
    later = f"""EXISTS (SELECT 1 FROM version x WHERE {SAME_CELL.format("x", "v")}
    AND x.released > v.released AND x.run <= v.run AND {stands("x")} AND {last_of_release("x", "y", "v.run")})"""  # noqa: S608
    next_run = f"""(SELECT min(x.run) FROM version x WHERE {SAME_CELL.format("x", "v")}
    AND x.released >= v.released AND x.run > e.run)"""  # noqa: S608
    replaced = f"""(SELECT min(x.run) FROM version x WHERE {SAME_CELL.format("x", "v")}
    AND x.released = v.released AND x.run > v.run)"""  # noqa: S608
    next_release = f"""(SELECT min(x.released) FROM version x WHERE {SAME_CELL.format("x", "v")}
    AND x.released > v.released AND {stands("x")} AND {last_of_release("x", "y")})"""  # noqa: S608
    never = f"{own} AND {later}"
    gone = f"NOT {own} OR {replaced} IS NOT NULL"
    return [
        Column(
            "released_until",
            f"(CASE WHEN {gone} THEN {sql.release_day('v.released')} ELSE {sql.release_day(next_release)} END)",
            "by this day another release answers; NULL for the latest, released_day where it never answers",
            "date",
        ),
        Column("release_number", "v.released", "sorts as releases do", "integer"),
        Column(
            "recorded_at",
            sql.instant("r.recorded_at"),
            "since when it answers, UTC: when it was published, or in force again",
            "instant",
        ),
        Column(
            "recorded_until",
            f"(CASE WHEN {never} THEN {sql.instant('r.recorded_at')} ELSE {_instant_of(sql, next_run)} END)",
            "from this instant on another version answers; NULL for none, recorded_at where it never did",
            "instant",
        ),
        Column(
            "replaced_at",
            f"(CASE WHEN {own} THEN {_instant_of(sql, replaced)} ELSE {sql.instant('r.recorded_at')} END)",
            "when what its release says was corrected or withdrawn; NULL where it stands",
            "instant",
        ),
    ]


def _instant_of(sql: Sql, run: str) -> str:
    return f"(SELECT {sql.instant('u.recorded_at')} FROM run u WHERE u.id = {run})"  # noqa: S608
