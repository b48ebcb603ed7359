"""``runs``, ``documents``, ``datasets``: how what is published came, and what there is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from storage.database.conditions import last_read
from storage.encoding.sql import Sql
from storage.state.declared import LAST
from storage.state.runs import COUNTS
from storage.state.showings import ROWS
from storage.views.definitions import Column, View

_COUNTED: Final = {
    "parsed": "figures parsed from its documents: the sum of the next six",
    "published": "figures that are new versions",
    "unchanged": "figures that were in force",
    "held": "figures in blocks that are held",
    "rejected": "figures in blocks that a person rejected",
    "repeated": "further readings of cells that the release prints elsewhere",
    "unreadable": "figures that could not be read",
}
#: Beside the only table, so that PostgreSQL does not take the view for one that may be written to.
ALONE: Final = "CROSS JOIN (SELECT 1 AS one) only_read"


def said(expression: str) -> str:
    """NULL where nothing is said."""
    return f"nullif({expression}, '')"


def _texts(of: str, columns: Iterable[tuple[str, str]]) -> list[Column]:
    return [Column(name, said(f"{of}.{name}"), about) for name, about in columns]


def runs(sql: Sql) -> View:
    """Every recorded run."""
    counted = "json_extract(r.counts, '$.{}')" if sql.sqlite else "((r.counts::json) ->> '{}')::bigint"
    return View(
        "runs",
        "Every run that was recorded: a collection, a decision, a reparse.",
        [
            Column("run", "r.id", "number of the run", "integer"),
            Column("kind", "r.kind", "collect, transcription, decision, assignment (of a release date) or reparse"),
            Column("source", "r.source", "the source it was about"),
            Column("outcome", "r.outcome", "failed, quarantined (it held something new), published or unchanged"),
            Column("recorded_at", sql.instant("r.recorded_at"), "when it was recorded, UTC; always later", "instant"),
            *(Column(name, f"coalesce({counted.format(name)}, 0)", _COUNTED[name], "integer") for name in COUNTS),
            Column("still_held", "r.still_held", "figures met again that were held before", "integer"),
            Column("parser_version", "r.parser_version", "version of the parser that read", "integer"),
            Column("rules_version", "r.rules_version", "version of the rules that judged"),
            *_texts("r", (("prefect_run", "the flow run of Prefect, NULL without"), ("message", "what it said"))),
        ],
        f"FROM run r {ALONE}",
    )


def documents(sql: Sql) -> View:
    """Every document, each time it was shown."""
    assigned = sql.release(sql.base("d.assigned"))
    return View(
        "documents",
        "Every document kept; once for each time that it was shown after others.",
        [
            Column("document_id", "d.id", "number of this showing", "integer"),
            Column("document", "d.sha256", "SHA-256 of its bytes"),
            Column("source", "d.source", "the source it came from"),
            *_texts("d", (("name", "name of the file"), ("url", "address it was fetched from"))),
            *_texts("d", [("media_type", "what it was said to be")]),
            Column("size", "d.size", "bytes", "integer"),
            Column("fetched_at", sql.instant("d.fetched_at"), "when it was fetched, UTC", "instant"),
            Column(
                "released",
                f"CASE WHEN d.assigned IS NOT NULL THEN {assigned} ELSE {said('d.released')} END",
                "release date it came with, or that a person assigned; NULL where the document says it itself",
            ),
            Column(
                "released_not_after",
                f"(d.assigned IS NULL AND {'d.released_not_after = 1' if sql.sqlite else 'd.released_not_after'})",
                "whether it was released on that day or before",
                "boolean",
            ),
            *_texts("d", (("etag", "ETag of the answer"), ("last_modified", "Last-Modified of the answer"))),
            Column("run", "d.run", "the run that kept it", "integer", "runs.run"),
            Column(
                "replaced_in",
                "d.replaced",
                "the run in which a mended transcription took its place",
                "integer",
                "runs.run",
            ),
        ],
        f"FROM ({ROWS}) d {ALONE}",
    )


def datasets(sql: Sql) -> View:
    """What there is."""
    counted = ", ".join(f"count(DISTINCT s.{name}) AS {name}s" for name in ("reporter", "partner", "product"))
    return View(
        "datasets",
        "What there is: figures that an agency puts side by side.",
        [
            Column("dataset", "x.dataset", "name of the dataset"),
            Column("source", "r.source", "the source of the last run that changed anything about it"),
            Column("series", "x.series", "number of series that were ever read", "integer"),
            *(
                Column(name, f"x.{name}", f"number of {name}", "integer")
                for name in ("reporters", "partners", "products")
            ),
            Column("releases", "y.releases", "number of releases, each sequence counted", "integer"),
            Column("first_released", sql.release("y.first"), "its first release"),
            Column("last_released", sql.release("y.last"), "its last release"),
            Column("recorded_at", sql.instant("r.recorded_at"), "when anything about it changed last, UTC", "instant"),
            Column("run", "z.run", "the run that did so", "integer", "runs.run"),
            Column("declared", said("w.said"), "what a person declared of it last, JSON; NULL for nothing"),
        ],
        f"""FROM (SELECT s.dataset, count(*) AS series, {counted} FROM series s GROUP BY s.dataset) x
LEFT JOIN (SELECT p.dataset, count(DISTINCT p.released) AS releases, min(p.released) AS first, max(p.released) AS last
  FROM printing p WHERE {last_read()} GROUP BY p.dataset) y ON y.dataset = x.dataset
LEFT JOIN (SELECT c.dataset, max(c.run) AS run FROM dataset_run c GROUP BY c.dataset) z ON z.dataset = x.dataset
LEFT JOIN run r ON r.id = z.run LEFT JOIN ({LAST}) w ON w.dataset = x.dataset""",  # noqa: S608 - fixed words
    )
