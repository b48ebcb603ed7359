"""Figures are held exactly: printing and parsing are inverse, intervals are what fractions say."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import FigureError
from schemas.figures import MAX_MANTISSA, Figure, Interval, decimal_text, figure_text, parse_printed
from schemas.printed import parse_texts

mantissas = st.integers(-MAX_MANTISSA, MAX_MANTISSA)
figures = st.builds(
    Figure,
    st.integers(-(10**6), 10**6),
    st.integers(-6, 9),
    st.sampled_from(["=", ">", "<", "≥", "≤", "~"]),
    st.sampled_from(["nearest", "truncated"]),
)


@given(mantissas, st.integers(-18, 0))
def test_print_parse_print(mantissa: int, exponent: int) -> None:
    text = figure_text(mantissa, exponent)
    assert parse_printed(text) == (mantissa, exponent)
    assert figure_text(*parse_printed(text)) == text


@given(mantissas, st.integers(-4, 0), st.sampled_from([",", " ", "'", " ", "\u2009"]))
def test_thousands_separators_change_nothing(mantissa: int, exponent: int, separator: str) -> None:
    whole, _, fraction = figure_text(abs(mantissa), exponent).partition(".")
    text = f"{int(whole):,}".replace(",", separator) + (f".{fraction}" if fraction else "")
    assert parse_printed(text) == (abs(mantissa), exponent)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.10", (10, -2)),
        ("0.1", (1, -1)),
        ("111.45", (11145, -2)),
        ("1,234.0", (12340, -1)),
        ("−5.2", (-52, -1)),
        ("(71,240)", (-71240, 0)),
        ("+3", (3, 0)),
        ("- 80", (-80, 0)),
        ("0", (0, 0)),
        ("-0.0", (0, -1)),
        ("007", (7, 0)),
        (".5", (5, -1)),
        ("1’234.5", (12345, -1)),
        ("1\N{FIGURE SPACE}234", (1234, 0)),
        ("\N{NON-BREAKING HYPHEN}5", (-5, 0)),
        ("9223372036854775807", (MAX_MANTISSA, 0)),
    ],
)
def test_printed_texts(text: str, expected: tuple[int, int]) -> None:
    assert parse_printed(text) == expected


NO_FIGURES = [
    *("", " ", ".", "-", "()", "NaN", "nan", "inf", "-inf", "=1+1", "1e5", "0x10", "1.", "1..2", "1.2.3", "--1"),
    *(
        "1,23",
        "1,234,5",
        "0,234",
        "00,234",
        ",123",
        "12,34.5",
        "1 2",
        "１２",
        "١٢",
        "1_000",
        "9" * 400,
        "9223372036854775808",
        "12-",
        "$5",
    ),
    # A control is no blank: not one of these is 1,234 or 5.
    *("1\x00234", "1\n234", "1\x1f234", "5\x00", "\x1f5", "-\x0b5", "(5\x1c)", "5\x85", "1\t234"),
]


@pytest.mark.parametrize("text", NO_FIGURES)
def test_no_figure_is_refused_with_a_short_line(text: str) -> None:
    with pytest.raises(FigureError) as caught:
        parse_printed(text)
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


@given(
    st.lists(
        st.one_of(
            st.from_regex(r"[+-−]?[0-9]{0,20}(,[0-9]{3})?(\.[0-9]{0,20})?", fullmatch=True),
            st.text("0123456789.,-−() \x00\x1f\n", max_size=24),
            st.sampled_from(NO_FIGURES),
        )
    )
)
def test_a_column_at_once_is_what_one_by_one_is(texts: list[str]) -> None:
    mantissas, exponents, faults = parse_texts(texts)
    for at, text in enumerate(texts):
        expected, fault = (0, 0), None
        try:
            expected = parse_printed(text)
        except FigureError as exc:
            fault = str(exc)
        assert faults.get(at) == fault
        assert (mantissas[at], exponents[at]) == expected


@given(figures, st.fractions(max_denominator=10**7))
def test_an_interval_is_what_the_figure_says(figure: Figure, offset: Fraction) -> None:
    """The definition of design.md, spelt out with fractions, against ``Figure.interval``."""
    step, value = Fraction(10) ** figure.exponent, Fraction(figure.mantissa) * Fraction(10) ** figure.exponent
    candidate = value + offset % (12 * step) - 6 * step
    moved = candidate - value
    match figure.qualifier, figure.rounding:
        case ">", _:
            inside = moved > 0
        case "≥", _:
            inside = moved >= 0
        case "<", _:
            inside = moved < 0
        case "≤", _:
            inside = moved <= 0
        case "~", _:
            inside = abs(moved) <= 5 * step
        case _, "truncated" if value == 0:
            inside = abs(moved) < step
        case _, "truncated":
            inside = (0 <= moved < step) if value > 0 else (-step < moved <= 0)
        case _:
            inside = abs(moved) * 2 <= step
    assert figure.interval.contains(candidate) == inside
    assert figure.interval.contains(value) == (figure.qualifier not in "><")


ends = st.one_of(st.none(), st.fractions(-4, 4, max_denominator=4))
intervals = st.builds(Interval, ends, ends, st.booleans(), st.booleans())


@given(intervals, intervals, st.fractions(-5, 5, max_denominator=8))
def test_meeting_is_being_in_both(one: Interval, other: Interval, value: Fraction) -> None:
    met = one.meet(other)
    assert met.contains(value) == (one.contains(value) and other.contains(value))
    if met.empty:
        assert not met.contains(value)


def test_truncated_zero_is_open_and_a_deficit_over_80_is_below() -> None:
    assert Figure(0, 0, rounding="truncated").interval == Interval(Fraction(-1), Fraction(1), True, True)
    assert Figure(-80, 0, "<").interval == Interval(None, Fraction(-80), high_open=True)
    assert str(Figure(11145, 7).interval) == "111445000000–111455000000"


@given(st.fractions(max_denominator=10**6))
def test_decimal_text_never_lies(value: Fraction) -> None:
    text = decimal_text(value)
    if text.endswith("…"):
        assert abs(Fraction(text[:-1]) - value) < Fraction(1, 10**12)
    else:
        assert Fraction(text) == value
