"""``findings`` and ``cases``: what does not hold, and what explains it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from storage.database.conditions import open_finding, unbounded
from storage.encoding import codes
from storage.encoding.sql import Sql
from storage.queries.findings import LATEST, SEVERAL
from storage.views.definitions import Column, View
from storage.views.records import said

_ABOUT: Final = {
    "reporter": "who reports",
    "partner": "with whom",
    "product": "in what",
    "breakdown": "what the other columns do not say",
    "period": "the period it is about",
    "unit": "of both sides",
    "left": "what one side of the rule says, quoted as SQL's left is a word of its own",
    "right": "what the other side says",
    "difference": "how far they are apart",
    "allowed": "how far rounding lets them be",
}
_JSON: Final = "JSON: figures whose change explains it, each with value, low, high and slip"
#: The line of a case, and the case of a finding, as they are now.
_LINE: Final = "l.run = (SELECT max(x.run) FROM case_line x WHERE x.number = l.number)"
_OF_CASE: Final = "c.run = (SELECT max(x.run) FROM finding_case x WHERE x.finding = c.finding)"
_SEVERITY: Final = "CASE {}.severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END"


def _case(sql: Sql, of: str) -> str:
    """The name of a case ``l``, dated where cases of several releases have it."""
    several = unbounded(SEVERAL, codes.NO_BOUND)
    dated = f"{of}.released IS NOT NULL AND l.name IN ({several})"
    return f"l.name || CASE WHEN {dated} THEN '/' || {sql.release(f'{of}.released')} ELSE '' END"


def _latest() -> str:
    return unbounded(LATEST, codes.NO_BOUND)


def findings(sql: Sql) -> View:
    """All that was ever found."""
    decided = "SELECT d.{} FROM decision d WHERE d.dataset = f.dataset AND d.block = f.block AND d.run <= e.run"
    decided += " AND e.why = d.verdict || 'ed' ORDER BY d.id DESC LIMIT 1"
    return View(
        "findings",
        "Every finding ever recorded, once; what does not hold now: WHERE result = 'fails' AND state <> 'resolved'.",
        [
            Column("finding", "f.id", "number of the finding", "integer"),
            Column("rule", "f.rule", "the rule, as tradeledger rules lists it"),
            Column("severity", "f.severity", "error, warning or information"),
            Column("result", "f.result", "fails, or not-evaluable where something is missing"),
            Column("state", "CASE WHEN e.run IS NOT NULL THEN 'resolved'"
                   " WHEN f.run = n.run THEN 'new' ELSE 'still' END",
                   "new in the last run of its source, still there, or resolved"),
            Column("case", said(_case(sql, "f")), "name of the case that it belongs to", refers="cases.case"),
            Column("dataset", "f.dataset", "the dataset; empty for a document as a whole"),
            *(Column(name, said(f'f."{name}"'), about) for name, about in _ABOUT.items()),
            Column("suspects", "f.suspects", _JSON),
            Column("sentence", said("f.sentence"), "the finding in words"),
            Column("block", said("f.block"), "the block, as review takes it"),
            Column("released", _released(sql, "f"), "the release; NULL for a document as a whole"),
            Column("source", "r.source", "the source of the run"),
            Column("run", "f.run", "the run in which it appeared", "integer", "runs.run"),
            Column("recorded_at", sql.instant("r.recorded_at"), "when that was, UTC", "instant"),
            Column("document", "d.sha256", "SHA-256 of the document"),
            Column("document_id", "f.document", "the showing of that document", "integer", "documents.document_id"),
            Column("position", said("f.position"), "where in it"),
            Column("ended", "e.why", "what ended it: rejudged, superseded, accepted, rejected"),
            Column("ended_run", "e.run", "the run that ended it", "integer", "runs.run"),
            Column("ended_at", sql.instant("o.recorded_at"), "when that was, UTC", "instant"),
            Column("decided_by", f"({decided.format('who')})", "who decided, where a decision ended it"),
            Column("reason", f"({decided.format('why')})", "why"),
        ],
        f"""FROM finding f JOIN run r ON r.id = f.run
