"""Periods as people write them, with the names of months that CLDR knows: ``Q1 2019``, ``Jan-19``, ``2019年3月``.

A text that says only a part of a year ("March", "Q1", "Jan-Mar") waits for the year beside it; a fiscal year for the
month it begins with; of a week, and of what Excel made of ``3-19``, no period is made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

_Y = r"(?P<y>(?:1[89]|20)\d\d)"
_SHORT_Y = r"(?P<yy>\d\d)"
_SEP = r"[\s./_'’,-]*"
#: Kinds whose text is no period by itself.
WEEK: Final = "week"
FISCAL: Final = "fiscal"
DAY: Final = "day"


@dataclass(frozen=True)
class Time:
    """``year`` and ``part`` ("" the whole, ``-03``, ``-Q1``, ``-S1``, ``-01/-03``), either may be unsaid (None).

    ``kind`` is "" for such a period, or says what else it is: a fiscal year, a week, a day.
    """

    year: int | None
    part: str | None
    kind: str = ""
    day: int = 0

    @property
    def whole(self) -> str:
        """The period as ISO 8601; "" where a part is unsaid."""
        if self.year is None or self.part is None or self.kind:
            return ""
        first, slash, last = self.part.partition("/")
        return f"{self.year}{first}" + (f"/{self.year}{last}" if slash else "")


@cache
def _months() -> dict[str, int]:
    """Names of months in five languages, lower case without the last dot → number."""
    from babel import Locale

    found: dict[str, int] = {}
    for language in ("en", "de", "fr", "es"):
        months = Locale(language).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context][width].items():
                    found.setdefault(name.casefold().rstrip("."), int(number))
    english = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905
    found |= {name: at for at, name in enumerate(english, 1)}
    found |= {"sept": 9, "mär": 3, "mrz": 3, "maerz": 3, "ene": 1, "abr": 4, "ago": 8, "dic": 12, "set": 9, "fev": 2}
    return found


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    names = "|".join(sorted(map(re.escape, _months()), key=len, reverse=True))
    m = rf"(?P<m>{names})\.?"
    m2 = rf"(?P<m2>{names})\.?"
    q = r"(?:Q|T)\s?(?P<q>[1-4])|(?P<q2>[1-4])\s?(?:Q|T)"
    q += r"|(?P<q3>[1-4])(?:st|nd|rd|th|\.|er|º|e|ème)?\s?(?:quarter|qtr|quartal|trimestre|trim\.?|vierteljahr)"
    q += r"|(?:quarter|qtr|quartal|trimestre)\s?(?P<q4>[1-4])"
    h = r"(?:H|S)\s?(?P<h>[12])|(?P<h2>[12])\s?H|(?P<h3>[12])(?:st|nd|\.|er)?\s?(?:half|halbjahr|semestre)"
    to = r"\s*(?:-|–|—|/|to|bis|à|a|~|至)\s*"
    table = [
        ("y", rf"{_Y}(?:\.0)?\s?年?(?:度)?"),
        ("y", rf"(?:total|annual|year)\s{_Y}"),
        ("fy", rf"(?:FY\s?)?{_Y}\s?(?:/|-|–)\s?(?P<to>\d\d|(?:1[89]|20)\d\d)(?:\s?年度)?"),
        ("fy1", rf"FY\s?{_Y}"),
        ("fy1", rf"FY\s?{_SHORT_Y}"),
        ("ym", rf"{_Y}\s?[-/.]?\s?M(?P<n>\d\d?)"),
        ("ym", rf"{_Y}[-/.](?P<n>0?[1-9]|1[0-2])"),
        ("ym", rf"(?P<n>0?[1-9]|1[0-2])[-/.]{_Y}"),
        ("ym", rf"{_Y}\s?年\s?(?P<n>\d\d?)\s?月(?:份)?"),
        ("ym", rf"{_Y}(?P<n>0[1-9]|1[0-2])"),
        ("yr", rf"{_Y}\s?年\s?(?P<n>\d\d?)\s?[-–—至到]\s?(?P<n2>\d\d?)\s?月(?:份|累计)?"),
        ("yr", rf"{_Y}-(?P<n>\d\d)/(?P=y)-(?P<n2>\d\d)"),
        ("yq", rf"{_Y}\s?年?\s?第?(?P<q>[1-4一二三四])\s?季度"),
        ("yh", rf"{_Y}\s?年?\s?(?P<h>[上下])半年"),
        ("yq", rf"{_Y}{_SEP}(?:{q})"),
        ("yq", rf"(?:{q}){_SEP}(?:of\s)?{_Y}"),
        ("yq", rf"(?:{q})[\s'’/-]*{_SHORT_Y}"),
        ("yh", rf"{_Y}{_SEP}(?:{h})"),
        ("yh", rf"(?:{h}){_SEP}{_Y}"),
        ("yn", rf"{m}{_SEP}(?:de\s|of\s)?{_Y}"),
        ("yn", rf"{_Y}{_SEP}{m}"),
        ("yn", rf"{m}[-\s'’/]\s?{_SHORT_Y}"),
        ("ynr", rf"{m}{to}{m2}{_SEP}(?:de\s|of\s)?{_Y}"),
        ("ynr", rf"{_Y}{_SEP}\(?{m}{to}{m2}\)?"),
        ("week", r"\d{4}-?\s?(?:W|KW)\s?\d\d?|(?:W|KW|week|woche)\s?\d\d?[\s/-]+\d{4}|\d{4}年第?\d\d?周"),
        ("day", rf"{_Y}[-/.](?P<n>\d\d?)[-/.](?P<d>\d\d?)(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.0+)?)?"),
        ("day", rf"{_Y}(?P<n>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])"),
        ("day?", rf"\d\d?[-/.]\d\d?[-/.](?:{_Y}|\d\d)"),
        ("day?", rf"\d\d?[-\s/.]{m}(?:[-\s/.]{_Y}|[-\s/.]\d\d)?"),
        ("part", rf"{m}{to}{m2}"),
        ("part", rf"(?:ytd|year[- ]to[- ]date)\s?{m}"),
        ("part", m),
        ("part", r"(?P<n>\d\d?)\s?月(?:份)?"),
        ("part", r"(?P<n>\d\d?)\s?[-–—至到]\s?(?P<n2>\d\d?)\s?月(?:累计)?"),
        ("part", r"M(?P<n>0?[1-9]|1[0-2])"),
        ("part", rf"{q}"),
        ("part", r"第?(?P<q>[1-4一二三四])\s?季度"),
        ("part", rf"{h}"),
        ("part", r"(?P<all>annual|full[- ]year|whole year|year total|total year|全年|jahr|année entière|total año)"),
    ]
    return tuple((kind, re.compile(text, re.IGNORECASE)) for kind, text in table)


_CHINESE: Final = {"一": "1", "二": "2", "三": "3", "四": "4", "上": "1", "下": "2"}
_MARKED = re.compile(
    r"\s*(?:[(\[]?(?:p|r|e|rev|prel|prov|prelim)\.?[)\]]|(?<=\d)\s?[pre*]|\*+|[¹²³⁴-⁹]+"
    r"|[(\[]\d{1,2}[)\]]|(?<=\d{4}) \d/)\s*$",
    re.IGNORECASE,
)


@cache
def read_time(text: str) -> Time | None:
    """The period that the whole of a text says, or the part of one; None where it says none."""
    bare = _MARKED.sub("", text.strip()).strip(" :")
    if not bare or len(bare) > 40:
        return None
    for kind, pattern in _patterns():
        if (match := pattern.fullmatch(bare)) and (found := _time(kind, match)):
            return found
    return None


_WITHIN: Final = ("y", "ym", "yr", "yq", "yh", "yn", "ynr", "fy", "fy1")


def find_time(text: str) -> tuple[Time, str] | None:
    """The one period within a text, and the rest of it."""
    best: tuple[int, Time, str] | None = None
    for kind, pattern in _patterns():
        if kind not in _WITHIN:
            continue
        for match in re.finditer(rf"(?<![\w.,/-])(?:{pattern.pattern})(?![\w/-]|[.,]\d)", text, re.IGNORECASE):
            found = _time(kind, match)
            if found and (best is None or len(match[0]) > best[0]):
                best = (len(match[0]), found, f"{text[: match.start()]} {text[match.end() :]}")
    return (best[1], best[2]) if best else None


def _time(kind: str, match: re.Match[str]) -> Time | None:
    said = {name: text for name, text in match.groupdict().items() if text}
    year = int(said["y"]) if "y" in said else None
    if year is None and "yy" in said:
        year = int(said["yy"]) + (2000 if int(said["yy"]) < 50 else 1900)
    if kind in ("fy", "fy1"):
        last = int(said["to"]) % 100 if "to" in said else -1
        if kind == "fy" and (year is None or last != (year + 1) % 100):
            return None
        return Time(year, None, FISCAL)
    if kind == WEEK:
        return Time(year, None, WEEK)
    if kind == "day?":
        return Time(year, None, DAY)
    if kind == DAY:
        month = int(said["n"])
        return Time(year, f"-{month:02d}", DAY, int(said["d"])) if 1 <= month <= 12 else None
    part = _part(said)
    if kind == "y":
        part = ""
    return None if part is None else Time(year, part)


def _part(said: dict[str, str]) -> str | None:
    if "all" in said:
        return ""
    if quarter := next((said[name] for name in ("q", "q2", "q3", "q4") if name in said), ""):
        return f"-Q{_CHINESE.get(quarter, quarter)}"
    if half := next((said[name] for name in ("h", "h2", "h3") if name in said), ""):
        return f"-S{_CHINESE.get(half, half)}"
    first = int(said["n"]) if "n" in said else _months()[said["m"].casefold().rstrip(".")] if "m" in said else 0
    last = int(said["n2"]) if "n2" in said else _months()[said["m2"].casefold().rstrip(".")] if "m2" in said else 0
    if not 1 <= first <= 12 or (last and not first < last <= 12):
        return None
    if not last:
        return f"-{first:02d}"
    return "" if (first, last) == (1, 12) else f"-{first:02d}/-{last:02d}"
