"""What the ledger answers: rows as flat dicts with the fields of the contract, streamed; figures as decimal strings.

Light: neither numpy nor pandas, Pandera or Prefect is imported. ``as_of`` (what this ledger had published by an
instant) and ``released_by`` (what the agency had published by a date) go together or alone; each answer has exactly one
row a cell: of what was recorded by then and not withdrawn, the latest release. Where there is nothing to say a field
is "".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, Text, TextClause, bindparam, text

from schemas.errors import LedgerError, UsageError
from schemas.periods import renamed, spellings
from schemas.positions import position_text
from storage.database.connection import streamed, tuples
from storage.encoding import codes
from storage.encoding.figures import figure_fields, numbers, series_fields
from storage.encoding.words import CellRow
from storage.handle import Handle
from storage.queries.cells import check_filters, latest
from storage.queries.instants import last_run
from storage.queries.trace import Traces
from storage.state.pending import UNREADABLE, Waiting, in_doubt, waiting
from storage.state.showings import ROWS, date_of


def show(
    ledger: Handle,
    *,
    as_of: str | None = None,
    released_by: str | None = None,
    with_held: bool = False,
    every: bool = False,
    trace: bool = False,
    limit: int | None = None,
    unshown: list[int] | None = None,
    **filters: str | None,
) -> Iterator[dict[str, Any]]:
    """Published figures, one row a cell, series by series.

    ``pending`` is "held" or "rejected" where another figure, of that release or a newer one, is not published for that
    reason; with ``with_held`` the held figure answers in place of the published one (``every``: each reading that is
    held, with its document), and cells of which nothing is published answer too; without it ``unshown`` gets the number
    of those readings, by cell.
    ``accepted`` is True where a person accepted a figure that contradicts others. ``trace`` adds the ``position`` in
    the document and
    the fields of ``storage.queries.trace``.
    """
    check_filters(filters)
    with ledger.reading() as conn:
        run, released = last_run(conn, as_of), codes.release_bound(released_by)
        found = chain.from_iterable(
            _answers(ledger, conn, run, released, filters, _Held(with_held, every, unshown), trace)
        )
        yield from islice(found, limit)


class _Held(NamedTuple):
    """What is answered of held readings: whether any, whether every one, and where those of empty cells are counted."""

    shown: bool
    every: bool
    unshown: list[int] | None


def _answers(
    ledger: Handle,
    conn: Connection,
    run: int,
    released: int,
    filters: Mapping[str, str | None],
    wanted: _Held,
    trace: bool,
) -> Iterator[list[dict[str, Any]]]:
    """Series by series, then what is held of cells of which nothing is published."""
    back, traces = waiting(conn, run, released), Traces(conn) if trace else None
    source, doubted = filters.get("source"), in_doubt(conn, run)
    for words, rows, periods in latest(ledger, conn, run, released, filters):
        answers = _of_series(ledger, conn, words, rows, periods, traces)
        for at, row in enumerate(rows) if doubted else ():
            if row[6] in doubted and row[7] in doubted[row[6]]:
                answers[at]["pending"] = UNREADABLE
        if back:
            answers = list(_marked(ledger, conn, rows, answers, back, wanted, traces))
        yield answers if source is None else [answer for answer in answers if answer["source"] == source]
    asked = [(name, value) for name, value in filters.items() if value is not None]
    for of_cell in back.values() if wanted.shown or wanted.unshown is not None else ():
        held = (_held_fields(ledger, conn, one, traces) for one in of_cell if one.state == "held")
        more = [answer for answer in held if all(_says(answer, *one) for one in asked)]
        if wanted.shown:
            yield more if wanted.every else more[:1]
        elif more and wanted.unshown is not None:
            wanted.unshown.append(len(more))


def _marked(
    ledger: Handle,
    conn: Connection,
    rows: list[CellRow],
    answers: list[dict[str, Any]],
    back: dict[tuple[int, int], list[Waiting]],
    wanted: _Held,
    traces: Traces | None,
) -> Iterator[dict[str, Any]]:
    """The answers of a series, marked where a reading of ``back`` waits or was rejected; their cells leave it."""
    for answer, (series, number, date, _, mantissa, packed, *_) in zip(answers, rows, strict=True):
        of_cell = back.pop((series, number), ())
        newer = [one for one in of_cell if one.pending(date, mantissa, packed)]
        held = [one for one in newer if one.state == "held"]
        if newer:
            answer["pending"] = (held or newer)[0].state
        if held and wanted.shown:
            yield from (_held_fields(ledger, conn, one, traces) for one in (held if wanted.every else held[:1]))
        else:
            yield answer


def _says(answer: dict[str, Any], name: str, value: str) -> bool:
    return bool(answer[name] == value or (name == "period" and value in spellings(answer[name])))


def _of_series(
    ledger: Handle,
    conn: Connection,
    words: tuple[str, ...],
    rows: list[CellRow],
    periods: list[str],
    traces: Traces | None,
) -> list[dict[str, Any]]:
    series, answers = series_fields(words, ""), []
    last = None
    for (_, _, date, by, mantissa, packed, document, position), period in zip(rows, periods, strict=True):
        # There may be millions: of what neighbours have in common one copy, besides few assignments.
        if last is None or packed != last[0] or date != last[1] or by != last[2] or document != last[3]:
            last = packed, date, by, document
            fields = series | ledger.words.alike(conn, date, by, packed, document)
            if traces:
                fields |= traces.fields(document, by)
            printed = numbers(packed)
        answer = fields.copy()
        answer["period"] = period
        answer["value"], answer["low"], answer["high"] = printed(mantissa)
        if traces:  # a fifth of the work, for what is seldom asked
            answer["position"] = position_text(position)
        answers.append(answer)
    return answers


def _held_fields(ledger: Handle, conn: Connection, held: Waiting, traces: Traces | None) -> dict[str, Any]:
    words = ledger.words
    period = words.period(conn, held.period)[0]
    alike = words.alike(conn, held.released, held.run, held.packed, held.document)
    answer = series_fields(words.series(conn, held.series), period) | alike
    answer["value"], answer["low"], answer["high"] = numbers(held.packed)(held.mantissa)
    answer["pending"] = held.state
    if traces:
        answer |= {**traces.fields(held.document, held.run), "position": position_text(held.position)}
    return answer


def runs(ledger: Handle, *, source: str | None = None, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Every recorded run, latest first, with its counts."""
    names = ("parsed", "published", "unchanged", "held", "rejected", "repeated", "unreadable")
    query = "SELECT * FROM run WHERE source = :source OR :source IS NULL ORDER BY id DESC"
    with ledger.reading() as conn:
        for count, row in _numbered(conn, _optional(query), {"source": source}):
            counts = json.loads(row.counts)
            yield {
                "run": row.id,
                "kind": row.kind,
                "source": row.source,
                "outcome": row.outcome,
                "recorded_at": codes.instant_text(row.recorded_at),
                **{name: counts.get(name, 0) for name in names},
                "still_held": row.still_held,
                "parser_version": row.parser_version,
                "rules_version": row.rules_version,
                "prefect_run": row.prefect_run,
                "message": row.message,
            }
            if count == limit:
                return


