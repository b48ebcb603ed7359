"""What does not hold, as the ledger recorded it: when each finding appeared, and what ended it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Set
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Connection, text

from schemas.errors import UsageError
from schemas.findings import dated_block
from schemas.periods import renamed, spellings, within
from storage.database.conditions import later_release, open_finding
from storage.database.connection import streamed, tuples
from storage.encoding import codes
from storage.queries.filters import Filters, among, check_filters, several
from storage.queries.runs import last_run

if TYPE_CHECKING:
    from storage.handle import Handle

_FILTERS: Final = (*("dataset", "reporter", "partner", "product", "breakdown", "period", "first", "last", "source"),)
#: What is said of a document as a whole counts with the releases it speaks of.
_RELEASED: Final = """(f.released <= :released OR (f.released IS NULL AND NOT EXISTS (
    SELECT 1 FROM printing p WHERE p.document = f.document AND p.dataset <> ''
    GROUP BY p.document HAVING min(p.released) > :released)))"""
LATEST: Final = """
    SELECT source, max(id) AS run FROM run WHERE id <= :run AND kind IN ('collect', 'transcription') GROUP BY source
"""
#: Names of cases of several releases, of which something has not ended.
SEVERAL: Final = f"""
    SELECT l.name FROM case_line l JOIN finding_case c ON c.number = l.number JOIN finding f ON f.id = c.finding
    WHERE l.run <= :run AND c.run <= :run AND f.run <= :run AND {open_finding(by=True)}
    AND l.name IN (SELECT name FROM case_line GROUP BY name HAVING count(DISTINCT released) > 1)
    GROUP BY l.name HAVING count(DISTINCT l.released) > 1
