"""China Customs pages: units, months, currencies and areas as the page says them; everything else is told apart."""

from __future__ import annotations

import pytest

from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from schemas.observations import OBSERVATIONS
from sources.gacc import SOURCE, follow, requests
from tests import payloads


def parse(content: bytes, released: str = "") -> Parsed:
    parsed = SOURCE.parse(Document("gacc", content, "page.html", released=released))
    OBSERVATIONS.validate(parsed.readings, lazy=True)
    return parsed


def figures(parsed: Parsed, **cell: str) -> list[tuple[str, ...]]:
    frame = parsed.readings
    for name, text in cell.items():
        frame = frame[frame[name] == text]
    return [tuple(row) for row in frame[["measure", "period", "unit", "basis", "text"]].astype(str).to_numpy()]


def test_headline_month_and_year_to_date_side_by_side() -> None:
    parsed = parse(payloads.gacc_headline())
    assert not parsed.unreadable
    assert not parsed.notices
    assert figures(parsed, flow="X") == [
        ("level", "2024-11", "USD", "_Z", "3,123.1"),
        ("level", "2024-01/2024-11", "USD", "_Z", "32,407.1"),
        ("growth_prev", "2024-11", "%", "USD", "1.1"),
        ("growth_yoy", "2024-11", "%", "USD", "6.7"),
        ("growth_yoy", "2024-01/2024-11", "%", "USD", "5.4"),
    ]
    balance = parsed.readings[parsed.readings["flow"] == "B"]
    assert balance["status"].tolist() == ["", "", "NA", "NA", "NA"]
    assert (balance["mantissa"].iloc[0], balance["exponent"].iloc[0]) == (9744, 7)
    assert set(parsed.readings["released"]) == {"2024-12-10"}
    assert set(parsed.readings["partner"]) == {"WLD"}


def test_by_country_with_groups_and_of_which() -> None:
    parsed = parse(payloads.gacc_country())
    assert not parsed.unreadable
    assert set(parsed.readings["partner"]) == {"WLD", "EU27_2020", "DEU", "USA", "X-AFRICA"}
    assert figures(parsed, partner="DEU", flow="M") == [
        ("level", "2026-03", "CNY", "_Z", "531.7"),
        ("level", "2026-Q1", "CNY", "_Z", "1,511.7"),
        ("growth_yoy", "2026-Q1", "%", "CNY", "2.1"),
    ]


def test_january_and_february_are_one_period() -> None:
    page = payloads.gacc_page(payloads.JAN_FEB_TITLE, "Unit: USD 100 Million", payloads.JAN_FEB_ROWS, date="2025/03/07")
    parsed = parse(page)
    assert not parsed.notices
    assert figures(parsed, flow="M") == [
        ("level", "2025-01/2025-02", "USD", "_Z", "3,694.3"),
        ("growth_yoy", "2025-01/2025-02", "%", "USD", "-8.4"),
    ]


@pytest.mark.parametrize(
    ("title", "head"),
    [
        ("(1) China's Total Export & Import Values, January-February 2025 (in USD)", "January-February"),
        ("China's Total Export & Import Values, Jan to Feb 2025(in USD)", "1 to 2"),
        ("(1) China's Total Export & Import Values, Feb. 2025 (in USD)", "1- to-2"),
    ],
)
def test_the_spellings_of_a_span(title: str, head: str) -> None:
    rows = [("Item", head, "Year-on-Year +/- %"), *payloads.JAN_FEB_ROWS[1:]]
    parsed = parse(payloads.gacc_page(title, "Unit: USD 100 Million", rows, date="2025/03/07"))
    assert set(parsed.readings["period"]) == {"2025-01/2025-02"}


@pytest.mark.parametrize(
    ("unit", "exponent"),
    [
        ("Unit: USD 100 Million", 7),
        ("Unit: USD1 Million", 5),
        ("Unit：US$ 1,000", 2),
        ("Units: USD Billion", 8),
        ("Unit: 100 Million USD", 7),
        ("Unit:USD100Millions", 7),
        ("(Unit: US$ 1 million)", 5),
        ("Unit: USD 100 Million (%)", 7),
    ],
)
def test_units_are_what_the_page_says(unit: str, exponent: int) -> None:
    parsed = parse(payloads.gacc_headline(unit=unit))
    levels = parsed.readings[parsed.readings["measure"] == "level"]
    assert set(levels["exponent"]) == {exponent}
    assert not parsed.notices


