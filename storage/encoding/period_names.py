"""Periods in the ledger by their one name (``schemas.periods.canonical``), though older rows may have another text.

Nothing that was written is changed: a period keeps its number, and is told by its one name. Where a ledger of before
2026-12 has two numbers for the same months, the one of that name keeps it, and the other its text until ``reparse``.
Light: reading commands use it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text

from schemas.periods import Months, canonical, months, renamed, spellings
from storage.database.connection import tuples

#: Text, first month, length.
Named = tuple[str, int, int]


def names(conn: Connection, known: dict[int, Named]) -> dict[int, str]:
    """Number → name, of these rows of ``period``."""
    found = {number: said[0] for number, said in known.items()}
    for number, (word, *_) in known.items():
        name = renamed(word)
        if name != word and _numbers(conn, word)[0] == number:
            found[number] = name
    return found


def _numbers(conn: Connection, period: str) -> list[int]:
    """Periods of the same months, as spans: that of the one name first, then by number."""
    words = {f"w{at}": word for at, word in enumerate(spellings(period))}
    listed = ", ".join(f":{name}" for name in words)
    rows = tuples(conn, f"SELECT id, text FROM period WHERE text IN ({listed}) ORDER BY id", words)  # noqa: S608
    same = [(word != canonical(period), number) for number, word in rows if renamed(word) == canonical(period)]
    return [number for _, number in sorted(same)]


def numbers_of(conn: Connection, period: str) -> list[int]:
    """All numbers under which figures of a period may stand, whatever it was called."""
    start, length = months(period)
    query = "SELECT id FROM period WHERE start = :start AND length = :length OR text = :text"
    return [row[0] for row in tuples(conn, query, {"start": start, "length": length, "text": period})]


def known_numbers(conn: Connection, wanted: Iterable[str]) -> dict[str, int]:
    """Text → number of the periods there are, by their own text, else by another of the same months."""
    rows = conn.execute(text("SELECT text, id, start, length FROM period ORDER BY id")).fetchall()
    known = {row[0]: row[1] for row in rows}
    other: dict[Months, int] = {}
    for word, number, start, length in rows:
        if renamed(word) == canonical(word):  # else base and end of an average, which is no span
            other.setdefault(Months(start, length), number)
    for word in wanted:
        if word not in known and word == canonical(word) and (number := other.get(months(word))) is not None:
            known[word] = number
    return known
