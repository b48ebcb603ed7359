"""Column headings of monthly trade tables: which measure, which month or span, which flow they say.

``11``, ``1-to-11``, ``January-February``, ``1- to-3 Total Year-on-Year (±%)`` over ``Export``: agencies spell these in
many ways and change the order of columns, so a column is what the cells above it say, not where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from schemas.errors import ParseError
from sources.shared.months import MONTH, Month, month_number
from sources.shared.word_lists import read_words

_SPAN = re.compile(r"(?<!\d)1\s*-?\s*(?:to\s*-?\s*)(1?\d)|(?<!\d)1\s*[-–]\s*(1?\d)", re.IGNORECASE)
_NAMED_SPAN = re.compile(rf"{MONTH.format('first')}\s*(?:-|–|to)\s*{MONTH.format('last')}", re.IGNORECASE)
_ONE_MONTH = re.compile(rf"^\s*(1[0-2]|0?[1-9])\s*$|\b{MONTH.format('last')}(?=\W|$)", re.IGNORECASE)
_THIS_MONTH = re.compile(r"\b(this|current) month\b", re.IGNORECASE)
_TO_DATE = re.compile(r"\byear[- ]to[- ]date\b|\bytd\b|\baccumulat\w+|\bcumulative\b", re.IGNORECASE)
_YOY = re.compile(r"year[- ]on[- ]year|y-?o-?y|same period last year|percentage change", re.IGNORECASE)
_MOM = re.compile(r"month[- ]on[- ]month|m-?o-?m|last month|previous month", re.IGNORECASE)
_SIGN = re.compile(r"[(（]?\s*(?:±|\+/?-|\+-)?\s*%\s*[)）]?")
_A_YEAR_EARLIER = re.compile(r"\ba-year-earlier\b|\bsame period of last year\b", re.IGNORECASE)
#: The period of values of a year before, where no months are said.
_EARLIER: Final = "a year earlier"
_QUANTITY = re.compile(r"\bquantity\b", re.IGNORECASE)
_QUANTITY_UNIT = re.compile(r"(quantity )?units?( of quantity)?", re.IGNORECASE)
_NOISE = re.compile(r"\b(total|for|the|of|over|values?|in|item)\b|[,.:±%()（）/+]", re.IGNORECASE)
#: Words of English tables → flow.
FLOWS: Final = dict(read_words("flows"))


@dataclass(frozen=True)
class Column:
    """What a column holds; ``flow`` is empty where the row says it, ``measure`` where it holds units of quantity."""

    measure: str
    period: str
    flow: str
    quantity: bool = False


def _period(text: str, about: Month) -> tuple[str, int, str]:
    """The period a heading says ("" for none), the month it ends in, and the rest of the heading."""
    if (span := _SPAN.search(text)) and 1 <= (last := int(span[1] or span[2])) <= 12:
        return Month(about.year, last).to_date, last, _TO_DATE.sub(" ", _SPAN.sub(" ", text))
    if named := _NAMED_SPAN.search(text):
        last = month_number(named["last"])
        return (
            Month(about.year, last).to_date,
            last if month_number(named["first"]) == 1 else 0,
            text.replace(named[0], " "),
        )
    if month := _ONE_MONTH.search(text):
        number = int(month[1]) if month[1] else month_number(month["last"])
        return str(Month(about.year, number)), number, text.replace(month[0], " ")
    if _THIS_MONTH.search(text):
        return str(about), about.month, _THIS_MONTH.sub(" ", text)
    if _TO_DATE.search(text):
        return about.to_date, about.month, _TO_DATE.sub(" ", text)
    return "", about.month, text


def _column(headings: Sequence[str], about: Month, flows: Mapping[str, str], name: str) -> Column:
    if _QUANTITY_UNIT.fullmatch(" ".join(headings)):
        return Column("", "", "")
    measure, period, flow, quantity, title = "level", "", "", False, about
    before = re.compile(rf"(?<!\d){about.year - 1}(?!\d)")  # "1-5 Total, 2025" beside "1-5 Total"
    spans = any(_SPAN.search(text) and before.search(text) for text in headings)
    if spans or any(map(_A_YEAR_EARLIER.search, headings)):
        about = Month(about.year - 1, about.month)
    for text in headings:
        rest = _A_YEAR_EARLIER.sub(" ", text)
        if _QUANTITY.search(rest):
            quantity, rest = True, _QUANTITY.sub(" ", rest)
        if _YOY.search(rest):
            measure, rest = "growth_yoy", _YOY.sub(" ", rest)
        elif _MOM.search(rest):
            measure, rest = "growth_prev", _MOM.sub(" ", rest)
        if measure != "level":
            rest = _SIGN.sub(" ", rest)
        # A year beside the month, where it is the title's; any other is left over, and refused.
        said, last, rest = _period(re.sub(rf"(?<=[a-z.,\s]){about.year}(?!\d)", " ", rest, flags=re.IGNORECASE), about)
        if last != about.month:
            raise ParseError(f"{name}: the title says {title}, a column {text!r}: refusing to guess")
        period = said or period
        plain = " ".join(rest.split()).lower()
        left = " ".join(_NOISE.sub(" ", plain).split())
        if plain in flows or left in flows:
            flow = flows[plain if plain in flows else left]
        elif left:
            raise ParseError(f"{name}: a column is headed {' / '.join(headings)!r}: {left!r} is unknown")
    if about != title and measure != "level":
        raise ParseError(f"{name}: a column is headed {' / '.join(headings)!r}: a rate, of which year is not clear")
    return Column(measure, period or ("" if about == title else _EARLIER), flow, quantity)


def read_columns(
    rows: Sequence[Sequence[str]], about: Month, flows: Mapping[str, str], name: str, unsaid_is: str = ""
) -> list[Column]:
    """What each column from the second on is, by the header ``rows`` (the first column has the row labels).

    ``flows`` are the agency's words, lower case, → flow; ``unsaid_is`` is the period of a column that says none, where
    rows are periods. Raises ParseError for a heading that is not understood, a month other than the title's, and a rate
    of which no month is said.
    """
    above = list(zip(*rows, strict=True))[1:]
    found = [_column(list(dict.fromkeys(filter(None, texts))), about, flows, name) for texts in above]
    found = [replace(one, period=one.period or unsaid_is) if one.measure else one for one in found]
    levels = dict.fromkeys(column.period for column in found if column.measure == "level")
    periods = [period for period in levels if period.startswith(str(about.year))]
    if {"", *[_EARLIER] * (len(periods) > 1)} & set(levels) or not periods:
        raise ParseError(f"{name}: a column of values says no month: {[list(row) for row in rows]}")
    unsaid = [at for at, column in enumerate(found) if column.measure == "growth_yoy" and not column.period]
    columns = []
    for at, column in enumerate(found):
        period = column.period
        if not column.measure:
            columns.append(column)
            continue
        if period == _EARLIER:
            period = periods[0].replace(str(about.year), str(about.year - 1))
        if not period and column.measure == "growth_prev" and str(about) in periods:
            period = str(about)
        elif not period and column.measure == "growth_yoy" and len(periods) == 1:
            period = periods[0]
        elif not period and column.measure == "growth_yoy" and len(unsaid) == len(periods):
            period = periods[unsaid.index(at)]  # as many as there are columns of values: in their order
        if not period:
            raise ParseError(f"{name}: column {at + 2} is a rate of which no month is said: {list(above[at])}")
        columns.append(replace(column, period=period))
    return columns
