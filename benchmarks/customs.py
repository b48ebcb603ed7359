"""A year of China Customs through the flow: 12 months × 2 currencies × 5 tables, as pages of the Chinese site.

    python -m benchmarks.customs

Writes 120 pages (30 partners, 17 trade modes, 31 provinces, 31 commodities) whose figures agree, feeds them to one
``tradeledger ingest``, and prints seconds and what it says. The target: 60 s.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from sources.shared.word_lists import read_words
from tests.chinese_pages import Rows, page

_NAMED: Final = """
欧洲联盟 德国 荷兰 法国 意大利 美国 东南亚国家联盟 越南 马来西亚 泰国 新加坡 印度尼西亚 菲律宾 日本 中国香港
韩国 中国台湾 澳大利亚 俄罗斯联邦 印度 英国 加拿大 新西兰 拉丁美洲 巴西 非洲 南非 区域全面经济伙伴关系协定
共建“一带一路”国家
"""
PARTNERS: Final = _NAMED.split()
REGIMES: Final = [*{code: chinese for code, chinese, _ in read_words("customs_regimes") if chinese}.values()][:17]
PROVINCES: Final = [name for place, name in read_words("chinese_provinces") if place.startswith("province=")]
PRODUCTS: Final = [*{code: chinese for code, chinese, _ in read_words("customs_products")[1:] if chinese}.values()][:31]
CURRENCIES: Final = {"人民币值": ("亿元人民币", 7), "美元值": ("亿美元", 1)}


def _figures(at: int, month: int, rate: int) -> list[str]:
    """Total, exports and imports of a month and to date, in that order."""
    x, m = (1000 + 37 * at) * rate, (800 + 29 * at) * rate
    return [f"{value / 10:,.1f}" for value in (x + m, month * (x + m), x, month * x, m, month * m)]


def _rows(names: list[str], label: str, month: int, rate: int) -> Rows:
    above = ((f"{label}|1x2", "进出口|2x1", "出口|2x1", "进口|2x1", "累计比去年同期±%|3x1"),)
    heads = (*(f"{month}月", f"1至{month}月") * 3, "进出口", "出口", "进口")
    body = [(name, *_figures(at, month, rate), "-", "-", "-") for at, name in enumerate(names)]
    return (*above, heads, *body)


def _headline(month: int, rate: int) -> Rows:
    total, to_date, x, x_to_date, m, m_to_date = _figures(0, month, rate)
    flows = (("进出口总值", total, to_date), ("出口总值", x, x_to_date), ("进口总值", m, m_to_date))
    return (("项目", f"{month}月", f"1至{month}月累计"), *flows)


def _products(month: int, rate: int) -> Rows:
    heads = (("商品名称|1x2", "计量单位|1x2", f"{month}月|2x1", f"1至{month}月累计|2x1"), ("数量", "金额") * 2)
    body = []
    for at, name in enumerate(PRODUCTS):
        _, _, exports, to_date, *_ = _figures(at, month, rate)
        body.append((name, "万吨", f"{at + 1}.0", exports, f"{(at + 1) * month}.0", to_date))
    return (*heads, *body)


def write(folder: Path, month: int) -> list[str]:
    """The ten pages of a month; where they are."""
    made: list[str] = []
    for currency, (unit, rate) in CURRENCIES.items():
        tables = {
            "进出口商品总值表": _headline(month, rate),
            "进出口商品主要国别（地区）总值表": _rows(["总值", *PARTNERS], "国别（地区）", month, rate),
            "进出口商品贸易方式总值表": _rows(["总值", *REGIMES], "贸易方式", month, rate),
            "进出口商品收发货人所在地总值表": _rows(["总值", *PROVINCES], "收发货人所在地", month, rate),
            "全国出口重点商品量值表": _products(month, rate),
        }
        for title, rows in tables.items():
            path = folder / f"{month:02d}-{len(made)}.html"
            date = f"2025-{month + 1:02d}-09" if month < 12 else "2026-01-14"
            path.write_bytes(page(f"2025年{month}月{title}（{currency}）", f"单位：{unit}", rows, date=date))
            made.append(str(path))
    return made


def main() -> int:
    """Measure; status 1 where it took longer than the target."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"TRADELEDGER_HOME": f"{home}/data", "PREFECT_HOME": f"{home}/prefect"}
        paths = [path for month in range(1, 13) for path in write(Path(home), month)]
        begun = time.perf_counter()
        done = subprocess.run(["tradeledger", "ingest", "gacc", *paths], check=False, capture_output=True, text=True)
        seconds = time.perf_counter() - begun
    print((done.stdout or done.stderr).strip()[:500])
    print(f"{len(paths)} pages in {seconds:.1f} s")
    return int(done.returncode != 0 or seconds > 60)


if __name__ == "__main__":
    sys.exit(main())
