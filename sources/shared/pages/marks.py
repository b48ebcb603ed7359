"""Marks of footnotes, told from the figures they stand beside; and lines kept apart.

A mark that is surely one becomes ``[1]``; what may be a mark or a part of the figure becomes ``⟨1⟩``, which no figure
has, so that it is listed and not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from sources.shared.pages.styles import Style

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: Elements that begin a line and end it.
BLOCKS: Final = frozenset(
    re.findall(
        r"\w+",
        "html body table caption colgroup thead tbody tfoot tr td th div p li "
        "ul ol dl dt dd h1 h2 h3 h4 h5 h6 section article aside "
        "header footer main nav form fieldset legend figure figcaption blockquote pre hr address center "
        "details summary br ",
    )
)
#: Words in a class, an id, a role or a link that say "footnote".
_NOTE = re.compile(
    r"(?<![a-z])(foot[-_]?notes?|end[-_]?notes?|note[-_]?ref|_?ftn(ref)?|_?fn[-_]?(ref)?|notes?|ref(erence)?|cite|mark|"
    r"su[bp]|su(b|per)script|super)(?![a-z])",
    re.IGNORECASE,
)
#: Elements that say of themselves that their text is a link, raised, struck out, or of another size.
_SMALL: Final = frozenset(("a", "sup", "sub", "rt", "small", "big", "del", "s", "strike", "bdo"))
_SIZES: Final = {"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "xx-large": 32}
_FONT_SIZES: Final = {"1": 10, "2": 13, "3": 16, "4": 18, "5": 24, "6": 32, "7": 48}
_PIXELS: Final = {
    "px": Fraction(1),
    "pt": Fraction(4, 3),
    "pc": Fraction(16),
    "in": Fraction(96),
    "cm": Fraction(9600, 254),
}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(px|pt|pc|in|cm|r?em|ex|%)")


@dataclass(frozen=True)
class _Look:
    """How a piece of text stands out of its block: the kinds of marks it may be, and its size."""

    kinds: frozenset[str] = frozenset()
    pixels: Fraction | None = None  # None: what the browser's own size is, or a sheet that is not here
    factor: Fraction = Fraction(1)
    mark: HtmlElement | None = None  # the raised or struck element it is in


@dataclass
class _Piece:
    """A text node within a block."""

    holder: HtmlElement
    is_tail: bool
    look: _Look

    @property
    def text(self) -> str:
        """The text as it stands."""
        return (self.holder.tail if self.is_tail else self.holder.text) or ""

    @text.setter
    def text(self, text: str) -> None:
        if self.is_tail:
            self.holder.tail = text
        else:
            self.holder.text = text


def set_marks_apart(page: HtmlElement, styles: dict[HtmlElement, Style]) -> None:
    """Put marks in brackets and lines apart, in a tree without what is hidden."""
    for pieces in _blocks(page, styles):
        _set_apart(pieces)


def _blocks(page: HtmlElement, styles: dict[HtmlElement, Style]) -> Iterator[list[_Piece]]:
    """The text nodes of each block in their order, lines kept apart; a block within one ends and begins it anew."""
    finished: list[list[_Piece]] = []

    def add(run: list[_Piece], piece: _Piece, in_pre: bool) -> None:
        if piece.text:
            if not in_pre:
                piece.text = re.sub(r"[ \t\r\n\f]+", " ", piece.text)
            run.append(piece)

    def walk(node: HtmlElement, look: _Look, run: list[_Piece], in_pre: bool) -> None:
        block = node.tag in BLOCKS
        style = styles.get(node, {})
        look = _look(node, style, look, block)
        own: list[_Piece] = [] if block else run
        add(own, _Piece(node, is_tail=False, look=look), in_pre or node.tag == "pre")
        for child in node:
            if isinstance(child.tag, str):
                walk(child, look, own, in_pre or node.tag == "pre")
            add(own, _Piece(child, is_tail=True, look=look), in_pre or node.tag == "pre")
            if child.tag in BLOCKS:
                child.tail = "\n" + (child.tail or "")
        if block:
            finished.append(own)
            if node.tag not in ("td", "th"):
                node.text = "\n" + (node.text or "")

    walk(page, _Look(), [], in_pre=False)
    yield from finished


def _look(node: HtmlElement, style: Style, outer: _Look, block: bool) -> _Look:
    """How text directly in this element looks."""
    if not block and not style and not node.attrib and node.tag not in _SMALL:
        return outer
    kinds, mark = (set(), None) if block else (set(outer.kinds), outer.mark)
    pixels, factor = _size(node, style, outer)
    if not block:
        own = _kind(node, style)
        kinds |= own
        if own & {"raised", "struck"}:
            mark = outer.mark if outer.mark is not None else node
    return _Look(frozenset(kinds), pixels, factor, mark)


def _kind(node: HtmlElement, style: Style) -> set[str]:
    """What kind of mark an inline element makes of its text: none, or several."""
    named = " ".join(node.get(name) or "" for name in ("class", "id", "name", "role", "epub:type"))
    kinds = set()
    shift = style.get("vertical-align", "")
    moved = style.get("position") == "relative" and re.match(r"-?\.?\d", style.get("top", ""))
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


def _size(node: HtmlElement, style: Style, outer: _Look) -> tuple[Fraction | None, Fraction]:
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


def _set_apart(pieces: list[_Piece]) -> None:
    """Put marks of a block in brackets, so that no digit of theirs joins a figure's."""
    before = ""
    _bracket_raised(pieces)
    if len({piece.look for piece in pieces}) < 2:
        return
    plain = [piece for piece in pieces if piece.look.mark is None and re.search(r"\d", piece.text)]
    base = min(plain, key=lambda piece: len(piece.look.kinds), default=None)
    for at, piece in enumerate(pieces):
        if base is not None and piece.look.mark is None and not _alike(piece.look, base.look):
            after = "".join(one.text for one in pieces[at + 1 : at + 9])[:40].lstrip(" ")
            piece.text = _apart(piece.text, before.rstrip(" "), after, _certainty(piece.look, base.look))
        before = (before + piece.text)[-40:]


