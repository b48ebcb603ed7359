"""Documents judged by themselves, without a ledger: what ``tradeledger check`` and ``tradeledger.check`` find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from schemas.cases import Case, cases
from schemas.datasets import Dataset, loosened
from schemas.documents import Document, Parsed
from schemas.findings import Finding, notice_finding, unreadable_finding
from schemas.history import apart, periods_ahead
from schemas.judge import Judgement, judge
from schemas.observations import OBSERVATIONS, combine


@dataclass(frozen=True)
class Checked:
    """What the rules say of the ``readings`` of some documents, and what is wrong with the documents themselves."""

    readings: pd.DataFrame
    judgement: Judgement
    findings: Sequence[Finding]

    @cached_property
    def cases(self) -> list[Case]:
        """The findings by what explains them, the worst first."""
        return cases(self.findings)

    @cached_property
    def _names(self) -> dict[int, str]:
        return {id(finding): case.name for case in self.cases for finding in case.findings}

    def case_of(self, finding: Finding) -> str:
        """The name of the case of one of the findings; "" of what could not be evaluated."""
        return self._names.get(id(finding), "")


def checked(
    documents: Sequence[Document], parsed: Sequence[Parsed], datasets: Iterable[Dataset], today: str
) -> Checked:
    """Judge what was read in each of the documents; what says no release date was not released after ``today``."""
    readings = OBSERVATIONS.validate(combine(part.readings for part in parsed), lazy=True)
    declared = loosened({dataset.id: dataset for dataset in datasets}, parsed)
    judgement = judge(readings, declared)
    judgement = replace(judgement, beside=[*periods_ahead(readings, today), *apart(readings, declared)])
    return Checked(readings, judgement, [*_about_documents(documents, parsed), *judgement.findings])


def _about_documents(documents: Sequence[Document], parsed: Sequence[Parsed]) -> Iterator[Finding]:
    """What could not be read, and what is wrong with a document as a whole."""
    for document, part in zip(documents, parsed, strict=True):
        for notice in part.notices:
            yield replace(notice_finding(notice, document.sha256, ""), left=notice.about if notice.figure else "")
        for fault in part.unreadable:  # where it stands is said beside it
            found = unreadable_finding(fault, document.sha256)
            yield replace(found, sentence=fault.sentence, document=document.sha256)
