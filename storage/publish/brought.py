"""What a publish brings, said as values before the ledger is locked: inside nothing is judged or explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.cases import Case, cases
from schemas.errors import LedgerError
from schemas.findings import Finding, notice_finding, unreadable_finding
from schemas.positions import parse_position
from storage.encoding import codes
from storage.encoding.columns import Ints, ints
from storage.state.verdicts import Scope, scope

if TYPE_CHECKING:
    from schemas.documents import Parsed
    from schemas.joining import Joining
    from schemas.judge import Judgement
    from storage.publish.batch import Batch, Context

#: A block id and a release.
Pair = tuple[str, int]
#: The SHA-256 of a document, the packed position of a figure in it, and what is asked about that.
Doubt = tuple[str, int, Scope]


@dataclass(frozen=True)
class Brought:
    """A batch, what the ledger held beside it, and what was found of both; ``held``, ``findings`` and ``cases`` by
    dataset.

    ``places`` of each judged reading's block id among ``blocks``, where something may be kept back. Where documents of
    a release contradict each other (``joining``), ``standing`` are the findings about what stands, ``together`` those
    of all readings at once, by dataset.
    ``noticed`` are documents with something wrong about themselves, and what that is.
    """

    batch: Batch
    context: Context
    news: Parsed
    findings: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    cases: Mapping[str, Sequence[Case]] = field(default_factory=dict)
    held: Mapping[str, Sequence[Pair]] = field(default_factory=dict)
    places: Ints = field(default_factory=ints)
    blocks: npt.NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=object))
    standing: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    together: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    joining: Joining | None = None
    noticed: Mapping[str, frozenset[Scope]] = field(default_factory=dict)
    doubts: Sequence[Doubt] = ()

    @classmethod
    def of(cls, batch: Batch, context: Context, judgement: Judgement | None) -> Brought:
        """All that publishing needs of a judgement; None only where the batch brings nothing new."""
        news = context.news(batch)
        if context.unchanged:
            return cls(batch, context, news)
        if judgement is None:
            raise LedgerError("a batch that brings something new was published without judgement")
        if judgement.size != len(context.stored) + len(news.readings):
            raise LedgerError(
                f"the judgement is of {judgement.size} readings, expected {len(context.stored)} of the ledger and "
                f"{len(news.readings)} of the batch, in this order"
            )
        findings = _by_dataset([*judgement.findings, *_about_documents(batch, context, news)])
        joining = judgement.joining
        standing = _by_dataset(joining.standing.findings) if joining else findings
        together = _by_dataset(joining.everything.findings) if joining and joining.everything else findings
        held: dict[str, list[Pair]] = {}
        wrong = joining.standing.held if joining else judgement.held
        for block, released in sorted((block, codes.release_code(date)) for block, date in wrong):
            held.setdefault(block.split("/", 1)[0], []).append((block, released))
        noticed: dict[str, set[Scope]] = {}
        doubts: list[Doubt] = []
        for notice in news.notices:
            for sha in _shas(batch, notice.document):
                said = scope(notice_finding(notice, sha, ""))
                if notice.figure:
                    doubts.append((sha, parse_position(notice.position), said))
                else:
                    noticed.setdefault(sha, set()).add(said)
        places, blocks = ints(), np.empty(0, dtype=object)
        if judgement.held or joining or news.notices:  # nobody asks else
            found, texts = pd.factorize(np.asarray(judgement.blocks, dtype=object))
            places, blocks = ints(found), np.asarray(texts, dtype=object)
        about = {sha: frozenset(scopes) for sha, scopes in noticed.items()}
        told = {dataset: cases(found) for dataset, found in findings.items()}
        return cls(
            batch, context, news, findings, told, held, places, blocks, standing, together, joining, about, doubts
        )


def _by_dataset(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.dataset, []).append(finding)
    return found


def _shas(batch: Batch, document: str) -> list[str]:
    """What is said of no document is said of all."""
    return [document] if document else [one.sha256 for one in batch.documents]


def _about_documents(batch: Batch, context: Context, news: Parsed) -> list[Finding]:
    """What could not be read and what is wrong with documents; without a dataset it goes to the batch's first."""
    first = context.datasets[0] if context.datasets else ""
    only = batch.documents[0].sha256 if batch.documents else ""
    found = [unreadable_finding(fault, only) for fault in news.unreadable]
    for notice in news.notices:
        found += [notice_finding(notice, sha, first) for sha in _shas(batch, notice.document)]
    return found
