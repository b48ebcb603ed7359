"""How rows leave: scaled for people, exact for programs, harmless to terminals and spreadsheets."""

import csv
import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.formats.output import Column, Format, cell, emit, print_table, write_csv, write_json
from cli.formats.terminal import pager as terminal_pager
from cli.formats.text import escape_json, printable, scaled
from cli.main import run
from schemas import texts
from schemas.errors import LedgerError
from schemas.figures import figure_text
from tests.test_cli_reading import keep_three


@pytest.fixture
def ledger(home, once):
    return once(home, keep_three)


BAD = "\x1b]0;owned\x07 \x1b[2J[bold red]x[/] \u202e\u2066 \x9b31m\r\n\ttail"


@pytest.mark.parametrize(
    ("value", "step", "unit", "said"),
    [
        ("111450000000", "10000000", "USD", "111.45 bn USD"),
        ("193221000000", "1000000", "USD", "193.221 bn USD"),
        ("100000000000", "100000000", "USD", "100.0 bn USD"),  # the zero was printed
        ("-67092000000", "1000000", "USD", "-67.092 bn USD"),
        ("4578020000000", "10000000", "CNY", "4.57802 tn CNY"),
        ("500000000000", "100000000000", "USD", "500 bn USD"),
        ("8.90", "0.01", "%", "8.90 %"),
        ("1234567", "1", "%", "1,234,567 %"),
        ("0", "1000000", "USD", "0 mn USD"),
        ("999999", "1", "count", "999,999 count"),
        ("92233720368547758070000000000", "10000000000", "USD", "92,233,720,368,547,758.07 tn USD"),
    ],
)
def test_figures_are_scaled_with_the_digits_they_were_printed_with(value, step, unit, said):
    assert scaled(value, step, unit) == said


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-6, 12))
def test_scaling_loses_nothing(mantissa, exponent):
    text = scaled(figure_text(mantissa, exponent), figure_text(1, exponent), "USD")
    number, *words = text.replace(",", "").split()
    power = {"tn": 12, "bn": 9, "mn": 6}.get(words[0], 0)
    from fractions import Fraction

    assert Fraction(number) * 10**power == mantissa * Fraction(10) ** exponent


@given(st.text())
def test_nothing_printable_moves_the_cursor(text):
    assert not {unicodedata.category(char) for char in printable(text)} & {"Cc", "Cs", "Zl", "Zp"}
    assert json.loads(escape_json(json.dumps(text, ensure_ascii=False))) == text


def test_terminal_controls_are_shown_not_sent():
    seen = printable(BAD)
    assert "\x1b" not in seen
    assert "\\x1b]0;owned\\x07" in seen
    assert "\\u202e" in seen
    assert "\\x9b31m tail" in seen


def test_a_table_takes_no_markup_from_a_source(capsys):
    print_table([Column("what [i]", lambda row: row["x"])], [{"x": "[bold red]x[/bold red] :smile: [/]"}])
    out = capsys.readouterr().out
    assert "[bold red]x[/bold red] :smile: [/]" in out
    assert "what [i]" in out
    assert "\x1b" not in out


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "\t=1", "\r=1", "=", "x"])
def test_no_csv_cell_is_a_formula(text):
    (seen,) = next(csv.reader(io.StringIO(cell(text))), [""])
    assert len(seen) == 1 or not seen.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert text.strip() in seen


@pytest.mark.parametrize("figure", ["-67092000000", "8.90", "-0.5", "0.333333333333…"])
def test_figures_are_not_guarded(figure):
    assert cell(figure) == figure


def test_lists_none_and_truth_in_csv():
    assert cell([{"slip": "\x1b"}]) == '[{"slip": "\\u001b"}]'
    assert cell(None) == ""
    assert cell(True) == "true"


def test_json_is_an_array_whatever_there_is():
    for rows in ([], [{"a": "1"}], [{"a": "−"}, {"a": None}]):
        stream = io.StringIO()
        write_json(iter(rows), ["a"], stream)
        assert json.loads(stream.getvalue()) == rows


def test_csv_has_the_fields_in_order():
    stream = io.StringIO()
    write_csv([{"b": "2", "a": 'x,"y"'}], ["a", "b"], stream)
    assert list(csv.reader(io.StringIO(stream.getvalue()))) == [["a", "b"], ['x,"y"', "2"]]


def test_a_table_is_cut_aloud_and_other_formats_never(capsys):
    rows = [{"n": str(number)} for number in range(300)]
    columns = [Column("n", lambda row: row["n"])]
    assert emit(rows, ["n"], columns, Format.TABLE) == 200
    seen = capsys.readouterr()
    assert "the first 200 rows; all with --limit 0" in seen.err
    assert "199" in seen.out
    assert "200" not in seen.out
    assert emit(rows, ["n"], columns, Format.CSV) == 300
    assert emit(rows, ["n"], columns, Format.TABLE, limit=0) == 300
    assert emit(rows, ["n"], columns, Format.JSON, limit=2) == 2
    assert capsys.readouterr().err == ""


def test_rows_stream(capsys):
    """Nothing is read ahead beyond the limit: a ledger's rows never stand in memory together."""

    def rows():
        yield {"n": "1"}
        yield {"n": "2"}
        raise AssertionError("read too far")

    assert emit(rows(), ["n"], [], Format.JSON, limit=2) == 2


