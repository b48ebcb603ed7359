"""``parts`` and ``share``: figures of one release against their whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from schemas.cells.cells import Cells
from schemas.datasets import Dataset, Partition
from schemas.errors import FigureError
from schemas.intervals.grid import Codes, Flags, where_fits
from schemas.keys import one_key
from schemas.periods import sub_periods
from schemas.rules import rule
from schemas.rules.shared.evaluation import Evaluated, declared
from schemas.rules.shared.rates import growth_excess, whole_and
from schemas.rules.shared.ratios import first_reason
from schemas.rules.shared.statements import Ratio, Sum
from schemas.rules.shared.strips import exact_ends
from schemas.rules.shared.sums import sum_misses

#: Why a sum of parts, or a share, was not evaluable.
SOME_MISSING, NO_VALUE, CLASH, ZERO_WHOLE, NO_PART, NO_WHOLE = range(1, 7)
REASONS: Final = {
    SOME_MISSING: "not all parts are in this release",
    NO_VALUE: "a figure it needs has no value in this release",
    CLASH: "a figure it needs has readings that do not meet",
    ZERO_WHOLE: "the whole may be zero",
    NO_PART: "the part is not in this release",
    NO_WHOLE: "the whole is not in this release",
}


def judge_parts(cells: Cells, datasets: Mapping[str, Dataset]) -> list[Evaluated]:
    """Every declared partition: the parent in ``terms[0]``, then its children."""
    found = []
    for name in cells.texts["dataset"]:
        for partition in datasets[name].partitions if name in datasets else ():
            if datasets[name].identities.get("parts") == "off" or partition.how == "off":
                continue
            exact = "exact" in (partition.how, datasets[name].identities.get("parts", "rounded"))
            found += [_add_up(cells, partition, terms, exact) for terms in _families(cells, name, partition)]
            # Parts of one whole add up too (goods and services as shares of GDP); rates are always rounded.
            found += [_add_up(cells, partition, terms, False) for terms in _shares(cells, name, partition)]
    return [done for done in found if len(done)]


def _families(cells: Cells, dataset: str, partition: Partition) -> list[Codes]:
    """Parent and children cells of a partition, shape (1 + children, n), −1 for none."""
    of_dataset = cells.is_amount & (cells.codes["dataset"] == cells.texts["dataset"].index(dataset))
    if partition.dimension != "period":
        names = cells.texts[partition.dimension]
        if partition.parent not in names:
            return []
        code = {text: at for at, text in enumerate(names)}
        parents = np.flatnonzero(of_dataset & (cells.codes[partition.dimension] == code[partition.parent]))
        rows = [parents]
        for child in partition.children:
            value = np.full(len(parents), code.get(child, -1), dtype=np.int64)
            family = cells.other_family(cells.family[parents], partition.dimension, value)
            rows.append(
                cells.amount(
                    family, cells.currency[parents], cells.codes["flow"][parents], cells.codes["period"][parents]
                )
            )
        return [np.vstack(rows)]
    texts = cells.texts["period"]
    code = {text: at for at, text in enumerate(texts)}
    by_length: dict[int, list[tuple[int, tuple[str, ...]]]] = {}
    for at, text in enumerate(texts):
        try:
            children = sub_periods(text, partition.parent, partition.children[0])
        except FigureError:
            continue
        if children:
            by_length.setdefault(len(children), []).append((at, children))
    found = []
    for length, periods in by_length.items():
        table = np.full((length, len(texts)), -1, dtype=np.int64)
        for at, children in periods:
            table[:, at] = [code.get(child, -1) for child in children]
        parents = np.flatnonzero(of_dataset & np.isin(cells.codes["period"], [at for at, _ in periods]))
        series = cells.family[parents], cells.currency[parents], cells.codes["flow"][parents]
        rows = [cells.amount(*series, table[row][cells.codes["period"][parents]]) for row in range(length)]
        found.append(np.vstack([parents, *rows]))
    return found


def _shares(cells: Cells, dataset: str, partition: Partition) -> list[Codes]:
    """As ``_families``, for the shares of one whole that the figures of a partition have."""
    shares, names = cells.measured("share"), cells.texts[partition.dimension]
    if partition.dimension == "period" or partition.parent not in names or not len(shares):
        return []
    columns = [(cells.family, cells.families)]
    columns += [(cells.codes[name], len(cells.texts[name])) for name in ("flow", "basis", "period")]
    index = pd.Index(one_key([(codes[shares], size) for codes, size in columns]))
    of = cells.codes[partition.dimension][shares] == names.index(partition.parent)
    named = np.array([text != "_Z" for text in cells.texts["basis"]])[cells.codes["basis"][shares]]
    parents = shares[of & named & (cells.codes["dataset"][shares] == cells.texts["dataset"].index(dataset))]
    rows = [parents]
    for child in partition.children:
        value = np.full(len(parents), names.index(child) if child in names else -1, dtype=np.int64)
        family = cells.other_family(cells.family[parents], partition.dimension, value)
        own = [(np.maximum(family, 0), cells.families), *((codes[parents], size) for codes, size in columns[1:])]
        at = index.get_indexer(pd.Index(one_key(own)))
        rows.append(np.where((at >= 0) & (family >= 0), shares[at], -1))
    return [np.vstack(rows)]


def _add_up(cells: Cells, partition: Partition, terms: Codes, exact: bool) -> Evaluated:
    at = np.maximum(terms, 0)
    there = terms >= 0
    known = there & cells.usable[at]
    complete = np.asarray(known.all(axis=0))
    some = known[0] & there[1:].any(axis=0)
    keep = complete | some
    terms, at, there, complete = terms[:, keep], at[:, keep], there[:, keep], complete[keep]
    excess = np.zeros(terms.shape[1], dtype=np.int64)
    whole = np.flatnonzero(complete)
    if len(whole):
        ends = [exact_ends(cells, row) if exact else cells.ends.take(row) for row in at[:, whole]]
        grid = np.minimum.reduce([one.exponent for one in ends])
        fits = np.logical_and.reduce([one.summable(grid) for one in ends])
        excess[whole] = where_fits(fits, sum_misses, grid, *ends)[0]
    clash = (there & cells.clash[at]).any(axis=0)
    reason = np.where(complete, 0, np.where(clash, CLASH, np.where(there.all(axis=0), NO_VALUE, SOME_MISSING)))
    chosen = rule("parts")
    # Along periods a release rarely prints all children: their absence says nothing.
    meant = ~complete & (partition.dimension != "period")
    return Evaluated(
        chosen,
        terms[0],
        terms,
        excess,
        reason.astype(np.int8),
        np.asarray((there & cells.rough[at]).any(axis=0)),
        meant,
        np.full(terms.shape[1], partition.promised and partition.how != "warning"),
        Sum((-1, *[1] * (len(terms) - 1))),
    )


def judge_shares(cells: Cells, datasets: Mapping[str, Dataset]) -> list[Evaluated]:
    """``share`` of every published share that names its whole (``product=total``); ``terms``: share, part, whole."""
    judged = cells.measured("share")
    if not len(judged):
        return []
    basis = cells.codes["basis"][judged]
    wanted = [text.partition("=") for text in cells.texts["basis"]]
    relevant = np.array([bool(sign) and dimension in _WHOLES for dimension, sign, _ in wanted] or [False])
    judged, basis = judged[relevant[basis]], basis[relevant[basis]]
    series = cells.block_currency[judged], cells.codes["flow"][judged], cells.codes["period"][judged].astype(np.int64)
    part = cells.amount(cells.family[judged], *series)
    whole = np.full(len(judged), -1, dtype=np.int64)
    for code, (dimension, _, value) in enumerate(wanted):
        here = np.flatnonzero(basis == code)
        if not len(here) or value not in cells.texts[dimension]:
            continue
        named = np.full(len(here), cells.texts[dimension].index(value), dtype=np.int64)
        flow, family = series[1][here], cells.family[judged[here]]
        if dimension == "flow":
            flow = named
        else:
            family = cells.other_family(family, dimension, named)
        whole[here] = cells.amount(family, series[0][here], flow, series[2][here])
    return [_compare(cells, datasets, np.vstack([judged, part, whole]))]


_WHOLES: Final = ("product", "partner", "breakdown", "flow")


def _compare(cells: Cells, datasets: Mapping[str, Dataset], terms: Codes) -> Evaluated:
    at, there = np.maximum(terms, 0), terms >= 0
    ends = cells.ends.take(at[2])
    checks: list[tuple[int, Flags]] = [
        (NO_PART, ~there[1]),
        (NO_WHOLE, ~there[2]),
        (NO_VALUE, np.asarray((there & (cells.figure[at] < 0)).any(axis=0))),
        (CLASH, np.asarray((there & cells.clash[at]).any(axis=0))),
        (ZERO_WHOLE, ends.holds_zero),
    ]
    reason = first_reason(checks)
    ok = reason == 0
    excess = np.zeros(terms.shape[1], dtype=np.int64)
    years, none = np.ones(terms.shape[1], dtype=np.int64), np.zeros(terms.shape[1], dtype=bool)
    if ok.any():
        rates = whole_and(cells.ends.take(at[0][ok]), 0)
        excess[ok] = growth_excess(cells.ends.take(at[1][ok]), ends.take(ok), rates, years[ok])
    chosen = rule("share")
    how = declared(cells, datasets, chosen)[cells.codes["dataset"][terms[0]]]
    done = Evaluated(
        chosen,
        terms[0],
        terms,
        excess,
        reason.astype(np.int8),
        np.asarray((there & cells.rough[at]).any(axis=0)),
        ~ok & there[1:].any(axis=0) & cells.usable[at[0]],
        none,
        Ratio(0, years, none),
    )
    return done.keep(how != "off")