def _numbered(conn: Connection, query: TextClause, values: dict[str, Any]) -> Iterator[tuple[int, Any]]:
    """Rows from 1, streamed."""
    with streamed(conn, query, values) as rows:
        yield from enumerate(rows, start=1)


def _optional(query: str) -> TextClause:
    return text(query).bindparams(bindparam("source", type_=Text))


def known_sources(ledger: Handle) -> set[str]:
    """The sources of which something was collected, or tried to be."""
    with ledger.reading() as conn:
        return {row[0] for row in tuples(conn, "SELECT DISTINCT source FROM run")}


def find_document(ledger: Handle, begins: str, source: str | None = None) -> str:
    """The SHA-256 of the one document whose SHA-256 begins so; raises UsageError for none and for several."""
    where = "substr(sha256, 1, :n) = :begins AND (source = :source OR :source IS NULL)"
    query = f"SELECT sha256 FROM document WHERE {where} GROUP BY sha256 ORDER BY min(id) LIMIT 2"  # noqa: S608 - fixed words
    values = {"begins": begins.lower(), "n": len(begins), "source": source}
    with ledger.reading() as conn:
        found = [row[0] for row in conn.execute(_optional(query), values)]
    if not found:
        raise UsageError(f"there is no document {begins!r}: tradeledger documents lists them")
    if len(found) > 1:
        raise UsageError(f"several documents begin with {begins!r}, {found[0]} among them: say more of it")
    return str(found[0])


def document_hashes(ledger: Handle) -> Iterator[str]:
    """The SHA-256 of every document that the ledger names, once each; LedgerError for what is none."""
    with ledger.reading() as conn:
        for (sha,) in tuples(conn, "SELECT DISTINCT sha256 FROM document ORDER BY sha256", streamed=True):
            if not (isinstance(sha, str) and len(sha) == 64 and sha.isalnum()):
                raise LedgerError(f"the ledger is damaged: a document is called {sha!r}, expected a SHA-256")
            yield sha


