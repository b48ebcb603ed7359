"""What a page shows: hidden elements emptied, marks of footnotes set apart from figures, lines kept apart.

``show`` changes a page's tree once; after it, text is what a reader sees, in titles, lines of a unit and tables alike.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from schemas.texts import one_line
from sources.shared.pages.marks import set_marks_apart
from sources.shared.pages.markup import FIGURE
from sources.shared.pages.sheets import sheet_styles
from sources.shared.pages.styles import Style, computed, hiding
from sources.shared.word_lists import read_words

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: On an emptied element: why it is not shown, what stood there, and how many cells of tables.
UNSHOWN, STOOD, CELLS = "data-unshown", "data-stood", "data-cells"
#: Elements whose text is never part of a page's text.
NO_TEXT: Final = frozenset(element for element, kind in read_words("html_elements") if kind == "no text")
#: Classes that hide where they are used, by their names: the sheet that says so is not here.
_CLASS_HIDES = re.compile(
    r"(?<!\S)(hidden|hide|d-none|invisible|sr-only|visually-?hidden|screen-reader-text)(?!\S)", re.IGNORECASE
)


def words(element: HtmlElement) -> str:
    """The text of an element of a page that was shown, on one line."""
    return one_line(element.text_content())


def show(page: HtmlElement) -> None:
    """Leave in the tree what a reader sees."""
    sheets = sheet_styles(page)
    declared = (one for one in page.iter() if one in sheets or one.get("style") or one.get("hidden") is not None)
    styles = {element: computed(element, sheets) for element in declared}
    _hide(page, styles)
    set_marks_apart(page, styles)


def _hide(page: HtmlElement, styles: dict[HtmlElement, Style]) -> None:
    """Empty what is not shown; its tail stays, and so does an element that holds a place in a table."""
    for node in list(page.iter()):
        if not isinstance(node.tag, str):
            _hide_comment(node)
        elif reason := _why_unshown(node, styles.get(node, {})):
            cells = len(node.xpath(".//td | .//th"))
            stood = one_line(" ".join(node.itertext(with_tail=False)))
            tail = node.tail
            node.text = None
            for child in list(node):
                node.remove(child)
            node.tail = tail
            node.set(UNSHOWN, reason)
            node.set(STOOD, stood)
            node.set(CELLS, str(cells))


def _hide_comment(node: HtmlElement) -> None:
    """Take a comment away; where figures stand in it, leave an element that says so."""
    import lxml.html

    text, parent = node.text or "", node.getparent()
    if parent is not None and FIGURE.search(text):
        said = lxml.html.Element("template")
        said.set(UNSHOWN, "a comment")
        said.set(STOOD, one_line(re.sub(r"<[^>]*>", " ", text)))
        parent.insert(parent.index(node), said)
    if parent is not None:
        node.drop_tree()


def _why_unshown(node: HtmlElement, style: Style) -> str:
    """Why an element is not shown, "" where it is."""
    parent = node.getparent()
    if node.tag in ("col", "colgroup"):
        style = {name: value for name, value in style.items() if value in ("none", "collapse")}
    if reason := hiding(style):
        return reason
    if node.tag in NO_TEXT and not (node.tag == "title" and parent is not None and parent.tag == "head"):
        return f"within <{node.tag}>"
    if node.tag == "dialog" and node.get("open") is None:
        return "within <dialog>"
    if node.tag in ("html", "body"):
        return ""
    named = _CLASS_HIDES.search(node.get("class") or "") if style.get("display") is None else None
    return f"class {named[0]}" if named else ""
