"""What earlier releases say about a new one: a file a rule, with its page, as in ``schemas.rules``, which lists them.

``judge_history`` asks every rule that has a ``compare``, after ``judge`` and before publishing: nothing of it holds a
block. ``vanished``, ``too_few``, ``periods_ahead`` and ``stale`` are asked by themselves. ``shared`` is what the rules
know of earlier releases. Other packages import from here; light: numpy and pandas come with the first question.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from schemas import rules  # first: the list of rules loads the files of this room
from schemas.history.coverage import vanished
from schemas.history.expected_rows import Missed, last_pages, too_few
from schemas.history.period_ahead import periods_ahead
from schemas.history.stale import stale
from schemas.vocabulary import SEVERITIES

if TYPE_CHECKING:
    import pandas as pd

    from schemas.datasets import Dataset
    from schemas.findings import Finding

__all__ = ["Missed", "judge_history", "last_pages", "periods_ahead", "stale", "too_few", "vanished"]


def judge_history(
    current: pd.DataFrame, earlier: pd.DataFrame, datasets: Mapping[str, Dataset] | None = None
) -> list[Finding]:
    """Everything earlier releases have to say about the current ones, the worse first.

    ``current`` are the readings of the releases being judged, ``earlier`` what the ledger has published before, of
    every release, both frames of ``schemas.observations.READING_COLUMNS``. An older release that comes late is compared
    with the latest one too; what is found is said of the late one.
    """
    from schemas.history.shared.known import Known

    declared = datasets or {}
    if not len(current) or (not len(earlier) and current["released"].nunique() < 2):
        return []
    known = Known.of(earlier, current)
    if known.released.min() == known.released.max():
        return []
    files = [file for file in rules.MODULES.values() if hasattr(file, "compare")]
    files.sort(key=lambda file: (SEVERITIES.index(file.RULE.severity), file.RULE.order))
    off = {(name, rule_id) for name, one in declared.items() for rule_id, how in one.identities.items() if how == "off"}
    found = [finding for file in files for finding in file.compare(known, declared)]
    return [finding for finding in found if (finding.dataset, finding.rule) not in off]
