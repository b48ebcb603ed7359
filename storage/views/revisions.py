"""``revisions``: what changed after it was first published, by the agency or by us."""

from __future__ import annotations

from typing import Final

from schemas.fields import ABOUT
from schemas.vocabulary import SERIES_KEY
from storage.database.conditions import SAME_CELL, last_of_release
from storage.encoding.sql import Sql, bare, changes, decimals, stands, status
from storage.queries.revisions import OURS
from storage.views.definitions import Column, View

#: Runs that correct what we had read: of these kinds, and those in which a newer parser read a document once more.
_BY_US: Final = f"SELECT r.id FROM run r WHERE r.kind IN ({OURS})"  # noqa: S608 - a fixed list
_BY_PARSER: Final = """SELECT p.run FROM printing p WHERE EXISTS (SELECT 1 FROM printing q
      WHERE q.document = p.document AND q.run < p.run AND q.parser_version < p.parser_version)"""
_NAMES: Final = ", ".join(f"s.{name}" for name in SERIES_KEY)


def revisions(sql: Sql) -> View:
    """Every change of a published figure."""
    same = {word: SAME_CELL.format(word, "v") for word in "otx"}
    old = "o.released AS o_released, o.mantissa AS o_mantissa, o.packed AS o_packed"
    about = f"s.id AS series, {_NAMES}, v.period AS period"
    before = f"""(SELECT x.released FROM version x WHERE {same["x"]} AND x.released < v.released AND {stands("x")}
      AND {last_of_release("x", "y")} ORDER BY x.released DESC LIMIT 1)"""  # noqa: S608
    between = f"""SELECT {about}, v.released, v.run, v.mantissa, v.packed, v.document, {old}, 0 AS ours
    FROM series s {sql.then} version v ON v.series = s.id
    {sql.then} version o ON {same["o"]} AND o.released = {before} AND {last_of_release("o", "y")}
    WHERE {stands("v")} AND {last_of_release("v", "w")}"""  # noqa: S608
    earlier = f"(SELECT max(x.run) FROM version x WHERE {same['x']} AND x.released = v.released AND x.run < v.run)"  # noqa: S608
    moved = f"""(SELECT min(x.released) FROM version x WHERE {same["x"]} AND x.run = v.run AND {stands("x")}
      AND coalesce(x.mantissa, 0) = coalesce(o.mantissa, 0) AND {bare("x.packed")} = {bare("o.packed")}
      AND x.released <> o.released)"""  # noqa: S608
    now = "t.series IS NOT NULL"
    new = f"""CASE WHEN {now} THEN t.released ELSE v.released END AS released, v.run,
      CASE WHEN {now} THEN t.mantissa WHEN {stands("v")} THEN v.mantissa END AS mantissa,
      CASE WHEN {now} THEN t.packed WHEN {stands("v")} THEN v.packed END AS packed,
      CASE WHEN {now} THEN t.document ELSE v.document END AS document"""
    corrected = f"""SELECT {about}, {new}, {old}, 1 AS ours
    FROM series s {sql.then} version v ON v.series = s.id
    {sql.then} version o ON {same["o"]} AND o.released = v.released AND o.run = {earlier}
    LEFT JOIN version t ON {same["t"]} AND NOT {stands("v")} AND t.run = v.run AND t.released = {moved}
    WHERE {stands("o")} AND (v.run IN ({_BY_US})
      OR v.run IN ({_BY_PARSER}) AND {stands("v")} AND v.document = o.document)"""  # noqa: S608
    new_figure, old_figure = ("c.mantissa", "c.packed"), ("c.o_mantissa", "c.o_packed")
    kind = changes.kind(sql, new_figure, old_figure)
    return View(
        "revisions",
        "Every change of a published figure: between releases, and by our own corrections of what a release said.",
        [
            Column("series", "c.series", "number of the series, for joins", "integer"),
            *(Column(name, f"c.{name}", ABOUT[name]) for name in SERIES_KEY),
            Column("period", "p.text", "ISO 8601: 2019, 2019-Q3, 2019-03; a span as 2025-01/2025-02"),
            Column("kind", f"CASE c.ours WHEN 1 THEN 'correction' ELSE {kind} END",
                   "revision (the agency's), precision (the same, finer), status, or correction (ours)"),
            Column("value", decimals.value(sql, *new_figure), "the figure now; NULL where it is withdrawn"),
            Column("previous", decimals.value(sql, *old_figure), "the figure before"),
            Column("change", changes.change(sql, new_figure, old_figure),
                   "value less previous; NULL on SQLite where that has more than 18 digits"),
            Column("step", decimals.step(sql, *new_figure), "size of the last printed digit"),
            Column("previous_step", decimals.step(sql, *old_figure), "the same before"),
            Column("status", status("c.packed"), "status now"),
            Column("previous_status", status("c.o_packed"), "status before"),
            Column("released", sql.release("c.released"), "the release that says so"),
            Column("released_day", sql.release_day("c.released"), "its date", "date"),
            Column("previous_released", sql.release("c.o_released"), "the release that said otherwise"),
            Column("recorded_at", sql.instant("r.recorded_at"), "when this ledger recorded it, UTC", "instant"),
            Column("source", "r.source", "the source of the run"),
            Column("run", "c.run", "the run that recorded it", "integer", "runs.run"),
            Column("document", "d.sha256", "SHA-256 of the document that says so"),
            Column("document_id", "c.document", "the showing of that document", "integer", "documents.document_id"),
        ],
        f"""FROM ({between}
  UNION ALL {corrected}) c
JOIN period p ON p.id = c.period JOIN run r ON r.id = c.run LEFT JOIN document d ON d.id = c.document""",
    )  # fmt: skip
