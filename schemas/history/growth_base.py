"""``growth-base``: growth whose base only an earlier release prints.

A release prints growth of 8.9 % without the base; an earlier release printed the base. If both agree, nothing is said.
If not, the agency has revised the base without printing it, and the finding says what base the rate implies: "growth of
total 8.9 % implies a base of …, was … as released on …". It is information, since releases may differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from schemas.cells import spans
from schemas.figures import Interval, decimal_text
from schemas.rules.shared.statements import Ratio, Rule
from schemas.sentences import range_text, rounded_span, scale_of

if TYPE_CHECKING:
    import pandas as pd

    from schemas.cells.reader import Reader
    from schemas.datasets import Dataset
    from schemas.findings import Finding
    from schemas.history.shared.known import Known
    from schemas.rules.shared.evaluation import Evaluated

RULE: Final = Rule(
    "growth-base", "growth agrees with the base an earlier release printed", "information", "ledger", order=13
)


def compare(known: Known, datasets: Mapping[str, Dataset]) -> list[Finding]:
    """Growth whose base only an earlier release prints: what base it implies, and what was printed."""
    from schemas.cells.reader import Reader
    from schemas.history.shared.known import dated_back
    from schemas.judge import judge
    from schemas.suspects.fits import Fitting

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
            found.append(dated_back(known, one, int(places[reader.row(base) - len(rows)])) if late else one)
    return found


def _is_growth(done: Evaluated) -> bool:
    return isinstance(done.condition, Ratio) and done.condition.whole == 100


def _of_base(
    reader: Reader,
    target: Interval | None,
    rate: int,
    base: int,
    finding: Finding,
    bases: pd.DataFrame,
    offset: int,
) -> Finding:
    from schemas.cells.reader import period_text, subject_of
    from schemas.rules.shared.rates import base_and_end

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
        rule=RULE.id,
        severity=RULE.severity,
        unit=cells.text("unit", base),
        left=decimal_text(printed),
        right="" if middle is None else decimal_text(middle),
        difference="" if middle is None else decimal_text(printed - middle),
        allowed=decimal_text(spans.half_width(implied) + spans.half_width(reader.interval(base))),
        sentence=f"{subject_of(cells, rate)}: {words}",
        suspects=(),
    )
