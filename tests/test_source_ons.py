"""UK balance of payments: identifiers, floats that are years, nil, and a release date from the version history."""

from __future__ import annotations

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
    assert exports["mantissa"].tolist() == [372954, 310886]
    assert [fault.seen for fault in parsed.unreadable] == ["[x]", "5", "6", "7"]


def test_two_units_hold_the_table() -> None:
    (notice,) = parse(payloads.ons(unit="£ million (balances in £ billion)")).notices
    assert notice.rule == "unit"


@pytest.mark.parametrize("downloads", [[{}], "x", [None]])
def test_an_edition_without_files_is_one_line(downloads: object) -> None:
    with pytest.raises(ParseError, match="expected a list of files"):
        parse(payloads.ons_edition(downloads=downloads))


@pytest.mark.parametrize(("title", "read"), [("Table A", True), ("Table_A", True), ("Summary", False)])
def test_both_tables_are_read_or_none(title: str, read: bool) -> None:
    import io

    import openpyxl

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
