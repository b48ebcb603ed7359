"""Findings in the ledger: stored once, when they appear; ended by a further row, with the reason."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, text

from schemas.cases import Case
from schemas.figures import unpadded
from schemas.findings import Finding
from schemas.history import IN_PLACE
from schemas.periods import renamed
from schemas.rules import RULES
from storage.database.conditions import ENDED, FOR_DOCUMENT, open_finding, rejected
from storage.database.id_lists import id_list, id_value
from storage.database.inserts import insert
from storage.encoding import codes
from storage.publish.cases import NOW, copy_cases, keep_cases
from storage.state.runs import next_id

_PLAIN: Final = (
    *("rule", "severity", "result", "dataset", "reporter", "partner", "product", "breakdown", "period", "unit"),
    *("left", "right", "difference", "allowed", "block", "position", "sentence"),
)
_COLUMNS: Final = ("id", "run", "fingerprint", *_PLAIN, "released", "document", "suspects")
_PAIRED: Final = frozenset(rule.id for rule in RULES if rule.paired)
#: Ends after which the same finding, met again, is not news.
_SETTLED: Final = ("accepted", "rejected", "superseded")
#: Rule, block, period, result, left, right, release, and of which document and where, if it is about one.
Key = tuple[str, str, str, str, str, str, int | None, str]


def fingerprint(finding: Finding) -> str:
    """What makes it the same finding in a later run; one about a document is of that document."""
    if finding.released:
        return finding.fingerprint
    return f"{finding.fingerprint}|{finding.document}|{finding.position}"


@dataclass(frozen=True)
class Known:
    """A finding as the ledger has it, how it ended (None if it did not), and of which case it is."""

    id: int
    key: Key
    sentence: str
    why: str | None
    document: int | None = None
    case: int | None = None


@dataclass(frozen=True)
class Kept:
    """Findings that are new, and cases; ``wrong`` of those are errors that wait for a person."""

    findings: Sequence[Finding] = ()
    cases: Sequence[Case] = ()
    wrong: int = 0


def _key(one: Any, released: int | None, document: int | None) -> Key:
    """What makes it the same finding in another run: rule, block, release and figures, never its words.

    Made of what the ledger keeps of a finding, so that one that an earlier version of us recorded is known again.
    """
    about = "" if released is not None else f"{document}|{one.position}"
    block, figures = renamed(one.block), (unpadded(one.left), unpadded(one.right))
    if one.rule in _PAIRED:  # about two blocks, in one order or the other
        block, figures = block.rpartition("/")[0], ("", "")
    return (one.rule, block, renamed(one.period), one.result, *figures, released, about)


def known_findings(conn: Connection, dataset: str, released: Sequence[int], documents: Sequence[int]) -> list[Known]:
    """Findings about these releases or documents, in the order in which they appeared."""
    query = f"""
        SELECT f.*, e.why, {NOW} AS number FROM finding f LEFT JOIN finding_end e ON e.finding = f.id
        WHERE f.dataset = :dataset AND (f.released IN {id_list(conn, "released")}
              OR (f.released IS NULL AND f.document IN {id_list(conn, "documents")})) ORDER BY f.id
    """  # noqa: S608 - fixed words
    params = {"dataset": dataset, "released": id_value(conn, released), "documents": id_value(conn, documents)}
    rows = conn.execute(text(query), params).fetchall()
    return [
        Known(row.id, _key(row, row.released, row.document), renamed(row.sentence), row.why, row.document, row.number)
        for row in rows
    ]


def _met_again(found: Sequence[tuple[Key, str]], known: Sequence[Known]) -> list[Known | None]:
    """For each finding (key and sentence) the one of ``known`` that it is; each of them is one finding only.

    Several of one key are two flows of a block with the same figures: their words tell them apart while they can.
    """
    last: dict[Key, Known] = {one.key: one for one in known}
    free: dict[Key, list[Known]] = {}
    for one in {(one.key, one.sentence): one for one in known}.values():
        if one.why is None or one.why in _SETTLED:
            free.setdefault(one.key, []).append(one)
    met: list[Known | None] = [None] * len(found)
    for same_words in (True, False):
        for ended in (False, True):
            for at, (key, sentence) in enumerate(found):
                fitting = [
                    one
                    for one in free.get(key, ())
                    if (one.why is not None) == ended
                    and (one.sentence == sentence if same_words else not ended or one is last[key])
                ]
                if met[at] is None and fitting:
                    met[at] = fitting[-1]
                    free[key].remove(fitting[-1])
    return met


def datasets_in_doubt(conn: Connection, documents: Sequence[int]) -> list[str]:
    """The datasets of which something in these documents could not be read when they were read last."""
    query = f"""
        SELECT DISTINCT f.dataset FROM finding f
        WHERE f.rule = 'readable' AND f.document IN {id_list(conn, "documents")}
        AND {open_finding()} ORDER BY 1
    """  # noqa: S608 - fixed words
    return [row[0] for row in conn.execute(text(query), {"documents": id_value(conn, documents)}).fetchall()]


def end_findings(conn: Connection, run: int, why: str, ids: Iterable[int]) -> None:
    """Say that findings are no more."""
    insert(conn, "finding_end", ("finding", "run", "why"), ((number, run, why) for number in sorted(set(ids))))


def keep_findings(
    conn: Connection,
    run: int,
    found: Sequence[Finding],
    cases: Sequence[Case],
    known: Sequence[Known],
    documents: Mapping[str, int],
    settled: Mapping[tuple[str, int], str],
    read: Collection[int],
) -> Kept:
    """Add findings that appeared and end those of ``known`` that are no more; what is new of them and their ``cases``.

    What an agency did in a document stays said until that is ``read`` otherwise, though it be no part of what is
    judged.
    ``settled`` says of (block, release) how a remembered decision, or a later release, settled its findings at once.
    """
    distinct = {fingerprint(one): one for one in found}
    keys = [(_key(one, _release(one), documents.get(one.document)), one.sentence) for one in distinct.values()]
    met = _met_again(keys, known)
    still = {one.id for one in met if one is not None}
    told = {key[:2] + key[6:7] for key, _ in keys if key[0] == IN_PLACE.id}
    still |= {
        one.id
        for one in known
        if one.key[0] == IN_PLACE.id and one.document not in read and one.key[:2] + one.key[6:7] not in told
    }
    end_findings(conn, run, "rejudged", [one.id for one in known if one.why is None and one.id not in still])
    new = {print_: one for (print_, one), was in zip(distinct.items(), met, strict=True) if was is None}
    start = next_id(conn, "finding") if new else 0
    insert(conn, "finding", _COLUMNS, (_row(start + at, run, *pair, documents) for at, pair in enumerate(new.items())))
    ids = {print_: start + at for at, print_ in enumerate(new)}
    ends: dict[str, list[int]] = {}
    for print_, one in new.items():
        why = settled.get((one.block, codes.release_code(one.released))) if one.released else None
        if why:
            ends.setdefault(why, []).append(ids[print_])
    for why, ended in ends.items():
        end_findings(conn, run, why, ended)
    ids |= {print_: was.id for print_, was in zip(distinct, met, strict=True) if was is not None}
    made = [(case, [ids[fingerprint(one)] for one in case.findings]) for case in cases]
    belonged = {one.id: one.case for one in met if one is not None and one.case is not None}
    kept = keep_cases(conn, run, made, belonged, documents)
    over = {one.id for one in met if one is not None and one.why is not None}.union(*ends.values())
    waits = {case.name for case, own in made if not over.issuperset(own)}
    return Kept(list(new.values()), kept, sum(case.severity == "error" and case.name in waits for case in kept))


def _release(one: Finding) -> int | None:
    return codes.release_code(one.released) if one.released else None


def _row(number: int, run: int, print_: str, one: Finding, documents: Mapping[str, int]) -> tuple[Any, ...]:
    return (
        *(number, run, print_, *(getattr(one, name) for name in _PLAIN)),
        _release(one),
        documents.get(one.document),
        json.dumps([vars(suspect) for suspect in one.suspects], ensure_ascii=False),
    )


def findings_of_held(conn: Connection, dataset: str, held: Sequence[int]) -> list[int]:
    """Findings about held blocks of a dataset, each of one release, that have not ended: not what the agency did.

    Where other documents of a block still wait, only those about the documents of these.
    """
    params = {"dataset": dataset, "held": id_value(conn, held)}
    query = f"""
        SELECT f.id, f.block, f.released, f.document FROM finding f
        WHERE f.dataset = :dataset AND f.rule <> '{IN_PLACE.id}' AND {open_finding()} AND (f.block, f.released) IN
            (SELECT h.block, h.released FROM held_block h WHERE h.id IN {id_list(conn, "held")})
    """  # noqa: S608 - fixed words
    found = conn.execute(text(query), params).fetchall()
    query = f"""
        SELECT h.block, h.released FROM held_block h
        WHERE h.dataset = :dataset AND NOT {ENDED} AND NOT {rejected()} AND h.id NOT IN {id_list(conn, "held")}
    """  # noqa: S608 - fixed words
    others = {tuple(row) for row in conn.execute(text(query), params)}
    if not any((row.block, row.released) in others for row in found):
        return [row.id for row in found]
    query = f"SELECT DISTINCT document FROM held_figure WHERE held IN {id_list(conn, 'held')}"  # noqa: S608
    own = set(conn.execute(text(query), params).scalars())
    return [row.id for row in found if row.document in own or (row.block, row.released) not in others]


def copy_findings(
    conn: Connection, run: int, dataset: str, held: Sequence[int], why: Sequence[str] = ("superseded",)
) -> None:
    """Add once more what was found of held blocks, or of their documents, until it ended so."""
    words = ", ".join(f"'{one}'" for one in why)
    query = f"""
        SELECT f.*, {NOW} AS number FROM finding f
        JOIN finding_end e ON e.finding = f.id AND e.why IN ({words})
        WHERE f.dataset = :dataset AND ((f.block, f.released) IN
            (SELECT h.block, h.released FROM held_block h WHERE h.id IN {id_list(conn, "held")})
            OR (f.released IS NULL AND f.rule <> 'readable' AND f.document IN
                (SELECT g.document FROM held_figure g JOIN held_block h ON h.id = g.held
                 WHERE {FOR_DOCUMENT} AND h.id IN {id_list(conn, "held")})))
        AND f.id = (SELECT max(g.id) FROM finding g WHERE g.dataset = f.dataset AND g.fingerprint = f.fingerprint)
        ORDER BY f.id
    """  # noqa: S608 - fixed words
    found = conn.execute(text(query), {"dataset": dataset, "held": id_value(conn, held)}).fetchall()
    start = next_id(conn, "finding") if found else 0
    rows = (
        tuple({**row._mapping, "id": start + at, "run": run}[name] for name in _COLUMNS) for at, row in enumerate(found)
    )
    insert(conn, "finding", _COLUMNS, rows)
    copy_cases(conn, run, ((start + at, row.number) for at, row in enumerate(found)))


def end_document_findings(conn: Connection, run: int, why: str) -> None:
    """End what was said of documents as a whole, once none of the blocks they were held with waits any more."""
    query = f"""
        SELECT f.id FROM finding f WHERE f.released IS NULL AND f.rule <> 'readable' AND f.run < :run
        AND {open_finding()}
        AND EXISTS (SELECT 1 FROM held_figure g JOIN held_block h ON h.id = g.held
                    WHERE g.document = f.document AND {FOR_DOCUMENT})
        AND NOT EXISTS (SELECT 1 FROM held_figure g JOIN held_block h ON h.id = g.held
                        WHERE g.document = f.document AND {FOR_DOCUMENT} AND NOT {rejected()}
                          AND NOT {ENDED})
    """  # noqa: S608 - fixed words
    end_findings(conn, run, why, [row[0] for row in conn.execute(text(query), {"run": run}).fetchall()])
