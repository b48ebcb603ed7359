"""Release dates: ``YYYY-MM-DD`` in the agency's zone, with ``THH:MM`` where the time is known."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache

_RELEASED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2})?")


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
