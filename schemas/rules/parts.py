"""``parts``: what a source declares to be a partition adds up.

A source declares what is a partition: goods and services are all of trade, the twelve months are the year. Only what
divides its whole without rest or overlap is one: an "of which" line is none, nor are groups of countries that share
members.

The sum has the precision of all its parts: twelve months printed to the million make a year that is known to ± 6
million. Where a source promises the sum, a miss is an error and not a warning; where its figures are constrained to add
up, it declares them `exact` and no difference is allowed.

Shares of one whole (goods and services as shares of GDP) add up like their figures, within their rounding. Declared
are: goods and services for `ft900` and `ons`, months and the year (to date) for `ft900` as a warning, quarters and the
year for `ons`.

Not evaluable where not all parts are in the release. A part that is missing is never a zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from schemas.cells import spans
from schemas.errors import FigureError
from schemas.figures import Interval
from schemas.periods import sub_periods
from schemas.rules.shared.statements import Rule, Sum
from schemas.sentences import number, range_text, scale_of

if TYPE_CHECKING:
    from schemas.cells.cells import Cells
    from schemas.cells.reader import Reader, Said
    from schemas.datasets import Dataset, Partition
    from schemas.intervals.grid import Codes, Flags
    from schemas.rules.shared.evaluation import Evaluated

RULE: Final = Rule(
    "parts",
    "children add up to their parent, for hierarchies the source declares to be a partition",
    "warning",
    "release",
    exact=True,
    order=10,
)
_SOME_MISSING, _NO_VALUE, _CLASH = 1, 2, 3
_REASONS: Final = {
    _SOME_MISSING: "not all parts are in this release",
    _NO_VALUE: "a figure it needs has no value in this release",
    _CLASH: "a figure it needs has readings that do not meet",
}
_MANY: Final = 4  # more children than this are counted, not listed
_DIMENSIONS: Final = ("product", "partner", "breakdown", "period")


def evaluate(cells: Cells, datasets: Mapping[str, Dataset]) -> list[Evaluated]:
    """Every declared partition: the parent in ``terms[0]``, then its children."""
    found = []
    for code, name in enumerate(cells.texts["dataset"]):
        for partition in datasets[name].partitions if name in datasets else ():
            if partition.how == "off":
                continue
            exact = "exact" in (partition.how, datasets[name].identities.get(RULE.id))
            own = cells.codes["dataset"] == code
            families = _periods if partition.dimension == "period" else _levels
            found += [_add_up(cells, partition, terms, exact) for terms in families(cells, own, partition)]
            # Parts of one whole add up too (goods and services as shares of GDP); rates are always rounded.
            found += [_add_up(cells, partition, terms, False) for terms in _shares(cells, own, partition)]
    return found


def _levels(cells: Cells, own: Flags, partition: Partition) -> Iterator[Codes]:
    """Parent and children cells of a partition, shape (1 + children, n), −1 for none."""

    def amounts(parents: Codes, family: Codes) -> Codes:
        period = cells.codes["period"][parents]
        return cells.amount(family, cells.currency[parents], cells.codes["flow"][parents], period)

    return _members(cells, own & cells.is_amount, partition, amounts)


def _shares(cells: Cells, own: Flags, partition: Partition) -> Iterator[Codes]:
    """As ``_levels``, for the shares of one whole that the figures of a partition have."""
    import numpy as np
    import pandas as pd

    from schemas.keys import one_key

    shares = cells.measured("share")
    if partition.dimension == "period" or not len(shares):
        return iter(())
    alike = [(cells.codes[name], len(cells.texts[name])) for name in ("flow", "basis", "period")]

    def key(family: Codes, beside: Codes) -> pd.Index[int]:
        return pd.Index(one_key([(family, cells.families), *((codes[beside], size) for codes, size in alike)]))

    index = key(cells.family[shares], shares)

    def found(parents: Codes, family: Codes) -> Codes:
        at = index.get_indexer(key(np.maximum(family, 0), parents))
        return np.where((at >= 0) & (family >= 0), shares[at], -1)

    named = np.array([text != "_Z" for text in cells.texts["basis"]])[cells.codes["basis"]]
    is_share = np.zeros(len(cells), dtype=bool)
    is_share[shares] = True
    return _members(cells, own & is_share & named, partition, found)


def _members(
    cells: Cells, among: Flags, partition: Partition, find: Callable[[Codes, Codes], Codes]
) -> Iterator[Codes]:
    """The parents among some cells, and below each its children, as found from parents and families of children."""
    import numpy as np

    names = cells.texts[partition.dimension]
    if partition.parent not in names:
        return
    parents = np.flatnonzero(among & (cells.codes[partition.dimension] == names.index(partition.parent)))
    rows = [parents]
    for child in partition.children:
        value = np.full(len(parents), names.index(child) if child in names else -1, dtype=np.int64)
        rows.append(find(parents, cells.other_family(cells.family[parents], partition.dimension, value)))
    yield np.vstack(rows)


def _periods(cells: Cells, own: Flags, partition: Partition) -> Iterator[Codes]:
    """As ``_levels``, for periods of one kind that others make up: those of as many children at once."""
    import numpy as np

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
    for length, periods in by_length.items():
        table = np.full((length, len(texts)), -1, dtype=np.int64)
        for at, children in periods:
            table[:, at] = [code.get(child, -1) for child in children]
        parents = np.flatnonzero(own & cells.is_amount & np.isin(cells.codes["period"], [at for at, _ in periods]))
        series = cells.family[parents], cells.currency[parents], cells.codes["flow"][parents]
        rows = [cells.amount(*series, table[row][cells.codes["period"][parents]]) for row in range(length)]
        yield np.vstack([parents, *rows])


def _add_up(cells: Cells, partition: Partition, terms: Codes, exact: bool) -> Evaluated:
    import numpy as np

    from schemas.rules.shared.evaluation import evaluated
    from schemas.rules.shared.sums import sum_excess

    there = terms >= 0
    known = there & cells.usable[np.maximum(terms, 0)]
    complete = np.asarray(known.all(axis=0))
    keep = complete | (known[0] & there[1:].any(axis=0))
    terms, there, complete = terms[:, keep], there[:, keep], complete[keep]
    condition = Sum((-1, *[1] * (len(terms) - 1)))
    excess = np.zeros(terms.shape[1], dtype=np.int64)
    if complete.any():
        excess[complete] = sum_excess(cells, condition, terms[:, complete], exact)
    clash = (there & cells.clash[np.maximum(terms, 0)]).any(axis=0)
    reason = np.where(complete, 0, np.where(clash, _CLASH, np.where(there.all(axis=0), _NO_VALUE, _SOME_MISSING)))
    # Along periods a release rarely prints all children: their absence says nothing.
    meant = ~complete & (partition.dimension != "period")
    promised = np.full(len(excess), partition.promised and partition.how != "warning")
    return evaluated(cells, RULE, terms, excess, reason=reason, meant=meant, promised=promised, condition=condition)


def fails(reader: Reader, done: Evaluated, at: int) -> Said:
    """``exports 254.1 is not goods 170.0 + services 80.1 (250.1 ± 0.15); …``."""
    from schemas.cells.reader import Said, period_text

    cells, (parent, *children) = reader.cells, (int(cell) for cell in done.terms[:, at])
    named, percent, scale = _said_as(reader, parent, children)
    left, known = reader.value(parent), reader.interval(parent)
    right, made, promise = Fraction(0), Interval(Fraction(0), Fraction(0)), ""
    for cell in children:
        right += reader.value(cell)
        made = spans.plus(made, reader.interval(cell))
    if not made.meet(known).empty:  # intervals meet, so it is the dataset that promises exact sums
        made, known, promise = Interval(right, right), Interval(left, left), ", which this dataset promises exactly"
    allowed = spans.half_width(made) + spans.half_width(known)
    differ = (name for name in _DIMENSIONS if cells.text(name, parent) != cells.text(name, children[0]))
    dimension = next(differ, "product")
    listed = f"the sum of its {len(children)} parts"
    if len(children) <= _MANY:
        texts = [cells.text(dimension, cell) for cell in children]
        names = [text.replace("-", " ") if dimension == "product" else period_text(text) for text in texts]
        listed = " + ".join(f"{name} {reader.text(cell, scale)}" for name, cell in zip(names, children, strict=True))
    around = f" ± {number(allowed, scale)}" if allowed and spans.middle(made) == right else ""
    words = f"{named}{percent} is not {listed} ({number(right, scale)}{percent}{around}{promise})"
    return Said(left, right, allowed, words, range_text(spans.printable(left, known, made), scale))


def _said_as(reader: Reader, parent: int, children: list[int]) -> tuple[str, str, int]:
    """A whole in words, what follows its digits, and the scale of its sentence: a share is a rate in %."""
    is_share = reader.cells.text("measure", parent) == "share"
    scale = 0 if is_share else scale_of([reader.exponent(cell) for cell in (parent, *children)])
    flow = reader.flow(parent) or "the figure"
    return f"{'share of ' if is_share else ''}{flow} {reader.text(parent, scale)}", " %" if is_share else "", scale


def holds(reader: Reader, done: Evaluated, at: int) -> str:
    """``exports 250.1 = 170.0 + 80.1``."""
    parent, *children = (int(cell) for cell in done.terms[:, at])
    named, percent, scale = _said_as(reader, parent, children)
    listed = f"the sum of its {len(children)} parts"
    if len(children) <= _MANY:
        listed = " + ".join(reader.text(cell, scale) for cell in children)
    same = sum(map(reader.value, children), Fraction(0)) == reader.value(parent)
    return f"{named}{percent} = {listed}{percent}{'' if same else ' within rounding'}"


def not_evaluable(reader: Reader, done: Evaluated, at: int) -> Said:
    """What the sum lacks."""
    from schemas.cells.reader import Said

    cell = int(done.anchor[at])
    named, percent, _ = _said_as(reader, cell, [])
    words = f"{named}{percent} cannot be added up, because {_REASONS[int(done.reason[at])]}"
    return Said(reader.value(cell) if reader.cells.figure[cell] >= 0 else None, None, None, words)