def test_a_page_that_contradicts_itself_on_its_unit_is_held() -> None:
    (notice,) = parse(payloads.gacc_headline(unit="Unit: CNY 100 Million")).notices
    assert notice.rule == "unit"
    assert "title says USD" in notice.sentence


def test_a_page_that_contradicts_itself_on_its_month_is_refused_or_held() -> None:
    other = payloads.HEADLINE_TITLE.replace("November", "October")
    with pytest.raises(ParseError, match="title says 2024-10"):
        parse(payloads.gacc_headline(title=other))
    (notice,) = parse(payloads.gacc_headline(date="2024/11/07")).notices
    assert notice.rule == "shape"


def test_the_european_union_of_the_time() -> None:
    page = payloads.gacc_country(title=payloads.COUNTRY_TITLE.replace("2026", "2019"), date="2019/04/12")
    assert "EU27_2020" in set(parse(page).readings["partner"])
    said = page.replace(b"Germany, France.", b"Germany, France, United Kingdom; 3. APEC includes Brunei.")
    assert "EU28" in set(parse(said).readings["partner"])


@pytest.mark.parametrize(
    ("label", "area"),
    [
        ("of which:  Germany", "DEU"),
        ("Hong Kong,China", "HKG"),
        ("Taiwan, China", "TWN"),
        ("R. O. Korea", "KOR"),
        ("Rep. of Korea", "KOR"),
        ("including: The Netherlands", "NLD"),
        ("Hong Kong SAR, China", "HKG"),
        ("Russian Federation", "RUS"),
        ("Viet Nam", "VNM"),
        ("United Kingdom (UK)", "GBR"),
        ("Association of Southeast Asian Nations (ASEAN)", "ASEAN"),
        ("Regional Comprehensive Economic Partnership (RCEP)", "RCEP"),
        ("Jointly build the countries along Belt and Road Routes", "X-BELT-AND-ROAD"),
    ],
)
def test_the_spellings_of_areas(label: str, area: str) -> None:
    parsed = parse(payloads.gacc_country(rows=[*payloads.COUNTRY_ROWS[:3], (label, *payloads.COUNTRY_ROWS[3][1:])]))
    assert set(parsed.readings["partner"]) == {"WLD", area}


def test_columns_may_come_in_any_order_with_other_words() -> None:
    rows = [
        ("Item", "Year-on-Year (±%)|2x1", "Value|2x1"),
        ("", "1 to 11", "11", "Jan-Nov", "November"),
        ("Total Exports Value", "5.4%", "6.7%", "32,407.1", "3,123.1"),
    ]
    parsed = parse(payloads.gacc_headline(rows=rows))
    assert not parsed.unreadable
    assert figures(parsed, flow="X") == [
        ("growth_yoy", "2024-01/2024-11", "%", "USD", "5.4"),
        ("growth_yoy", "2024-11", "%", "USD", "6.7"),
        ("level", "2024-01/2024-11", "USD", "_Z", "32,407.1"),
        ("level", "2024-11", "USD", "_Z", "3,123.1"),
    ]


def test_an_unknown_area_is_listed_figure_by_figure_and_the_others_go_on() -> None:
    rows = [*payloads.COUNTRY_ROWS, ("Atlantis", *payloads.COUNTRY_ROWS[-1][1:])]
    parsed = parse(payloads.gacc_country(rows=rows))
    assert len(parsed.readings) == 45
    assert len(parsed.unreadable) == 9
    assert str(parsed.unreadable[0]).startswith("row 10, column 2: 'Atlantis: 2,074.9'")


