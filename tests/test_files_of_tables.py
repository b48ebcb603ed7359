"""One table in every kind of file is read alike; what a kind has lost is said, and what may be meant twice is asked."""
# ruff: noqa: E501 - markup of a workbook in a line

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import openpyxl
import pytest
import xlwt

from cli.main import run
from schemas.documents import Document, Parsed
from schemas.errors import ParseError, Unsaid
from sources.shared.shapes.maps import Map, written
from sources.table import parse

TITLE = "Trade of Chile, USD million"
HEADINGS = ("Year", "Exports", "Imports", "Balance")
ROWS = (
    ("2018", "75.50", "74.60", "0.90"),
    ("2019", "69.90", "69.60", "0.30"),
    ("2020", "1,073.40", "59.20", "1,014.20"),
)
Table = Sequence[Sequence[str]]
WHOLE: Table = ((TITLE,), HEADINGS, *ROWS)


def number(text: str) -> float:
    return float(text.replace(",", ""))


def csv(table: Table) -> bytes:
    return "".join(";".join(row) + "\n" for row in table).encode()


def xlsx(table: Table, form: str = "#,##0.00", name: str = "Data") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = name
    fill(sheet, table, form)
    return saved(book)


def fill(sheet: openpyxl.worksheet.worksheet.Worksheet, table: Table, form: str) -> None:
    for at, row in enumerate(table, 1):
        for column, text in enumerate(row, 1):
            plain = text.replace(",", "").replace(".", "").lstrip("-").isdigit()
            cell = sheet.cell(at, column, number(text) if plain else text)
            if plain and column > 1:
                cell.number_format = form


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xls(table: Table) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    style = xlwt.easyxf(num_format_str="#,##0.00")
    for at, row in enumerate(table):
        for column, text in enumerate(row):
            if at > 1:
                sheet.write(at, column, number(text), style if column else xlwt.Style.default_style)
            else:
                sheet.write(at, column, text)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def ods(table: Table, style: str = "two") -> bytes:
    def cell(text: str, at: int, column: int) -> str:
        if at < 2:
            return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        styled = f' table:style-name="{style}"' if column else ""
        value = f'office:value-type="float" office:value="{number(text)!r}"'
        return f"<table:table-cell {value}{styled}><text:p>{text}</text:p></table:table-cell>"

    rows = "".join(
        "<table:table-row>" + "".join(cell(text, at, column) for column, text in enumerate(row)) + "</table:table-row>"
        for at, row in enumerate(table)
    )
    names = " ".join(
        f'xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{where}:1.0"'
        for one, where in (
            ("office", "office"),
            ("table", "table"),
            ("text", "text"),
            ("style", "style"),
            ("number", "datastyle"),
        )
    )
    xml = (
        f'<?xml version="1.0"?><office:document-content {names}><office:automatic-styles>'
        '<number:number-style style:name="n2"><number:number number:decimal-places="2"/></number:number-style>'
        '<style:style style:name="two" style:data-style-name="n2"/></office:automatic-styles><office:body><office:spreadsheet>'
        f'<table:table table:name="Data">{rows}<table:table-row table:number-rows-repeated="1000000"><table:table-cell/>'
        "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", xml)
    return file.getvalue()


def html(table: Table) -> bytes:
    rows = "".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in table[1:])
    return f"<html><body><p>{table[0][0]}</p><table>{rows}</table></body></html>".encode()


def records(table: Table) -> bytes:
    return json.dumps({"data": [dict(zip(table[1], row, strict=True)) for row in table[2:]]}).encode()


def parquet(table: Table, tmp_path: Path, kind: str = "DECIMAL(18,2)") -> bytes:
    path = tmp_path / "t.parquet"
    values = ", ".join("(" + ", ".join(text.replace(",", "") for text in row) + ")" for row in table[2:])
    columns = ", ".join(f'CAST(c{at} AS {kind if at else "INTEGER"}) AS "{name}"' for at, name in enumerate(table[1]))
    names = ", ".join(f"c{at}" for at in range(len(table[1])))
    duckdb.sql(f"COPY (SELECT {columns} FROM (VALUES {values}) t({names})) TO '{path}'")
    return path.read_bytes()


