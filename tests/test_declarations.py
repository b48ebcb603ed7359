"""What a person declares of datasets of their own: read, refused with its line, in force where tables are judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from cli.main import run
from schemas import areas
from schemas.datasets import Dataset, Partition
from schemas.declarations import FILE, declared, in_force, restored
from schemas.errors import DeclarationError
from storage.ledger import Ledger
from storage.queries import datasets, findings

PARTS = '[[datasets.mine.partitions]]\ndimension = "product"\nparent = "total"\nchildren = ["goods", "services"]\n'
HEADER = "dataset,reporter,partner,product,flow,period,value,unit,released\n"
ROWS = [("goods", "100.0"), ("services", "40.0"), ("total", "410.0")]
TABLE = HEADER + "".join(f"mine,NOR,WLD,{part},X,2011,{value},USD billion,2012-02-01\n" for part, value in ROWS)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(areas, "_OWN", {})
    monkeypatch.setenv("TRADELEDGER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def test_the_words_are_those_of_a_dataset():
    said = declared(
        '[datasets.mine]\ntitle = "Mine"\nidentities = { balance = "exact", growth = "off" }\n'
        'balance_growth = "absolute"\ncovers = "series"\nabsences = 3\ndue = ["*-*-09", "2026-12-24", "*-03-31"]\n'
        f'{PARTS}promised = true\n[areas.BENELUX]\ntitle = "Benelux"\nmembers = ["BEL", "NLD", "LUX"]\n',
        only=True,
    )
    assert said.datasets["mine"] == Dataset(
        "mine",
        title="Mine",
        identities={"balance": "exact", "growth": "off"},
        partitions=(Partition("product", "total", ("goods", "services"), promised=True),),
        balance_growth="absolute",
        covers="series",
        absences=3,
        due=("*-*-09", "2026-12-24", "*-03-31"),
    )
    assert areas.is_area("BENELUX")
    assert areas.area_name("BENELUX") == "Benelux"
    assert areas.members_of("BENELUX") == ("BEL", "NLD", "LUX")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[datasets.mine", "tradeledger.toml is no TOML: "),
        ("\n[dataset.mine]", "line 2: dataset is unknown, expected datasets or areas"),
        ('[datasets.mine]\n\ncovers = "serie"', "line 3: datasets.mine.covers is 'serie', expected ''"),
        ("[datasets.mine]\nabsences = 1\ncolour = 1", "line 3: datasets.mine.colour is unknown"),
        ("[datasets.mine]\nabsences = -1", "line 2: datasets.mine.absences is -1: "),
        ('[datasets.mine]\nabsences = "1"', "line 2: datasets.mine.absences is '1': input should be a valid integer"),
        ('[datasets.a]\nidentities = {}\n[datasets.b]\nidentities = { nope = "off" }', "line 4: there is no rule"),
        ('[datasets.mine.identities]\ngrowth = "exact"', "line 2: dataset mine: growth is declared exact, but only"),
        ('[datasets.mine]\ndue = ["*-*-09", "*-02-30"]', "line 2: dataset mine: '*-02-30' is no day"),
        ('[datasets.mine]\ndue = ["9"]', "line 2: dataset mine: '9' is no day on which a release is due"),
        (PARTS + "\n" + PARTS.replace("services", "goods"), "line 6: partition of product total: children"),
        (PARTS + PARTS.replace("product", "produce"), "line 6: datasets.mine.partitions.1.dimension is 'produce'"),
        (PARTS.replace("children", "child"), "line 1: datasets.mine.partitions.0.children is missing"),
        (PARTS.replace("product", "partner"), "line 1: partner 'total' is no area"),
        ('[areas.USA]\nmembers = []', "line 1: USA is an area already"),
        ('[areas.mine]\nmembers = []', "line 1: 'mine' is no code of an area"),
        ('[areas.MINE]\nmembers = ["ASEAN"]', "line 1: member 'ASEAN' of MINE is no country"),
        (
            '[areas.ONE]\nmembers = ["BEL"]\n[datasets.mine]\npartitions = [\n'
            ' { dimension = "partner", parent = "WLD", children = ["ONE", "BEL"] },\n]',
            "line 5: partition of partner WLD: BEL would be counted twice",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(text, said):
    with pytest.raises(DeclarationError) as error:
        declared(text, only=True)
    assert str(error.value).startswith("tradeledger.toml")
    assert said in str(error.value)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(DeclarationError) as error:
        declared('[datasets.mine]\ncovers = "x"\nabsences = -1\n[other]\n', only=True)
    assert str(error.value).count("line ") == 3


def test_a_later_text_goes_over_an_earlier_and_other_keys_of_a_map_are_its_own():
    texts = [("home/" + FILE, '[datasets.mine]\ncovers = "series"\n[datasets.two]\n'), ("map", f"skip = []\n{PARTS}")]
    found = in_force(texts).datasets
    assert [(name, one.covers, len(one.partitions)) for name, one in sorted(found.items())] == [
        ("mine", "", 1),
        ("two", "", 0),
    ]
    with pytest.raises(DeclarationError, match="dataset mine is declared by its source"):
        in_force(texts, {"mine"})


def test_a_table_is_judged_by_what_stands_beside_it(home, tmp_path, capsys):
    Path("table.csv").write_text(TABLE)
    assert run(["check", "table.csv"]) == 0
    Path(FILE).write_text(PARTS)
    capsys.readouterr()
    assert run(["check", "table.csv", "--strict", "--format", "json"]) == 3
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["rule"], found["severity"]) == ("parts", "warning")
    home.mkdir()
    (home / FILE).write_text(PARTS + "promised = true\n")
    assert run(["check", "table.csv"]) == 0, "the file beside the table counts"
    Path(FILE).unlink()
    assert run(["check", "table.csv"]) == 3


def test_declarations_are_in_force_where_a_table_is_kept(home, capsys):
    Path("table.csv").write_text(TABLE.replace("NOR,WLD", "NOR,NORDEN"))
    assert run(["ingest", "table", "table.csv"]) != 0, "no such area"
    Path(FILE).write_text(f'{PARTS}promised = true\n[areas.NORDEN]\nmembers = ["SWE", "DNK", "FIN"]\n')
    assert run(["ingest", "table", "table.csv"]) == 3
    with Ledger.open(f"sqlite:///{home}/ledger.db", create=False) as ledger:
        assert [row["rule"] for row in findings(ledger) if row["severity"] == "error"] == ["parts"]
    Path(FILE).write_text("[datasets.mine\n")
    capsys.readouterr()
    assert run(["ingest", "table", "table.csv"]) == 1
    assert "tradeledger.toml is no TOML" in capsys.readouterr().err


def test_what_is_declared_is_kept_with_the_run_and_what_is_kept_is_judged_by_it(home):
    def told() -> tuple[list[str], list[int]]:
        with Ledger.open(f"sqlite:///{home}/ledger.db", create=False) as ledger:
            (row,) = datasets(ledger)
            with ledger.reading() as conn:
                runs = [run for (run,) in conn.execute(text("SELECT run FROM declaration ORDER BY run"))]
        partitions = json.loads(row["declared"] or "{}").get("partitions", [])
        return [one["parent"] for one in partitions], [row["cells"], row["held"], *runs]

    Path("table.csv").write_text(TABLE)
    assert run(["ingest", "table", "table.csv"]) == 0
    assert told() == ([], [3, 0])
    Path(FILE).write_text(f"{PARTS}promised = true\n")
    assert run(["ingest", "table", "table.csv"]) == 3, "what the ledger has is judged anew"
    assert told() == (["total"], [2, 1, 2])
    assert run(["ingest", "table", "table.csv"]) == 0, "nothing new"
    assert told() == (["total"], [2, 1, 2])
    Path(FILE).unlink()
    assert run(["ingest", "table", "table.csv"]) == 0
    assert told() == ([], [3, 0, 2, 4])


def test_what_is_read_again_is_judged_by_what_was_in_force(home):
    Path("table.csv").write_text(TABLE.replace("NOR,WLD", "NOR,NORDEN").replace("410.0", "140.0"))
    Path(FILE).write_text(f'{PARTS}[areas.NORDEN]\ntitle = "Norden"\nmembers = ["SWE", "DNK", "FIN"]\n')
    assert run(["ingest", "table", "table.csv"]) == 0
    Path(FILE).unlink()
    areas._OWN.clear()  # another process
    assert run(["reparse", "table", "--yes"]) == 0
    with Ledger.open(f"sqlite:///{home}/ledger.db", create=False) as ledger:
        (row,) = datasets(ledger)
    assert row["cells"] == 3
    assert restored({"mine": row["declared"]}).areas["NORDEN"].title == "Norden"
    assert areas.is_area("NORDEN")


def test_a_map_declares_too_whatever_options_overrule(home, capsys):
    Path("own.csv").write_text("Year,Goods,Services,Total\n2011,100.0,40.0,410.0\n")
    said = 'others = "product"\n[constants]\ndataset = "mine"\nreporter = "NOR"\nflow = "X"\nunit = "USD billion"\n'
    columns = {
        "Year": '"year"',
        **{name: f'{{ product = "{name.lower()}" }}' for name in ("Goods", "Services", "Total")},
    }
    said += "[columns]\n" + "".join(f"{name} = {role}\n" for name, role in columns.items())
    Path("own.csv.toml").write_text(f"{said}{PARTS}promised = true\n")
    assert run(["check", "own.csv"]) == 3
    assert run(["check", "own.csv", "--reporter", "SWE"]) == 3
    assert "Sweden" in capsys.readouterr().out
    assert run(["ingest", "table", "own.csv", "--released", "2012-02-01"]) == 3
    Path("own.csv.toml").write_text(f"datasets.mine.covers = 'series'\n{said}")
    assert run(["check", "own.csv", "--reporter", "SWE"]) == 1
    assert "below headers such as [datasets.my-trade]" in capsys.readouterr().err
