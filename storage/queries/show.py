"""Published figures: rows as flat dicts with the fields of the contract, streamed; figures as decimal strings.

Light: neither numpy nor pandas, Pandera or Prefect is imported. ``as_of`` (what this ledger had published by an
instant) and ``released_by`` (what the agency had published by a date) go together or alone; each answer has exactly one
row a cell: of what was recorded by then and not withdrawn, the latest release. Where there is nothing to say a field
is "".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection

from schemas.periods import spellings
from schemas.positions import position_text
from storage.encoding import codes
from storage.encoding.figures import numbers, series_fields
from storage.encoding.words import CellRow
from storage.handle import Handle
from storage.queries.cells import check_filters, latest
from storage.queries.runs import last_run
from storage.queries.trace import Traces
from storage.state.pending import UNREADABLE, Waiting, in_doubt, waiting


def show(
    ledger: Handle,
    *,
    as_of: str | None = None,
    released_by: str | None = None,
    with_held: bool = False,
    every: bool = False,
    trace: bool = False,
    unshown: list[int] | None = None,
    **filters: str | None,
) -> Iterator[dict[str, Any]]:
    """Published figures, one row a cell, series by series.

    ``pending`` is "held" or "rejected" where another figure, of that release or a newer one, is not published for that
    reason; with ``with_held`` the held figure answers in place of the published one (``every``: each reading that is
    held, with its document), and cells of which nothing is published answer too; without it ``unshown`` gets the number
    of those readings, by cell.
    ``accepted`` is True where a person accepted a figure that contradicts others. ``trace`` adds the ``position`` in
    the document and the fields of ``storage.queries.trace``.
    """
    check_filters(filters)
    with ledger.reading() as conn:
        run, released = last_run(conn, as_of), codes.release_bound(released_by)
        wanted = _Held(with_held, every, unshown)
        yield from chain.from_iterable(_answers(ledger, conn, run, released, filters, wanted, trace))


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
