"""Tables as people have them: what is read of each, what is asked, and that nothing is read that is not there."""
# ruff: noqa: E501 - a line of a table is one

from __future__ import annotations

import json
import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pandas as pd
import pytest
import yaml
from pandera.errors import SchemaErrors

import tradeledger
from cli.main import run
from schemas.documents import Document, Parsed
from schemas.errors import ParseError, TradeledgerError, Unsaid
from schemas.figures import figure_text
from sources.shared.shapes.maps import Map, read_map, written
from sources.table import parse


def read(text: str | bytes, name: str = "t.csv", **said: str) -> Parsed:
    content = text.encode() if isinstance(text, str) else text
    how = written(Map().with_options(said)) if said else ""
    return parse(Document("table", content, name, map=how))


def lines(parsed: Parsed) -> set[str]:
    """A figure a line: what is not the default of a series, its value in units of 1, its step."""
    found = set()
    for row in parsed.readings.to_dict("records"):
        value = "-" if row["status"] in ("NA", "M", "C") else figure_text(int(row["mantissa"]), row["exponent"])
        names = ("partner", "product", "breakdown", "measure")
        other = [row[name] for name in names if row[name] not in ("WLD", "total", "_T", "level")]
        found.add(" ".join([row["reporter"], *other, row["flow"], row["period"], value, row["unit"]]))
    return found


