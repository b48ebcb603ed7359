"""Text of others through every output, in one test: HTML, Markdown, a formula and a terminal's escape stay text."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import openpyxl
import pyarrow.feather as feather
import pyarrow.parquet as pq
from lxml import etree, html
from markdown_it import MarkdownIt
from test_flows_pages import written  # noqa: F401

import tradeledger
from cli.export import ExportFormat
from cli.main import run
from flows import steps
from flows.page import report
from schemas.documents import Document
from schemas.settings import load_settings

NAME = '=HYPERLINK("http://x.y","z")<img src=x onerror=alert(1)>[a](javascript:b)`c`\x1b[31m\u202e|.csv'
BREAKDOWN = "kind=<img>[x](y)*z*=1+1$^$&amp"
HEADER = "dataset,reporter,breakdown,flow,period,value,unit,released\n"
LINE = f'lab,CHN,"{BREAKDOWN}",{{}},2019,{{}},USD,{{}}-01-01\n'
#: A release, one that revises it, and one that contradicts itself.
RELEASES = (
    {2020: {"X": 7, "M": 2}},
    {2021: {"X": 8, "M": 2}},
    {2022: {"X": 8, "M": 2, "T": 50}},
)
#: Formats of lines.
TEXTS = ("csv", "sdmx-csv", "vintages")
COMMANDS = (
    *("show --trace", "show --with-held", "revisions", "revisions --triangle", "revisions --summary", "findings"),
    *("findings --rules --history", "runs", "documents", "datasets", "review"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def collected(text: str) -> steps.Collected:
    job = steps.Job("table", load_settings())
    documents = [Document("table", text.encode(), NAME, url="javascript:alert(1)")]
    steps.archive(job, documents)
    return steps.publish(job, steps.validate(job, documents, steps.parse(job, documents)))


def no_formula(text: str) -> None:
    for row in csv.reader(io.StringIO(text, newline="")):
        for cell in row:
            number = cell.removeprefix("-").replace(".", "", 1).isdecimal()
            assert number or len(cell) < 2 or not cell.startswith(FORMULA), cell


def plain(text: str) -> None:
    assert not {"\x1b", "\u202e"} & set(text)


def test_every_output_has_it_as_text(home, capsys, tmp_path, written):  # noqa: F811
    for release in RELEASES:
        ((year, figures),) = release.items()
        done = collected(HEADER + "".join(LINE.format(flow, value, year) for flow, value in figures.items()))
    assert done.quarantined
    for command in COMMANDS:
        for form in ("table", "json", "csv"):
            assert run([*command.split(), "--format", form]) == 0, command
            said = capsys.readouterr().out
            assert said.strip(), command
            plain(said)
            if form == "json":
                assert isinstance(json.loads(said), list)
            if form == "csv":
                no_formula(said)
    for form in ExportFormat:
        assert run(["export", "--format", form, "--output", str(tmp_path / f"{form}.out")]) == 0
    texts = [path for path in tmp_path.iterdir() if path.suffix in (".json", ".xml") or path.stem in TEXTS]
    assert len(texts) == len(TEXTS) + 4
    for path in texts:
        plain(said := path.read_text(encoding="utf-8"))
        if path.suffix == ".out":
            no_formula(said)
        elif path.suffix == ".json":
            json.loads(said)
        else:
            assert not etree.fromstring(said.encode()).xpath("//*[local-name()='img']")
    with zipfile.ZipFile(tmp_path / "package.out") as package:
        no_formula(package.read("figures.csv").decode())
        for name in package.namelist():
            plain(package.read(name).decode())
    of_columns = [pq.read_table(tmp_path / "parquet.out"), feather.read_table(tmp_path / "arrow.out", memory_map=False)]
    assert [set(one["breakdown"].to_pylist()) for one in of_columns] == [{BREAKDOWN}, {BREAKDOWN}]
    for sheet in openpyxl.load_workbook(io.BytesIO((tmp_path / "xlsx.out").read_bytes())):
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert cells
        assert not [cell.value for cell in cells if cell.data_type in ("f", "e") or cell.hyperlink]
        odd = [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith("=HYPER")]
        assert bool(odd) == (sheet.title == "figures")
        assert all(cell.quotePrefix for cell in odd)
        plain("".join(str(cell.value) for cell in cells))
    report.write(steps.Job("table", load_settings()), done)
    pages = [written["report-table"], *(text for row in written["findings-table"] for text in row.values())]
    assert any("kind=" in page for page in pages)
    table = tmp_path / NAME.replace("/", "")
    table.write_text(HEADER + "".join(LINE.format(flow, value, 2022) for flow, value in RELEASES[-1][2022].items()))
    notebook = tradeledger.check(table)._repr_html_()
    assert "kind=" in notebook
    for shown in (*map(MarkdownIt("commonmark", {"html": True}).enable("table").render, pages), notebook):
        plain(shown)
        (tree,) = html.fragments_fromstring(f"<div>{shown}</div>")
        assert not tree.xpath("//img | //*[@onerror] | //em[.='z'] | //a[not(starts-with(@href, 'http'))]")
