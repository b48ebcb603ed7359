"""``held`` and ``decisions``: what is kept back, and what persons said of it."""

from __future__ import annotations

from typing import Final

from storage.database.conditions import TAKEN_BACK
from storage.encoding.sql import Sql
from storage.views.definitions import Column, View
from storage.views.records import said

_WHO: Final = "who decided"
_FIGURES: Final = "FROM held_figure f WHERE f.held = h.id"


def held(sql: Sql) -> View:
    """Every block that was ever held."""
    ended = "(SELECT min(e.why) FROM held_end e WHERE e.held = h.id)"
    decided = f"WHEN {TAKEN_BACK} THEN 'reopened' WHEN d.verdict IS NOT NULL THEN d.verdict || 'ed'"
    state = f"CASE {decided} ELSE coalesce({ended}, 'held') END"
    return View(
        "held",
        "Every block that was ever held; what waits for a decision: WHERE state = 'held'.",
        [
            Column("held", "h.id", "number of the held block", "integer"),
            Column("block", "h.block", "dataset/reporter/partner/product/breakdown/period/currency"),
            Column("dataset", "h.dataset", "the dataset"),
            Column("released", sql.release("h.released"), "the release"),
            Column("state", state, "held, accepted, rejected, reopened, superseded or rejudged"),
            Column("cause", "h.cause", "rules, document, or joining: it contradicts what stands of its release"),
            Column("source", "r.source", "the source of the run"),
            Column("run", "h.run", "the run that held it", "integer", "runs.run"),
            Column("recorded_at", sql.instant("r.recorded_at"), "when that was, UTC", "instant"),
            Column("figures", f"(SELECT count(*) {_FIGURES})", "how many readings it has", "integer"),
            Column("document", "c.sha256", "SHA-256 of the document of its first reading"),
            Column("document_id", "c.id", "the showing of that document", "integer", "documents.document_id"),
            Column("decision", "d.id", "the decision about it, or the one remembered", "integer", "decisions.decision"),
            Column("who", said("d.who"), _WHO),
            Column("why", said("d.why"), "for what reason"),
            Column("until", sql.release_day("d.until"), "an acceptance ends for releases after this day", "date"),
        ],
        f"""FROM held_block h JOIN run r ON r.id = h.run
LEFT JOIN decision d ON d.id = coalesce((SELECT x.id FROM decision x WHERE x.held = h.id), h.decision)
LEFT JOIN document c ON c.id = (SELECT f.document {_FIGURES} ORDER BY f.number LIMIT 1)""",  # noqa: S608
    )  # fmt: skip


def decisions(sql: Sql) -> View:
    """All decisions."""
    return View(
        "decisions",
        "Every decision of a person about a held block; ended_by and what follows where it was taken back.",
        [
            Column("decision", "d.id", "number of the decision", "integer"),
            Column("verdict", "d.verdict", "accept or reject"),
            Column("dataset", "d.dataset", "the dataset"),
            Column("block", "d.block", "the block"),
            Column("released", sql.release("d.released"), "the release"),
            Column("who", said("d.who"), _WHO),
            Column("why", said("d.why"), "for what reason"),
            Column("until", sql.release_day("d.until"), "an acceptance ends for releases after this day", "date"),
            Column("run", "d.run", "the run that recorded it", "integer", "runs.run"),
            Column("recorded_at", sql.instant("r.recorded_at"), "when that was, UTC", "instant"),
            Column("held", "d.held", "the held block", "integer", "held.held"),
            Column("ended_by", said("z.who"), "who took it back"),
            Column("ended_why", said("z.why"), "for what reason"),
            Column("ended_run", "z.run", "the run that recorded that", "integer", "runs.run"),
            Column("ended_at", sql.instant("o.recorded_at"), "when that was, UTC", "instant"),
        ],
        """FROM decision d JOIN run r ON r.id = d.run
LEFT JOIN decision_end z ON z.decision = d.id LEFT JOIN run o ON o.id = z.run""",
    )
