"""Figures far from their series, said: what stands beside them, where they would fit, the slip that explains them.

Where most figures of a period are out by the same slip, those of the release are one case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import numpy as np

from schemas.explain import finding_about
from schemas.figures import Interval, decimal_text
from schemas.findings import Culprit, Finding, Suspect
from schemas.history.shared.known import Flags, Ints, Known
from schemas.history.shared.magnitudes import HISTORY, WINDOW, Apart, Figures, least, magnitudes, most
from schemas.rules.shared.statements import Rule
from schemas.sentences import printed_text, range_text, scale_of, unit_text
from schemas.vocabulary import FLOWS

#: What periods of so many months are called.
_KINDS: Final = {1: "month", 3: "quarter", 6: "half-year", 12: "year"}
#: A power of ten explains a figure that it brings so near to those beside it (10^0.3 is 2), up to a billion.
_NEAR: Final = 300
_POWERS: Final = 9
#: From 10 thousand on, it is units of pages that differ so.
_UNITS: Final = 4
_NIL: Final = "nil"
_SIGN: Final = "sign?"


@dataclass(frozen=True)
class _One:
    """A figure far from its series: its place, those it is judged by (the nearest first), what is expected of it."""

    place: int
    beside: Ints
    fits: Interval
    side: str  # "before", "after" or "beside it"
    power: int  # times 10^power too large
    slip: str


@dataclass(frozen=True)
class Telling:
    """Figures by series and time, the ``rows`` of each, and the rule that says something of them."""

    known: Known
    rule: Rule
    rows: Ints
    figures: Figures

    def findings(self, sides: Mapping[str, Apart], could: Flags) -> list[Finding]:
        """A finding of each figure far from those before, after or beside it; ``could`` marks what was judged."""
        ones = [one for side, apart in sides.items() for one in self._ones(apart, side)]
        ones.sort(key=lambda one: one.place)
        records = self.known.frame.iloc[self.rows[[one.place for one in ones]]].to_dict("records")
        found = [self._finding(one, row) for one, row in zip(ones, records, strict=True)]
        codes = self.known.frame["period"].cat.codes.to_numpy()[self.rows]
        names = [(int(codes[one.place]), one.slip) for one in ones]
        judged = Counter(codes[could].tolist())
        whole = {name for name, many in Counter(names).items() if name[1] and many > 1 and 2 * many >= judged[name[0]]}
        for slip in sorted({slip for _, slip in whole}):
            at = [place for place, name in enumerate(names) if name in whole and name[1] == slip]
            _as_one(found, at, slip)
        return found

    @cached_property
    def _size(self) -> Ints:
        return magnitudes(self.figures.mantissa, self.figures.exponent)

    def _ones(self, apart: Apart, side: str) -> Iterator[_One]:
        columns = (apart.place, apart.low, apart.high, apart.allowed, apart.sign)
        away = np.arange(1, WINDOW + 1) * (-1 if side == "before" else 1)
        if side == "beside it":
            away = np.array([step for ago in range(1, HISTORY) for step in (-ago, ago)])
        for place, low, high, allowed, sign in zip(*(column.tolist() for column in columns), strict=True):
            beside = place + away
            beside = beside[(beside >= 0) & (beside < len(self.rows))]
            beside = beside[self.figures.series[beside] == self.figures.series[place]]
            lowest, highest = least(low - allowed), most(high + allowed)
            fits = Interval(lowest, highest) if sign > 0 else Interval(-highest, -lowest)
            same = int(self.figures.mantissa[place]) * sign
            power = _power(int(self._size[place]), low, high) if same > 0 else 0
            yield _One(place, beside, fits, side, power, _SIGN if same < 0 else _slip(power) if same else _NIL)

    def _finding(self, one: _One, row: Mapping[Any, Any]) -> Finding:
        value, right = (self.known.value(int(self.rows[place])) for place in (one.place, one.beside[0]))
        finding = finding_about(self.rule, row, self._words(one, row), value, right)
        low, high = one.fits.low or Fraction(0), one.fits.high or Fraction(0)
        slip = "" if one.slip == _NIL else one.slip
        ends = decimal_text(low), decimal_text(high)
        suspect = Suspect(str(row["flow"]), str(row["measure"]), finding.period, finding.left, *ends, slip)
        bound = high if value > right else low
        return replace(finding, allowed=decimal_text(abs(bound - right)), suspects=(suspect,))

    def _words(self, one: _One, row: Mapping[Any, Any]) -> str:
        """``exports 107.1 mn USD is about 1,000 times smaller than every month before (30: 95.2–131.0 bn USD)``."""
        size, unit, side = self._size, str(row["unit"]), one.side
        kind = _KINDS.get(int(self.known.months[1][self.rows[one.place]]), "period")
        scale = scale_of([int(self.figures.exponent[place]) for place in one.beside])
        ordered = one.beside[np.argsort(size[one.beside], kind="stable")]
        first, last = (self._printed(int(place), scale) for place in (ordered[0], ordered[-1]))
        span = first if first == last else f"{first} to {last}"
        own = scale_of([int(self.figures.exponent[one.place])])
        named = f"{FLOWS[str(row['flow'])] or 'the figure'} {self._printed(one.place, own)} {unit_text(own, unit)}"
        outside = one.slip == _SIGN or not size[ordered[0]] <= size[one.place] <= size[ordered[-1]]
        them = f"every {kind} {side}" if outside else f"the {kind}s {side}"
        if one.power:
            times = f"{10 ** abs(one.power):,} times {'larger' if one.power > 0 else 'smaller'}"
            named = f"{named} is about {times} than {them}"
        else:
            named = f"{named} is far from {them}"
        beside = f"{len(ordered)}: {span} {unit_text(scale, unit)}".strip()
        return f"{named} ({beside}); {range_text(one.fits, scale)} {unit_text(scale, unit)} would fit"

    def _printed(self, place: int, scale: int) -> str:
        return printed_text(int(self.figures.mantissa[place]), int(self.figures.exponent[place]), scale)


def _power(size: int, low: int, high: int) -> int:
    """The power of ten by which a magnitude is out, 0 where none brings it near what is expected."""
    power = round((size - (low + high) // 2) / 1000)
    return power if low - _NEAR <= size - 1000 * power <= high + _NEAR and abs(power) <= _POWERS else 0


def _slip(power: int) -> str:
    """As ``schemas.suspects.slips`` says it."""
    if not power:
        return ""
    times = f"{10 ** abs(power):,} times too {'large' if power > 0 else 'small'}"
    return f"{times}{': unit of the page' if abs(power) >= _UNITS else ''}?"


def _as_one(found: list[Finding], at: Sequence[int], slip: str) -> None:
    """Make those findings one case, if they are of several blocks: one cause explains them."""
    first = min(at, key=lambda place: (found[place].block, found[place].sentence))
    if len({found[place].block for place in at}) < 2:
        return
    leading = found[first]
    said = leading.sentence.partition(": ")[2].partition(" (")[0]
    words = f"{said}, as are {len(at) - 1} more figures of this release"
    culprit = Culprit(
        leading.block, f"//{leading.unit}/", words, leading.suspects[0], leading.document, leading.position
    )
    for place in at:
        found[place] = replace(found[place], culprits=(culprit,))
