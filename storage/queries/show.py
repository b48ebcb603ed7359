"""Published figures: rows as flat dicts with the fields of the contract, streamed; figures as decimal strings.

Light: neither numpy nor pandas, Pandera or Prefect is imported. ``as_of`` (what this ledger had published by an
instant) and ``released_by`` (what the agency had published by a date) go together or alone; each answer has exactly one
row a cell: of what was recorded by then and not withdrawn, the latest release. Where there is nothing to say a field
is "".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection

from schemas.positions import position_text
from storage.encoding import codes
from storage.encoding.figures import numbers, series_fields
from storage.encoding.words import CellRow, Words
from storage.handle import Handle
from storage.queries.cells import latest
from storage.queries.filters import Filters, check_filters, says, several
from storage.queries.runs import last_run
from storage.queries.trace import Traces
from storage.state.pending import CONTESTED, HELD, REJECTED, UNREADABLE, Waiting, in_doubt, waiting


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
    the document, the fields of ``storage.queries.trace``, and ``cite``, which says name, position and address in one.
    """
    check_filters(filters)
    with ledger.reading() as conn:
        run, released = last_run(conn, as_of), codes.release_bound(released_by)
        asked = _Asked(ledger.words, conn, waiting(conn, run, released), Traces(conn) if trace else None, every)
        source, doubted = filters.get("source"), in_doubt(conn, run)
        sources = None if source is None else several(source)
        for words, rows, periods in latest(ledger, conn, run, released, filters):
            answers = asked.of_series(words, rows, periods)
            for at, row in enumerate(rows) if doubted else ():
                if row[6] in doubted and row[7] in doubted[row[6]]:
                    answers[at]["pending"] = UNREADABLE
            if asked.back:
                answers = list(asked.marked(rows, answers, with_held))
            yield from answers if sources is None else [answer for answer in answers if answer["source"] in sources]
        if with_held or unshown is not None:
            for more in asked.left(filters):
                if with_held:
                    yield from more if every else more[:1]
                elif unshown is not None:
                    unshown.append(len(more))


class _Asked(NamedTuple):
    """What makes answers of rows; ``back`` is what is kept back, by cell, of series that were not answered yet."""

    words: Words
    conn: Connection
    back: dict[tuple[int, int], list[Waiting]]
    traces: Traces | None
    every: bool

    def of_series(self, words: tuple[str, ...], rows: list[CellRow], periods: list[str]) -> list[dict[str, Any]]:
        """Rows of one series as answers."""
        series, answers, traces = series_fields(words, ""), [], self.traces
        last = None
        for (_, _, date, by, mantissa, packed, document, position), period in zip(rows, periods, strict=True):
            # There may be millions: of what neighbours have in common one copy, besides few assignments.
            if last is None or packed != last[0] or date != last[1] or by != last[2] or document != last[3]:
                last = packed, date, by, document
                fields = series | self.words.alike(self.conn, date, by, packed, document)
                if traces:
                    fields |= traces.fields(document, by)
                printed = numbers(packed)
            answer = fields.copy()
            answer["period"] = period
            answer["value"], answer["low"], answer["high"] = printed(mantissa)
            if traces:  # a fifth of the work, for what is seldom asked
                answer["position"] = place = position_text(position)
                answer["cite"] = ", ".join(filter(None, (fields["name"], place, fields["url"])))
            answers.append(answer)
        return answers

    def marked(self, rows: list[CellRow], answers: list[dict[str, Any]], with_held: bool) -> Iterator[dict[str, Any]]:
        """The answers of a series, marked where a reading waits or was rejected, or that in place; it is done then."""
        for answer, (series, number, date, _, mantissa, packed, *_) in zip(answers, rows, strict=True):
            newer = [one for one in self.back.pop((series, number), ()) if one.pending(date, mantissa, packed)]
            held = [one for one in newer if one.state == HELD]
            if newer:
                answer["pending"] = HELD if {one.state for one in newer} & {HELD, CONTESTED} else REJECTED
            if held and with_held:
                yield from map(self.held, held if self.every else held[:1])
            else:
                yield answer

    def left(self, filters: Filters) -> Iterator[list[dict[str, Any]]]:
        """What is held of cells of which nothing is published, cell by cell."""
        for of_cell in self.back.values():
            answers = map(self.held, (one for one in of_cell if one.state == HELD))
            if found := [answer for answer in answers if says(answer, filters)]:
                yield found

    def held(self, one: Waiting) -> dict[str, Any]:
        """A reading that is held as an answer."""
        words, period = self.words.series(self.conn, one.series), self.words.period(self.conn, one.period)[0]
        return self.of_series(words, [one[:8]], [period])[0] | {"pending": one.state}
