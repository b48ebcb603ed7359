"""Styles that decide whether, and how, text is shown: of an element itself, and of the page's own style sheets.

Sheets that a page only links to are not here. Names of classes are looked at where they speak for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from lxml.html import HtmlElement

Style = dict[str, str]

_COMMENTS = re.compile(r"/\*.*?(?:\*/|$)|<!--|-->", re.DOTALL)
_PRELUDE = re.compile(r"([^{};]*)([{};]|\Z)")
#: Media queries that are not about a screen.
_ELSEWHERE = re.compile(r"\b(print|speech|aural|braille|embossed|handheld|projection|tty|tv)\b")
_NAMES = re.compile(r"[.#][\w-]+")
_OFF_PAGE = re.compile(r"-\d{3,}(\.\d+)?(px|em|rem|pt|%|vw|vh|cm|in)?")
#: Properties that decide what ``hiding`` and ``sources.shared.pages.shown`` ask.
PROPERTIES: Final = frozenset(
    re.findall(
        r"[\w-]+",
        "display visibility opacity font-size font vertical-align text-decoration text-decoration-line clip clip-path "
        "content-visibility text-indent position left top color unicode-bidi float overflow width height max-width "
        "max-height transform filter",
    )
)


def declarations(text: str) -> Style:
    """``"display: none !important; top:0"`` → property → value, lower case; those not asked about left out."""
    found: Style = {}
    for part in _COMMENTS.sub(" ", text).split(";"):
        name, colon, value = part.partition(":")
        if colon and (name := name.strip().lower()) in PROPERTIES:
            value = " ".join(value.lower().split())
            if not (found.get(name, "").endswith("!important") and not value.endswith("!important")):
                found[name] = value.replace("! important", "!important")
    return found


def sheet_styles(page: HtmlElement) -> dict[HtmlElement, list[Style]]:
    """What the style sheets of the page say of its elements, the strongest last."""
    import cssselect
    from lxml.cssselect import CSSSelector
    from lxml.etree import XPathError

    used = {("." + word) for one in page.iter() for word in (one.get("class") or "").split()}
    used |= {f"#{one.get('id')}" for one in page.iter() if one.get("id")}
    said: dict[HtmlElement, list[tuple[tuple[int, int, int], Style]]] = {}
    for sheet in page.iter("style"):
        if _ELSEWHERE.search((sheet.get("media") or "").lower()):
            continue
        for selectors, style in _rules(_COMMENTS.sub(" ", sheet.text or "")):
            try:
                parsed = cssselect.parse(selectors)
            except cssselect.SelectorError:
                continue  # of a browser's own, or of another state than the page is opened in
            for selector in parsed:
                if ":" not in selector.canonical() and not used.issuperset(_NAMES.findall(selector.canonical())):
                    continue  # of a class that no element has, as most of a site's sheet is
                try:
                    matches = cast("list[HtmlElement]", CSSSelector(selector.canonical(), translator="html")(page))
                except (cssselect.SelectorError, XPathError):
                    continue
                for element in matches if selector.pseudo_element is None else ():
                    said.setdefault(element, []).append((selector.specificity(), style))
    return {element: [style for _, style in sorted(found, key=lambda pair: pair[0])] for element, found in said.items()}


def _rules(css: str) -> Iterator[tuple[str, Style]]:
    """Selectors and declarations of each rule for a screen, those within ``@media`` and the like too."""
    at = 0
    while at < len(css) and (found := _PRELUDE.match(css, at)):
        at = found.end()
        if found[2] != "{":
            at += 0 if found[2] else 1
            continue
        prelude, start, depth = found[1].strip(), at, 1
        while depth and at < len(css):
            depth += {"{": 1, "}": -1}.get(css[at], 0)
            at += 1
        body = css[start : at - 1 if not depth else at]
        if not prelude.startswith("@"):
            if style := declarations(body):
                yield prelude, style
        elif re.match(r"@(media|supports|layer|container)\b", prelude.lower()) and not _ELSEWHERE.search(
            prelude.lower()
        ):
            yield from _rules(body)


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
    if re.fullmatch(r"0+(\.0+)?%?|\.0+", said("opacity", "1")):
        return "opacity: 0"
    if re.fullmatch(r"0+(\.0*)?[a-z%]*", said("font-size", "1")) or re.match(
        r"0+(px|pt|em)?\s*(/|\s)", said("font", "")
    ):
        return "font-size: 0"
    if said("overflow") in ("hidden", "clip") and any(
        re.fullmatch(r"0[a-z%]*", said(side, "")) for side in ("width", "height", "max-width", "max-height")
    ):
        return "of no size"
    if re.search(r"scale\(0[,)]", said("transform", "")) or re.search(r"opacity\(0%?\)", said("filter", "")):
        return "drawn as nothing"
    if said("color") == "transparent":
        return "color: transparent"
    if re.match(r"inset\((50|100)%", said("clip-path", "")) or re.match(r"rect\([01](px)?[ ,]", said("clip", "")):
        return "clipped away"
    if _OFF_PAGE.fullmatch(said("text-indent", "")) or (
        said("position") in ("absolute", "fixed")
        and any(_OFF_PAGE.fullmatch(said(side, "")) for side in ("left", "top"))
    ):
        return "moved off the page"
    return ""
