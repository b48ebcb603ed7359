"""UK balance of payments: identifiers, floats that are years, nil, and a release date from the version history."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import pytest

from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from schemas.observations import OBSERVATIONS
from sources.ons import ADJUSTED, SOURCE, follow
from tests import payloads


def parse(content: bytes) -> Parsed:
    parsed = SOURCE.parse(Document("ons", content, "bop.xlsx", released="2021-06-30T07:00"))
    OBSERVATIONS.validate(parsed.readings, lazy=True)
    return parsed


def test_credits_balances_shares_and_nil() -> None:
    parsed = parse(payloads.ons())
    assert not parsed.unreadable
    frame = parsed.readings
    assert set(frame["dataset"]) == {ADJUSTED}
    assert set(frame["period"]) == {"2019", "2020", "2021-Q1"}
    exports = frame[(frame["flow"] == "X") & (frame["product"] == "services")]
    assert exports[["mantissa", "exponent", "unit"]].values.tolist() == [
        [316320, 6, "GBP"],
        [267102, 6, "GBP"],
        [63817, 6, "GBP"],
    ]
    shares = frame[frame["measure"] == "share"]
    assert shares[["mantissa", "exponent", "basis", "text"]].values.tolist() == [
        [-59, -1, "GDP", "-5.9"],
        [-54, -1, "GDP", "-5.4"],
        [0, -1, "GDP", "0.0"],
    ]
    assert frame["mantissa"].notna().all()


def test_both_datasets_promise_exact_sums() -> None:
    assert all(dataset.identities["balance"] == "exact" for dataset in SOURCE.datasets)


def test_the_version_history_says_when_it_was_released() -> None:
    (request,) = follow(Document("ons", payloads.ons_edition(), "data", url="http://mirror/current/data"))
    assert request.released == "2021-06-30T07:00"  # 6:00 UTC is 7:00 in London, in June
    assert request.params["uri"].endswith("/current/balanceofpayments2021q1.xls")


def test_an_unknown_row_is_listed_and_the_others_go_on() -> None:
    parsed = parse(payloads.ons([*payloads.ONS_ROWS, ("  Trade in gold", "ZZ99", (1, 2, 3))]))
    assert len(parsed.unreadable) == 3
    assert "Trade in gold ZZ99" in str(parsed.unreadable[0])
    moved = parse(payloads.ons([("  Imports of goods", "BOKG", (1, 2, 3)), *payloads.ONS_ROWS]))
    assert "expected 'exports of goods'" in str(moved.unreadable[0])


def test_what_is_not_a_whole_million_is_listed() -> None:
    parsed = parse(payloads.ons([("  Exports of goods", "BOKG", (1.5, "x", 3)), *payloads.ONS_ROWS[2:]]))
    assert [fault.position for fault in parsed.unreadable] == ["table 1, row 7, column 4", "table 1, row 7, column 5"]


REFUSED = [
    (payloads.ons(unit=" $ million"), "in £ million"),
    (payloads.ons(title=" Capital account"), "expected 'Current account'"),
    (payloads.ons(sheet="Table Z"), "expected Table A or Table B with trade"),
    (payloads.ons([]), "expected Table A or Table B with trade"),
    (payloads.ons(periods=((2019.0, ""), (2019.0, ""), (2020.0, ""))), "stands twice"),
    (payloads.ons_edition(), "is an edition list, expected the workbook 'balanceofpayments2021q1.xls'"),
    (payloads.ons_edition(downloads=[]), "lists no file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4000, "damaged or cut-off XLS"),
]


@pytest.mark.parametrize(("content", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_another_shape_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(content)
    assert says in str(caught.value)


def test_an_edition_without_history_has_no_date() -> None:
    with pytest.raises(ParseError, match="no version with an updateDate"):
        list(follow(Document("ons", payloads.ons_edition(versions=[]), "data", url="http://mirror/current/data")))


def test_a_year_may_stand_over_its_first_quarter_only() -> None:
    parsed = parse(payloads.ons(periods=((2020.0, ""), (2021.0, "Q1"), (None, "Q2"), (2022.0, "")), sheet="Table B"))
    assert set(parsed.readings["period"]) == {"2020", "2021-Q1", "2021-Q2"}


def test_a_column_whose_heading_is_no_period_is_refused() -> None:
    with pytest.raises(ParseError, match="column 6 is headed '2021 p' 'Q1'"):
        parse(payloads.ons(periods=((2019.0, ""), (2020.0, ""), ("2021 p", "Q1"))))


@pytest.mark.parametrize("identifier", ["IKB D", ""])
def test_a_row_with_figures_but_no_identifier_is_listed(identifier: str) -> None:
    parsed = parse(payloads.ons([("  Trade in services", identifier, (1, 2, 3)), *payloads.ONS_ROWS]))
    assert len(parsed.unreadable) == 3
    assert "has no series identifier" in str(parsed.unreadable[0])


def test_a_heading_that_contradicts_its_series_is_listed() -> None:
    raw = [("Not seasonally adjusted", "", ()), ("  Trade in goods", "LQCT", (-1, -2, -3))]
    assert set(parse(payloads.ons(raw)).readings["dataset"]) == {"ons-bop-nsa"}
    parsed = parse(payloads.ons([("Unadjusted", "", ()), raw[1], *payloads.ONS_ROWS]))
    assert [fault.seen for fault in parsed.unreadable][:1] == ["Trade in goods LQCT: -1"]
    assert set(parsed.readings["dataset"]) == {ADJUSTED}


def test_an_identifier_a_row_off_is_listed() -> None:
    rows = [("  Total exports of goods and services", "BOKG", (1, 2, 3)), *payloads.ONS_ROWS[2:]]
    assert [fault.expected for fault in parse(payloads.ons(rows)).unreadable] == [
        "expected 'exports of goods'; see docs/sources/ons.md"
    ] * 3


@pytest.mark.parametrize(
    "periods",
    [
        ((2020.0, ""), (None, "Q1"), (2021.0, "Q2")),  # over its second quarter: the first is not of 2020
        ((2019.0, "Q4"), (None, "Q1"), (2021.0, "")),  # a year is missing
    ],
)
def test_a_quarter_belongs_to_the_year_above_it(periods: tuple[tuple[float | None, str], ...]) -> None:
    with pytest.raises(ParseError, match="expected a year, or a year and Q1–Q4"):
        parse(payloads.ons(periods=periods))
    good = parse(payloads.ons(periods=((2020.0, "Q1"), (None, "Q2"), (2021.0, ""))))
    assert {"2020-Q1", "2020-Q2"} <= set(good.readings["period"])


def test_figures_that_came_as_text_are_read_and_never_skipped() -> None:
    rows = [("  Exports of goods", "BOKG", ("372,954", "310,886", "[x]")), ("  Gold", "", ("5", "6", "7"))]
    parsed = parse(payloads.ons([*rows, *payloads.ONS_ROWS[2:]]))
    exports = parsed.readings[(parsed.readings["flow"] == "X") & (parsed.readings["product"] == "goods")]
    assert exports["mantissa"].dropna().tolist() == [372954, 310886]
    assert exports["status"].tolist() == ["", "", "M"]
    assert [fault.seen for fault in parsed.unreadable] == ["5", "6", "7"]


#: What is printed → mantissa, status; None where it must be listed.
MARKED: dict[str, tuple[int | None, str] | None] = {
    "-300 [r]": (-300, "R"),
    "-1,300[p]": (-1300, "P"),
    "[e] 300": (300, "E"),
    "300 [P] [r]": (300, "P;R"),
    "300 [note 2] [r]": (300, "R"),
    "300 [note 1, 2]": (300, ""),
    "- [r]": (0, "R"),
    "[x]": (None, "M"),
    "[z] [note 3]": (None, "NA"),
    "[c]": (None, "C"),
    "[low]": (0, ""),
    "[low] [p]": (0, "P"),
    "300 [u]": (300, "U"),
    "300 [x]": None,
    "[low] [x]": None,
    "[r]": None,
    "[note 1]": None,
    "[q]": None,
    "300 [q]": None,
    "3[r]00": None,
    "300 [p] [e] [f] [r]": None,
}


@pytest.mark.parametrize(("text", "read"), MARKED.items())
@pytest.mark.parametrize("across", [True, False])
def test_marks_of_the_government_statistical_service(
    text: str, read: tuple[int | None, str] | None, across: bool
) -> None:
    column = ("Exports of goods", "BOKG [note 1]", 372954, text, 74406)
    if across:
        parsed = parse(payloads.ons([(column[0], column[1], column[2:]), *payloads.ONS_ROWS[2:]]))
    else:
        parsed = parse(down(table(CREDITS[0][0], column), BALANCES))
    exports = parsed.readings[(parsed.readings["flow"] == "X") & (parsed.readings["product"] == "goods")]
    middle = exports[exports["period"] == "2020"]
    found = [(None if absent else value, status) for value, absent, status in zip(
        middle["mantissa"], middle["mantissa"].isna(), middle["status"], strict=True
    )]  # fmt: skip
    assert found == ([read] if read else [])
    assert [fault.seen for fault in parsed.unreadable] == ([] if read else [text])
    assert set(exports["unit"]) == {"GBP"}
    assert exports["period"].tolist() == ["2019", *["2020"] * bool(read), "2021-Q1"]


def test_marks_may_stand_on_every_heading() -> None:
    columns = ((f"{label} [note 1]", f"{key} [note 2]", *figures) for label, key, *figures in EXPORTS)
    marked = table(CREDITS[0][0], *columns, periods=["2019 [note 3]", "2020 [p]", "2021 Q1 [r]"])
    marked[2][0] = "CDID [note 4]"
    assert figures(parse(down(marked, BALANCES, SHARES))) == figures(parse(down(CREDITS, BALANCES, SHARES)))
    periods = (("2019 [note 1]", ""), ("2020 [p]", ""), ("2021", "Q1 [note 2]"))
    assert figures(parse(payloads.ons(periods=periods))) == figures(parse(payloads.ons()))


def test_a_row_of_texts_without_a_period_is_listed_too() -> None:
    rows = table(CREDITS[0][0], ("Exports of goods", "BOKG", "1 [r]", "2", "3 [p]"), periods=["soon", 2020, "later"])
    faults = parse(down(rows, BALANCES)).unreadable
    assert [(fault.seen, fault.expected) for fault in faults] == [
        ("1 [r]", "a figure under no period"),
        ("3 [p]", "a figure under no period"),
    ]


def test_two_units_hold_the_table() -> None:
    (notice,) = parse(payloads.ons(unit="£ million (balances in £ billion)")).notices
    assert notice.rule == "unit"


@pytest.mark.parametrize("downloads", [[{}], "x", [None]])
def test_an_edition_without_files_is_one_line(downloads: object) -> None:
    with pytest.raises(ParseError, match="expected a list of files"):
        parse(payloads.ons_edition(downloads=downloads))


@pytest.mark.parametrize(("title", "read"), [("Table A", True), ("Table_A", True), ("Summary", False)])
def test_both_tables_are_read_or_none(title: str, read: bool) -> None:
    book = openpyxl.load_workbook(io.BytesIO(payloads.ons()))
    copy = book.copy_worksheet(book.worksheets[0])
    copy.title, copy["B1"] = title, "Summary of balance of payments"
    out = io.BytesIO()
    book.save(out)
    if read:
        assert len(parse(out.getvalue()).readings) == 2 * len(parse(payloads.ons()).readings)
    else:
        with pytest.raises(ParseError, match="no Table A: expected both A and B"):
            parse(out.getvalue())


#: The layout since about 2022: series a column, its identifier below its label, periods a row.
HEADING = ["Table B: Current account, seasonally adjusted", "All tables in this worksheet are in £ million."]
PERIODS = [2019, 2020.0, "2021 Q1 [note 2]"]


def table(title: str, *columns: tuple[object, ...], periods: Sequence[object] = PERIODS) -> list[list[object]]:
    """One table: title, labels, identifiers, figures."""
    rows = [[title], ["Time period", *[column[0] for column in columns]], ["CDID", *[column[1] for column in columns]]]
    return [*rows, *[[period, *[column[2 + at] for column in columns]] for at, period in enumerate(periods)], []]


EXPORTS = (
    ("Exports of goods [note 1]", "BOKG", 372954, 310886, 74406),
    ("Exports of services", "IKBB", 316320, 267102, 63817),
    ("Total exports", "IKBH", 689274, 577988, 138223),
    ("Compensation of employees", "IJAH", 1336, 614, 142),
)
CREDITS = table("Table B.1, Current Account Credits (£ million)", *EXPORTS)
BALANCES = table(
    "Table B.3, Current Account Balances (£ million)",
    ("Trade in goods", "BOKI", -130803, -114956, -30773),
    ("Trade in services", "IKBD", 103333, 107399, 26824),
    ("Total trade", "IKBJ", -27470, -7557, -3949),
)
SHARES = table("Table B.4, Balances as a percentage of GDP (percentage)", ("Trade in goods", "D28J", -5.9, -5.4, "-"))
CAPITAL = table("Table B.9, Capital account (number of cases)", ("Debt forgiveness", "ABCD", 1, 2, 3))
RAW = table("Table B.2, Current Account, not seasonally adjusted (£ million)", ("Trade in goods", "LQCT", -1, -2, -3))


def down(*tables: list[list[object]], heading: Sequence[str] = HEADING, edit: Callable[[Any], object] = id) -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Table_B"
    for row in [*[[text] for text in heading], *[row for one in tables for row in one], ["Notes"], ["1. As of 2019."]]:
        book.worksheets[0].append(row)
    edit(book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def figures(parsed: Parsed) -> set[tuple[object, ...]]:
    names = ["dataset", "product", "flow", "measure", "period", "mantissa", "exponent", "unit", "basis"]
    return set(parsed.readings[names].itertuples(index=False, name=None))


def test_the_layout_since_2022_means_the_same() -> None:
    parsed = parse(down(CREDITS, BALANCES, SHARES, CAPITAL))
    assert not parsed.unreadable
    assert not parsed.notices
    assert figures(parsed) == figures(parse(payloads.ons()))
    assert SOURCE.recognise is not None
    assert SOURCE.recognise(down(CREDITS))


QUARTERS = [*PERIODS[:2], "Quarter 1 (Jan to Mar) 2021"]
ALIKE = {
    "another order of tables": lambda: down(SHARES, BALANCES, CREDITS),
    "another order of columns": lambda: down(table(CREDITS[0][0], *EXPORTS[::-1]), BALANCES, SHARES),
    "a quarter in words": lambda: down(table(CREDITS[0][0], *EXPORTS, periods=QUARTERS), BALANCES, SHARES),
    "a quarter in front": lambda: down(
        table(CREDITS[0][0], *EXPORTS, periods=["2019", 2020, "Q1 2021 [p]"]), BALANCES, SHARES
    ),
    "a blank row before the quarters": lambda: down([*CREDITS[:5], [], CREDITS[5], []], BALANCES, SHARES),
    "identifiers above the labels": lambda: down([CREDITS[0], CREDITS[2], CREDITS[1], *CREDITS[3:]], BALANCES, SHARES),
    "the unit beside the title": lambda: down(
        [["Table B.1, Credits", None, "£ million"], *CREDITS[1:]], BALANCES, SHARES
    ),
    "a unit in a label": lambda: down(
        table(CREDITS[0][0], ("Exports of goods (£ million)", *EXPORTS[0][1:]), *EXPORTS[1:]), BALANCES, SHARES
    ),
    "a line between title and labels": lambda: down([CREDITS[0], ["See notes."], *CREDITS[1:]], BALANCES, SHARES),
}


@pytest.mark.parametrize("way", ALIKE)
def test_another_layout_of_the_same(way: str) -> None:
    parsed = parse(ALIKE[way]())
    assert not parsed.unreadable
    assert figures(parsed) == figures(parse(down(CREDITS, BALANCES, SHARES)))


def test_each_table_says_whether_it_is_seasonally_adjusted() -> None:
    parsed = parse(down(RAW, BALANCES))
    assert not parsed.unreadable
    assert set(parsed.readings["dataset"]) == {ADJUSTED, "ons-bop-nsa"}
    wrong = parse(down([["Table B.2, seasonally adjusted (£ million)"], *RAW[1:]], BALANCES))
    assert {fault.expected for fault in wrong.unreadable} == {"it stands under 'seasonally adjusted'"}


LISTED: dict[str, tuple[tuple[object, ...], str]] = {
    "another series": (("Trade in gold", "ZZ99", 1, 2, 3), "an unknown row"),
    "an identifier a column off": (("Exports of services", "BOKG", 1, 2, 3), "expected 'exports of goods'"),
    "no identifier": (("Exports of goods", None, 1, 2, 3), "'Exports of goods' has no series identifier"),
    "no whole million": (("Exports of goods", "BOKG", 1.5, 2.5, 3.5), "expected a whole number, or - for nil"),
    "a share": (("Trade in goods", "D28J", 1.1, 2.2, 3.3), "its table is in GBP million, expected a percentage"),
}


@pytest.mark.parametrize("what", LISTED)
def test_a_column_that_is_not_known_is_listed(what: str) -> None:
    column, says = LISTED[what]
    parsed = parse(down(table(CREDITS[0][0], column), BALANCES))
    assert figures(parsed) == figures(parse(down(BALANCES)))
    assert len(parsed.unreadable) == 3
    assert all(says in fault.expected for fault in parsed.unreadable)


@pytest.mark.parametrize("period", ["2021 Q5", "Apr to May 2021", "2021 Q1 (Apr to June)", "Total"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_row_that_is_no_period_is_listed(period: str, at: int) -> None:
    periods: list[object] = [2019, 2020, "2021 Q1"]
    periods[at] = period
    parsed = parse(down(table(CREDITS[0][0], *EXPORTS[:3], periods=periods), BALANCES))
    assert [fault.expected for fault in parsed.unreadable] == ["a figure under no period"] * 3
    assert len(parsed.readings) == 15


def test_what_its_workbook_hides_is_not_read_in_this_layout_either() -> None:
    def edit(sheet: Any) -> None:
        sheet.row_dimensions[6].hidden = sheet.column_dimensions["C"].hidden = True

    parsed = parse(down(CREDITS, BALANCES, edit=edit))
    assert [fault.position for fault in parsed.unreadable] == ["table 1, row 6", "table 1, column 3"]
    assert {fault.severity for fault in parsed.unreadable} == {"warning"}
    assert "services" not in set(parsed.readings["product"])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (lambda: down(table(CREDITS[0][0], EXPORTS[0], periods=[2019, 2019, 2020])), "a period stands twice"),
        (lambda: down([["Credits"], *CREDITS[1:]], heading=["Current account"]), "in £ million"),
        (lambda: down([["£ million"], *CREDITS[1:]], heading=["Table X"]), "expected 'Current account'"),
    ],
)
def test_a_table_in_doubt_is_refused(content: Callable[[], bytes], says: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(content())
    assert says in str(caught.value)


def test_a_table_in_billions_on_a_sheet_in_millions_is_held() -> None:
    (notice,) = parse(down([["Table B.1, Current Account Credits (£ billion)"], *CREDITS[1:]], BALANCES)).notices
    assert notice.rule == "unit"
