"""Pages of China Customs in Chinese, in the shapes of its site; the figures are our own."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import openpyxl

Rows = Sequence[Sequence[str]]


def table(unit: str, rows: Rows, notes: str = "", title: str = "") -> str:
    """A table as its editor writes it; a cell ``text|2x1`` spans 2 columns and 1 row."""
    width = sum(int(cell.rpartition("|")[2].split("x")[0]) if "|" in cell else 1 for cell in rows[0])
    body = ""
    for row in rows:
        cells = ""
        for cell in row:
            text, bar, span = cell.rpartition("|")
            wide, tall = span.split("x") if bar else ("1", "1")
            cells += (
                f'<td colspan="{wide}" rowspan="{tall}" style="border: 1px solid"><p>{text if bar else cell}</p></td>'
            )
        body += f"<tr>{cells}</tr>"
    above = "".join(f'<tr><td colspan="{width}">{line}</td></tr>' for line in (title, unit) if line)
    below = f'<tr><td colspan="{width}">{notes}</td></tr>' if notes else ""
    return f'<table style="BORDER-COLLAPSE: collapse"><tbody>{above}{body}{below}</tbody></table>'


def page(
    title: str,
    unit: str,
    rows: Rows = (("",),),
    *,
    notes: str = "",
    date: str = "2026-04-14",
    inner: str = "",
    charset: str = "utf-8",
    encoding: str = "",
) -> bytes:
    """A release page of the Chinese site; ``inner`` replaces its table, ``encoding`` is what it is written in."""
    menu = "".join(f"<li><a href='/customs/{n}/index.html'>海关总署网站栏目第{n}项</a></li>" for n in range(40))
    text = (
        f'<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}">'
        f'<title>{title}</title><meta name="SiteDomain" content="www.customs.gov.cn">'
        f'<meta name="PubDate" content="{date} 10:00"></head><body><ul>{menu}</ul>'
        f'<div class="easysite-news-title"><h2>{title}</h2><p>发布时间：{date} 来源：统计分析司</p>'
        f'</div><div class="easysite-news-text" id="easysiteText">{inner or table(unit, rows, notes)}</div>'
        "<p>主办单位：中华人民共和国海关总署 网址：www.customs.gov.cn</p></body></html>"
    )
    return text.encode(encoding or charset)


def workbook(title: str, unit: str, rows: Rows, *, notes: str = "注：略", noise: float = 0.0001) -> bytes:
    """The same as a workbook, as the agency attaches it: more digits than its number formats show, rates as text."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "月报 "
    sheet["B2"], sheet["F3"], sheet[f"B{len(rows) + 4}"] = title, unit, notes
    sheet.merge_cells("B2:G2")
    taken: set[tuple[int, int]] = set()
    for number, row in enumerate(rows, 4):
        column = 2
        for said in row:
            while (number, column) in taken:
                column += 1
            text, bar, span = said.rpartition("|")
            wide, tall = map(int, span.split("x")) if bar else (1, 1)
            cell = sheet.cell(number, column, text if bar else said)
            if re.fullmatch(r"[\d,]+(\.\d)?", said) and "," in said:
                cell.value, cell.number_format = float(said.replace(",", "")) + noise, "#,##0.0"
            if wide * tall > 1:
                sheet.merge_cells(None, number, column, number + tall - 1, column + wide - 1)
            taken |= {(number + down, column + right) for down in range(tall) for right in range(wide)}
            column += wide
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


