"""Exhibit 1 as other months print it: marks, sheets and formats that differ must not move a figure."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import openpyxl
import pandas as pd
import pytest

from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from sources.ft900 import SOURCE
from tests import payloads

Edit = Callable[[Any, Any], object]


def edited(edit: Edit) -> Parsed:
    """What is read of an Exhibit 1 after ``edit(book, sheet)``: row 7 is 2021, 11 is 2022, 13 January, 16 the foot."""
    book = openpyxl.load_workbook(io.BytesIO(payloads.ft900()))
    edit(book, book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    return SOURCE.parse(Document("ft900", out.getvalue(), "exh1.xlsx", released="2022-04-05"))


def put(**cells: object) -> Edit:
    def edit(_book: Any, sheet: Any) -> None:
        for place, value in cells.items():
            sheet[place] = value

    return edit


def beside(title: str, state: str = "visible", **cells: object) -> Edit:
    """A copy of the sheet before it."""

    def edit(book: Any, sheet: Any) -> None:
        copy = book.copy_worksheet(sheet)
        copy.title, copy.sheet_state = title, state
        put(B8=-1, **cells)(book, copy)
        book.move_sheet(copy, -1)

    return edit


def contents(book: Any, _sheet: Any) -> None:
    book.create_sheet("Contents", 0)["A1"] = "Exhibit 1. U.S. International Trade in Goods and Services"


def none_yet(mark: str) -> Edit:
    return put(**{f"{column}15": mark for column in "BCDEFGHIJ"})


def scaled(book: Any, sheet: Any) -> None:
    """Values in dollars, shown in millions by their number format."""
    for row in sheet.iter_rows(min_row=8, min_col=2):
        for cell in row:
            if isinstance(cell.value, int):
                cell.value, cell.number_format = cell.value * 10**6, "#,##0,,"


SAME = {
    "a hidden sheet before it": beside("old", "hidden"),
    "a part B before it": beside("1b", A2="Part B: Not Seasonally Adjusted"),
    "a table of contents": contents,
    "shown in millions": scaled,
    "months to come are dashes": none_yet("-"),
    "months to come are n.a.": none_yet("(n.a.)"),
    "preliminary": put(A14="February (P)", A13="January [R]"),
    "stars": put(A14="February*", A13="January R"),
    "a year beside the month": put(A14="February 2022"),
    "dates for months": put(A13=datetime(2022, 1, 1), A14=datetime(2022, 2, 1)),
    "another dash": put(A12="Jan. — Feb.", A8="Jan. to Dec."),
    "footnotes in the header": put(B5="Balance (2)", C6="Goods¹", A5="Month"),
    "a year in the foot": put(A16="January 2022 data as published last month:"),
    "a mark at a figure": put(B13="-89,229R"),
}


@pytest.mark.parametrize("edit", SAME.values(), ids=SAME)
def test_the_same_figures(edit: Edit) -> None:
    parsed, plain = edited(edit), SOURCE.parse(Document("ft900", payloads.ft900(), "x", released="2022-04-05"))
    assert not [fault for fault in parsed.unreadable if fault.severity == "error"]
    where = ["flow", "product", "period", "released", "mantissa", "exponent", "unit", "text"]
    pd.testing.assert_frame_equal(parsed.readings[where], plain.readings[where])


REFUSED = {
    "two sheets of one title": (beside("1 (2)"), "are all titled Exhibit 1"),
    "a year is missing": (put(A11=None), "'January (R)' of 2021 below December"),
    "months out of order": (put(A9="December", A10="November"), "'November' of 2021 below December"),
    "a date of another year": (put(A14=datetime(2021, 2, 1)), "'2021-02-01 00:00:00', expected a year"),
    "a foot of another time": (put(A16="June data as published last month:"), "goes to 2022-02"),
    "a year to date ahead of its months": (put(A12="Jan. - March"), "months to 2022-02, and years to date to 2022-03"),
    "annual rates": (put(A2="Seasonally Adjusted at Annual Rates"), "is not the seasonally adjusted"),
}


@pytest.mark.parametrize(("edit", "says"), REFUSED.values(), ids=REFUSED)
def test_refused(edit: Edit, says: str) -> None:
    with pytest.raises(ParseError) as caught:
        edited(edit)
    assert says in str(caught.value)


def test_digits_that_no_format_shows_are_listed() -> None:
    def edit(_book: Any, sheet: Any) -> None:
        sheet["B8"].value, sheet["B8"].number_format = -861.383, "General"

    (fault,) = edited(edit).unreadable
    assert (fault.position, fault.seen) == ("row 8, column 2", "-861.383")
