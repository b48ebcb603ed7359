"""``tradeledger show --implied``: published figures with the tightest interval their release leaves, and what no one
printed but the rules pin down. The one form of ``show`` that computes, hence imports pandas and HiGHS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from schemas.implied import Implied
    from storage.ledger import Ledger

#: What an implied figure and a row of ``show`` have in common.
_CELL: Final = ("dataset", "reporter", "partner", "product", "breakdown", "flow", "period", "unit")
_Key = tuple[str, ...]


def rows(
    ledger: Ledger, published: Iterator[dict[str, Any]], filters: Mapping[str, str | None], released_by: str | None
) -> Iterator[dict[str, Any]]:
    """The rows of ``show``, ``low`` and ``high`` as the release they come from implies them; then, without a value,
    the levels that some release implies and none printed, each by the latest release that does.
    """
    from storage.queries import says, several

    found: dict[_Key, dict[str, Implied]] = {}
    dataset = filters.get("dataset")
    for one in (None,) if dataset is None else several(dataset):
        found |= _implied(ledger, one, released_by)
    for row in published:
        known = found.pop(tuple(row[name] for name in _CELL), {}) if row["measure"] == "level" else {}
        tight = known.get(row["released"])
        if tight is not None and row["qualifier"] == "=":
            row = row | {"low": tight.low_text, "high": tight.high_text}
        yield row
    for known in found.values():
        latest = known[max(known)]
        row = _unprinted(latest)
        if not latest.published and says(row, filters):
            yield row


def _implied(ledger: Ledger, dataset: str | None, released_by: str | None) -> dict[_Key, dict[str, Implied]]:
    """Cell → release date → what that release implies of it."""
    from schemas.implied import implied
    from sources.registry import load_sources
    from storage.frames import release_frames

    declared = {one.id: one for source in load_sources().values() for one in source.datasets}
    found: dict[_Key, dict[str, Implied]] = {}
    for _, released, frame in release_frames(ledger, dataset, released_by):
        for one in implied(frame, declared):
            found.setdefault(tuple(getattr(one, name) for name in _CELL), {})[released] = one
    return found


def _unprinted(one: Implied) -> dict[str, Any]:
    blank = dict.fromkeys(("value", "step", "qualifier", "status", "recorded_at", "pending", "source", "document"), "")
    return {
        **{name: getattr(one, name) for name in _CELL},
        **blank,
        "measure": "level",
        "basis": "_Z",
        "low": one.low_text,
        "high": one.high_text,
        "released": one.released,
        "run": None,
        "accepted": False,
    }
