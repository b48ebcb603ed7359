"""Findings in the ledger: stored once, when they appear; ended by a further row, with the reason."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from sqlalchemy import Connection, text

from schemas.documents import Notice, Unreadable
from schemas.findings import Finding
from schemas.periods import renamed
from storage import codes
from storage.inserts import insert
from storage.pending import REJECTED
from storage.records import next_id
from storage.rows import id_list, id_value

_PLAIN: Final = (
    *("rule", "severity", "result", "dataset", "reporter", "partner", "product", "breakdown", "period", "unit"),
    *("left", "right", "difference", "allowed", "block", "position", "sentence"),
)
_COLUMNS: Final = ("id", "run", "fingerprint", *_PLAIN, "released", "document", "suspects")
_BLANK: Final = dict.fromkeys([f.name for f in fields(Finding) if f.name != "suspects"], "")
#: Ends after which the same finding, met again, is not news.
_SETTLED: Final = ("accepted", "rejected", "superseded")


def unreadable_finding(fault: Unreadable, document: str) -> Finding:
    """What could not be read, as a finding."""
    said = {
        "rule": "readable",
        "severity": fault.severity,
        "result": "fails",
        "dataset": fault.dataset,
        "left": fault.seen,
        "right": str(fault.figures) if fault.figures > 1 else "",
        "document": fault.document or document,
        "position": fault.position,
        "sentence": f"{fault.position}: {fault.sentence}",
    }
    return Finding(**{**_BLANK, **said})  # type: ignore[arg-type]


def notice_finding(notice: Notice, document: str, dataset: str) -> Finding:
    """What is wrong with a document as a whole, as a finding."""
    said = {
        "rule": notice.rule,
        "severity": "error",
        "result": "fails",
        "dataset": dataset,
        "left": notice.about,
        "document": document,
        "position": notice.position,
        "sentence": notice.sentence,
    }
    return Finding(**{**_BLANK, **said})  # type: ignore[arg-type]


def fingerprint(finding: Finding) -> str:
    """What makes it the same finding in a later run; one about a document is of that document."""
    if finding.released:
        return finding.fingerprint
    return f"{finding.fingerprint}|{finding.document}|{finding.position}"


def known_findings(
    conn: Connection, dataset: str, released: Sequence[int], documents: Sequence[int]
) -> dict[str, tuple[int, str | None]]:
    """Fingerprint → (id, how it ended, None if it did not) of findings about these releases or documents."""
    query = f"""
        SELECT f.fingerprint, f.id, e.why FROM finding f LEFT JOIN finding_end e ON e.finding = f.id
        WHERE f.dataset = :dataset AND (f.released IN {id_list(conn, "released")}
              OR (f.released IS NULL AND f.document IN {id_list(conn, "documents")})) ORDER BY f.id
    """  # noqa: S608 - fixed words
    params = {"dataset": dataset, "released": id_value(conn, released), "documents": id_value(conn, documents)}
    return {renamed(row[0]): (row[1], row[2]) for row in conn.execute(text(query), params).fetchall()}


def end_findings(conn: Connection, run: int, why: str, ids: Iterable[int]) -> None:
    """Say that findings are no more."""
    insert(conn, "finding_end", ("finding", "run", "why"), ((number, run, why) for number in sorted(set(ids))))


def keep_findings(
    conn: Connection,
    run: int,
    found: Sequence[Finding],
    known: Mapping[str, tuple[int, str | None]],
    documents: Mapping[str, int],
    settled: Mapping[tuple[str, int], str],
) -> list[Finding]:
    """Add findings that appeared and end those of ``known`` that are no more; the new ones.

    ``settled`` says of (block, release) how a remembered decision, or a later release, settled its findings at once.
    """
    distinct = {fingerprint(one): one for one in found}
    gone = [number for print_, (number, why) in known.items() if why is None and print_ not in distinct]
    end_findings(conn, run, "rejudged", gone)
    new = {
        print_: one
        for print_, one in distinct.items()
        if print_ not in known or known[print_][1] not in (None, *_SETTLED)
    }
    if not new:
        return []
    start = next_id(conn, "finding")
    insert(conn, "finding", _COLUMNS, (_row(start + at, run, *pair, documents) for at, pair in enumerate(new.items())))
    ends: dict[str, list[int]] = {}
    for at, one in enumerate(new.values()):
        why = settled.get((one.block, codes.release_code(one.released))) if one.released else None
        if why:
            ends.setdefault(why, []).append(start + at)
    for why, ids in ends.items():
        end_findings(conn, run, why, ids)
    return list(new.values())


def _row(number: int, run: int, print_: str, one: Finding, documents: Mapping[str, int]) -> tuple[Any, ...]:
    return (
        *(number, run, print_, *(getattr(one, name) for name in _PLAIN)),
        codes.release_code(one.released) if one.released else None,
        documents.get(one.document),
        json.dumps([asdict(suspect) for suspect in one.suspects], ensure_ascii=False),
    )


def findings_of_held(conn: Connection, dataset: str, held: Sequence[int]) -> list[int]:
    """Findings about held blocks of a dataset, each of one release, that have not ended."""
    query = f"""
        SELECT f.id FROM finding f WHERE f.dataset = :dataset
        AND (f.block, f.released) IN
            (SELECT h.block, h.released FROM held_block h WHERE h.id IN {id_list(conn, "held")})
        AND NOT EXISTS (SELECT 1 FROM finding_end e WHERE e.finding = f.id)
    """  # noqa: S608 - fixed words
    params = {"dataset": dataset, "held": id_value(conn, held)}
    return [row[0] for row in conn.execute(text(query), params).fetchall()]


def copy_findings(conn: Connection, run: int, dataset: str, held: Sequence[int]) -> None:
    """Add once more what was found of held blocks, or of their documents, until they were superseded."""
    query = f"""
        SELECT f.* FROM finding f JOIN finding_end e ON e.finding = f.id AND e.why = 'superseded'
        WHERE f.dataset = :dataset AND ((f.block, f.released) IN
            (SELECT h.block, h.released FROM held_block h WHERE h.id IN {id_list(conn, "held")})
            OR (f.released IS NULL AND f.rule <> 'readable' AND f.document IN
                (SELECT g.document FROM held_figure g JOIN held_block h ON h.id = g.held
                 WHERE h.cause = 'document' AND h.id IN {id_list(conn, "held")})))
        AND f.id = (SELECT max(g.id) FROM finding g WHERE g.dataset = f.dataset AND g.fingerprint = f.fingerprint)
        ORDER BY f.id
    """  # noqa: S608 - fixed words
    found = conn.execute(text(query), {"dataset": dataset, "held": id_value(conn, held)}).fetchall()
    start = next_id(conn, "finding") if found else 0
    rows = (
        tuple({**row._mapping, "id": start + at, "run": run}[name] for name in _COLUMNS) for at, row in enumerate(found)
    )
    insert(conn, "finding", _COLUMNS, rows)


def end_document_findings(conn: Connection, run: int, why: str) -> None:
    """End what was said of documents as a whole, once none of the blocks they were held with waits any more."""
    query = f"""
        SELECT f.id FROM finding f WHERE f.released IS NULL AND f.rule <> 'readable' AND f.run < :run
        AND NOT EXISTS (SELECT 1 FROM finding_end e WHERE e.finding = f.id)
        AND EXISTS (SELECT 1 FROM held_figure g JOIN held_block h ON h.id = g.held
                    WHERE g.document = f.document AND h.cause = 'document')
        AND NOT EXISTS (SELECT 1 FROM held_figure g JOIN held_block h ON h.id = g.held
                        WHERE g.document = f.document AND h.cause = 'document' AND NOT {REJECTED}
                          AND NOT EXISTS (SELECT 1 FROM held_end e WHERE e.held = h.id))
    """  # noqa: S608 - fixed words
    end_findings(conn, run, why, [row[0] for row in conn.execute(text(query), {"run": run}).fetchall()])