LEFT JOIN finding_end e ON e.finding = f.id LEFT JOIN run o ON o.id = e.run
LEFT JOIN document d ON d.id = f.document
LEFT JOIN ({_latest()}) n ON n.source = r.source
LEFT JOIN finding_case c ON c.finding = f.id AND {_OF_CASE}
LEFT JOIN case_line l ON l.number = c.number AND {_LINE}""",
    )  # fmt: skip


def _released(sql: Sql, of: str) -> str:
    return f"CASE WHEN {of}.released IS NOT NULL THEN {sql.release(f'{of}.released')} END"


def cases(sql: Sql) -> View:
    """What explains findings."""
    mine = f"FROM finding_case c JOIN finding f ON f.id = c.finding WHERE {_OF_CASE}"
    of_case = f"{mine} AND c.number = l.number"
    counts = f"g.open = 0 OR {open_finding()}"
    apart = "CASE f.block WHEN l.name THEN 0 ELSE 1 END"
    worst = f"""SELECT f.id AS id, {_SEVERITY.format("f")} AS severity, {apart} AS apart
      {of_case} AND ({counts})"""
    first = f"(SELECT m.id FROM ({worst}) m ORDER BY m.severity, m.apart, m.id LIMIT 1)"  # noqa: S608

    def joined(name: str) -> str:
        together = "group_concat({0}, ';')" if sql.sqlite else "string_agg({0}, ';' ORDER BY {0})"
        one = f"SELECT DISTINCT f.{name} AS one {of_case} AND ({counts}) AND f.{name} <> '' ORDER BY 1"
        return f"(SELECT {together.format('m.one')} FROM ({one}) m)"  # noqa: S608

    started = "(SELECT min(x.run) FROM case_line x WHERE x.number = l.number)"
    new = f"""NOT EXISTS (SELECT 1 {of_case} AND {open_finding()}
      AND NOT EXISTS (SELECT 1 FROM run r JOIN ({_latest()}) n ON n.source = r.source
        WHERE r.id = f.run AND n.run = {started}))"""  # noqa: S608
    total = f"SELECT c.number AS number, sum(CASE WHEN {open_finding()} THEN 1 ELSE 0 END) AS open, count(*) AS whole"
    return View(
        "cases",
        "What explains findings: one row for each cause; what does not hold now: WHERE state <> 'resolved'.",
        [
            Column("case", _case(sql, "a"), "name of the case: its leading block, as review --case takes it"),
            Column("sentence", "l.sentence", "what is wrong, in words"),
            Column("severity", "l.severity", "error, warning or information"),
            Column("state", f"CASE WHEN g.open = 0 THEN 'resolved' WHEN {new} THEN 'new' ELSE 'still' END",
                   "new in the last run of its source, still there, or resolved with all of its findings"),
            Column("dataset", "l.dataset", "the dataset; empty for a document as a whole"),
            *_parts(sql),
            Column("unit", said("l.unit"), "of the figures in the sentence"),
            Column("released", _released(sql, "a"), "the release; NULL for a document as a whole"),
            Column("rules", joined("rule"), "rules that are broken, in order of their names, joined by ;"),
            Column("findings", "CASE g.open WHEN 0 THEN g.whole ELSE g.open END",
                   "how many findings have not ended; of a resolved case, all", "integer"),
            Column("blocks", joined("block"), "their blocks, joined by ;"),
            Column("suspects", "CASE l.suspects WHEN '' THEN a.suspects ELSE l.suspects END", _JSON),
            Column("document", "d.sha256", "SHA-256 of the document"),
            Column("document_id", "l.document", "the showing of that document", "integer", "documents.document_id"),
            Column("position", said("l.position"), "where in it"),
            Column("source", "r.source", "the source of the run"),
            Column("run", started, "the run in which it appeared", "integer", "runs.run"),
        ],
        f"""FROM ({total} {mine} GROUP BY c.number) g
JOIN case_line l ON l.number = g.number AND {_LINE}
JOIN finding a ON a.id = {first}
JOIN run r ON r.id = a.run LEFT JOIN document d ON d.id = l.document""",
    )  # fmt: skip


def _parts(sql: Sql) -> Sequence[Column]:
    """What a case is about: as its block says, else as its worst finding does."""
    found = []
    # What only warns of a block beside others is called by its rule too.
    block = "(CASE WHEN l.name = a.block || '/' || a.rule THEN a.block ELSE l.name END)"
    for at, name in enumerate(("reporter", "partner", "product", "breakdown", "period"), start=2):
        place = -2 if name == "period" else at  # a breakdown may have a slash
        part = f"split_part({block}, '/', {place})"
        if sql.sqlite:
            listed = f"""'[' || replace(json_quote({block}), '/', '","') || ']'"""
            part = f"json_extract({listed}, '$[{place - 1 if place > 0 else f'#{place}'}]')"
        of_block = f"CASE WHEN a.released IS NOT NULL THEN nullif(replace({part}, '..', '/'), '-') END"
        found.append(Column(name, f"coalesce({of_block}, {said(f'a.{name}')})", _ABOUT[name]))
    return found
