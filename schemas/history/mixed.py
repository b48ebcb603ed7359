"""``mixed``: figures that stand side by side and come from different releases.

The latest figure of each cell may come from different releases: exports were revised in May, imports last in April.
Where such figures contradict the identities of [total](total.md), or [re-exports](re-exports.md), an answer that puts
them side by side misleads. Nothing is held; the finding says from which release each figure is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from schemas.rules.shared.statements import Rule

if TYPE_CHECKING:
    from schemas.datasets import Dataset
    from schemas.findings import Finding
    from schemas.history.shared.known import Known

RULE: Final = Rule(
    "mixed", "latest figures of a block that come from different releases agree", "warning", "ledger", order=12
)


def compare(known: Known, datasets: Mapping[str, Dataset]) -> list[Finding]:
    """Blocks whose latest figures come from different releases, one of them judged, and do not agree."""
    import numpy as np

    from schemas.cells.reader import Reader
    from schemas.history.shared.known import dated_back
    from schemas.judge import judge

    found = []
    for _, released, rows, before in known.judged():
        old = known.lacking(known.latest(before), rows)
        old = old[np.isin(known.block[old], known.block[rows])]
        if not len(old):
            continue
        new = rows[np.isin(known.block[rows], known.block[old])]
        both = np.concatenate([new, old])
        when = [known.dates[code] for code in known.released[both]]
        judgement = judge(known.take(new, old, released=known.dates[released]), datasets)
        reader = Reader(judgement.cells)
        for done, at, finding in judgement.failures(lambda one: one.rule.exact and one.rule.scope == "block"):
            terms = [int(cell) for cell in done.terms[:, at] if cell >= 0]
            releases = {when[reader.row(cell)] for cell in terms}
            if len(releases) < 2 or known.dates[released] not in releases:
                continue
            judged = [row for cell in terms if known.current[row := int(both[reader.row(cell)])]]
            if not judged:
                continue
            said = ", ".join(f"{reader.flow(cell)} of {when[reader.row(cell)]}" for cell in terms)
            one = replace(
                finding,
                rule=RULE.id,
                severity=RULE.severity,
                sentence=f"{finding.sentence.partition(';')[0]}, mixing releases: {said}",
                suspects=(),
            )
            found.append(one if known.current[rows].any() else dated_back(known, one, judged[0]))
    return found
