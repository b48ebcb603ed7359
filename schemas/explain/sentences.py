"""From an evaluation that does not hold to a Finding a person can judge without opening another window."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from schemas.cells.cells import Cells
from schemas.cells.reader import Reader, Said, subject_of
from schemas.explain import release as explain_release
from schemas.figures import decimal_text, figure_text
from schemas.findings import Finding
from schemas.positions import position_text
from schemas.repeats import printings
from schemas.rules.shared.evaluation import Evaluated
from schemas.rules.shared.files import FILES
from schemas.sentences import scale_of
from schemas.suspects.clause import clause, scale_at
from schemas.suspects.suspects import Explanation

_SIGN: Final = {1: "+", -1: "−"}


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
    return _SAYING[done.rule.id](reader, done, at) if fails else explain_release.not_evaluable(reader, done, at)


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


_SAYING: Final = {
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


def _repeat_holds(reader: Reader, done: Evaluated, at: int) -> str:
    cell = int(done.anchor[at])
    rate = reader.cells.text("measure", cell) not in ("level", "count")
    text = f"{reader.text(cell, 0)} %" if rate else reader.text(cell, scale_of([reader.exponent(cell)]))
    name = reader.flow(cell) or "the figure"
    return f"{name} {text} stands {int(reader.cells.readings[cell])} times and agrees"


_HOLDING: Final = {
    "repeat": _repeat_holds,
    "parts": explain_release.parts_hold,
    "share": explain_release.share_holds,
    "currency": explain_release.currency_holds,
}