CHINA = "reporter=CHN"
UK = "reporter=GBR"
#: What it is → the table, what a person says, some figures that it prints, and how many it has.
TABLES = {
    "flows as columns": (
        "Trade in goods (USD million)\nYear,Exports,Imports,Trade balance,Total\n2018,100.1,80.2,19.9,180.3\n2019,95.0,99.2,-4.2,194.3\n"
        "Source: own\n",
        CHINA,
        {"CHN goods X 2018 100100000 USD", "CHN goods T 2019 194300000 USD", "CHN goods B 2019 -4200000 USD"},
        8,
    ),
    "periods as columns, areas as rows": (
        'Exports by country (US$ million)\nCountry,2018,2019\nGermany,"1,200.1","1,310.4"\nWorld,980.0,"2,100.9"\n',
        CHINA,
        {"CHN DEU X 2018 1200100000 USD", "CHN X 2018 980000000 USD"},
        4,
    ),
    "flows as rows": (
        "Trade of Japan (billions of yen)\n,2018-01,2018-02\nExports,100,120\nImports,90,80\nBalance,10,40\n",
        "",
        {"JPN X 2018-01 100000000000 JPY", "JPN B 2018-02 40000000000 JPY"},
        6,
    ),
    "one block under another": (
        '"Foreign trade of Kenya, millions of US dollars",,\nExports,,\nCountry,2018,2019\nUganda,617.1,633.2\n\nImports,,\n'
        "Country,2018,2019\nUganda,480.1,330.2\n",
        "",
        {"KEN UGA X 2018 617100000 USD", "KEN UGA M 2019 330200000 USD"},
        4,
    ),
    "headings in two rows": (
        ",Balance,,Exports,\nPeriod,Total,Goods (1),Total,Goods (1)\n2018,-579.9,-878.7,2538.1,1676.9\n(1) Census basis,,,,\n",
        "reporter=USA unit=USD_billion",
        {"USA B 2018 -579900000000 USD", "USA goods X 2018 1676900000000 USD"},
        4,
    ),
    "Comtrade": (
        "typeCode,freqCode,refYear,refMonth,period,reporterISO,reporterDesc,flowCode,flowDesc,partnerISO,partnerDesc,cmdCode,"
        "cmdDesc,motCode,netWgt,primaryValue\nC,A,2019,52,2019,USA,USA,X,Export,W00,World,TOTAL,All Commodities,0,,1644276000000\n"
        "C,A,2019,52,2019,USA,USA,M,Import,CHN,China,TOTAL,All Commodities,0,,472466000001\n",
        "",
        {"USA X 2019 1644276000000 USD", "USA CHN M 2019 472466000001 USD"},
        2,
    ),
    "Our World in Data": (
        "Entity,Code,Year,Exports of goods and services (constant 2015 US$)\nAlgeria,DZA,1970,14000000000\nAlgeria,DZA,1971,12000000000\n",
        "",
        {"DZA prices=constant X 1970 14000000000 USD"},
        2,
    ),
    "World Bank": (
        '"Data Source","World Development Indicators",\n\n"Country Name","Country Code","Indicator Name","Indicator Code","2017","2018",\n'
        '"Aruba","ABW","Exports of goods and services (current US$)","NE.EXP.GNFS.CD","2251508379","",\n'
        '"Aruba","ABW","Imports of goods and services (current US$)","NE.IMP.GNFS.CD","2118994413","23",\n',
        "",
        {"ABW X 2017 2251508379 USD", "ABW M 2018 23 USD"},
        3,
    ),
    "ONS": (
        '"Title","Trade in goods: Total exports: CP SA £m","Trade in goods: Total imports: CP SA £m"\n"CDID","BOKG","BOKH"\n'
        '"PreUnit","£","£"\n"Unit","m","m"\n"Release date","12-01-2024","12-01-2024"\n"2018","350100","490200"\n"2019 Q1","95100","130000"\n'
        '"2019 JAN","31000","43000"\n',
        UK,
        {
            "GBR goods X 2018 350100000000 GBP",
            "GBR goods M 2019-Q1 130000000000 GBP",
            "GBR goods X 2019-01 31000000000 GBP",
        },
        6,
    ),
    "Eurostat TSV": (
        "freq,partner,stk_flow,unit,geo\\TIME_PERIOD\t2019-01 \t2019-02 \nM,WORLD,EXP,MIO_EUR,DE\t110123.4 \t108000.2 p\n"
        "M,WORLD,IMP,MIO_EUR,DE\t95123.4 \t: c\n",
        "",
        {"DEU X 2019-01 110123400000 EUR", "DEU X 2019-02 108000200000 EUR", "DEU M 2019-02 - EUR"},
        4,
    ),
    "SDMX-CSV": (
        "DATAFLOW,LAST UPDATE,freq,currency,bop_item,stk_flow,partner,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\n"
        "ESTAT:BOP_C6_Q(1.0),11/06/26,Q,MIO_EUR,G,CRE,WRL_REST,DE,2019-Q1,330123.0,\nESTAT:BOP_C6_Q(1.0),11/06/26,Q,MIO_EUR,S,DEB,"
        "WRL_REST,DE,2019-Q1,70100.0,p\n",
        "",
        {"DEU goods X 2019-Q1 330123000000 EUR", "DEU services M 2019-Q1 70100000000 EUR"},
        2,
    ),
    "SDMX-CSV 2": (
        "STRUCTURE;STRUCTURE_ID;ACTION;REF_AREA: Area;FLOW: Flow;TIME_PERIOD: Time;UNIT_MEASURE: Unit;UNIT_MULT: Scale;OBS_VALUE: Value\n"
        "dataflow;X:Y(1.0);I;FR: France;X: Exports;2014-01: 2014-01;EUR: Euro;6: Millions;12,45\n",
        "decimal=,",
        {"FRA X 2014-01 12450000 EUR"},
        1,
    ),
    "Destatis": (
        "Tabelle: 51000-0001;;\nAußenhandel: Deutschland, Jahre;;\n;Ausfuhr: Wert;Einfuhr: Wert (US-Dollar)\n;Tsd. EUR;Tsd. US-Dollar\n"
        "2018;1317440000;1285000000\n2019;1328152000;1236000000\n__________\n© Statistisches Bundesamt\n".encode(
            "cp1252"
        ),
        "",
        {"DEU X 2018 1317440000000 EUR", "DEU M 2019 1236000000000 USD"},
        4,
    ),
    "a year said once, decimal commas": (
        ";;Ausfuhr;Einfuhr\n;;Mio. EUR;Mio. EUR\n2019;Januar;108.900,1;95.100,2\n;März;118.300,0;96.500,9\n",
        "reporter=DEU",
        {"DEU X 2019-03 118300000000 EUR", "DEU M 2019-01 95100200000 EUR"},
        4,
    ),
    "Census": (
        "U.S. Trade in Goods with China,,,\nNOTE: All figures are in millions of U.S. dollars on a nominal basis,,,\nMonth,Exports,Imports,Balance\n"
        "January 2019,7134.3,41603.8,-34469.5\nTOTAL 2019,106626.7,452243.4,-345616.7\n",
        "",
        {"USA CHN goods X 2019-01 7134300000 USD", "USA CHN goods B 2019 -345616700000 USD"},
        6,
    ),
    "Census, a column a month": (
        "year,CTY_CODE,CTYNAME,IJAN,IYR,EJAN,EYR\n2019,5700,China,41603.8,452243.4,7134.3,106626.7\n",
        "reporter=USA unit=USD_million",
        {"USA CHN M 2019-01 41603800000 USD", "USA CHN X 2019 106626700000 USD"},
        4,
    ),
    "Customs, Chinese": (
        "进出口商品总值表\n单位：亿美元\n时间,进出口,出口,进口,贸易差额\n2019年1月,3959.8,2175.7,1784.1,391.6\n2019年1-2月,6623.5,3528.1,3095.3,432.8\n",
        CHINA,
        {"CHN goods X 2019-01 217570000000 USD", "CHN goods T 2019-01/2019-02 662350000000 USD"},
        8,
    ),
    "French": (
        "Commerce extérieur de la France (milliards d'euros);;;\nAnnée;Exportations;Importations;Solde\n2018;492,2;555,1;-62,9\n",
        "",
        {"FRA X 2018 492200000000 EUR", "FRA B 2018 -62900000000 EUR"},
        3,
    ),
    "Spanish": (
        "Mes;Exportaciones;Importaciones\nenero 2019;21.892,3;26.371,1\n",
        "reporter=ESP unit=EUR_million",
        {"ESP X 2019-01 21892300000 EUR"},
        2,
    ),
    "levels and growth": (
        "Year,Exports (USD bn),Exports growth (%),Exports index (2015=100)\n2018,100.1,8.9,120\n2019,110.2,10.1,125\n",
        CHINA,
        {"CHN X 2018 100100000000 USD", "CHN growth_yoy X 2019 10.1 %"},
        4,
    ),
    "quantities beside values": (
        "Year,Exports (tonnes),Exports (USD million)\n2018,1200,10.5\n2019,1300,11.5\n",
        CHINA,
        {"CHN X 2018 1200000 kg", "CHN X 2019 11500000 USD"},
        4,
    ),
    "fiscal years": (
        "Year,Exports (USD million),Imports (USD million)\n2018/19,330078.1,514078.4\n2019/20,313361.0,474709.3\n",
        "reporter=IND year_start=4",
        {"IND X 2018-04/2019-03 330078100000 USD"},
        4,
    ),
    "months as columns, their total": (
        "Exports (EUR million),,,,\nYear,Jan,Feb,Mar,Total\n2018,1.5,2.5,3.5,7.5\n",
        "reporter=ITA",
        {"ITA X 2018-02 2500000 EUR", "ITA X 2018 7500000 EUR"},
        4,
    ),
    "labels over rows": (
        ",Exports,Imports\nUSD million,,\n2018,,\nJanuary,10.1,11.1\nFebruary,9.9,8.8\n2019,,\nJanuary,12.1,13.1\n",
        CHINA,
        {"CHN X 2018-01 10100000 USD", "CHN M 2019-01 13100000 USD"},
        6,
    ),
    "marks beside figures": (
        "Month,Exports (€m)\nJan-19,101.5 (r)\nFeb-19,102.5p\nMar-19,..\n",
        "reporter=AUT",
        {"AUT X 2019-01 101500000 EUR", "AUT X 2019-02 102500000 EUR", "AUT X 2019-03 - EUR"},
        3,
    ),
}


