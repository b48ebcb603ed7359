"""What stands in a cell of figures: the figure with its decimal mark made a point, marks beside it, or why none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

#: Instead of a figure → status.
ABSENT: Final = {
    **dict.fromkeys(
        (
            "-",
            "–",
            "—",
            "−",
            "..",
            "...",
            "…",
            "n/a",
            "na",
            "n.a.",
            "n/d",
            "nd",
            "#n/a",
            ".",
            "x",
            "z",
            "[z]",
            "/",
            "--",
            "_z",
            "//",
        ),
        "NA",
    ),
    **dict.fromkeys((":", "nan", "null", "none", "m", "missing", "[x]", "#na", "not available", "n.s.", "ns"), "M"),
    **dict.fromkeys(("c", "(c)", ": c", ":c", "confidential", "(d)", "d", "[c]", "s", "(s)"), "C"),
}
#: Beside a figure → status.
_STATUS: Final = {
    "r": "R",
    "p": "P",
    "e": "E",
    "b": "B",
    "f": "F",
    "u": "U",
    "c": "",
    "rev": "R",
    "prel": "P",
    "est": "E",
    "prov": "P",
    "s": "E",
}
_MARKED = re.compile(
    r"(?P<figure>[-−–+(]?\s?[$€£¥]?\s?[-−–]?\d[\d., '’\u00a0\u2009\u202f]*\)?)\s?"
    r"(?P<marks>(?:[(\[]?(?:rev|prel|prov|est|[rpebfus]{1,2})\.?[)\]]?|\*+|[†‡]+|[¹²³⁴-⁹]+|[(\[]\d{1,2}[)\]])+)",
    re.IGNORECASE,
)
_MONEY = re.compile(r"(?P<sign>[-−–(]?)\s?(?:US\$|[$€£¥])\s?(?=[-\d.])|(?<=\d)\s?(?:US\$|[$€£¥])(?=\)?$)")


@dataclass
class Figures:
    """Texts of figures as the tidy form has them, and the status of each ("" for none)."""

    texts: npt.NDArray[np.object_]
    status: npt.NDArray[np.object_]
    percent: npt.NDArray[np.bool_]
    signs: set[str] = field(default_factory=set)


@cache
def one(text: str) -> tuple[str, str, bool, str]:
    """A cell: figure, status, whether it says %, sign of money. A text that is none of these comes back as it is."""
    bare = text.strip()
    if bare.casefold() in ABSENT:
        return "", ABSENT[bare.casefold()], False, ""
    percent, sign = False, ""
    if bare.endswith(("%", "％")):
        percent, bare = True, bare[:-1].rstrip()
    if match := _MONEY.search(bare):
        sign = re.sub(r"[\s(−–-]", "", match[0])
        bare = (match["sign"] or "") + bare[: match.start()] + bare[match.end() :]
    if match := _MARKED.fullmatch(bare):
        said = re.findall(r"rev|prel|prov|est|[rpebfus]", match["marks"].casefold())
        statuses = list(dict.fromkeys(_STATUS[mark] for mark in said))
        if all(statuses) and len(statuses) <= 3:
            return match["figure"].strip(), ";".join(statuses), percent, sign
    return (bare, "", percent, sign) if bare != text.strip() else (text, "", False, "")


_PLAIN = re.compile(r"[-−–+(]?(?:\d+(?:[., '’\u00a0\u2009\u202f]\d+)*|[.,]\d+)\)?")


@cache
def is_figure(text: str) -> bool:
    """Whether a cell prints a figure, in whichever decimal mark; a mark instead of one is none."""
    figure, status, *_ = one(text)
    return (
        bool(figure)
        and len(figure) < 40
        and _PLAIN.fullmatch(figure.strip()) is not None
        and not (status and not figure)
    )


_COMMA = re.compile(r"[-−–+(]?\d{1,3}(?:[. '’\u00a0\u2009\u202f]\d{3})*,\d+\)?|[-−–+(]?\d*,\d+\)?")
_POINT = re.compile(r"[-−–+(]?(?:\d{1,3}(?:[, '’\u00a0\u2009\u202f]\d{3})*|\d+)?\.\d+\)?")
_THREE = re.compile(r"[-−–+(]?\d{1,3}[.,]\d{3}\)?")


def decimal_mark(texts: npt.NDArray[np.object_], separator: str) -> str:
    """``.`` or ``,`` as all the figures say together; "" where they leave it open, ``?`` where they contradict.

    "1,234" may be either; "1,234.5", "12,5", "1,234,567" and "0,125" are not.
    """
    marked = [text for text in texts if "," in text or "." in text]
    says = {"," if "," in text else "." for text in marked if ("," in text) != ("." in text)}
    comma = point = False
    open_comma = open_point = 0
    for text in marked:
        bare = text.strip("-−–+() ")
        commas, points = bare.count(","), bare.count(".")
        if commas and points:
            last = "," if bare.rfind(",") > bare.rfind(".") else "."
            comma, point = comma or last == ",", point or last == "."
        elif commas > 1:
            point = True
        elif points > 1:
            comma = True
        elif not _THREE.fullmatch(bare) or bare.startswith("0"):
            comma, point = comma or commas == 1, point or points == 1
        else:
            open_comma, open_point = open_comma + commas, open_point + points
    if comma and point:
        return "?"
    if comma or point:
        return "," if comma else "."
    if not marked:
        return "."
    if says == {".", ","}:
        return "?"
    # All have three digits behind their one mark. Where the table's lesser figures have none, it groups thousands.
    small = [text for text in texts if text and text not in marked and len(re.sub(r"\D", "", text)) <= 3]
    large = [text for text in texts if text and text not in marked and len(re.sub(r"\D", "", text)) > 3]
    if open_point and separator in (",", "") and not open_comma:
        return "."
    if small and not large and open_comma and not open_point and separator in (",", "\t", ""):
        return "."
    return ""


def with_point(texts: npt.NDArray[np.object_], mark: str) -> npt.NDArray[np.object_]:
    """Figures with a decimal point, groups parted by commas or not at all."""
    if mark != ",":
        return texts
    return np.array([text.translate(_SWAP) if "," in text or "." in text else text for text in texts], dtype=object)


_SWAP: Final = str.maketrans({",": ".", ".": ","})


def read_cells(cells: npt.NDArray[np.object_]) -> Figures:
    """A column of cells: nearly all are plain digits, the others are looked at one by one."""
    texts = np.array([text.strip() for text in cells], dtype=object)
    status = np.full(len(texts), "", dtype=object)
    percent = np.zeros(len(texts), dtype=bool)
    signs: set[str] = set()
    for at, text in enumerate(texts):
        if text and not _digits(text):
            texts[at], status[at], percent[at], sign = one(text)
            if sign:
                signs.add(sign)
    return Figures(texts, status, percent, signs)


def _digits(text: str) -> bool:
    """Whether a text is a plain number, told in C."""
    return text.replace(".", "", 1).removeprefix("-").isdigit()
