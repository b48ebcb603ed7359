"""``tradeledger check``: a linter that needs no ledger, and leaves nothing behind."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from cli.formats import findings
from cli.main import run

HEADER = "dataset,reporter,product,flow,measure,basis,period,value,unit,released\n"
GOOD = HEADER + (
    "cultural,CHN,cultural-products,T,,,2019,111.45,USD billion,2020-03-17\n"
    "cultural,CHN,cultural-products,X,,,2019,99.89,USD billion,2020-03-17\n"
    "cultural,CHN,cultural-products,M,,,2019,11.57,USD billion,2020-03-17\n"
    "cultural,CHN,cultural-products,B,,,2019,88.32,USD billion,2020-03-17\n"
)
SWAPPED = GOOD.replace("111.45", "111.54")
#: The head of the contract's field list; what follows it is ours.
FIELDS = [
    *("rule", "severity", "state", "dataset", "reporter", "partner", "product", "period", "unit", "left", "right"),
    *("difference", "allowed", "suspects", "block", "source", "run", "document", "position"),
]


@pytest.fixture
def write(tmp_path):
    def write(content: str | bytes, name: str = "table.csv") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_good_figures(write, capsys, home):
    assert run(["check", write(GOOD)]) == 0
    seen = capsys.readouterr()
    assert "holds: 2019 cultural products: 111.45 = 99.89 + 11.57 within rounding" in seen.out
    assert "4 figures" in seen.out
    assert "nothing found" in seen.out
    assert seen.err == ""
    assert not home.exists()


def test_a_contradiction(write, capsys, home):
    assert run(["check", write(SWAPPED)]) == 3
    seen = capsys.readouterr()
    assert "total 111.54 bn USD should be 111.445–111.475 (digits 4 and 5 swapped?; breaks three rules)" in seen.out
    assert seen.out.count("table.csv, row 2, column 8") == 1
    assert seen.out.endswith("1 error\n")
    assert run(["check", "--rules", write(SWAPPED)]) == 3
    each = capsys.readouterr().out
    assert "total 111.54 is not exports 99.89 + imports 11.57" in each
    assert "exports-from-total" in each
    assert each.endswith("3 errors\n")
    assert not home.exists()


def test_three_mistakes_are_three_lines(write, capsys):
    """Of neighbouring years and another country; JSON has all findings, each with its case."""
    sound = GOOD.removeprefix(HEADER)
    parts = [
        sound.replace("111.45", "111.54"),
        sound.replace("2019", "2018").replace("11.57", "17.57"),
        sound.replace("CHN", "KOR").replace("99.89", "98.98"),
        sound.replace("CHN", "FRA"),
    ]
    name = write(HEADER + "".join(parts))
    assert run(["check", name]) == 3
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines() if line.startswith(("error", "warning"))] == ["error"] * 3
    assert "2018 cultural products of China (cultural): imports 17.57 bn USD should be 11.555–11.575 (breaks" in said
    assert "2019 cultural products of South Korea (cultural): exports 98.98 bn USD should be 99.875–99.895 (" in said
    assert run(["check", "--format", "json", name]) == 3
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 9
    assert {row["case"] for row in rows} == {row["block"] for row in rows}
    assert len({row["case"] for row in rows}) == 3


def test_json_has_the_fields_of_the_contract(write, capsys):
    assert run(["check", "--format", "json", write(SWAPPED)]) == 3
    rows = json.loads(capsys.readouterr().out)
    assert [list(row)[: len(FIELDS)] for row in rows] == [FIELDS] * len(rows)
    total = next(row for row in rows if row["rule"] == "total")
    assert total["left"] == "111540000000"
    assert total["right"] == "111460000000"
    assert total["difference"] == "80000000"
    assert total["allowed"] == "15000000"
    assert total["state"] == "new"
    assert total["block"] == "cultural/CHN/WLD/cultural-products/_T/2019/USD"
    assert total["position"] == "table.csv, row 2, column 8"
    assert total["sentence"].startswith("2019 cultural products: total 111.54 is not")
    (suspect,) = total["suspects"]
    assert list(suspect) == ["flow", "measure", "period", "value", "low", "high", "slip"]
    assert (suspect["flow"], suspect["low"], suspect["high"]) == ("T", "111445000000", "111475000000")


def test_good_figures_are_an_empty_array(write, capsys):
    assert run(["check", "--format", "json", write(GOOD)]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_csv_has_the_same_fields(write, capsys):
    assert run(["check", "-f", "csv", write(SWAPPED)]) == 3
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert tuple(rows[0]) == findings.FIELDS
    assert json.loads(rows[0]["suspects"])[0]["flow"] == "T"


def test_a_figure_that_cannot_be_read_is_a_finding_with_its_position(write, capsys):
    assert (
        run(["check", "--format", "json", write(GOOD + "cultural,CHN,cultural-products,X,,,2018,=1+1,USD billion,\n")])
        == 3
    )
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["rule"], row["severity"], row["dataset"]) == ("readable", "error", "cultural")
    assert row["position"] == "table.csv, row 6, column 8 (value)"
    assert "'=1+1' could not be read" in row["sentence"]


def test_figures_of_one_release_from_two_files_are_judged_together(write, capsys):
    lines = SWAPPED.splitlines(keepends=True)
    one, two = write(HEADER + "".join(lines[1:3]), "one.csv"), write(HEADER + "".join(lines[3:]), "two.csv")
    assert run(["check", one]) == 0
    assert run(["check", two]) == 0
    capsys.readouterr()
    assert run(["check", "--format", "json", one, two]) == 3
    rows = json.loads(capsys.readouterr().out)
    assert {row["rule"] for row in rows} >= {"total"}
    assert {row["position"].split(",")[0] for row in rows} <= {"one.csv", "two.csv"}


def test_one_number_printed_as_a_level_and_as_a_count(write, capsys):
    rows = ("count,,2020,130,count million", "level,,2020,130,count million", "growth_yoy,,2020,8.9,%")
    content = HEADER + "".join(f"games,CHN,games,_Z,{row},2022-07-07\n" for row in rows)
    assert run(["check", write(content)]) == 0
    assert "3 figures" in capsys.readouterr().out


def test_strict_counts_warnings(write, capsys):
    shares = HEADER + (
        "x,CHN,total,T,,,2021-01,100.0,USD billion,2021-03-01\n"
        "x,CHN,total,T,,,2021-01,650.0,CNY billion,2021-03-01\n"
        "x,CHN,total,X,,,2021-01,60.0,USD billion,2021-03-01\n"
        "x,CHN,total,X,,,2021-01,300.0,CNY billion,2021-03-01\n"
    )
    assert run(["check", "--format", "json", write(shares)]) == 0
    assert {row["severity"] for row in json.loads(capsys.readouterr().out)} == {"warning"}
    assert run(["check", "--strict", write(shares)]) == 3


@pytest.mark.parametrize(("date", "said"), [("", "ingest needs --released"), ("2202-01-01", "ingest refuses them")])
def test_what_ingest_would_refuse_is_pointed_out(date, said, write, capsys):
    assert run(["check", "--format", "json", write(GOOD.replace("2020-03-17", date))]) == 0
    seen = capsys.readouterr()
    assert json.loads(seen.out) == []
    assert said in seen.err


def test_of_several_files_one_that_is_none_is_said_with_those_that_are_sound(write, capsys):
    names = [write(GOOD, "a.csv"), write("<html></html>", "b.csv"), write(GOOD, "c.csv"), write("", "d.csv")]
    assert run(["check", *names]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "b.csv is an HTML page" in line
    assert "d.csv is no content" in line
    assert line.endswith("nothing was judged; sound: a.csv, c.csv")


def test_standard_input(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SWAPPED.encode())))
    assert run(["check", "-"]) == 3
    assert "standard input, row 2" in capsys.readouterr().out


def test_another_source_s_documents_can_be_judged(capsys):
    figures = Path(__file__).parent.parent / "sources" / "figures"
    assert run(["check", "--source", "bulletins", *map(str, sorted(figures.glob("*.csv")))]) == 0
    assert "111.45 = 99.89 + 11.57 within rounding" in capsys.readouterr().out


#: What is no sound table at all is refused whole, status 1; what is, is judged, and what could not be read listed.
UNSOUND = {
    "empty": (b"", 1, "no content"),
    "blank": (b"\n\n  \n", 1, ""),
    "binary": (b"PK\x03\x04\0\0\0\0" * 9, 1, "ZIP"),
    "nul": (b"dataset,reporter\0", 1, ""),
    "html": (b"<!DOCTYPE html><html><body>504 Gateway Time-out</body></html>", 1, "a gateway's error page"),
    "unknown column": (GOOD.replace("measure", "messure").encode(), 1, "'messure'"),
    "missing column": (GOOD.replace("value,", "", 1).encode(), 1, "'value'"),
    "GBK": (GOOD.replace("cultural-products", "文化产品").encode("gbk"), 1, "row 2"),
    "NaN": ((GOOD + "c,CHN,g,X,,,2019,NaN,USD,\n").encode(), 3, "'NaN'"),
    "inf": ((GOOD + "c,CHN,g,X,,,2019,inf,USD,\n").encode(), 3, "'inf'"),
    "formula": ((GOOD + "c,CHN,g,X,,,2019,=1+1,USD,\n").encode(), 3, "'=1+1'"),
    "400 digits": ((GOOD + f"c,CHN,g,X,,,2019,{'9' * 400},USD,\n").encode(), 3, "400"),
    "unit": ((GOOD + "c,CHN,g,X,,,2019,1,USX billion,\n").encode(), 3, "'USX billion'"),
    "flow": ((GOOD + "c,CHN,g,Q,,,2019,1,USD,\n").encode(), 3, "'Q'"),
    "area": ((GOOD + "c,XXZ,g,X,,,2019,1,USD,\n").encode(), 3, "'XXZ'"),
    "period": ((GOOD + "c,CHN,g,X,,,2019-13,1,USD,\n").encode(), 3, "'2019-13'"),
    "short row": ((GOOD + "c,CHN\n").encode(), 3, "row 6"),
    "one cell twice": ((GOOD + GOOD.splitlines()[1].replace("111.45", "120") + "\n").encode(), 3, "stands twice"),
}


@pytest.mark.parametrize("name", UNSOUND)
def test_bad_input(name, write, capsys, home):
    content, status, said = UNSOUND[name]
    assert run(["check", write(content)]) == status
    seen = capsys.readouterr()
    assert said in seen.out + seen.err
    assert "table.csv" in seen.out + seen.err
    assert "Traceback" not in seen.err
    assert len(seen.err.splitlines()) == (status == 1)
    assert not home.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check"], "FILE"),
        (["check", "no-such-file.csv"], "there is no file no-such-file.csv"),
        (["check", "/"], "/ is a folder"),
        (["check", "a\0b"], "cannot be read"),
        (["check", "--source", "nowhere", "x.csv"], "there is no source 'nowhere'"),
        (["check", "--format", "xml", "x.csv"], "--format"),
    ],
)
def test_wrong_usage(arguments, said, capsys):
    assert run(arguments) == 2
    seen = capsys.readouterr()
    assert said in seen.err
    assert len(seen.err.splitlines()) == 1
    assert seen.out == ""
