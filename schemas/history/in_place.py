"""``in-place``: figures that an agency corrected under an unchanged release date.

An agency that corrects a page and leaves its date publishes two answers under one date. The corrected figures are
published as the next sequence of that release, `2021-06-01+2`, and [`revisions`](../ledger.md) lists them; what stood
before is what `--as-of` answers. Nothing is held; the finding says which figures of a block changed under which date,
at the place of the new ones. A figure printed less precisely than before, which meets it, is no change.

Only what the same address says is compared: another document of that date joins the release, and a contradiction
between the two is [repeat](repeat.md).
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
#: Figures said of one block; more are counted.
_SAID: Final = 6


def compare(known: Known, _: Mapping[str, Dataset]) -> list[Finding]:
    """One finding for each block of a release being judged that an earlier sequence of its date said otherwise."""
    from schemas.history.shared.known import as_ints

    dates = [split_release(text) for text in known.dates]
    if not any(sequence > 1 for _, sequence in dates):
        return []
    first = {date: at for at, (date, _) in enumerate(dates)}
    of_date = as_ints([first[date] for date, _ in dates])
    changed: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for was, now in _changes(known, of_date):
        changed.setdefault((int(known.released[now]), int(known.block[now])), []).append((was, now))
    return [one for pairs in changed.values() for one in _said(known, pairs)]


def _changes(known: Known, of_date: Ints) -> Iterator[tuple[int, int]]:
    """Pairs of rows: a figure of a cell, and what the next sequence of the same date that prints it says instead."""
    import numpy as np

    from schemas.history.shared.known import as_ints

    rows = as_ints(np.flatnonzero(known.current))
    absent = known.frame["mantissa"].isna().to_numpy()
    vague = (known.frame["qualifier"] != "=").to_numpy()
    date, cell, released = of_date[known.released[rows]], known.cell[rows], known.released[rows]
    order = np.lexsort((known.exponent[rows], vague[rows], absent[rows], released, cell, date))
    rows, date, cell, released = rows[order], date[order], cell[order], released[order]
    best = np.ones(len(rows), dtype=bool)  # of each sequence the figure that is published
    best[1:] = (cell[1:] != cell[:-1]) | (released[1:] != released[:-1])
    rows, date, cell = rows[best], date[best], cell[best]
    again = np.flatnonzero((cell[1:] == cell[:-1]) & (date[1:] == date[:-1]))
    for was, now in zip(rows[again].tolist(), rows[again + 1].tolist(), strict=True):
        if absent[was] != absent[now] or (not absent[now] and _otherwise(known, was, now)):
            yield was, now


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
