"""What the styles of an XLSX make of its cells: number formats, and how they look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, Final

from sources.shared.workbooks.looks import PLAIN, WHITE, Look, colour_said

TRUE: Final = frozenset(("1", "true", "on"))
Attributes = Mapping[str, str]


#: What is set by an element, where it stands: within what, and of a differential style in which part; and its value.
_SETS: Final[Mapping[tuple[str, str, str], tuple[str, Callable[[Attributes], Any]]]] = {
    ("fonts", "", "color"): ("colour", colour_said),
    ("fonts", "", "strike"): ("struck", lambda said: said.get("val", "1") in TRUE),
    ("fonts", "", "vertAlign"): ("raised", lambda said: said.get("val") in ("superscript", "subscript")),
    ("fills", "", "patternFill"): ("pattern", lambda said: said.get("patternType", "none")),
    ("fills", "", "gradientFill"): ("pattern", lambda _: "gradientFill"),
    ("fills", "", "fgColor"): ("ground", colour_said),
    ("dxfs", "", "numFmt"): ("code", itemgetter("formatCode")),
    ("dxfs", "font", "color"): ("colour", colour_said),
    ("dxfs", "fill", "bgColor"): ("ground", colour_said),
}


class Styles:
    """The number format and look of each cell style, and what each differential style of a conditional format sets."""

    def __init__(self) -> None:
        self._own: dict[int, str] = {}
        self._used: list[tuple[int, int, int]] = []  # number format, font, fill
        self._fonts: list[dict[str, Any]] = []
        self._fills: list[dict[str, Any]] = []
        self.differential: list[dict[str, Any]] = []
        self._within = self._part = ""

    def start(self, element: str, said: Attributes) -> None:
        """An element begins; what is open says whose it is."""
        if element in ("cellXfs", "cellStyleXfs", "dxfs", "fonts", "fills"):
            self._within = element
        elif element == "dxf":
            self.differential.append({})
        elif element == "numFmt" and self._within != "dxfs":
            self._own[int(said["numFmtId"])] = said["formatCode"]
        elif element == "xf" and self._within == "cellXfs":
            number, font, fill = (int(said.get(name, "0")) for name in ("numFmtId", "fontId", "fillId"))
            self._used.append((number, font, fill))
        elif element in ("font", "fill", "border"):
            self._part = element
            if self._within == "fonts":
                self._fonts.append({})
            elif self._within == "fills":
                self._fills.append({})
        elif styles := {"fonts": self._fonts, "fills": self._fills, "dxfs": self.differential}.get(self._within):
            part = self._part if self._within == "dxfs" and element != "numFmt" else ""
            if sets := _SETS.get((self._within, part, element)):
                styles[-1][sets[0]] = sets[1](said)

    def end(self, element: str, _text: str) -> None:
        """An element ends."""
        if element == self._within:
            self._within = ""

    def shown(self) -> list[tuple[str, Look]]:
        """Of each cell style."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS

        own = {**BUILTIN_FORMATS, **_MORE, **self._own}
        return [(own.get(number, "General"), self._look(font, fill)) for number, font, fill in self._used] or [
            ("General", PLAIN)
        ]

    def _look(self, font: int, fill: int) -> Look:
        set_ = self._fonts[font] if font < len(self._fonts) else {}
        on = self._fills[fill] if fill < len(self._fills) else {}
        ground = {"none": WHITE, "solid": on.get("ground", "")}.get(on.get("pattern", "none"), "")
        return Look(set_.get("colour") or PLAIN.colour, ground, set_.get("struck", False), set_.get("raised", False))


#: Built-in formats that openpyxl does not list: money, and dates of East Asia.
_MORE: Final = {
    **{5 + at: f'"$"#,##0{tail}' for at, tail in enumerate(('_);("$"#,##0)', '_);[Red]("$"#,##0)'))},
    **{7 + at: f'"$"#,##0.00{tail}' for at, tail in enumerate(('_);("$"#,##0.00)', '_);[Red]("$"#,##0.00)'))},
    **dict.fromkeys((*range(27, 37), *range(50, 59)), "yyyy-mm-dd"),
}
