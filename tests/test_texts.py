"""Text from elsewhere: shown without moving a cursor, and never a figure that stands on two lines."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.documents import Notice, Unreadable
from schemas.errors import FetchError, FigureError, ParseError
from schemas.figures import parse_printed
from schemas.texts import one_line, printable
from sources.shared.workbooks.cells import Cell

HOSTILE = "page \x1b[2J\x00\u202e1\r\n2\x9b\ud800"


@given(st.text())
def test_what_is_shown_moves_no_cursor(text: str) -> None:
    for shown in (printable(text), one_line(text)):
        assert not {unicodedata.category(sign) for sign in shown} & {"Cc", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    "made",
    [
        str(ParseError(HOSTILE)),
        str(FetchError(HOSTILE)),
        Unreadable("row 1", HOSTILE, "expected a figure").seen,
        Unreadable("row 1", "5", HOSTILE).sentence,
        Notice("unit", HOSTILE).sentence,
    ],
)
def test_errors_and_what_is_listed_quote_no_control(made: str) -> None:
    assert made.isprintable()
    assert "[2J" in made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  United\n States\xa0(US) ", "United States (US)"),
        ("5,271.8\n", "5,271.8"),
        ("\u3000Total ", "Total"),
        ("5,271.8\n(R)", "5,271.8 (R)"),
        ("1 234.5", "1 234.5"),
        ("Export\t3", "Export 3"),
    ],
)
def test_white_space_of_a_cell_is_single_spaces(text: str, expected: str) -> None:
    assert one_line(text) == expected


@pytest.mark.parametrize("between", ["\n", "\r\n", " \n ", "\t", "\x0b", "\x1f", "\x00", "\u2028", "\x85"])
@pytest.mark.parametrize("figure", ["1{}234", "1,234{}.5", "-{}5", "12{}345.6", "({}5)"])
def test_what_stands_on_two_lines_is_no_figure(figure: str, between: str) -> None:
    with pytest.raises(FigureError):
        parse_printed(one_line(figure.format(between)))


@pytest.mark.parametrize("text", ["1\n234", "1\t234", "1\x1f234", "1\x00234"])
def test_a_cell_of_a_workbook_that_is_two_lines_is_no_figure(text: str) -> None:
    with pytest.raises(FigureError):
        parse_printed(Cell(text).text)
    assert Cell(" Trade in\n goods").text == "Trade in goods"