def test_a_damaged_figure_is_listed() -> None:
    rows = [*payloads.HEADLINE_ROWS[:3], ("Total Export", "3,12", *payloads.HEADLINE_ROWS[3][2:])]
    parsed = parse(payloads.gacc_headline(rows=rows))
    (fault,) = parsed.unreadable
    assert (fault.position, fault.seen) == ("row 6, column 2", "3,12")


def test_dates_that_could_be_two_days_say_nothing() -> None:
    assert set(parse(payloads.gacc_headline(date="12/10/2024")).readings["released"]) == {""}
    assert set(parse(payloads.gacc_headline(date="12/10/2024"), "2024-12-10").readings["released"]) == {"2024-12-10"}
    assert set(parse(payloads.gacc_headline(date="12/13/2024")).readings["released"]) == {"2024-12-13"}


COUNTRY_IMAGE = "<img src ='\\Excel\\4-RMB.png'/>"
REFUSED = [
    (payloads.gacc_country(inner=COUNTRY_IMAGE), r"its figures are in '\\Excel\\4-RMB.png'"),
    (payloads.gacc_country(inner="<iframe src='/custom/table.html'></iframe>"), "in a frame, '/custom/table.html'"),
    (payloads.gacc_country(inner="<p>To be released.</p>"), "no table of figures: 'To be released.'"),
    (
        payloads.gacc_country(
            title="(2) China's Total Export & Import Values by Type of Enterprise, Mar 2026 (in CNY)"
        ),
        "is titled",
    ),
    (payloads.gacc_index("/Statics/a.html"), "an index of releases"),
    (payloads.gacc_headline(unit="Note"), "says no unit"),
    (payloads.gacc_headline(unit="Unit: CNY 20 Billion"), "unit line 'CNY 20 Billion'"),
    (payloads.gacc_headline(unit="Unit: USD"), "unit line 'USD'"),
    (payloads.gacc_headline(title="(1) China's Total Export & Import Values (in USD)"), "no month and year"),
    (
        payloads.gacc_headline(rows=[("Item", "11", "1-to-11", "Year-on-Year"), ("Total Export", "3.1", "9.0", "7.2")]),
        "a rate of which no month is said",
    ),
    (
        payloads.gacc_headline(rows=[("Item", "11", "Weight"), ("Total Export", "3,123.1", "9.0")]),
        "'weight' is unknown",
    ),
    (payloads.CAPTCHA, "a CAPTCHA"),
    (payloads.GATEWAY, "a gateway's error page"),
    (payloads.GATEWAY_TEXT, "a gateway's error page"),
    (b"<html><body>412 Precondition Failed</body></html>", "a firewall's 412 page"),
    (payloads.FIREWALL, "a page of script without text"),
]


