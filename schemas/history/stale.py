"""``stale``: nothing new long after the usual date.

A dataset that came every month and has not come for three may have moved, or its collection may have broken without a
word. A finding appears when the last release is older than every wait before, and more than twice the usual one; it
needs at least four release dates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Final

from schemas.findings import Finding, block_id
from schemas.rules.shared.statements import Rule

RULE: Final = Rule("stale", "something new comes by the usual release date", "warning", "ledger", order=99)
_RELEASES: Final = 4  # release dates that make a history


def stale(releases: Mapping[str, Sequence[str]], today: date) -> list[Finding]:
    """Datasets (with their release dates) of which nothing came for longer than ever, and twice as long as usual."""
    found = []
    for dataset, dates in sorted(releases.items()):
        days = sorted({date.fromisoformat(text[:10]) for text in dates if text})
        gaps = [(later - sooner).days for sooner, later in pairwise(days)]
        if len(days) < _RELEASES:
            continue
        usual, since = median(gaps), (today - days[-1]).days
        if since > max(*gaps, 2 * usual):
            words = (
                f"{dataset}: nothing new since {days[-1].isoformat()}, {since} days ago; "
                f"it usually appears every {usual:g} days, the longest wait was {max(gaps)}"
            )
            one = Finding(RULE.id, RULE.severity, "fails", dataset, left=str(since), right=f"{usual:g}", sentence=words)
            one = replace(one, difference=f"{since - usual:g}", allowed=str(max(gaps)), released=days[-1].isoformat())
            found.append(replace(one, block=block_id(dataset, "", "", "", "", "", "")))
    return found
