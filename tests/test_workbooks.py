"""Workbooks show what is read of them: nothing hidden, nothing a format does not show, nothing that costs an hour."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
import xlwt
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat

from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from schemas.positions import LAST_COLUMN, pack, parse_position, unpack
from sources.registry import check_origin, load_sources
from sources.shared.readout import Readout
from sources.shared.workbooks import workbook, xlsx
from sources.shared.workbooks.cells import GAPS, Grid
from sources.shared.workbooks.number_formats import show, show_text
from tests import payloads

PLAIN = {"ft900": payloads.ft900, "ons": payloads.ons}


def read(name: str, content: bytes) -> Parsed:
    return load_sources()[name].parse(Document(name, content, "book", released="2022-04-05"))


def edited(content: bytes, edit: Callable[[Any, Any], object]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    edit(book, book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def old(content: bytes, edit: Callable[[Any], object] = lambda _: None) -> bytes:
    """The same as an old XLS."""
    book = xlwt.Workbook()
    for sheet in openpyxl.load_workbook(io.BytesIO(content)):
        made = book.add_sheet(sheet.title)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    style = xlwt.easyxf(num_format_str=cell.number_format)
                    made.write(cell.row - 1, cell.column - 1, cell.value, style)
        edit(made)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parts(content: bytes, change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    """A workbook with its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in book.namelist():
            copy.writestr(name, change(name, book.read(name)))
        for name, part in more.items():
            copy.writestr(name, part)
    return out.getvalue()


def in_sheet(before: bytes, after: bytes, content: bytes | None = None) -> bytes:
    found = parts(
        content or payloads.ft900(), lambda name, part: part.replace(before, after, 1) if "sheet1" in name else part
    )
    assert after in zipfile.ZipFile(io.BytesIO(found)).read("xl/worksheets/sheet1.xml")
    return found


def hide_row(number: int, **how: Any) -> Callable[[Any, Any], None]:
    def edit(_book: Any, sheet: Any) -> None:
        for name, value in (how or {"hidden": True}).items():
            setattr(sheet.row_dimensions[number], name, value)

    return edit


def hide_column(letter: str, **how: Any) -> Callable[[Any, Any], None]:
    def edit(_book: Any, sheet: Any) -> None:
        for name, value in (how or {"hidden": True}).items():
            setattr(sheet.column_dimensions[letter], name, value)

    return edit


def hide_cells(number: int) -> Callable[[Any, Any], None]:
    def edit(_book: Any, sheet: Any) -> None:
        for cell in sheet[number][3:]:
            cell.number_format = ";;;"

    return edit


def dress(number: int, **how: Any) -> Callable[[Any, Any], None]:
    def edit(_book: Any, sheet: Any) -> None:
        for cell in sheet[number][3:]:
            for name, value in how.items():
                setattr(cell, name, value)

    return edit


def format_if(number: int, rule: Rule) -> Callable[[Any, Any], None]:
    return lambda _book, sheet: sheet.conditional_formatting.add(f"D{number}:XFD{number}", rule)


def differs(**how: Any) -> DifferentialStyle:
    return DifferentialStyle(**how)


