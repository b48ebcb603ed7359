"""What Datasette says of the ledger: what views and columns mean, and questions with names."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from cli.browsing.site import DATABASE

if TYPE_CHECKING:
    from storage.served import Served

_DAY: Final = ":day || 'T23:59:59.999999Z'"
_NAMES: Final = "series, dataset, reporter, partner, product, breakdown, flow, measure, basis, period, unit"
_FIGURE: Final = "value, number, step, qualifier, status, released, recorded_at, document_id, position"
_AS_OF: Final = f"""SELECT {_NAMES}, {_FIGURE} FROM vintages
WHERE dataset = :dataset
  AND recorded_at <= {_DAY} AND (recorded_until IS NULL OR recorded_until > {_DAY})"""  # noqa: S608
_RELEASED_BY: Final = f"""SELECT {_NAMES}, {_FIGURE} FROM vintages
WHERE dataset = :dataset AND released_day <= :day AND (released_until IS NULL OR released_until > :day)"""  # noqa: S608
_CHANGE: Final = "CAST(value AS REAL) - CAST(previous AS REAL)"
_REVISED: Final = f"""SELECT round(100 * ({_CHANGE}) / abs(CAST(previous AS REAL)), 2) AS percent,
  previous, value, change,
  {_NAMES},
  previous_released, released, document_id
FROM revisions
WHERE dataset = :dataset AND kind = 'revision' AND measure = 'level' AND CAST(previous AS REAL) <> 0
ORDER BY abs(percent) DESC LIMIT 200"""  # noqa: S608 - fixed words
_WAITS: Final = """SELECT block, dataset, released, cause, figures, source, run, recorded_at, document_id
FROM held WHERE state = 'held' ORDER BY recorded_at DESC"""
_WRONG: Final = """SELECT severity, sentence, "case", dataset, released, rules, findings, state, source, run,
  document_id, position
FROM cases WHERE state <> 'resolved'
ORDER BY CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, released DESC"""
#: Name → title, what it answers, SQL.
_QUESTIONS: Final = {
    "as-of": ("As this ledger had it", "What was published here by the end of a day (UTC): 2022-07-07.", _AS_OF),
    "released-by": ("As the agency had it", "What the agency had released by a day: 2022-07-07.", _RELEASED_BY),
    "revised-most": ("What was revised most", "The agency's own changes of levels, the largest share first.", _REVISED),
    "waits": ("What is held", "Blocks that wait for a decision of a person.", _WAITS),
    "does-not-hold": ("What does not hold", "Cases that are open, errors first.", _WRONG),
}


def metadata(served: Served) -> dict[str, Any]:
    """Datasette's metadata: views with what they and their columns mean; the tables below them are hidden."""
    from storage.views import views

    shown = {
        view.name: {"description": view.about, "columns": {column.name: column.about for column in view.columns}}
        for view in views(sqlite=True)
    }
    with closing(served.connect()) as connection:
        listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    hidden = {name: {"hidden": True} for (name,) in listed}
    queries = {
        name: {"title": title, "description": about, "sql": sql} for name, (title, about, sql) in _QUESTIONS.items()
    }
    sources = _sources(served)
    about = "Every version of every figure, what does not hold, and the documents. Nothing can be changed from here."
    ledger = {"description": about, **sources, "tables": hidden | shown, "queries": queries}
    return {"title": "tradeledger", "databases": {DATABASE: ledger}}


def _sources(served: Served) -> dict[str, str]:
    """Whose figures these are, and under which licences."""
    from sources.registry import load_sources

    with closing(served.connect()) as connection:
        known = {source for (source,) in connection.execute("SELECT DISTINCT source FROM run")}
    found = [one for one in load_sources().values() if one.id in known]
    return {
        "source": "; ".join(f"{one.id}: {one.title}, {one.publisher}" for one in found),
        "license": "; ".join(f"{one.id}: {one.licence}" for one in found),
    }
