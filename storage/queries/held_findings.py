"""What is held, with what was found of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from storage.handle import Handle
from storage.queries.findings import findings
from storage.queries.show import held


def held_findings(ledger: Handle, *, source: str | None = None, all_: bool = False) -> Iterator[dict[str, Any]]:
    """Each held block (the fields of ``queries.held``) with the ``findings`` of then: those that hold it come first.

    They are about the block, or about its document as a whole where that is why it is held.
    """
    blocks = list(held(ledger, source=source, all_=all_))
    about: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in findings(ledger, source=source, all_=all_, history=all_) if blocks else ():
        key = (row["block"], row["released"]) if row["released"] else (row["document"], "")
        if row["rule"] != "readable":  # what could not be read is no part of a block
            about.setdefault(key, []).append(row)
    for block in blocks:
        of_document = about.get((block["document"], ""), []) if block["cause"] == "document" else []
        found = [*of_document, *about.get((block["block"], block["released"]), [])]
        if all_:  # a block that was held anew is held for other reasons than before
            found = [row for row in found if _stood(row, block["run"])]
        yield {**block, "findings": sorted(found, key=lambda row: (row["result"], row["severity"]) != _HOLDS)}


def _stood(row: dict[str, Any], run: int) -> bool:
    """Whether a finding (with its history) was one of those with which ``run`` held a block."""
    return bool(row["run"] == run or (row["run"] < run and (row["ended_run"] == "" or row["ended_run"] > run)))


#: What is said of a held block of which no finding is left.
BY_DOCUMENT: Final = "held because of its document"


#: Result and severity of what holds a block.
_HOLDS: Final = ("fails", "error")
