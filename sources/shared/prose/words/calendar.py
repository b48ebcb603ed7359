"""Periods as sentences say them: ``the first quarter of 2019``, ``January–May``, ``去年前三季度``, ``last year``.

What is read here knows no calendar day: which year ``in May`` or ``last year`` is, the text and its release date say
(``When``). A day (``9 June``) is no period of a figure and is only passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from schemas.periods import Months, months, name
from sources.shared.months import month_number

_M: Final = (
    r"(?-i:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|"
    r"Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?![A-Za-z])"
)
_N: Final = r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|1[0-2]|[1-9]"
_COUNT: Final = {
    word: at
    for words in (
        "one two three four five six seven eight nine ten eleven twelve",
        "first second third fourth",
        "1st 2nd 3rd 4th",
        "一 二 三 四 五 六 七 八 九 十 十一 十二",
    )
    for at, word in enumerate(words.split(), 1)
} | {"两": 2}
_Y: Final = r"(?:19|20)\d\d"
_CN: Final = r"十[一二]?|[一二两三四五六七八九]|1[0-2]|[1-9]"

_IDEOGRAMS: Final = str.maketrans("〇零○一二三四五六七八九", "000123456789")

_UNITS: Final = r"(?:percent|per\s+cent|pct|%|[mb]illion|trillion|thousand|[bm]n)"

#: What is looked for at a place, the longest forms first; a name begins with what it is.
_FORMS: Final = (
    ("day", rf"{_M}\s+\d{{1,2}}(?:st|nd|rd|th)?(?!\d)(?:,?\s+{_Y}(?!\d))?"),
    ("day", rf"\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_M}(?:,?\s+{_Y}(?!\d))?"),
    ("day", rf"{_Y}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?!\d)"),
    ("day", r"(?:\d{4}年)?\d{1,2}月\d{1,2}日(?:上午|下午|晚)?"),
    ("day", r"\d{1,2}日(?!元)(?:上午|下午|晚)?"),
    ("day", r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"),
    ("day", r"(?:yesterday|today|earlier in the day)\b|今天|昨天|今日|昨日|日前|近日"),
    ("day", r"\d{1,2}:\d\d(?:\s*[ap]\.?m\.?)?"),
    ("months", rf"(?:from\s+)?(?P<m1>{_M})\s*(?:-|–|—|to|through)\s*(?P<m2>{_M})(?:\s+period)?"),
    ("months", rf"(?P<c1>{_CN})月?(?:份)?[-—–―~～至到](?P<c2>{_CN})月(?:份)?(?!\d)"),
    ("firstmonths", rf"(?:the\s+)?first\s+(?P<n>{_N})[\s-]+months?\b"),
    ("firstmonths", rf"前(?P<cn>{_CN})个?月"),
    ("month", rf"(?P<m>{_M})"),
    ("month", rf"(?P<c>{_CN})月(?:份|当月)?(?![至到\d])"),
    ("threequarters", r"前(?:三|3)个?季度|[1一]-3季度|一至三季度"),
    ("threequarters", r"(?:the\s+)?first\s+(?:three|3)\s+quarters\b|Q1\s*(?:-|–|to)\s*Q3\b"),
    ("half", r"(?:the\s+)?(?P<h>first|second|1st|2nd)[\s-]half\b(?:\s+year)?|\bH(?P<hn>[12])\b"),
    ("half", r"(?P<hc>[上下])半年|前(?:两|二|2)个?季度"),
    ("quarter", r"(?:the\s+)?(?P<q>first|second|third|fourth|1st|2nd|3rd|4th)[\s-]quarter\b|\bQ(?P<qn>[1-4])\b"),
    ("quarter", r"第?(?P<qc>[一二三四1-4])季度"),
    ("years", rf"from\s+(?P<y1>{_Y})\s+to\s+(?P<y2>{_Y})(?![\d,.]*\d)"),
    ("years", rf"[从由自](?P<y1c>{_Y})年?[至到](?P<y2c>{_Y})年?"),
    ("agencyyears", rf"(?P<a1>{_Y})年?\s*[-–—―]{{1,2}}\s*(?P<a2>{_Y})(?![\d,.]*\d)年?(?:间|期间)?"),
    ("betweenyears", rf"(?P<b1>{_Y})年?\s*(?:and|to|through|[至到])\s*(?P<b2>{_Y})(?![\d,.]*\d)年?(?:间|期间)?"),
    ("year", r"(?P<yh>[一二][〇零○一二三四五六七八九]{3})年(?:度)?"),
    ("year", rf"(?P<y>{_Y})年(?:度)?"),
    ("year", rf"(?P<ye>{_Y})(?![\d,.]*\d|\s*-?\s*{_UNITS}|\s*[十百千万亿元美多余])"),
    ("ytd", r"(?:in\s+the\s+)?year[\s-]to[\s-]date\b"),
    ("rel0", r"this\s+year\b|the\s+current\s+year\b|今年|本年度?"),
    ("rel1", r"last\s+year(?:'s)?\b|去年"),
    ("rel2", r"the\s+year\s+before\s+last\b|前年"),
    ("topicyear", r"当年|全年(?=.)"),
    ("topicyear", r"(?:the|that|for\s+the|same)\s+(?:full\s+|whole\s+)?year\b(?!\s+(?:before|earlier|ago|on\b))"),
)  # fmt: skip
_PERIOD: Final = re.compile(
    "|".join(f"(?P<k{at}>{pattern})" for at, (_, pattern) in enumerate(_FORMS)), re.IGNORECASE | re.ASCII
)

#: Letters and digits with which they begin, those of Chinese apart.
_BEGINNINGS: Final = frozenset("0123456789JFMASONDTWSYjfmasondtwyeqQhHlL")


@dataclass(frozen=True)
class When:
    """A period as it is said.

    ``year`` is a number, "r0" this year, "r1" the last, "r2" the one before, "t" the topic's, "" not said; ``first`` to
    ``last`` are its months (0: the whole year). ``form`` is how: "year", "month", "day", "years" and the like.
    """

    form: str
    year: str = ""
    first: int = 0
    last: int = 0
    until: str = ""  # the last year of a span of years

    @property
    def whole(self) -> bool:
        """Whether it is a year and not a part of one."""
        return self.first == 0

    def joined(self, other: When) -> When | None:
        """One period of two that stand beside each other, a year and a part of one; None where they are not that."""
        if self.form == "day" or other.form == "day" or self.until or other.until:
            return None
        part, year = (self, other) if other.whole else (other, self)
        if part.whole or not year.whole or part.year:
            return None
        return replace(part, year=year.year)


def period_at(text: str, at: int) -> tuple[When, int] | None:
    """The period that begins at a place of a text, and where it ends."""
    if text[at].isascii() and text[at] not in _BEGINNINGS:
        return None
    match = _PERIOD.match(text, at)
    if match is None or (at and match[0][0].isalnum() and match[0][0].isascii() and _glued(text[at - 1])):
        return None
    form = next(
        _FORMS[int(key[1:])][0]
        for key, found in match.groupdict().items()
        if found and key[1:].isdigit() and key[0] == "k"
    )
    when = _when(form, match)
    return (when, match.end()) if when else None


def _glued(before: str) -> bool:
    return before.isascii() and (before.isalnum() or before in "_$")


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _COUNT[word.lower()]


def _when(form: str, match: re.Match[str]) -> When | None:
    said = {key: found for key, found in match.groupdict().items() if found}

    def one(*names: str) -> str:
        return next((said[name] for name in names if name in said), "")

    match form:
        case "day":
            return When("day")
        case "ytd":
            return When("ytd", "t")
        case "months":
            first, last = (
                (month_number(said["m1"]), month_number(said["m2"]))
                if "m1" in said
                else (_number(said["c1"]), _number(said["c2"]))
            )
            return When("span", "", first, last) if first < last else None
        case "firstmonths":
            return When("span", "", 1, _number(one("n", "cn")))
        case "month":
            number = month_number(said["m"]) if "m" in said else _number(said["c"])
            return When("month", "", number, number)
        case "threequarters":
            return When("span", "", 1, 9)
        case "half":
            second = one("h", "hn", "hc").lower() in ("second", "2nd", "2", "下")
            return When("half", "", 7 if second else 1, 12 if second else 6)
        case "quarter":
            quarter = _number(one("q", "qn", "qc"))
            return When("quarter", "", 3 * quarter - 2, 3 * quarter)
        case "years" | "agencyyears" | "betweenyears":
            first_year, last_year = one("y1", "y1c", "a1", "b1"), one("y2", "y2c", "a2", "b2")
            return When(form, first_year, until=last_year) if first_year < last_year else None
        case "year":
            return When("year", one("y", "ye") or one("yh").translate(_IDEOGRAMS))
    return When("year", {"rel0": "r0", "rel1": "r1", "rel2": "r2", "topicyear": "t"}[form])


def period_of(when: When, topic: str, released: str, said: dict[int, int]) -> str:
    """The period a text means, "" where it does not say which.

    ``topic`` is the period in force, ``released`` the release date, ``said`` month → year as the text had them before.
    A month or quarter without a year is of the year that the text said with that month, else of the topic's year where
    the release date does not say otherwise, else the last one before the release.
    """
    if when.form == "day" or when.until:
        return ""
    if when.form == "ytd":
        begun = months(topic) if topic else Months(0, 0)
        return name(Months(begun.start - begun.start % 12, begun.start % 12 + 1)) if begun.length == 1 else ""
    year = _year(when, topic, released, said)
    if not year:
        return ""
    first, last = (when.first, when.last) if when.first else (1, 12)
    return name(Months(year * 12 + first - 1, last - first + 1))


def _year(when: When, topic: str, released: str, said: dict[int, int]) -> int:
    of_topic = months(topic).start // 12 if topic else 0
    if when.year.isdigit():
        return int(when.year)
    if when.year.startswith("r"):
        return int(released[:4]) - int(when.year[1]) if released else 0
    if when.year == "t":
        return of_topic
    if when.last in said:
        return max(said[when.last], 0)  # 0 where the text said it of two years
    last = _latest(when.last, released)
    if of_topic and (not last or last == of_topic):
        return of_topic
    return 0 if of_topic else last


def _latest(month: int, released: str) -> int:
    """The year of the last such month that was over at the release; 0 without a date."""
    if not released:
        return 0
    year, now = int(released[:4]), int(released[5:7])
    return year if month < now else year - 1
