"""Cases of which something waits for a decision, and what became of those that no longer do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from flows.page.words import Row, ordered, published
from schemas.findings import dated_block, undated_block
from storage import queries
from storage.ledger import Ledger
from storage.queries import BY_DOCUMENT, held_findings

#: What a person is asked about: a document (SHA-256) and the name of a case.
Asked = tuple[str, str]
#: Different words about one case in a message.
MOST: Final = 5


def undecided(ledger: Ledger, source: str | None = None, document: str = "") -> dict[Asked, dict[str, Any]]:
    """Cases of which a block waits, the worst first: rows of ``queries.cases`` with their ``blocks`` and ``findings``.

    ``case`` is dated; ``document`` is that of its first block, and of documents that contradict each other in a block
    each is asked about by itself. ``run`` is the last one that held something of it.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for block in held_findings(ledger, source=source):
        groups.setdefault(_dated(block["case"], block["released"]), []).append(block)
    if not groups:
        return {}
    told = {_dated(row["case"], row["released"]): row for row in queries.cases(ledger, source=source)}
    place = {name: at for at, name in enumerate(told)}
    found: dict[Asked, dict[str, Any]] = {}
    for name in sorted(groups, key=lambda name: (place.get(name, len(place)), name)):
        blocks = groups[name]
        contested = len({(one["block"], one["released"]) for one in blocks}) < len(blocks)
        for own in ([one] for one in blocks) if contested else [blocks]:
            asked = own[0]["document"], name
            held = [*found[asked]["blocks"], *own] if asked in found else own
            if document in ("", asked[0]):
                found[asked] = _waiting(name, told.get(name), held)
    return found


def _dated(case: str, released: str) -> str:
    """The name of a case with its release, as cases of several releases are told apart."""
    name, date = undated_block(case)
    return dated_block(name, date or released) if date or released else name


def _waiting(name: str, told: Row | None, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    findings = list({id(row): row for block in blocks for row in ordered(block["findings"])}.values())
    said = told or (findings[0] if findings else {"sentence": BY_DOCUMENT, "suspects": [], "position": "", "unit": ""})
    about = {field: blocks[0][field] for field in ("document", "source", "released")}
    run = max(one["run"] for one in blocks)
    return {**said, **about, "case": name, "run": run, "blocks": blocks, "findings": findings}


def subject(case: Row) -> str:
    """``2023 machinery of China (trade)``: what a case is about, for a link."""
    return str(case["sentence"]).partition(": ")[0].partition(", in ")[0]


def word(ledger: Ledger, *asked: Asked) -> list[str]:
    """Of each what became of its held blocks (of a document where no case is said), and what is published of them now.

    ``2 accepted by Ada: printed so, 1 superseded; published now: exports 52 bn USD (2021-08-02+2)``.
    """
    rows = list(held_findings(ledger, all_=True)) if asked else []
    return [_word(ledger, [row for row in rows if _is_of(row, *one)]) for one in asked]


def _is_of(row: Row, document: str, case: str) -> bool:
    return document in ("", row["document"]) and case in ("", _dated(row["case"], row["released"]))


def _word(ledger: Ledger, rows: Sequence[Row]) -> str:
    became = Counter(
        " ".join(part for part in (row["state"], f"by {row['who']}" if row["who"] else "") if part)
        + (f": {row['why']}" if row["why"] else "")
        for row in rows
    )
    if not became:
        return "nothing of it is held"
    blocks = list(dict.fromkeys((row["block"], row["released"]) for row in rows))[:MOST]
    stands = published(one for block in blocks for one in queries.published_now(ledger, *block))
    return ", ".join(f"{number:,} {said}" for said, number in became.most_common(MOST)) + f"; {stands}"