NOTHING = {"numFmt": NumberFormat(numFmtId=164, formatCode=";;;")}
FAR_ABOVE = {"type": "cellIs", "operator": "greaterThan", "formula": ["-9999999"]}
RED = PatternFill("solid", fgColor="FFFF0000")
MERGED = (b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="D9:F9"/></mergeCells>')


def hide_range(_book: Any, sheet: Any) -> None:
    sheet.column_dimensions.group("E", "F", hidden=True)


KINDS: dict[str, tuple[Any, set[str]]] = {
    "a row": (hide_row(9), {"row 9"}),
    "a row of no height": ((b'<row r="9"', b'<row ht="0" customHeight="1" r="9"'), {"row 9"}),
    "a collapsed row": (hide_row(9, hidden=True, outlineLevel=1), {"row 9"}),
    "a column": (hide_column("E"), {"column 5"}),
    "a column of no width": (
        (b"<sheetData>", b'<cols><col min="5" max="5" width="0" customWidth="1"/></cols><sheetData>'),
        {"column 5"},
    ),
    "columns": (hide_range, {"column 5", "column 6"}),
    "cells": (hide_cells(9), {"row 9, column 4"}),
    "merged cells": (MERGED, {"row 9, column 5"}),
    "white digits": (dress(9, font=Font(color="FFFFFFFF")), {"row 9, column 4"}),
    "digits like their ground": (dress(9, font=Font(color="FFFE0101"), fill=RED), {"row 9, column 4"}),
    "a white format": (dress(9, number_format="[White]0"), {"row 9, column 4"}),
    "a condition": (format_if(9, Rule(dxf=differs(**NOTHING), **FAR_ABOVE)), {"row 9, column 4"}),
    "a white condition": (
        format_if(9, Rule(dxf=differs(font=Font(color="FFFFFFFF")), **FAR_ABOVE)),
        {"row 9, column 4"},
    ),
}


DOUBTFUL: dict[str, Any] = {
    "struck out": dress(9, font=Font(strike=True)),
    "raised": dress(9, font=Font(vertAlign="superscript")),
    "a condition that is a formula": format_if(9, Rule(type="expression", formula=["D9>A1"], dxf=differs(**NOTHING))),
}
SHOWN: dict[str, Any] = {
    "white on a colour": dress(9, font=Font(color="FFFFFFFF"), fill=RED),
    "white and a red format": dress(9, font=Font(color="FFFFFFFF"), number_format="[Red]0;[Red]-0"),
    "a condition that is not met": format_if(
        9, Rule(type="cellIs", operator="equal", formula=["0.5"], dxf=differs(**NOTHING))
    ),
    "a condition that colours": format_if(9, Rule(dxf=differs(font=Font(color="FFFF0000")), **FAR_ABOVE)),
}


@pytest.mark.parametrize("kind", DOUBTFUL)
@pytest.mark.parametrize("name", PLAIN)
def test_what_is_no_plain_figure_is_listed(name: str, kind: str) -> None:
    content = PLAIN[name]()
    parsed = read(name, edited(content, DOUBTFUL[kind]))
    (fault,) = parsed.unreadable
    assert (fault.position.removeprefix("table 1, "), fault.severity) == ("row 9, column 4", "error")
    assert 0 < len(parsed.readings) < len(read(name, content).readings)


@pytest.mark.parametrize("kind", SHOWN)
@pytest.mark.parametrize("name", PLAIN)
def test_what_is_shown_in_colours_is_read(name: str, kind: str) -> None:
    content = PLAIN[name]()
    parsed = read(name, edited(content, SHOWN[kind]))
    assert not parsed.unreadable
    assert parsed.readings["mantissa"].tolist() == read(name, content).readings["mantissa"].tolist()


ROW = 7 + len(payloads.FT900_2021) + 4  # of February 2022


@pytest.mark.parametrize(
    "edit",
    [hide_row(ROW), hide_row(ROW, height=0.01), dress(ROW, number_format=";;;")],
    ids=["row", "height", "format"],
)
def test_the_last_month_may_be_hidden(edit: Any) -> None:
    content = edited(payloads.ft900(), lambda book, sheet: [edit(book, sheet), _blank(sheet, ROW)])
    parsed = read("ft900", content)
    assert "2022-02" not in set(parsed.readings["period"])
    assert "2022-01/2022-02" in set(parsed.readings["period"])
    assert {fault.severity for fault in parsed.unreadable} == {"warning"}
    assert all(fault.position.startswith(f"row {ROW}") for fault in parsed.unreadable)


def _blank(sheet: Any, row: int) -> None:
    for cell in sheet[row][1:3]:
        cell.number_format = ";;;"


def _hide_sheet(book: Any, sheet: Any) -> None:
    book.create_sheet("cover")
    sheet.title, sheet.sheet_state = "Exhibit 1", "hidden"


HIDING: dict[str, tuple[Any, str, str]] = {
    "its titles": (hide_column("A"), "no exhibit", "hides column 1"),
    "its sheet": (_hide_sheet, "no exhibit", "hides sheet 'Exhibit 1'"),
    "its unit": (hide_row(4), "does not say its unit", "hides row 4"),
    "its unit by a format": (
        lambda _book, sheet: setattr(sheet["A4"], "number_format", ";;;"),
        "does not say its unit",
        "hides row 4, column 1",
    ),
    "its header": (hide_row(5), "no header", "hides row 5"),
}


@pytest.mark.parametrize("what", HIDING)
def test_what_cannot_be_read_because_it_is_hidden_says_so(what: str) -> None:
    edit, says, hides = HIDING[what]
    with pytest.raises(ParseError) as caught:
        read("ft900", edited(payloads.ft900(), edit))
    assert says in str(caught.value)
    assert f"; the workbook {hides}: unhide and save" in str(caught.value)
    with pytest.raises(ParseError) as plain:
        read("ft900", payloads.ft900(unit="in euro"))
    assert "hides" not in str(plain.value)


def test_merged_cells_and_rules_beyond_measure_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    merge = b"".join(b'<mergeCell ref="A900:XFD%d"/>' % at for at in range(901, 1001))
    content = in_sheet(b"</sheetData>", b"</sheetData><mergeCells>" + merge + b"</mergeCells>")
    assert len(read("ft900", content).readings) == len(read("ft900", payloads.ft900()).readings)
    monkeypatch.setattr("sources.shared.workbooks.cells.STEPS", 50)
    with pytest.raises(ParseError, match="merges or formats more than 50"):
        read("ft900", in_sheet(b'A900:XFD901"', b'A1:XFD901"', content))


def test_a_heading_that_is_moved_over_another_one_is_the_one_shown() -> None:
    merged = in_sheet(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="E5:G5"/></mergeCells>')
    stored = in_sheet(b'<c r="E5"', b'<c r="F5" t="str"><v>Imports</v></c><c r="E5"', merged)
    hidden = in_sheet(b"<sheetData>", b'<cols><col min="5" max="5" hidden="1"/></cols><sheetData>', stored)
    parsed = read("ft900", hidden)
    exports = parsed.readings[parsed.readings["flow"] == "X"]
    assert set(exports["product"]) == {"goods", "services"}


@pytest.mark.parametrize("style", ["font: colour white", "font: struck_out true", "font: escapement superscript"])
def test_digits_of_an_old_workbook_are_seen_too(style: str) -> None:
    def edit(sheet: Any) -> None:
        sheet._cell_overwrite_ok = True
        sheet.write(8, 3, -1, xlwt.easyxf(style))

    (fault,) = read("ons", old(payloads.ons(), edit)).unreadable
    assert fault.position == "table 1, row 9, column 4"
    assert fault.severity == ("warning" if "white" in style else "error")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PLAIN)
def test_what_is_hidden_is_not_read_and_said(name: str, kind: str) -> None:
    edit, places = KINDS[kind]
    content = PLAIN[name]()
    hiding = in_sheet(*edit, content) if isinstance(edit, tuple) else edited(content, edit)
    whole, parsed = read(name, content), read(name, hiding)
    assert {fault.severity for fault in parsed.unreadable} == {"warning"}
    assert {fault.position.removeprefix("table 1, ") for fault in parsed.unreadable} == places
    counted = sum(int(word) for fault in parsed.unreadable for word in fault.expected.split() if word.isdigit())
    where = ["flow", "product", "period", "measure", "released", "mantissa", "exponent", "position"]
    kept = parsed.readings[where].merge(whole.readings[where], how="left", indicator=True)
    assert (kept["_merge"] == "both").all()  # what is read stands in the whole one, where it stood
    assert len(whole.readings) - len(parsed.readings) > 0
    assert counted >= len(whole.readings) - len(parsed.readings)


@pytest.mark.parametrize("kind", ["row", "column", "cells"])
def test_of_an_old_workbook_too(kind: str) -> None:
    whole = read("ons", old(payloads.ons()))
    assert len(whole.readings) == len(read("ons", payloads.ons()).readings)

    def edit(sheet: Any) -> None:
        if kind == "row":
            sheet.row(8).hidden = True
        elif kind == "column":
            sheet.col(4).hidden = True

    shaped = edited(payloads.ons(), hide_cells(9)) if kind == "cells" else payloads.ons()
    parsed = read("ons", old(shaped, edit))
    assert [fault.severity for fault in parsed.unreadable] == ["warning"]
    assert 0 < len(parsed.readings) < len(whole.readings)


def test_a_hidden_sheet_is_said_and_a_heading_over_a_hidden_column_still_heads_the_others() -> None:
    def edit(book: Any, sheet: Any) -> None:
        copy = book.copy_worksheet(sheet)
        copy.title, copy.sheet_state = "draft", "veryHidden"
        sheet.merge_cells("E5:G5")
        hide_column("E")(book, sheet)

    parsed = read("ft900", edited(payloads.ft900(), edit))
    assert {fault.position for fault in parsed.unreadable} == {"sheet 'draft'", "column 5"}
    exports = parsed.readings[parsed.readings["flow"] == "X"]
    assert set(exports["product"]) == {"goods", "services"}


def test_rows_doubled_and_hidden_change_nothing() -> None:
    for at in (5, 6, 7, 8, 9, 11, 13, 17):

        def edit(book: Any, sheet: Any, at: int = at) -> None:
            values = [cell.value for cell in sheet[at]]
            sheet.insert_rows(at + 1)
            for column, value in enumerate(values, 1):
                sheet.cell(at + 1, column, value)
            hide_row(at + 1)(book, sheet)

        parsed = read("ft900", edited(payloads.ft900(), edit))
        plain = read("ft900", payloads.ft900()).readings
        assert parsed.readings["text"].tolist() == plain["text"].tolist()
        assert parsed.readings["period"].tolist() == plain["period"].tolist()


def test_a_year_that_is_hidden_is_still_that_of_the_months_below() -> None:
    content = edited(payloads.ft900({"2021": {}, "2022": payloads.FT900_2022}), hide_row(8))
    assert set(read("ft900", content).readings["period"].str[:4]) == {"2022"}


FAR = ["A1048576", "XFD1048576", "ZZ60000", "XFD3"]


@pytest.mark.parametrize("place", FAR)
@pytest.mark.parametrize("value", ["x", 5])
def test_a_cell_far_away_costs_nothing(place: str, value: object) -> None:
    def edit(_book: Any, sheet: Any) -> None:
        sheet[place] = value

    content = edited(payloads.ft900(), edit)
    began = time.process_time()
    parsed = read("ft900", content)
    assert time.process_time() - began < 1
    assert parsed.readings["text"].tolist() == read("ft900", payloads.ft900()).readings["text"].tolist()
    assert [fault.severity for fault in parsed.unreadable] == ([] if value == "x" else ["error"])
    assert all("far beyond the table" in str(fault) for fault in parsed.unreadable)


@pytest.mark.parametrize("row", [14, 15])
def test_the_last_column_of_all_is_named(row: int) -> None:
    def edit(_book: Any, sheet: Any) -> None:
        sheet[f"XFD{row}"] = 7

    (fault,) = read("ft900", edited(payloads.ft900(), edit)).unreadable
    assert fault.position == f"row {row}, column 16384"


def test_a_place_that_cannot_be_packed_is_no_other_one() -> None:
    assert unpack(pack(14, LAST_COLUMN, 3)) == (14, LAST_COLUMN, 3)
    assert unpack(parse_position(f"table 3, row 14, column {LAST_COLUMN + 1}")) == (14, 0, 3)
    with pytest.raises(ValueError, match="cannot be packed"):
        pack(14, LAST_COLUMN + 1)
    readout = Readout(Document("x", b"", "x"), dataset="d")
    readout.printed("7", "USD", (14, LAST_COLUMN + 1, 0))
    assert [fault.position for fault in readout.faults] == [f"row 14, column {LAST_COLUMN + 1}"]
    assert not readout.rows


def test_an_old_one_too() -> None:
    content = old(payloads.ons(), lambda sheet: sheet.write(65535, 255, 7))
    parsed = read("ons", content)
    assert [fault.position for fault in parsed.unreadable] == ["table 1, row 65536, column 256"]
    assert len(parsed.readings) == len(read("ons", payloads.ons()).readings)


def test_far_ranges_and_many_far_cells_cost_nothing() -> None:
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (at, at) for at in range(900, 1_000_000, 900))
    content = in_sheet(b"</sheetData>", rows + b"</sheetData>")
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A40:XFD1048576"/></mergeCells>'  # it covers no figure
    wide = b'<cols><col min="11" max="16384" hidden="1" width="9"/></cols><sheetData>'
    content = in_sheet(b"<sheetData>", wide, in_sheet(b"</sheetData>", merged, content))
    began = time.process_time()
    parsed = read("ft900", content)
    assert time.process_time() - began < 1
    assert len(parsed.readings) == len(read("ft900", payloads.ft900()).readings)


