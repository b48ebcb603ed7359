"""The tidy CSV: what is read, what is said about the rest; a bad row never takes a good one with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from schemas.figures import figure_text
from schemas.observations import OBSERVATIONS
from schemas.positions import unpack
from sources.shared.tables.columns import LISTED
from sources.shared.tables.rows import blocks
from sources.shared.tables.tidy import COLUMNS, Layout, parse_tidy

HEADER = "dataset,reporter,flow,period,value,unit,measure,qualifier,status,basis,released"
GOOD = "d,CHN,X,2019,99.89,USD billion,,,,,2022-07-07"


def parse(*rows: str, header: str = HEADER, released: str = "") -> Parsed:
    parsed = parse_tidy(Document("table", "\n".join([header, *rows, ""]).encode(), "file.csv", released=released))
    OBSERVATIONS.validate(parsed.readings, lazy=True)
    return parsed


def row(**cells: str) -> str:
    values = {**dict(zip(HEADER.split(","), GOOD.split(","), strict=True)), **cells}
    return ",".join(f'"{text}"' if "," in text else text for text in values.values())


def test_defaults_multipliers_and_positions() -> None:
    (reading,) = parse(GOOD).readings.to_dict("records")
    assert (reading["mantissa"], reading["exponent"], reading["unit"]) == (9989, 7, "USD")
    assert [reading[name] for name in ("partner", "product", "breakdown", "measure", "basis", "qualifier")] == [
        "WLD",
        "total",
        "_T",
        "level",
        "_Z",
        "=",
    ]
    assert (reading["text"], reading["released"], unpack(reading["position"])) == ("99.89", "2022-07-07", (2, 5, 0))


def test_columns_in_any_order_bom_crlf_blank_lines_and_spaces() -> None:
    text = "\ufeffunit,value,period,flow,reporter,dataset\r\n\r\nUSD  million, 1.0 ,2019 , X,CHN,d\r\n \r\n"
    parsed = parse_tidy(Document("table", text.encode(), "file.csv"))
    assert parsed.readings[["mantissa", "exponent", "unit", "period", "flow"]].values.tolist() == [
        [10, 5, "USD", "2019", "X"]
    ]
    assert unpack(parsed.readings["position"][0])[0] == 3


AGENCY = Layout(
    columns={"TIME": "period", "TRADE": "flow", "OBS_VALUE": "value", "OBS_STATUS": "status"},
    common={"dataset": "d", "reporter": "CHE", "unit": "CHF thousand"},
    words={"flow": {"Exports": "X", "Imports": "M"}},
)


def test_the_csv_of_an_agency_says_the_same_in_other_words() -> None:
    def read(text: str) -> Parsed:
        return parse_tidy(Document("x", text.encode(), "series.csv"), AGENCY)

    parsed = read("TRADE,TIME,OBS_VALUE,OBS_STATUS\nExports,2026-03,12.50,P\nImports,2026-03,,M\nTransit,2026-03,1,\n")
    OBSERVATIONS.validate(parsed.readings, lazy=True)
    said = parsed.readings[["dataset", "reporter", "partner", "flow", "unit", "exponent", "status"]]
    assert said.values.tolist() == [["d", "CHE", "WLD", "X", "CHF", 1, "P"], ["d", "CHE", "WLD", "M", "CHF", 0, "M"]]
    assert [(one.position, one.seen) for one in parsed.unreadable] == [("row 4, column 1 (flow)", "Transit")]
    with pytest.raises(ParseError, match=r"unknown column 'value'; missing column 'OBS_VALUE': expected TIME,TRADE"):
        read("TRADE,TIME,value\nExports,2026-03,1\n")


def test_quoted_fields_may_hold_commas_quotes_and_line_breaks() -> None:
    rows = ['d,CHN,X,2019,"1,234",USD,"a ""b"", c\nd"', "d,CHN,M,2019,7,USD,", "d,CHN,Q,2019,7,USD,"]
    parsed = parse(*rows, header="dataset,reporter,flow,period,value,unit,cite")
    assert parsed.readings["cite"].tolist() == ['a "b", c\nd', ""]
    assert parsed.readings["mantissa"].tolist() == [1234, 7]
    assert [unreadable.position for unreadable in parsed.unreadable] == ["row 4, column 3 (flow)"]


#: A row with a fault → where it is, what is seen, a word of what was expected.
FAULTS = [
    ("short", "d,CHN,X,2019,99.89,USD billion", "row 3", "d,CHN,X", "6 fields, expected 11"),
    ("long", GOOD + ",,", "row 3", "d,CHN,X", "13 fields, expected 11"),
    ("nan", row(value="NaN"), "row 3, column 5 (value)", "NaN", "digits as printed"),
    ("inf", row(value="-inf"), "row 3, column 5 (value)", "-inf", "digits as printed"),
    ("formula", row(value="=1+1"), "row 3, column 5 (value)", "=1+1", "digits as printed"),
    ("400 digits", row(value="7" * 400), "row 3, column 5 (value)", "(400 characters)", "400 digits"),
    ("20 digits", row(value="9" * 20), "row 3, column 5 (value)", "9" * 20, "beyond what can be held"),
    ("tiny step", row(value="0." + "0" * 30 + "1", unit="USD"), "row 3, column 5 (value)", "0.000", "10^±30"),
    ("float", row(value="1e5"), "row 3, column 5 (value)", "1e5", "digits as printed"),
    ("grouping", row(value="1,23"), "row 3, column 5 (value)", "1,23", "digits as printed"),
    ("decimal comma", row(value="1.234,0"), "row 3, column 5 (value)", "1.234,0", "write a decimal point"),
    ("small decimal comma", row(value="0,234"), "row 3, column 5 (value)", "0,234", "write a decimal point"),
    ("per cent", row(value="8.9 %"), "row 3, column 5 (value)", "8.9 %", "column unit"),
    ("more than", row(value="more than 80"), "row 3, column 5 (value)", "more than 80", "column qualifier"),
    ("about", row(value="~80"), "row 3, column 5 (value)", "~80", "column qualifier"),
    ("none", row(value=".."), "row 3, column 5 (value)", "..", "status M, C or NA"),
    ("revised", row(value="5.1 (R)"), "row 3, column 5 (value)", "5.1 (R)", "status or cite"),
    ("a long name", row(dataset="d" * 201), "row 3, column 1 (dataset)", "ddd", "lower-case words"),
    ("a page of unit", row(unit="U" * 99999), "row 3, column 6 (unit)", "UUU", "ISO 4217"),
    ("a space before a quote", GOOD.replace("X", ' "a,b"') + ",", "row 3", ' "a,b"', "the whole field in quotes"),
    ("empty value", row(value=""), "row 3, column 5 (value)", "", "status M, C or NA"),
    ("value and missing", row(status="M"), "row 3, column 9 (status)", "M", "expected it empty"),
    ("unit", row(unit="USD zillion"), "row 3, column 6 (unit)", "USD zillion", "ISO 4217"),
    ("no unit", row(unit=""), "row 3, column 6 (unit)", "", "ISO 4217"),
    ("flow", row(flow="x"), "row 3, column 3 (flow)", "x", "one of X, M, T, B"),
    ("area", row(reporter="China"), "row 3, column 2 (reporter)", "China", "ISO 3166"),
    ("period", row(period="2019-13"), "row 3, column 4 (period)", "2019-13", "2019-Q3"),
    ("qualifier", row(qualifier="about"), "row 3, column 8 (qualifier)", "about", "one of = >"),
    ("status", row(status="missing"), "row 3, column 9 (status)", "missing", "one of A, P"),
    ("measure", row(measure="growth"), "row 3, column 7 (measure)", "growth", "growth_yoy"),
    ("dataset", row(dataset="A b"), "row 3, column 1 (dataset)", "A b", "lower-case words"),
    ("released", row(released="7/7/2022"), "row 3, column 11 (released)", "7/7/2022", "a date"),
    ("released", row(released="2022-07-07+2"), "row 3, column 11 (released)", "2022-07-07+2", "without a sequence"),
    ("rate in dollars", row(measure="growth_yoy"), "row 3, column 6 (unit)", "USD billion", "a rate is in %"),
    ("level in %", row(unit="%"), "row 3, column 6 (unit)", "%", "not in %"),
    ("count in dollars", row(measure="count"), "row 3, column 6 (unit)", "USD billion", "'count'"),
    ("average", row(measure="growth_avg", unit="%", basis="USD"), "row 3, column 4 (period)", "2019", "base/end"),
    ("basis of a level", row(basis="CNY"), "row 3, column 10 (basis)", "CNY", "only a rate"),
    (
        "basis of growth",
        row(measure="growth_yoy", unit="%", basis="GDP"),
        "row 3, column 10 (basis)",
        "GDP",
        "currency",
    ),
]


@pytest.mark.parametrize(("fault", "position", "seen", "expected"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_faulty_row_is_listed_and_the_others_go_on(fault: str, position: str, seen: str, expected: str) -> None:
    parsed = parse(GOOD, fault, row(flow="M", value="11.57"))
    assert parsed.readings["mantissa"].tolist() == [9989, 1157]
    (unreadable,) = parsed.unreadable
    assert unreadable.position == position
    assert seen in unreadable.seen
    assert (unreadable.seen == "") == (seen == "")
    assert expected in unreadable.expected
    assert len(str(unreadable)) < 400
    assert "\n" not in str(unreadable)


def test_all_faults_of_a_row_are_said_at_once_and_it_is_one_figure() -> None:
    parsed = parse(GOOD, row(reporter="Chi", flow="Q", value="n/a", unit="", measure="count"))
    (unreadable,) = parsed.unreadable
    where = ("column 2 (reporter)", "column 3 (flow)", "column 5 (value)", "column 6 (unit)")
    assert unreadable.position == ", ".join(("row 3", *where))
    assert unreadable.seen == "Chi, Q, n/a"
    for said in ("reporter 'Chi': expected an area", "flow 'Q': ", "value 'n/a': ", "unit '': expected a unit"):
        assert said in unreadable.expected
    assert "a count is in" not in unreadable.expected  # that follows from a unit there is not
    assert parsed.lost == 1


def test_of_very_many_faults_the_first_are_listed_and_all_are_counted() -> None:
    bad = [row(value="n/a"), "d,CHN"] * 1_500
    parsed = parse(GOOD, *bad, row(flow="M"))
    assert len(parsed.readings) == 2
    assert parsed.lost == 3_000
    assert [fault.position for fault in parsed.unreadable[:2]] == ["row 3, column 5 (value)", "row 4"]
    assert len(parsed.unreadable) == LISTED + 1
    assert str(parsed.unreadable[-1]).startswith(f"rows {LISTED + 3} to 3002: … and 2,000 more could not be read")


@pytest.mark.parametrize("size", [40, 70, 1000])
def test_blocks_of_any_size_hold_the_same_rows(size: int) -> None:
    content = f'{HEADER}\n\n{GOOD}\n"a ""b"",\n",x\n , \n{"y" * 200}\n{GOOD}'.encode()
    (whole,) = blocks(content)
    parts = list(blocks(content, size))
    assert [part.first for part in parts] == [1 + sum(len(one) for one in parts[:at]) for at in range(len(parts))]
    assert [part.text(at) for part in parts for at in range(len(part))] == [whole.text(at) for at in range(len(whole))]
    for name in ("fields", "blank", "stray"):
        assert [x for part in parts for x in getattr(part, name).tolist()] == getattr(whole, name).tolist()


N = 200_000
#: Files that once took minutes or gigabytes, 0.2 to 1.6 MB of each here: what the line says, or how many are lost.
COSTLY: list[tuple[bytes, str | int]] = [
    (b"a\n" * N, "unknown column 'a'"),
    (HEADER.encode() + b"\n" + b"a\n" * N, N),
    (",".join(f"c{at}" for at in range(N)).encode() + b"\n1\n", "200,000 columns"),
    (b"dataset," * N + b"\n", "200,001 columns"),
    (b"," * N + b"\n", "200,001 columns"),
    (b" ,\n" * N, "has no header"),
    (b"x" * N, "1 columns"),
    (HEADER.encode() + b"\n" + b",,x,,,,,,,,\n" * N, N),
    (HEADER.encode() + b"\n" + b'""\n' * N, N),
    (HEADER.encode() + b"\n" + b'x"a,b"\n' * N, N),
    (f"{HEADER}\n{GOOD}\n".encode() + b"\n" * N, 0),
    (f"{HEADER}\n{GOOD}\n".encode() + b" , \n" * N, 0),
    (f"{HEADER}\n{GOOD},{'x' * N}\n".replace("released\n", "released,cite\n").encode(), 0),
    (HEADER.encode() + b"\n" + b"d,CHN,X,2019,x,USD,,,,,\n" * (N // 4), N // 4),
]


@pytest.mark.parametrize(("content", "says"), COSTLY, ids=range(len(COSTLY)))
def test_a_file_of_any_shape_is_read_or_refused_in_little_time_and_memory(content: bytes, says: str | int) -> None:
    import time
    import tracemalloc

    def once() -> int | str:
        try:
            return parse_tidy(Document("table", content, "file.csv")).lost
        except ParseError as exc:
            return str(exc)

    start = time.process_time()
    seen = once()
    assert time.process_time() - start < 1  # before: 4 s, or for ever
    assert says in seen if isinstance(says, str) and isinstance(seen, str) else says == seen
    tracemalloc.start()
    once()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * len(content) + 12_000_000  # a block, with what is known of its rows


def test_two_candidates_for_the_basis_of_many_rates_cost_no_search_each() -> None:
    import time

    growth = {"measure": "growth_yoy", "unit": "%", "value": "8.9"}
    rows = [row(dataset=f"d{at}", **one) for at in range(1_500) for one in ({}, {"unit": "CNY billion"}, growth)]
    start = time.process_time()
    assert parse(*rows).lost == 1_500
    assert time.process_time() - start < 1.5


#: A file whose structure is unsound → what the one line must say.
UNSOUND = [
    (b"", "no content"),
    (b" \r\n\r\n", "no content"),
    (b"\0\x01\x02", "binary data"),
    (b"\x89PNG\r\n\x1a\n\0\0", "binary data"),
    (b"PK\x03\x04[Content_Types].xml xl/workbook.xml", "XLSX workbook"),
    (b"\x1f\x8b\x08\0", "gzip"),
    (b"<!DOCTYPE html><html><title>404</title>", "an HTML page"),
    (b'{"error": 1}', "JSON"),
    (b"dataset,reporter,flow,period,value\nd,CHN,X,2019,1\n", "missing column 'unit'"),
    (f"{HEADER},colour\n{GOOD},red\n".encode(), "unknown column 'colour'"),
    (f"{HEADER},unit\n{GOOD},USD\n".encode(), "repeated column 'unit'"),
    (HEADER.replace(",", ";").encode() + b"\n", "separated by something else"),
    (HEADER.encode() + b"\n", "no figures"),
    (f"{HEADER}\n{GOOD}\n".encode("utf-16"), "UTF-16"),
    (f"{HEADER},cite\n{GOOD},ok\n{GOOD},光明日报\n".encode("gbk"), "row 3: bytes b9 e2"),
    (f"{HEADER}\n{GOOD}\n".encode() + b"\xff\xfe\n", "row 3"),
    (f"{HEADER}\n{GOOD}\nd,CHN\0,X\n".encode(), "binary data ("),
    (f"{HEADER}\n".encode() + f"{GOOD}\n".encode() * 200 + b"d,CHN\0,X\n", "row 202: a NUL byte"),
    (f"{HEADER}\n{GOOD}\n{GOOD}\n".replace("2019", "20\r19").encode(), "bare carriage return"),
    (f'{HEADER}\n"{GOOD}\n'.encode(), "quotes do not pair up"),
    (f'{HEADER},cite\n{GOOD},5" a\n{GOOD},6" b\n'.encode(), "row 2: a quote"),
    (f"{HEADER}\n{GOOD}\n".replace("\n", "\r").encode(), "end in bare carriage returns"),
    (f"{HEADER}\n{GOOD}\n".encode("utf-16-be"), "looks like UTF-16"),
]


@pytest.mark.parametrize(("content", "says"), UNSOUND, ids=[says for _, says in UNSOUND])
def test_an_unsound_file_is_refused_whole(content: bytes, says: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_tidy(Document("table", content, "file.csv"))
    message = str(caught.value)
    assert says in message
    assert message.startswith("file.csv")
    assert "\n" not in message
    assert len(message) <= 1000


def test_the_basis_of_growth_is_the_only_currency_of_that_series_and_release() -> None:
    growth = {"measure": "growth_yoy", "unit": "%", "value": "8.9"}
    assert parse(row(**growth)).readings["basis"].tolist() == ["_Z"]
    assert parse(GOOD, row(**growth)).readings["basis"].tolist() == ["_Z", "USD"]
    assert parse(GOOD, row(**growth, basis="CNY")).readings["basis"].tolist() == ["_Z", "CNY"]
    other = row(unit="CNY billion", released="2023-07-07")
    assert parse(GOOD, other, row(**growth)).readings["basis"].tolist() == ["_Z", "_Z", "USD"]
    assert parse(GOOD, row(unit="CNY billion", flow="M"), row(**growth)).readings["basis"].tolist()[2] == "USD"
    two = parse(GOOD, row(unit="CNY billion"), row(**growth))
    assert len(two.readings) == 2
    assert [str(fault) for fault in two.unreadable] == [
        "row 4, column 10 (basis): two candidates CNY, USD: say the basis"
    ]


def test_a_level_that_cannot_be_read_still_names_the_basis_of_growth() -> None:
    growth = row(measure="growth_yoy", unit="%", value="8.9")
    assert parse(row(value="1.234,0"), growth).readings["basis"].tolist() == ["USD"]


def test_quotes_within_a_field_are_read_where_they_divide_nothing() -> None:
    header = "dataset,reporter,flow,cite,period,unit,value"
    parsed = parse(*('d,CHN,X,5" and 6" wide,2019,USD,7', 'd,CHN,M, "p. 3,7",2019,USD,99'), header=header)
    assert parsed.readings[["text", "cite"]].to_numpy().tolist() == [["7", '5" and 6" wide']]
    assert [fault.position for fault in parsed.unreadable] == ["row 3"]


def test_marks_that_turn_a_line_round_are_no_breakdown() -> None:
    parsed = parse(f"{GOOD},regime=\u202egnissecorp", f"{GOOD},regime=processing", header=f"{HEADER},breakdown")
    assert parsed.readings["breakdown"].tolist() == ["regime=processing"]
    assert [fault.position for fault in parsed.unreadable] == ["row 2, column 12 (breakdown)"]


def test_rows_of_commas_below_a_table_are_blank() -> None:
    assert not parse(GOOD, "," * 10, ", , " + "," * 8, "," * 40).unreadable


def test_absent_values_are_readings_without_a_value() -> None:
    parsed = parse(GOOD, row(value="", status="M", flow="M"))
    assert parsed.readings["mantissa"].isna().tolist() == [False, True]
    assert parsed.readings["status"].tolist() == ["", "M"]


def test_release_dates_come_from_the_row_else_from_the_caller() -> None:
    rows = (GOOD, row(released="", flow="M"))
    assert parse(*rows).undated
    dated = parse(*rows, released="2023-01-01T08:30")
    assert not dated.undated
    assert dated.readings["released"].tolist() == ["2022-07-07", "2023-01-01T08:30"]


def test_one_cell_twice_is_two_readings() -> None:
    parsed = parse(GOOD, GOOD, row(value="100", qualifier=">="))
    assert parsed.readings["qualifier"].tolist() == ["=", "=", "≥"]
    assert parsed.readings["position"].is_unique


@given(st.lists(st.tuples(st.integers(-(10**15), 10**15), st.integers(-6, 0)), min_size=1, max_size=30))
def test_print_parse_print_through_a_file(figures: list[tuple[int, int]]) -> None:
    texts = [figure_text(*figure) for figure in figures]
    parsed = parse(*(row(value=text, unit="USD") for text in texts))
    assert list(zip(parsed.readings["mantissa"], parsed.readings["exponent"], strict=True)) == figures
    assert parsed.readings["text"].tolist() == texts


cells = st.one_of(
    st.sampled_from(["", "USD", "2019", "X", "d", "CHN", "M", '"', "1,2", "\n", "7"]),
    st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=5),
)


@given(st.lists(st.lists(cells, max_size=13), max_size=6), st.booleans())
def test_any_table_is_read_or_refused_and_every_row_is_accounted_for(rows: list[list[str]], quoted: bool) -> None:
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL, lineterminator="\n").writerows(
        [HEADER.split(","), *rows]
    )
    content = out.getvalue().encode("utf-8", "replace")
    try:
        parsed = parse_tidy(Document("table", content, "file.csv"))
    except ParseError:
        return
    OBSERVATIONS.validate(parsed.readings, lazy=True)
    # A row of commas alone is what a spreadsheet adds below its table: no figure, and nothing to refuse.
    filled = [row for row in csv.reader(io.StringIO(content.decode())) if any(cell.strip() for cell in row)]
    assert len(parsed.readings) + len(parsed.unreadable) >= len(filled) - 1


def test_the_contract_names_the_columns() -> None:
    assert ",".join(COLUMNS) == (
        "dataset,reporter,partner,product,breakdown,flow,measure,basis,period,value,unit,qualifier,status,released,cite"
    )