def documents(
    ledger: Handle, *, source: str | None = None, sha256: str | None = None, limit: int | None = None
) -> Iterator[dict[str, Any]]:
    """Every document kept, latest first; or the one of that SHA-256. Once for each time it was shown after others.

    ``released`` is the date it came with, or that a person assigned to it; ``replaced_in`` the run in which a mended
    transcription took its place.
    """
    only = "" if sha256 is None else " AND sha256 = :sha"
    query = f"{ROWS} WHERE (d.source = :source OR :source IS NULL){only} ORDER BY d.id DESC"
    values = {"source": source} | ({} if sha256 is None else {"sha": sha256})
    with ledger.reading() as conn:
        for count, row in _numbered(conn, _optional(query), values):
            released, not_after = date_of(row)
            yield {
                "document": row.sha256,
                "source": row.source,
                "name": row.name,
                "url": row.url,
                "media_type": row.media_type,
                "size": row.size,
                "fetched_at": codes.instant_text(row.fetched_at),
                "released": released,
                "released_not_after": not_after,
                "etag": row.etag,
                "last_modified": row.last_modified,
                "run": row.run,
                "replaced_in": row.replaced or "",
            }
            if count == limit:
                return


def held(
    ledger: Handle, *, source: str | None = None, document: str | None = None, all_: bool = False
) -> Iterator[dict[str, Any]]:
    """Blocks that wait for a decision, oldest first; with ``all_`` also what became of all others.

    ``document`` (a SHA-256) limits it to those in which that one has a part.

    ``state`` is held, accepted, rejected, superseded or rejudged; who, why and until are of the decision.
    """
    values = {"source": source} | ({} if document is None else {"sha": document})
    of_document = """AND EXISTS (SELECT 1 FROM held_figure f JOIN document c ON c.id = f.document
                         WHERE f.held = h.id AND c.sha256 = :sha)"""
    query = f"""
        SELECT h.*, r.source, r.recorded_at, d.verdict, d.who, d.why, d.until, d.run AS decided,
               (SELECT min(e.why) FROM held_end e WHERE e.held = h.id) AS ended,
               (SELECT count(*) FROM held_figure f WHERE f.held = h.id) AS figures,
               (SELECT c.sha256 FROM held_figure f JOIN document c ON c.id = f.document
                WHERE f.held = h.id AND f.number = 0) AS sha256
        FROM held_block h JOIN run r ON r.id = h.run LEFT JOIN decision d ON d.held = h.id OR d.id = h.decision
        WHERE (r.source = :source OR :source IS NULL)
        {"" if document is None else of_document}
        {"" if all_ else "AND d.id IS NULL AND NOT EXISTS (SELECT 1 FROM held_end e WHERE e.held = h.id)"}
        ORDER BY h.id
    """  # noqa: S608 - fixed words
    with ledger.reading() as conn:
        for _, row in _numbered(conn, _optional(query), values):
            decided = f"{row.verdict}ed" if row.verdict else ""
            yield {
                "block": renamed(row.block),
                "released": codes.release_text(row.released),
                "state": decided or row.ended or "held",
                "source": row.source,
                "run": row.run,
                "recorded_at": codes.instant_text(row.recorded_at),
                "figures": row.figures,
                "document": row.sha256,
                "cause": row.cause,
                "who": row.who or "",
                "why": row.why or "",
                "until": codes.release_text(row.until - row.until % (1 << 15)) if row.until is not None else "",
                "readings": _readings(ledger, conn, row.id),
            }


def _readings(ledger: Handle, conn: Connection, held: int) -> list[dict[str, Any]]:
    """What a held block is made of: every reading, with its document and where in it that stood."""
    query = (
        "SELECT series, period, mantissa, packed, document, position FROM held_figure WHERE held = :h ORDER BY number"
    )
    found = []
    for series, period, mantissa, packed, document, position in tuples(conn, query, {"h": held}):
        fields = series_fields(ledger.words.series(conn, series), ledger.words.period(conn, period)[0])
        found.append(
            {name: fields[name] for name in ("flow", "measure", "basis", "period", "unit")}
            | figure_fields(mantissa, packed)
            | {"document": ledger.words.document(conn, document), "position": position_text(position)}
        )
    return found