def test_cells_spread_wide_are_refused() -> None:
    grid = Grid("x", cells={(at, at): (1, "General") for at in range(1, 16_000, min(GAPS))})
    with pytest.raises(ParseError, match="spreads 8000 cells over 15999 rows and 15999 columns"):
        grid.sheet(lambda value: value)


@pytest.mark.parametrize("good", [True, False])
def test_a_workbook_is_opened_once(good: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    content = payloads.ft900(title="Exhibit 1. Something") if good else payloads.ft900()[:-300]
    opened: list[int] = []
    package = xlsx.Package
    monkeypatch.setattr(xlsx, "Package", lambda content: opened.append(1) or package(content))
    workbook._open.cache_clear()
    document = Document("ft900", content, "exh1.xlsx", released="2022-04-05")
    check_origin(document)
    with pytest.raises(ParseError, match=r"^exh1.xlsx"):
        load_sources()["ft900"].parse(document)
    assert len(opened) == 1


#: Value, format, what the page shows: a number (decimals, power), a text, or nothing ("").
FORMATS = [
    (5, "0", (0, 0)),
    (5, "General", (None, 0)),
    (5, "@", (None, 0)),
    (5e9, "#,##0.0,,", (1, -6)),
    (5, "#,##0_);[Red](#,##0)", (0, 0)),
    (-5, "#,##0_);[Red](#,##0)", (0, 0)),
    (0, '_-* #,##0.0_-;-* #,##0.0_-;_-* "-"??_-;_-@_-', (1, 0)),
    (5, ";;;", ""),
    (0, "0;-0;;@", ""),
    (-7, "0;;0", ""),
    (0.0587, "0.0%", "5.9%"),
    (5.87, '0.0"%"', "5.9%"),
    (5, '0"00"', "500"),
    (5, r"0\0", "50"),
    (861383, '#,##0,"000"', "861000"),
    (861383, '#,##0",000"', "861,383,000"),
    (5, '"0."0', "0.5"),
    (5, '"100"', "100"),
    (5.5, "0.##", "5.5"),
    (5, "0.##", "5"),
    (1234567, "000-00-0000", "001-23-4567"),
    (1234.5, '"£"#,##0.00', "£1,234.50"),
    (-1234.5, "[$£-809]#,##0", "-£1,235"),
    (2000, "[>1000]#,##0;0.0", (0, 0)),
    (5, "[>1000]#,##0;0.0", (1, 0)),
    (2, '[=2]"n/a";0', "n/a"),
]


@pytest.mark.parametrize(("value", "code", "shown"), FORMATS)
def test_a_format_is_followed(value: float, code: str, shown: object) -> None:
    found = show(value, code)
    assert (found.text if found.text is not None else (found.decimals, found.power)) == shown


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (-5, "0;0"),
        (-5, "0;[Red]0"),
        (5, "(0);0"),
        (5, "# ?/?"),
        (5, "0.00E+00"),
        (5, "[DBNum1]0"),
        (5, "0*0"),
        (5, "0-"),
        (-5, "-0"),
        (-5, '0;"minus "0'),
        (5, '0" bn"'),
        (1e300, "0.00"),
    ],
)
def test_what_a_format_shows_otherwise_is_listed(value: float, code: str) -> None:
    def edit(_book: Any, sheet: Any) -> None:
        sheet["B9"].value, sheet["B9"].number_format = value, code

    parsed = read("ft900", edited(payloads.ft900(), edit))
    assert [(fault.position, fault.severity) for fault in parsed.unreadable] == [("row 9, column 2", "error")]


