"""China Customs in Chinese: the cells of the English pages; what is unknown is listed, a contradiction held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from schemas.judge import judge
from schemas.observations import OBSERVATIONS, combine
from sources.gacc import SOURCE
from sources.shared.area_names import area_code
from sources.shared.china.chinese import english, quantity_unit
from sources.shared.china.customs_site import CHINESE, INDEXES, follow
from sources.shared.months import title_month
from tests import chinese_pages as zh
from tests import payloads
from tests.test_workbooks import edited, old

DATASETS = {dataset.id: dataset for dataset in SOURCE.datasets}
CNY = "单位：亿元人民币"
TITLES = {
    "headline": "（1）2026年3月进出口商品总值表（人民币值）",
    "country": "（4）2026年3月进出口商品主要国别（地区）总值表（人民币值）",
    "regime": "（2）2026年3月进出口商品贸易方式总值表（人民币值）",
    "products": "（5）2026年3月全国出口重点商品量值表（人民币值）",
    "province": "（8）2026年3月进出口商品收发货人所在地总值表（人民币值）",
    "province-of-goods": "（9）2026年3月进出口商品境内目的地/货源地总值表（人民币值）",
}
SHADED = "注：1.表中阴影部分为比去年同期增减%。"


def parse(content: bytes, url: str = "") -> Parsed:
    assert SOURCE.recognise is not None
    assert SOURCE.recognise(content)
    parsed = SOURCE.parse(Document("gacc", content, "page.html", url=url))
    OBSERVATIONS.validate(parsed.readings, lazy=True)
    return parsed


def headline(title: str = TITLES["headline"], unit: str = CNY, rows: zh.Rows = zh.HEADLINE, **more: str) -> Parsed:
    return parse(zh.page(title, unit, rows, **more))


def texts(parsed: Parsed, **cell: str) -> list[tuple[str, ...]]:
    frame = parsed.readings
    for name, text in cell.items():
        frame = frame[frame[name] == text]
    return [tuple(row) for row in frame[["flow", "measure", "period", "unit", "basis", "text"]].astype(str).to_numpy()]


def test_the_headline_table() -> None:
    parsed = headline()
    assert (parsed.unreadable, parsed.notices) == ((), ())
    assert texts(parsed, flow="X") == [
        ("X", "level", "2026-03", "CNY", "_Z", "21,470.6"),
        ("X", "level", "2026-Q1", "CNY", "_Z", "61,002.5"),
        ("X", "growth_prev", "2026-03", "%", "CNY", "15.0"),
        ("X", "growth_yoy", "2026-03", "%", "CNY", "11.2"),
        ("X", "growth_yoy", "2026-Q1", "%", "CNY", "8.9"),
    ]
    assert set(parsed.readings["released"]) == {"2026-04-14"}
    assert not [one for one in judge(parsed.readings, DATASETS).findings if one.result == "fails"]


@pytest.mark.parametrize(("printed", "agrees"), [("21,470.6", True), ("21,470.8", False)])
def test_both_languages_are_one_release_of_the_same_figures(printed: str, agrees: bool) -> None:
    rows = [
        ("Item|1x2", "3|1x2", "1-to-3|1x2", "3|2x1", "1-to-3"),
        ("Month-on-Month ±%", "Year-on-Year ±%", "Year-on-Year ±%"),
        ("Total Export", printed, "61,002.5", "15.0", "11.2", "8.9"),
    ]
    title = "(1) China's Total Export & Import Values, Mar 2026 (in CNY)"
    other = parse(payloads.gacc_page(title, "Unit: CNY 100 Million", rows, date="2026/04/14"))
    both = judge(combine([headline().readings, other.readings]), DATASETS)
    found = [one for one in both.findings if one.result == "fails"]
    assert bool(found) is not agrees
    assert {one.rule for one in found} <= {"repeat"}
    assert sum(both.evaluations["rule"] == "repeat") == 5


@pytest.mark.parametrize(
    ("title", "rows", "facts"),
    [
        ("country", zh.COUNTRY, {"partner": ["WLD", "EU27_2020", "DEU", "RCEP", "X-BELT-AND-ROAD"]}),
        ("regime", zh.REGIMES, {"breakdown": ["_T", "regime=ordinary", "regime=contracted-projects"]}),
        (
            "province",
            zh.PROVINCES,
            {"breakdown": ["_T", "province=beijing", "province=inner-mongolia", "city=shenzhen"]},
        ),
        ("province-of-goods", zh.PROVINCES[:4], {"breakdown": ["_T", "province-of-goods=beijing"]}),
        ("products", zh.PRODUCTS[:4], {"product": ["agricultural-products", "aquatic-products"], "flow": ["X"]}),
    ],
)
def test_what_rows_are(title: str, rows: zh.Rows, facts: dict[str, list[str]]) -> None:
    parsed = parse(zh.page(TITLES[title], CNY, rows))
    assert (parsed.unreadable, parsed.notices) == ((), ())
    assert {name: list(parsed.readings[name].unique()) for name in facts} == facts
    strange = [*rows, ("　其中：火星", *rows[-1][1:])]
    figures = sum(text not in ("-", "万吨") for text in rows[-1][1:])
    again = parse(zh.page(TITLES[title], CNY, strange))
    assert len(again.unreadable) == figures
    assert all("火星" in one.seen for one in again.unreadable)
    assert len(again.readings) == len(parsed.readings)


def test_quantities_are_series_of_their_own() -> None:
    parsed = parse(zh.page(TITLES["products"], CNY, zh.PRODUCTS))
    assert texts(parsed, product="footwear") == [
        ("X", "level", "2026-03", "pair", "_Z", "7.1"),
        ("X", "level", "2026-03", "CNY", "_Z", "291.3"),
        ("X", "level", "2026-Q1", "pair", "_Z", "20.2"),
        ("X", "level", "2026-Q1", "CNY", "_Z", "822.0"),
        ("X", "level", "2025-Q1", "pair", "_Z", "21.0"),
        ("X", "level", "2025-Q1", "CNY", "_Z", "850.7"),
        ("X", "growth_yoy", "2026-Q1", "%", "pair", "-3.8"),
        ("X", "growth_yoy", "2026-Q1", "%", "CNY", "-3.4"),
    ]
    exponents = parsed.readings.query("measure == 'level'").groupby("unit", observed=True)["exponent"].first()
    assert exponents.to_dict() == {"CNY": 7, "kg": 6, "pair": 7, "piece": 3}
    assert not [one for one in judge(parsed.readings, DATASETS).findings if one.result == "fails"]
    wrong = [*zh.PRODUCTS[:-2], ("鞋靴", "亿双", "7.1", "291.3", "20.2", "822.0", "21.0", "850.7", "3.8", "-3.4")]
    (finding,) = [
        one
        for one in judge(parse(zh.page(TITLES["products"], CNY, wrong)).readings, DATASETS).findings
        if one.result == "fails" and one.severity == "error"
    ]
    assert (finding.rule, finding.block) == ("growth", "gacc-goods/CHN/WLD/footwear/_T/2026-Q1/pair")


@pytest.mark.parametrize(
    ("row", "listed"),
    [
        (
            ("船舶", "标箱", "571", "239.9", "1577", "700.1", "1410", "560.2", "11.8", "25.0"),
            4,
        ),  # no unit that is known
        (
            ("船舶", "571", "239.9", "1577", "700.1", "1410", "560.2", "11.8", "25.0", ""),
            7,
        ),  # the column of units is lost
        (("船舶", "-", "571", "239.9", "1577", "700.1", "1410", "560.2", "11.8", "25.0"), 8),
    ],
)
def test_a_quantity_without_its_unit_is_listed(row: Sequence[str], listed: int) -> None:
    parsed = parse(zh.page(TITLES["products"], CNY, [*zh.PRODUCTS[:3], row]))
    assert len(parsed.unreadable) == listed
    assert not parsed.readings.query("product == 'ships' and unit in ('piece', 'count')").size


def test_rates_below_the_values_are_read_where_a_note_says_so() -> None:
    title = "（5）2026年3月进出口商品贸易方式总值表（美元值）"
    parsed = parse(zh.page(title, "单位：千美元", zh.REGIMES_DETAILED, notes=SHADED))
    assert not parsed.unreadable
    assert texts(parsed, breakdown="regime=ordinary", flow="M") == [
        ("M", "level", "2026-03", "USD", "_Z", "146753374"),
        ("M", "level", "2026-Q1", "USD", "_Z", "403851028"),
        ("M", "growth_yoy", "2026-03", "%", "USD", "1.1"),
        ("M", "growth_yoy", "2026-Q1", "%", "USD", "-5.3"),
    ]
    below = zh.table("单位：千美元", zh.REGIMES_DETAILED) + f"<p>{SHADED}</p>"
    assert parse(zh.page(title, "", inner=below)).readings["text"].equals(parsed.readings["text"])
    for broken in (
        (*zh.REGIMES_DETAILED[:4], zh.REGIMES_DETAILED[4][:-1], zh.REGIMES_DETAILED[5]),  # a cell is lost
        (*zh.REGIMES_DETAILED[:4], ("一般贸易", *zh.REGIMES_DETAILED[5])),  # the values are
        (*zh.REGIMES_DETAILED, ("一般贸易", *zh.REGIMES_DETAILED[5])),  # one row too many
    ):
        found = parse(zh.page(title, "单位：千美元", broken, notes=SHADED))
        assert set(found.readings["breakdown"]) == {"_T"}
        assert found.unreadable
    beside = parse(zh.page(TITLES["regime"], CNY, zh.REGIMES, notes=SHADED))  # where rates have columns it says nothing
    assert (len(beside.readings), beside.unreadable) == (18, ())
    unsaid = parse(zh.page(title, "单位：千美元", zh.REGIMES_DETAILED))
    assert "growth_yoy" not in set(unsaid.readings["measure"])
    assert unsaid.notices or unsaid.unreadable or len(judge(unsaid.readings, DATASETS).held)


@pytest.mark.parametrize(("name", "date"), [("B:月度表", "2026-02-18"), ("B：月度表", "2026-03-09")])
def test_rows_may_be_months(name: str, date: str) -> None:
    title = f"（1）2026年进出口商品总值表（人民币值）{name}"
    parsed = parse(zh.page(title, "单位：亿元", zh.MONTHS, date=date))
    assert (parsed.unreadable, parsed.notices) == ((), ())
    assert ("X", "level", "2025", "CNY", "_Z", "240,000.3") in texts(parsed)
    assert ("X", "growth_prev", "2026-01", "%", "CNY", "-4.8") in texts(parsed)
    assert ("M", "growth_yoy", "2026-01", "%", "CNY", "4.7") in texts(parsed)
    assert set(parsed.readings["period"]) == {"2025-12", "2025", "2026-01"}
    lost = [*zh.MONTHS[:4], ("环比", *["-"] * 8), ("增减", "3.1", *["-"] * 7)]
    assert [one.seen for one in parse(zh.page(title, "单位：亿元", lost, date=date)).unreadable] == [
        "2026.01 增减: 3.1"
    ]


def test_rates_that_only_stand_below_a_month_are_listed() -> None:
    title = "（1）2026年进出口商品总值表（人民币值）B:月度表"
    rows = [*zh.MONTHS[:3], ("2026.01|1x3", *zh.MONTHS[3][1:]), zh.MONTHS[4][1:], zh.MONTHS[5][1:]]
    parsed = parse(zh.page(title, "单位：亿元", rows, date="2026-02-18"))
    assert len(parsed.readings) == 16
    assert len(parsed.unreadable) == 9
    assert {one.expected for one in parsed.unreadable} == {"a second row of that month, expected 同比 or 环比"}


def test_years_as_rows() -> None:
    rows = [
        ("年份|1x2", "进出口|1x2", "出口|1x2", "进口|1x2", "贸易差额|1x2", "比上年±%|3x1"),
        ("进出口", "出口", "进口"),
        ("2024", "438,467.0", "254,545.0", "183,922.0", "70,623.0", "5.0", "7.1", "2.3"),
    ]
    parsed = parse(zh.page("（1）进出口商品总值表（人民币值）A：年度表", "单位：亿元", rows, date="2025-01-18"))
    assert ("X", "growth_yoy", "2024", "%", "CNY", "7.1") in texts(parsed)
    assert (len(parsed.readings), parsed.unreadable) == (7, ())


def test_january_and_february_and_january_alone() -> None:
    title, rows = (
        "（1）2026年1至2月进出口商品总值表（人民币值）",
        [("项目", "1至2月", "1至2月同比±%"), *zh.HEADLINE[3:]],
    )
    rows = [row[:3] if at else row for at, row in enumerate(rows)]
    assert set(headline(title, rows=rows, date="2026-03-09").readings["period"]) == {"2026-01/2026-02"}
    rows = [("项目", "1月", "1至1月累计"), ("出口总值", "20,000.1", "20,000.1")]
    assert set(headline("2026年1月进出口商品总值表", rows=rows, date="2026-02-09").readings["period"]) == {"2026-01"}


WIDE = str.maketrans("0123456789.,-%", "０１２３４５６７８９．，－％")


def test_digits_and_signs_of_full_width() -> None:
    rows = [tuple(text if "|" in text else text.translate(WIDE) for text in row) for row in zh.HEADLINE]
    plain, wide = headline(), headline(TITLES["headline"].translate(WIDE), rows=rows)
    columns = ["flow", "measure", "period", "mantissa", "exponent", "text"]
    assert wide.readings[columns].equals(plain.readings[columns])
    rows = [*zh.HEADLINE[:3], ("出口总值", "21，470.6", *zh.HEADLINE[3][2:])]
    assert [one.seen for one in headline(rows=rows).unreadable] == ["21，470.6"]


@pytest.mark.parametrize(("charset", "encoding"), [("gb2312", "gb18030"), ("utf-8", "gbk"), ("gb2312", "utf-8")])
def test_encodings_are_what_the_bytes_are(charset: str, encoding: str) -> None:
    assert headline(charset=charset, encoding=encoding).readings["text"].equals(headline().readings["text"])


@pytest.mark.parametrize(
    "title",
    [
        "2026年3月进出口商品总值表（人民币值）",
        "(1)2026年3月进出口商品总值表(人民币)",
        "（1） 2026 年 3 月 进出口商品总值表",
        "二〇二六年三月进出口商品总值表（人民币值）",
        "（1）2026年1至3月进出口商品总值表（人民币值）",
        "2026年3月全国进出口总值表（人民币值）",
        "2026年3月进出口商品总值表（人民币值）_海关总署",
    ],
)
def test_the_spellings_of_a_title(title: str) -> None:
    parsed = headline(title)
    assert not parsed.notices
    assert set(parsed.readings["period"]) == {"2026-03", "2026-Q1"}


@pytest.mark.parametrize(
    ("unit", "exponent"),
    [
        ("单位∶亿元人民币", 7),
        ("单位：亿元", 7),
        ("（单位：人民币亿元）", 7),
        ("单位：万元", 3),
        ("单 位：百万元", 5),
        ("金额单位：亿元（人民币）", 7),
        ("单位：亿元，%", 7),
    ],
)
def test_units_are_what_the_page_says(unit: str, exponent: int) -> None:
    parsed = headline(unit=unit)
    assert not parsed.notices
    assert set(parsed.readings.query("measure == 'level'")["exponent"]) == {exponent}


@pytest.mark.parametrize(
    ("unit", "code", "exponent"), [("千美元", "USD", 2), ("百万美元", "USD", 5), ("亿美元", "USD", 7)]
)
def test_dollars(unit: str, code: str, exponent: int) -> None:
    parsed = headline(TITLES["headline"].replace("人民币值", "美元值"), f"单位：{unit}")
    levels = parsed.readings.query("measure == 'level'")
    assert (set(levels["unit"]), set(levels["exponent"]), parsed.notices) == ({code}, {exponent}, ())


HELD = [
    (headline, {"unit": "单位：百万美元"}, "title says CNY"),
    (headline, {"title": "（1）2026年3月进出口商品总值表（人民币值）（美元值）"}, "title says USD"),
    (headline, {"inner": zh.table(CNY, zh.HEADLINE, notes="单位：万元")}, "two units"),
    (
        headline,
        {"inner": zh.table(CNY, zh.HEADLINE, title="（1）2025年3月进出口商品总值表（人民币值）")},
        "another 2025-03",
    ),
    (headline, {"date": "2026-03-14"}, "dated 2026-03-14 but is about 2026-03"),
]


@pytest.mark.parametrize(("read", "changes", "says"), HELD, ids=[says for *_, says in HELD])
def test_a_page_at_odds_with_itself_is_held(read: object, changes: dict[str, str], says: str) -> None:
    assert any(says in notice.sentence for notice in headline(**changes).notices)


HEAD = zh.HEADLINE[2:]
REFUSED = [
    (zh.page(TITLES["headline"], "单位：亿日元", zh.HEADLINE), "unit line '亿日元' is unknown"),
    (zh.page(TITLES["headline"], "单位：亿美元人民币", zh.HEADLINE), "unit line '亿美元人民币' is unknown"),
    (zh.page(TITLES["headline"], "", zh.HEADLINE), "says no unit"),
    (zh.page(TITLES["headline"], CNY, [("项目", "3月", "重量"), ("出口", "3.1", "9.0")]), "'重量' is unknown"),
    (
        zh.page(TITLES["headline"], CNY, [("项目", "3月（美元）", "3月（人民币）"), ("出口", "3.1", "9.0")]),
        "'usd' is unknown",
    ),
    (zh.page(TITLES["headline"], CNY, [("项目", "4月", "1至4月"), ("出口", "3.1", "9.0")]), "the title says 2026-03"),
    (zh.page(TITLES["headline"], CNY, [("项目", "3月累计", "3月"), ("出口", "3.1", "9.0")]), "'cumulative' is unknown"),
    (zh.page(TITLES["headline"], CNY, [("项目", "金额", "同比"), ("出口", "3.1", "9.0")]), "says no month"),
    (zh.page(TITLES["headline"], CNY, [("项目", "3月", "3月"), ("出口", "3.1", "9.0")]), "two columns are headed"),
    (zh.page("（1）进出口商品总值表（人民币值）", CNY, zh.HEADLINE), "says no month and year"),
    (zh.page("（4）2026年3月进出口商品类章总值表（人民币值）", CNY, zh.HEADLINE), "whose table is not read"),
    (zh.page("（6）2026年3月出口商品贸易方式企业性质总值表", CNY, zh.HEADLINE), "whose table is not read"),
    (zh.page(TITLES["headline"], CNY, inner="<img src='/u/1.png'/>"), "its figures are in '/u/1.png': transcribe"),
    (zh.page(TITLES["headline"], CNY, inner="<a href='/f/1.xls'>下载</a>"), "in '/f/1.xls': save that and ingest it"),
    (zh.page(TITLES["headline"], CNY, inner="<iframe src='/wps/1'></iframe>"), "in a frame, 'www.customs.gov.cn"),
    (zh.page(TITLES["headline"], CNY, inner=zh.table(CNY, zh.HEADLINE) * 2), "2 tables"),
    (zh.page(TITLES["headline"], CNY, zh.HEADLINE)[:-900], "never closed"),
]


@pytest.mark.parametrize(("content", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_what_cannot_be_read_is_refused_in_one_line(content: bytes, says: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(content)
    assert says.replace("www.customs.gov.cn", "") in str(caught.value).replace("www.customs.gov.cn", "")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["headline", "country", "regime", "products", "province"])
def test_no_mutation_reads_a_figure_that_is_not_there(name: str) -> None:
    rows = {"headline": zh.HEADLINE, "country": zh.COUNTRY, "regime": zh.REGIMES, "products": zh.PRODUCTS}.get(
        name, zh.PROVINCES
    )
    good = zh.page(TITLES[name], CNY, rows).decode()
    keys = ["partner", "product", "breakdown", "flow", "measure", "unit", "basis", "period", "mantissa", "exponent"]

    def said(text: str) -> tuple[set[tuple[object, ...]], Parsed | None]:
        try:
            parsed = SOURCE.parse(Document("gacc", text.encode(), "page.html"))
        except ParseError:
            return set(), None
        figures = parsed.readings.dropna(subset=["mantissa"])[keys].astype(str)
        return set(figures.itertuples(index=False, name=None)), parsed

    whole, _ = said(good)
    cells = [cell for row in rows[2:] for cell in row[1:] if cell[-1].isdigit()]
    mutants = [good[: len(good) * part // 12] for part in range(1, 12)]
    mutants += [good.replace(f"<p>{cell}</p>", f"<p>{mark}</p>", 1) for cell in cells[:3] for mark in ("", "见图", "—")]
    mutants += [good.replace("</tr><tr>", "</tr><!-- <tr>", 1), good.replace("<tbody>", "<tbody style='display:none'>")]
    slips = {"人民币": "美元", "3月": "4月", "进口": "出口", "数量": "金额"}
    mutants += [good.replace(word, slip, times) for word, slip in slips.items() for times in (1, -1)]
    for mutant in mutants:
        found, parsed = said(mutant)
        if parsed is not None and not found <= whole:
            assert parsed.notices or judge(parsed.readings, DATASETS).held


@pytest.mark.parametrize("name", ["headline", "country", "products"])
def test_an_attached_workbook_says_what_the_page_says(name: str) -> None:
    rows = {"headline": zh.HEADLINE, "country": zh.COUNTRY, "products": zh.PRODUCTS}[name]
    columns = ["partner", "product", "flow", "measure", "unit", "basis", "period", "mantissa", "exponent", "status"]
    page = parse(zh.page(TITLES[name], CNY, rows)).readings[columns].astype(str)
    for content in (book := zh.workbook(TITLES[name], CNY, rows), old(book)):
        parsed = parse(content)
        assert (list(parsed.unreadable), parsed.notices, parsed.undated) == ([], (), True)
        assert parsed.readings[columns].astype(str).equals(page)


def test_workbooks_that_say_two_things_or_hide_one() -> None:
    def changed(edit: Callable[[Any], object]) -> Parsed:
        content = edited(zh.workbook(TITLES["headline"], CNY, zh.HEADLINE), lambda _, sheet: edit(sheet))
        return SOURCE.parse(Document("gacc", content, "1.xlsx"))

    assert "title says CNY" in changed(lambda sheet: sheet.__setitem__("F3", "单位：百万美元")).notices[0].sentence
    hidden = changed(lambda sheet: setattr(sheet.row_dimensions[8], "hidden", True))
    assert (len(hidden.readings), [one.severity for one in hidden.unreadable]) == (15, ["warning"])
    hidden = changed(lambda sheet: setattr(sheet.column_dimensions["C"], "hidden", True))
    assert set(hidden.readings.query("measure == 'level'")["period"]) == {"2026-Q1"}
    unformatted = changed(lambda sheet: setattr(sheet["C7"], "number_format", "General"))
    assert [one.position for one in unformatted.unreadable] == ["row 7, column 3"]
    with pytest.raises(ParseError, match="expected one"):
        changed(lambda sheet: sheet.parent.create_sheet("美元").__setitem__("A1", 5))


def test_indexes_of_both_sites_and_what_a_page_leads_to() -> None:
    listed = "".join(f"<li><a href='/tjs/{n}.html'>{title}</a></li>" for n, title in enumerate(TITLES.values()))
    rows = "<td>（8）进出口商品收发货人所在地总值表</td><td><a href='a.html'>1月</a><a href='b.html'>2月</a></td>"
    other = "<li><a href='/tjs/x.html'>（12）2026年3月外商投资企业进出口总值表</a></li>"
    index = f"<!DOCTYPE html><html><body>{listed}{other}<table><tr>{rows}</tr></table></body></html>".encode()
    url = f"{CHINESE}/{INDEXES[0]}"
    there = [request.url for request in follow(Document("gacc", index, "index.html", url=url))]
    assert there[-6:] == [f"tjs/{n}.html" for n in range(6)]
    assert [one.rpartition("/")[2] for one in there[:-6]] == ["a.html", "b.html"]
    for inner, to in (("<iframe src='/wps/1?a=B'></iframe>", "wps/1?a=B"), ("<a href='t/1.xls'>附件</a>", "c/t/1.xls")):
        page = Document("gacc", zh.page(TITLES["headline"], CNY, inner=inner), "p", url=f"{CHINESE}/c/p.html")
        (request,) = follow(page)
        assert (request.url, request.released, request.instead) == (to, "2026-04-14", True)
    foreign = zh.page(TITLES["headline"], CNY, inner="<iframe src='http://other.example/1'></iframe>")
    assert not list(follow(Document("gacc", foreign, "p", url=f"{CHINESE}/c/p.html")))
    assert not list(
        follow(Document("gacc", zh.page(TITLES["headline"], CNY, zh.HEADLINE), "p", url=f"{CHINESE}/p.html"))
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1至11月累计同比±%", "1 to 11 cumulative year-on-year ±%"),
        ("比去年同期 ± ％", "year-on-year ±%"),
        ("去年同期累计", "a-year-earlier cumulative"),
        ("与上月环比", "month-on-month"),
        ("与去年同月比（±%）", "this month year-on-year (±%)"),
        ("累计与上年同期比增减（%）", "cumulative year-on-year (%)"),
        ("Year-on-Year", "Year-on-Year"),
        ("主办单位：海关总署", "主办单位:海关总署"),
    ],
)
def test_headings_in_english(text: str, said: str) -> None:
    assert english(text) == said


def test_places_may_be_named_in_short_and_areas_as_customs_does() -> None:
    rows = [*zh.PROVINCES[:3], *((name, *zh.PROVINCES[4][1:]) for name in ("北京", "广西", "内蒙古", "深圳"))]
    found = parse(zh.page(TITLES["province"], CNY, rows)).readings["breakdown"].unique()
    assert list(found) == ["_T", "province=beijing", "province=guangxi", "province=inner-mongolia", "city=shenzhen"]
    names = {"阿联酋": "ARE", "刚果（金）": "COD", "多米尼加": "DOM", "中国澳门": "MAC", "库腊索": "CUW", "火星": None}
    assert {name: area_code(name) for name in names} == names


def test_words_of_units_and_months() -> None:
    units = {"万吨": "t 10 thousand", "千克": "kg", "克": "g", "亿个": "piece 100 million", "10,000 Tons": "t 10000"}
    assert {text: quantity_unit(text) for text in units} == units
    assert [quantity_unit(text) for text in ("标箱", "62.0", "-", "", "万")] == [None] * 5
    assert str(title_month(english("二〇二六年十二月"))) == "2026-12"