@pytest.mark.parametrize(("content", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_what_is_no_release_is_told_apart(content: bytes, says: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(content)
    assert says.replace("\\\\", "\\") in str(caught.value).replace("\\\\", "\\")
    assert "\n" not in str(caught.value)


def test_the_index_leads_to_the_sections_that_are_read() -> None:
    from datetime import date

    index = Document("gacc", payloads.gacc_index("/Statics/a.html", "/Statics/b.html"), "preliminary.html")
    index = Document(index.source, index.content, index.name, url="http://mirror/statics/report/preliminary.html")
    assert [request.url for request in follow(index)] == ["Statics/a.html", "Statics/b.html", "Statics/mode.html"]
    assert all(request.index for request in requests(date(2020, 5, 1)))
    assert "statics/report/preliminary2020.html" in [request.url for request in requests(date(2020, 5, 1))]
    assert [request.url for request in requests(None)] == ["statics/report/preliminary.html"]


def _with_japan(label: str = "Japan", figure: str = "1,250.0") -> Parsed:
    row = (label, figure, "3,752.6", "711.8", "2,240.9", "531.7", "1,511.7", "12.7", "21.2", "2.1")
    return parse(payloads.gacc_country(rows=[*payloads.COUNTRY_ROWS[:2], row, *payloads.COUNTRY_ROWS[2:]]))


@pytest.mark.parametrize("label", ["JAPAN", "Japan*", "Japan (1)", "japan"])
def test_marks_and_case_of_a_label_do_not_hide_its_area(label: str) -> None:
    assert "JPN" in set(_with_japan(label).readings["partner"])


def test_a_first_row_without_decimals_is_no_header() -> None:
    row = ("Japan", *["-"] * 9)
    parsed = parse(payloads.gacc_country(rows=[*payloads.COUNTRY_ROWS[:2], row, *payloads.COUNTRY_ROWS[2:]]))
    assert not parsed.unreadable
    assert {"JPN", "WLD"} <= set(parsed.readings["partner"])


def test_a_row_that_lost_its_columns_is_listed() -> None:
    parsed = parse(payloads.gacc_country(rows=[*payloads.COUNTRY_ROWS, ("Japan 4,873.2|10x1",), ("By region|10x1",)]))
    assert [fault.seen for fault in parsed.unreadable] == ["Japan 4,873.2"]


def test_a_unit_line_may_name_the_unit_of_growth_too() -> None:
    parsed = parse(payloads.gacc_country(unit="Unit: CNY 100 Million, %"))
    assert set(parsed.readings["unit"]) == {"CNY", "%"}
    assert not parsed.notices


def _page(old: str, new: str) -> Parsed:
    return parse(payloads.gacc_country().replace(old.encode(), new.encode()))


def test_a_raised_mark_is_no_digit_of_the_figure_before_it() -> None:
    page = payloads.gacc_country()
    marked = page.replace(b"4,873.2<", b"4,873.2<sup>1</sup><").replace(b"Africa<", b"Africa<sup>2)</sup><")
    assert marked != page
    assert parse(marked).readings[["partner", "text"]].equals(parse(page).readings[["partner", "text"]])
    listed = _page("4,873.2<", "4,873.2<sup>about</sup><")
    assert [fault.seen for fault in listed.unreadable] == ["4,873.2[about]"]


def test_what_the_page_does_not_show_is_not_read() -> None:
    page = payloads.gacc_country()
    start = page.index(b"<tr><td", page.index(b"of which: Germany") - 80)
    row = page[start : page.index(b"</tr>", start) + 5]
    hidden = row.replace(b"<tr>", b'<tr style="display: none">').replace(b"Germany", b"Chile")
    assert set(parse(page.replace(row, hidden + row)).readings["partner"]) == {
        "WLD",
        "EU27_2020",
        "DEU",
        "USA",
        "X-AFRICA",
    }


def test_rows_of_nothing_and_a_header_printed_again_are_no_figures() -> None:
    rows = [*payloads.COUNTRY_ROWS[:4], ("",) * 10, *payloads.COUNTRY_ROWS[:2], *payloads.COUNTRY_ROWS[4:]]
    parsed = parse(payloads.gacc_country(rows=rows))
    assert (len(parsed.readings), len(parsed.unreadable)) == (45, 0)


def test_a_row_with_a_cell_too_many_is_listed_and_the_others_go_on() -> None:
    rows = [*payloads.COUNTRY_ROWS, (*payloads.COUNTRY_ROWS[-1], "7")]
    (fault,) = parse(payloads.gacc_country(rows=rows)).unreadable
    assert "11 cells, expected 10" in fault.expected


def test_titles_of_two_months_hold_the_page() -> None:
    page = payloads.gacc_country()
    (notice,) = parse(page.replace(b"Mar 2026 (in CNY)</div>", b"Mar 2025 (in CNY)</div>")).notices
    assert (notice.rule, "another 2025-03" in notice.sentence) == ("shape", True)


def test_a_year_beside_the_month_of_a_column() -> None:
    page = payloads.gacc_country()
    assert "2026-03" in set(parse(page.replace(b"<b>3<", b"<b>Mar 2026<")).readings["period"])
    with pytest.raises(ParseError, match="'2025' is unknown"):
        parse(page.replace(b"<b>3<", b"<b>Mar 2025<"))


def test_a_page_may_declare_a_chinese_encoding() -> None:
    said = payloads.gacc_country().replace(b"Note: 1.", "Note: 中国海关 1.".encode())
    gbk = said.decode().replace("UTF-8", "gb2312").encode("gbk", "ignore")
    assert set(parse(gbk).readings["partner"]) == set(parse(said).readings["partner"])
    # What is no UTF-8, whatever it says, and is common Chinese text in GB18030, is that; a few bytes are nothing.
    for encoding in ("gbk", "gb18030"):
        mislabelled = said.decode().replace("中国海关", "中华人民共和国海关总署统计分析司发布的数据").encode(encoding)
        assert set(parse(mislabelled).readings["partner"]) == set(parse(said).readings["partner"])
    for other in (
        said.decode().encode("gbk", "ignore"),
        said.replace("中国海关".encode(), b"caf\xe9 of the \xa9 year" * 9),
    ):
        with pytest.raises(ParseError, match="not UTF-8"):
            parse(other)


PRODUCTS = (
    ("Commodity|1x2", "Quantity Unit|1x2", "4|2x1", "1-to-4|2x1", "1-4 Total, 2025|2x1", "1-to-4 Year-on-Year|2x1"),
    (*("Quantity", "Value") * 4,),
    ("Agriculture products*", "-", "-", "812.4", "-", "3,203.1", "-", "3,155.0", "-", "1.5"),
    ("   Aquatic products", "10,000 Tons", "35.0", "142.5", "128.4", "501.2", "125.1", "499.9", "2.6", "0.3"),
    ("Motor vehicles（including chassis fitted with engines)", "10,000 Autos", "62.0", "1,164.1", "215.8", "3,689.6",
     "187.4", "3,588.4", "15.2", "2.8"),
)  # fmt: skip
PRODUCTS_TITLE = "(5) China's Major Exports by Quantity and Value, April 2026 (in USD)"


def test_commodities_with_their_quantities_and_the_year_before() -> None:
    parsed = parse(payloads.gacc_page(PRODUCTS_TITLE, "Unit: USD 100 Million", PRODUCTS, date="2026/05/09"))
    assert not parsed.unreadable
    assert figures(parsed, product="motor-vehicles") == [
        ("level", "2026-04", "piece", "_Z", "62.0"),
        ("level", "2026-04", "USD", "_Z", "1,164.1"),
        ("level", "2026-01/2026-04", "piece", "_Z", "215.8"),
        ("level", "2026-01/2026-04", "USD", "_Z", "3,689.6"),
        ("level", "2025-01/2025-04", "piece", "_Z", "187.4"),
        ("level", "2025-01/2025-04", "USD", "_Z", "3,588.4"),
        ("growth_yoy", "2026-01/2026-04", "%", "piece", "15.2"),
        ("growth_yoy", "2026-01/2026-04", "%", "USD", "2.8"),
    ]


def test_where_all_rows_lack_their_units_values_are_read_and_quantities_listed() -> None:
    """As a page of April 2025 is: each row ends in an empty cell instead."""
    whole = parse(payloads.gacc_page(PRODUCTS_TITLE, "Unit: USD 100 Million", PRODUCTS, date="2026/05/09"))
    rows = [*PRODUCTS[:2], *((row[0], *row[2:], "") for row in PRODUCTS[2:])]
    parsed = parse(payloads.gacc_page(PRODUCTS_TITLE, "Unit: USD 100 Million", rows, date="2026/05/09"))
    columns = ["product", "measure", "period", "unit", "basis", "text"]
    values = whole.readings.query("unit == 'USD' or basis == 'USD'")[columns].astype(str)
    assert parsed.readings[columns].astype(str).to_numpy().tolist() == values.to_numpy().tolist()
    assert len(parsed.unreadable) == 8
    assert "62.0" in parsed.unreadable[4].seen
    one = [*PRODUCTS[:4], (PRODUCTS[4][0], *PRODUCTS[4][2:], "")]
    listed = parse(payloads.gacc_page(PRODUCTS_TITLE, "Unit: USD 100 Million", one, date="2026/05/09"))
    assert {fault.seen[:5] for fault in listed.unreadable} == {"Motor"}
    assert "motor-vehicles" not in set(listed.readings["product"])