@pytest.mark.parametrize(
    ("text", "code", "shown"), [("x", ";;;", ""), ("x", ";;", "x"), ("5", '@"0"', "50"), ("x", "0;0;0;", "")]
)
def test_a_format_shows_texts(text: str, code: str, shown: str) -> None:
    assert show_text(text, code) == shown


def test_shares_are_read_as_their_percentages_and_a_level_is_none() -> None:
    share = ("    Trade in goods", "D28J", (-0.059, -0.054, -0.05))

    def edit(_book: Any, sheet: Any) -> None:
        for row in sheet.iter_rows(min_row=7):
            for cell in row[3:]:
                if row[2].value in (" D28J", " BOKG") and cell.value is not None:
                    cell.number_format = "0.0%"

    parsed = read("ons", edited(payloads.ons([payloads.ONS_ROWS[1], share]), edit))
    assert parsed.readings["text"].tolist() == ["-5.9", "-5.4", "-5.0"]
    assert [fault.severity for fault in parsed.unreadable] == ["error"] * 3


DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "9">]>'
LONG = b"<!--" + b"x" * 100_000 + b"-->"
HIDING_PLACES = {
    "behind a comment": lambda n, p: p.replace(b"<worksheet", LONG + DOCTYPE + b"<worksheet", 1),
    "in UTF-16": lambda n, p: (DOCTYPE + b"<worksheet/>").decode().encode("utf-16") if "sheet1" in n else p,
    "in UTF-16 without a mark": lambda n, p: (
        ('<?xml version="1.0" encoding="UTF-16"?>' + (DOCTYPE + b"<worksheet/>").decode()).encode("utf-16-be")
        if "sheet1" in n
        else p
    ),
}


