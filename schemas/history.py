"""Rules that need what earlier releases said: pure functions over frames of readings, wired to the ledger by its users.

    judge_history(current, earlier, datasets) -> list[Finding]      after ``judge``, before publishing
        growth_base(current, earlier, datasets)     growth against an earlier release's base        information
        mixed(current, earlier, datasets)           latest figures of different releases disagree   warning
        mirror(current, earlier)                    A's exports to B against B's imports from A     warning
        revision(current, earlier)                  a change far outside the series' own            warning
    stale(releases, today) -> list[Finding]         nothing new long after the usual date           warning

``current`` are the readings of the releases being judged, ``earlier`` what the ledger has published before, of every
release, both frames of ``schemas.observations.READING_COLUMNS``. Nothing of this holds a block: ``schemas.coverage``
may.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any, Final

import numpy as np
import pandas as pd

from schemas import spans
from schemas.datasets import Dataset
from schemas.explain import base_of
from schemas.explain_reading import finding_about
from schemas.figures import Interval, decimal_text
from schemas.findings import Finding, block_id
from schemas.fits import Fitting
from schemas.judge import judge
from schemas.observations import combine
from schemas.periods import months
from schemas.readers import Reader, period_text, subject_of
from schemas.rules import rule
from schemas.sentences import number, range_text, rounded_span, scale_of
from schemas.units import is_currency
from schemas.vocabulary import FLOWS, SERIES_KEY

#: Earlier points that make a history: of a pair's ratio, of a series' revisions, of a dataset's release dates.
_PAIR_HISTORY: Final = 6
_REVISIONS: Final = 8
_RELEASES: Final = 4
#: How far outside: times the median deviation of a pair, times the largest revision of a series.
_DEVIATIONS: Final = 5
_TIMES_LARGEST: Final = 2

CELL: Final = (*SERIES_KEY, "period")


def judge_history(
    current: pd.DataFrame,
    earlier: pd.DataFrame,
    datasets: Mapping[str, Dataset] | None = None,
) -> list[Finding]:
    """Everything earlier releases have to say about the current ones."""
    if not len(current):
        return []
    declared = datasets or {}
    if not len(earlier) and current["released"].nunique() < 2:
        return []
    known = combine([earlier, current])  # of several releases judged at once the first is earlier than the second
    if known["released"].nunique() < 2:
        return []
    found = [
        *mixed(current, known, declared),
        *mirror(current, known),
        *revision(current, known),
        *growth_base(current, known, declared),
    ]
    return [
        replace(finding, severity="warning")
        if _how(declared, finding) == "warning" and finding.severity == "error"
        else finding
        for finding in found
        if _how(declared, finding) != "off"
    ]


def _how(datasets: Mapping[str, Dataset], finding: Finding) -> str:
    dataset = datasets.get(finding.dataset)
    return dataset.identities.get(finding.rule, "rounded") if dataset else "rounded"


def latest(readings: pd.DataFrame) -> pd.DataFrame:
    """The last release of every cell, all its readings; earlier releases of the cell left out."""
    texts = readings[[*CELL, "released"]].astype(str)
    last = texts.groupby(list(CELL), sort=False)["released"].transform("max")
    return readings[(texts["released"] == last).to_numpy()].reset_index(drop=True)


def _groups(current: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    for (dataset, released), rows in current.groupby(["dataset", "released"], observed=True, sort=True):
        yield str(dataset), str(released), rows.reset_index(drop=True)


def _before(earlier: pd.DataFrame, dataset: str, released: str) -> pd.DataFrame:
    """What was published of a dataset before a release."""
    rows = (earlier["dataset"] == dataset) & (earlier["released"].astype(str) < released)
    return earlier[rows.to_numpy()].reset_index(drop=True)


def _relabelled(readings: pd.DataFrame, released: str) -> pd.DataFrame:
    """The same readings as if they were of one release."""
    return readings.assign(released=pd.Categorical([released] * len(readings), categories=[released]))


def _lacking(readings: pd.DataFrame, there: pd.DataFrame) -> pd.DataFrame:
    """The readings whose cell is not among the others."""
    seen = pd.MultiIndex.from_frame(there[list(CELL)].astype(str))
    cells = pd.MultiIndex.from_frame(readings[list(CELL)].astype(str))
    return readings[~cells.isin(seen)].reset_index(drop=True)


def growth_base(current: pd.DataFrame, earlier: pd.DataFrame, datasets: Mapping[str, Dataset]) -> list[Finding]:
    """Growth whose base only an earlier release prints: what base it implies, and what was printed."""
    found = []
    for dataset, released, rows in _groups(current):
        before = _before(earlier, dataset, released)
        levels = before[before["measure"].isin(["level", "count"]).to_numpy()].reset_index(drop=True)
        if not len(levels):
            continue
        bases = _lacking(latest(levels), rows)
        both = combine([rows, _relabelled(bases, released)])
        judgement = judge(both, datasets)
        reader = Reader(judgement.cells)
        for done, at, finding in judgement.failures("growth", "growth-average"):
            rate, _, base = (int(cell) for cell in done.terms[:, at])
            if reader.row(base) < len(rows):
                continue  # printed in the same release: that is the rule "growth"
            found.append(_of_base(reader, Fitting(reader).fit(done, at, base), rate, base, finding, bases, len(rows)))
    return found


def _of_base(
    reader: Reader,
    target: Interval | None,
    rate: int,
    base: int,
    finding: Finding,
    bases: pd.DataFrame,
    offset: int,
) -> Finding:
    cells = reader.cells
    exponent = reader.exponent(base)
    scale = scale_of([exponent])
    implied = rounded_span(target or spans.ANY, exponent - 2)
    printed, middle = reader.value(base), spans.middle(implied)
    when = str(bases["released"].iat[reader.row(base) - offset])
    name = "average growth" if cells.text("measure", rate) == "growth_avg" else "growth"
    words = (
        f"{name} of {reader.flow(rate) or 'the figure'} {reader.text(rate, 0)} % implies a base of "
        f"{range_text(implied, scale)} in {period_text(base_of(cells, rate)[0])}, was {reader.text(base, scale)} "
        f"as released on {when}"
    )
    return replace(
        finding,
        rule="growth-base",
        severity=rule("growth-base").severity,
        unit=cells.text("unit", base),
        left=decimal_text(printed),
        right="" if middle is None else decimal_text(middle),
        difference="" if middle is None else decimal_text(printed - middle),
        allowed=decimal_text(spans.half_width(implied) + spans.half_width(reader.interval(base))),
        sentence=f"{subject_of(cells, rate)}: {words}",
        suspects=(),
    )


def mixed(current: pd.DataFrame, earlier: pd.DataFrame, datasets: Mapping[str, Dataset]) -> list[Finding]:
    """Blocks whose latest figures come from different releases, one of them current, and do not agree."""
    found = []
    for dataset, released, rows in _groups(current):
        before = _lacking(latest(_before(earlier, dataset, released)), rows) if len(earlier) else earlier
        if not len(before):
            continue
        both = combine([rows, before])
        when = both["released"].astype(str).to_numpy()
        judgement = judge(_relabelled(both, released), datasets)
        reader = Reader(judgement.cells)
        for done, at, finding in judgement.failures("total", "balance", "exports-from-total", "imports-from-total"):
            terms = [int(cell) for cell in done.terms[:, at]]
            releases = {str(when[reader.row(cell)]) for cell in terms}
            if len(releases) < 2:
                continue
            said = ", ".join(f"{reader.flow(cell)} of {when[reader.row(cell)]}" for cell in terms)
            found.append(
                replace(
                    finding,
                    rule="mixed",
                    severity=rule("mixed").severity,
                    sentence=f"{finding.sentence.partition(';')[0]}, mixing releases: {said}",
                    suspects=(),
                )
            )
    return found


def _figures(readings: pd.DataFrame) -> pd.DataFrame:
    """Readings of levels in a currency with a plain value, one a cell and release, with their value as a fraction."""
    plain = (readings["measure"] == "level") & (readings["qualifier"] == "=") & readings["mantissa"].notna()
    money = np.array([is_currency(text) for text in readings["unit"].cat.categories] or [False])
    plain &= money[readings["unit"].cat.codes.to_numpy()]
    rows = readings[plain.to_numpy()].astype(dict.fromkeys((*CELL, "released", "document"), str))
    rows = rows.sort_values("exponent", kind="stable").drop_duplicates([*CELL, "released"]).sort_index()
    value = [
        Fraction(int(mantissa)) * Fraction(10) ** int(exponent)
        for mantissa, exponent in zip(rows["mantissa"], rows["exponent"], strict=True)
    ]
    return rows.assign(value=pd.Series(value, index=rows.index, dtype=object))


def mirror(current: pd.DataFrame, earlier: pd.DataFrame) -> list[Finding]:
    """Imports against the partner's exports, where their ratio leaves what it used to be for this pair and product."""
    rows = _figures(latest(earlier))
    here = set(current["released"].astype(str).unique())
    rows = rows[rows["partner"] != "WLD"]
    exports, imports = rows[rows["flow"] == "X"], rows[rows["flow"] == "M"]
    key = ["dataset", "product", "breakdown", "unit", "period"]
    pairs = imports.merge(
        exports, left_on=[*key, "reporter", "partner"], right_on=[*key, "partner", "reporter"], suffixes=("", "_x")
    )
    pairs = pairs[np.array([value > 0 for value in pairs["value_x"]], dtype=bool)]
    found = []
    series = ["dataset", "reporter", "partner", "product", "breakdown", "unit"]
    lengths = pairs["period"].map(lambda period: months(period).length)
    for _, group in pairs.groupby([*series, lengths], sort=False):
        ordered = group.assign(start=[months(period).start for period in group["period"]]).sort_values("start")
        ratios = [m / x for m, x in zip(ordered["value"], ordered["value_x"], strict=True)]
        for at in range(_PAIR_HISTORY, len(ordered)):
            row = ordered.iloc[at]
            if row["released"] not in here and row["released_x"] not in here:
                continue
            usual = median(ratios[:at])
            spread = max(median(abs(one - usual) for one in ratios[:at]), abs(usual) / 100)
            if abs(ratios[at] - usual) > _DEVIATIONS * spread:
                words = (
                    f"imports from {row['partner']} {_in_scale(row)} are {_percent(ratios[at])} % of its exports "
                    f"{_in_scale(row, '_x')} to {row['reporter']}; over {at} earlier periods it was "
                    f"{_percent(usual)} ± {_percent(_DEVIATIONS * spread)} %"
                )
                found.append(finding_about("mirror", row, words, row["value"], row["value_x"] * usual))
    return found