def _bracket_raised(pieces: list[_Piece]) -> None:
    """Text of raised elements as ``[1]``, of struck ones as ``⟨5.3⟩``, each as a whole."""
    groups: dict[HtmlElement, list[_Piece]] = {}
    for piece in pieces:
        if piece.look.mark is not None:
            groups.setdefault(piece.look.mark, []).append(piece)
    for group in groups.values():
        whole = "".join(piece.text for piece in group)
        bare = whole.strip(" ()[]")
        if bare and not whole.lstrip().startswith("["):
            struck = any("struck" in piece.look.kinds for piece in group)
            group[0].text = f"⟨{bare}⟩" if struck else f"[{bare}]"
            for piece in group[1:]:
                piece.text = ""


def _alike(one: _Look, other: _Look) -> bool:
    return one.kinds == other.kinds and (one.pixels, one.factor) == (other.pixels, other.factor)


def _certainty(look: _Look, base: _Look) -> int:
    """Of how many signs at most it is a mark beyond doubt: 3 of a link to a note, 1 of smaller text, 0 of all else."""
    if "note" in look.kinds - base.kinds:
        return 3
    if look.pixels == base.pixels:
        return int(look.factor < base.factor)
    if look.pixels is None or base.pixels is None:
        return 0
    return int(look.pixels * look.factor < base.pixels * base.factor)


def _apart(text: str, before: str, after: str, certain: int) -> str:
    """``text`` that looks otherwise than the figure beside it: a mark, or what may be one."""
    bare = text.strip(" ()[]")
    follows, leads = bool(re.search(r"\d[.,]?$", before)), bool(re.match(r"[.,]?\d", after))
    digits = bool(certain) and bool(re.fullmatch(rf"[\d,]{{1,{certain}}}", bare))
    letter = bool(certain) and bool(re.fullmatch(r"[a-z]", bare, re.IGNORECASE))
    if (follows and (digits or letter)) or (digits and before[-1:].isalpha()):
        return f"[{bare}]"
    touches = (follows and re.match(r"[\d.,]", bare)) or (leads and re.search(r"[\d.,]$", bare))
    return f"⟨{bare}⟩" if bare and touches else text
