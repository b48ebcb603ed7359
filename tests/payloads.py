"""Payloads in the real shapes, written by hand: figures are facts as published, except where a docstring says not."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import openpyxl

#: U.S. trade in USD million: label → balance, exports, imports × total, goods, services (FT-900 of April 2022).
FT900_2021 = {
    "Jan. - Dec.": (-861383, -1091384, 230001, 2532955, 1761709, 771247, 3394339, 2853093, 541245),
    "November": (-80068, -98371, 18303, 225062, 156271, 68792, 305130, 254642, 50488),
    "December": (-81957, -101751, 19794, 228347, 158208, 70139, 310304, 259959, 50345),
}
FT900_2022 = {
    "Jan. - Feb.": (-178414, -216073, 37659, 453120, 314760, 138360, 631534, 530833, 100701),
    "January (R)": (-89229, -108603, 19374, 224490, 155983, 68507, 313720, 264586, 49133),
    "February": (-89185, -107470, 18285, 228630, 158777, 69853, 317814, 266246, 51568),
    "March": (),
}
FT900_FOOT = ("January", (-89692, -108864, 19172, 224400, 155890, 68511, 314093, 264754, 49339))
#: The same as it stood a release earlier, with January alone to date.
FT900_JANUARY = {"Jan. -": FT900_FOOT[1], "January": FT900_FOOT[1], "February": ()}

GROUPS = ("Balance", "Exports", "Imports")
ITEMS = ("Total", "Goods (1)", "Services")


def ft900(
    years: dict[str, dict[str, tuple[int, ...]]] | None = None,
    foot: tuple[str, tuple[int, ...]] | None = FT900_FOOT,
    *,
    unit: str = "In millions of dollars. Details may not equal totals due to seasonal adjustment and rounding.",
    title: str = "Exhibit 1. U.S. International Trade in Goods and Services",
    groups: Sequence[str] = GROUPS,
    items: Sequence[str] = ITEMS,
    number_format: str = "#,##0",
    scale: float = 1,
) -> bytes:
    """An Exhibit 1; columns in the order of ``groups`` × ``items``."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    order = [(GROUPS.index(g), ITEMS.index(i)) for g in groups if g in GROUPS for i in items if i in ITEMS]

    def put(label: str | None, figures: tuple[int, ...] = ()) -> None:
        cells: list[Any] = [
            figures[3 * g + i] / scale if scale != 1 else figures[3 * g + i] for g, i in order if figures
        ]
        sheet.append([label, *cells] if figures else [label, *[""] * len(order)])
        for cell in sheet[sheet.max_row][1:]:
            cell.number_format = number_format

    sheet.append([None])
    sheet.append(["Part A: Seasonally Adjusted (by Commodity/Service)"])
    sheet.append([title])
    sheet.append([unit])
    sheet.append(["Period", *[text for g in groups for text in (g, *[None] * (len(items) - 1))]])
    sheet.append([None, *[item for _ in groups for item in items]])
    for year, rows in (years or {"2021": FT900_2021, "2022": FT900_2022}).items():
        sheet.append([year])
        for label, figures in rows.items():
            put(label, figures)
    if foot:
        sheet.append([f"{foot[0]} data as published last month:"])
        put(None, foot[1])
    sheet.append(["(1) Data are presented on a balance of payments (BOP) basis."])
    sheet.append(["NOTE: For information on data sources and methodology, see the explanatory notes."])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def gacc_page(
    title: str, unit: str, rows: Sequence[Sequence[str]], *, date: str = "2024/12/10", inner: str = ""
) -> bytes:
    """A release page of China Customs; a cell ``text|2x1`` spans 2 columns and 1 row; ``inner`` replaces the table."""
    body = ""
    for row in rows:
        cells = ""
        for cell in row:
            text, bar, span = cell.rpartition("|")
            wide, tall = span.split("x") if bar else ("1", "1")
            shown = (text if bar else cell).replace("&", "&amp;")
            cells += f'<td colspan="{wide}" rowspan="{tall}"><span><b>{shown}</b></span></td>'
        body += f"<tr>{cells}</tr>"
    width = sum(int(c.rpartition("|")[2].split("x")[0]) if "|" in c else 1 for c in rows[0]) if rows else 1
    table = (
        f'<table class="ke-zeroborder"><tbody><tr><td colspan="{width}">{title.replace("&", "&amp;")}</td></tr>'
        f'<tr><td colspan="{width}" align="right">{unit}</td></tr>{body}'
        f'<tr><td colspan="{width}">Note: 1.The European Union (EU) includes: Belgium, Denmark, Germany, France.'
        "</td></tr></tbody></table>"
    )
    menu = "".join(
        f'<li><a href="/statics/{n}.html">Menu entry {n} of the site of China Customs</a></li>' for n in range(40)
    )
    return (
        f"<!DOCTYPE html><html><head><meta charset='UTF-8'><title>{title}</title></head><body><ul>{menu}</ul>"
        f'<div class="atcl-ttl">{title}</div><div class="atcl-date">{date}</div>'
        f'<div class="atcl-cnt">{inner or table}</div>'
        "<a href='http://english.customs.gov.cn'>General Administration of Customs</a> China's</body></html>"
    ).encode()


