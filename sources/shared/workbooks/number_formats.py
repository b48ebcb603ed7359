"""What a spreadsheet's number format makes of a value: the page shows that, not what the cell stores.

A format has up to four sections (positive; negative; zero; text), or conditions; its literals may be digits
(``0"00"``), it may scale (``0,`` in thousands, ``0%``), or show nothing at all (``;;;``).
Source: ECMA-376 part 1, 18.8.31. What is not followed here (fractions, native digits, a minus that is not shown) is
said in words that no reader takes for a figure.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Final, NamedTuple

from sources.shared.word_lists import read_words

_TOKEN = re.compile(
    r'"([^"]*)"?|\\(.)|_(.)|\*(.)|\[([^\]]*)\]|(General|AM/PM|A/P)|(E[+-])|(.)', re.IGNORECASE | re.DOTALL
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
#: Colours that a format may put its digits in, by their names and their numbers, in the order of these.
_PALETTE: Final = dict(read_words("palette"))
_COLOURS: Final = {**_PALETTE, **{str(number): rgb for number, rgb in enumerate(_PALETTE.values(), 1)}}
_COLOUR = re.compile(rf"{'|'.join(_PALETTE)}|colou?r\s*\d+", re.IGNORECASE)
_COMPARE: Final = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "<>": ne}
_DASHES: Final = frozenset("-−–—")


class Shown(NamedTuple):
    """What the page shows: a plain number of ``decimals`` (None: all it has) scaled by ten to ``power``, or ``text``.

    ``text`` is "" where nothing is shown; a ``date`` is left to whoever knows the workbook's first day.
    """

    decimals: int | None = None
    power: int = 0
    text: str | None = None
    date: bool = False


class _Section(NamedTuple):
    tokens: tuple[tuple[str, str], ...]  # kind and text
    condition: tuple[str, Decimal] | None
    strange: bool = False
    colour: str = ""

    def kinds(self) -> set[str]:
        return {kind for kind, _ in self.tokens}

    @property
    def literals(self) -> str:
        return "".join(text for kind, text in self.tokens if kind == "literal").strip()


def show(value: float, code: str) -> Shown:
    """What ``code`` shows of a number."""
    if code in ("General", ""):
        return Shown()
    try:
        return _of_every(code, (value > 0) - (value < 0)) or _show(Decimal(str(value)), code)
    except InvalidOperation:  # more digits than any page shows
        return Shown(text=f"{value} as {code}")


def show_text(text: str, code: str) -> str:
    """What ``code`` shows of a text; "" where it hides it."""
    if code in ("General", "@", ""):
        return text
    sections = _sections(code)
    last = sections[-1]
    if len(sections) < 4 and "@" not in last.kinds():
        return text
    return "".join(text if kind == "@" else said for kind, said in last.tokens if kind in ("@", "literal"))


def colour(value: float | str, code: str) -> str:
    """The colour that ``code`` shows a value in, as six hexadecimal digits; "" where it says none."""
    if "[" not in code:
        return ""
    if isinstance(value, str):
        section: _Section | None = _sections(code)[-1]
    else:
        section = _chosen(Decimal(str(value)), _numeric(code))
    return _COLOURS.get(section.colour, section.colour) if section else ""


@lru_cache(1024)
def _of_every(code: str, sign: int) -> Shown | None:
    """What a format shows of every value of one sign; None where that depends on the value."""
    if any(section.condition for section in _numeric(code)):
        return None
    shown = _show(Decimal(sign), code)
    return shown if not shown.text else None


@lru_cache(1024)
def _sections(code: str) -> tuple[_Section, ...]:
    made: list[list[tuple[str, str]]] = [[]]
    for match in _TOKEN.finditer(code):
        quoted, escaped, blank, fill, bracket, word, power, plain = match.groups()
        if plain == ";":
            made.append([])
        elif fill is not None:
            made[-1].append(("strange", fill) if fill.isdigit() else ("literal", ""))
        elif bracket is not None:
            made[-1].append(("bracket", bracket))
        elif word is not None:
            made[-1].append(("General" if word.lower() == "general" else "date", word))
        elif power is not None:
            made[-1].append(("E", power))
        elif plain is None:
            made[-1].append(("literal", next((t for t in (quoted, escaped) if t is not None), " " if blank else "")))
        else:
            made[-1].append((_kind(plain), plain))
    return tuple(_section(tokens) for tokens in made)


def _kind(plain: str) -> str:
    if plain in "0#?":
        return "digit"
    if plain in ".,%/@":
        return plain
    if plain.lower() in "ymdhsb":
        return "date"
    return "strange" if plain.isalnum() else "literal"


def _section(tokens: list[tuple[str, str]]) -> _Section:
    kept: list[tuple[str, str]] = []
    condition, strange, colour = None, False, ""
    for kind, text in tokens:
        if kind != "bracket":
            kept.append((kind, text))
        elif match := _CONDITION.fullmatch(text):
            condition = (match[1], Decimal(match[2]))
        elif text.startswith("$"):
            kept.append(("literal", text[1:].partition("-")[0]))
        elif re.fullmatch("h+|m+|s+", text, re.IGNORECASE):
            kept.append(("date", text))
        elif _COLOUR.fullmatch(text):
            colour = re.sub(r"\s|colou?r", "", text.lower())
        else:
            strange = True
    return _Section(tuple(kept), condition, strange or any(kind == "strange" for kind, _ in kept), colour)


@lru_cache(1024)
def _numeric(code: str) -> tuple[_Section, ...]:
    """The sections that numbers are shown by."""
    sections = _sections(code)
    if len(sections) > 3 or (len(sections) > 1 and "@" in sections[-1].kinds()):
        return sections[: min(3, len(sections) - 1)]
    return sections


def _show(value: Decimal, code: str) -> Shown:
    sections = _numeric(code)
    section = _chosen(value, sections)
    in_words = Shown(text=f"{value} as {code}")  # what no reader takes for a figure
    if section is None or section.strange or "/" in section.kinds():
        return in_words
    kinds, signed, adds_sign = section.kinds(), _signed(section), value < 0 and len(sections) == 1
    if not section.tokens:
        return Shown(text="")
    if "date" in kinds:
        return Shown(date=True)
    if kinds & {"digit", "General"}:
        if (value > 0 and signed) or (value < 0 and signed == adds_sign):
            return in_words  # a sign that is shown of none, or twice, or not at all
        if (plain := _as_number(section, signed)) is not None:
            return plain
    elif "@" in kinds:
        return Shown()
    text = (("-" if adds_sign else "") + _render(abs(value), section)).strip()
    if value == 0 and text and set(text) <= _DASHES:
        return Shown(_decimals(sections[0]))  # nil, as accountants write it
    return Shown(text=text)


def _signed(section: _Section) -> bool:
    """Whether a dash or bracket stands before the digits: a sign of its own."""
    before = ""
    for kind, text in section.tokens:
        if kind in ("digit", "General"):
            return bool(set(before) & (_DASHES | {"("}))
        before += text if kind == "literal" else ""
    return False


def _chosen(value: Decimal, sections: tuple[_Section, ...]) -> _Section | None:
    """The section of a value; None where conditions leave that open."""
    if not any(section.condition for section in sections):
        at = 0 if value > 0 or len(sections) == 1 else 1 if value < 0 else 2
        return sections[at if at < len(sections) else 0]
    for section in sections:
        if section.condition and _COMPARE[section.condition[0]](value, section.condition[1]):
            return section
    rest = [section for section in sections if not section.condition]
    return rest[0] if len(rest) == 1 else None


def _decimals(section: _Section) -> int:
    kinds = [kind for kind, _ in section.tokens if kind in ("digit", ".")]
    return len(kinds) - 1 - kinds.index(".") if "." in kinds else 0


def _power(section: _Section) -> int:
    """Thousands that commas behind the last digit, or before the point, take away; a percentage adds two."""
    kinds = "".join("d" if kind == "digit" else kind for kind, _ in section.tokens if kind in ("digit", ",", "."))
    commas = re.search(r"(,*)(?:\.d*)?(,*)$", kinds)
    return 2 * sum(kind == "%" for kind, _ in section.tokens) - 3 * (len(commas[1] + commas[2]) if commas else 0)


def _as_number(section: _Section, signed: bool) -> Shown | None:
    """Where nothing but digits of the value, a sign and blanks is shown."""
    said = set(section.literals)
    if said - _DASHES - set("()+ ") or (said & _DASHES and not signed) or section.kinds() & {"%", "E", "@"}:
        return None
    if "General" in section.kinds():
        return Shown()
    shape = "".join(text if kind == "digit" else kind if kind == "." else "" for kind, text in section.tokens)
    inside = [kind for kind, text in section.tokens if kind != "literal" or text.strip()]
    digits = [at for at, kind in enumerate(inside) if kind == "digit"]
    if "literal" in inside[digits[0] : digits[-1]] or not re.fullmatch(r"[#0?]*0?\.?0*", shape) or "0" not in shape:
        return None
    return Shown(_decimals(section), _power(section))


def _render(value: Decimal, section: _Section) -> str:
    """The digits of ``value`` (no sign) in the places of the section, its literals around and between them."""
    kinds = [kind for kind, _ in section.tokens]
    if "E" in kinds:
        return f"{value} in powers of ten"
    if "General" in kinds:
        return "".join(f"{value:f}" if kind == "General" else text for kind, text in section.tokens)
    places = [at for at, kind in enumerate(kinds) if kind == "digit"]
    point = kinds.index(".") if "." in kinds else len(kinds)
    before, behind = [at for at in places if at < point], [at for at in places if at > point]
    rounded = value.scaleb(_power(section)).quantize(Decimal(1).scaleb(-len(behind)), ROUND_HALF_UP)
    whole, _, fraction = f"{rounded:f}".partition(".")
    grouped = bool(before) and "," in kinds[before[0] : before[-1]]
    put = _whole("" if whole == "0" else whole, [(at, section.tokens[at][1]) for at in before], grouped)
    for nth, at in enumerate(behind):  # of "#" the zeros at the end are not shown
        put[at] = fraction[nth] if section.tokens[at][1] == "0" or fraction[nth:].strip("0") else ""
    if not "".join(put[at] for at in behind):
        put[point] = ""
    return "".join(
        put.get(at, text) if kind in ("digit", ".") else "" if kind == "," else text
        for at, (kind, text) in enumerate(section.tokens)
    )


def _whole(whole: str, places: list[tuple[int, str]], grouped: bool) -> dict[int, str]:
    """The digits before the point: one a place from the right, all that is left in the first one."""
    put: dict[int, str] = {}
    written = 0
    for nth, (at, place) in enumerate(reversed(places), 1):
        rest = whole if nth == len(places) else whole[-1:]
        whole = whole[: len(whole) - len(rest)]
        rest = rest or {"0": "0", "?": " "}.get(place, "")
        piece = ""
        for digit in reversed(rest):
            piece = digit + ("," if grouped and written and written % 3 == 0 and digit != " " else "") + piece
            written += 1
        put[at] = piece
    return put
