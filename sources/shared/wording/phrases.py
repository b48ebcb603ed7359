"""What a heading, a label or a line above a table says: flow, measure, money, power of ten, product, partner, period.

The words of five languages and of codes stand in ``words/table_phrases.csv``; what is left over is unknown, and nobody
drops it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from schemas.texts import one_line
from schemas.units import is_currency
from sources.shared.area_names import area_code
from sources.shared.word_lists import read_words
from sources.shared.wording.times import Time, find_time, read_time

_FOOTNOTE = re.compile(
    r"\s*(?:[\[(]\s*(?:notes?\s*)?\d{1,2}(?:\s*,\s*\d{1,2})*\s*[\])]|(?<![\d/])\d{1,2}/(?!\d)|[¹²³⁰⁴-⁹]+|\[[a-z]\]|\*+|[†‡§])\s*(?=$|[\s(,:;])"
    r"|\s*[\[(](?:r|p|e|rev\.?|prel\.?)[\])]\s*$",
    re.IGNORECASE,
)
_POWER = re.compile(r"(?<![\d.,])(1(?:0+|(?:[, .']000)+))(?![\d.,]*\d)")
_SHORT: Final = {"k": "3", "th": "3", "m": "6", "mn": "6", "mio": "6", "b": "9", "bn": "9", "mrd": "9", "t": "12"}
#: ISO codes that are English words too: money only where nothing but money is said.
_WORDS: Final = frozenset({"ALL", "TOP", "TRY", "CUP", "PEN", "MAD", "COP", "SOS", "LAK", "MOP", "BAM", "ANG", "GEL"})
#: Years that prices or indices are based on are no periods.
_BASE = re.compile(
    r"\b(?:constant|chained|at)\s*\(?\d{4}\)?\s*(?=us\$|u\.s\.|prices|dollars|usd|lcu|national|eur)", re.IGNORECASE
)
_INDEX = re.compile(r"\b(?:19|20)\d\d(?:-\d\d)?\s*=\s*100\b")
#: Columns of the US Census Bureau's country file.
_CENSUS = re.compile(r"([IE])(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|YR)")
_UNIT_CODE = re.compile(r"(?<![A-Za-z0-9])(MIO|THS|THOUS|BN|MRD|BLN)_([A-Z]{3})(?![A-Z])")
_CJK = re.compile(r"[\u3400-\u9fff]")
_EDGE = r"[^\W_]"
#: Said of the whole table, as "of" and "from" are of an area.
_WITH: Final = frozenset(
    "with to from mit nach aus avec vers con hacia desde between among by and vs against for".split()  # noqa: SIM905
)


@dataclass
class Said:
    """What a text says: facet → value; ``left`` is what was not understood, ``clash`` a facet that it says twice."""

    facets: dict[str, str] = field(default_factory=dict)
    left: str = ""
    clash: str = ""
    time: Time | None = None

    def get(self, facet: str) -> str:
        """What it says of a facet, "" for nothing."""
        return self.facets.get(facet, "")


@cache
def _phrases() -> tuple[re.Pattern[str], dict[str, tuple[str, str]]]:
    found = {phrase: (facet, value) for phrase, facet, value in read_words("table_phrases")}
    parts = []
    for phrase in sorted(found, key=len, reverse=True):
        text = re.escape(phrase).replace(r"\ ", r"\s+")
        if not _CJK.search(phrase):
            before = rf"(?<!{_EDGE})" if phrase[0].isalnum() else ""
            behind = rf"(?!{_EDGE})" if phrase[-1].isalnum() else ""
            text = f"{before}{text}{behind}"
        parts.append(text)
    return re.compile("|".join(parts)), found


def plain(text: str) -> str:
    """A text on one line, in usual characters, without marks of footnotes."""
    text = unicodedata.normalize("NFC", one_line(text)).translate(str.maketrans("（）：，％／", "():,%/"))
    return _FOOTNOTE.sub(" ", f"{text} ").strip()


def key(text: str) -> str:
    """How headings are looked up: plain, lower case."""
    return plain(text).casefold().strip(" .:*")


@cache
def scan(text: str, *, times: bool = True) -> Said:
    """What a text says; the whole of it is accounted for, or stands in ``left``."""
    said = Said()
    rest = _BASE.sub("constant ", _INDEX.sub(" index ", plain(text)))
    if times and (code := _CENSUS.fullmatch(rest)):
        said.facets["flow"] = "M" if code[1] == "I" else "X"
        said.time = Time(None, "") if code[2] == "YR" else read_time(code[2])
        return said
    if times and (whole := read_time(rest)):
        said.time = whole
        return said
    rest = _units(rest, said)
    if times and (found := find_time(rest)):
        said.time, rest = found
    folded = rest.casefold()
    pattern, known = _phrases()

    def take(match: re.Match[str]) -> str:
        facet, value = known[re.sub(r"\s+", " ", match[0])]
        if facet:
            _note(said, facet, value)
            if facet == "measure" and ("%" in match[0] or "percent" in match[0]):
                said.facets["percent"] = "%"
        return f" \x00{match[0] if not facet else ''}\x00 "

    left = pattern.sub(take, folded)
    said.left = _left(left)
    if said.left and "_" in folded:  # words of a heading as programs write them
        return scan(text.replace("_", " "), times=times)
    if said.left and (area := area_code(said.left)):
        _note(said, "area", area)
        said.left = ""
    return said


def _left(text: str) -> str:
    bare = re.sub("\x00[^\x00]*\x00", " ", text)
    bare = re.sub(
        r"^[^\w]+|[^\w.)]+$",
        "",
        " ".join(re.sub(r"[()\[\]:;,/|±+*=_–—-]+(?=\s|$)|(?<=\s)[()\[\]:;,/|±+*=_–—-]+", " ", f" {bare} ").split()),
    )
    return bare if re.search(r"\w", bare) else ""


def _units(text: str, said: Said) -> str:
    """Take money and powers of ten out of a text that are written in codes, signs or digits."""
    if code := _UNIT_CODE.search(text):
        _note(said, "power", _SHORT.get(code[1].lower(), {"THS": "3", "THOUS": "3", "BLN": "9"}.get(code[1], "")))
        if code[2] != "NAC":
            _note(said, "money", code[2])
        text = text.replace(code[0], " ")
    for match in re.finditer(r"(?<![A-Za-z])([A-Z]{3})(?![A-Za-z])\s?(m|mn|bn|b|k|t|mio|mrd|th)?(?![A-Za-z])", text):
        others = re.sub(r"[\W\d_]", "", text.replace(match[0], "")).casefold()
        lone = others in ("", "million", "millions", "billion", "thousand", "thousands", "billions")
        if (
            is_currency(match[1])
            and (lone or match[1] not in _WORDS)
            and (lone or not text.isupper() or match[1] in ("USD", "EUR", "GBP", "CNY", "JPY"))
        ):
            _note(said, "money", match[1])
            if match[2]:
                _note(said, "power", _SHORT[match[2]])
            text = text.replace(match[0], " ", 1)
    signs = re.compile(
        r"((?:US|A|AU|C|CAN|HK|NZ|S|R)?\$|€|£|¥|￥|₹|₩)\s?(mn|m|bn|b|k|tn|t)(?![A-Za-z])|(?<![A-Za-z])(k|m|mn|bn)\s?(€|£|US\$|\$)",
        re.IGNORECASE,
    )
    while sign := signs.search(text):
        money, short = (sign[1], sign[2]) if sign[1] else (sign[4], sign[3])
        text = f"{text[: sign.start()]} {money} {text[sign.end() :]}"
        _note(said, "power", {"tn": "12"}.get(short.lower(), _SHORT.get(short.lower(), "")))
    while power := _POWER.search(text):
        _note(said, "power", str(len(re.sub(r"\D", "", power[1])) - 1))
        text = f"{text[: power.start()]} {text[power.end() :]}"
    return text


def _note(said: Said, facet: str, value: str) -> None:
    had = said.facets.get(facet)
    if facet == "power" and had is not None:
        value = str(int(had) + int(value))  # "100 million": one after the other
    elif facet == "money" and had and had != value:
        if value == "?dollars" and had != "CNY":
            return  # "USD dollars"
        if had != "?dollars":
            said.clash = said.clash or f"{had} and {value}"
    elif facet == "measure" and had and had != value:
        if {had, value} & {"growth"} and "share" not in (had, value):
            value = had if value == "growth" else value
        else:
            said.clash = said.clash or f"{had} and {value}"
    elif facet == "product" and had and had != value:
        value = "total" if {had, value} == {"goods", "services"} else value
    elif had and had != value:
        said.clash = said.clash or f"{had} and {value}"
    said.facets[facet] = value


def areas_of(text: str) -> tuple[list[str], list[str]]:
    """The areas that a title names: those it is about, and those it names as the others' side."""
    own: list[str] = []
    others: list[str] = []
    text = re.sub(r"\b(?:U\.?S\.?|American|United States)[ -]dollars?|US\$|US-Dollar", " ", text, flags=re.IGNORECASE)
    words = re.findall(r"[^\W\d_][\w.&'’-]*|,", plain(text))
    at = 0
    while at < len(words):
        for length in range(min(5, len(words) - at), 0, -1):
            name = " ".join(words[at : at + length]).replace(" ,", ",").strip(", ")
            name = re.sub(r"[’']s$", "", name)
            lone_word = length == 1 and (name.islower() or len(name) < 4)
            code = None if lone_word and name not in ("US", "U.S.", "UK", "U.K.", "EU") else _area(name)
            if code:
                before = words[at - 1].lower() if at else ""
                before = words[at - 2].lower() if before == "the" and at > 1 else before
                (others if before in _WITH else own).append(code)
                at += length
                break
        else:
            at += 1
    for name, code in (("中国", "CHN"), ("我国", "CHN"), ("美国", "USA"), ("日本", "JPN"), ("德国", "DEU")):
        if name in text:
            (others if re.search(rf"[对与和自从]{name}", text) else own).append(code)
    return list(dict.fromkeys(own)), list(dict.fromkeys(others))


def _area(name: str) -> str | None:
    bare = re.sub(r"(?<=[A-Z])\.", "", name) if re.fullmatch(r"(?:[A-Z]\.)+", name) else name
    code = "USA" if bare == "US" else area_code(bare)
    return None if code == "WLD" else code or local_areas().get(name.casefold())


@cache
def local_areas() -> dict[str, str]:
    """Names of countries in German, French, Spanish and Chinese, as CLDR has them → ISO 3166 alpha-3."""
    import pycountry
    from babel import Locale

    found: dict[str, str] = {}
    for language in ("de", "fr", "es", "zh", "en"):
        for alpha2, name in Locale(language).territories.items():
            if len(alpha2) == 2 and alpha2.isalpha() and (country := pycountry.countries.get(alpha_2=alpha2)):
                found.setdefault(name.casefold(), str(country.alpha_3))
    found |= {"china": "CHN", "hong kong": "HKG", "macau": "MAC", "macao": "MAC", "welt": "WLD", "monde": "WLD"}
    return found