HEADLINE_TITLE = "(1) China's Total Export & Import Values, November 2024 (in USD)"
#: November 2024, USD 100 million; month on month is left out where it is not at hand.
HEADLINE_ROWS = (
    ("Item|1x2", "11|1x2", "1-to-11|1x2", "11|2x1", "1-to-11"),
    ("Month-on-Month ±%", "Year-on-Year ±%", "Year-on-Year ±%"),
    ("Total Export & Import", "5,271.8", "55,967.4", "0.9", "2.1", "3.6"),
    ("Total Export", "3,123.1", "32,407.1", "1.1", "6.7", "5.4"),
    ("Total Import", "2,148.7", "23,560.3", "-", "-3.9", "1.2"),
    ("Export-Import Balance", "974.4", "8,846.8", "-", "-", "-"),
)
JAN_FEB_TITLE = "(1) China's Total Export & Import Values, Feb 2025 (in USD)"
JAN_FEB_ROWS = (
    ("Item", "1-to-2", "1-to-2 Total Year-on-Year ±%"),
    ("Total Export & Import", "9,093.7", "-2.4"),
    ("Total Export", "5,399.4", "2.3"),
    ("Total Import", "3,694.3", "-8.4"),
    ("Export-Import Balance", "1,705.2", "-"),
)
COUNTRY_TITLE = "(4) China's Total Export & Import Values by Country/Region, Mar 2026 (in CNY)"
COUNTRY_ROWS = (
    (
        *("Import Source", "Export & Import", "Export & Import", "Export", "Export", "Import", "Import"),
        "1-to-3 Total Year-on-Year (±%)|3x1",
    ),
    (*("Export Destination", "3", "1- to-3", "3", "1- to-3", "3", "1- to-3"), "Export & Import", "Export", "Import"),
    ("Total", "41,046.4", "118,380.0", "22,297.0", "68,466.7", "18,749.4", "49,913.3", "15.0", "11.9", "19.6"),
    ("European Union", "4,873.2", "14,862.2", "3,248.9", "10,344.0", "1,624.3", "4,518.2", "14.6", "18.0", "7.6"),
    ("of which: Germany", "1,243.6", "3,752.6", "711.8", "2,240.9", "531.7", "1,511.7", "12.7", "21.2", "2.1"),
    ("United States (US)", "2,921.1", "9,016.7", "2,045.0", "6,777.6", "876.1", "2,239.0", "-18.7", "-18.3", "-19.7"),
    ("Africa", "2,074.9", "6,465.6", "1,243.7", "4,254.5", "831.1", "2,211.1", "23.7", "29.0", "14.6"),
)


def gacc_headline(**changes: Any) -> bytes:
    """The headline table of November 2024 in USD."""
    return gacc_page(**{"title": HEADLINE_TITLE, "unit": "Unit: USD 100 Million", "rows": HEADLINE_ROWS, **changes})


def gacc_country(**changes: Any) -> bytes:
    """Some rows of the country table of March 2026 in CNY."""
    made = {"title": COUNTRY_TITLE, "unit": "Unit: CNY 100 Million", "rows": COUNTRY_ROWS, "date": "2026/04/08"}
    return gacc_page(**{**made, **changes})


