"""Style sheets of a page: which rule is about which element, and of which that cannot be told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, cast

from sources.shared.pages.styles import COMMENTS, UNFOLLOWED, Style, declarations, doubt, hiding

if TYPE_CHECKING:
    import cssselect
    from lxml.html import HtmlElement

_PRELUDE = re.compile(r"([^{};]*)([{};]|\Z)")
#: Media queries that are not about a screen.
_ELSEWHERE = re.compile(r"(?:only )?(print|speech|aural|braille|embossed|handheld|projection|tty|tv)\b")
_GROUPS = re.compile(r"@(media|supports|layer|container|scope)\b")
_NAMES = re.compile(r"[.#][\w-]+")
_COMMA = re.compile(r",(?![^(\[]*[)\]])")
_COMBINED = re.compile(r"(?:\s*[>+~]\s*|\s+)(?![^(\[]*[)\]])")
#: Letters of selectors beyond which a rule within others is read as if it stood alone: each level may double them.
_LONG: Final = 20_000
#: States in which no page is opened, and parts that hold no text of it.
_STATES: Final = re.compile(
    r"::|:-|:(hover|active|focus[\w-]*|visited|target[\w-]*|checked|disabled|indeterminate|fullscreen|modal|popover-open|"
    r"placeholder-shown|autofill|user-\w+|valid|invalid|before|after|selection)\b"
)


def sheet_styles(page: HtmlElement) -> dict[HtmlElement, list[Style]]:
    """What the style sheets of the page say of its elements, the strongest last."""
    used = {word for one in page.iter() for word in _classes(one)}
    used |= {f"#{one.get('id')}" for one in page.iter() if one.get("id")}
    said: dict[HtmlElement, list[tuple[tuple[int, int, int], Style]]] = {}
    for sheet in page.iter("style"):
        if not _for_screen(sheet.get("media") or ""):
            continue
        for selectors, style in _rules(COMMENTS.sub(" ", sheet.text or "")):
            for element, strength, meant in _matches(page, selectors, style, used):
                said.setdefault(element, []).append((strength, meant))
    return {element: [style for _, style in sorted(found, key=lambda pair: pair[0])] for element, found in said.items()}


def _matches(
    page: HtmlElement, selectors: str, style: Style, used: set[str]
) -> Iterator[tuple[HtmlElement, tuple[int, int, int], Style]]:
    """Elements that a rule is about; where that cannot be told and it may hide, those that it may be about."""
    import cssselect

    for text in _COMMA.split(selectors):
        try:
            for selector in cssselect.parse(text):
                meant = style if selector.pseudo_element is None else _beside(str(selector.pseudo_element), style)
                for element in _selected(page, selector, used) if meant else ():
                    yield element, selector.specificity(), meant
        except (cssselect.SelectorError, ValueError):
            if not _STATES.search(text) and (hiding(style) or doubt(style)):
                for element in _perhaps(page, text):
                    yield element, (0, 0, 0), {UNFOLLOWED: "a selector"}


def _beside(part: str, style: Style) -> Style:
    """What a rule of a part says of its element: whether digits are printed beside its text."""
    content = re.sub(r"\\([0-9a-f]{1,6}) ?", lambda found: chr(int(found[1], 16) % 0x11000), style.get("content", ""))
    printed = part in ("before", "after") and ("counter(" in content or any(map(str.isdecimal, content)))
    return {UNFOLLOWED: "content"} if printed else {}


def _selected(page: HtmlElement, selector: cssselect.Selector, used: set[str]) -> list[HtmlElement]:
    from lxml.cssselect import CSSSelector
    from lxml.etree import XPathError

    canonical = selector.parsed_tree.canonical()
    if ":" not in canonical and not used.issuperset(_NAMES.findall(canonical)):
        return []  # of a class that no element has, as most of a site's sheet is
    try:
        return cast("list[HtmlElement]", CSSSelector(canonical, translator="html")(page))
    except XPathError as exc:
        raise ValueError(canonical) from exc


def _perhaps(page: HtmlElement, selector: str) -> list[HtmlElement]:
    """Elements that a selector that is not followed may be about: by any name in its last part, else by its tag."""
    last = _COMBINED.split(selector.strip())[-1]
    names = set(_NAMES.findall(last))
    if not names:
        tag = re.match(r"[a-z][\w-]*", last, re.IGNORECASE)
        return list(page.iter(tag[0].lower() if tag else "*"))
    return [one for one in page.iter("*") if names & {f"#{one.get('id')}", *_classes(one)}]


def _classes(element: HtmlElement) -> set[str]:
    return {f".{word}" for word in (element.get("class") or "").split()}


def _for_screen(queries: str) -> bool:
    """Whether a media query may be true of a screen; its features are taken to hold."""
    for query in queries.lower().split(","):
        negated = bool(re.match(r"\s*not\s", query))
        bare = " ".join(query.split()).removeprefix("not ")
        if negated if _ELSEWHERE.match(bare) else not (negated and bare in ("screen", "all")):
            return True
    return False


def _rules(css: str, within: str = "") -> Iterator[tuple[str, Style]]:
    """Selectors and declarations of each rule for a screen, those within others and ``@media`` and the like too."""
    at, own = 0, []
    while at < len(css) and (found := _PRELUDE.match(css, at)):
        at = found.end()
        if found[2] != "{":
            own.append(found[1])
            at += 0 if found[2] else 1
            continue
        prelude, start, depth = found[1].strip(), at, 1
        while depth and at < len(css):
            depth += {"{": 1, "}": -1}.get(css[at], 0)
            at += 1
        body = css[start : at - 1 if not depth else at]
        group = _GROUPS.match(prelude.lower())
        if group and (group[1] != "media" or _for_screen(prelude[group.end() :])):
            yield from _rules(body, within)
        elif not prelude.startswith("@"):
            yield from _rules(body, _nested(prelude, within))
    if within and (style := declarations(";".join(own))):
        yield within, style


def _nested(selectors: str, within: str) -> str:
    """Selectors of a rule that stands within another's."""
    if not within or len(within) * (selectors.count(",") + selectors.count("&") + 1) > _LONG:
        return selectors
    both = ((outer.strip(), inner.strip()) for outer in _COMMA.split(within) for inner in _COMMA.split(selectors))
    return ", ".join(inner.replace("&", outer) if "&" in inner else f"{outer} {inner}" for outer, inner in both)
