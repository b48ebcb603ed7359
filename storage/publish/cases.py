"""Cases in the ledger: the same cause is the same case in a later run.

A case is known again by any of its findings that was there before. Where two become one the older one goes on; where
one falls apart it stays with its oldest finding. What is said of a case is a further row where it changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, text

from schemas.cases import Case
from schemas.findings import Suspect, undated_block
from storage.database.id_lists import id_list, id_value
from storage.database.inserts import insert
from storage.encoding import codes

_LINE: Final = (
    *("number", "run", "dataset", "released", "name", "severity", "sentence", "unit", "suspects", "document"),
    "position",
)
#: The case of a finding ``f`` now.
NOW: Final = "(SELECT c.number FROM finding_case c WHERE c.finding = f.id ORDER BY c.run DESC LIMIT 1)"


def keep_cases(
    conn: Connection,
    run: int,
    cases: Sequence[tuple[Case, Sequence[int]]],
    known: Mapping[int, int],
    documents: Mapping[str, int],
) -> list[Case]:
    """Keep which findings (ids) are one case, and what is said of each; those that were not known.

    ``known`` says of findings that were there before which case they belonged to.
    """
    owner: dict[int, tuple[int, int]] = {}  # number → its oldest finding, and which case has that now
    for at, (_, ids) in enumerate(cases):
        for one in ids:
            if one in known:
                owner[known[one]] = min(owner.get(known[one], (one, at)), (one, at))
    number: dict[int, int] = {}
    for known_as, (_, at) in owner.items():
        number[at] = min(number.get(at, known_as), known_as)
    before = _said(conn, number.values())
    new = [at for at in range(len(cases)) if at not in number]
    first = int(conn.execute(text("SELECT coalesce(max(number), 0) + 1 FROM case_line")).scalar_one()) if new else 0
    number |= {at: first + count for count, at in enumerate(new)}
    _assign(conn, run, ((one, number[at]) for at, (_, ids) in enumerate(cases) for one in ids), known)
    lines = ((number[at], run, *_line(case, documents)) for at, (case, _) in enumerate(cases))
    insert(conn, "case_line", _LINE, (line for line in lines if before.get(line[0]) != line[2:]))
    return [cases[at][0] for at in new]


def copy_cases(conn: Connection, run: int, copies: Iterable[tuple[int, int | None]]) -> None:
    """Findings that were added once more belong to the case they belonged to: (id of the copy, case)."""
    _assign(conn, run, ((one, number) for one, number in copies if number is not None), {})


def _assign(conn: Connection, run: int, pairs: Iterable[tuple[int, int]], known: Mapping[int, int]) -> None:
    rows = sorted((one, run, number) for one, number in dict(pairs).items() if known.get(one) != number)
    insert(conn, "finding_case", ("finding", "run", "number"), rows)


def _said(conn: Connection, numbers: Iterable[int]) -> dict[int, tuple[Any, ...]]:
    """What is said of cases now."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    query = f"""
        SELECT {", ".join(_LINE)} FROM case_line l WHERE l.number IN {id_list(conn, "numbers")}
        AND l.run = (SELECT max(x.run) FROM case_line x WHERE x.number = l.number)
    """  # noqa: S608 - fixed words
    return {row[0]: tuple(row[2:]) for row in conn.execute(text(query), {"numbers": id_value(conn, wanted)}).fetchall()}


def _line(case: Case, documents: Mapping[str, int]) -> tuple[Any, ...]:
    return (
        case.dataset,
        codes.release_code(case.released) if case.released else None,
        undated_block(case.name)[0],
        case.severity,
        case.sentence,
        case.unit,
        "" if case.suspects == case.findings[0].suspects else _listed(case.suspects),
        documents.get(case.document),
        case.position,
    )


def _listed(suspects: Sequence[Suspect]) -> str:
    return json.dumps([vars(one) for one in suspects], ensure_ascii=False)
