"""From what a rule says to a Finding that a person can judge without opening another window."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd

from schemas.cells.reader import Reader, period_text, subject_of
from schemas.figures import decimal_text
from schemas.findings import Finding, block_id
from schemas.positions import position_text
from schemas.rules import Rule
from schemas.rules.shared.evaluation import Evaluated
from schemas.rules.shared.files import FILES
from schemas.sentences import rounded, subject
from schemas.suspects.clause import clause, scale_at
from schemas.suspects.suspects import Explanation
from schemas.units import is_currency


def finding(
    reader: Reader, done: Evaluated, at: int, severity: str, fails: bool, why: Explanation | None = None
) -> Finding:
    """The finding of one evaluation; ``why`` is what explains its failure."""
    cells, cell = reader.cells, int(done.anchor[at])
    own = FILES[done.rule.id]
    said = (own.fails if fails else own.not_evaluable)(reader, done, at)
    row = reader.row(cell)
    judged_rate = cells.text("measure", cell) not in ("level", "count")
    apart = None if said.left is None or said.right is None else said.left - said.right
    end = clause(reader, cell, said.fits, why, scale_at(reader, map(int, done.terms[:, at]))) if fails else ""
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


def holding(reader: Reader, done: Evaluated, at: int) -> str:
    """One sentence about an evaluation that holds."""
    words = FILES[done.rule.id].holds(reader, done, at)
    return f"{subject_of(reader.cells, int(done.anchor[at]))}: {words}"


def finding_about(
    rule: Rule, row: pd.Series[Any], words: str, left: Fraction | None, right: Fraction | None, severity: str = ""
) -> Finding:
    """A finding about one reading (a row with its columns as texts) beside what other releases say."""
    keys = ("dataset", "reporter", "partner", "product", "breakdown", "period")
    dataset, reporter, partner, product, breakdown, period = (str(row[name]) for name in keys)
    shown = None if right is None else rounded(right, int(row["exponent"]))
    unit = str(row["unit"])
    currency = unit if is_currency(unit) else str(row["basis"]) if is_currency(str(row["basis"])) else "-"
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
