"""The way out for a text that is no figure, or no tidy CSV: what it looks like, and where that belongs."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from schemas.errors import FigureError
from schemas.periods import months
from schemas.units import is_currency, parse_unit
from schemas.vocabulary import status_of
from sources.shared.months import named_month
from sources.shared.word_lists import read_words

_MISSING = re.compile(r"[-–—−.…:/*]+|n\.?/?a\.?|#n/a|nan|null|none|nil|missing|confidential|c|x", re.IGNORECASE)
_QUALIFIED = re.compile(
    r"(?:[<>≥≤~≈≧≦±]|over|about|around|some|nearly|almost|more than|less than|under|at least|at most)\s*=?\s*[-−\d].*",
    re.IGNORECASE,
)
_DECIMAL_COMMA = re.compile(r"[-−+]?(?:\d{1,3}(?:[. '’]\d{3})+|\d+),\d+")
_FLOAT = re.compile(r"[-+]?\d+(?:\.\d*)?e[-+]?\d+", re.IGNORECASE)
_MARKED = re.compile(
    r"(?P<figure>[-−+(]?\d[\d,. ]*\d\)?|\d)\s*(?P<mark>[a-z*†‡§#]|\([a-z]{1,3}\)|\[\w+\])", re.IGNORECASE
)


def accepted(parse: Callable[[str], object]) -> Callable[[str], bool]:
    """Whether a text is one that ``parse`` takes."""

    def test(text: str) -> bool:
        try:
            return bool(parse(text))
        except FigureError:
            return False

    return test


is_period = accepted(months)
#: What a value looks like → the way out.
_HINTS: Final = (
    (_MISSING, "where there is none leave it empty, with status M, C or NA"),
    (_QUALIFIED, "'>', '<' or '~' goes into the column qualifier"),
    (re.compile(r".*[%％]"), "% goes into the column unit"),
    (_DECIMAL_COMMA, "write a decimal point"),
    (_FLOAT, "a float has lost its precision"),
    (_MARKED, "a mark beside a figure goes into the column status or cite"),
)


def figure_hint(text: str, why: str) -> str:
    """``why`` a value could not be read, and the way out where ``text`` says it."""
    if len(text) > 40 or "beyond" in why:
        return why
    hint = next((hint for pattern, hint in _HINTS if pattern.fullmatch(text.strip())), "")
    return f"{why}; {hint}" if hint else why


#: How money is written elsewhere → ISO 4217.
_MONEY: Final = dict(read_words("money"))
_UNIT = re.compile(r"(?P<money>\S+?)\s*(?P<ten>10+)?\s*(?P<word>[a-z]+)?\.?", re.IGNORECASE)
_MULTIPLIERS: Final = dict(read_words("multipliers"))


@cache
def unit_hint(text: str) -> str:
    """For a text that is no unit: the unit that is probably meant; "" where nothing is known."""
    match = _UNIT.fullmatch(" ".join(text.split()))
    if match is None:
        return ""
    seen, word = match["money"], (match["word"] or "").lower()
    if text.strip() in ("percent", "per cent", "pct", "PC"):
        return "%"
    money = _money(seen if seen.lower() not in ("count", "%") else seen.lower())
    said = " ".join(part for part in (money, match["ten"] or "", _MULTIPLIERS.get(word, word)) if part)
    try:
        parse_unit(said)
    except FigureError:
        return ""
    return said


def _money(seen: str) -> str:
    import pycountry

    upper = seen.upper()
    if is_currency(upper):
        return upper
    known = pycountry.currencies.get(numeric=seen) if seen.isdigit() else pycountry.currencies.get(name=seen.title())
    return _MONEY.get(upper, str(known.alpha_3) if known else seen)


_YEAR_FIRST = re.compile(r"([12]\d{3})\W?([a-z]*)\W?(\d{0,2})", re.IGNORECASE)
_YEAR_LAST = re.compile(r"([a-z]+)\.?\W?([1-4]?)\W?((?:[12]\d)?\d\d)", re.IGNORECASE)


@cache
def period_hint(text: str) -> str:
    """For a text that is no period, as of "2019Q1", "2019-H1", "Jan-19": the one that is meant; "" for none."""
    first, slash, last = text.partition("/")
    if slash and first == last:
        return first if is_period(first) else period_hint(first)
    if match := _YEAR_FIRST.fullmatch(text):
        year, word, number = match.groups()
    elif match := _YEAR_LAST.fullmatch(text):
        word, number, year = match.groups()
        year = year if len(year) == 4 else f"{'20' if year < '50' else '19'}{year}"
    else:
        return ""
    word = word.lower()
    if len(word) >= 3 and not number:
        word, number = "m", str(named_month(word) or 0)
    part = f"{number:0>2}" if word in ("", "m") else f"{word.replace('h', 's').upper()}{number}"
    said = year if (word, number) in (("", ""), ("a", ""), ("a", "1"), ("y", "")) else f"{year}-{part}"
    return said if is_period(said) else ""


def status_hint(text: str) -> str:
    """For a text that is no status: the codes that are probably meant, as of Eurostat's "bp"; "" for none."""
    bare = text.strip()
    if bare.lower() in ("z", "_z"):  # not applicable, as Eurostat and SDMX dimensions say it
        return "NA"
    joined = ";".join(bare.upper())
    if bare.isalpha() and status_of(joined) == joined:
        return joined
    return "M, C or NA, beside an empty value" if _MISSING.fullmatch(bare) else ""


def separator_hint(header: str) -> str:
    """Of a header line without commas: that something else separates its columns."""
    marks = {";": "semicolons", "\t": "tabs", "|": "bars"}
    seen = next((name for mark, name in marks.items() if mark in header), "")
    return f" (the columns seem to be separated by something else than a comma: {seen})" if seen else ""


def utf16_hint(content: bytes) -> str:
    """Of bytes with NULs: that they look like UTF-16 without its mark."""
    looks = any(content[at:16:2] == b"\0" * 8 for at in (0, 1))
    return ", it looks like UTF-16: save the file as UTF-8" if looks else ""
