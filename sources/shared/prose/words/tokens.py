"""A sentence as a list of what it says: periods, figures with their units, words of the lexicon, and words of none."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from sources.shared.prose.words.calendar import When, period_at
from sources.shared.prose.words.lexicon import Lexicon, Word
from sources.shared.prose.words.numerals import WORDS, Number, hanzi_at, number_at

#: What stands between the parts of a sentence.
SEPARATORS: Final = {
    **dict.fromkeys(",，、;；:：", "sep"),
    **dict.fromkeys("((（[［", "open"),
    **dict.fromkeys("))）]］", "close"),
}
_LATIN = re.compile(r"(?:[A-Za-z]\.){2,}|[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ0-9]*(?:[&/][A-Za-z0-9]+)*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*-\d+(?![\w.]*\w)")  # COVID-19
#: Between the words of one that is several.
_BETWEEN = re.compile(r"(?:'s)?[ \n,-]{1,3}")
_DIGITS_ON = re.compile(r"[\w.,]*\w")
_GLUED = re.compile(r"[\w.,%]*[\w%]")
_RANGE = re.compile(r"(?:[-–—~～]\s?|\s[-–—~～]\s)[$€£¥]?\d")
#: Signs of currencies before a number, those that begin with letters first.
_SIGNS: Final = {
    "US$": "USD",
    "HK$": "HKD",
    "A$": "AUD",
    "C$": "CAD",
    "NT$": "TWD",
    "NZ$": "NZD",
    "S$": "SGD",
    "R$": "BRL",
    "$": "USD",
    "¥": "?",
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
}
#: With which figures begin: a digit or numeral, a sign, a currency, a number word.
_FIRST: Final = frozenset("0123456789+-$¥€£₹ABCDEGHIJKMNPRSTUVZ〇零一二两三四五六七八九十百千otfsenOF")
_POSSESSIVE = re.compile(r"'s\b|'(?=\s)|s'\s")
_NOTE = re.compile(r"\[\d{1,2}\]|[¹²³⁰-⁹①-⑳*†‡]+|\((?:note|注)\s*\d\)", re.IGNORECASE)
#: 从贸易方式看: by what the figures are told apart, which they then say.
_SEEN_BY = re.compile(
    r"[从分按](?:贸易|主要|出口|进口|企业|国内|国际|外贸|商品|国别|类别|地区|区域|市场|和|与|、|的|经营)*"
    r"(?:类别|国别|地区|市场|商品|方式|伙伴|主体|性质|结构|区域|季度|月份|类型|领域|布局|产品结构)来?看"
)
_NOTES: Final = frozenset("[(*†‡¹²³⁰⁴⁵⁶⁷⁸⁹①②③④⑤⑥⑦⑧⑨⑩")
_IGNORED: Final = frozenset(" \t\n\"'“”‘’《》〈〉「」.。!?！？…—–―-/·•")


@dataclass(frozen=True)
class Figure:
    """A number with its unit: ``unit`` an ISO code, "%" or "" (none said), ``qualifier`` as printed beside it."""

    mantissa: int
    exponent: int
    unit: str
    qualifier: str = "="
    signed: bool = False
    scaled: bool = False  # a multiplier is said, or all its digits are printed
    why: str = ""  # why it is no figure that can be placed


#: Of a word.
NO_FIGURE: Final = Figure(0, 0, "")
NO_WHEN: Final = When("")


@dataclass(frozen=True)
class Token:
    """A word or figure of a sentence and where it stands; ``value`` is what its word says."""

    kind: str
    value: str
    start: int
    end: int
    figure: Figure = NO_FIGURE
    when: When = NO_WHEN
    items: tuple[Token, ...] = ()  # of a list: what stands in it


@dataclass
class Tokenizer:
    """Makes tokens of sentences by one lexicon; ``dollars`` is what a bare dollar is here, ``yens`` a bare ¥."""

    lexicon: Lexicon
    dollars: str = "USD"
    yens: str = "?"

    def tokens(self, text: str) -> list[Token]:
        """All of a sentence, in its order."""
        found: list[Token] = []
        at = 0
        while at < len(text):
            token = self._next(text, at, found)
            if token is not None:
                found.append(token)
                at = max(token.end, at + 1)
            else:
                at += 1
        return _qualified(_joined(found, text))

    def _next(self, text: str, at: int, before: list[Token]) -> Token | None:
        sign = text[at]
        if sign == " ":
            return None
        if sign in _NOTES and (note := _NOTE.match(text, at)):
            return Token("fill", "", at, note.end())
        if said := _SEEN_BY.match(text, at):
            return Token("fill", "", at, said.end())
        if period := period_at(text, at):
            return Token(
                "day" if period[0].form == "day" else "period", text[at : period[1]], at, period[1], when=period[0]
            )
        if sign in SEPARATORS:
            return Token(SEPARATORS[sign], sign, at, at + 1)
        if at == 0 or not (text[at - 1].isalnum() and text[at - 1].isascii()):
            if figure := self._figure(text, at):
                return figure
        elif sign.isascii() and sign.isdigit():  # glued to letters: some name, COVID-19's like
            glued = _DIGITS_ON.match(text, at)
            end = glued.end() if glued else at + 1
            return Token("unknown", text[at:end], at, end)
        if possessive := _POSSESSIVE.match(text, at):
            return Token("poss", "", at, possessive.end())
        if word := self.word_at(text, at):
            if word[0][0] in ("mult", "money", "percent", "pp", "fold"):  # a unit without a number
                return Token("unknown", text[at : word[1]], at, word[1])
            twice = Figure(int(word[0][1]), 0, "%", "~", scaled=True) if word[0][0] == "double" else NO_FIGURE
            return Token(word[0][0], word[0][1], at, word[1], figure=twice)
        if sign in _IGNORED:
            return None
        latin = _NAME.match(text, at) or _LATIN.match(text, at)
        end = latin.end() if latin else at + 1
        return Token("unknown", text[at:end], at, end)

    def word_at(self, text: str, at: int) -> tuple[Word, int] | None:
        """The longest word of the lexicon at a place, and where it ends."""
        sign = text[at]
        words, longest = self.lexicon.words, self.lexicon.longest
        if not (sign.isascii() and sign.isalpha()):
            for size in range(min(longest.get(sign, 0), len(text) - at), 0, -1):
                if word := words.get(text[at : at + size]):
                    return word, at + size
            return None
        match = _LATIN.match(text, at)
        if match is None:
            return None
        end, shown = match.end(), match[0].lower()
        found = self._named(shown, text[at:end], sign)
        best = (found, end) if found else None
        for _ in range(max(longest.get(shown.rstrip("."), 1), longest.get(shown, 1)) - 1):
            blank = _BETWEEN.match(text, end)
            match = _LATIN.match(text, blank.end()) if blank else None
            if blank is None or match is None:
                break
            shown += ("'s " if blank[0][0] == "'" else " ") + match[0].lower()
            end = match.end()
            if found := self._named(shown, text[at:end], sign):
                best = found, end
        return best

    def _named(self, shown: str, text: str, sign: str) -> Word | None:
        word = self.lexicon.words.get(shown) or (self.lexicon.words.get(shown[:-1]) if shown[-1] == "." else None)
        if word is None or (shown == "us" and text != "US"):
            return None
        if word[0] in ("area", "agency") and sign.islower() and " " not in shown and word[1] not in ("=", "WLD"):
            return None  # turkey, china: a name is written as one
        return word

    def _figure(self, text: str, start: int) -> Token | None:
        """A figure: sign, currency, number, multiplier, unit, in the orders in which they are written."""
        if text[start] not in _FIRST:
            return None
        at, sign, money = start, "", ""
        if text[at] in "+-" and (at == 0 or not (text[at - 1].isalnum() or text[at - 1] in "%)")):
            sign, at = text[at], at + 1
        if (
            at < len(text)
            and (text[at].isascii() or text[at] in "€£₹¥")
            and not text[at].isdigit()
            and (word := self._money_at(text, at))
        ):
            money, at = word
            at = self._skip(text, at)
            if at < len(text) and text[at] in "+-" and not sign:
                sign, at = text[at], at + 1
        if at >= len(text):
            return None
        per = False
        number = number_at(text, at, bool(money))
        if number is None and (hanzi := hanzi_at(text, at)):
            number, per = hanzi
            if not per and not self._counts(text, number.end):
                return None
        if number is None and (spelt := self._spelt(text, at)):
            number = spelt
        if number is None:
            return None
        return self._with_unit(text, start, number, sign, money, per)

    def _spelt(self, text: str, at: int) -> Number | None:
        match = _LATIN.match(text, at)
        if match is None or match[0].lower() not in WORDS:
            return None
        after = self.word_at(text, min(self._skip(text, match.end()), len(text) - 1))
        if after is None or after[0][0] != "mult":
            return None
        return Number(int(WORDS[match[0].lower()]), 0, match.end())

    def _counts(self, text: str, at: int) -> bool:
        """Whether Chinese numerals are a number: a multiplier stands behind them."""
        word = self.word_at(text, at) if at < len(text) else None
        if word and word[0][0] == "qual":
            word = self.word_at(text, word[1]) if word[1] < len(text) else None
        return bool(word and (word[0][0] == "mult" or word[0] == ("fold", "")))

    def _money_at(self, text: str, at: int) -> tuple[str, int] | None:
        """The currency that stands before a number, and where it ends."""
        for shown, code in _SIGNS.items():
            if text.startswith(shown, at):
                return {"$": self.dollars, "¥": self.yens}.get(shown, code), at + len(shown)
        word = self.word_at(text, at)
        if word and word[0][0] == "money" and text[at : word[1]].isascii() and text[at : word[1]].isupper():
            return word[0][1], word[1]
        return None

    @staticmethod
    def _skip(text: str, at: int) -> int:
        while at < len(text) and text[at] in " \n\t-":
            at += 1
        return at

    def _with_unit(self, text: str, start: int, number: Number, sign: str, money: str, per: bool) -> Token:
        """A number with the multiplier and the unit that stand behind it, as far as they are one figure."""
        at = end = number.end
        power, scaled, unit, qualifier, kind = 0, False, money, "=", "percent" if per else "number"
        unit = "%" if per else money
        at = self._skip(text, at)
        while at < len(text) and kind == "number" and not (text[at].isascii() and text[at].isdigit()):
            word = self.word_at(text, at)
            (what, value), after = word or (("", ""), at)
            if text[at] in "多余":  # 100多亿
                qualifier, end = ">", at + 1
            elif what == "mult" and (not scaled or not text[at].isascii()):
                power, scaled, end = power + int(value), True, after
            elif what == "money" and (not unit or self._same(unit, value)):
                unit, kind, end = self._code(text[at:after], value), "amount", after
            elif what in ("percent", "pp", "fold") and not scaled and not unit:
                unit, kind, end = "%", what, after
            else:
                break
            at = self._skip(text, end)
        kind = "amount" if kind == "number" and (unit or scaled) else kind
        why, end = self._broken(text, start, end, number)
        if unit == "?":
            unit, why = "", why or "which money this is the text does not say"
        mantissa = -number.mantissa if sign == "-" else number.mantissa
        exponent = number.exponent + power + (2 if kind == "fold" else 0)
        figure = Figure(mantissa, exponent, unit, qualifier, bool(sign), scaled or number.digits >= 7, why)
        return Token(kind, text[start:end], start, end, figure)

    @staticmethod
    def _broken(text: str, start: int, end: int, number: Number) -> tuple[str, int]:
        """Why a number is none that the text says, "" where it is one; and where what is glued to it ends."""
        if not number.whole:
            return "numerals in Chinese characters need tradeledger[prose]" if number.hanzi else "no whole number", end
        rest = text[end : end + 2]
        if rest[:1].isascii() and (rest[:1].isalnum() or (rest[:1] in tuple(".,%") and rest[1:].isdigit())):
            glued = _GLUED.match(text, end)
            return "letters or digits are glued to it", glued.end() if glued else end
        if _RANGE.match(text, end):
            return "a range, no figure", end
        return "a point stands before its digits" if start and text[start - 1] == "." else "", end

    def _same(self, unit: str, value: str) -> bool:
        return unit == value or (value == "USD" and unit == self.dollars)

    def _code(self, shown: str, value: str) -> str:
        return self.dollars if shown.lower() in ("dollars", "dollar") else value


#: What may stand between a part of a year and its year.
_OF: Final = frozenset(("of", "in", "the", "的", "'s", ""))


def _joined(found: list[Token], text: str) -> list[Token]:
    """Periods of two parts (``May`` ``2021``, ``2021年`` ``5月``) as one."""
    joined: list[Token] = []
    for token in found:
        back = len(joined) - 1
        while back >= 0 and text[joined[back].start : joined[back].end].strip().lower() in _OF:
            back -= 1
        last = joined[back] if back >= 0 else None
        both = last.when.joined(token.when) if token.kind == "period" and last and last.kind == "period" else None
        if last is not None and both is not None:
            del joined[back:]
            token = replace(last, value=text[last.start : token.end], end=token.end, when=both)
        joined.append(token)
    return joined


#: What a qualifier without a figure behind it is: ``$1 billion more than in April``, ``over the same period``.
_ELSE: Final = {">+": ("more", "up"), "<-": ("more", "down"), ">c": ("compare", "")}


def _qualified(found: list[Token]) -> list[Token]:
    """Qualifiers laid on the figures they stand beside; one that stands beside none is an unknown word."""
    out: list[Token] = []
    waiting: Token | None = None
    for token in found:
        last = out[-1] if out else None
        behind = next((one for one in reversed(out) if one.kind != "fill"), None)
        if token.value in _ELSE and behind is not None and behind.figure is not NO_FIGURE:
            token = _alone(token)  # "30 percent higher than": no qualifier of what comes
        if token.kind == "behind" and last is not None and last.figure is not NO_FIGURE:
            out[-1] = _laid(last, token, token.end)
        elif waiting is not None and token.figure is not NO_FIGURE:
            out[-1] = replace(waiting, kind="level", value="q")
            out.append(_laid(token, waiting, token.end))
        else:
            out.append(token if token.kind not in ("qual", "behind") else _alone(token))
        if token.kind != "fill":
            waiting = token if token.kind == "qual" else None
    return out


def _laid(token: Token, qualifier: Token, end: int) -> Token:
    figure = token.figure
    sign = qualifier.value[0]
    mixed = figure.qualifier not in ("=", sign) and token.kind != "double"
    return replace(
        token, end=end, figure=replace(figure, qualifier=sign, why=figure.why or ("two qualifiers" if mixed else ""))
    )


def _alone(token: Token) -> Token:
    kind, value = _ELSE.get(token.value, ("unknown", ""))
    return replace(token, kind=kind, value=value)