"""  # noqa: S608 - fixed words


def findings(
    ledger: Handle,
    *,
    run: int | None = None,
    all_: bool = False,
    history: bool = False,
    as_of: str | None = None,
    released_by: str | None = None,
    **filters: str | None,
) -> Iterator[dict[str, Any]]:
    """What does not hold, now or as a run left it; ``all_``: also what was resolved and what could not be evaluated.

    ``state`` is ``new`` in the run asked for (else in the last run of its source), ``still`` afterwards and
    ``resolved`` once it ended; ``ended`` says how: rejudged, superseded, accepted, rejected. ``case`` is the name of
    the case it belongs to, dated where cases of several releases have that name.
    With ``history`` every finding answers, those that ended too, each with the fields of ``_history``.
    """
    asked: dict[str, Any] = {"run": run, "all_": all_, "as_of": as_of, "released_by": released_by, **filters}
    for one in numbered(ledger, history=history, **asked):
        yield one.fields


class Found(NamedTuple):
    """A finding as it is answered, the number of its case, the run in which it is new, and the last that counts."""

    fields: dict[str, Any]
    number: int | None
    now: int | None
    until: int


def numbered(
    ledger: Handle,
    *,
    run: int | None = None,
    all_: bool = False,
    history: bool = False,
    as_of: str | None = None,
    released_by: str | None = None,
    **filters: str | None,
) -> Iterator[Found]:
    """``findings``, each with its case."""
    check_filters(filters, _FILTERS)
    where, values = _asked(filters)
    with ledger.reading() as conn:
        values["run"] = run if run is not None else last_run(conn, as_of)
        if run is not None:
            values["only"] = conn.execute(text("SELECT source FROM run WHERE id = :run"), {"run": run}).scalar()
            if values["only"] is None:
                raise UsageError(f"there is no run {run}: tradeledger runs lists them")
            where.append("r.source = :only")
        ends = ""
        if released_by is not None:
            where.append(_RELEASED)
            values["released"] = codes.release_bound(released_by)
            # What only a release after that one superseded had not ended.
            ends = f" AND NOT (e.why = 'superseded' AND f.released IS NOT NULL AND NOT {later_release('f')})"
        where += [] if all_ else ["f.result = 'fails'"]
        if not all_ and not history:
            # What ended before the run asked for is history; a run itself shows what it resolved.
            where.append("(e.run IS NULL OR e.run = :only_run)")
            values["only_run"] = run if run is not None else -1
        latest = {} if run is not None else dict(tuples(conn, LATEST, {"run": values["run"]}))
        several = {renamed(name) for (name,) in tuples(conn, SEVERAL, {"run": values["run"]})}
        query = f"""
            SELECT f.*, r.source, r.recorded_at, r.prefect_run, d.sha256, e.run AS ended, e.why, c.number, l.name
            FROM finding f JOIN run r ON r.id = f.run
            LEFT JOIN finding_case c ON c.finding = f.id AND c.run =
                (SELECT max(x.run) FROM finding_case x WHERE x.finding = f.id AND x.run <= :run)
            LEFT JOIN case_line l ON l.number = c.number AND l.run =
                (SELECT max(x.run) FROM case_line x WHERE x.number = c.number AND x.run <= :run)
            LEFT JOIN document d ON d.id = f.document
            LEFT JOIN finding_end e ON e.finding = f.id AND e.run <= :run{ends}
            WHERE {" AND ".join(where)} ORDER BY f.id
        """  # noqa: S608 - names checked above
        for row in streamed(conn, query, values):
            now = run if run is not None else latest.get(row.source)
            state = "resolved" if row.ended is not None else "new" if row.run == now else "still"
            fields = _finding_fields(row, state, several) | (_history(conn, row) if history else {})
            if within(fields["period"], filters.get("first"), filters.get("last")):
                yield Found(fields, row.number, now, values["run"])


def _asked(filters: Filters) -> tuple[list[str], dict[str, Any]]:
    """Conditions, and the values of their parameters; findings up to ``:run``."""
    where, values = ["f.run <= :run"], dict[str, Any]()
    for name, value in filters.items():
        if value is None or name in ("first", "last"):
            continue
        if name == "period":
            value = ",".join(dict.fromkeys(word for one in several(value) for word in spellings(one)))
        condition, words = among(f"{'r' if name == 'source' else 'f'}.{name}", name, value)
        where.append(condition)
        values |= words
    return where, values


_FINDING: Final = (
    *("rule", "severity", "dataset", "reporter", "partner", "product", "breakdown", "period", "unit"),
    *("left", "right", "difference", "allowed", "block", "source", "run", "position", "sentence", "result"),
)


def _finding_fields(row: Any, state: str, several: Set[str]) -> dict[str, Any]:
    released = codes.release_text(row.released) if row.released is not None else ""
    case = renamed(row.name or "")
    return {
        **{name: getattr(row, name) for name in _FINDING},
        **{name: renamed(getattr(row, name)) for name in ("period", "block", "sentence")},
        "state": state,
        "ended": row.why or "",
        "case": dated_block(case, released) if released and case in several else case,
        "suspects": json.loads(renamed(row.suspects)),
        "document": row.sha256 or "",
        "released": released,
    }


def _history(conn: Connection, row: Any) -> dict[str, Any]:
    """When a finding appeared and what ended it: run, documents that run read, who decided and why; "" or [] for none.

    ``ended_documents`` are those that speak of the finding's release where that was judged again, and of a later one
    where that superseded it; a decision has none.
    """
    fields = {
        "recorded_at": codes.instant_text(row.recorded_at),
        "prefect_run": row.prefect_run,
        **dict.fromkeys(("ended_run", "ended_at", "ended_prefect_run", "decided_by", "reason"), ""),
        "ended_documents": [],
    }
    if row.ended is None:
        return fields
    end = conn.execute(text("SELECT recorded_at, prefect_run FROM run WHERE id = :run"), {"run": row.ended}).one()
    fields |= {
        "ended_run": row.ended,
        "ended_at": codes.instant_text(end.recorded_at),
        "ended_prefect_run": end.prefect_run,
    }
    if row.why in ("accepted", "rejected"):
        said = conn.execute(
            text(
                "SELECT who, why FROM decision WHERE dataset = :dataset AND block = :block AND verdict = :verdict "
                "AND run <= :run ORDER BY id DESC LIMIT 1"
            ),
            {"dataset": row.dataset, "block": row.block, "verdict": row.why.removesuffix("ed"), "run": row.ended},
        ).fetchone()
        return fields | ({"decided_by": said.who, "reason": said.why} if said else {})
    which = "p.document = :document"
    if row.released is not None:
        which = "p.released > :released" if row.why == "superseded" else "p.released = :released"
    query = f"""
        SELECT DISTINCT p.document, d.sha256 FROM printing p JOIN document d ON d.id = p.document
        WHERE p.run = :run AND p.dataset = :dataset AND {which} ORDER BY p.document
    """  # noqa: S608 - fixed words
    values = {"run": row.ended, "dataset": row.dataset}
    values |= {"document": row.document} if row.released is None else {"released": row.released}
    return fields | {"ended_documents": [one.sha256 for one in conn.execute(text(query), values)]}
