"""From what a rule says to a Finding that a person can judge without opening another window."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from schemas.cells.reader import Reader, period_text, subject_of
from schemas.figures import Interval, decimal_text
from schemas.findings import Culprit, Finding, block_id
from schemas.positions import position_text
from schemas.rules import Rule
from schemas.rules.shared.evaluation import Evaluated
from schemas.rules.shared.files import FILES
from schemas.sentences import inner_span, range_text, rounded, scale_of, subject, unit_text
from schemas.suspects.clause import clause, name_of, scale_at
from schemas.suspects.suspects import Explanation
from schemas.units import is_amount


class Culprits:
    """Figures that explain findings all by themselves, each said once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[tuple[int, ...], tuple[Culprit, ...]] = {}

    def of(self, why: Explanation | None) -> tuple[Culprit, ...]:
        """Those of an explanation."""
        if why is None or not why.alone:
            return ()
        known = self._known.get(why.alone)
        if known is None or (why.suspects and len(known) == len(why.alone) == 1 and not known[0].words):
            self._known[why.alone] = self._said(why)
        return self._known[why.alone]

    def _said(self, why: Explanation) -> tuple[Culprit, ...]:
        reader, (cell, *others) = self._reader, why.alone
        if others and len({reader.block(one) for one in why.alone}) == 1:
            return (Culprit(reader.block(cell)),)  # whichever it is, the block is the same
        if others or not why.suspects:
            return tuple(Culprit(reader.block(one), self._figure(one)) for one in why.alone)
        at, row = why.cells.index(cell), reader.row(cell)
        document, position = str(reader.at("document", row)), position_text(int(reader.at("position", row)))
        words = self._words(cell, why.fits[at])
        return (Culprit(reader.block(cell), self._figure(cell), words, why.suspects[at], document, position),)

    def _figure(self, cell: int) -> str:
        return "/".join(self._reader.cells.text(name, cell) for name in ("flow", "measure", "unit", "basis"))

    def _words(self, cell: int, fits: Interval) -> str:
        """``total 767.68 bn USD should be 777.665–777.695``."""
        exponent = self._reader.exponent(cell)
        amount = self._reader.cells.text("measure", cell) in ("level", "count")
        scale = scale_of([exponent]) if amount else 0
        printed = f"{self._reader.text(cell, scale)} {unit_text(scale, self._reader.cells.text('unit', cell))}"
        should = range_text(inner_span(fits, exponent - 2), scale)
        return f"{name_of(self._reader, cell, cell)} {printed} should be {should}"


def finding(
    reader: Reader,
    done: Evaluated,
    at: int,
    severity: str,
    fails: bool,
    why: Explanation | None = None,
    culprits: tuple[Culprit, ...] = (),
) -> Finding:
    """The finding of one evaluation; ``why`` is what explains its failure, ``culprits`` what alone does."""
    cells, cell = reader.cells, int(done.anchor[at])
    own = FILES[done.rule.id]
    said = (own.fails if fails else own.not_evaluable)(reader, done, at)
    row = reader.row(cell)
    judged_rate = cells.text("measure", cell) not in ("level", "count")
    apart = None if said.left is None or said.right is None else said.left - said.right
    scale = scale_at(reader, map(int, done.terms[:, at]))
    end = clause(reader, cell, said.fits, why, scale) if fails else ""
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
        block=reader.block(cell),
        released=cells.text("released", cell),
        document=str(reader.at("document", row)),
        position=position_text(int(reader.at("position", row))),
        sentence=f"{subject_of(cells, cell)}: {said.words}{end}",
        suspects=why.suspects if fails and why is not None else (),
        culprits=culprits if fails else (),
        scale=scale,
    )


def holding(reader: Reader, done: Evaluated, at: int) -> str:
    """One sentence about an evaluation that holds."""
    words = FILES[done.rule.id].holds(reader, done, at)
    return f"{subject_of(reader.cells, int(done.anchor[at]))}: {words}"


def finding_about(
    rule: Rule,
    row: pd.Series[Any] | Mapping[Any, Any],
    words: str,
    left: Fraction | None,
    right: Fraction | None,
    severity: str = "",
) -> Finding:
    """A finding about one reading (a row with its columns as texts) beside what other releases say."""
    keys = ("dataset", "reporter", "partner", "product", "breakdown", "period")
    dataset, reporter, partner, product, breakdown, period = (str(row[name]) for name in keys)
    shown = None if right is None else rounded(right, int(row["exponent"]))
    unit = str(row["unit"])
    currency = unit if is_amount(unit) else str(row["basis"]) if is_amount(str(row["basis"])) else "-"
    about = subject(period_text(period), product, partner, breakdown, reporter)
    return Finding(
        rule=rule.id,
        severity=severity or rule.severity,
        result="fails",
        dataset=dataset,
        reporter=reporter,
        partner=partner,
        product=product,
        breakdown=breakdown,
        period=period,
        unit=unit,
        left="" if left is None else decimal_text(left),
        right="" if shown is None else decimal_text(shown),
        difference="" if left is None or shown is None else decimal_text(left - shown),
        allowed="",
        block=block_id(dataset, reporter, partner, product, breakdown, period, currency),
        released=str(row["released"]),
        document=str(row["document"]),
        position=position_text(int(row["position"])),
        sentence=f"{about}: {words}",
    )
