"""``export --format xlsx`` and ``vintages``: a workbook for people, and each release beside the others."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime

import openpyxl
import pytest
from test_cli_export_columns import keep_every
from test_cli_reading import HEADER, keep, row, rows

from cli.formats.exports import vintages, workbook
from cli.main import run
from cli.show import FIELDS
from schemas.fields import ABOUT


@pytest.fixture
def kept(home, once):
    return once(home, keep_every)


def opened(path, *asked):
    assert run(["export", "--format", "xlsx", "--output", str(path), *asked]) == 0
    return openpyxl.load_workbook(path)


def cells(sheet):
    head, *lines = sheet.iter_rows()
    return [dict(zip([cell.value for cell in head], line, strict=True)) for line in lines]


def test_a_workbook_has_figures_findings_and_sources(kept, capsys, tmp_path):
    book = opened(tmp_path / "figures.xlsx")
    assert book.sheetnames == ["figures", "findings", "sources"]
    shown = rows(capsys, "show", "--trace")
    found = cells(book["figures"])
    assert list(found[0]) == [*FIELDS, "cite"]
    for said, line in zip(shown, found, strict=True):
        for name in set(FIELDS) - {"released", "recorded_at"} | {"cite"}:
            value = line[name].value
            if name in ("value", "step", "low", "high") and isinstance(value, int | float):
                assert value == float(said[name])
            else:
                assert ("" if value is None else value) == said[name], name
        assert line["released"].value.date().isoformat() == said["released"]
        assert isinstance(line["recorded_at"].value, datetime)
    findings = cells(book["findings"])
    told = rows(capsys, "findings", "--rules")
    assert [line["sentence"].value for line in findings] == [one["sentence"] for one in told]
    assert findings[0]["left"].value == int(told[0]["left"])
    (_, source, _, *meanings) = [[cell.value for cell in line] for line in book["sources"].iter_rows()]
    assert source == ["table", "Any tidy CSV of your own", "you", "yours", None]
    assert {line[0]: line[1] for line in meanings} == {name: ABOUT[name] for name in (*FIELDS, "cite")}
    assert len(cells(opened(tmp_path / "one.xlsx", "--flow", "T")["figures"])) == 1


def test_numbers_are_shown_as_precisely_as_they_were_printed(kept, tmp_path):
    found = {
        tuple(line[name].value for name in ("flow", "measure", "period", "product")): line
        for line in cells(opened(tmp_path / "figures.xlsx")["figures"])
    }
    assert {key: (line["value"].number_format, line["low"].number_format) for key, line in found.items()} == {
        ("B", "level", "2025-01/2025-02", "goods"): ('#,##0.0,,," bn"', '#,##0.00,,," bn"'),
        ("T", "level", "2019", "goods"): ('#,##0.00,,," bn"', '#,##0.000,,," bn"'),
        ("X", "level", "2019", "goods"): ('#,##0.00,,," bn"', '#,##0.000,,," bn"'),
        ("M", "level", "2019", "goods"): ('#,##0.00,,," bn"', '#,##0.000,,," bn"'),
        ("X", "level", "2020", "goods"): ("General", "General"),
        ("X", "level", "2020", "odd"): ("General", "General"),
        ("X", "level", "2019-S1", "goods"): ('#,##0.00,,," bn"', '#,##0.000,,," bn"'),
        ("M", "level", "2019-Q3", "goods"): ('#,##0,," mn"', '#,##0.0,," mn"'),
        ("B", "level", "2019-03", "goods"): ('#,##0,," mn"', "General"),
        ("X", "growth_yoy", "2019", "goods"): ('#,##0.0000"%"', '#,##0.00000"%"'),
        ("X", "growth_avg", "2009/2012", "goods"): ('#,##0.0"%"', "General"),
        ("X", "level", "2021", "odd"): ("General", "General"),
    }
    odd = found["X", "level", "2021", "odd"]["value"]
    assert (odd.value, odd.data_type) == ("9007199254740993", "s")  # a spreadsheet would make 9007199254740990 of it


@pytest.mark.parametrize(
    ("value", "step", "unit", "shown"),
    [
        ("1234", "1", "USD", "#,##0"),
        ("12345600", "100", "USD", '#,##0.0000,," mn"'),
        ("2100000000000", "100000000000", "USD", '#,##0.0,,,," tn"'),
        ("3000000000000", "1000000000000", "USD", '#,##0,,,," tn"'),
        ("-0.10", "0.01", "USD", "#,##0.00"),
        ("0", "1000000", "USD", '#,##0,," mn"'),
        ("0.0", "0.1", "%", '#,##0.0"%"'),
        ("12000000", "1000000", "%", '#,##0"%"'),
    ],
)
def test_formats(value, step, unit, shown):
    assert workbook.number_format("value", {"value": value, "step": step, "unit": unit}) == shown


def test_what_is_more_than_a_sheet_holds_goes_on_in_another(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST", 5)
    book = opened(tmp_path / "figures.xlsx")
    assert book.sheetnames == ["figures", "figures 2", "figures 3", "findings", "sources"]
    assert [len(cells(sheet)) for sheet in book][:3] == [5, 5, 2]


@pytest.fixture
def revised(home, once):
    def some():
        keep("table", HEADER + row("X", "99.89", "2020-03-17", "2018") + row("M", "5.0", "2020-03-17", "2019-01"))
        keep("table", HEADER + row("X", "99.99", "2021-03-17T08:30", "2018") + row("X", "1.50", "2021-03-17T08:30"))
        keep(
            "table",
            HEADER + row("X", "99.98", "2021-03-17T09:30", "2018") + row("X", "", "2021-03-17T09:30", status="C"),
        )

    return once(home, some)


def test_vintages_are_laid_out_as_alfred_does(revised, capsys, tmp_path):
    path = tmp_path / "vintages.csv"
    assert run(["export", "--format", "vintages", "--output", str(path)]) == 0
    assert "6 figures" in capsys.readouterr().err
    found = list(csv.DictReader(io.StringIO(path.read_text(), newline="")))
    series = "cultural.CHN.goods.X.USD_{}"
    names = [series.format(one) for one in ("20200317", "20210317T0830", "20210317T0930")]
    assert list(found[0]) == ["observation_date", "period", "cultural.CHN.goods.M.USD_20200317", *names]
    assert [(one["observation_date"], one["period"]) for one in found] == [
        ("2018-01-01", "2018"),
        ("2019-01-01", "2019-01"),
        ("2019-01-01", "2019"),
    ]
    assert [found[0][name] for name in names] == ["99890000000", "99990000000", "99980000000"]
    assert [found[2][name] for name in names] == ["", "1500000000", ""]
    assert date.fromisoformat(found[0]["observation_date"])
    about = json.loads((tmp_path / "vintages.csv-metadata.json").read_text())
    assert [one["name"] for one in about["tableSchema"]["columns"]] == list(found[0])
    assert about["dc:source"][0]["dc:license"] == "yours"
    told = rows(capsys, "revisions", "--triangle")
    assert {(one["period"], one["released"], one["value"]) for one in told if one["flow"] == "X" and one["value"]} == {
        (line["period"], released, line[name])
        for line in found
        for name, released in zip(names, ("2020-03-17", "2021-03-17T08:30", "2021-03-17T09:30"), strict=True)
        if line[name]
    }
    assert run(["export", "--format", "vintages", "--period", "2018"]) == 0
    assert capsys.readouterr().out.count("\n") == 2


def test_vintages_have_what_was_published(revised, capsys):
    assert run(["export", "--format", "vintages", "--with-held"]) == 2
    assert "--with-held" in capsys.readouterr().err


def test_a_series_has_a_name_of_its_own():
    usual = {"dataset": "a", "reporter": "USA", "partner": "WLD", "product": "total", "breakdown": "_T", "flow": "X",
             "measure": "level", "unit": "USD", "basis": "_Z"}  # fmt: skip
    others = [{}, {"partner": "CHN"}, {"product": "share"}, {"measure": "share", "unit": "%"}, {"breakdown": "a=share"},
              {"measure": "share", "unit": "%", "basis": "USD"}, {"unit": "kg"}]  # fmt: skip
    names = [vintages.series_id(usual | other) for other in others]
    assert names[0] == "a.USA.X.USD"
    assert len(set(names)) == len(names)
