"""Helpers of the ledger's tests: small releases, collected as the flow collects them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from schemas.datasets import Dataset
from schemas.documents import Document, Notice, Parsed, Unreadable
from schemas.figures import parse_printed
from schemas.judge import judge
from schemas.observations import combine, readings
from storage import queries
from storage.ledger import Batch, Ledger, Run

Figures = Mapping[tuple[str, str], str | Sequence[str]]
_QUALIFIERS = ("≥", "≤", ">", "<", "~")


def frame(
    figures: Figures, released: str, document: str, *, dataset: str = "trade", reporter: str = "CHN"
) -> pd.DataFrame:
    """Readings of ``{(flow, period): printed}``: "10.5", ">100", "M" for missing, "9 P" for a status; lists repeat."""
    rows: list[dict[str, Any]] = []
    for (flow, period), printed in figures.items():
        for text in [printed] if isinstance(printed, str) else printed:
            value, _, status = text.partition(" ")
            qualifier = value[0] if value[0] in _QUALIFIERS else "="
            value = value.lstrip("".join(_QUALIFIERS))
            absent = value in ("M", "C", "NA")
            mantissa, exponent = (None, 0) if absent else parse_printed(value)
            measure, unit, basis = ("growth_yoy", "%", "USD") if flow.endswith("%") else ("level", "USD", "_Z")
            rows.append({
                "dataset": dataset, "reporter": reporter, "flow": flow.rstrip("%"), "measure": measure, "unit": unit,
                "basis": basis, "period": period, "released": released, "mantissa": mantissa, "exponent": exponent,
                "qualifier": qualifier, "status": value if absent else status, "document": document,
                "position": len(rows) + 2,
            })  # fmt: skip
    return readings({name: [row[name] for row in rows] for name in rows[0]}) if rows else combine([])


def document(content: str, *, source: str = "table", **more: Any) -> Document:
    """A document of these bytes."""
    return Document(source, content.encode(), f"{content[:20]}.csv", **more)


def batch(
    *parts: tuple[str, str, Figures],
    source: str = "table",
    version: int = 1,
    unreadable: Sequence[Unreadable] = (),
    notices: Sequence[Notice] = (),
    dataset: str = "trade",
) -> Batch:
    """A batch of documents, each ``(name, released, figures)``; the name stands for its bytes."""
    documents = [document(name, source=source) for name, _, _ in parts]
    frames = [
        frame(figures, released, made.sha256, dataset=dataset)
        for made, (_, released, figures) in zip(documents, parts, strict=True)
    ]
    return Batch(source, documents, Parsed(combine(frames), unreadable, notices), version)


def collect(ledger: Ledger, one: Batch, datasets: Mapping[str, Dataset] | None = None, kind: str = "collect") -> Run:
    """What the flow does: context, judgement, publish."""
    context = ledger.context(one, kind=kind)
    news = context.news(one).readings
    judgement = judge(combine([context.readings, news]), datasets or {}).joined(*context.came(news), context.overruling)
    run = ledger.publish(one, context, judgement, kind=kind)
    assert run.counts["parsed"] == sum(n for name, n in run.counts.items() if name != "parsed")
    assert run.counts["parsed"] == len(one.parsed.readings) + one.parsed.lost
    return run


def release(ledger: Ledger, name: str, released: str, figures: Figures, **more: Any) -> Run:
    """Collect one document."""
    return collect(ledger, batch((name, released, figures), **more))


def shown(ledger: Ledger, **more: Any) -> dict[tuple[str, str], str]:
    """``{(flow, period): value}`` of ``show``; asserts that no cell answers twice."""
    found: dict[tuple[str, str], str] = {}
    for row in queries.show(ledger, **more):
        name = (row["flow"] + ("%" if row["measure"] != "level" else ""), row["period"])
        assert name not in found
        found[name] = row["value"] or row["status"]
    return found


def answers(ledger: Ledger, **more: Any) -> list[tuple[Any, ...]]:
    """What ``show`` says, less when and from where it was learned."""
    fields = ("dataset", "reporter", "flow", "measure", "period", "value", "step", "qualifier", "status", "released")
    return sorted(tuple(row[name] for name in fields) for row in queries.show(ledger, **more))


Make = Callable[[], Ledger]
