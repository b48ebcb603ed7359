"""``growth-implied``: the base period, as levels and growth of a release imply it, satisfies the identities too.

Levels and growth say what the figures were in the base period: 99.89 billion after growth of 7.9 % come from 92.53 to
92.62 billion. Total, exports, imports and balance of the base period, as implied that way, must satisfy the four
identities of [total](total.md) too, together with whatever the release itself prints of that period.

It finds a wrong rate although its base is nowhere printed: if total grew more than both exports and imports, no base
explains it.

A rate below −100 % implies a base of the other sign, for exports and imports as for a balance: mostly one that the
identities refuse.

Not evaluable where fewer than three of the four figures of the base period are printed or implied.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

from schemas.cells import spans
from schemas.figures import Interval
from schemas.rules.identities import RULES as IDENTITIES
from schemas.rules.shared.statements import BaseIdentities, Rule
from schemas.sentences import range_text, rounded, rounded_span, scale_of
from schemas.vocabulary import FLOWS

if TYPE_CHECKING:
    from schemas.cells.cells import Cells
    from schemas.cells.reader import Reader, Said
    from schemas.datasets import Dataset
    from schemas.rules.shared.evaluation import Evaluated

RULE: Final = Rule(
    "growth-implied",
    "the levels of the base period, as implied by levels and growth of this release (and what it prints of them), "
    "satisfy the identities too",
    "error",
    "block",
    order=6,
)


def evaluate(cells: Cells, datasets: Mapping[str, Dataset]) -> list[Evaluated]:
    """Every block with levels and rates of growth that complete an identity of the base."""
    from schemas.rules.shared.base_identities import judge_bases

    return judge_bases(cells, datasets, RULE, ("growth_yoy", "growth_prev"))


def fails(reader: Reader, done: Evaluated, at: int) -> Said:
    """``levels and growth imply for 2018 total 102.4–102.5, which is not exports … + imports … (…)``."""
    from schemas.cells.cells import BALANCING
    from schemas.cells.reader import Said
    from schemas.rules.shared.base_identities import bases
    from schemas.rules.shared.strips import places

    terms = [int(cell) for cell in done.terms[:, at]]
    identity = IDENTITIES[int(done.detail[at])]
    known = bases(terms, reader.interval, _turns(done, at))
    exponents = [reader.exponent(terms[row + by]) for row in places(identity) for by in (0, 8) if terms[row + by] >= 0]
    scale, shown = scale_of(exponents), min(exponents) - 2
    broken = next((row for row in places(identity) if known[BALANCING[row]].empty), None)
    if broken is not None:
        return _contradicted(reader, done, at, broken, shown, scale)
    made, parts = Interval(Fraction(0), Fraction(0)), []
    for place, (flow, factor) in enumerate(identity.right):
        made = spans.plus(made, spans.times(known[flow], factor))
        sign = ("+ " if factor > 0 else "− ") if place else ""
        parts.append(f"{sign}{FLOWS[flow]} {_text(known[flow], shown, scale)}")
    made = spans.times(made, Fraction(1, identity.left[1]))
    judged = known[identity.left[0]]
    allowed = spans.half_width(judged) + spans.half_width(made)
    half = "half of " if identity.left[1] == 2 else ""
    words = (
        f"levels and growth imply for {_period(reader, done, at)} {FLOWS[identity.left[0]]} "
        f"{_text(judged, shown, scale)}, which is not {half}{' '.join(parts)} ({_text(made, shown, scale)})"
    )
    return Said(_middle(judged, shown), _middle(made, shown), rounded(allowed, shown), words)


def _contradicted(reader: Reader, done: Evaluated, at: int, row: int, shown: int, scale: int) -> Said:
    """What level and growth of one flow imply of its base, beside what the release prints of it."""
    from schemas.cells.cells import BALANCING
    from schemas.cells.reader import Said
    from schemas.rules.shared.base_identities import bases

    terms = [int(cell) for cell in done.terms[:, at]]
    flow, base = BALANCING[row], terms[8 + row]
    implied = bases([*terms[:8], -1, -1, -1, -1], reader.interval, _turns(done, at))[flow]
    period = _period(reader, done, at)
    words = (
        f"level and growth imply for {period} {FLOWS[flow]} {_text(implied, shown, scale)}, which is not "
        f"{reader.text(base, scale)} as printed, so that {IDENTITIES[int(done.detail[at])].id} of {period} cannot hold"
    )
    allowed = spans.half_width(implied) + spans.half_width(reader.interval(base))
    return Said(reader.value(base), _middle(implied, shown), rounded(allowed, shown), words)


def _turns(done: Evaluated, at: int) -> bool:
    return bool(cast("BaseIdentities", done.condition).turns[at])


def _period(reader: Reader, done: Evaluated, at: int) -> str:
    from schemas.rules.shared.ratios import base_period

    return base_period(reader.cells, int(done.terms[4:8, at].max()))


def _text(interval: Interval, exponent: int, scale: int) -> str:
    return range_text(rounded_span(interval, exponent), scale)


def _middle(interval: Interval, exponent: int) -> Fraction | None:
    middle = spans.middle(interval)
    return None if middle is None else rounded(middle, exponent)


def holds(reader: Reader, done: Evaluated, at: int) -> str:
    """``levels and growth of exports, imports agree on 2018``."""
    from schemas.cells.cells import BALANCING

    flows = [FLOWS[flow] for row, flow in enumerate(BALANCING) if done.terms[row, at] >= 0]
    return f"levels and growth of {', '.join(flows)} agree on {_period(reader, done, at)}"
