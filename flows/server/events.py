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
    resource = {
        "prefect.resource.id": f"tradeledger.{kind}.{key}",
        "prefect.resource.name": _short(name),
        "tradeledger.source": str(payload.get("source", "")),
    }
    emit_event(event=event, resource=resource, payload={field: _short(value) for field, value in payload.items()})


def document_held(source: str, run: int, document: str, name: str, url: str, held: Sequence[Mapping[str, Any]]) -> None:
    """One event a document with undecided blocks: it starts one review. ``held`` has block, released, sentence."""
    about = {"source": source, "run": run, "document": document, "name": name, "url": url}
    blocks = {"blocks": [one["block"] for one in held], "of": len(held)}
    emit(DOCUMENT_HELD, "document", document, name or document[:12], about | blocks)


def block_held(source: str, run: int, document: str, held: Mapping[str, Any]) -> None:
    """One event a block that is newly held: for alerts, it starts nothing."""
    said = {"source": source, "run": run, "document": document}
    said |= {name: held[name] for name in ("block", "released", "sentence")}
    emit(BLOCK_HELD, "block", held["block"], held["block"], said)


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