def said(options: str) -> dict[str, str]:
    """``reporter=CHN unit=USD_million`` as options."""
    pairs = (one.split("=", 1) for one in options.split())
    return {name: text.replace("_", " ") for name, text in pairs}


@pytest.mark.parametrize(("text", "options", "some", "count"), TABLES.values(), ids=TABLES)
def test_what_a_table_prints_is_read(text: str | bytes, options: str, some: set[str], count: int) -> None:
    parsed = read(text, **said(options))
    assert some <= lines(parsed)
    assert (len(parsed.readings), parsed.lost) == (count, 0)
    assert parsed.reading


@pytest.mark.parametrize(("text", "options"), [one[:2] for one in TABLES.values()], ids=TABLES)
def test_the_map_that_explains_a_reading_reads_the_same(text: str | bytes, options: str) -> None:
    parsed = read(text, **said(options))
    content = text.encode() if isinstance(text, str) else text
    again = parse(Document("table", content, "t.csv", map=next(iter(parsed.maps.values()))))
    assert lines(again) == lines(parsed)
    assert read_map(next(iter(again.maps.values()))) == read_map(next(iter(parsed.maps.values())))


#: What is open → the table, what is asked.
OPEN = {
    "no unit": ("Year,Exports,Imports\n2018,1.5,2.5\n", "--unit"),
    "whose dollars": ("Exports in millions of dollars,\nYear,Exports\n2018,1.5\n", "in dollars"),
    "no reporter": ("Year,Exports (USD),Imports (USD)\n2018,1.5,2.5\n", "--reporter"),
    "areas on either side": (
        "Country,Year,Exports (USD million)\nFrance,2018,1.5\nSpain,2018,2.5\n",
        "--column 'Country=reporter'",
    ),
    "a heading that fits two flows": ("Year,Exports / Imports (USD)\n2018,1.5\n2019,2.5\n", "may be X and M"),
    "an unknown heading": ("Year,Exports (USD),Forecast\n2018,1.5,1.7\n", "'Forecast'"),
    "a word too many": ("Year,Exports prior year (USD)\n2018,1.5\n", "prior year"),
    "no flow": ("Reporter,2018 (USD),2019 (USD)\nFrance,1.5,1.7\n", "--flow"),
    "fiscal years": ("Year,Exports (USD)\n2018/19,1.5\n2019/20,1.7\n", "--year-start"),
    "a month or a fiscal year": ("Year,Exports (USD)\n2010-11,1.5\n2011-12,1.7\n", "a month or a fiscal year"),
    "weeks": ("Week,Exports (USD)\n2019-W05,1.5\n2019-W06,1.7\n", "weeks"),
    "dates that a spreadsheet made": ("Period,Exports (USD)\n19-Mar,1.5\n20-Mar,1.7\n", "dates of texts"),
    "a decimal mark or thousands": ("Jahr;Ausfuhr (EUR)\n2018;1.234\n2019;2.345\n", "--decimal"),
    "rates as fractions": ("Year,Exports growth (%)\n2018,0.089\n2019,0.101\n2020,0.091\n", "--percent"),
    "growth on what": ("Month,Exports growth (%)\n2018-01,8.9\n2018-02,10.1\n", "growth_yoy"),
    "a total in another unit": (
        "USD million,2018,2019\nExports,75.5,69.9\nImports,74.6,69.6\nTotal (USD billion),0.150,0.140\n",
        "said twice",
    ),
    "title and heading in two units": ("Trade (USD million),\nYear,Exports (USD billion)\n2018,1.5\n", "said twice"),
    "a cell twice": ("Reporter,Year,Note,Exports (USD)\nFRA,2018,a,1.5\nFRA,2018,b,1.7\n", "say the same cell"),
    "trade of what": ("Exports of crude oil (USD million),\nYear,Exports\n2018,1.5\n", "--product"),
    "two periods": ("Period,Year of report,Exports (USD)\n2018,2019,1.5\n2019,2020,1.7\n", "Year of report"),
}


