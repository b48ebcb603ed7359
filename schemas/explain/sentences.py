"""From an evaluation that does not hold to a Finding a person can judge without opening another window."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from schemas.cells import spans
from schemas.cells.cells import BALANCING, Cells
from schemas.cells.reader import Reader, Said, period_text, subject_of
from schemas.explain import release as explain_release
from schemas.figures import Interval, decimal_text, figure_text
from schemas.findings import Finding
from schemas.periods import average_base, preceding, year_before
from schemas.positions import position_text
from schemas.repeats import printings
from schemas.rules import growth
from schemas.rules.identities import RULES as IDENTITIES
from schemas.rules.shared.evaluation import Evaluated
from schemas.rules.shared.files import FILES
from schemas.rules.shared.strips import places
from schemas.sentences import inner_span, number, range_text, rounded, rounded_span, scale_of
from schemas.suspects.clause import clause, scale_at
from schemas.suspects.suspects import Explanation
from schemas.vocabulary import FLOWS

_SIGN: Final = {1: "+", -1: "−"}
_SHOWN_DIGITS: Final = 2  # a computed rate is shown with so many digits more than the printed one


def finding(
    cells: Cells, reader: Reader, done: Evaluated, at: int, severity: str, fails: bool, why: Explanation | None = None
) -> Finding:
    """The finding of one evaluation; ``why`` is what explains its failure."""
    cell = int(done.anchor[at])
    said = _said(reader, done, at, fails)
    row = reader.row(cell)
    judged_rate = cells.text("measure", cell) not in ("level", "count")
    apart = None if said.left is None or said.right is None else said.left - said.right
    end = clause(reader, cell, said.fits, why, scale_at(reader, map(int, done.terms[:, at]))) if fails else ""
    if done.rule.id == "repeat" and why is not None and why.suspects:
        end = _against(reader, cell, int(done.detail[at]), why)
    return Finding(
        rule=done.rule.id,
        severity=severity if fails else "information",
        result="fails" if fails else "not evaluable",
        dataset=cells.text("dataset", cell),
        reporter=cells.text("reporter", cell),
        partner=cells.text("partner", cell),
        product=cells.text("product", cell),
        breakdown=cells.text("breakdown", cell),
        period=cells.text("period", cell),
        unit="%" if judged_rate else cells.text("unit", cell),
        left="" if said.left is None else decimal_text(said.left),
        right="" if said.right is None else decimal_text(said.right),
        difference="" if apart is None else decimal_text(apart),
        allowed="" if said.allowed is None else decimal_text(said.allowed),
        block=cells.block_id_of(cell),
        released=cells.text("released", cell),
        document=str(reader.at("document", row)),
        position=position_text(int(reader.at("position", row))),
        sentence=f"{subject_of(cells, cell)}: {said.words}{end}",
        suspects=why.suspects if fails and why is not None else (),
    )


def _said(reader: Reader, done: Evaluated, at: int, fails: bool) -> Said:
    own = FILES.get(done.rule.id)
    if own is not None:
        return own.fails(reader, done, at) if fails else own.not_evaluable(reader, done, at)
    return _SAYING[done.rule.id](reader, done, at) if fails else _not_evaluable(reader, done, at)


def _against(reader: Reader, cell: int, other: int, why: Explanation) -> str:
    """Which printings of a cell the rest of the release contradicts, and what happened to the first."""
    scale, wrong = _scale_of_printings(reader, cell, other), [suspect.value for suspect in why.suspects]
    said = [
        reader.row_text(rows[0], scale)
        for (exponent, mantissa, _, _), rows in printings(reader.cells, cell).items()
        if figure_text(mantissa, exponent) in wrong
    ]
    slip = why.suspects[0].slip
    return f"; the rest contradicts {', '.join(said)}" + (f"; {slip}" if slip else "")


def _scale_of_printings(reader: Reader, cell: int, other: int) -> int:
    """The scale in which all printings of a cell are said: that of the published reading and one it does not meet."""
    if reader.cells.text("measure", cell) not in ("level", "count"):
        return 0
    return scale_of([int(reader.at("exponent", row)) for row in (reader.row(cell), other)])


def base_of(cells: Cells, cell: int) -> tuple[str, int]:
    """The base period of a rate of growth, and the number of years (1 for plain growth)."""
    period, measure = cells.text("period", cell), cells.text("measure", cell)
    if measure == "growth_avg":
        base, _, years = average_base(period)
        return base, years
    return (year_before(period) if measure == "growth_yoy" else preceding(period)), 1


def implied_rate(reader: Reader, level: int, base: int, years: int, absolute: bool) -> tuple[Fraction, Interval]:
    """The rate in % that two levels make: from printed values, and as an interval; of roots only an approximation."""
    value, under = reader.interval(level), reader.interval(base)
    ratio = spans.product(value, spans.inverse(under))
    negative = spans.sign(under) < 0

    def rate(share: Fraction) -> Fraction:
        root = share if years == 1 else Fraction(float(max(share, Fraction(0))) ** (1 / years))
        return (root - 1) * 100

    printed = rate(reader.value(level) / reader.value(base)) if reader.value(base) else Fraction(0)
    interval = Interval(
        None if ratio.low is None else rate(ratio.low),
        None if ratio.high is None else rate(ratio.high),
        ratio.low_open,
        ratio.high_open,
    )
    return (-printed, spans.times(interval, -1)) if absolute and negative else (printed, interval)


def _growth(reader: Reader, done: Evaluated, at: int) -> Said:
    judged, level, base = (int(cell) for cell in done.terms[:, at])
    cells = reader.cells
    period, years = base_of(cells, judged)
    scale = scale_of([reader.exponent(level), reader.exponent(base)])
    absolute = bool(done.detail[at])  # growth of a balance on its absolute base
    left, known = reader.value(judged), reader.interval(judged)
    right, made = implied_rate(reader, level, base, years, absolute)
    shown = reader.exponent(judged) - _SHOWN_DIGITS
    right = rounded(right, shown)
    allowed = rounded(spans.half_width(made), shown) + spans.half_width(known)
    fits = spans.printable(left, known, made)
    fits = inner_span(fits, shown)
    flow = reader.flow(level) or "the figure"
    if years == 1:
        made_of = f"{reader.text(level, scale)} over {reader.text(base, scale)} in {period_text(period)}"
        name = f"growth of {flow}"
    else:
        made_of = f"from {reader.text(base, scale)} to {reader.text(level, scale)} in {years} years"
        name = f"average growth of {flow}"
    words = f"{name} {reader.text(judged, 0)} % is not {made_of} ({number(right)} % ± {number(allowed)})"
    return Said(left, right, allowed, words, range_text(fits))


def implied_base(reader: Reader, level: int, rate: int, base: int, absolute: bool) -> Interval:
    """What a level and its rate of growth (cells; −1 for none) imply of the base, met with what is printed of it."""
    found = spans.ANY
    if level >= 0 and rate >= 0:
        value = reader.interval(level)
        growth_rate = reader.interval(rate)
        if absolute and spans.sign(value) < 0:
            growth_rate = spans.times(growth_rate, -1)
        factor = spans.times(spans.plus(growth_rate, Interval(Fraction(100), Fraction(100))), Fraction(1, 100))
        found = spans.product(value, spans.inverse(factor))
    return found if base < 0 else found.meet(reader.interval(base))


def _growth_implied(reader: Reader, done: Evaluated, at: int) -> Said:
    cells = reader.cells
    terms = [int(cell) for cell in done.terms[:, at]]
    measure, rule_id, absolute = done.detail[at]
    rule = next(known for known in IDENTITIES if known.id == rule_id)
    bases = {
        flow: implied_base(reader, terms[row], terms[4 + row], terms[8 + row], flow == "B" and bool(absolute))
        for row, flow in enumerate(BALANCING)
    }
    used = [terms[row + shift] for row in places(rule) for shift in (0, 8) if terms[row + shift] >= 0]
    exponents = [reader.exponent(cell) for cell in used]
    scale, shown = scale_of(exponents), min(exponents) - 2
    anchor = int(done.anchor[at])
    period = cells.text("period", anchor)
    base = year_before(period) if measure == "growth_yoy" else preceding(period)
    made = Interval(Fraction(0), Fraction(0))
    parts = []
    for place, (flow, factor) in enumerate(rule.right):
        made = spans.plus(made, spans.times(bases[flow], factor))
        sign = f"{_SIGN[factor]} " if place else ""
        parts.append(f"{sign}{FLOWS[flow]} {_shown(bases[flow], shown, scale)}")
    made = spans.times(made, Fraction(1, rule.left[1]))
    judged = bases[rule.left[0]]
    allowed = spans.half_width(judged) + spans.half_width(made)
    half = "half of " if rule.left[1] == 2 else ""
    broken = next((row for row in places(rule) if bases[BALANCING[row]].empty), None)
    if broken is not None:
        return _contradicted(reader, done, at, broken, shown, scale)
    words = (
        f"levels and growth imply for {period_text(base)} {FLOWS[rule.left[0]]} {_shown(judged, shown, scale)}, "
        f"which is not {half}{' '.join(parts)} ({_shown(made, shown, scale)})"
    )
    return Said(rounded_middle(judged, shown), rounded_middle(made, shown), rounded(allowed, shown), words)


def rounded_middle(interval: Interval, exponent: int) -> Fraction | None:
    """The middle of an interval, for showing."""
    middle = spans.middle(interval)
    return None if middle is None else rounded(middle, exponent)


def _contradicted(reader: Reader, done: Evaluated, at: int, row: int, shown: int, scale: int) -> Said:
    """What level and growth of one flow imply of its base, beside what the release prints of it."""
    terms = [int(cell) for cell in done.terms[:, at]]
    flow, absolute, base = BALANCING[row], bool(done.detail[at][2]), terms[8 + row]
    implied = implied_base(reader, terms[row], terms[4 + row], -1, flow == "B" and absolute)
    period = period_text(reader.cells.text("period", base))
    words = (
        f"level and growth imply for {period} {FLOWS[flow]} {_shown(implied, shown, scale)}, "
        f"which is not {reader.text(base, scale)} as printed, so that {done.detail[at][1]} "
        f"of {period} cannot hold"
    )
    allowed = spans.half_width(implied) + spans.half_width(reader.interval(base))
    return Said(reader.value(base), rounded_middle(implied, shown), rounded(allowed, shown), words)


def _shown(interval: Interval, exponent: int, scale: int) -> str:
    return range_text(rounded_span(interval, exponent), scale)


def _repeat(reader: Reader, done: Evaluated, at: int) -> Said:
    cell = int(done.anchor[at])
    other = int(done.detail[at])
    row = reader.row(cell)
    values = [
        Fraction(int(reader.at("mantissa", r))) * Fraction(10) ** int(reader.at("exponent", r)) for r in (row, other)
    ]
    steps = [Fraction(10) ** int(reader.at("exponent", r)) / 2 for r in (row, other)]
    rate = reader.cells.text("measure", cell) not in ("level", "count")
    scale = _scale_of_printings(reader, cell, other)
    name = {"level": "", "count": ""}.get(reader.cells.text("measure", cell), "growth of ")
    if reader.cells.text("measure", cell) == "share":
        name = "share of "
    percent = " %" if rate else ""
    printed = printings(reader.cells, cell)
    shown = []
    for rows in printed.values():
        places = "; ".join(filter(None, (position_text(int(reader.at("position", one))) for one in rows)))
        shown.append(f"{reader.row_text(rows[0], scale)}{percent}" + (f" ({places})" if places else ""))
    count = sum(map(len, printed.values()))
    times = "twice" if count == 2 else f"{count} times"
    words = f"{name}{reader.flow(cell) or 'the figure'} stands {times} and does not agree: {', '.join(shown[:-1])}"
    return Said(values[0], values[1], sum(steps, Fraction(0)), f"{words} and {shown[-1]}")


def _not_evaluable(reader: Reader, done: Evaluated, at: int) -> Said:
    cell = int(done.anchor[at])
    cells = reader.cells
    reason = int(done.reason[at])
    if done.rule.id in ("parts", "share"):
        return explain_release.not_evaluable(reader, done, at)
    period = cells.text("period", cell)
    base, years = base_of(cells, cell)
    end = average_base(period)[1] if years > 1 else period
    name = "average growth" if cells.text("measure", cell) == "growth_avg" else "growth"
    why = growth.REASONS[reason].format(base=period_text(base), period=period_text(end))
    words = f"{name} of {reader.flow(cell) or 'the figure'} {reader.text(cell, 0)} % cannot be judged, because {why}"
    return Said(reader.value(cell) if cells.figure[cell] >= 0 else None, None, None, words)


_SAYING: Final = {
    "growth": _growth,
    "growth-average": _growth,
    "growth-implied": _growth_implied,
    "repeat": _repeat,
    "parts": explain_release.parts,
    "share": explain_release.share,
    "currency": explain_release.currency,
}


def holding(reader: Reader, done: Evaluated, at: int) -> str:
    """One sentence about an evaluation that holds."""
    cells, cell = reader.cells, int(done.anchor[at])
    own = FILES.get(done.rule.id)
    said = _HOLDING[done.rule.id] if own is None else own.holds
    return f"{subject_of(cells, cell)}: {said(reader, done, at)}"


def _growth_holds(reader: Reader, done: Evaluated, at: int) -> str:
    judged, level, base = (int(cell) for cell in done.terms[:, at])
    _, years = base_of(reader.cells, judged)
    scale = scale_of([reader.exponent(level), reader.exponent(base)])
    flow = reader.flow(level) or "the figure"
    change = f"from {reader.text(base, scale)} to {reader.text(level, scale)}"
    if years > 1:
        return f"{flow} {change} is {reader.text(judged, 0)} % a year over {years} years, within rounding"
    return f"{flow} {change} is {reader.text(judged, 0)} %, within rounding"


def _implied_holds(reader: Reader, done: Evaluated, at: int) -> str:
    period = reader.cells.text("period", int(done.anchor[at]))
    base = year_before(period) if done.detail[at][0] == "growth_yoy" else preceding(period)
    flows = [FLOWS[flow] for row, flow in enumerate(BALANCING) if done.terms[row, at] >= 0]
    return f"levels and growth of {', '.join(flows)} agree on {period_text(base)}"


def _repeat_holds(reader: Reader, done: Evaluated, at: int) -> str:
    cell = int(done.anchor[at])
    rate = reader.cells.text("measure", cell) not in ("level", "count")
    text = f"{reader.text(cell, 0)} %" if rate else reader.text(cell, scale_of([reader.exponent(cell)]))
    name = reader.flow(cell) or "the figure"
    return f"{name} {text} stands {int(reader.cells.readings[cell])} times and agrees"


_HOLDING: Final = {
    "growth": _growth_holds,
    "growth-average": _growth_holds,
    "growth-implied": _implied_holds,
    "repeat": _repeat_holds,
    "parts": explain_release.parts_hold,
    "share": explain_release.share_holds,
    "currency": explain_release.currency_holds,
}
