"""The monthly tables of China Customs in both languages: which there are, what their rows are.

The preliminary tables (some ten days after the month) and the detailed ones (of the eighteenth) are one dataset: what
the second prints with more digits, or otherwise, of the same cells is its next release.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from sources.shared.area_names import area_in, european_union
from sources.shared.china.chinese import english, in_digits, plain, quantity_unit
from sources.shared.headings import FLOWS
from sources.shared.months import Month, title_month
from sources.shared.pages.markup import FIGURE
from sources.shared.pages.monthly_table import Labels
from sources.shared.readout import Facts
from sources.shared.word_lists import read_words

if TYPE_CHECKING:
    from sources.shared.pages.grid import Grid

#: Titles, less number, month and white space → section; of commodities with the flow they are about.
SECTIONS: Final = {
    re.compile(pattern, re.IGNORECASE): section
    for pattern, section in {
        r"(values|value of imports and exports) by( major)? country": "country",
        r"(total (export & import|import & export|exports & imports) values?) by trade mode": "regime",
        r"total (export & import|import & export|exports & imports) values?,? *([(,]|$)": "headline",
        r"total value of imports and exports,? *([(,]|$)": "headline",
        r"major exports (commodities )?(by|in) quantity and value": "products X",
        r"major imports (commodities )?(by|in) quantity and value": "products M",
        r"^进出口商品总值表(\(.*?\))?B[:：]?月度表": "months",
        r"^进出口商品总值表(\(.*?\))?A[:：]?年度表": "months",
        r"^(全国)?进出口(商品)?总值表(?!.*(月度|年度)表)": "headline",
        r"^(全国)?进出口(商品)?(主要)?国别(\(地区\))?总值表": "country",
        r"^(全国)?进出口(商品)?贸易方式总值表": "regime",
        r"^进出口商品(收发货人|经营单位)所在地总值表": "province",
        r"^进出口商品境内目的地[/、和]?货源地总值表": "province-of-goods",
        r"^(全国)?(主要|重点)?出口(主要|重点)?商品量值表": "products X",
        r"^(全国)?(主要|重点)?进口(主要|重点)?商品量值表": "products M",
    }.items()
}
#: The tables that are read, for a message.
EXPECTED: Final = (
    '"China\'s Total Export & Import Values", "… by Country/Region" or "… by Trade Mode", "China\'s Major Exports by '
    'Quantity and Value" of a month, or 进出口商品总值表, 国别(地区), 贸易方式, 收发货人所在地总值表, 主要商品量值表'
)
_NUMBERED = re.compile(r"^\s*\(?\d{1,2}\)\s*")
_DATED = re.compile(r"^(19|20)\d\d年(1[0-2]|[1-9])?(月份?)?([至到~～—–-](1[0-2]|[1-9])月(份)?)?")
_OF_WHICH = re.compile(r"^((of|among) which|including|其中|#)\s*[:：]?\s*", re.IGNORECASE)
_MARKS = re.compile(r"\s*(\*+|\[[\d,*]{1,4}\])$")
_MONTH = re.compile(r"((?:19|20)\d\d)(?:[.](0[1-9]|1[0-2])|[-/年](0?[1-9]|1[0-2])月?(?:份)?|年?)")
_PLACE = re.compile("(省|市|(壮族|回族|维吾尔)?自治区)$")
_SHADED = re.compile("shaded|阴影")
_TOTAL: Final = ("total", "total value", "总值", "总计", "合计")
#: What a section's rows are, for a message.
_EXPECTED: Final = {
    "headline": "a flow such as Total Export",
    "months": "a month such as 2026.03, or 同比",
    "country": "one of the areas",
    "regime": "one of the trade modes",
    "province": "a province or one of their large cities",
    "products": "one of the commodities",
}


def section_of(title: str) -> str | None:
    """The section that a title is of; None where it is none that is read."""
    bare = _NUMBERED.sub("", plain(title).strip())
    chinese = _DATED.sub("", in_digits(re.sub(r"\s+", "", bare)))
    return next((kind for pattern, kind in SECTIONS.items() if pattern.search(bare) or pattern.search(chinese)), None)


def month_of(label: str) -> Month | None:
    """The month that the label of a row is; December of a year alone; None of any other label."""
    found = _MONTH.fullmatch(re.sub(r"\s+", "", plain(label)))
    return Month(int(found[1]), int(found[2] or found[3] or 12)) if found else title_month(english(label))


def latest_month(grid: Grid) -> Month | None:
    """The last month that a row with figures is of, in a table whose rows are months; None of any other."""
    months = (month_of(row[0]) for row in grid.cells if any(map(FIGURE.fullmatch, row[1:])))
    return max(filter(None, months), default=None)


def labels(section: str, month: Month, notes: str) -> Labels:
    """What the rows of a section say; ``notes`` are those of its page."""
    kind, _, flow = section.partition(" ")
    expected = f"{_EXPECTED[kind.removesuffix('-of-goods')]} of docs/sources/gacc.md"
    if kind == "headline":
        return Labels(_flow, expected, english=english)
    if kind == "months":
        return Labels(lambda _: None, expected, month_of=month_of, english=english)
    union = european_union(str(month), plain(notes))

    def of(label: str) -> Facts | None:
        bare = _bare(label)
        if kind == "country":
            area = area_in(plain(label), union)
            return {"partner": area} if area else None
        if kind == "products":
            product = _words("customs_products").get(bare)
            return {"product": product, "flow": flow} if product else None
        if bare in _TOTAL:
            return {}
        name = _words("customs_regimes" if kind == "regime" else "chinese_provinces").get(bare)
        if kind == "regime" or not name:
            return {"breakdown": f"regime={name}"} if name else None
        return {"breakdown": f"{name.replace('=', '-of-goods=') if kind.endswith('goods') else name}"}

    return Labels(of, expected, None, english, quantity_unit, rates_below=bool(_SHADED.search(notes)))


def _flow(label: str) -> Facts | None:
    flow = FLOWS.get(re.sub(r"\s+values?\b|:$", "", english(_OF_WHICH.sub("", label)).lower()), "")
    return {"flow": flow} if flow else None


def _bare(label: str) -> str:
    """A label without what stands around it, by which it is looked up."""
    bare = _MARKS.sub("", _OF_WHICH.sub("", plain(label).strip()))
    if not bare.isascii():
        bare = re.sub(r"\s+", "", bare)
    return re.sub(r"\s*([(/,])\s*", r"\1", bare).strip().lower()


@cache
def _words(name: str) -> dict[str, str]:
    """Names in either language → our word; of a place also without what kind of one it is."""
    known = {_bare(said): code for code, *names in read_words(name) for said in names if said}
    return (
        {_PLACE.sub("", said): code for said, code in known.items()} | known if name == "chinese_provinces" else known
    )
