"""Cases: the findings that one cause explains, one row each, the worst first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from schemas.cases import miss
from schemas.findings import block_parts
from schemas.periods import renamed
from schemas.vocabulary import SEVERITIES
from storage.database.connection import tuples
from storage.handle import Handle
from storage.queries.findings import Found, numbered

_LINES: Final = """
    SELECT l.number, l.severity, l.sentence, l.unit, l.suspects, l.position, d.sha256, l.name,
           (SELECT min(x.run) FROM case_line x WHERE x.number = l.number) AS since
    FROM case_line l LEFT JOIN document d ON d.id = l.document
    WHERE l.run = (SELECT max(x.run) FROM case_line x WHERE x.number = l.number AND x.run <= :run)
"""
_STATES: Final = ("new", "still", "resolved")


def cases(
    ledger: Handle,
    *,
    run: int | None = None,
    all_: bool = False,
    as_of: str | None = None,
    released_by: str | None = None,
    **filters: str | None,
) -> list[dict[str, Any]]:
    """The cases of what does not hold, now or as a run left it; ``all_``: also those that are resolved.

    Asked as ``findings`` is; a case answers with those of its findings that are asked for. ``state`` is ``new`` in the
    run in which it appeared, ``resolved`` once all of its findings ended. ``blocks`` are those of its findings.
    """
    groups: dict[int, list[Found]] = {}
    asked: dict[str, Any] = {"run": run, "all_": all_, "as_of": as_of, "released_by": released_by, **filters}
    for one in numbered(ledger, **asked):
        if one.number is not None:
            groups.setdefault(one.number, []).append(one)
    if not groups:
        return []
    with ledger.reading() as conn:
        until = max(one.until for found in groups.values() for one in found)
        lines = {line[0]: line[1:] for line in tuples(conn, _LINES, {"run": until}) if line[0] in groups}
    ordered = {number: sorted(groups[number], key=_order) for number in lines}
    rows = [(_order(ordered[number][0])[:3], _row(line, ordered[number])) for number, line in lines.items()]
    rows.sort(key=lambda pair: (_STATES.index(pair[1]["state"]) == 2, *pair[0], pair[1]["case"]))
    return [row for _, row in rows]


def _order(one: Found) -> tuple[Any, ...]:
    """To sort findings by as ``schemas.cases`` does, the worst first."""
    said = one.fields
    severity = SEVERITIES.index(said["severity"])
    return severity, *miss(said["difference"], said["allowed"]), said["rule"], said["block"], said["sentence"]


def _row(line: Sequence[Any], found: Sequence[Found]) -> dict[str, Any]:
    """What is said of a case, and of the findings it has: the worst first."""
    severity, sentence, unit, suspects, position, document, name, since = line
    open_ = [one for one in found if one.fields["state"] != "resolved"]
    state = "resolved" if not open_ else "new" if all(one.now == since for one in open_) else "still"
    first = found[0].fields
    # What only warns of a block beside others is called by its rule too.
    block = first["block"] if renamed(name) == f"{first['block']}/{first['rule']}" else renamed(name)
    about = block_parts(block) if first["released"] else {}
    names = ("reporter", "partner", "product", "breakdown", "period")
    return {
        "case": first["case"],
        "sentence": renamed(sentence),
        "severity": severity,
        "state": state,
        "dataset": first["dataset"],
        **{one: about.get(one) or first[one] for one in names},
        "unit": unit,
        "released": first["released"],
        "rules": list(dict.fromkeys(one.fields["rule"] for one in found)),
        "findings": len(found),
        "blocks": sorted({one.fields["block"] for one in found if one.fields["block"]}),
        "suspects": json.loads(renamed(suspects)) if suspects else first["suspects"],
        "document": document or "",
        "position": position,
        "source": first["source"],
        "run": since,
    }
