"""``in-place``: figures that an agency corrected under an unchanged release date.

An agency that corrects a page and leaves its date publishes two answers under one date. The corrected figures are
published as the next sequence of that release, `2021-06-01+2`, and [`revisions`](../ledger.md) lists them; what stood
before is what `--as-of` answers. Nothing is held; the finding says which figures of a block changed under which date,
at the place of the new ones. A figure printed less precisely than before, which meets it, is no change.

Only what the same address says is compared: another document of that date joins the release, and a contradiction
between the two is [repeat](repeat.md). It is said whether the figures before or after are published, held or contested.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from schemas.figures import Figure
from schemas.release_dates import split_release
from schemas.rules.shared.statements import Rule
from schemas.sentences import printed_text, scale_of
from schemas.vocabulary import FLOWS, MEASURES

if TYPE_CHECKING:
    from schemas.datasets import Dataset
    from schemas.findings import Finding
    from schemas.history.shared.known import Ints, Known

RULE: Final = Rule("in-place", "figures do not change under an unchanged release date", "warning", "ledger", order=19)
#: It is about what the agency did, whatever holds or is held.
ALWAYS: Final = True
#: Figures said of one block; more are counted.
_SAID: Final = 6


def compare(known: Known, _: Mapping[str, Dataset]) -> list[Finding]:
    """One finding for each block of a release being judged that an earlier sequence of its date said otherwise."""
    from schemas.history.shared.known import as_ints

    dates = [split_release(text) for text in known.dates]
    if not any(sequence > 1 for _, sequence in dates):
        return []
    first = {date: at for at, (date, _) in reversed([*enumerate(dates)])}
    of_date = as_ints([first[date] for date, _ in dates])
    changed: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for was, now in _changes(known, of_date):
        changed.setdefault((int(known.released[now]), int(known.block[now])), []).append((was, now))
    return [one for pairs in changed.values() for one in _said(known, pairs)]


def _changes(known: Known, of_date: Ints) -> Iterator[tuple[int, int]]:
    """Pairs of rows: a figure of a cell, and what the next answer in its place that prints it says instead.

    An answer stands from the sequence that it begins until another takes its place; what comes otherwise stands in all.
    """
    import numpy as np

    rows, group, begins, ends = _answers(known, of_date)
    if not len(rows):
        return
    figures = [known.frame["mantissa"].isna().to_numpy()[rows], known.mantissa[rows], known.exponent[rows]]
    figures.append(known.frame["qualifier"].cat.codes.to_numpy()[rows])
    same = np.logical_and.reduce([one[1:] == one[:-1] for one in figures])
    again = (group[1:] == group[:-1]) & (begins[1:] > of_date[begins[1:]]) & ~(same & (ends[:-1] < begins[1:]))
    for at in (np.flatnonzero(again) + 1).tolist():
        start = int(np.searchsorted(group, group[at]))
        before = start + np.flatnonzero(ends[start:at] < begins[at])
        last = before[ends[before] == ends[before].max()].tolist() if len(before) else []
        changed = [one for one in last if _changed(known, int(rows[one]), int(rows[at]))]
        if changed and changed == last:
            yield int(rows[changed[0]]), int(rows[at])


def _answers(known: Known, of_date: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Of each answer and cell the row that would be published, those of one cell and date together (a number), in order
    of the sequences that they begin; and first and last sequence in which each stands.
    """
    import numpy as np

    from schemas.history.shared.known import as_ints

    rows = as_ints(np.flatnonzero(known.current))
    date, document = of_date[known.released[rows]], known.frame["document"].cat.codes.to_numpy()[rows]
    _, answer = np.unique(as_ints(document) * len(known.dates) + date, return_inverse=True)
    first, last = np.full(len(rows), len(known.dates)), np.full(len(rows), -1)
    np.minimum.at(first, answer, known.released[rows])
    np.maximum.at(last, answer, known.released[rows])
    begins, ends = as_ints(first[answer]), as_ints(last[answer])
    absent = known.frame["mantissa"].isna().to_numpy()[rows]
    vague = (known.frame["qualifier"] != "=").to_numpy()[rows]
    _, group = np.unique(known.cell[rows] * len(known.dates) + date, return_inverse=True)
    order = np.lexsort((known.exponent[rows], vague, absent, answer, begins, group))
    order = order[known.released[rows[order]] == begins[order]]  # each once
    best = np.ones(len(order), dtype=bool)
    best[1:] = (group[order][1:] != group[order][:-1]) | (answer[order][1:] != answer[order][:-1])
    order = order[best]
    return rows[order], as_ints(group[order]), begins[order], ends[order]


def _changed(known: Known, was: int, now: int) -> bool:
    absent = [bool(known.frame["mantissa"].isna().iat[row]) for row in (was, now)]
    return absent[0] != absent[1] or (not absent[0] and _otherwise(known, was, now))


def _otherwise(known: Known, was: int, now: int) -> bool:
    """Whether a figure is news beside another: not the same, nor the same less precisely."""
    old, new = (_figure(known, row) for row in (was, now))
    if (old.value, old.qualifier) == (new.value, new.qualifier):
        return False
    return not new.interval.wider_than(old.interval) or new.interval.meet(old.interval).empty


def _figure(known: Known, row: int) -> Figure:
    qualifier, rounding = (str(known.frame[name].iat[row]) for name in ("qualifier", "rounding"))
    return Figure(int(known.mantissa[row]), int(known.exponent[row]), qualifier, rounding)


def _said(known: Known, pairs: Sequence[tuple[int, int]]) -> Iterator[Finding]:
    """What changed in a block, of each of its currencies."""
    from schemas.explain import finding_about

    found: dict[str, list[tuple[Finding, str]]] = {}
    for was, now in sorted(pairs, key=lambda pair: _place(known, pair[1])):
        row = known.frame.iloc[now].astype(object)
        left, right = (None if known.frame["mantissa"].isna().iat[at] else known.value(at) for at in (now, was))
        name, were, are = FLOWS[str(row["flow"])] or "the figure", "was", "is"
        if row["measure"] not in ("level", "count"):
            name = f"{MEASURES[str(row['measure'])]} of {name}"
        elif name.endswith("ports"):
            were, are = "were", "are"
        one = finding_about(RULE, row, "", left, right)
        words = f"{name} {were} {_shown(known, was)} and {are} {_shown(known, now)}"
        found.setdefault(one.block, []).append((one, words))
    for said in found.values():
        one, date = said[0][0], split_release(said[0][0].released)[0]
        more = [f"and {len(said) - _SAID} more figures changed"] if len(said) > _SAID else []
        listed = ", ".join([*(text for _, text in said[:_SAID]), *more])
        yield replace(one, sentence=f"{one.sentence}{listed} under the unchanged release date {date}")


def _place(known: Known, row: int) -> tuple[bool, int, int]:
    """Where a figure stands: levels first, then as its document has them."""
    rate = known.frame["measure"].iat[row] not in ("level", "count")
    return rate, int(known.frame["position"].to_numpy()[row]), row


def _shown(known: Known, row: int) -> str:
    if known.frame["mantissa"].isna().iat[row]:
        return "without a value"
    exponent, rate = int(known.exponent[row]), known.frame["unit"].iat[row] == "%"
    qualifier = str(known.frame["qualifier"].iat[row])
    said = printed_text(int(known.mantissa[row]), exponent, 0 if rate else scale_of([exponent]), qualifier)
    return f"{said} %" if rate else said
