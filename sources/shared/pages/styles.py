"""Styles that decide whether, and how, text is shown: of an element itself, and of the page's own style sheets.

Sheets that a page only links to are not here. Names of classes are looked at where they speak for themselves.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from sources.shared.word_lists import read_words

if TYPE_CHECKING:
    from lxml.html import HtmlElement

Style = dict[str, str]

COMMENTS: Final = re.compile(r"/\*.*?(?:\*/|$)|<!--|-->", re.DOTALL)
#: Said of an element that a rule may hide, where it cannot be told whether it is about it.
UNFOLLOWED: Final = "-unfollowed"
_OFF_PAGE = re.compile(r"-\d{3,}(\.\d+)?(px|em|rem|pt|%|vw|vh|cm|in)?")
#: As ``_OFF_PAGE``, but further than wrappers of a page are moved to stand in its middle.
_FAR = re.compile(r"(?<![\d.])-(\d{4,}|99\d|\d{3,}(?=r?em|v[wh]|cm|in))")
_ALPHA = re.compile(
    r"(?:(?:rgb|hsl)a?\((?:(?:[^(),]*,){3}|[^(),]*/) ?|color\([^()]*/ ?)([\d.]+%?) ?\)"
    r"|#(?:[0-9a-f]{3}|[0-9a-f]{6})(00?)"
)
_LITTLE: Final = Fraction(1, 10)  # of opacity: nobody sees a figure that is drawn so
#: Properties that are asked for, here and in ``sources.shared.pages.looks`` → ``plain``, where they may hide, or make a
#: mark, in ways that are not followed: values that do neither.
_PROPERTIES: Final = dict(read_words("css_properties"))
_PLAIN_VALUES: Final = {name: re.compile(plain) for name, plain in _PROPERTIES.items() if plain}
#: Values that change nothing, of any property, of lengths, and of shares.
_NEUTRAL = re.compile(r"none|normal|auto|initial|unset|inherit|revert(-layer)?|baseline|static|inline|visible")
_NOTHING = re.compile(r"(margin|padding|border|outline|inset|top|left|right|bottom|text-indent|letter-spacing)[\w-]*")
_WHOLE: Final = frozenset(("opacity", "zoom", "scale"))


def declarations(text: str) -> Style:
    """``"display: none !important; top:0"`` → property → value, lower case; those not asked about left out."""
    found: Style = {}
    for part in COMMENTS.sub(" ", text).split(";"):
        name, colon, value = part.partition(":")
        if colon and (name := name.strip().lower()) in _PROPERTIES:
            value = " ".join(value.lower().split())
            if not (found.get(name, "").endswith("!important") and not value.endswith("!important")):
                found[name] = value.replace("! important", "!important")
    return found


def computed(element: HtmlElement, sheets: dict[HtmlElement, list[Style]]) -> Style:
    """The properties of an element that something declares: style sheets, then its own attribute."""
    found: Style = {"display": "none"} if element.get("hidden") is not None else {}
    for style in (*sheets.get(element, ()), declarations(element.get("style") or "")):
        for name, value in style.items():
            if value.endswith("!important") or not found.get(name, "").endswith("!important"):
                found[name] = value
    return {name: value.removesuffix("!important").strip() for name, value in found.items()}


def hiding(style: Style) -> str:
    """Why an element of this style is not seen; "" where it is."""
    said = style.get
    if said("display") == "none":
        return "display: none"
    if said("visibility") in ("hidden", "collapse"):
        return f"visibility: {said('visibility')}"
    if said("content-visibility") == "hidden":
        return "content-visibility: hidden"
    if said("mso-hide") == "all":
        return "mso-hide: all"
    if _share(said("opacity", "1")) < _LITTLE:
        return "opacity: 0"
    if re.fullmatch(r"0+(\.0*)?[a-z%]*", said("font-size", "1")) or re.match(
        r"0+(px|pt|em)?\s*(/|\s)", said("font", "")
    ):
        return "font-size: 0"
    if said("overflow") in ("hidden", "clip") and any(
        re.fullmatch(r"0[a-z%]*|1px", said(side, "")) for side in ("width", "height", "max-width", "max-height")
    ):
        return "of no size"
    if re.search(r"scale\(0[,)]", said("transform", "")) or re.search(r"opacity\(0%?\)", said("filter", "")):
        return "drawn as nothing"
    alpha = _ALPHA.fullmatch(said("color", ""))
    if said("color") == "transparent" or (alpha and _share(alpha[1] or alpha[2]) < _LITTLE):
        return "color: transparent"
    if re.match(r"inset\((50|100)%", said("clip-path", "")) or re.match(r"rect\([01](px)?[ ,]", said("clip", "")):
        return "clipped away"
    return "moved off the page" if _is_moved_off(style) else ""


def _is_moved_off(style: Style) -> bool:
    """Whether an element stands where no window reaches."""
    moved = style.get("position", "static") != "static" and any(
        _OFF_PAGE.fullmatch(style.get(side, "")) for side in ("left", "top", "right", "bottom")
    )
    if style.get("left", "").endswith("%"):  # a wrapper in the middle of the page, half of its width to the left
        return bool(moved)
    far = ("margin", "margin-left", "margin-top", "margin-right", "margin-bottom", "transform", "translate")
    return bool(moved or _OFF_PAGE.fullmatch(style.get("text-indent", ""))) or any(
        _FAR.search(style.get(side, "")) for side in far
    )


def _share(text: str) -> Fraction:
    """``"50%"`` or ``".5"`` as a number; 1 of what is none: ``doubt`` asks for that."""
    if not re.fullmatch(r"(\d+\.?|\d*\.\d+)%?", text):
        return Fraction(1)
    return Fraction(text.removesuffix("%")) / (100 if text.endswith("%") else 1)


def is_neutral(name: str, value: str) -> bool:
    """Whether a declaration says what would hold without it."""
    if name in _WHOLE:
        return value in ("1", "100%", "none", "normal")
    return bool(_NEUTRAL.fullmatch(value) or (_NOTHING.fullmatch(name) and re.fullmatch(r"(0[a-z%]* ?)+", value)))


def doubt(style: Style) -> str:
    """What of a style may keep text from being seen as it stands, and is not followed; "" where nothing."""
    if UNFOLLOWED in style:
        return UNFOLLOWED
    for name, plain in _PLAIN_VALUES.items():
        value = style.get(name)
        if value is not None and not is_neutral(name, value) and not plain.fullmatch(value):
            return name
    computing = ("color", "font-size", "left", "top", "margin-left", "clip", "width", "height", "position")
    return next((name for name in computing if re.search(r"\b(var|attr|env)\(", style.get(name, ""))), "")
