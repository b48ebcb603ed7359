"""Chinese words of titles, headings and unit lines as the English ones that readers of tables know.

``1至11月累计同比±%`` becomes ``1 to 11 cumulative year-on-year ±%``. What is not in the list of words stays as it is,
and is refused as any other unknown heading.
"""

from __future__ import annotations

import re
from functools import cache, partial
from typing import Final

from sources.shared.area_names import HAN
from sources.shared.months import MONTH_NAMES
from sources.shared.word_lists import read_words

#: Signs of full width, and those that are printed for a colon.
_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) != "，"} | {
    ord("\u3000"): " ",
    ord("∶"): ":",
    ord("﹕"): ":",
}
#: A comma of full width separates thousands only among digits of full width: elsewhere it stands between two numbers.
_FULL_COMMA = re.compile("(?<=[０-９])，(?=[０-９]{3})")
_MULTIPLIERS: Final = dict(read_words("chinese_multipliers"))
_SCALE: Final = "|".join(sorted(_MULTIPLIERS, key=len, reverse=True))
_QUANTITIES: Final = dict(read_words("customs_quantities"))
_UNIT_LINE = re.compile(r"(?:^|[\s(、;])(?:金额|货币|计价)?单\s*位\s*:(.*)")
_MONEY = re.compile(
    rf"(?P<before>人民币)?(?P<scale>{_SCALE})?(?P<money>美元|元|SDR)(?P<after>人民币|\(人民币\))?(?P<rest>[,，、]?%)?"
)
_COUNTED = re.compile(
    r"(?P<ten>1(?:,?0+)*)?\s*(?P<million>million)?\s*(?P<what>[a-z][a-z ]*[a-z]|[a-z])", re.IGNORECASE
)
_NUMERALS: Final = str.maketrans("〇零一二三四五六七八九", "00123456789")
_WORDED = re.compile("([〇零一二三四五六七八九]{4})年(?:(十[一二]?|[一二三四五六七八九])月)?")
_WORDS: Final = [(re.compile(pattern), english.strip()) for pattern, english in read_words("chinese_headings")]


def plain(text: str) -> str:
    """``text`` with digits and signs of full width as those of ASCII."""
    return _FULL_COMMA.sub(",", text).translate(_FULL_WIDTH) if not text.isascii() else text


@cache
def english(text: str) -> str:
    """A title, heading or unit line with its Chinese words in English; any other text as it is."""
    text = plain(text)
    if not HAN.search(text):
        return text
    if line := _UNIT_LINE.search(text):
        return f"Unit: {_money(''.join(line[1].split()))}"
    text = in_digits(re.sub(r"\s+", "", text))
    for pattern, word in _WORDS:
        text = pattern.sub(partial(_filled, word), text)
    return " ".join(text.split())


def quantity_unit(text: str) -> str | None:
    """``万吨`` or ``10,000 Tons`` → ``t 10 thousand``; None of what is no unit of quantity."""
    text = plain(text).strip()
    bare = re.sub(r"\s+", "", text)
    if HAN.search(bare):
        scaled = re.fullmatch(rf"({_SCALE})?(.+)", bare)
        if bare in _QUANTITIES or scaled is None or scaled[2] not in _QUANTITIES:
            return _QUANTITIES.get(bare)
        return f"{_QUANTITIES[scaled[2]]} {_MULTIPLIERS.get(scaled[1], '')}".strip()
    counted = _COUNTED.fullmatch(text)
    unit = _QUANTITIES.get(" ".join(counted["what"].lower().split())) if counted else None
    if counted is None or unit is None:
        return None
    ten = (counted["ten"] or "1").replace(",", "")
    return " ".join((unit, *[ten] * (len(ten) > 1), *["million"] * bool(counted["million"])))


def _money(text: str) -> str:
    text = text.removesuffix(")") if text.count(")") > text.count("(") else text
    found = _MONEY.fullmatch(text)
    if found is None or (found["money"] != "元" and (found["before"] or found["after"])):
        return text  # which whoever reads unit lines refuses
    code = {"美元": "USD", "元": "CNY"}.get(found["money"], found["money"])
    return f"{code} {_MULTIPLIERS.get(found['scale'] or '', '')}{', %' if found['rest'] else ''}".strip()


def in_digits(text: str) -> str:
    """``二〇二六年十一月`` → ``2026年11月``."""
    return _WORDED.sub(_worded, text)


def _worded(found: re.Match[str]) -> str:
    month = found[2] or ""
    number = 10 + int((month[1:] or "0").translate(_NUMERALS)) if month.startswith("十") else month.translate(_NUMERALS)
    return f"{found[1].translate(_NUMERALS)}年{f'{number}月' if month else ''}"


def _filled(word: str, found: re.Match[str]) -> str:
    """An English word with what its Chinese one says: ``{2}`` is the month of group 2."""
    named = re.sub(r"\{(\d)\}", lambda at: MONTH_NAMES[int(found[int(at[1])]) - 1].title(), word)
    return f" {found.expand(named)} "