@pytest.mark.parametrize(("text", "asked"), OPEN.values(), ids=OPEN)
def test_what_a_table_leaves_open_is_asked(text: str, asked: str) -> None:
    with pytest.raises(Unsaid) as caught:
        read(text)
    assert asked in str(caught.value)
    assert caught.value.exit_status == 2


def test_a_column_that_the_map_does_not_name_is_news() -> None:
    table = "Year,Exports (USD)\n2018,1.5\n"
    how = next(iter(read(table, reporter="CHN").maps.values()))
    more = table.replace(")\n", "),Imports (USD)\n").replace("5\n", "5,2.5\n").encode()
    with pytest.raises(Unsaid, match=r"column 'Imports \(USD\)' is new"):
        parse(Document("table", more, "t.csv", map=how))
    assert len(parse(Document("table", more, "t.csv", map=f"ignore_unknown = true\n{how}")).readings) == 1
    again = table.encode() + b"2019,1.7\n"
    assert lines(parse(Document("table", again, "t.csv", map=how))) == {"CHN X 2018 1.5 USD", "CHN X 2019 1.7 USD"}


def test_all_faults_of_a_row_are_said_at_once() -> None:
    parsed = read(
        "Reporter,Partner,Flow,Year,Value (USD)\nFRA,DEU,X,2018,1.5\nFRA,Atlantis,X,sometime,1x5\nFRA,ESP,X,2018,1.5\n"
    )
    (fault,) = parsed.unreadable
    assert len(parsed.readings) == 2
    for seen in ("Atlantis", "sometime", "1x5"):
        assert seen in fault.seen