def zipped(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, body in files.items():
            archive.writestr(name.replace("_", "."), body)
    return file.getvalue()


def read(content: bytes, **said: str) -> Parsed:
    how = written(Map().with_options({"reporter": "CHL", **said}))
    return parse(Document("table", content, "t", map=how))


def figures(parsed: Parsed) -> list[tuple[str, ...]]:
    names = ["flow", "period", "unit", "mantissa", "exponent"]
    return sorted(tuple(map(str, row)) for row in parsed.readings[names].astype(object).values.tolist())


KINDS: dict[str, Callable[[Path], bytes]] = {
    "xlsx": lambda _: xlsx(WHOLE),
    "xls": lambda _: xls(WHOLE),
    "ods": lambda _: ods(WHOLE),
    "html": lambda _: html(WHOLE),
    "json": lambda _: records(WHOLE),
    "parquet": lambda path: parquet(WHOLE, path),
    "zip": lambda _: zipped(data_csv=csv(WHOLE), notes_txt=b"nothing but words\n"),
    "gzip": lambda _: gzip.compress(csv(WHOLE)),
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_a_table_is_read_alike_in_every_kind_of_file(make: Callable[[Path], bytes], tmp_path: Path) -> None:
    parsed = read(make(tmp_path), unit="USD million")
    assert figures(parsed) == figures(read(csv(WHOLE)))
    assert (len(parsed.readings), parsed.lost, parsed.assumed) == (9, 0, frozenset())


LOOSE: dict[str, Callable[[Path], bytes]] = {
    "xlsx": lambda _: xlsx(WHOLE, "General"),
    "ods": lambda _: ods(WHOLE, "none"),
    "json": lambda _: (
        records(WHOLE).replace(b'"75.50"', b"75.5").replace(b'"69.90"', b"69.9").replace(b'"1,073.40"', b"1073.4")
    ),
    "parquet": lambda path: parquet(WHOLE, path, "DOUBLE"),
}


@pytest.mark.parametrize("make", LOOSE.values(), ids=LOOSE)
def test_what_lost_its_precision_takes_the_finest_digit_of_its_column(
    make: Callable[[Path], bytes], tmp_path: Path
) -> None:
    parsed = read(make(tmp_path), unit="USD million")
    assert ("X", "2020", "USD", "10734", "5") in figures(parsed)
    assert parsed.assumed == {"t"}
    (said,) = [one for one in parsed.unreadable if one.position == "precision"]
    assert said.severity == "warning"
    assert "finest digit" in said.expected


def test_what_rests_on_an_assumed_precision_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = (("2018", "75.5", "74.6", "9.9"), ("2019", "69.9", "69.6", "0.3"))
    for form, status in (("0.0", 3), ("General", 0)):
        path = tmp_path / "trade.xlsx"
        path.write_bytes(xlsx(((TITLE,), HEADINGS, *rows), form))
        assert run(["check", str(path)]) == status
        out = capsys.readouterr().out
        assert ("error " in out) == bool(status)
        assert "balance 9.9" in out
    assert "precision 0.1 from the finest digits" in out
    assert run(["check", str(path), "--strict"]) == 3


def two_sheets() -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(WHOLE)))
    fill(book.create_sheet("Revised"), WHOLE, "0.00")
    return saved(book)


def merged() -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(WHOLE)))
    book.active.merge_cells("B4:C4")
    return saved(book)


def dates() -> bytes:
    from datetime import date

    book = openpyxl.load_workbook(io.BytesIO(xlsx(WHOLE)))
    for at, day in ((3, date(2026, 3, 18)), (4, date(2026, 3, 19)), (5, date(2026, 3, 20))):
        book.active.cell(at, 1, day).number_format = "d-mmm"
    return saved(book)


OPEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "two sheets": (two_sheets, "'Data', 'Revised': --sheet"),
    "a merged cell across figures": (merged, "B4 is a merged cell with the figure 69.90"),
    "a figure across two cells of a page": (
        lambda: html(WHOLE).replace(b"<td>69.90</td><td>69.60</td>", b'<td colspan="2">69.90</td>'),
        "merged cell",
    ),
    "dates of 3-19": (dates, "dates of texts such as 3-19"),
    "two files in a zip": (lambda: zipped(a_csv=csv(WHOLE), b_csv=csv(WHOLE)), "--sheet"),
    "two tables on a page": (lambda: html(WHOLE).replace(b"</body>", html(WHOLE)[12:]), "2 tables that may be meant"),
}


@pytest.mark.parametrize(("make", "asked"), OPEN.values(), ids=OPEN)
def test_what_a_file_leaves_open_is_asked(make: Callable[[], bytes], asked: str) -> None:
    with pytest.raises(Unsaid) as caught:
        read(make())
    assert asked in str(caught.value)


def test_the_sheet_that_is_said_is_read() -> None:
    assert figures(read(two_sheets(), sheet="Revised")) == figures(read(csv(WHOLE)))
    with pytest.raises(Unsaid, match="has no sheet 'Dta'"):
        read(two_sheets(), sheet="Dta")


def test_rows_that_a_workbook_hides_are_said_and_not_read() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(WHOLE)))
    book.active.row_dimensions[4].hidden = True
    parsed = read(saved(book))
    assert len(parsed.readings) == 6
    assert [one.severity for one in parsed.unreadable] == ["warning"]


def test_percentages_of_a_workbook_are_as_its_page_shows_them() -> None:
    table = (
        (TITLE,),
        ("Year", "Exports", "Export growth on a year earlier"),
        ("2018", "75.5", "0.089"),
        ("2019", "69.9", "-0.074"),
    )
    book = openpyxl.load_workbook(io.BytesIO(xlsx(table, "0.0")))
    for at in (3, 4):
        book.active.cell(at, 3).number_format = "0.0%"
    assert ("X", "2018", "%", "89", "-1") in figures(read(saved(book)))


DAMAGED: dict[str, bytes] = {
    "a cut-off zip": zipped(a_csv=csv(WHOLE))[:-30],
    "an empty zip": zipped(),
    "a zip in a zip": zipped(a_zip=zipped(a_csv=csv(WHOLE))),
    "a cut-off ODS": ods(WHOLE)[:-200],
    "no ODS within": zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"),
    "a cut-off Parquet": b"PAR1abcdef",
    "JSON without records": b'{"value": 3}',
    "JSON of two lists": b'{"a": [{"x": 1}], "b": [{"x": 1}]}',
    "a page without a table": b"<html><body><p>no table</p></body></html>",
    "a PDF": b"%PDF-1.7 ...",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused_in_a_line(content: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        read(content)
    assert "\n" not in str(caught.value)
