"""Marks of footnotes, told from the figures they stand beside; and lines kept apart.

A mark that is surely one becomes ``[1]``; what may be a mark or a part of the figure becomes ``⟨1⟩``, which no figure
has, so that it is listed and not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sources.shared.pages.looks import BLOCKS, Look, look_of
from sources.shared.pages.styles import Style

if TYPE_CHECKING:
    from lxml.html import HtmlElement


@dataclass
class _Piece:
    """A text node within a block."""

    holder: HtmlElement
    is_tail: bool
    look: Look

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

    def walk(node: HtmlElement, look: Look, run: list[_Piece], in_pre: bool) -> None:
        block = node.tag in BLOCKS
        style = styles.get(node, {})
        look = look_of(node, style, look, block)
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

    walk(page, Look(), [], in_pre=False)
    yield from finished


def _set_apart(pieces: list[_Piece]) -> None:
    """Put marks of a block in brackets, so that no digit of theirs joins a figure's."""
    before = ""
    _bracket_raised(pieces)
    for piece in pieces:
        if piece.look.doubt and piece.look.mark is None and re.search(r"\d", piece.text):
            piece.text = f"⟨{piece.text.strip()}⟩"
    if len({piece.look for piece in pieces}) < 2:
        return
    in_words = bool(re.search(r"[^\W\d_]{2}", "".join(piece.text for piece in pieces)))
    plain = [piece for piece in pieces if piece.look.mark is None and re.search(r"\d", piece.text)]
    base = min(plain, key=lambda piece: len(piece.look.kinds), default=None)
    for at, piece in enumerate(pieces):
        told = base is not None and _is_as_told(piece.look, base.look)
        if base is not None and piece.look.mark is None and not (told and piece.look.told == base.look.told):
            after = "".join(one.text for one in pieces[at + 1 : at + 9])[:40]
            if not (in_words and told):  # numbers of a sentence stand apart by spaces
                before, after = before.rstrip(" "), after.lstrip(" ")
            piece.text = _apart(piece.text, before, after, _certainty(piece.look, base.look))
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


def _is_as_told(one: Look, other: Look) -> bool:
    """Whether nothing that is understood tells the two apart."""
    return one.kinds == other.kinds and (one.pixels, one.factor) == (other.pixels, other.factor)


def _certainty(look: Look, base: Look) -> int:
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