def test_no_mutation_reads_a_figure_that_is_not_there() -> None:
    """Whatever happens to a table, a figure that is read of it is printed in it."""
    names = [name for name, one in TABLES.items() if isinstance(one[0], str)][:10]
    chance = random.Random(22)
    for turn in range(300):
        text, options, *_ = TABLES[names[turn % len(names)]]
        assert isinstance(text, str)
        mutated = mutate(text, chance)
        try:
            parsed = read(mutated, **said(options))
        except TradeledgerError:
            continue
        digits = {"".join(filter(str.isdigit, cell)) for cell in cells(mutated)}
        for row in parsed.readings.to_dict("records"):
            if row["mantissa"] is not None and row["text"]:
                assert "".join(filter(str.isdigit, row["text"])) in digits, (mutated, row)


def cells(text: str) -> list[str]:
    import csv
    import io

    return [cell for mark in ",;\t" for line in csv.reader(io.StringIO(text), delimiter=mark) for cell in line]


def mutate(text: str, chance: random.Random) -> str:
    rows = text.split("\n")
    at = chance.randrange(len(rows))
    kind = chance.randrange(7)
    if kind == 0:
        del rows[at]
    elif kind == 1:
        rows.insert(at, rows[chance.randrange(len(rows))])
    elif kind == 2:
        rows[at] = rows[at].replace(chance.choice(",;\t."), chance.choice(",;\t. "), 1)
    elif kind == 3:
        place = chance.randrange(len(rows[at]) + 1)
        rows[at] = rows[at][:place] + chance.choice("xX%$-()/ \"'é0.,") + rows[at][place:]
    elif kind == 4:
        place = chance.randrange(len(rows[at]) + 1)
        rows[at] = rows[at][:place]
    elif kind == 5:
        other = chance.randrange(len(rows))
        rows[at], rows[other] = rows[other], rows[at]
    else:
        place = chance.randrange(len(text))
        return text[:place] + text[place + 1 :]
    return "\n".join(rows)


def test_what_is_no_table_is_said_to_be_none() -> None:
    for text in ("a line of prose, with a comma\n", "Year,Exports\n", "x\n1\n"):
        with pytest.raises(ParseError):
            read(text)


TRADE = "Trade of Chile (USD million)\nYear,Exports,Imports,Balance\n2018,75.5,74.6,0.9\n2019,69.9,69.6,0.3\n"


