"""SAFE's workbooks: months by their place, debits turned, items by their names; the unknown is listed or refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from schemas.judge import judge
from schemas.observations import OBSERVATIONS
from sources.safe import LANDING, SOURCE, follow, requests
from sources.shared.china.payments import kinds
from tests import payloads
from tests.test_workbooks import edited, old

DATASETS = {dataset.id: dataset for dataset in SOURCE.datasets}
ONE = ("以美元计值（月度）",)
NAMES = {
    "加工服务": "Manufacturing services on physical inputs owned  by others",
    "维护和维修服务": "Maintenance and repair services n.i.e",
    "运输": "Transport",
    "旅行": "Travel",
    "建设": "Construction",
    "保险和养老金服务": "Insurance and pension services",
    "金融服务": "Financial services",
    "知识产权使用费": "Charges for the use of intellectual property n.i.e.",
    "电信、计算机和信息服务": "Telecommunications, computer and information services",
    "其他商业服务": "Other business services",
    "个人、文化和娱乐服务": "Personal, cultural and recreational services",
    "别处未提及的政府服务": "Government goods and services n.i.e",
}


def parse(content: bytes) -> Parsed:
    assert SOURCE.recognise is not None
    assert SOURCE.recognise(content)
    parsed = SOURCE.parse(Document("safe", content, "trade.xlsx", released="2025-04-25"))
    OBSERVATIONS.validate(parsed.readings, lazy=True)
    return parsed


def figures(parsed: Parsed, **cell: str) -> list[tuple[str, ...]]:
    frame = parsed.readings
    for name, text in cell.items():
        frame = frame[frame[name] == text]
    return [tuple(row) for row in frame[["product", "flow", "period", "text"]].astype(str).to_numpy()]


def months(*periods: Any, **more: Any) -> list[str]:
    items = [(name, *([number * len(periods) for number in ([5], [9], [-4])])) for name in ("货物和服务",)]
    return list(parse(payloads.safe(items, periods=periods, names=ONE, **more)).readings["period"].unique())


def test_both_currencies_with_debits_turned() -> None:
    parsed = parse(payloads.safe())
    assert (parsed.unreadable, parsed.notices) == ((), ())
    assert figures(parsed, unit="USD", period="2025-02") == [
        *(("total", "B", "2025-02", "482"), ("total", "X", "2025-02", "2,811"), ("total", "M", "2025-02", "2,329")),
        *(("goods", "B", "2025-02", "647"), ("goods", "X", "2025-02", "2,494"), ("goods", "M", "2025-02", "1,848")),
        *(
            ("services", "B", "2025-02", "-164"),
            ("services", "X", "2025-02", "317"),
            ("services", "M", "2025-02", "481"),
        ),
    ]
    assert set(parsed.readings["exponent"]) == {8}
    assert set(parsed.readings["dataset"]) == {"safe-trade"}
    assert not [one for one in judge(parsed.readings, DATASETS).findings if one.result == "fails"]
    assert old(payloads.safe()) != payloads.safe()
    assert parse(old(payloads.safe())).readings["mantissa"].equals(parsed.readings["mantissa"])


@pytest.mark.parametrize("in_english", [False, True])
@pytest.mark.parametrize("number", ["1.B.{}", "2.{}", "1.A.b.{}", "{}."])
def test_services_by_kind_are_a_partition(number: str, in_english: bool) -> None:
    words = ("Credit", "Debit") if in_english else ("贷方", "借方")
    rows = [("2. Services" if in_english else "1.B 服务", [12], [24], [-12])]
    for at, names in enumerate(NAMES.items(), 1):
        rows.append((number.format(at) + " " * (at % 2) + names[in_english], [1], [2], [-1]))
    title = "China's International Trade in Goods and Services (BPM6)" if in_english else "中国国际货物和服务贸易数据"
    unit = "(In 100 million of USD)" if in_english else "单位:亿美元"
    made = {"title": title, "unit": unit, "words": words, "names": ("Monthly ",), "periods": ["2024.12"]}
    parsed = parse(payloads.safe(rows, **made))
    assert (parsed.unreadable, parsed.notices) == ((), ())
    assert list(parsed.readings["product"].unique()) == ["services", *kinds()]
    judged = judge(parsed.readings, DATASETS)
    assert list(judged.evaluations.query("rule == 'parts' and result == 'holds'")["severity"]) == ["warning"] * 3


def test_a_kind_of_services_that_does_not_fit_is_found() -> None:
    rows = [("2.服务贸易差额", [12], [24], [-12]), *((name, [1], [2], [-1]) for name in NAMES)]
    rows[-1] = (rows[-1][0], [1], [31], [-30])
    judged = judge(parse(payloads.safe(rows, periods=["2024.12"], names=ONE)).readings, DATASETS)
    failing = [one for one in judged.findings if one.result == "fails"]
    assert {(one.rule, one.severity) for one in failing} == {("parts", "warning")}


@pytest.mark.parametrize(
    ("periods", "said"),
    [
        (("2015.8", "2015.9", "2015.1", "2015.11"), ["2015-08", "2015-09", "2015-10", "2015-11"]),
        ((2014.12, 2015.1, 2015.2), ["2014-12", "2015-01", "2015-02"]),
        ((2015.9, 2015.1), ["2015-09", "2015-10"]),
        (("2015.3", "2015.2", "2015.1"), ["2015-03", "2015-02", "2015-01"]),
        (("2015.01",), ["2015-01"]),
        (("2015.10",), ["2015-10"]),
        ((datetime(2015, 12, 1), datetime(2016, 1, 1)), ["2015-12", "2016-01"]),
        (("2015年12月", "2016年1月"), ["2015-12", "2016-01"]),
        (("2015Q4", "2016Q1", "2016"), ["2015-Q4", "2016-Q1", "2016"]),
        (("2015年四季度", "2016年第1季度"), ["2015-Q4", "2016-Q1"]),
        ((2015, 2016, "2017年"), ["2015", "2016", "2017"]),
        (("2015.11", "2015.12", "2015"), ["2015-11", "2015-12", "2015"]),
    ],
)
def test_a_month_is_what_its_neighbours_make_it(periods: tuple[Any, ...], said: list[str]) -> None:
    assert sorted(months(*periods)) == sorted(said)


@pytest.mark.parametrize(
    ("periods", "says"),
    [
        (("2015.1",), "two readings of them do"),
        (("2015.1", "2015.3"), "they do not"),
        (("2015.9", "2015.1", "2015.12"), "they do not"),
        (("2015.1", "2015.1"), "they do not"),
        (("2015.13",), "expected"),
        (("2015Q1", "2015Q1"), "heads two columns"),
        (("2015.2", "增长"), "is headed '增长', expected a period"),
        (("去年", "今年"), "no header of periods"),
    ],
)
def test_a_header_that_leaves_a_month_open_is_refused(periods: tuple[Any, ...], says: str) -> None:
    with pytest.raises(ParseError, match=says):
        months(*periods)


def test_a_balance_of_payments_is_read_for_its_trade() -> None:
    items = [
        ("1. 经常账户", [5, 6], [9, 9], [-4, -3]),
        ("   1.A 货物和服务", [3, 4], [7, 7], [-4, -3]),
        ("      1.A.a 货物", [2, 3], [4, 4], [-2, -1]),
        ("      1.A.b 服务", [1, 1], [3, 3], [-2, -2]),
        ("   1.B 初次收入", [2, 2], [2, 2], [0, 0]),
        ("2. 资本和金融账户", [5, 6], [9, 9], [-4, -3]),
    ]
    names = ("季度BOP（SDR） ",)
    made: dict[str, Any] = {"periods": ("2015Q1", "2015Q2"), "title": "中国国际收支平衡表（季度表）", "names": names}
    parsed = parse(payloads.safe(items, unit="单位:亿SDR", **made))
    assert (parsed.unreadable, parsed.notices) == ((), ())
    assert set(parsed.readings["dataset"]) == {"safe-bop"}
    assert (set(parsed.readings["unit"]), set(parsed.readings["exponent"])) == ({"XDR"}, {8})
    assert list(parsed.readings["product"].unique()) == ["total", "goods", "services"]
    assert len(parsed.readings) == 18
    items.insert(4, ("         1.A.b.13 太空旅行", [1, 1], [3, 3], [-2, -2]))
    listed = parse(payloads.safe(items, unit="单位:亿SDR", **made)).unreadable
    assert len(listed) == 6
    assert "an unknown item" in listed[0].expected
    (notice,) = parse(payloads.safe(items, unit="单位:亿美元", **made)).notices
    assert (notice.rule, "XDR: refusing to guess" in notice.sentence) == ("unit", True)


def test_precision_is_what_the_cell_shows() -> None:
    rows = [("货物和服务", [482.4321, 646.4], [2811.2, 3299.1], [-2329.04, -2653.0])]
    assert figures(parse(payloads.safe(rows, names=ONE, code="#,##0.0")), flow="M") == [
        ("total", "M", "2025-02", "2,329.0"),
        ("total", "M", "2025-03", "2,653.0"),
    ]
    listed = parse(payloads.safe(rows, names=ONE, code="General"))
    assert [one.position for one in listed.unreadable] == [f"table 1, row {row}, column {column}" for row, column in
                                                           ((5, 2), (5, 3), (6, 2), (6, 3), (7, 2))]  # fmt: skip
    assert figures(listed) == [("total", "M", "2025-03", "2,653")]


def test_cells_without_a_figure() -> None:
    rows = [
        ("货物和服务", [None, 5, None, 6, None], [None, 9, "-", 9, None], [None, -4, -3, -3, None]),
        ("货物", [1, 5, 5, 6, None], [2, 9, 8, 9, None], [-1, -4, -3, -3, None]),
    ]
    parsed = parse(payloads.safe(rows, names=ONE, periods=("2015.1", "2015.2", "2015.3", "2015.4", "2015.5")))
    assert not parsed.unreadable
    absent = parsed.readings[parsed.readings["mantissa"].isna()]
    assert [tuple(row) for row in absent[["product", "flow", "period", "status"]].to_numpy()] == [
        ("total", "B", "2015-03", "M"),
        ("total", "X", "2015-03", "NA"),
    ]
    assert "2015-05" not in set(parsed.readings["period"])


def test_what_a_workbook_hides_or_says_twice() -> None:
    def changed(edit: Any) -> Parsed:
        return parse(edited(payloads.safe(), lambda _, sheet: edit(sheet)))

    column = changed(lambda sheet: setattr(sheet.column_dimensions["B"], "hidden", True))
    assert set(column.readings.query("unit == 'USD'")["period"]) == {"2025-03"}
    assert {one.severity for one in column.unreadable} == {"warning"}
    row = changed(lambda sheet: setattr(sheet.row_dimensions[6], "hidden", True))
    assert len(row.readings) == 34
    item = changed(lambda sheet: setattr(sheet.row_dimensions[8], "hidden", True))
    assert [one[:2] for one in figures(item, unit="USD", period="2025-03")][3:5] == [("goods", "X"), ("goods", "M")]
    assert "says" in changed(lambda sheet: sheet.__setitem__("C3", "单位：亿元")).notices[0].sentence
    assert changed(lambda sheet: setattr(sheet, "title", "以人民币计值")).notices
    swapped = changed(lambda sheet: sheet.__setitem__("A6", "借方"))
    assert {one.rule for one in judge(swapped.readings, DATASETS).findings if one.result == "fails"} >= {"repeat"}
    stray = changed(lambda sheet: sheet.__setitem__("A6", "收入"))
    assert [one.seen for one in stray.unreadable][:3] == ["收入: 2811", "收入: 3299", "借方: -2329"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"unit": "单位：亿日元"}, "unit line '亿日元' is unknown"),
        ({"unit": ""}, "says no unit"),
        (
            {"items": [("外债", [1, 2], [3, 4], [5, 6])], "title": "中国外债数据"},
            "expected 国际收支平衡表 or 货物和服务贸易",
        ),
        (
            {"items": [("外债", [1, 2], [3, 4], [5, 6])], "title": "国际货物和服务贸易", "words": ("a", "b")},
            "no item of trade",
        ),
    ],
)
def test_what_is_not_read(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ParseError, match=says):
        SOURCE.parse(Document("safe", payloads.safe(**{"names": ONE, **changes}), "x.xlsx"))


def landing(*links: tuple[str, str]) -> bytes:
    anchors = "".join(f'<p><a href="{to}" title="{title}.xlsx">{title}</a></p>' for to, title in links)
    head = "<!DOCTYPE html><html><head><title>国际收支</title></head>"
    return f"{head}<body>{anchors}www.safe.gov.cn</body></html>".encode()


def test_a_landing_page_leads_to_its_workbook_by_title_and_day() -> None:
    new, before, other = (f"/safe/file/file/{day}/{'0a' * 16}.xlsx" for day in ("20260929", "20260626", "20261001"))
    links = [
        (before, "中国国际收支平衡表时间序列(BPM6)"),
        (new, "中国国际收支平衡表时间序列(BPM6)"),
        (other, "银行结售汇数据时间序列"),
        (other, "中国国际收支平衡表时间序列（1982-2014）(BPM5)"),
    ]
    trade, payments = (f"https://www.safe.gov.cn/{page}" for page in LANDING)
    assert [request.url for request in requests(None)] == list(LANDING)
    (request,) = follow(Document("safe", landing(*links), "p", url=payments))
    assert (request.url, request.released) == (new.lstrip("/"), "2026-09-29")
    with pytest.raises(ParseError, match="links to no workbook"):
        list(follow(Document("safe", landing(*links), "p", url=trade)))
    (request,) = follow(Document("safe", landing((new, "国际收支货物和服务贸易数据（2015年以来）")), "p", url=trade))
    assert request.url == new.lstrip("/")
    assert not list(follow(Document("safe", payloads.safe(), "x", url="https://www.safe.gov.cn/safe/file/file/x.xlsx")))
    assert SOURCE.recognise is not None
    assert SOURCE.recognise(landing(*links))
    with pytest.raises(ParseError, match="expected the workbook"):
        SOURCE.parse(Document("safe", landing(*links), "p.html"))
