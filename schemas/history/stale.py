"""``stale``: nothing new long after the usual date.

A dataset that came every month and has not come for three may have moved, or its collection may have broken without a
word. A finding appears when the last release is older than every wait before, and more than twice the usual one; it
needs at least four release dates.

Where a dataset declares the days on which a release is due (`due`), those count instead, from the day after: a release
is that of the due day nearest to it, come early or late. Of a month without such a day it is the last day.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from schemas.findings import Finding, block_id
from schemas.rules.shared.statements import Rule

RULE: Final = Rule("stale", "something new comes by the usual release date", "warning", "ledger", order=99)
_RELEASES: Final = 4  # release dates that make a history


#: Around a release, all due days of a year before and after are looked at.
_YEAR: Final = timedelta(days=366)


def stale(
    releases: Mapping[str, Sequence[str]], today: date, due: Mapping[str, Sequence[str]] | None = None
) -> list[Finding]:
    """Datasets (with their release dates) of which nothing came for longer than ever, and twice as long as usual.

    Of those with days on which a release is ``due``, nothing that belongs to the last one of them.
    """
    found = []
    for dataset, dates in sorted(releases.items()):
        days = sorted({date.fromisoformat(text[:10]) for text in dates if text})
        if days and (declared := (due or {}).get(dataset)):
            if missed := _missed(days[-1], declared, today):
                found.append(_finding(dataset, days[-1], today, missed))
            continue
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


def due_days(due: Sequence[str], first: date, last: date) -> list[date]:
    """The days between two, both included, that dates with ``*`` for any year or month stand for."""
    found = set()
    for year, month, day in (text.split("-") for text in due):
        for at in range(first.year, last.year + 1) if year == "*" else [int(year)]:
            for of in range(1, 13) if month == "*" else [int(month)]:
                found.add(date(at, of, min(int(day), monthrange(at, of)[1])))
    return sorted(day for day in found if first <= day <= last)


def _missed(last: date, due: Sequence[str], today: date) -> date | None:
    """The first day on which a release was due after the one that the last release belongs to; None before its end."""
    days = due_days(due, last - _YEAR, max(today, last) + _YEAR)
    own = min(days, key=lambda day: (abs(day - last), day), default=None)
    return next((day for day in days if own is not None and own < day < today), None)


def _finding(dataset: str, last: date, today: date, missed: date) -> Finding:
    since, allowed = (today - last).days, (missed - last).days
    words = (
        f"{dataset}: nothing new since {last.isoformat()}, {since} days ago; a release was due on {missed.isoformat()}"
    )
    one = Finding(RULE.id, RULE.severity, "fails", dataset, left=str(since), right=str(allowed), sentence=words)
    one = replace(one, difference=str(since - allowed), allowed="0", released=last.isoformat())
    return replace(one, block=block_id(dataset, "", "", "", "", "", ""))