HEADLINE = (
    ("项目|1x2", "3月|1x2", "1至3月累计|1x2", "3月|2x1", "1至3月累计"),
    ("环比±%", "同比±%", "同比±%"),
    ("进出口总值", "37,077.3", "105,432.1", "12.4", "8.6", "7.1"),
    ("出口总值", "21,470.6", "61,002.5", "15.0", "11.2", "8.9"),
    ("进口总值", "15,606.7", "44,429.6", "9.1", "5.2", "4.8"),
    ("贸易差额", "5,863.9", "16,572.9", "-", "-", "-"),
)
COUNTRY = (
    ("国别（地区）|1x2", "进出口|2x1", "出口|2x1", "进口|2x1", "累计比去年同期±%|3x1"),
    ("3月", "1至3月", "3月", "1至3月", "3月", "1至3月", "进出口", "出口", "进口"),
    ("总值", "37,077.3", "105,432.1", "21,470.6", "61,002.5", "15,606.7", "44,429.6", "7.1", "8.9", "4.8"),
    ("欧洲联盟", "4,873.2", "13,752.6", "3,711.8", "9,240.9", "1,161.4", "4,511.7", "12.7", "21.2", "2.1"),
    ("　其中：德国", "1,250.0", "3,752.6", "711.8", "2,240.9", "538.2", "1,511.7", "2.7", "1.2", "5.1"),
    (
        "区域全面经济伙伴关系协定（RCEP）成员国",
        "9,000.1",
        "27,000.2",
        "5,000.0",
        "15,000.1",
        "4,000.1",
        "12,000.1",
        *"123",
    ),
    ("共建“一带一路”国家和地区", "8,000.1", "24,000.2", "5,000.0", "15,000.1", "3,000.1", "9,000.1", *"456"),
)
REGIMES = (
    ("贸易方式|1x2", "3月|3x1", "比去年同期±%|3x1"),
    ("进出口", "出口", "进口", "进出口", "出口", "进口"),
    ("总值", "37,077.3", "21,470.6", "15,606.7", "8.6", "11.2", "5.2"),
    ("一般贸易", "24,225.6", "14,262.4", "9,963.2", "7.1", "13.3", "-0.7"),
    ("对外承包工程出口货物", "61.9", "61.9", "-", "-17.1", "-17.1", "-"),
)
REGIMES_DETAILED = (
    ("贸易方式|1x2", "出口|2x1", "进口|2x1"),
    ("3月", "1至3月", "3月", "1至3月"),
    ("总值|1x2", "315589337", "821830961", "227398611", "617123463"),
    ("14.8", "0.5", "-1.4", "-7.1"),
    ("一般贸易|1x2", "210968201", "535240590", "146753374", "403851028"),
    ("22.4", "4.4", "1.1", "-5.3"),
)
PRODUCTS = (
    ("商品名称|1x2", "计量单位|1x2", "3月|2x1", "1至3月累计|2x1", "去年同期累计|2x1", "累计比去年同期±%|2x1"),
    (*("数量", "金额") * 4,),
    ("农产品*", "-", "-", "612.4", "-", "1,803.1", "-", "1,755.0", "-", "2.7"),
    ("　　水产品", "万吨", "35.0", "112.5", "98.4", "301.2", "95.1", "299.9", "3.5", "0.4"),
    ("汽车（包括底盘）", "万辆", "62.0", "812.4", "169.9", "2,201.7", "160.3", "2,180.5", "6.0", "1.0"),
    ("鞋靴", "亿双", "7.1", "291.3", "20.2", "822.0", "21.0", "850.7", "-3.8", "-3.4"),
    ("船舶", "艘", "571", "239.9", "1577", "700.1", "1410", "560.2", "11.8", "25.0"),
)
PROVINCES = (
    ("收发货人所在地|1x2", "进出口|2x1", "出口|2x1", "进口|2x1", "累计比去年同期±%|3x1"),
    ("3月", "1至3月", "3月", "1至3月", "3月", "1至3月", "进出口", "出口", "进口"),
    ("总值", "370773112", "1054321430", "214706001", "610025055", "156067111", "444296375", "7.1", "8.9", "4.8"),
    ("北京市", "30773112", "90321430", "4706001", "14025055", "26067111", "76296375", "-1.1", "2.9", "-1.8"),
    ("内蒙古自治区", "1773112", "5321430", "706001", "2025055", "1067111", "3296375", "5.1", "2.9", "7.8"),
    ("　其中：深圳市", "38773112", "110321430", "24706001", "70025055", "14067111", "40296375", "3.1", "2.9", "3.4"),
)
MONTHS = (
    ("年月|1x2", "当月|4x1", "1至当月累计|4x1"),
    (*("进出口", "出口", "进口", "贸易差额") * 2,),
    ("2025.12", "36,500.1", "21,000.0", "15,500.1", "5,499.9", "420,000.5", "240,000.3", "180,000.2", "60,000.1"),
    ("2026.01", "34,100.2", "20,000.1", "14,100.1", "5,900.0", "34,100.2", "20,000.1", "14,100.1", "5,900.0"),
    ("与上月环比(±%)", "-6.6", "-4.8", "-9.0", "-", "-", "-", "-", "-"),
    ("与去年同期比(±%)", "3.1", "2.0", "4.7", "-", "3.1", "2.0", "4.7", "-"),
    ("2026.02", *[""] * 8),
)