def test_wide_rows_are_folded_on_a_narrow_terminal_and_whole_in_a_pipe(capsys, monkeypatch):
    row = {"a": "a" * 30, "b": "word " * 40}
    columns = [Column("a", lambda row: row["a"]), Column("b", lambda row: row["b"], fold=True)]
    print_table(columns, [row])
    assert len(capsys.readouterr().out.splitlines()) == 3
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    print_table(columns, [row])
    folded = capsys.readouterr().out
    assert len(folded.splitlines()) > 5
    assert folded.count("word") == 40
    monkeypatch.setenv("COLUMNS", "12")
    print_table(columns, [row])
    assert capsys.readouterr().out.count("a") >= 30


def test_what_is_printable_has_nothing_to_escape():
    """The short way of ``printable`` and ``escape_json`` leaves nothing out: every character there is."""
    printable_text = "".join(filter(str.isprintable, map(chr, range(0x110000))))
    assert len(printable_text) > 100_000
    assert texts.UNPRINTABLE.search(printable_text) is None
    assert texts._SPACES.search(printable_text) is None


def test_a_change_is_said_in_the_scale_and_to_the_last_digit_of_its_figures() -> None:
    from cli.formats.changes import _change, _was

    row = {"value": "101000000", "previous": "100200000", "change": "800000", "unit": "USD"}
    row |= {"step": "1000000", "previous_step": "10000", "previous_status": ""}
    assert (_was(row), _change(row)) == ("100.20 mn USD", "0.80 mn")
    assert _was({**row, "previous": "", "previous_step": "", "previous_status": "C"}) == "confidential"
    assert scaled("0", "100000000", "USD") == "0.0 bn USD"
    assert scaled("0", "1", "USD") == "0 USD"


#: A screen of 80 by 24 without colours.
SCREEN = {"FORCE_COLOR": "1", "TERM": "dumb", "COLUMNS": "80", "LINES": "24"}


@pytest.mark.parametrize(
    "command",
    [
        *(["show"], ["show", "--with-held"], ["show", "--trace"], ["show", "--implied"], ["revisions"], ["findings"]),
        *(["revisions", "--summary"], ["findings", "--history"], ["findings", "--all", "--rules"], ["runs"]),
        *(["documents"], ["datasets"], ["review"], ["sources"], ["sources", "gacc"], ["rules"]),
    ],
    ids=" ".join,
)
def test_tables_fit_eighty_columns_and_can_be_read(ledger, command, monkeypatch, capsys):
    """No line is longer, and what is one word, a date or a figure, is not broken into pieces."""
    for name, value in SCREEN.items():
        monkeypatch.setenv(name, value)
    assert run(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if len(line.strip()) == 1 and not line.strip().isdigit()] == []
    if command[0] in ("show", "revisions", "datasets", "review") and "--summary" not in command:
        assert any(date in line for line in lines for date in ("2021-03-17", "2022-03-17"))


@pytest.mark.parametrize(
    ("pager", "rows", "paged"),
    [("tee {file}", 40, True), ("tee {file}", 10, False), ("cat", 40, False), ("", 40, False), ("no-such", 40, False)],
)
def test_what_is_longer_than_the_screen_goes_to_a_pager(pager, rows, paged, tmp_path, monkeypatch, capfd):
    for name, value in {**SCREEN, "TERM": "ansi", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "seen"
    monkeypatch.setenv("PAGER", pager.format(file=file))
    monkeypatch.setattr(terminal_pager, "_is_terminal", lambda: True)
    emit([{"n": str(number)} for number in range(rows)], ("n",), (Column("n"),), Format.TABLE)
    shown = capfd.readouterr().out
    assert shown.split()[-1] == str(rows - 1)
    assert file.exists() is paged
    if paged:
        assert file.read_text() == shown


def test_what_was_said_before_something_went_wrong_is_shown(monkeypatch, capfd):
    for name, value in {**SCREEN, "PAGER": "cat -"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(terminal_pager, "_is_terminal", lambda: True)
    monkeypatch.setattr(terminal_pager, "_pager", lambda: ["cat"])

    def say(said):
        with terminal_pager.paged() as write:
            for number in range(said):
                write(f"{number}\n")
            raise LedgerError("is damaged")

    for said in (3, 100):
        with pytest.raises(LedgerError):
            say(said)
        assert capfd.readouterr().out.split()[-1] == str(said - 1)


def test_a_reader_who_has_seen_enough_ends_it(monkeypatch, capfd):
    for name, value in {**SCREEN, "PAGER": "true"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(terminal_pager, "_is_terminal", lambda: True)
    taken = []
    rows = ({"n": taken.append(number) or "x" * 50} for number in range(100_000))
    emit(rows, ("n",), (Column("n"),), Format.TABLE, limit=0)
    assert len(taken) < 100_000


def test_in_a_pipe_there_is_no_pager(monkeypatch, capsys):
    monkeypatch.setenv("PAGER", "no-such-program")
    assert not terminal_pager._is_terminal()
    emit([{"n": "1"}] * 1000, ("n",), (Column("n"),), Format.TABLE, limit=0)
    assert capsys.readouterr().out.count("1\n") == 1000
