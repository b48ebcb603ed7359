"""Release dates: ``YYYY-MM-DD`` in the agency's zone, with ``THH:MM`` where the time is known.

A release has sequences where its figures were corrected under an unchanged date. Its name is the date, with ``+2`` for
the second and so on; nobody gives a name, it is found from when each answer was fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from statistics import median
from typing import Final

_RELEASED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2})?")
_NAME = re.compile(r"(.{10,16}?)(?:\+([2-9]|1[0-9]))?")
#: The most sequences of one date that can be named.
SEQUENCES: Final = 19
#: Release dates from which the next one can be told.
_RELEASES: Final = 3


@cache
def is_release_date(text: str) -> bool:
    """Whether ``text`` is a release date of the contract (texts of this shape sort in time)."""
    if not _RELEASED.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@cache
def split_release(text: str) -> tuple[str, int]:
    """The date and the sequence (1 where none is said) of a release's name; ("", 0) for what is none."""
    found = _NAME.fullmatch(text)
    if found is None or not is_release_date(found[1]):
        return "", 0
    return found[1], int(found[2] or 1)


def latest_day() -> str:
    """The day it is where days begin first: what was released later is to come."""
    return (datetime.now(UTC) + timedelta(hours=14)).date().isoformat()


def release_order(text: str) -> tuple[str, int]:
    """What names of releases are sorted by: ``+10`` comes after ``+2``; before all the unknown one, ``""``."""
    return split_release(text)


def due(released: Iterable[str]) -> str:
    """The day by which the next release usually comes after these; "" where that cannot be told."""
    days = sorted({date.fromisoformat(text[:10]) for text in released if text})
    if len(days) < _RELEASES:
        return ""
    usual = median((later - sooner).days for sooner, later in pairwise(days))
    return (days[-1] + timedelta(days=round(usual))).isoformat()