def gacc_index(*links: str) -> bytes:
    """An index of releases: the headline row links to ``links``, the row by trade mode elsewhere."""
    anchors = "".join(f"<a href=http://english.customs.gov.cn{link}> Nov.</a>" for link in links)
    return (
        "<!DOCTYPE html><html><head><title>News - Newsroom - GACC</title></head><body>"
        '<select id="preliminarysel"><option value="2024">2024</option></select><table><thead><tr><th>Title</th>'
        "<th>Month</th></tr></thead><tbody><tr><td>(1) China's Total Export & Import Values (in USD)</td>"
        f"<td><span>Jan.</span>{anchors}</td></tr><tr><td>(2) China's Total Export & Import Values by Trade Mode"
        " (in USD)</td><td><a href=http://english.customs.gov.cn/Statics/mode.html> Nov.</a></td></tr></tbody></table>"
        "<p>http://english.customs.gov.cn</p></body></html>"
    ).encode()


def worldbank_row(indicator: str, country: str, year: int, value: Any, **changes: Any) -> dict[str, Any]:
    """One row as the API writes it."""
    names = {
        "NE.EXP.GNFS.CD": "Exports of goods and services (current US$)",
        "NE.IMP.GNFS.CD": "Imports of goods and services (current US$)",
        "NE.RSB.GNFS.CD": "External balance on goods and services (current US$)",
        "NE.TRD.GNFS.ZS": "Trade (% of GDP)",
        "NY.GDP.MKTP.CD": "GDP (current US$)",
    }
    return {
        "indicator": {"id": indicator, "value": names.get(indicator, indicator)},
        "country": {"id": country[:2], "value": country},
        "countryiso3code": country,
        "date": str(year),
        "value": value,
        "unit": "",
        "obs_status": "",
        "decimal": 0,
        **changes,
    }


def worldbank(rows: list[dict[str, Any]] | None = None, **meta: Any) -> bytes:
    """One page of the World Bank. GDP is as published in April 2026; trade of Denmark is made up."""
    if rows is None:
        rows = [
            worldbank_row("NY.GDP.MKTP.CD", "DNK", 2021, 406110162088.054),
            worldbank_row("NY.GDP.MKTP.CD", "USA", 2021, 23315080560000),
            worldbank_row("NE.EXP.GNFS.CD", "DNK", 2021, 241000000000.12),
            worldbank_row("NE.IMP.GNFS.CD", "DNK", 2021, 214000000000.07),
            worldbank_row("NE.RSB.GNFS.CD", "DNK", 2021, 27000000000.0499),
            worldbank_row("NE.TRD.GNFS.ZS", "DNK", 2021, 112.038566093117),
            worldbank_row("NE.EXP.GNFS.CD", "EAS", 2021, 1.5e-05),
            worldbank_row("NE.EXP.GNFS.CD", "DNK", 2025, None),
        ]
    head = {"page": 1, "pages": 1, "per_page": 20000, "total": len(rows), "sourceid": "2", "lastupdated": "2026-04-08"}
    return json.dumps([{**head, **meta}, rows]).encode()


#: UK trade in GBP million, 2019, 2020 and the first quarter of 2021 (balance of payments, 30 June 2021).
ONS_ROWS = (
    ("Credits", "", ()),
    ("  Exports of goods", "BOKG", (372954, 310886, 74406)),
    ("  Exports of services", "IKBB", (316320, 267102, 63817)),
    ("  Total exports of goods and services", "IKBH", (689274, 577988, 138223)),
    ("  Primary income", "", ()),
    ("    Compensation of employees", "IJAH", (1336, 614, 142)),
    ("Balances", "", ()),
    ("    Trade in goods", "BOKI", (-130803, -114956, -30773)),
    ("    Trade in services", "IKBD", (103333, 107399, 26824)),
    ("    Total trade in goods and services", "IKBJ", (-27470, -7557, -3949)),
    ("Balances as a percentage of GDP1", "", ()),
    ("    Trade in goods", "D28J", (-5.9, -5.4, None)),
)


