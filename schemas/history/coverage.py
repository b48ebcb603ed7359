"""``coverage``: what a document that declares to cover a window leaves out, and what that proposes.

Absence is not deletion: many tables drop their oldest year with every edition. But a dataset can say which window each
of its documents covers (`Dataset.covers`):

- `series`: each series it prints, from its first period to its last;
- `dataset`: all its series, from their first period on. Such a document must not end earlier than the one before.

Months, quarters and years have windows of their own; figures from January on have none, since each release has its own.

A figure published before that a release lacks within that window has vanished. The document is held, whole: a cut-off
download must not look like a withdrawal. One finding speaks of the document, and one of each figure that is missing,
with the release that had it. The held block proposes a tombstone, a figure with the status `M`: accepted, `show` says
that the figure is missing since that release, and `--released-by` a day before goes on answering with it. Rejected, the
figure stands. A figure that the document prints without its value (status `M`, `C`, `O`, …) where it had one is judged
alike: there the document itself says what is proposed. A figure that stays away for as many releases in a row as its
dataset declares (`Dataset.absences`, three for `ft900`, `ons` and `worldbank`) is gone without a person's word.

A release is compared with earlier ones the ledger knows when it arrives. An older document that comes later does not
hold what was published meanwhile: where the latest release lacks what it printed, a warning says so.

`identities={"coverage": "warning"}` makes it a warning that holds nothing and proposes nothing, `"off"` turns it off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from schemas.documents import Notice
from schemas.findings import Finding
from schemas.periods import months
from schemas.positions import NOWHERE
from schemas.release_dates import split_release
from schemas.rules.shared.statements import Rule
from schemas.sentences import printed_text, scale_of
from schemas.vocabulary import FLOWS, SERIES_KEY

if TYPE_CHECKING:
    import pandas as pd

    from schemas.datasets import Dataset
    from schemas.history.shared.known import Flags, Ints, Known

RULE: Final = Rule(
    "coverage",
    "no cell vanishes, or loses its value, within the window the document declares to cover",
    "error",
    "ledger",
    order=16,
)
#: A window is one of periods of a kind, by months; figures "from January on" are none: each release has its own.
_SPAN: Final = 0


@dataclass(frozen=True)
class Vanished:
    """What is missing: readings of status M at NOWHERE, what is said of each document and of each figure."""

    readings: pd.DataFrame
    notices: Sequence[Notice] = ()
    findings: Sequence[Finding] = ()


def vanished(
    current: pd.DataFrame,
    earlier: pd.DataFrame,
    datasets: Mapping[str, Dataset],
    documents: Collection[str],
    releases: Mapping[str, Sequence[str]],
) -> Vanished:
    """What ``documents`` leave out of the latest release each of them speaks of.

    ``current`` are all readings of the releases being judged, ``earlier`` what is published of others, both frames of
    READING_COLUMNS; ``releases`` the release dates known of each dataset, those that are held too. What stays away
    for as many releases as its dataset declares is gone without a finding. The sequences of a date are one release.
    """
    import numpy as np

    from schemas.history.shared.known import Known, as_ints, by_date
    from schemas.observations import combine

    current, earlier = by_date(current), by_date(earlier)
    releases = {name: [split_release(one)[0] for one in known] for name, known in releases.items()}
    covering = {name: datasets[name] for name in current["dataset"].unique() if name in datasets}
    covering = {name: one for name, one in covering.items() if one.covers and one.identities.get(RULE.id) != "off"}
    if not covering or (not len(earlier) and current["released"].nunique() < 2):
        return Vanished(combine(()))
    known = Known.of(earlier, current)
    value = known.frame["mantissa"].notna().to_numpy()
    kinds = _Kinds(known.frame["period"])
    gone, notices, findings = [], [], []
    for name, dataset in covering.items():
        of = known.where(dataset=name)
        rows = as_ints(np.flatnonzero(of))
        held_back = dataset.identities.get(RULE.id) != "warning"
        severity = RULE.severity if held_back else "warning"
        for sha in sorted(set(documents) & set(current["document"].unique())):
            own = as_ints(np.flatnonzero(of & known.where(document=sha)))
            if not len(own):
                continue
            now = int(known.released[own].max())
            own = own[known.released[own] == now]
            findings += _overtaken(known, kinds, dataset, rows, own[value[own]], releases.get(name, ()))
            last = known.latest(as_ints(np.flatnonzero(of & (known.released < now))))
            last = last[np.unique(known.cell[last], return_index=True)[1]]
            last = last[value[last]]  # what is said to be missing cannot vanish
            there = as_ints(np.flatnonzero(of & (known.released == now)))
            out = known.lacking(last, there)
            out = out[kinds.covered(known.series, own, out, dataset.covers == "dataset")]
            emptied = _emptied(known, last, own, there, value)
            if not len(out) + len(emptied):
                continue
            if held_back and len(out):
                gone.append(_tombstones(known.frame.iloc[out], known.dates[now], sha))
            fresh = _fresh(known, dataset, np.concatenate([out, emptied]), now, releases.get(name, ()))
            found = [
                replace(_missing(known, at, now, severity), released=known.dates[now], document=sha, position="")
                for at in fresh
            ]
            findings += found
            if found and held_back:
                notices.append(_notice(found, dataset, sha))
    return Vanished(combine(gone), notices, findings)


def _emptied(known: Known, last: Ints, own: Ints, there: Ints, value: Flags) -> Ints:
    """Of the figures ``last`` those that a document (``own``) prints without a value, and no other of its release."""
    import numpy as np

    from schemas.history.shared.known import as_ints

    position = as_ints(known.frame["position"])
    without = own[~value[own] & (position[own] != NOWHERE)]
    return last[
        np.isin(known.cell[last], known.cell[without]) & ~np.isin(known.cell[last], known.cell[there[value[there]]])
    ]


def _overtaken(
    known: Known, kinds: _Kinds, dataset: Dataset, rows: Ints, own: Ints, releases: Sequence[str]
) -> list[Finding]:
    """What the latest release leaves out of a document (its figures ``own``) that came after it, though it is older.

    That release is published, so this holds nothing: it warns. Among ``rows`` is all that release printed.
    """
    last = int(known.released[rows].max())
    printed = rows[known.released[rows] == last]
    if not len(own) or known.current[printed].any():  # a release that is judged itself looks back
        return []
    out = known.lacking(own, rows[known.released[rows] > known.released[own[0]]])
    out = out[kinds.covered(known.series, printed, out, dataset.covers == "dataset")]
    return [_missing(known, at, last, "warning") for at in _fresh(known, dataset, out, last, releases)]


def _fresh(known: Known, dataset: Dataset, out: Ints, now: int, releases: Sequence[str]) -> list[int]:
    """Of the rows ``out``, missing since their release until ``now``, those not gone without a word by now."""
    dates = {*releases, known.dates[now]}
    times = [sum(known.dates[known.released[at]] < one <= known.dates[now] for one in dates) for at in out]
    return [int(at) for at, often in zip(out, times, strict=True) if not 0 < dataset.absences <= often]


class _Kinds:
    """Of every reading the first month and the length of its period; spans have no length."""

    def __init__(self, period: pd.Series[Any]) -> None:
        import numpy as np

        facts = [(months(text).start, _SPAN if "/" in text else months(text).length) for text in period.cat.categories]
        parts = np.array(facts or [(0, 0)], dtype=np.int64)[period.cat.codes.to_numpy()]
        self.start, self.length = parts[:, 0], parts[:, 1]

    def covered(self, series: Ints, own: Ints, last: Ints, whole: bool) -> Flags:
        """Which of ``last`` lie in the window of the readings ``own``: kind by kind, series by series."""
        import numpy as np
        import pandas as pd

        inside = np.zeros(len(last), dtype=bool)
        for kind in set(np.unique(self.length[own]).tolist()) - {_SPAN}:
            rows = own[self.length[own] == kind]
            spans = pd.Series(self.start[rows]).groupby(series[rows]).agg(["min", "max"])
            here = self.length[last] == kind
            # The whole dataset is printed up to now: a document that ends earlier than the last one lacks its end.
            of_series = pd.Index(series[last])
            first = spans["min"].reindex(of_series, fill_value=spans["min"].max() if whole else 1 << 40).to_numpy()
            inside |= here & (self.start[last] >= first)
            if not whole:
                inside &= ~here | (self.start[last] <= spans["max"].reindex(of_series, fill_value=-1).to_numpy())
        return inside


def _tombstones(rows: pd.DataFrame, released: str, document: str) -> pd.DataFrame:
    """Readings that say these figures are missing."""
    import pandas as pd

    from schemas.observations import readings

    coded = {name: rows[name].astype(str).tolist() for name in (*SERIES_KEY, "period")}
    return readings(
        {
            **coded,
            "released": released,
            "mantissa": pd.array([None] * len(rows), dtype="Int64"),
            "exponent": 0,
            "status": "M",
            "cite": "missing within the window the document covers",
            "position": NOWHERE,
            "document": document,
        }
    )


def _missing(known: Known, at: int, now: int, severity: str) -> Finding:
    """Of one figure, its release and its document: that the release ``now`` lacks it."""
    from schemas.explain import finding_about

    row, value = known.frame.iloc[at], known.value(at)
    rate = row["unit"] == "%"
    exponent = int(row["exponent"])
    shown = printed_text(int(row["mantissa"]), exponent, 0 if rate else scale_of([exponent]), str(row["qualifier"]))
    shown += " %" if rate else ""
    said = (known.released == now) & (known.cell == known.cell[at])
    how = "has no value in" if said.any() else "is missing from"
    words = (
        f"{FLOWS[row['flow']] or 'the figure'} {shown} of the release of {row['released']} {how} that of "
        f"{known.dates[now]}, which covers the period"
    )
    return finding_about(RULE, row, words, value, None, severity)


def _notice(found: Sequence[Finding], dataset: Dataset, document: str) -> Notice:
    """One line about the document: how many figures it lacks, and the first."""
    series = "each of its series" if dataset.covers == "series" else "all its series from their first period on"
    figures = "figures" if len(found) > 1 else "figure"
    first = min(found, key=lambda one: (one.block, one.sentence))  # by what it is, in whatever order it was read
    sentence = (
        f"{len(found)} {figures} published before {'are' if len(found) > 1 else 'is'} missing, though documents of "
        f"{dataset.id} print {series} without gaps; the first: {first.sentence}"
    )
    # Not by which releases: of the next one, which lacks the same figures, the same is to be said.
    missing = sorted(f"{one.block} {one.left}" for one in found)
    digest = hashlib.sha256("\n".join(missing).encode()).hexdigest()
    return Notice(RULE.id, sentence, document=document, about=f"{len(found)} {figures} missing, {digest[:16]}")
