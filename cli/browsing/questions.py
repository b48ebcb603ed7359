"""What our pages ask, in SQL of the views; each finds its rows by an index, and takes one row more than is shown."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from schemas.vocabulary import SERIES_KEY

#: Rows of a list in a page; of series and vintages four times as many.
MOST: Final = 300

_WORST: Final = "CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END"
_WAITS: Final = "FROM held WHERE state = 'held'"
_NAMES: Final = f"id AS series, {', '.join(SERIES_KEY)}"

DATASETS: Final = "SELECT * FROM datasets ORDER BY dataset"
DATASET: Final = "SELECT * FROM datasets WHERE dataset = :dataset"
BLOCKS: Final = f"SELECT dataset, count(*) AS blocks {_WAITS} GROUP BY dataset"
HELD: Final = f"SELECT dataset, block, released, cause, figures {_WAITS} ORDER BY held DESC LIMIT {MOST + 1}"
CASES: Final = f"""SELECT severity, sentence, "case", state, dataset, released, source FROM cases
WHERE state <> 'resolved' ORDER BY {_WORST}, released DESC LIMIT {MOST + 1}"""  # noqa: S608 - all here is fixed words
RUNS: Final = "SELECT run, kind, source, outcome, recorded_at, message FROM runs ORDER BY run DESC LIMIT 8"
SERIES_OF: Final = f"""SELECT {_NAMES} FROM series WHERE dataset = :dataset
ORDER BY reporter, partner, product, breakdown, measure, flow LIMIT {4 * MOST + 1}"""  # noqa: S608
SERIES: Final = f"SELECT {_NAMES} FROM series WHERE id = :series"  # noqa: S608
FIGURES: Final = "SELECT * FROM figures WHERE series = :series ORDER BY last_day DESC, period"
VINTAGES: Final = f"""SELECT period, value, step, unit, qualifier, low, high, status, released, released_until,
  recorded_at, recorded_until, replaced_at, accepted, cite
FROM vintages WHERE series = :series
ORDER BY last_day DESC, release_number DESC, recorded_at DESC LIMIT {4 * MOST + 1}"""  # noqa: S608
_FINDINGS: Final = """SELECT severity, rule, state, period, sentence, released, document_id, position,
  ended, decided_by, reason
FROM findings WHERE dataset = :dataset AND result = 'fails'"""
_ORDERED: Final = f"ORDER BY state = 'resolved', {_WORST}, finding DESC LIMIT {MOST + 1}"
_BLOCK: Final = ("reporter", "partner", "product", "breakdown")
_SAME: Final = " AND ".join(f"coalesce({name}, '') = :{name}" for name in _BLOCK)
FINDINGS_OF_BLOCKS: Final = f"{_FINDINGS} AND {_SAME} {_ORDERED}"
FINDINGS_OF_RELEASE: Final = f"{_FINDINGS} AND released = :released {_ORDERED}"
OPEN: Final = """SELECT rule, count(*) AS number FROM findings
WHERE dataset = :dataset AND released = :released AND result = 'fails' AND state <> 'resolved' GROUP BY rule"""
HELD_OF_RELEASE: Final = f"""SELECT block, state, cause, figures, who, why FROM held
WHERE dataset = :dataset AND released = :released LIMIT {MOST + 1}"""  # noqa: S608


def among(column: str, values: Collection[object]) -> str:
    """Documents by a column, one of so many values; SQLite takes them by their order."""
    marks = ", ".join("?" * len(values)) or "NULL"
    return f"""SELECT document_id, document, source, name, url, fetched_at FROM documents
WHERE {column} IN ({marks}) ORDER BY document_id"""  # noqa: S608
