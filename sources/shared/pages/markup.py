"""Whether a page's markup can be followed: what swallows rows of a table refuses the page.

A browser shows nothing of what follows ``<!--`` or ``<script>`` until it is closed, and neither does a parser: five of
twenty figures would stand there as all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from schemas.errors import ParseError

#: Elements whose content is text until their end tag, whatever it looks like.
RAW: Final = ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
#: Elements that a page must close: what follows them would be no part of its table, or of no table.
CLOSED: Final = ("table", "select", "template", "noscript", "object", "button", "svg", "canvas", "video", "audio")
_OPENS = re.compile(r"<(?:(!--)|(?:[!?]|/(?=[^a-zA-Z>]))[^>]*+(?:>|\Z)|(/?)([a-zA-Z][^\s/>]*))")
_REST = re.compile(
    r"""(?:[\s/]++|[^\s/>=][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+|(?=>)))?+)*+>""", re.ASCII
)
_QUOTED = re.compile(r"""=\s*("[^"]*"|'[^']*')""")
_COMMENT = re.compile(r"-{0,2}?>|.*?--!?>", re.DOTALL)
_CELLS = re.compile(r"</?t[dhr]\b", re.IGNORECASE)
#: What is printed as a figure: with decimals, or in groups.
FIGURE: Final = re.compile(r"(?<![\d.,])[-−–+]?(?:[\d,]*\d\.\d+|\d{1,3}(?:,\d{3})+)(?![\d.,]*\d)")


def check_markup(text: str, name: str) -> int:
    """The number of table cells that the markup opens. Raises ParseError where something in it is never closed."""
    opened: Counter[str] = Counter()
    closed: Counter[str] = Counter()
    for tag, is_end in _tags(text, name):
        (closed if is_end else opened)[tag] += 1
    for tag in CLOSED:
        if opened[tag] != closed[tag]:
            where = "breaks off within" if opened[tag] > closed[tag] else "closes more than it opens of"
            raise ParseError(f"{name} {where} a {tag} ({len(text)} characters): save the page again, whole")
    cells, ends = opened["td"] + opened["th"], closed["td"] + closed["th"]
    if ends and ends != cells:
        raise ParseError(f"{name} opens {cells} cells of tables and closes {ends}: it cannot be told what is in which")
    return cells


def _tags(text: str, name: str) -> Iterator[tuple[str, bool]]:
    """Name of each tag outside comments and raw text, and whether it is an end tag."""
    at = 0
    while found := _OPENS.search(text, at):
        at = found.end()
        if found[1]:
            end = _COMMENT.match(text, at)
            at = _swallowed(text, found, end, "a comment", "<!--", name)
        elif not found[3]:  # a browser takes it for a comment, whatever it was meant to be
            if "<" in found[0][1:]:
                raise ParseError(f"{name}, line {_line(text, at)}: {found[0][:20]!r} is never closed")
        else:
            rest = _REST.match(text, at)
            if rest is None or _CELLS.search(rest[0]) or "<" in _QUOTED.sub("", rest[0]):
                raise ParseError(f"{name}, line {_line(text, at)}: a tag <{found[3][:20]} is never closed")
            at, tag = rest.end(), found[3].lower()
            yield tag, bool(found[2])
            if tag in RAW and not found[2]:
                end = re.compile(rf"(.*?)</{tag}(?=[\s/>])", re.DOTALL | re.IGNORECASE).match(text, at)
                at = _swallowed(text, found, end, f"a {tag}", f"<{tag}", name) - (len(tag) + 2)


def _swallowed(text: str, start: re.Match[str], end: re.Match[str] | None, what: str, opening: str, name: str) -> int:
    """Where it ends. Raises ParseError where nothing ends it, or an end that belongs to a later one."""
    line = _line(text, start.start())
    if end is None:
        raise ParseError(f"{name}, line {line}: {what} is never closed, what follows it is not shown")
    if _CELLS.search(end[0]) and opening in end[0].lower():
        raise ParseError(
            f"{name}, line {line}: {what} is closed by the end of a later one, with cells of a table in it"
        )
    return end.end()


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
