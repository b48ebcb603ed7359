"""What sources and datasets declare is used, or shown: no declaration that nobody reads."""

from __future__ import annotations

import ast
import json
from dataclasses import fields
from pathlib import Path

import pytest

from cli.main import run
from cli.shared import declared
from schemas.datasets import Dataset, Partition
from schemas.documents import Document
from sources.registry import load_sources
from sources.source import Source

ROOT = Path(__file__).resolve().parent.parent


def test_every_declared_field_is_read_outside_of_sources() -> None:
    files = [path for room in ("cli", "flows", "schemas", "storage") for path in sorted((ROOT / room).rglob("*.py"))]
    assert len(files) > 100
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files if path.name != "datasets.py"]
    read = {
        node.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    declared = {f"{kind.__name__}.{one.name}" for kind in (Source, Dataset, Partition) for one in fields(kind)}
    assert {name for name in declared if name.partition(".")[2] not in read} == set()


@pytest.mark.parametrize("source_id", load_sources())
def test_a_source_shows_all_it_declares(source_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sources", source_id, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    source = load_sources()[source_id]
    assert [row["dataset"] for row in rows] == ([one.id for one in source.datasets] or [""])
    assert all(list(row) == list(declared.FIELDS) for row in rows)
    assert {row["licence"] for row in rows} == {source.licence}
    for row, one in zip(rows, source.datasets, strict=False):
        said = (row["seasonal_adjustment"], row["concept"], row["trade_system"], row["price_basis"])
        assert said == (one.seasonal_adjustment, one.concept, one.trade_system, one.price_basis)
    assert run(["sources", source_id]) == 0
    shown = capsys.readouterr().out
    assert f"{source.expected_rows[0]} or more a document" in " ".join(shown.split())


def test_valuation_and_partitions_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sources", "gacc"]) == run(["sources", "ft900", "--format", "csv"]) == 0
    said = capsys.readouterr().out
    assert "X FOB, M CIF" in said
    assert "product: total = goods + services (rounded, promised)" in said


def test_a_source_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sources", "ft90"]) == 2
    assert "expected one of bulletins" in capsys.readouterr().err


def test_what_is_shipped_has_what_its_source_declares() -> None:
    shipped = [(one, document) for one in load_sources().values() if one.bundled for document in one.bundled()]
    assert shipped
    for source, document in shipped:
        assert isinstance(document, Document)
        assert len(source.parse(document).readings) >= source.expected_rows[0] > 1