def _percent(value: Fraction) -> str:
    return number(Fraction(round(value * 10000), 100))


def _in_scale(row: pd.Series[Any], suffix: str = "") -> str:
    return number(row["value" + suffix], scale_of([int(row["exponent" + suffix])]))


def revision(current: pd.DataFrame, earlier: pd.DataFrame) -> list[Finding]:
    """Figures revised by more than twice the largest of at least eight earlier revisions of their series."""
    return [
        finding
        for dataset, released, rows in _groups(current)
        for finding in _revised(_figures(rows), _figures(_before(earlier, dataset, released)))
    ]


def _revised(now: pd.DataFrame, past: pd.DataFrame) -> Iterator[Finding]:
    """Of the figures of one release those revised far more than ever before."""
    if not len(now) or not len(past):
        return
    series, cell = list(SERIES_KEY), list(CELL)
    past = past.sort_values("released", kind="stable")
    last = past.drop_duplicates(cell, keep="last")
    both = now.merge(last[[*cell, "value", "released"]], on=cell, suffixes=("", "_old"))
    both = both[np.array([bool(old) and new != old for new, old in zip(both["value"], both["value_old"], strict=True)])]
    if not len(both):
        return
    concerned = pd.MultiIndex.from_frame(both[series]).unique()
    past = past[pd.MultiIndex.from_frame(past[series]).isin(concerned)]
    before = past.groupby(cell, sort=False)["value"].shift()
    changes = [
        abs(new - old) / abs(old) if isinstance(old, Fraction) and old and new != old else None
        for new, old in zip(past["value"], before, strict=True)
    ]
    sized = past.assign(change=pd.Series(changes, index=past.index, dtype=object))
    history = {key: list(rows["change"]) for key, rows in sized[sized["change"].notna()].groupby(series, sort=False)}
    olds = last.set_index(cell)
    for _, row in both.iterrows():
        changed = history.get(tuple(row[name] for name in series), [])
        if len(changed) < _REVISIONS:
            continue
        old = olds.loc[tuple(row[name] for name in cell)]
        change, largest = abs(row["value"] - old["value"]) / abs(old["value"]), max(changed)
        if change > _TIMES_LARGEST * largest:
            words = (
                f"{FLOWS[row['flow']] or 'the figure'} {_in_scale(row)} was {_in_scale(old)} in the release of "
                f"{old['released']}: a revision of {_percent(change)} %, the largest of {len(changed)} earlier ones "
                f"was {_percent(largest)} %"
            )
            yield finding_about("revision", row, words, row["value"], old["value"])


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
            found.append(
                Finding(
                    rule="stale",
                    severity=rule("stale").severity,
                    result="fails",
                    dataset=dataset,
                    reporter="",
                    partner="",
                    product="",
                    breakdown="",
                    period="",
                    unit="",
                    left=str(since),
                    right=f"{usual:g}",
                    difference=f"{since - usual:g}",
                    allowed=str(max(gaps)),
                    block=block_id(dataset, "", "", "", "", "", ""),
                    released=days[-1].isoformat(),
                    document="",
                    position="",
                    sentence=words,
                )
            )
    return found
