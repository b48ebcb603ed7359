"""Events for alerts and automations, emitted after the commit they tell of. docs/operation.md lists their payloads.

An event can be lost: nothing depends on one. What ``document.held`` starts, the next run over that source starts if it
finds cases that nobody is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from prefect.events import emit_event

from flows import environment
from storage.decisions import Decided

#: The most block ids or sentences in one payload; ``of`` says how many there are.
MOST: Final = 50
#: The longest text of a source in a payload.
LONGEST: Final = 500

DOCUMENT_HELD: Final = "tradeledger.document.held"
BLOCK_HELD: Final = "tradeledger.block.held"
BLOCK_DECIDED: Final = "tradeledger.block.decided"
SOURCE_STALE: Final = "tradeledger.source.stale"
CHANGED_SHAPE: Final = "tradeledger.document.changed-shape"


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"
    if isinstance(value, Sequence):
        return [_short(one) for one in value[:MOST]]
    return value


def emit(event: str, kind: str, key: str, name: str, payload: Mapping[str, Any]) -> None:
    """Emit one event about the ``kind`` (document, block, source) of that ``key``; nothing without a Prefect API.

    A temporary server ends with the command that started it: nobody could hear.
    """
    if not environment.has_server():
        return
    resource = {
        "prefect.resource.id": f"tradeledger.{kind}.{key}",
        "prefect.resource.name": _short(name),
        "tradeledger.source": str(payload.get("source", "")),
    }
    emit_event(event=event, resource=resource, payload={field: _short(value) for field, value in payload.items()})


def document_held(source: str, document: str, name: str, url: str, cases: Sequence[Mapping[str, Any]]) -> None:
    """One event a document with cases that wait, the worst first: it starts a review of one nobody is asked about."""
    blocks = [block["block"] for case in cases for block in case["blocks"]]
    about = {
        "source": source,
        "run": max(case["run"] for case in cases),
        "document": document,
        "name": name,
        "url": url,
    }
    said = {"cases": [case["sentence"] for case in cases], "blocks": blocks, "of": len(blocks)}
    emit(DOCUMENT_HELD, "document", document, name or document[:12], about | said)


def block_held(case: Mapping[str, Any]) -> None:
    """One event a case that is newly held, about its first block: for alerts, it starts nothing."""
    said = {name: case[name] for name in ("source", "run", "document", "case", "released", "sentence")}
    blocks = [one["block"] for one in case["blocks"]]
    emit(BLOCK_HELD, "block", blocks[0], blocks[0], said | {"block": blocks[0], "blocks": blocks, "of": len(blocks)})


def block_decided(done: Decided) -> None:
    """A person accepted or rejected a held block."""
    said = {name: getattr(done, name) for name in ("source", "block", "released", "verdict", "who")}
    emit(BLOCK_DECIDED, "block", done.block, done.block, {**said, "reason": done.why})


def source_stale(source: str, dataset: str, released: str, sentence: str) -> None:
    """Nothing new of a dataset long after its usual release date; ``released`` is its last."""
    said = {"source": source, "dataset": dataset, "released": released, "sentence": sentence}
    emit(SOURCE_STALE, "source", source, source, said)


def changed_shape(source: str, document: str, name: str, sentence: str) -> None:
    """A document is not of the shape its source declares: nothing of it was used."""
    said = {"source": source, "document": document, "name": name, "sentence": sentence}
    emit(CHANGED_SHAPE, "document", document, name, said)
