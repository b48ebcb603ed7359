"""The words in which SQL says what stands and what is kept back, each once: ``h`` is a row of ``held_block``, ``f`` of
``finding``, ``p`` of ``printing``. With ``by`` it is asked as of the run ``:run``. What Python says of a held block
is ``storage.state.held.Held``.
"""

from __future__ import annotations

import re
from typing import Final

#: Why a block is held: an error rule fails, or there is something wrong with its document.
RULES: Final = "rules"
DOCUMENT: Final = "document"
#: A document that joined later contradicts what stands; in the place of that everything would hold, or fail as well.
JOINS: Final = "joining"
JOINS_FAILING: Final = "joining-fails"
JOINING: Final = (JOINS, JOINS_FAILING)


#: Two rows of ``version`` are of one cell.
SAME_CELL: Final = "{0}.series = {1}.series AND {0}.period = {1}.period"


def _until(table: str, by: bool) -> str:
    return f" AND {table}.run <= :run" if by else ""


def last_read(by: bool = False) -> str:
    """Of each document the printings of the last run that read it: only they count, and by themselves those that stand
    in place of others, which an empty one ends.
    """
    of = "q.document = p.document AND q.instead = p.instead"
    last = f"p.run = (SELECT max(q.run) FROM printing q WHERE {of}{_until('q', by)})"  # noqa: S608
    return f"(NOT p.instead OR p.readings > 0) AND {last}"


def last_of_release(row: str, other: str, by: str = "") -> str:
    """Nothing was recorded of the same cell and release after a row, or not up to the run ``by``."""
    until = f" AND {other}.run <= {by}" if by else ""
    return (
        f"NOT EXISTS (SELECT 1 FROM version {other} WHERE {SAME_CELL.format(other, row)} "  # noqa: S608
        f"AND {other}.released = {row}.released AND {other}.run > {row}.run{until})"
    )


def rejected(by: bool = False, of: str = "h") -> str:
    """A held block that is kept back for good: by a decision about it, or by one that was remembered."""
    about = f"x.held = {of}.id AND x.verdict = 'reject'{_until('x', by)}"
    return f"({of}.decision IS NOT NULL OR EXISTS (SELECT 1 FROM decision x WHERE {about}))"  # noqa: S608


def rejected_beside(by: bool = False) -> str:
    """A held block that was rejected since another document of its release was accepted, or the one that stands."""
    about = f"(x.held = h.id OR x.id = h.decision) AND x.verdict = 'reject'{_until('x', by)}"
    return f"EXISTS (SELECT 1 FROM decision x JOIN run y ON y.id = x.run WHERE {about} AND y.outcome = 'accepted')"  # noqa: S608


def open_finding(by: bool = False) -> str:
    """A finding that has not ended."""
    return f"NOT EXISTS (SELECT 1 FROM finding_end e WHERE e.finding = f.id{_until('e', by)})"  # noqa: S608


def later_release(of: str) -> str:
    """By ``:run`` its dataset had a later release up to ``:released`` than a held block or finding.

    What a person accepted in place of what stands is a sequence that says nothing else: no release by itself.
    """
    return (
        f"EXISTS (SELECT 1 FROM printing p WHERE p.dataset = {of}.dataset AND p.released > {of}.released "  # noqa: S608
        f"AND p.released <= :released AND NOT p.instead AND {last_read(by=True)})"
    )


def waits(of: str = "h") -> str:
    """A held block that by ``:run`` and up to ``:released`` was kept back, not freed or superseded.

    What only a release after that one superseded counts. So does what was rejected, until a later release: that another
    document of its own release is in force says no more than that.
    """
    alone = f"e.why = 'superseded' AND ({of}.cause <> '{DOCUMENT}' OR {rejected(of=of)}) AND NOT {later_release(of)}"
    ended = f"SELECT 1 FROM held_end e WHERE e.held = {of}.id AND e.run <= :run AND NOT ({alone})"  # noqa: S608
    return f"({of}.run <= :run AND {of}.released <= :released AND NOT EXISTS ({ended}))"


def unbounded(words: str, most: int) -> str:
    """The same words where ``:run`` and ``:released`` are later than every other."""
    return re.sub(r":(run|released)\b", str(most), words)


#: A held block that is held for its document's sake.
FOR_DOCUMENT: Final = f"h.cause = '{DOCUMENT}'"
#: A held block that was freed, superseded, or either.
_ENDS: Final = "SELECT 1 FROM held_end e WHERE e.held = h.id"
FREED: Final = f"EXISTS ({_ENDS} AND e.why IN ('rejudged', 'accepted'))"
SUPERSEDED: Final = f"EXISTS ({_ENDS} AND e.why = 'superseded')"
ENDED: Final = f"EXISTS ({_ENDS})"
#: A held block whose figures are not in force: those of superseded ones are not.
STILL_BACK: Final = f"NOT {FREED}"
#: A decision ``d`` that a person took back.
TAKEN_BACK: Final = "EXISTS (SELECT 1 FROM decision_end z WHERE z.decision = d.id)"
