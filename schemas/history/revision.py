"""``revision``: a change beside those that its series had before.

Every series has its own habit of being revised. A change of more than twice the largest of at least eight earlier
revisions of the same series is pointed out: it may be a benchmark revision, or a figure in the wrong unit.

Of each figure the last ten changes count, so that a long history costs no more than a short one.

A new figure whose series has been revised less often is never judged by this rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from schemas.rules.shared.statements import Rule
from schemas.sentences import printed_text, scale_of
from schemas.vocabulary import FLOWS

if TYPE_CHECKING:
    from schemas.datasets import Dataset
    from schemas.findings import Finding
    from schemas.history.shared.known import Ints, Known

RULE: Final = Rule(
    "revision", "a change is not far outside that series' history of revisions", "warning", "ledger", order=15
)
#: Earlier revisions that make a history of a series, and how far outside: times the largest of them.
_REVISIONS: Final = 8
_TIMES_LARGEST: Final = 2


def compare(known: Known, datasets: Mapping[str, Dataset]) -> list[Finding]:
    """Figures revised by more than twice the largest of at least eight earlier revisions of their series."""
    return [
        finding for _, _, rows, before in known.judged() for finding in _revised(known, known.plainest(rows), before)
    ]


def _revised(known: Known, now: Ints, before: Ints) -> Iterator[Finding]:
    """Of the figures of one release those revised far more than ever before."""
    import numpy as np

    from schemas.explain import finding_about
    from schemas.history.shared.known import dated_back, percent

    past = known.plainest(before)
    last = known.latest(past)
    last = last[np.argsort(known.cell[last])]
    place = np.minimum(np.searchsorted(known.cell[last], known.cell[now]), max(len(last) - 1, 0))
    if not len(last):
        return
    old = last[place]
    now, old = _moved(known, now, old)
    many = _earlier_revisions(known, past, np.unique(known.series[now]))
    for new, was in zip(now.tolist(), old.tolist(), strict=True):
        changed = many.get(int(known.series[new]), [])
        value, earlier = known.value(new), known.value(was)
        late = not known.current[new]
        if len(changed) < _REVISIONS or not earlier or value == earlier or (late and not known.current[was]):
            continue
        change, largest = abs(value - earlier) / abs(earlier), max(changed)
        if change > _TIMES_LARGEST * largest:
            row = known.frame.iloc[new]
            shown, was_shown = (
                printed_text(int(known.mantissa[at]), exponent, scale_of([exponent]))
                for at, exponent in ((at, int(known.exponent[at])) for at in (new, was))
            )
            words = (
                f"{FLOWS[row['flow']] or 'the figure'} {shown} was {was_shown} in the release of "
                f"{known.dates[known.released[was]]}: a revision of {percent(change)} %, the largest of "
                f"{len(changed)} earlier ones was {percent(largest)} %"
            )
            one = finding_about(RULE, row, words, value, earlier)
            yield dated_back(known, one, was) if late else one


def _moved(known: Known, new: Ints, old: Ints) -> tuple[Ints, Ints]:
    """Of pairs of rows those of one cell that are not printed alike: the value decides whether it is a revision."""
    other = (known.mantissa[old] != known.mantissa[new]) | (known.exponent[old] != known.exponent[new])
    moved = other & (known.cell[old] == known.cell[new])
    return new[moved], old[moved]


def _earlier_revisions(known: Known, past: Ints, series: Ints) -> Mapping[int, Sequence[Fraction]]:
    """Series → its earlier revisions, as shares of what was revised."""
    import numpy as np

    past = past[np.isin(known.series[past], series)]
    past = past[np.lexsort((known.released[past], known.cell[past]))]
    new, old = _moved(known, past[1:], past[:-1])
    found: dict[int, list[Fraction]] = {}
    for now, was in zip(new.tolist(), old.tolist(), strict=True):
        before, value = known.value(was), known.value(now)
        if before and value != before:
            found.setdefault(int(known.series[now]), []).append(abs(value - before) / abs(before))
    return found
