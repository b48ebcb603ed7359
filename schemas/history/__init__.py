"""What earlier releases say about a new one: a file a rule, with its page, as in ``schemas.rules``, which lists them.

``judge_history`` asks every rule that has a ``compare``, after ``judge`` and before publishing: nothing of it holds a
block. ``vanished``, ``too_few``, ``periods_ahead`` and ``stale`` are asked by themselves. ``shared`` is what the rules
know of earlier releases. Other packages import from here; light: numpy and pandas come with the first question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from schemas import rules  # first: the list of rules loads the files of this room
from schemas.history.coverage import vanished
from schemas.history.expected_rows import Missed, last_pages, too_few
from schemas.history.in_place import RULE as IN_PLACE
from schemas.history.period_ahead import periods_ahead
from schemas.history.stale import due_days, stale
from schemas.vocabulary import SEVERITIES

if TYPE_CHECKING:
    from types import ModuleType

    import pandas as pd

    from schemas.datasets import Dataset
    from schemas.findings import Finding
    from schemas.history.shared.known import Known

__all__ = [
    "IN_PLACE",
    "Missed",
    "apart",
    "due_days",
    "judge_history",
    "last_pages",
    "periods_ahead",
    "stale",
    "too_few",
    "vanished",
]


def judge_history(
    current: pd.DataFrame,
    earlier: pd.DataFrame,
    datasets: Mapping[str, Dataset] | None = None,
    held: pd.DataFrame | None = None,
) -> list[Finding]:
    """Everything earlier releases have to say about the current ones, the worse first.

    ``current`` are the readings of the releases being judged, ``earlier`` what the ledger has published before, of
    every release, both frames of ``schemas.observations.READING_COLUMNS``; ``held`` what of the current ones is held,
    which takes no part but where a rule is about what the agency did, whatever else holds (its file is ``ALWAYS``). An
    older release that comes late is compared with the latest one too; what is found is said of the late one.
    """
    from schemas.history.shared.known import Known
    from schemas.observations import combine

    known = {False: Known.of(earlier, current)}
    known[True] = known[False] if held is None or not len(held) else Known.of(earlier, combine([current, held]))
    files = [file for file in rules.MODULES.values() if hasattr(file, "compare")]
    files.sort(key=lambda file: (SEVERITIES.index(file.RULE.severity), file.RULE.order))
    asked = [(file, known[hasattr(file, "ALWAYS")]) for file in files]
    return _found(((file, each) for file, each in asked if hasattr(file, "ALONE") or _several(each)), datasets or {})


def apart(readings: pd.DataFrame, datasets: Mapping[str, Dataset]) -> list[Finding]:
    """What each release of some documents says against itself over time: rules that need no other (``ALONE``)."""
    from schemas.history.shared.known import Known

    known = Known.of(readings.head(0), readings)
    return _found(((file, known) for file in rules.MODULES.values() if hasattr(file, "ALONE")), datasets)


def _several(known: Known) -> bool:
    return bool(known.current.any()) and known.released.min() != known.released.max()


def _found(asked: Iterable[tuple[ModuleType, Known]], datasets: Mapping[str, Dataset]) -> list[Finding]:
    """What the rules say, but those that a dataset declares off."""
    off = {(name, rule_id) for name, one in datasets.items() for rule_id, how in one.identities.items() if how == "off"}
    found = [finding for file, known in asked for finding in file.compare(known, datasets)]
    return [finding for finding in found if (finding.dataset, finding.rule) not in off]
