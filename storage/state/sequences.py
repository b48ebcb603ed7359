"""Which sequence of a release each answer begins, and in which it stands: of the answers alone, in whatever order read.

A release has a further sequence from each instant at which an address, under an unchanged date, answered with other
figures than before. It is the release as it stood then: of each address the last answer by that instant, and all that
came otherwise (by hand, in the foot of another release). What comes first from an address joins all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import attrgetter

from schemas.errors import ParseError
from schemas.release_dates import SEQUENCES


@dataclass(frozen=True)
class Answer:
    """What an address answered under one date of a dataset; ``says`` is equal where the figures are the same."""

    document: int | str
    address: str
    fetched_at: int
    says: object


#: Document → first and last sequence in which it stands; the last is SEQUENCES where nothing came after it.
Spans = Mapping[int | str, tuple[int, int]]


def numbered(answers: Iterable[Answer], release: str) -> dict[int | str, int]:
    """Document → its first sequence, from 1; raises ParseError where there are more than can be named."""
    ordered = sorted(answers, key=attrgetter("address", "fetched_at"))
    by_address = [list(own) for _, own in groupby(ordered, key=attrgetter("address"))]
    corrected = [new for own in by_address for old, new in pairwise(own) if new.says != old.says]
    ranks = {instant: at for at, instant in enumerate(sorted({one.fetched_at for one in corrected}), 2)}
    if len(ranks) >= SEQUENCES:
        raise too_many(release, len(ranks) + 1)
    begins = {one.document for one in corrected}
    found: dict[int | str, int] = {}
    for own in by_address:
        now = 1
        for one in own:
            now = ranks[one.fetched_at] if one.document in begins else now
            found[one.document] = now
    return found


def too_many(release: str, number: int) -> ParseError:
    """A release has more sequences than can be named: what was seen, and what to do."""
    return ParseError(
        f"the release of {release} would have {number} sequences, corrected in place each time, expected at most "
        f"{SEQUENCES}: give one of its answers another date, tradeledger reparse --document SHA --released DATE"
    )


def free_sequence(said: Mapping[int, set[int]], cells: set[int]) -> int | None:
    """The sequence in which ``cells`` are said over all others: of those there are, with what they say, the first after
    the last that says one of them; None where there must be a further one.
    """
    found = None
    for released, own in sorted(said.items()):
        if not cells.isdisjoint(own):
            found = None
        elif found is None:
            found = released
    return found


def spans(answers: Iterable[tuple[int | str, str, int]]) -> dict[int | str, tuple[int, int]]:
    """Document → the sequences in which it stands, of (document, address, first sequence) of answers."""
    firsts: dict[str, set[int]] = {}
    listed: Sequence[tuple[int | str, str, int]] = list(answers)
    for _, address, first in listed:
        firsts.setdefault(address, set()).add(first)
    return {
        document: (first, min((one - 1 for one in firsts[address] if one > first), default=SEQUENCES))
        for document, address, first in listed
    }
