"""``export``: what ``show`` answers, for other programs."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import zipfile

import pytest
from test_cli_reading import BROKEN, FIRST, HEADER, SECOND, keep, row, rows

from cli import export
from cli.formats.exports import sdmx_csv
from cli.main import run
from cli.show import FIELDS
from schemas.fields import ABOUT

ABSENT = HEADER + row("X", "", "2022-03-17", "2020", status="C") + row("B", "-1.5", "2022-03-17", "2025-01/2025-02")


def keep_four() -> None:
    for content in (FIRST, SECOND, BROKEN, ABSENT):
        keep("table", content)


@pytest.fixture
def kept(home, once):
    return once(home, keep_four)


def parsed(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_is_that_of_show(kept, capsysbinary):
    assert run(["show", "--format", "csv"]) == 0
    shown = capsysbinary.readouterr().out
    assert run(["export"]) == 0
    assert capsysbinary.readouterr().out == shown
    assert run(["export", "--flow", "X", "--released-by", "2020-12-31"]) == 0
    (one,) = parsed(capsysbinary.readouterr().out.decode())
    assert one["value"] == "99890000000"


def test_sdmx_csv(kept, capsys, tmp_path):
    target = tmp_path / "figures.csv"
    assert run(["export", "--format", "sdmx-csv", "--output", str(target)]) == 0
    assert "5 figures in" in capsys.readouterr().err
    text = target.read_bytes().decode()
    assert text.count("\r\n") == text.count("\n") == 6
    assert sorted(os.listdir(tmp_path)) == [
        *("figures.csv", "figures.structure-2.1.xml", "figures.structure-3.0.xml", "home"),
    ]  # fmt: skip
    found = parsed(text)
    assert list(found[0]) == list(sdmx_csv.COLUMNS)
    assert {one["STRUCTURE_ID"] for one in found} == {"TRADELEDGER:FIGURES(1.0.0)"}
    by = {(one["FLOW"], one["TIME_PERIOD"]): one for one in found}
    assert set(by) == {("T", "2019"), ("X", "2019"), ("M", "2019"), ("X", "2020"), ("B", "2025-01-01/P2M")}
    assert (by["X", "2019"]["OBS_VALUE"], by["X", "2019"]["UNIT_MULT"]) == ("99990000000", "0")
    assert (by["X", "2019"]["OBS_STATUS"], by["X", "2019"]["CONF_STATUS"]) == ("A", "F")
    assert (by["X", "2020"]["OBS_VALUE"], by["X", "2020"]["OBS_STATUS"], by["X", "2020"]["CONF_STATUS"]) == (
        "",
        "Q",
        "C",
    )
    assert by["B", "2025-01-01/P2M"]["OBS_VALUE"] == "-1500000000"


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("2019", ("A", "2019")),
        ("2019-S2", ("S", "2019-S2")),
        ("2019-Q3", ("Q", "2019-Q3")),
        ("2019-03", ("M", "2019-03")),
        ("2009/2021", ("_O", "2009-01-01/P13Y")),
        ("2019-Q2/2019-Q3", ("_O", "2019-04-01/P6M")),
    ],
)
def test_periods_of_sdmx(period, said):
    assert sdmx_csv.time_period(period) == said


def test_a_data_package_describes_itself(kept, capsys, tmp_path):
    target = tmp_path / "figures.zip"
    assert run(["export", "--format", "package", "--output", str(target)]) == 0
    capsys.readouterr()
    with zipfile.ZipFile(target) as package:
        assert package.testzip() is None
        content = package.read("figures.csv")
        about = json.loads(package.read("datapackage.json"))
        licences = package.read("licences.txt").decode()
    (resource,) = about["resources"]
    assert resource["bytes"] == len(content)
    assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    found = parsed(content.decode())
    fields = resource["schema"]["fields"]
    assert [field["name"] for field in fields] == list(found[0]) == [*FIELDS, "cite"]
    assert {field["name"]: field["description"] for field in fields} == {name: ABOUT[name] for name in found[0]}
    key = resource["schema"]["primaryKey"]
    assert len({tuple(one[name] for name in key) for one in found}) == len(found) == 5
    assert [one["name"] for one in about["sources"]] == ["table"]
    assert about["licenses"] == [{"path": "licences.txt", "title": "yours"}]
    assert licences == "table: Any tidy CSV of your own\n    you\n    yours\n"
    traced = rows(capsys, "show", "--trace")
    assert [(one["value"], one["cite"]) for one in found] == [(one["value"], one["cite"]) for one in traced]
    assert traced[0]["cite"] == "1.csv, row 3, column 8"


def test_a_csv_file_says_beside_it_whose_figures_they_are(kept, capsys, tmp_path):
    assert run(["export", "--output", str(tmp_path / "figures.csv")]) == 0
    about = json.loads((tmp_path / "figures.csv-metadata.json").read_text())
    assert about["url"] == "figures.csv"
    assert about["dc:source"][0]["dc:license"] == "yours"
    with (tmp_path / "figures.csv").open(newline="") as file:
        assert next(csv.reader(file)) == [one["name"] for one in about["tableSchema"]["columns"]]


def test_wrong_usage_and_what_cannot_be_written(kept, capsys, tmp_path, monkeypatch):
    assert run(["export", "--format", "package"]) == 2
    assert "--output FILE" in capsys.readouterr().err
    assert run(["export", "--output", str(tmp_path / "none" / "x.csv")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    target = tmp_path / "old.csv"
    target.write_text("as it was")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export, "write_csv", full)
    assert run(["export", "--output", str(target)]) == 1
    assert "No space left" in capsys.readouterr().err
    assert target.read_text() == "as it was"
    assert sorted(os.listdir(tmp_path)) == ["home", "old.csv"]
