"""What the SQL views say of a ledger beside what its commands say, row by row; views have NULL for ""."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from storage import queries
from storage.ledger import Ledger

#: What both have of a figure, under one name.
FIGURE = (
    *("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis", "period", "unit"),
    *("value", "step", "low", "high", "qualifier", "status", "released", "source", "run", "document", "accepted"),
)
CELL = FIGURE[:10]


def asked(ledger: Ledger, query: str) -> list[dict[str, Any]]:
    """Rows of a query as a command would print them."""
    with ledger.reading() as conn:
        return [{name: plain(value) for name, value in row.items()} for row in conn.exec_driver_sql(query).mappings()]


def plain(value: Any) -> Any:
    """Both databases' values as JSON has them; NULL as ""."""
    match value:
        case None:
            return ""
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
    return value


def some(rows: Iterable[Mapping[str, Any]], fields: Iterable[str]) -> list[str]:
    """Rows with only these fields, in an order of their own."""
    fields = tuple(fields)
    return sorted(json.dumps([_alike(row[name]) for name in fields], ensure_ascii=False) for row in rows)


def _alike(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def figures_differ(ledger: Ledger) -> None:
    """``figures`` is what ``show`` answers."""
    fields = (*FIGURE, "recorded_at", "pending", "position")
    assert some(asked(ledger, "SELECT * FROM figures"), fields) == some(queries.show(ledger, trace=True), fields)


#: As documented in docs/sql.md.
AS_OF = "recorded_at <= '{at}' AND (recorded_until IS NULL OR recorded_until > '{at}')"
RELEASED_BY = "released_day <= '{day}' AND (released_until IS NULL OR released_until > '{day}')"
BOTH = """
    SELECT v.* FROM vintages v
    WHERE v.recorded_at <= '{at}' AND (v.replaced_at IS NULL OR v.replaced_at > '{at}') AND v.released_day <= '{day}'
      AND NOT EXISTS (SELECT 1 FROM vintages w WHERE w.series = v.series AND w.period = v.period
        AND w.recorded_at <= '{at}' AND (w.replaced_at IS NULL OR w.replaced_at > '{at}') AND w.released_day <= '{day}'
        AND w.release_number > v.release_number)
"""


def vintages_differ(ledger: Ledger) -> None:
    """``vintages`` is what ``show`` answered at every instant and by every day there is, and by both."""
    rows = asked(ledger, "SELECT * FROM vintages")
    instants = sorted({row["recorded_at"] for row in queries.runs(ledger)})
    days = sorted({row["released_day"] for row in rows})
    days += [(date.fromisoformat(day) - timedelta(days=1)).isoformat() for day in days[:1]]
    for at in instants[-6:]:  # earlier ones were the last ones before
        assert some(asked(ledger, f"SELECT * FROM vintages WHERE {AS_OF.format(at=at)}"), FIGURE) == some(
            queries.show(ledger, as_of=at), FIGURE
        ), at
    for day in days:
        assert some(asked(ledger, f"SELECT * FROM vintages WHERE {RELEASED_BY.format(day=day)}"), FIGURE) == some(
            queries.show(ledger, released_by=day), FIGURE
        ), day
        for at in instants[-4::2]:
            found = some(asked(ledger, BOTH.format(at=at, day=day)), FIGURE)
            assert found == some(queries.show(ledger, as_of=at, released_by=day), FIGURE), (at, day)


def findings_differ(ledger: Ledger) -> None:
    """``findings`` and ``cases``; what is a list there is a text here."""
    every = list(queries.findings(ledger, all_=True, history=True))
    fields = [name for name in (every[0] if every else ()) if name not in UNSAID]
    rows = asked(ledger, "SELECT * FROM findings")
    assert some(rows, fields) == some(every, fields)
    assert sorted(json.dumps(json.loads(row["suspects"])) for row in rows) == sorted(
        json.dumps(row["suspects"]) for row in every
    )
    now = asked(ledger, "SELECT * FROM findings WHERE result = 'fails' AND state <> 'resolved'")
    assert some(now, fields[:9]) == some(queries.findings(ledger), fields[:9])
    cases = queries.cases(ledger)
    resolved = [row for row in queries.cases(ledger, all_=True) if row["state"] == "resolved"]
    for row in (*cases, *resolved):
        row["rules"], row["blocks"] = ";".join(sorted(row["rules"])), ";".join(row["blocks"])
        del row["suspects"]  # where none are kept with a case they are its worst finding's: by how far it is off
    found = asked(ledger, "SELECT * FROM cases")
    for row in found:
        assert isinstance(json.loads(row["suspects"]), list)
    same([row for row in found if row["state"] != "resolved"], cases)
    same([row for row in found if row["state"] == "resolved"], resolved)


#: What ``findings`` says in lists, and of Prefect: the view has the run.
UNSAID = ("suspects", "ended_documents", "prefect_run", "ended_prefect_run")


def same(view: list[dict[str, Any]], rows: Iterable[Mapping[str, Any]]) -> None:
    """A view has the fields and rows of a command."""
    found = list(rows)
    fields = tuple(found[0]) if found else ()
    assert some(view, fields) == some(found, fields)


def now_differs(ledger: Ledger) -> None:
    """All views beside the commands, as they answer now."""
    figures_differ(ledger)
    same(asked(ledger, "SELECT * FROM revisions"), queries.revisions(ledger))
    findings_differ(ledger)
    held = [{name: row[name] for name in row if name != "readings"} for row in queries.held(ledger, all_=True)]
    same(asked(ledger, "SELECT * FROM held"), held)
    waiting = [{name: row[name] for name in row if name != "readings"} for row in queries.held(ledger)]
    same(asked(ledger, "SELECT * FROM held WHERE state = 'held'"), waiting)
    same(asked(ledger, "SELECT * FROM runs"), queries.runs(ledger))
    same(asked(ledger, "SELECT * FROM documents"), queries.documents(ledger))


def everything_differs(ledger: Ledger) -> None:
    """And what they say of earlier instants and days."""
    now_differs(ledger)
    vintages_differ(ledger)
