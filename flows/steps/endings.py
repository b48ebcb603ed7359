"""Documents that may end within their last figure: what a person said of them is remembered and not asked again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from schemas.documents import Document
from storage.decisions import decide
from storage.documents import taken_whole
from storage.ledger import Batch, Ledger
from storage.queries import held, held_findings


def answer(ledger: Ledger, documents: Sequence[Document]) -> None:
    """Accept what waits only for a word on the end of a document that a person now says to be whole."""
    for document in documents:
        if not document.whole:
            continue
        waiting = {(row["block"], row["released"]) for row in held(ledger, document=document.sha256)}
        for row in held_findings(ledger, source=document.source) if waiting else ():
            rules = {one["rule"] for one in row["findings"] if (one["result"], one["severity"]) == ("fails", "error")}
            if (row["block"], row["released"]) in waiting and rules == {"whole"}:
                why = "the document is whole: ingest --whole"
                decide(ledger, row["block"], "accept", why=why, who="ingest --whole", released=row["released"])


def without_known(ledger: Ledger, brought: Batch) -> Batch:
    """A batch without questions about the end of documents that were taken for whole when they came."""
    doubts = {one.document for one in brought.parsed.notices if one.figure}
    if not doubts:
        return brought
    known = taken_whole(ledger, sorted(doubts))
    left = [one for one in brought.parsed.notices if not (one.figure and one.document in known)]
    return replace(brought, parsed=replace(brought.parsed, notices=left))
