"""How a piece of text stands out of its block: by which a mark of a footnote is told from a figure beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from sources.shared.pages.styles import Style, doubt, is_neutral
from sources.shared.word_lists import read_words

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: Elements that begin a line and end it.
BLOCKS: Final = frozenset(element for element, kind in read_words("html_elements") if kind == "block")
#: Words in a class, an id, a role or a link that say "footnote".
_NOTE = re.compile(
    r"(?<![a-z])(foot[-_]?notes?|end[-_]?notes?|note[-_]?ref|_?ftn(ref)?|_?fn[-_]?(ref)?|notes?|ref(erence)?|cite|mark|"
    r"su[bp]|su(b|per)script|super)(?![a-z])",
    re.IGNORECASE,
)
#: Elements that say nothing of their text but how it is set: what is within and beside one is one figure.
_PLAIN: Final = frozenset(("b", "i", "em", "strong", "font", "span", "u", "nobr", "wbr", "tt"))
#: Attributes and styles that are compared otherwise, or are no reason to take text for two.
_UNTOLD: Final = frozenset(("lang", "xml:lang", "{http://www.w3.org/XML/1998/namespace}lang", "style", "size"))
_UNTOLD_STYLES: Final = frozenset(("font-size", "font-weight", "font-style"))
#: Elements that say of themselves that their text is a link, raised, struck out, or of another size.
_SMALL: Final = frozenset(("a", "sup", "sub", "rt", "small", "big", "del", "s", "strike", "bdo"))
_SIZES: Final = {"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "xx-large": 32}
_FONT_SIZES: Final = {"1": 10, "2": 13, "3": 16, "4": 18, "5": 24, "6": 32, "7": 48}
_INCH: Final = Fraction(96)  # in pixels
_PIXELS: Final = {"px": _INCH / 96, "pt": _INCH / 72, "pc": _INCH / 6, "in": _INCH, "cm": _INCH / Fraction("2.54")}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(px|pt|pc|in|cm|r?em|ex|%)")


@dataclass(frozen=True)
class Look:
    """How a piece of text stands out of its block: the kinds of marks it may be, and its size."""

    kinds: frozenset[str] = frozenset()
    pixels: Fraction | None = None  # None: what the browser's own size is, or a sheet that is not here
    factor: Fraction = Fraction(1)
    mark: HtmlElement | None = None  # the raised or struck element it is in
    told: tuple[str, ...] = ()  # whatever else sets it apart from text beside it
    doubt: bool = False  # whether it is seen at all is not followed


def look_of(node: HtmlElement, style: Style, outer: Look, block: bool) -> Look:
    """How text directly in this element looks."""
    if not block and not style and not node.attrib and node.tag in _PLAIN:
        return outer
    kinds, mark = (set(), None) if block else (set(outer.kinds), outer.mark)
    pixels, factor = _size(node, style, outer)
    if not block:
        own = _kind(node, style)
        kinds |= own
        if own & {"raised", "struck"}:
            mark = outer.mark if outer.mark is not None else node
    told = () if block else (*outer.told, *_told(node, style))
    unseen = outer.doubt or (node.tag not in ("html", "body") and bool(doubt(style)))
    return Look(frozenset(kinds), pixels, factor, mark, told, unseen)


def _told(node: HtmlElement, style: Style) -> list[str]:
    """What an inline element says of its text, whatever it means: its name, attributes and styles."""
    said = [] if node.tag in _PLAIN or node.tag in _SMALL else [str(node.tag)]
    said += [f"{name}={value}" for name, value in sorted(node.attrib.items()) if name not in _UNTOLD]
    styles = {**style}
    for part in (node.get("style") or "").lower().split(";"):
        name, _, value = part.partition(":")
        if value and name.strip() not in style:
            styles[name.strip()] = " ".join(value.split())
    for name, value in sorted(styles.items()):
        if name not in _UNTOLD_STYLES and not is_neutral(name, value):
            said.append(f"{name}:{value}")
    return said


def _kind(node: HtmlElement, style: Style) -> set[str]:
    """What kind of mark an inline element makes of its text: none, or several."""
    named = " ".join(node.get(name) or "" for name in ("class", "id", "name", "role", "epub:type"))
    named = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", named)  # "MsoFootnoteReference"
    kinds = set()
    shift = style.get("vertical-align", "")
    moved = style.get("position") == "relative" and any(
        re.match(r"-?\.?[1-9]|-?0?\.\d", style.get(side, "")) for side in ("top", "bottom")
    )
    if node.tag in ("sup", "sub", "rt") or shift in ("super", "sub") or _LENGTH.fullmatch(shift.lstrip("-")) or moved:
        kinds.add("raised")
    line = style.get("text-decoration", "") + style.get("text-decoration-line", "")
    if (
        node.tag in ("del", "s", "strike")
        or "line-through" in line
        or node.tag == "bdo"
        or ("override" in style.get("unicode-bidi", ""))
    ):
        kinds.add("struck")
    if _NOTE.search(named):
        kinds.add("note")
    if style.get("display", "inline") not in ("inline", "contents") or style.get("float", "none") != "none":
        kinds.add("placed")  # apart from the text around it
    if style.get("position") in ("absolute", "fixed"):
        kinds.add("placed")
    if re.fullmatch(r"white|#fff(fff)?|rgb\( ?255, ?255, ?255 ?\)", style.get("color", "")):
        kinds.add("pale")  # on white it is not seen
    if node.tag == "a":
        href = node.get("href") or ""
        kinds.add("note" if href.startswith("#") or _NOTE.search(href) else "link")
    return kinds


def _size(node: HtmlElement, style: Style, outer: Look) -> tuple[Fraction | None, Fraction]:
    """Size of an element's text: in pixels where one is declared, and as a part of it, or of what is unknown."""
    said = style.get("font-size", "")
    if not said and (found := re.search(r"(?:^|\s)([\d.]+(?:px|pt|em|%))", style.get("font", ""))):
        said = found[1]
    if length := _LENGTH.fullmatch(said):
        number, unit = Fraction(length[1]), length[2]
        if unit in _PIXELS:
            return number * _PIXELS[unit], Fraction(1)
        if unit == "rem":
            return 16 * number, Fraction(1)
        return outer.pixels, outer.factor * number / {"em": 1, "ex": 2, "%": 100}[unit]
    if said in _SIZES:
        return Fraction(_SIZES[said]), Fraction(1)
    size = (node.get("size") or "").strip() if node.tag == "font" else ""
    if size in _FONT_SIZES:
        return Fraction(_FONT_SIZES[size]), Fraction(1)
    if said == "smaller" or node.tag in ("small", "sub", "sup") or size.startswith("-"):
        return outer.pixels, outer.factor * Fraction(5, 6)
    if said == "larger" or node.tag == "big" or size.startswith("+"):
        return outer.pixels, outer.factor * Fraction(6, 5)
    return outer.pixels, outer.factor