@pytest.mark.parametrize("where", HIDING_PLACES)
def test_a_document_type_is_refused_wherever_it_hides(where: str) -> None:
    with pytest.raises(ParseError, match="declares XML entities"):
        read("ft900", parts(payloads.ft900(), HIDING_PLACES[where]))


@pytest.mark.parametrize("part", ["xl/drawings/vmlDrawing1.vml", "xl/printer.bin", "customXml/_rels/item.rels", "any"])
def test_a_document_type_is_refused_in_any_part(part: str) -> None:
    with pytest.raises(ParseError, match=f"{part} declares XML entities"):
        read("ft900", parts(payloads.ft900(), lambda _, p: p, **{part: LONG + DOCTYPE + b"<xml/>"}))
    assert len(read("ft900", parts(payloads.ft900(), lambda _, p: p, **{part: b"\x01\x02\xff"})).readings) > 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            lambda: in_sheet(b"</sheetData>", b'<row r="8"><c r="B8"><v>1</v></c></row></sheetData>'),
            "row 8, column 2 twice",
        ),
        (lambda: in_sheet(b'r="B8"', b'r="ZZZZ8"'), "damaged XLSX workbook: xl/worksheets/sheet1.xml"),
        (lambda: in_sheet(b"</sheetData>", b"<x/>" * 21_000 + b"</sheetData>"), "more than 20000 cells"),
    ],
)
def test_what_no_workbook_holds_is_refused(
    content: Callable[[], bytes], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert xlsx.ELEMENTS == 2_000_000
    monkeypatch.setattr(xlsx, "ELEMENTS", 20_000)  # as many take two seconds
    with pytest.raises(ParseError, match=says):
        read("ft900", content())


def test_a_formula_that_was_never_calculated_is_listed_and_raised_digits_are_a_note() -> None:
    content = in_sheet(b"<v>-80068</v>", b"<f>C9+D9</f>")
    (fault,) = read("ft900", content).unreadable
    assert (fault.position, fault.seen) == ("row 9, column 2", "=C9+D9")
    raised = b"<r><t>-80,068</t></r><r><rPr><vertAlign val='superscript'/></rPr><t>1</t></r>"
    content = in_sheet(b' t="n"><v>-80068</v>', b' t="inlineStr"><is>' + raised + b"</is>")
    parsed = read("ft900", content)
    assert not parsed.unreadable
    assert "-80,068" in parsed.readings["text"].tolist()


def test_raised_digits_of_an_old_workbook_are_a_note_too() -> None:
    small = xlwt.easyfont("escapement superscript")

    def edit(sheet: Any) -> None:
        sheet._cell_overwrite_ok = True
        sheet.write_rich_text(8, 3, ["372,954", ("1", small)])

    parsed = read("ons", old(payloads.ons(), edit))
    assert not parsed.unreadable
    assert parsed.readings["text"].tolist()[0] == "372,954"


@pytest.mark.parametrize("code", [";;;", '0"00"', "0.0%", '0" bn"', "0;0"])
def test_formats_of_an_old_workbook_are_followed_too(code: str) -> None:
    def edit(_book: Any, sheet: Any) -> None:
        sheet["D9"].value, sheet["D9"].number_format = -372954, code

    new, before = (read("ons", make) for make in (edited(payloads.ons(), edit), old(edited(payloads.ons(), edit))))
    where = ["period", "flow", "product", "mantissa", "exponent", "text"]
    assert new.readings[where].equals(before.readings[where])
    assert [str(fault) for fault in new.unreadable] == [str(fault) for fault in before.unreadable]
    assert ("-372,954" in new.readings["text"].tolist()) is False