def kept(home: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(home / "ledger.db")) as ledger:
        return ledger.execute("SELECT period, flow, value, unit FROM figures ORDER BY period, flow").fetchall()


def test_a_table_is_kept_with_the_way_it_was_read(tmp_path, monkeypatch, capsys) -> None:
    home, file, how = tmp_path / "home", tmp_path / "trade.csv", tmp_path / "how.toml"
    monkeypatch.setenv("TRADELEDGER_HOME", str(home))
    file.write_text(TRADE)
    assert run(["ingest", "table", str(file), "--released", "2020-03-01", "--dataset", "chile"]) == 0
    assert "read trade.csv: 2 × 4" in capsys.readouterr().err
    before = kept(home)
    assert len(before) == 6
    assert run(["reparse", "table", "--yes"]) == 0
    assert kept(home) == before
    # The next vintage by the map that explains this one; a column that is new is asked about.
    capsys.readouterr()
    assert run(["check", "--explain", str(file), "--dataset", "chile"]) == 0
    how.write_text(capsys.readouterr().out)
    file.write_text(TRADE + "2020,80.1,70.0,10.1\n")
    assert run(["ingest", "table", str(file), "--released", "2021-03-01", "--map", str(how)]) == 0
    assert len(kept(home)) == 9
    file.write_text(TRADE.replace("Balance\n", "Balance,Note\n").replace(".9\n", ".9,x\n").replace(".3\n", ".3,y\n"))
    assert run(["ingest", "table", str(file), "--released", "2022-03-01", "--map", str(how)]) == 2
    assert "column 'Note' is new" in capsys.readouterr().err
    assert len(kept(home)) == 9
    with closing(sqlite3.connect(home / "ledger.db")) as ledger:
        maps = [said for (said,) in ledger.execute("SELECT said FROM reading_map ORDER BY document")]
    assert [read_map(said).constants["dataset"] for said in maps] == ["chile", "chile"]


