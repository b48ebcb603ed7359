"""What findings say of rules that relate several blocks of a release: parts, share."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from schemas.cells import spans
from schemas.cells.cells import Cells
from schemas.cells.reader import Reader, Said, period_text
from schemas.figures import Interval
from schemas.rules import parts as parts_rule
from schemas.rules.shared.evaluation import Evaluated
from schemas.sentences import inner_span, number, range_text, rounded, scale_of

_MANY: Final = 4  # more children than this are counted, not listed


def _cells_at(done: Evaluated, at: int) -> list[int]:
    return [int(cell) for cell in done.terms[:, at]]


def _dimension(cells: Cells, parent: int, child: int) -> str:
    """In what a child differs from its parent."""
    names = ("product", "partner", "breakdown", "period")
    return next((name for name in names if cells.text(name, parent) != cells.text(name, child)), "product")


def _named(cells: Cells, name: str, cell: int) -> str:
    text = cells.text(name, cell)
    return text.replace("-", " ") if name == "product" else period_text(text)


def _flow(reader: Reader, cell: int) -> str:
    return reader.flow(cell) or "the figure"


def parts(reader: Reader, done: Evaluated, at: int) -> Said:
    """``exports 254.1 is not goods 170.0 + services 80.1 (250.1 ± 0.15); …``."""
    parent, *children = _cells_at(done, at)
    rate, name_of, percent = _as_rate(reader, parent)
    scale = 0 if rate else scale_of([reader.exponent(cell) for cell in (parent, *children)])
    left, known = reader.value(parent), reader.interval(parent)
    right, made, promise = Fraction(0), Interval(Fraction(0), Fraction(0)), ""
    for cell in children:
        right += reader.value(cell)
        made = spans.plus(made, reader.interval(cell))
    if not made.meet(known).empty:  # intervals meet, so it is the dataset that promises exact sums
        made, known, promise = Interval(right, right), Interval(left, left), ", which this dataset promises exactly"
    allowed = spans.half_width(made) + spans.half_width(known)
    name = _dimension(reader.cells, parent, children[0])
    listed = f"the sum of its {len(children)} parts"
    if len(children) <= _MANY:
        listed = " + ".join(f"{_named(reader.cells, name, cell)} {reader.text(cell, scale)}" for cell in children)
    around = f" ± {number(allowed, scale)}" if allowed and spans.middle(made) == right else ""
    words = (
        f"{name_of}{_flow(reader, parent)} {reader.text(parent, scale)}{percent} is not {listed} "
        f"({number(right, scale)}{percent}{around}{promise})"
    )
    return Said(left, right, allowed, words, range_text(spans.printable(left, known, made), scale))


def _as_rate(reader: Reader, cell: int) -> tuple[bool, str, str]:
    """Whether a figure is a share, and what its flow and its digits are said with."""
    rate = reader.cells.text("measure", cell) == "share"
    return (rate, "share of ", " %") if rate else (rate, "", "")


def share(reader: Reader, done: Evaluated, at: int) -> Said:
    """``share 12.0 % is not exports 20.1 of 110.0 (18.27 % ± 0.05); …``."""
    judged, part, whole = _cells_at(done, at)
    scale = scale_of([reader.exponent(part), reader.exponent(whole)])
    left, known = reader.value(judged), reader.interval(judged)
    made = spans.times(spans.product(reader.interval(part), spans.inverse(reader.interval(whole))), 100)
    shown = reader.exponent(judged) - 2
    right = rounded(reader.value(part) / reader.value(whole) * 100, shown)
    allowed = rounded(spans.half_width(made), shown) + spans.half_width(known)
    fits = inner_span(spans.printable(left, known, made), shown)
    words = (
        f"share {reader.text(judged, 0)} % is not {_flow(reader, part)} {reader.text(part, scale)} of "
        f"{reader.text(whole, scale)} ({number(right)} % ± {number(allowed)})"
    )
    return Said(left, right, allowed, words, range_text(fits))


def not_evaluable(reader: Reader, done: Evaluated, at: int) -> Said:
    """Why a sum of parts or a share could not be judged."""
    cell = int(done.anchor[at])
    why = parts_rule.REASONS[int(done.reason[at])]
    if done.rule.id == "share":
        words = f"share {reader.text(cell, 0)} % cannot be judged, because {why}"
    else:
        rate, name_of, percent = _as_rate(reader, cell)
        scale = 0 if rate else scale_of([reader.exponent(cell)])
        words = f"{name_of}{_flow(reader, cell)} {reader.text(cell, scale)}{percent} cannot be added up, because {why}"
    return Said(reader.value(cell) if reader.cells.figure[cell] >= 0 else None, None, None, words)


def parts_hold(reader: Reader, done: Evaluated, at: int) -> str:
    """A sum of parts that holds."""
    parent, *children = _cells_at(done, at)
    rate, name_of, percent = _as_rate(reader, parent)
    scale = 0 if rate else scale_of([reader.exponent(cell) for cell in (parent, *children)])
    made = sum((reader.value(cell) for cell in children), Fraction(0))
    listed = " + ".join(reader.text(cell, scale) for cell in children)
    if len(children) > _MANY:
        listed = f"the sum of its {len(children)} parts"
    within = "" if made == reader.value(parent) else " within rounding"
    return f"{name_of}{_flow(reader, parent)} {reader.text(parent, scale)}{percent} = {listed}{percent}{within}"


def share_holds(reader: Reader, done: Evaluated, at: int) -> str:
    """A share that holds."""
    judged, part, whole = _cells_at(done, at)
    scale = scale_of([reader.exponent(part), reader.exponent(whole)])
    return f"{reader.text(part, scale)} of {reader.text(whole, scale)} is {reader.text(judged, 0)} %, within rounding"
