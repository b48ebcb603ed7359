"""Events for alerts and automations, emitted after the commit they tell of. docs/operation.md lists their payloads.

An event can be lost: nothing depends on one. What ``document.held`` starts, the next run over that source starts if it
finds undecided blocks that nobody is asked about.
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
    said = {field: _short(value) for field, value in payload.items()}
    emit_event(
        event=event,
        resource={
            "prefect.resource.id": f"tradeledger.{kind}.{key}",
            "prefect.resource.name": _short(name),
            "tradeledger.source": str(payload.get("source", "")),
        },
        payload=said,
    )


def document_held(source: str, run: int, document: str, name: str, url: str, held: Sequence[Mapping[str, Any]]) -> None:
    """One event a document with undecided blocks: it starts one review. ``held`` has block, released, sentence."""
    emit(
        DOCUMENT_HELD,
        "document",
        document,
        name or document[:12],
        {
            "source": source,
            "run": run,
            "document": document,
            "name": name,
            "url": url,
            "blocks": [one["block"] for one in held],
            "of": len(held),
        },
    )


def block_held(source: str, run: int, document: str, held: Mapping[str, Any]) -> None:
    """One event a block that is newly held: for alerts, it starts nothing."""
    emit(
        BLOCK_HELD,
        "block",
        held["block"],
        held["block"],
        {"source": source, "run": run, "document": document, "block": held["block"], "released": held["released"],
         "sentence": held["sentence"]},
    )  # fmt: skip


def block_decided(done: Decided) -> None:
    """A person accepted or rejected a held block."""
    emit(
        BLOCK_DECIDED,
        "block",
        done.block,
        done.block,
        {"source": done.source, "block": done.block, "released": done.released, "verdict": done.verdict,
         "who": done.who, "reason": done.why},
    )  # fmt: skip


def source_stale(source: str, dataset: str, released: str, sentence: str) -> None:
    """Nothing new of a dataset long after its usual release date; ``released`` is its last."""
    emit(
        SOURCE_STALE,
        "source",
        source,
        source,
        {"source": source, "dataset": dataset, "released": released, "sentence": sentence},
    )


def changed_shape(source: str, document: str, name: str, sentence: str) -> None:
    """A document is not of the shape its source declares: nothing of it was used."""
    emit(
        CHANGED_SHAPE,
        "document",
        document,
        name,
        {"source": source, "document": document, "name": name, "sentence": sentence},
    )