def test_a_question_to_whoever_feeds_a_table_leaves_no_trace(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("TRADELEDGER_HOME", str(tmp_path / "home"))
    file = tmp_path / "trade.csv"
    file.write_text(TRADE.replace(" of Chile", ""))
    assert run(["ingest", "table", str(file), "--released", "2020-03-01"]) == 2
    assert "--reporter" in capsys.readouterr().err
    (tmp_path / "trade.csv.toml").write_text('[constants]\nreporter = "CHL"\n')
    assert run(["ingest", "table", str(file), "--released", "2020-03-01"]) == 0
    assert run(["check", str(file)]) == 0
    assert run(["check", "--source", "gacc", str(file), "--reporter", "CHN"]) == 2


WRONG = TRADE.replace("69.6,0.3", "69.6,9.3")


def test_findings_are_written_for_other_programs(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a,b.csv").write_text(WRONG)
    Path("good.csv").write_text(TRADE)
    assert run(["check", "a,b.csv", "good.csv", "--format", "github"]) == 3
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("::error file=a%2Cb.csv,line=4,title=tradeledger balance::")
    assert run(["check", "a,b.csv", "good.csv", "--format", "sarif"]) == 3
    (one,) = json.loads(capsys.readouterr().out)["runs"]
    (found,) = one["results"]
    assert found["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a,b.csv"},
        "region": {"startLine": 4},
    }
    assert one["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == found["ruleId"] == "balance"
    assert run(["check", "a,b.csv", "good.csv", "--format", "junit"]) == 3
    suites = ElementTree.fromstring(capsys.readouterr().out)
    assert [(one.get("name"), one.get("failures")) for one in suites] == [("a,b.csv", "1"), ("good.csv", "0")]
    assert run(["check", "good.csv", "--format", "junit"]) == 0


def test_the_tidy_form_is_a_schema_for_other_programs(capsys) -> None:
    assert run(["schema"]) == 0
    said = json.loads(capsys.readouterr().out)
    row = {"dataset": "d", "reporter": "CHN", "flow": "X", "period": "2019-Q1", "value": "1.50", "unit": "USD million"}
    validator = jsonschema.Draft202012Validator(said)
    assert not list(validator.iter_errors(row))
    schema = tradeledger.tidy_schema()
    schema.validate(pd.DataFrame([row]), lazy=True)
    for name, wrong in (("flow", "Q"), ("period", "2019-13"), ("dataset", "Two Words"), ("unit", "bananas 7")):
        assert list(validator.iter_errors({**row, name: wrong})), name
        with pytest.raises(SchemaErrors):
            schema.validate(pd.DataFrame([{**row, name: wrong}]), lazy=True)
    assert list(validator.iter_errors({**row, "colour": "red"}))


def test_the_hook_runs_the_command(tmp_path) -> None:
    (hook,) = yaml.safe_load((Path(__file__).parents[1] / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"].split()[:2] == ["tradeledger", "check"]
    assert re.search(hook["files"], "data/trade.xlsx")


def test_python_reads_a_table_as_the_command_does(tmp_path) -> None:
    file = tmp_path / "trade.csv"
    file.write_text(WRONG.replace(" of Chile", ""))
    with pytest.raises(tradeledger.TradeledgerError, match="--reporter"):
        tradeledger.check(file)
    assert len(tradeledger.check(file, how={"reporter": "CHL"}).cases) == 1
    (tmp_path / "how.toml").write_text('[constants]\nreporter = "CHL"\n')
    assert not tradeledger.check(file, how=tmp_path / "how.toml").ok


NO_TOTAL = "Trade of Chile (USD million)\n"
#: Where a figure was, or would be, read as another thing than it is → the table, what is asked or what is read.
TRAPS = {
    "a column of row numbers": (
        "Exports of Chile (USD million),,\n,Year,Value\n0,2018,75.5\n1,2019,69.9\n",
        "without a heading",
    ),
    "a block of growth below": (
        NO_TOTAL
        + "Year,Exports,Imports\n2018,75.5,74.6\n2019,69.9,69.6\n\nPercent change on a year earlier,,\nYear,Exports,Imports\n2019,-7.4,-6.7\n",
        {"CHL growth_yoy X 2019 -7.4 %", "CHL X 2019 69900000 USD"},
    ),
    "labels of growth, then of levels": (
        "Chile,2018,2019\nPercent change,,\nExports,1.5,1.6\nUSD million,,\nExports,75.5,69.9\n",
        {"CHL growth_yoy X 2018 1.5 %", "CHL X 2018 75500000 USD"},
    ),
    "a row that is longer than its headings": (
        "Year,Country code,Country,Exports (USD),Imports (USD)\n2019,5,France,4,1.5,2.5,3.5\n",
        "without a heading",
    ),
    "an area by two names": (
        "Enity,Code,Year,Exports (USD)\nAlgeria,DZA,1970,14.5\nFrance,FRA,1971,12.5\n",
        {"DZA X 1970 14.5 USD"},
    ),
    "an area nobody knows": (
        "U.S. Trade in Goods with Ruritania (USD million),\nYear,Exports\n2018,75.5\n",
        "--partner",
    ),
    "an index": ("Chile: export volume index (2015 = 100),\nYear,Exports\n2018,101.5\n2019,103.5\n", "index"),
    "thousands with points": (
        "Jahr,Ausfuhr (Mio. EUR),Einfuhr (Mio. EUR)\n2018,1.317,1.089\n2019,1.328,1.104\n",
        "--decimal",
    ),
    "a unit in a sentence": (
        "Exhibit 1. U.S. International Trade in Goods and Services\nIn millions of dollars. Details may not add up.\nYear,Exports\n2018,75.5\n2019,75.9\n",
        {"USA X 2018 75500000 USD"},
    ),
}


@pytest.mark.parametrize(("text", "right"), TRAPS.values(), ids=TRAPS)
def test_nothing_is_read_as_another_thing(text: str, right: str | set[str]) -> None:
    if isinstance(right, str):
        with pytest.raises(Unsaid) as caught:
            read(text)
        assert right in str(caught.value)
    else:
        assert right <= lines(read(text))
