"""Figures that are not published because their block is held, or was rejected."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection

from schemas.positions import Places
from storage.database.conditions import last_read, open_finding, rejected, rejected_beside, waits
from storage.database.connection import tuples
from storage.encoding import codes

#: The mark of a figure that today's parser cannot read any more: the published one stands until a person looks.
UNREADABLE: Final = "unreadable"
HELD: Final = "held"
REJECTED: Final = "rejected"
CONTESTED: Final = "contested"
#: Rejected as another document of its release was accepted: a person saw both, so that one is not marked for its sake.
BESIDE: Final = "beside"


def in_doubt(conn: Connection, run: int) -> dict[int, Places]:
    """Document → the places in it that could be read once and cannot be read by now: what stands there is kept."""
    query = f"""
        SELECT f.document, f.position FROM finding f WHERE f.rule = 'readable' AND f.severity = 'error'
        AND f.document IS NOT NULL AND f.run <= :run
        AND {open_finding(by=True)}
    """  # noqa: S608 - fixed words
    found: dict[int, list[str]] = {}
    for document, position in tuples(conn, query, {"run": run}):
        found.setdefault(document, []).append(position)
    return {document: Places.of(positions) for document, positions in found.items()}


class Waiting(NamedTuple):
    """A reading that is kept back; ``state`` is held or rejected, or rejected beside another one.

    Or the word that what stands of a cell is contested: no reading, but a block of its release that contradicts it.
    """

    series: int
    period: int
    released: int
    run: int
    mantissa: int | None
    packed: int
    document: int
    position: int
    state: str
    #: Sequences of its date that a person accepted in the place of others: they are marked as its own is.
    apart: frozenset[int] = frozenset()

    def pending(self, released: int, mantissa: int | None, packed: int) -> bool:
        """Whether a published figure is marked for its sake: it is of a later release, or of the same and waits.

        What was rejected of the same release marks it where it says something else, whichever came first; not where
        the person accepted another document of it.
        """
        if self.released != released and released not in self.apart:
            return self.released > released
        differs = self.mantissa != mantissa or not codes.same(self.packed, packed)
        return self.state in (HELD, CONTESTED) or (self.state == REJECTED and differs)


def waiting(conn: Connection, run: int, released: int) -> dict[tuple[int, int], list[Waiting]]:
    """By series and period, as of a run and by a release: all that was kept back then.

    Held blocks are few: they wait for a person.
    """
    query = f"""
        SELECT f.series, f.period, h.released, h.run, f.mantissa, f.packed, f.document, f.position,
               CASE WHEN NOT {rejected(by=True)} THEN 'held' WHEN {rejected_beside(by=True)} THEN 'beside'
               ELSE 'rejected' END, h.dataset
        FROM held_block h JOIN held_figure f ON f.held = h.id AND f.run <= :run
        WHERE {waits()} ORDER BY h.released DESC, h.id DESC, f.number
    """  # noqa: S608 - fixed words
    contested = f"""
        SELECT c.series, c.period, h.released, h.run, NULL, 0, 0, 0, 'contested', h.dataset
        FROM held_block h JOIN contested_cell c ON c.held = h.id AND c.run <= :run
        WHERE {waits()} AND NOT {rejected(by=True)} ORDER BY h.released DESC, h.id DESC
    """  # noqa: S608 - fixed words
    found: dict[tuple[int, int], list[Waiting]] = {}
    known, apart = set(), _Apart(conn, run)
    for *row, dataset in tuples(conn, query, {"run": run, "released": released}):
        one = Waiting(*row)
        # A block held anew is the same readings: the last word about them counts.
        name = (one.series, one.period, one.released, one.mantissa, one.packed, one.document)
        if name not in known:
            known.add(name)
            one = one._replace(apart=apart[dataset, codes.base(one.released)])
            found.setdefault((one.series, one.period), []).append(one)
    for *row, dataset in tuples(conn, contested, {"run": run, "released": released}) if found else ():
        one = Waiting(*row)._replace(apart=apart[dataset, codes.base(row[2])])
        found.setdefault((one.series, one.period), []).append(one)
    return found


class _Apart(dict[tuple[str, int], frozenset[int]]):
    """By dataset and date (its first code), as of a run: sequences that a person accepted in the place of others."""

    def __init__(self, conn: Connection, run: int) -> None:
        super().__init__()
        self._conn, self._run = conn, run

    def __missing__(self, about: tuple[str, int]) -> frozenset[int]:
        query = f"""
            SELECT p.released FROM printing p
            WHERE p.dataset = :d AND p.released BETWEEN :first AND :last AND p.instead AND {last_read(by=True)}
        """  # noqa: S608 - fixed words
        values = {"d": about[0], "first": about[1], "last": codes.last_sequence(about[1]), "run": self._run}
        self[about] = frozenset(row[0] for row in tuples(self._conn, query, values))
        return self[about]
