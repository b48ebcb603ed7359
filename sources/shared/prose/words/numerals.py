"""Numbers in sentences: digits with separators, Chinese numerals, multipliers, units, qualifiers; broken ones as such.

A number is read where it is whole: ``1.2.3``, ``12,34``, digits on two lines or glued to letters are no numbers that a
text says, and neither is a part of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from schemas.errors import FigureError
from schemas.figures import parse_printed

#: Same length as what they stand for, so that places stay.
SAME: Final = str.maketrans(
    {
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
        **{chr(code): chr(code - 0xFEE0) for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))},
        **dict(zip("．％＋－−﹣＄￥（）：　  ‑‐“”„", '.%+---$¥():   --"""', strict=True)),
        "’": "'",
        "‘": "'",
    }
)
#: Digits that a line break, or a blank within them, tears apart.
TORN: Final = re.compile(r"\d[.,]?[ \t]*\n[ \t]*[.,]?\d|\d[.,][ \t]*\n|\d[ \t]*\n[ \t]*[.,]\d")
_DIGITS: Final = re.compile(r"\d(?:[\d.,]*\d)?", re.ASCII)
_SPACED: Final = re.compile(r"[1-9]\d{0,2}(?:[\u00a0\u202f\u2009]\d{3})+(?:\.\d+)?(?![\d\u00a0\u202f\u2009])", re.ASCII)
_BLANK_SPACED: Final = re.compile(r"[1-9]\d{0,2}(?: \d{3})+(?:\.\d+)?(?![\d.,])", re.ASCII)
_IDEOGRAMS: Final = "〇零一二两三四五六七八九十百千"
HANZI: Final = re.compile(rf"(?P<per>百分之)?(?P<body>[{_IDEOGRAMS}]+(?:万[{_IDEOGRAMS}]+)?(?:点[{_IDEOGRAMS}]+)?)")
#: ``5 percent``, ``one billion``: number words count before a multiplier only.
WORDS: Final = {word: str(at) for at, word in enumerate("one two three four five six seven eight nine ten".split(), 1)}  # noqa: SIM905


@dataclass(frozen=True)
class Number:
    """A number as printed: ``mantissa × 10^exponent``; ``whole`` where it is one, else only that digits stand there."""

    mantissa: int
    exponent: int
    end: int
    whole: bool = True
    digits: int = 0  # how many are printed before the point
    hanzi: bool = False


def number_at(text: str, at: int, after_money: bool) -> Number | None:
    """The number that begins at a place; None where none does."""
    if not (text[at].isdigit() and text[at].isascii()):
        return None
    spaced = _SPACED.match(text, at) or (_BLANK_SPACED.match(text, at) if after_money else None)
    match = spaced or _DIGITS.match(text, at)
    shown, end = (match[0], match.end()) if match else ("", at)
    torn = re.match(r"[.,]?[ \t]*\n[ \t]*[.,]?\d|[.,]\d", text[end:])
    if torn:  # all of it is one broken number
        more = re.match(r"[\d.,\s]*\d", text[end:])
        return Number(0, 0, end + (more.end() if more else 0), whole=False)
    try:
        mantissa, exponent = parse_printed(re.sub(r"[\u00a0\u202f\u2009]", " ", shown))
    except FigureError:
        return Number(0, 0, end, whole=False)
    return Number(mantissa, exponent, end, digits=len(re.sub(r"\D", "", shown.partition(".")[0])))


def hanzi_at(text: str, at: int) -> tuple[Number, bool] | None:
    """A number in Chinese numerals, and whether it is per cent; not ``whole`` where the library for them is missing."""
    match = HANZI.match(text, at)
    if match is None:
        return None
    body = match["body"]
    try:
        from cn2an import cn2an  # type: ignore[import-untyped]
    except ImportError:
        return Number(0, 0, match.end(), whole=False, hanzi=True), bool(match["per"])
    try:
        value = str(cn2an(body.replace("两", "二"), "smart"))
        decimals = len(body.partition("点")[2])
        whole, _, rest = value.partition(".")
        mantissa, exponent = parse_printed(f"{whole}.{rest.ljust(decimals, '0')[:decimals]}" if decimals else whole)
    except (ValueError, FigureError):
        return Number(0, 0, match.end(), whole=False, hanzi=True), bool(match["per"])
    return Number(mantissa, exponent, match.end(), hanzi=True), bool(match["per"])
