"""Findings about one reading beside what other releases say, in one sentence each."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd

from schemas.cells.reader import period_text
from schemas.figures import decimal_text
from schemas.findings import Finding, block_id
from schemas.positions import position_text
from schemas.rules import Rule
from schemas.sentences import rounded, subject
from schemas.units import is_currency


def finding_about(
    rule: Rule, row: pd.Series[Any], words: str, left: Fraction | None, right: Fraction | None, severity: str = ""
) -> Finding:
    """A finding about one reading (a row with its columns as texts)."""
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
