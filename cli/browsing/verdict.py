"""What each rule says of a release: judged anew, by today's rules, of all that its documents print."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from storage.ledger import Ledger

#: Results of the judge that a page counts.
RESULTS: Final = ("holds", "fails", "not evaluable")


class Verdict(NamedTuple):
    """The number of readings, the SHA-256 of their documents, and rule → result → at how many places."""

    readings: int
    documents: tuple[str, ...]
    results: dict[str, dict[str, int]]


def verdict(ledger: Ledger, dataset: str, released: str) -> Verdict:
    """What the rules say of a release that look at one alone; raises UsageError for what is no release date."""
    from schemas.judge import judge
    from sources.registry import load_sources
    from storage.frames import printed_in

    frame = printed_in(ledger, dataset, released)
    if not len(frame):
        return Verdict(0, (), {})
    declared = {one.id: one for source in load_sources().values() for one in source.datasets}
    found = judge(frame, declared).frame
    counted = Counter(zip(found["rule"].astype(str), found["result"].astype(str), strict=True))
    results: dict[str, dict[str, int]] = {}
    for (rule, result), number in counted.items():
        results.setdefault(rule, dict.fromkeys(RESULTS, 0))[result] = number
    return Verdict(len(frame), tuple(dict.fromkeys(frame["document"].astype(str))), results)