def ons(
    rows: Sequence[tuple[str, str, tuple[Any, ...]]] = ONS_ROWS,
    *,
    unit: str = " £ million",
    periods: Sequence[tuple[float | str | None, str]] = ((2019.0, ""), (2020.0, ""), (2021.0, "  Q1")),
    title: str = " Current account",
    sheet: str = "Table B",
) -> bytes:
    """Table B of the bulletin, padded as it comes; the last share of GDP stands as nil here, which is made up."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    page.append([" B", title])
    page.append([None, " Seasonally adjusted"])
    page.append([None, None, None, unit])
    page.append([None, None, None, *[year for year, _ in periods]])
    page.append([None, None, None, *[quarter or None for _, quarter in periods]])
    page.append([None])
    for label, identifier, figures in rows:
        cells = [" -" if figure is None else float(figure) if isinstance(figure, int) else figure for figure in figures]
        page.append([" ", f" {label}", f" {identifier}", *cells])
        page.append([" ", " "])
    page.append([1.0, " Using series YBHA: GDP at current market prices"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ons_edition(**changes: Any) -> bytes:
    """The edition list: its own release date is years behind, the version history is right."""
    uri = "/economy/nationalaccounts/balanceofpayments/datasets/balanceofpaymentsstatisticalbulletintables/current"
    edition = {
        "downloads": [{"file": "balanceofpayments2021q1.xls"}],
        "supplementaryFiles": [],
        "versions": [
            {
                "uri": f"{uri}/previous/v25",
                "updateDate": "2021-03-31T06:00:00.000Z",
                "correctionNotice": "",
                "label": "",
            },
            {
                "uri": f"{uri}/previous/v26",
                "updateDate": "2021-06-30T06:00:00.000Z",
                "correctionNotice": "",
                "label": "",
            },
        ],
        "type": "dataset",
        "uri": uri,
        "description": {"title": "Balance of Payments", "releaseDate": "2016-01-04T08:26:41.528Z"},
    }
    return json.dumps({**edition, **changes}).encode()


#: February and March 2025, 100 million of the currency: balance, credits, debits, as SAFE printed them.
SAFE_USD = (
    ("货物和服务贸易差额", (482, 646), (2811, 3299), (-2329, -2653)),
    ("1.货物贸易差额", (647, 841), (2494, 2966), (-1848, -2125)),
    ("2.服务贸易差额", (-164, -195), (317, 334), (-481, -528)),
)
SAFE_CNY = (
    ("货物和服务贸易差额", (3459, 4635), (20160, 23669), (-16701, -19034)),
    ("1.货物贸易差额", (4638, 6034), (17888, 21277), (-13250, -15243)),
    ("2.服务贸易差额", (-1178, -1398), (2273, 2393), (-3451, -3791)),
)


def safe(
    items: Sequence[tuple[str, Sequence[Any], Sequence[Any], Sequence[Any]]] = SAFE_USD,
    *,
    periods: Sequence[Any] = ("2025.2", "2025.3"),
    unit: str = "单位：亿美元",
    title: str = "中国国际货物和服务贸易（国际收支口径）",
    names: Sequence[str] = ("以美元计值（月度） ", "以人民币计值（月度）"),
    words: Sequence[str] = ("   贷方", "   借方"),
    code: str = "#,##0",
) -> bytes:
    """SAFE's workbook, a sheet a currency, the name of one with a space at its end; the second is always in yuan."""
    book = openpyxl.Workbook()
    for name, said, rows in zip(names, (unit, "单位：亿元人民币"), (items, SAFE_CNY), strict=False):
        page = book.create_sheet(name)
        for row in ([title], [], [said], ["项目", *periods]):
            page.append(row)
        for item, *figures in rows:
            for label, cells in zip((item, *words), figures, strict=True):
                page.append([label, *cells])
        page.append(["注：1. 贷方按正值列示，借方按负值列示。"])
        for line in page.iter_rows(min_row=5, min_col=2):
            for cell in line:
                cell.number_format = code
    book.remove(book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


#: Source → a good payload, and the address it is asked at.
GOOD = {
    "ft900": (ft900, "/foreign-trade/Press-Release/current_press_release/exh1.xlsx"),
    "gacc": (gacc_headline, "/Statics/one.html"),
    "ons": (ons, "/file"),
    "safe": (safe, "/safe/file/file/20250425/0123456789abcdef0123456789abcdef.xlsx"),
    "worldbank": (worldbank, "/v2/country/DNK/indicator/NE.EXP.GNFS.CD"),
}

CAPTCHA = b"<html><head><title>Verify</title></head><body>Please complete the CAPTCHA to continue</body></html>"
GATEWAY = b"<html><body><h1>504 Gateway Time-out</h1>nginx</body></html>"
GATEWAY_TEXT = b"504 Gateway Time-out"
FIREWALL = b"<!DOCTYPE html><html><head><meta id='x' content='a'><script>$_ts={};</script></head><body></body></html>"
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><lolz>&lol2;</lolz>'


@cache
def gzip_bomb() -> bytes:
    """300 MB of zeros in 300 kB."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9) as packed:
        for _ in range(300):
            packed.write(b"0" * 2**20)
    return out.getvalue()
