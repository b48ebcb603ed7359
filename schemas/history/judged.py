"""Rules that need what earlier releases said: pure functions over frames of readings, wired to the ledger by its users.

    judge_history(current, earlier, datasets) -> list[Finding]      after ``judge``, before publishing
        growth_base    growth against an earlier release's base        information
        mixed          latest figures of different releases disagree   warning
        mirror         A's exports to B against B's imports from A     warning
        revision       a change far outside the series' own            warning
    stale(releases, today) -> list[Finding]         nothing new long after the usual date           warning

``current`` are the readings of the releases being judged, ``earlier`` what the ledger has published before, of every
release, both frames of ``schemas.observations.READING_COLUMNS``. An older release that comes late is compared with the
latest one too; what is found is said of the late one. Nothing of this holds a block: ``schemas.history.coverage`` may.
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

from schemas.cells import spans
from schemas.cells.reader import Reader, period_text, subject_of
from schemas.datasets import Dataset
from schemas.explain.reading import finding_about
from schemas.figures import Interval, decimal_text
from schemas.findings import Finding, block_id
from schemas.history.known import Ints, Known, as_ints
from schemas.judge import judge
from schemas.periods import months
from schemas.positions import position_text
from schemas.rules import rule
from schemas.rules.shared.evaluation import Evaluated
from schemas.rules.shared.rates import base_and_end
from schemas.rules.shared.statements import Ratio
from schemas.sentences import number, printed_text, range_text, rounded_span, scale_of
from schemas.suspects.fits import Fitting
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
    known = Known.of(earlier, current)
    if len(np.unique(known.released)) < 2:
        return []
    found = [*mixed(known, declared), *mirror(known), *revision(known), *growth_base(known, declared)]
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


def growth_base(known: Known, datasets: Mapping[str, Dataset]) -> list[Finding]:
    """Growth whose base only an earlier release prints: what base it implies, and what was printed."""
    found = []
    level = known.where(measure="level") | known.where(measure="count")
    growth = known.where(measure="growth_yoy") | known.where(measure="growth_prev") | known.where(measure="growth_avg")
    for _, released, rows, before in known.judged():
        late = not known.current[rows].any()
        places = known.lacking(known.latest(before[level[before]]), rows)
        if late:
            places = places[known.current[places]]
        if not len(places) or not growth[rows].any():
            continue
        bases = known.take(places)
        both = known.take(rows, places, released=known.dates[released])
        judgement = judge(both, datasets)
        reader = Reader(judgement.cells)
        for done, at, finding in judgement.failures(_is_growth):
            rate, _, base = (int(cell) for cell in done.terms[:, at])
            if reader.row(base) < len(rows):
                continue  # printed in the same release: that is the rule "growth"
            one = _of_base(reader, Fitting(reader).fit(done, at, base), rate, base, finding, bases, len(rows))
            found.append(_late(known, one, int(places[reader.row(base) - len(rows)])) if late else one)
    return found


def _is_growth(done: Evaluated) -> bool:
    return isinstance(done.condition, Ratio) and done.condition.whole == 100


def _late(known: Known, finding: Finding, place: int) -> Finding:
    """A finding of a later release, as one of the release being judged: of its figure in that row."""
    row = known.frame.iloc[place]
    where = position_text(int(row["position"]))
    return replace(finding, released=str(row["released"]), document=str(row["document"]), position=where)


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
    measure = cells.text("measure", rate)
    before, _, _ = base_and_end(measure, cells.text("period", rate))
    average = "average " if measure == "growth_avg" else ""
    words = (
        f"{average}growth of {reader.flow(rate) or 'the figure'} {reader.text(rate, 0)} % implies a base of "
        f"{range_text(implied, scale)} in {period_text(before)}, was {reader.text(base, scale)} "
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


def mixed(known: Known, datasets: Mapping[str, Dataset]) -> list[Finding]:
    """Blocks whose latest figures come from different releases, one of them judged, and do not agree."""
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
                rule="mixed",
                severity=rule("mixed").severity,
                sentence=f"{finding.sentence.partition(';')[0]}, mixing releases: {said}",
                suspects=(),
            )
            found.append(one if known.current[rows].any() else _late(known, one, judged[0]))
    return found


def _figures(known: Known, rows: Ints) -> pd.DataFrame:
    """Those of ``rows`` that are plain levels in a currency, one a cell and release, the value as a fraction."""
    rows = _plain(known, rows)
    frame = known.frame.iloc[rows].astype(dict.fromkeys((*CELL, "released", "document"), str))
    value = [known.value(at) for at in rows.tolist()]
    return frame.assign(value=pd.Series(value, index=frame.index, dtype=object))


def _plain(known: Known, rows: Ints) -> Ints:
    """Levels in a currency with a plain value: of each cell and release the one printed most finely."""
    rows = rows[known.plain[rows]]
    exponent = known.exponent
    order = rows[np.lexsort((exponent[rows], known.released[rows], known.cell[rows]))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (known.cell[order][1:] != known.cell[order][:-1]) | (
        known.released[order][1:] != known.released[order][:-1]
    )
    return np.sort(order[first])


def mirror(known: Known) -> list[Finding]:
    """Imports against the partner's exports, where their ratio leaves what it used to be for this pair and product."""
    frame = known.frame
    both_ways = set(frame["reporter"].unique()) & set(frame["partner"].unique()) - {"WLD"}
    sides = frame["reporter"].isin(both_ways) & frame["partner"].isin(both_ways)
    candidates = as_ints(np.flatnonzero(sides.to_numpy() & (known.where(flow="X") | known.where(flow="M"))))
    if not len(candidates):
        return []
    rows = _figures(known, known.latest(candidates))
    here = {known.dates[code] for code in np.unique(known.released[known.current])}
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
    exponent = int(row["exponent" + suffix])
    return printed_text(int(row["mantissa" + suffix]), exponent, scale_of([exponent]))


def revision(known: Known) -> list[Finding]:
    """Figures revised by more than twice the largest of at least eight earlier revisions of their series."""
    return [
        finding for _, _, rows, before in known.judged() for finding in _revised(known, _plain(known, rows), before)
    ]


def _revised(known: Known, now: Ints, before: Ints) -> Iterator[Finding]:
    """Of the figures of one release those revised far more than ever before."""
    past = _plain(known, before)
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
                f"{known.dates[known.released[was]]}: a revision of {_percent(change)} %, the largest of "
                f"{len(changed)} earlier ones was {_percent(largest)} %"
            )
            one = finding_about("revision", row, words, value, earlier)
            yield _late(known, one, was) if late else one


def _moved(known: Known, new: Ints, old: Ints) -> tuple[Ints, Ints]:
    """Of pairs of rows those of one cell that are not printed alike: the value decides whether it is a revision."""
    other = (known.mantissa[old] != known.mantissa[new]) | (known.exponent[old] != known.exponent[new])
    moved = other & (known.cell[old] == known.cell[new])
    return new[moved], old[moved]


def _earlier_revisions(known: Known, past: Ints, series: Ints) -> Mapping[int, Sequence[Fraction]]:
    """Series → its earlier revisions, as shares of what was revised."""
    past = past[np.isin(known.series[past], series)]
    past = past[np.lexsort((known.released[past], known.cell[past]))]
    new, old = _moved(known, past[1:], past[:-1])
    found: dict[int, list[Fraction]] = {}
    for now, was in zip(new.tolist(), old.tolist(), strict=True):
        before, value = known.value(was), known.value(now)
        if before and value != before:
            found.setdefault(int(known.series[now]), []).append(abs(value - before) / abs(before))
    return found


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
